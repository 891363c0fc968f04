#include "faces/pipeline_face/pipeline_json.h"

#include "pipeline/registry/expansion.h"
#include "pipeline/registry/spec_text.h"
#include "planner/information_schema.h"

namespace firn::faces {

namespace json = boost::json;

json::value TimeJson(Micros time) {
  if (time == 0) return nullptr;
  std::string text = planner::TimeText(time) + "Z";
  text[10] = 'T';
  return json::value(text);
}

json::object PipelineJson(const pipeline::Pipeline& pipeline) {
  const pipeline::ObjectNames names(pipeline.spec);
  json::object objects;
  auto add = [&](const char* what, const catalog::ObjectRef& object, const char* schema) {
    if (object) objects[what] = names.In(schema, object->name);
  };
  add("bronze", pipeline.bronze, pipeline::kBronzeSchema);
  add("errors", pipeline.errors, pipeline::kBronzeSchema);
  add("pipe", pipeline.pipe, pipeline::kBronzeSchema);
  add("stream", pipeline.stream, pipeline::kBronzeSchema);
  add("silver", pipeline.silver, pipeline::kSilverSchema);
  add("deleted", pipeline.deleted, pipeline::kSilverSchema);
  add("merge_task", pipeline.merge_task, pipeline::kSilverSchema);
  json::array gold;
  for (const pipeline::GoldSpec& one : pipeline.spec.gold) gold.emplace_back(names.In(pipeline::kGoldSchema, one.name));
  objects["gold"] = std::move(gold);
  return {{"pipeline", pipeline.spec.domain + "." + pipeline.spec.table},
          {"version", pipeline.pipe->version},
          {"schema_version", pipeline.info().schema_version},
          {"paused", pipeline.info().paused},
          {"owner", pipeline.pipe->owner},
          {"created_on", TimeJson(pipeline.pipe->created_on)},
          {"changed_on", TimeJson(pipeline.pipe->altered_on)},
          {"spec", json::parse(ToJson(pipeline.spec))},
          {"objects", std::move(objects)}};
}

json::object VersionsJson(const pipeline::Pipeline& pipeline) {
  json::array versions;
  for (const catalog::SchemaVersion& version : pipeline.info().schema_versions) {
    versions.push_back(json::object{{"schema_version", version.version},
                                    {"time", TimeJson(version.time)},
                                    {"cause", version.cause.empty() ? json::value() : json::value(version.cause)},
                                    {"change", version.change}});
  }
  return {{"pipeline", pipeline.spec.domain + "." + pipeline.spec.table}, {"versions", std::move(versions)}};
}

json::object InferredJson(const pipeline::Inferred& inferred, const std::string& name) {
  json::array declared, columns;
  for (const pipeline::InferredColumn& column : inferred.columns) {
    const bool integer = column.rule.type.id == TypeId::kInteger;
    const std::string type = integer ? "BIGINT" : column.rule.type.Text();
    const std::string& bare = column.rule.name;
    const std::string written = pipeline::ColumnName(bare) == bare ? bare : "\"" + bare + "\"";
    declared.push_back(json::object{{"name", written}, {"type", type}});
    columns.push_back(json::object{{"name", bare}, {"type", type}, {"seen", column.seen}, {"nulls", column.nulls}});
  }
  json::object spec;
  if (!name.empty()) spec["pipeline"] = name;
  spec["mode"] = "manual";
  spec["columns"] = std::move(declared);
  return {{"spec", std::move(spec)},
          {"samples", inferred.samples},
          {"columns", std::move(columns)},
          {"skipped", json::array(inferred.skipped.begin(), inferred.skipped.end())}};
}

}  // namespace firn::faces
