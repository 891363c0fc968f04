#include "engine/lake_table.h"

#include <duckdb/execution/expression_executor.hpp>
#include <duckdb/parser/parser.hpp>
#include <duckdb/planner/binder.hpp>
#include <duckdb/planner/expression_binder/constant_binder.hpp>

#include "base/errors.h"
#include "engine/native.h"
#include "engine/value_convert.h"

namespace firn::engine {

namespace {

using duckdb::LogicalType;
using duckdb::MultiFileColumnDefinition;

MultiFileColumnDefinition Define(const std::string& name, int field_id, const iceberg::Type& stored,
                                 const LogicalType& type, const duckdb::Value& initial_default) {
  MultiFileColumnDefinition definition(name, type);
  definition.identifier = duckdb::Value::INTEGER(field_id);
  definition.default_expression = duckdb::make_uniq<duckdb::ConstantExpression>(initial_default);
  for (size_t i = 0; i < stored.children.size(); ++i) {
    const auto& child = stored.children[i];
    LogicalType child_type;
    std::string child_name = child.name;
    if (stored.kind == iceberg::Kind::kList) {
      child_type = duckdb::ListType::GetChildType(type);
      child_name = "list";
    } else if (stored.kind == iceberg::Kind::kMap) {
      child_type = i == 0 ? duckdb::MapType::KeyType(type) : duckdb::MapType::ValueType(type);
      child_name = i == 0 ? "key" : "value";
    } else {
      child_type = duckdb::StructType::GetChildType(type, i);
    }
    definition.children.push_back(Define(child_name, child.id, child.type, child_type, duckdb::Value(child_type)));
  }
  return definition;
}

/// The value of a literal, which may be a cast or a sign before one.
duckdb::Value Evaluate(duckdb::ClientContext& context, const std::string& literal) {
  auto expressions = duckdb::Parser::ParseExpressionList(literal);
  if (expressions.size() != 1) throw SnowflakeException(Error(errors::kInternal, {"not a literal: " + literal}));
  auto binder = duckdb::Binder::CreateBinder(context);
  duckdb::ConstantBinder constants(*binder, context, "column default");
  auto bound = constants.Bind(expressions[0]);
  return duckdb::ExpressionExecutor::EvaluateScalar(context, *bound);
}

duckdb::Value InitialDefault(duckdb::ClientContext& context, const PinnedColumn& column, const iceberg::Field* field,
                             const LogicalType& type) {
  duckdb::Value value(type);
  if (field != nullptr && field->initial_default) {
    value = ToDuck(field->type, *field->initial_default);
  } else if (column.initial_default) {
    value = Evaluate(context, *column.initial_default);
  }
  if (value.IsNull()) return duckdb::Value(type);
  auto plain = type;
  if (type.id() == duckdb::LogicalTypeId::VARCHAR) plain = LogicalType::VARCHAR;
  value = value.CastAs(context, plain);
  value.Reinterpret(type);
  return value;
}

void CheckFiles(const PinnedTable& pinned) {
  for (const auto& file : pinned.files->files()) {
    if (file->data->format != iceberg::FileFormat::kParquet) {
      throw SnowflakeException(Error(errors::kUnsupported, {"data files other than Parquet: " + file->data->path}));
    }
    if (!file->equality_deletes.empty() && !file->pending) {
      throw SnowflakeException(Error(errors::kUnsupported, {"equality deletes, in table " + pinned.name}));
    }
  }
}

}  // namespace

std::string DuckPath(const std::string& uri) {
  constexpr std::string_view kScheme = "file://";
  return uri.starts_with(kScheme) ? uri.substr(kScheme.size()) : uri;
}

std::shared_ptr<const LakeTable> LakeTable::Make(duckdb::ClientContext& context,
                                                 std::shared_ptr<const PinnedTable> pinned) {
  auto table = std::make_shared<LakeTable>();
  CheckFiles(*pinned);
  for (const auto& column : pinned->columns) {
    const iceberg::Field* field = pinned->schema ? pinned->schema->FindById(column.field_id) : nullptr;
    LakeColumn lake;
    lake.field_id = column.field_id;
    lake.stored = field != nullptr ? field->type : ValueOrThrow(StoredType(column.type));
    lake.type = ValueOrThrow(DuckType(lake.stored, &column.type));
    lake.initial_default = InitialDefault(context, column, field, lake.type);
    table->definitions_.push_back(Define(column.name, column.field_id, lake.stored, lake.type, lake.initial_default));
    table->columns_.push_back(std::move(lake));
  }
  table->pinned_ = std::move(pinned);
  return table;
}

std::optional<uint64_t> LakeTable::LiveRows(const iceberg::LiveFile& file) {
  auto rows = static_cast<uint64_t>(file.data->record_count);
  if (file.pending) return rows - std::min(rows, file.pending->Cardinality());
  if (file.vector) return rows - std::min(rows, static_cast<uint64_t>(file.vector->record_count));
  if (!file.position_deletes.empty()) return std::nullopt;
  return rows;
}

}  // namespace firn::engine
