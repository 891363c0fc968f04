#include "pipeline/silver/evolve.h"

#include <algorithm>

#include "base/errors.h"
#include "base/ids.h"
#include "pipeline/registry/expansion.h"
#include "pipeline/registry/spec_text.h"
#include "statements/together.h"

namespace firn::pipeline {

namespace {

constexpr int kTriesMost = 5;

std::string TypeText(const SqlType& type) { return type.id == TypeId::kInteger ? "BIGINT" : type.Text(); }

/// A field's name as a column's: what could stand bare in SQL is folded, so that it matches in any case.
std::string NameOfField(const std::string& field) { return field.front() == '"' ? field : ColumnName(field); }

struct Plan {
  PipelineSpec spec;
  std::vector<statements::TogetherStep> steps;
  std::string changes;  ///< for the history, one a line
};

void Add(Plan* plan, const std::string& sql, const std::string& change) {
  plan->steps.push_back(statements::Define("ALTER TABLE " + sql + " " + change));
}

Plan PlanOf(const Pipeline& pipeline, const PipelineSpec& seen, const SchemaNeeds& needs) {
  Plan plan{.spec = pipeline.spec, .steps = {}, .changes = {}};
  const ObjectNames names(plan.spec);
  const std::string silver = names.In(kSilverSchema, pipeline.new_silver ? names.new_silver : names.silver);
  const std::string deleted = names.In(kSilverSchema, pipeline.new_silver ? names.new_deleted : names.deleted);
  auto find = [&](const std::string& name) {
    return std::ranges::find_if(plan.spec.columns,
                                [&](const ColumnRule& one) { return EqualsIgnoreCase(one.name, name); });
  };
  auto note = [&](const std::string& change) { plan.changes += (plan.changes.empty() ? "" : "\n") + change; };
  std::string added;
  for (const NewColumn& column : needs.columns) {
    ColumnRule rule{.name = NameOfField(column.name), .type = column.type};
    if (find(rule.name) != plan.spec.columns.end()) continue;
    const std::string definition = SqlName(rule.name) + " " + TypeText(rule.type);
    added += (added.empty() ? "ADD COLUMN " : ", ") + definition;
    note("ADD COLUMN " + definition);
    plan.spec.columns.push_back(std::move(rule));
  }
  if (!added.empty()) Add(&plan, silver, added);
  for (const WiderColumn& wider : needs.wider) {
    auto column = find(seen.columns[wider.column].name);
    if (column == plan.spec.columns.end() || column->type.id != TypeId::kNumber ||
        column->type.precision >= wider.type.precision) {
      continue;
    }
    column->type.precision = wider.type.precision;
    const std::string change = "ALTER COLUMN " + SqlName(column->name) + " SET DATA TYPE " + TypeText(column->type);
    Add(&plan, silver, change);
    const bool has_deleted = pipeline.new_silver ? pipeline.new_deleted != nullptr : pipeline.deleted != nullptr;
    if (has_deleted && (column->key || column->order)) Add(&plan, deleted, change);
    note(change);
  }
  return plan;
}

/// One try. `*raced`: somebody else has changed the pipeline meanwhile.
Result<PipelineSpec> Try(session::Node& node, const Actor& actor, const std::string& pipe_id, const PipelineSpec& seen,
                         const SchemaNeeds& needs, engine::CancelToken& cancel, bool* raced) {
  FIRN_ASSIGN(catalog::StatePtr state, node.catalog->Head());
  FIRN_ASSIGN(Pipeline pipeline, PipelineOfPipe(*state, pipe_id));
  Plan plan = PlanOf(pipeline, seen, needs);
  if (plan.steps.empty()) return std::move(plan.spec);
  auto complete = [&](session::OpenTransaction& transaction, const catalog::CatalogState& so_far) -> Status {
    catalog::ObjectRef now = so_far.ById(pipe_id);
    *raced = !now || now->version != pipeline.pipe->version;
    if (*raced) return Error(errors::kInvalidInput, {"the pipeline was changed meanwhile"});
    catalog::Object pipe = *pipeline.pipe;
    auto& info = *pipe.As<catalog::PipeInfo>();
    info.pipeline = ToJson(plan.spec);
    ++info.schema_version;
    info.schema_versions.push_back({info.schema_version, node.clock->Now(), needs.batch_id, plan.changes});
    transaction.AddObject(catalog::ObjectChange::Alter(*pipeline.pipe, std::move(pipe)));
    if (!pipeline.merge_task) return Ok();
    catalog::Object task = *pipeline.merge_task;
    task.As<catalog::TaskInfo>()->text = MergeSql(plan.spec);
    transaction.AddObject(catalog::ObjectChange::Alter(*pipeline.merge_task, std::move(task)));
    return Ok();
  };
  session::Session session(node, static_cast<int64_t>(RandomU64() >> 1), actor.user, actor.role);
  FIRN_TRY(statements::RunTogether(session, plan.steps, complete, cancel));
  return std::move(plan.spec);
}

}  // namespace

Result<PipelineSpec> EvolvePipeline(session::Node& node, const Actor& actor, const std::string& pipe_id,
                                    const PipelineSpec& seen, const SchemaNeeds& needs, engine::CancelToken& cancel) {
  for (int tries = 1;; ++tries) {
    bool raced = false;
    auto spec = Try(node, actor, pipe_id, seen, needs, cancel, &raced);
    if (spec.ok() || !raced || tries == kTriesMost) return spec;
  }
}

}  // namespace firn::pipeline
