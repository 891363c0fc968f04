#include "pipeline/registry/change.h"

#include <algorithm>

#include "base/errors.h"
#include "base/ids.h"
#include "pipeline/registry/expansion.h"
#include "pipeline/registry/spec_text.h"
#include "session/session.h"

namespace firn::pipeline {

namespace {

using catalog::CatalogState;
using catalog::ObjectKind;
using catalog::ObjectRef;
using statements::Define;
using statements::TogetherStep;

const ColumnRule* Find(const std::vector<ColumnRule>& columns, const std::string& name) {
  auto found = std::ranges::find(columns, name, &ColumnRule::name);
  return found == columns.end() ? nullptr : &*found;
}

/// Whether every value of `from` is one of `to` as it stands: what Iceberg promotes.
bool Widens(const SqlType& from, const SqlType& to) {
  if (from.id != to.id) return false;
  if (from.id == TypeId::kNumber) return from.scale == to.scale && to.precision >= from.precision;
  if (from.id == TypeId::kVarchar || from.id == TypeId::kBinary) return to.length >= from.length;
  return from == to;
}

void CompareColumns(const PipelineSpec& before, const PipelineSpec& after, std::vector<Effect>* effects) {
  for (const ColumnRule& column : after.columns) {
    const ColumnRule* old = Find(before.columns, column.name);
    const std::string name = SqlName(column.name);
    if (!old) {
      if (column.key) continue;  // said with the key
      effects->push_back({"ADD COLUMN " + name + " " + column.type.Text(), true, false});
      continue;
    }
    if (!(old->type == column.type)) {
      effects->push_back(
          {"ALTER COLUMN " + name + " SET DATA TYPE " + column.type.Text(), true, !Widens(old->type, column.type)});
    }
    if (old->required != column.required) {
      effects->push_back(
          {"ALTER COLUMN " + name + (column.required ? " is required of new events" : " DROP NOT NULL"), true, false});
    }
  }
  for (const ColumnRule& column : before.columns) {
    if (!Find(after.columns, column.name)) effects->push_back({"DROP COLUMN " + SqlName(column.name), true, true});
  }
}

/// One effect for each part of the spec that differs and is not of columns or gold.
void CompareRest(const PipelineSpec& before, const PipelineSpec& after, std::vector<Effect>* effects) {
  auto say = [&](bool differs, const char* what, bool rebuild = false) {
    if (differs) effects->push_back({what, false, rebuild});
  };
  const bool raw = before.mode == PipelineMode::kRaw || after.mode == PipelineMode::kRaw;
  say(before.mode != after.mode, "the mode changes", raw);
  say(before.KeyColumns() != after.KeyColumns(), "the primary key changes", true);
  say(before.merge != after.merge, "the type of merge changes", true);
  say(before.order_by != after.order_by, "order_by changes", true);
  say(before.delete_when != after.delete_when, "delete_when changes for new events");
  say(before.on_missing != after.on_missing, "on_missing changes for new events");
  say(before.evolve.mode != after.evolve.mode || before.evolve.widen != after.evolve.widen,
      "evolve changes for new events");
  auto same = [](const Expectation& a, const Expectation& b) {
    return a.name == b.name && a.check == b.check && a.on_violation == b.on_violation;
  };
  say(!std::ranges::equal(before.expectations, after.expectations, same), "expectations change for new events");
  say(before.format != after.format, after.format == TableFormat::kDelta ? "SET DELTA = TRUE" : "SET DELTA = FALSE");
  say(before.durability != after.durability, "durability changes");
  say(before.flush.bytes != after.flush.bytes || before.flush.rows != after.flush.rows ||
          before.flush.delay != after.flush.delay,
      "flush changes");
  say(before.target_lag != after.target_lag, "target_lag changes");
  say(before.retention.bronze != after.retention.bronze || before.retention.quarantine != after.retention.quarantine ||
          before.retention.tombstones != after.retention.tombstones,
      "retention changes");
  say(before.time_zone != after.time_zone, "time_zone changes for new events");
}

bool SameGold(const GoldSpec& a, const GoldSpec& b) {
  return a.query == b.query && a.schedule == b.schedule && a.lag == b.lag && a.after == b.after && a.mode == b.mode &&
         a.key == b.key;
}

const GoldSpec* FindGold(const PipelineSpec& spec, const std::string& name) {
  auto found = std::ranges::find(spec.gold, name, &GoldSpec::name);
  return found == spec.gold.end() ? nullptr : &*found;
}

void Append(std::vector<TogetherStep>* steps, std::vector<TogetherStep> more) {
  for (TogetherStep& step : more) steps->push_back(std::move(step));
}

void DropGold(const ObjectNames& names, const GoldSpec& gold, std::vector<TogetherStep>* steps) {
  if (!gold.lag) steps->push_back(Define("DROP TASK IF EXISTS " + names.In(kGoldSchema, GoldTaskName(gold))));
  steps->push_back(Define("DROP TABLE IF EXISTS " + names.In(kGoldSchema, gold.name)));
}

}  // namespace

void GoldChanges(const PipelineSpec& before, const PipelineSpec& after, bool all, std::vector<TogetherStep>* steps) {
  const ObjectNames names(after);
  for (const GoldSpec& gold : before.gold) {
    const GoldSpec* now = FindGold(after, gold.name);
    if (!now || all || !SameGold(gold, *now)) DropGold(names, gold, steps);
  }
  for (const GoldSpec* gold : GoldInOrder(after)) {
    const GoldSpec* old = FindGold(before, gold->name);
    if (!old || all || !SameGold(*old, *gold)) Append(steps, GoldSteps(after, *gold));
  }
}

namespace {

/// ALTERs of the silver table and its tombstones. `silver` may have grown by itself meanwhile.
void SilverChanges(const PipelineSpec& before, const PipelineSpec& after, const Pipeline& pipeline,
                   std::vector<TogetherStep>* steps) {
  const ObjectNames names(after);
  const auto& silver = *pipeline.silver->As<catalog::TableInfo>();
  const std::string alter = "ALTER ICEBERG TABLE " + names.In(kSilverSchema, names.silver);
  for (const ColumnRule& column : after.columns) {
    const ColumnRule* old = Find(before.columns, column.name);
    const std::string name = SqlName(column.name);
    if (!old && !silver.Column(column.name)) {
      steps->push_back(Define(alter + " ADD COLUMN " + name + " " + column.type.Text()));
      continue;
    }
    const catalog::ColumnInfo* there = silver.Column(column.name);
    if (!there) continue;
    if (old && !(old->type == column.type) && !(there->type == column.type)) {
      const std::string change = " ALTER COLUMN " + name + " SET DATA TYPE " + column.type.Text();
      steps->push_back(Define(alter + change));
      if (pipeline.deleted && (column.key || column.order)) {
        steps->push_back(Define("ALTER ICEBERG TABLE " + names.In(kSilverSchema, names.deleted) + change));
      }
    }
    if (!there->nullable && !column.required) {
      steps->push_back(Define(alter + " ALTER COLUMN " + name + " DROP NOT NULL"));
    }
  }
  if (after.evolve.mode == EvolveMode::kRescue && !silver.Column(kRescuedColumn.name)) {
    steps->push_back(
        Define(alter + " ADD COLUMN " + std::string(kRescuedColumn.name) + " " + std::string(kRescuedColumn.type)));
  }
  if (before.format != after.format) {
    const std::string set = std::string(" SET DELTA = ") + (after.format == TableFormat::kDelta ? "TRUE" : "FALSE");
    steps->push_back(Define(alter + set));
    steps->push_back(Define("ALTER ICEBERG TABLE " + names.In(kBronzeSchema, names.bronze) + set));
  }
}

/// The merge task keeps its id and its runs.
void TaskChanges(const PipelineSpec& after, std::vector<TogetherStep>* steps) {
  const std::string task = "ALTER TASK " + ObjectNames(after).In(kSilverSchema, ObjectNames(after).merge_task);
  const Micros seconds = std::max<Micros>(after.target_lag / 1000000, 1);
  steps->push_back(Define(task + " SUSPEND"));
  steps->push_back(Define(task + " MODIFY AS\n" + MergeSql(after)));
  steps->push_back(Define(task + " SET TARGET_COMPLETION_INTERVAL = '" + std::to_string(seconds) + " SECONDS'"));
  steps->push_back(Define(task + " RESUME"));
}

/// The pipe's new value: the spec, and a schema version where columns changed.
Status KeepSpec(const Pipeline& before, const ChangeOrder& order, const std::vector<Effect>& effects, Micros now,
                session::OpenTransaction& transaction, const CatalogState& so_far) {
  ObjectRef pipe = so_far.ById(before.pipe->id);
  if (!pipe || pipe->version != before.pipe->version) return Error(errors::kCannotPerform);
  catalog::Object changed = *pipe;
  auto& info = *changed.As<catalog::PipeInfo>();
  info.pipeline = ToJson(order.spec);
  std::string lines;
  for (const Effect& effect : effects) {
    if (effect.column) lines += (lines.empty() ? "" : "\n") + effect.text;
  }
  if (!lines.empty()) info.schema_versions.push_back({++info.schema_version, now, order.cause, std::move(lines)});
  transaction.AddObject(catalog::ObjectChange::Alter(*pipe, std::move(changed)));
  return MarkObjects(order.spec, pipe->id, transaction, so_far);
}

/// Steps, the spec kept with them, and what `more` adds, as one commit.
Status RunChange(session::Node& node, const Actor& actor, const Pipeline& pipeline, const ChangeOrder& order,
                 const std::vector<Effect>& effects, const std::vector<TogetherStep>& steps,
                 const statements::Complete& more, bool dry, engine::CancelToken& cancel) {
  session::Session session(node, static_cast<int64_t>(RandomU64() >> 1), actor.user, actor.role);
  auto complete = [&](session::OpenTransaction& transaction, const CatalogState& so_far) -> Status {
    FIRN_TRY(KeepSpec(pipeline, order, effects, node.clock->Now(), transaction, so_far));
    if (more) return more(transaction, so_far);
    return Ok();
  };
  Status changed = statements::RunTogether(session, steps, complete, cancel, dry);
  // Not a lost race, which would be run again: the order is for another version.
  if (changed.ok() || !changed.error().Is(errors::kCannotPerform)) return changed;
  return Error(errors::kConflict, {order.spec.domain + "." + order.spec.table, "the pipeline has another version"});
}

/// As if silver were empty now: for a dry run.
std::vector<TogetherStep> RebuiltSteps(const Pipeline& pipeline, const PipelineSpec& after) {
  std::vector<TogetherStep> steps;
  if (after.merge == MergeType::kAppend && pipeline.deleted) {
    const ObjectNames names(after);
    steps.push_back(Define("DROP TABLE " + names.In(kSilverSchema, names.deleted)));
  }
  Append(&steps, SilverSteps(after));
  Append(&steps, MergeSteps(after));
  Append(&steps, CheckSteps(after));
  GoldChanges(pipeline.spec, after, true, &steps);
  return steps;
}

/// A silver beside the one that is there, and a stream of all bronze for it; the merge does the rest (replay.h).
Status BeginRebuild(session::Node& node, const Actor& actor, const Pipeline& pipeline, const ChangeOrder& order,
                    const std::vector<Effect>& effects, engine::CancelToken& cancel) {
  const PipelineSpec& after = order.spec;
  const ObjectNames names(after);
  FIRN_ASSIGN(catalog::StatePtr state, node.catalog->Head());
  for (const std::string& name : {names.new_silver, names.new_deleted}) {
    if (!pipeline.new_silver && state->InSchema(after.domain, kSilverSchema, ObjectKind::kTable, name)) {
      return Error(errors::kObjectExists, {after.domain + "." + kSilverSchema + "." + name});
    }
  }
  std::vector<TogetherStep> steps;
  if (pipeline.new_deleted && after.merge == MergeType::kAppend) {
    steps.push_back(Define("DROP TABLE " + names.In(kSilverSchema, names.new_deleted)));
  }
  Append(&steps, SilverSteps(after, true));
  steps.push_back(StreamStep(after, names.replay_stream));
  TaskChanges(after, &steps);
  // Gold is still that of before the first rebuild that has not come to its end.
  const std::string before =
      pipeline.new_silver ? pipeline.new_silver->options.at(kRebuildOption) : ToJson(pipeline.spec);
  auto mark = [&](session::OpenTransaction& transaction, const CatalogState& so_far) -> Status {
    ObjectRef made = so_far.InSchema(after.domain, kSilverSchema, ObjectKind::kTable, names.new_silver);
    if (!made) return Error(errors::kObjectNotFound, {names.new_silver});
    catalog::Object marked = *made;
    marked.options[kRebuildOption] = before;
    transaction.AddObject(catalog::ObjectChange::Alter(*made, std::move(marked)));
    return Ok();
  };
  FIRN_TRY(RunChange(node, actor, pipeline, order, effects, steps, mark, false, cancel));
  auto runs = RequestMerge(node, pipeline);
  return runs.ok() ? Ok() : Status(runs.error());
}

}  // namespace

std::vector<Effect> Compare(const PipelineSpec& before, const PipelineSpec& after) {
  std::vector<Effect> effects;
  CompareColumns(before, after, &effects);
  CompareRest(before, after, &effects);
  for (const GoldSpec& gold : before.gold) {
    const GoldSpec* now = FindGold(after, gold.name);
    if (!now) {
      effects.push_back({"gold table " + gold.name + " is dropped", false, false});
    } else if (!SameGold(gold, *now)) {
      effects.push_back({"gold table " + gold.name + " is made anew", false, false});
    }
  }
  for (const GoldSpec& gold : after.gold) {
    if (!FindGold(before, gold.name)) effects.push_back({"gold table " + gold.name + " is made", false, false});
  }
  return effects;
}

bool NeedsRebuild(const std::vector<Effect>& effects) { return std::ranges::any_of(effects, &Effect::rebuild); }

Status ChangePipeline(session::Node& node, const Actor& actor, const Pipeline& pipeline, const ChangeOrder& order,
                      engine::CancelToken& cancel) {
  const std::vector<Effect> effects = Compare(pipeline.spec, order.spec);
  if (effects.empty() && !order.rebuild) return Ok();
  if (NeedsRebuild(effects) && !order.rebuild) {
    return Error(errors::kInvalidInput, {"the change needs the silver table to be made anew"});
  }
  if (!pipeline.silver || !pipeline.bronze || !pipeline.merge_task) {
    return Error(errors::kInvalidInput, {"objects of the pipeline were dropped by hand; drop it and create it anew"});
  }
  if (pipeline.new_silver && !order.rebuild) {
    return Error(errors::kConflict, {order.spec.domain + "." + order.spec.table, "its silver is being made anew"});
  }
  const PipelineSpec& after = order.spec;
  // What a rebuild comes to is tried at once, its gold with it; what is done begins with the new silver alone.
  if (order.rebuild) {
    FIRN_TRY(RunChange(node, actor, pipeline, order, effects, RebuiltSteps(pipeline, after), {}, true, cancel));
    if (order.dry) return Ok();
    return BeginRebuild(node, actor, pipeline, order, effects, cancel);
  }
  std::vector<TogetherStep> steps;
  SilverChanges(pipeline.spec, after, pipeline, &steps);
  TaskChanges(after, &steps);
  Append(&steps, CheckSteps(after));
  GoldChanges(pipeline.spec, after, false, &steps);
  return RunChange(node, actor, pipeline, order, effects, steps, {}, order.dry, cancel);
}

}  // namespace firn::pipeline
