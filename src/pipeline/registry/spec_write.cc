// A PipelineSpec as canonical JSON, in the shape that people write.
#include <boost/json.hpp>

#include "pipeline/registry/expansion.h"
#include "pipeline/registry/spec_text.h"
#include "pipeline/registry/units.h"

namespace firn::pipeline {

namespace {

namespace json = boost::json;

const char* Text(PipelineMode mode) {
  return mode == PipelineMode::kManual ? "manual" : mode == PipelineMode::kInfer ? "infer" : "raw";
}
const char* Text(MergeType type) {
  constexpr const char* kTexts[] = {"append", "upsert", "scd2", "snapshot"};
  return kTexts[static_cast<size_t>(type)];
}
const char* Text(OnViolation what) {
  constexpr const char* kTexts[] = {"warn", "quarantine", "fail"};
  return kTexts[static_cast<size_t>(what)];
}
const char* Text(Durability durability) {
  constexpr const char* kTexts[] = {"fsync", "object", "memory"};
  return kTexts[static_cast<size_t>(durability)];
}
const char* Text(GoldMode mode) {
  constexpr const char* kTexts[] = {"overwrite", "append", "merge", "partition_overwrite"};
  return kTexts[static_cast<size_t>(mode)];
}
const char* Text(EvolveMode mode) {
  constexpr const char* kTexts[] = {"add", "freeze", "rescue"};
  return kTexts[static_cast<size_t>(mode)];
}

/// A name that ColumnName reads back.
std::string Written(const std::string& name) { return ColumnName(name) == name ? name : '"' + name + '"'; }

json::array Names(const std::vector<std::string>& names) {
  json::array list;
  for (const std::string& name : names) list.emplace_back(Written(name));
  return list;
}

json::array Columns(const PipelineSpec& spec) {
  json::array columns;
  for (const ColumnRule& column : spec.columns) {
    json::object one{{"name", Written(column.name)},
                     {"type", column.type.id == TypeId::kInteger ? "BIGINT" : column.type.Text()}};
    if (column.key) {
      one["primary_key"] = true;
    } else if (column.required) {
      one["required"] = true;
    }
    columns.push_back(std::move(one));
  }
  return columns;
}

json::object Merge(const PipelineSpec& spec) {
  json::object merge{{"type", Text(spec.merge)}};
  if (spec.merge == MergeType::kAppend) return merge;
  merge["order_by"] = Names(spec.order_by);
  if (!spec.delete_when.empty()) merge["delete_when"] = spec.delete_when;
  merge["on_missing"] = spec.on_missing == OnMissing::kKeep ? "keep" : "null";
  return merge;
}

json::object Gold(const PipelineSpec& spec) {
  json::object tables;
  for (const GoldSpec& gold : spec.gold) {
    json::object one{{"query", gold.query}};
    if (!gold.schedule.empty()) one["schedule"] = gold.schedule;
    if (gold.lag) one["target_lag"] = DurationText(*gold.lag);
    if (!gold.after.empty()) one["after"] = json::array(gold.after.begin(), gold.after.end());
    json::object write{{"mode", Text(gold.mode)}};
    if (!gold.key.empty()) write["key"] = Names(gold.key);
    one["write"] = std::move(write);
    tables[Written(gold.name)] = std::move(one);
  }
  return tables;
}

}  // namespace

std::string ToJson(const PipelineSpec& spec) {
  json::object out{{"pipeline", SqlName(spec.domain) + "." + SqlName(spec.table)}, {"mode", Text(spec.mode)}};
  if (spec.mode != PipelineMode::kRaw) out["columns"] = Columns(spec);
  out["merge"] = Merge(spec);
  out["evolve"] = json::object{{"new_column", Text(spec.evolve.mode)},
                               {"widen", spec.evolve.widen ? "safe" : "none"},
                               {"incompatible", spec.rescue_incompatible ? "rescue" : "quarantine"}};
  json::array expectations;
  for (const Expectation& one : spec.expectations) {
    expectations.push_back(
        json::object{{"name", one.name}, {"check", one.check}, {"on_violation", Text(one.on_violation)}});
  }
  out["expect"] = std::move(expectations);
  out["format"] = spec.format == TableFormat::kDelta ? "delta" : "iceberg";
  out["durability"] = Text(spec.durability);
  out["flush"] = json::object{{"max_bytes", SizeText(spec.flush.bytes)},
                              {"max_rows", spec.flush.rows},
                              {"max_delay", DurationText(spec.flush.delay)}};
  out["target_lag"] = DurationText(spec.target_lag);
  out["retention"] = json::object{{"bronze", DurationText(spec.retention.bronze)},
                                  {"quarantine", DurationText(spec.retention.quarantine)},
                                  {"tombstones", DurationText(spec.retention.tombstones)}};
  out["time_zone"] = spec.time_zone;
  out["gold"] = Gold(spec);
  return json::serialize(out);
}

}  // namespace firn::pipeline
