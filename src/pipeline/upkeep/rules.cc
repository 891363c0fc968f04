#include "pipeline/upkeep/rules.h"

#include <cstdlib>
#include <optional>

#include "statements/table_columns.h"

namespace firn::pipeline {

namespace {

using catalog::Object;
using catalog::ObjectKind;
using catalog::ObjectRef;
using statements::InheritedOption;

std::optional<int> OwnRetention(const Object& object) {
  if (auto* table = object.As<catalog::TableInfo>()) return table->retention_days;
  if (auto* schema = object.As<catalog::SchemaInfo>()) return schema->retention_days;
  if (auto* database = object.As<catalog::DatabaseInfo>()) return database->retention_days;
  return std::nullopt;
}

int64_t Number(const std::optional<std::string>& text, int64_t otherwise) {
  return text ? std::atoll(text->c_str()) : otherwise;
}

}  // namespace

Micros RetentionOf(const catalog::CatalogState& state, const Object& object, const UpkeepLimits& limits) {
  const Object* at = &object;
  ObjectRef parent;
  while (at) {
    if (auto days = OwnRetention(*at)) return *days * kDay;
    parent = state.ById(at->parent_id);
    at = parent.get();
  }
  return limits.retention_days * kDay;
}

TableRules RulesOf(const catalog::CatalogState& state, const Object& table, const UpkeepLimits& limits) {
  TableRules rules;
  rules.compact = Upper(InheritedOption(state, table, "ENABLE_DATA_COMPACTION").value_or("TRUE")) != "FALSE";
  rules.target_bytes = statements::TargetFileBytes(state, table).value_or(limits.target_bytes);
  rules.max_snapshots = Number(InheritedOption(state, table, "MAX_SNAPSHOTS"), limits.max_snapshots);
  rules.retention = RetentionOf(state, table, limits);
  rules.extension =
      Number(InheritedOption(state, table, "MAX_DATA_EXTENSION_TIME_IN_DAYS"), limits.extension_days) * kDay;
  auto is = [&](const char* option, const char* value) {
    auto found = table.options.find(option);
    return found != table.options.end() && Upper(found->second) == value;
  };
  rules.delta = is("DELTA", "TRUE");
  rules.copy_on_write = is("DELTA_READER", "1");
  return rules;
}

std::vector<ObjectRef> OwnTables(const catalog::CatalogState& state) {
  std::vector<ObjectRef> tables;
  for (const ObjectRef& database : state.Children("", ObjectKind::kDatabase)) {
    for (const ObjectRef& schema : state.Children(database->id, ObjectKind::kSchema)) {
      for (ObjectRef& table : state.Children(schema->id, ObjectKind::kTable)) {
        if (!table->As<catalog::TableInfo>()->read_only) tables.push_back(std::move(table));
      }
    }
  }
  return tables;
}

}  // namespace firn::pipeline
