#include "pipeline/registry/replay.h"

#include "base/errors.h"
#include "base/ids.h"
#include "pipeline/registry/change.h"
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

Status OnOwnSession(session::Node& node, const Actor& actor, const std::vector<TogetherStep>& steps,
                    const statements::Complete& complete, engine::CancelToken& cancel) {
  session::Session session(node, static_cast<int64_t>(RandomU64() >> 1), actor.user, actor.role);
  return statements::RunTogether(session, steps, complete, cancel);
}

Error Raced(const PipelineSpec& spec) {
  return Error(errors::kConflict, {spec.domain + "." + spec.table, "another replay was begun meanwhile"});
}

/// `from` takes the name of `to`, which goes.
void Replace(const ObjectNames& names, const std::string& from, const std::string& to,
             std::vector<TogetherStep>* steps) {
  const std::string place = names.In(kSilverSchema, to);
  steps->push_back(Define("DROP TABLE IF EXISTS " + place));
  steps->push_back(Define("ALTER TABLE " + names.In(kSilverSchema, from) + " RENAME TO " + place));
}

}  // namespace

Status BeginBackfill(session::Node& node, const Actor& actor, const Pipeline& pipeline, engine::CancelToken& cancel) {
  const bool twice = pipeline.spec.merge == MergeType::kAppend || pipeline.spec.merge == MergeType::kSnapshot;
  if (pipeline.new_silver || twice) {
    const ChangeOrder order{.spec = pipeline.spec, .rebuild = true, .dry = false, .cause = "backfill"};
    return ChangePipeline(node, actor, pipeline, order, cancel);
  }
  return OnOwnSession(node, actor, {StreamStep(pipeline.spec, ObjectNames(pipeline.spec).replay_stream)}, {}, cancel);
}

Status FinishReplay(session::Node& node, const Actor& actor, const Pipeline& pipeline, engine::CancelToken& cancel) {
  const PipelineSpec& spec = pipeline.spec;
  const ObjectNames names(spec);
  std::vector<TogetherStep> steps;
  PipelineSpec before;
  if (pipeline.new_silver) {
    FIRN_ASSIGN(before, ParseSpecJson(pipeline.new_silver->options.at(kRebuildOption)));
    Replace(names, names.new_silver, names.silver, &steps);
    if (pipeline.new_deleted) {
      Replace(names, names.new_deleted, names.deleted, &steps);
    } else if (pipeline.deleted) {
      steps.push_back(Define("DROP TABLE " + names.In(kSilverSchema, names.deleted)));
    }
    steps.push_back(Define("DROP STREAM IF EXISTS " + names.In(kBronzeSchema, names.stream)));
    GoldChanges(before, spec, false, &steps);
  } else {
    steps.push_back(Define("DROP STREAM " + names.In(kBronzeSchema, names.replay_stream)));
  }
  bool raced = false;
  auto complete = [&](session::OpenTransaction& transaction, const CatalogState& so_far) -> Status {
    const ObjectRef pipe = so_far.ById(pipeline.pipe->id);
    ObjectRef silver = so_far.InSchema(spec.domain, kSilverSchema, ObjectKind::kTable, names.silver);
    const ObjectRef& wanted = pipeline.new_silver ? pipeline.new_silver : pipeline.silver;
    raced = !pipe || pipe->version != pipeline.pipe->version || !silver || silver->id != wanted->id;
    // Not a lost race, which would be run again with the same tables.
    if (raced) return Error(errors::kCannotPerform);
    if (!pipeline.new_silver) return Ok();
    catalog::Object stream = *pipeline.replay_stream;
    stream.name = names.stream;
    transaction.AddObject(catalog::ObjectChange::Alter(*pipeline.replay_stream, std::move(stream)));
    catalog::Object plain = *silver;
    plain.options.erase(kRebuildOption);
    plain.options[kPipelineOption] = pipe->id;
    transaction.AddObject(catalog::ObjectChange::Alter(*silver, std::move(plain)));
    FIRN_ASSIGN(catalog::StatePtr after, transaction.Over(node.catalog->Current(), node.clock->Now()));
    return MarkObjects(spec, pipe->id, transaction, *after);
  };
  Status finished = OnOwnSession(node, actor, steps, complete, cancel);
  if (raced) return Raced(spec);
  FIRN_TRY(std::move(finished));
  auto runs = RequestGold(node, pipeline);
  return runs.ok() ? Ok() : Status(runs.error());
}

}  // namespace firn::pipeline
