#include "pipeline/registry/registry.h"

#include <algorithm>

#include "base/errors.h"
#include "base/ids.h"
#include "pipeline/registry/expansion.h"
#include "pipeline/registry/spec_text.h"
#include "session/session.h"
#include "sql/printer.h"
#include "statements/run.h"

namespace firn::pipeline {

namespace {

using catalog::CatalogState;
using catalog::ObjectKind;
using catalog::ObjectRef;
using statements::TogetherStep;

Error NoPipeline(std::string_view domain, std::string_view table) {
  return Error(errors::kKindNotFound, {"Pipeline", std::string(domain) + "." + std::string(table)});
}

void Append(std::vector<TogetherStep>* steps, std::vector<TogetherStep> more) {
  for (TogetherStep& step : more) steps->push_back(std::move(step));
}

Result<Pipeline> Load(const CatalogState& state, ObjectRef pipe) {
  Pipeline pipeline;
  FIRN_ASSIGN(pipeline.spec, ReadSpec(*pipe->As<catalog::PipeInfo>()));
  const ObjectRef schema = state.ById(pipe->parent_id);
  const ObjectRef database = state.ById(schema->parent_id);
  // The catalog's names, should somebody have renamed them.
  pipeline.spec.domain = database->name;
  pipeline.spec.table = pipe->name;
  const ObjectNames names(pipeline.spec);
  auto in = [&](const char* where, ObjectKind kind, const std::string& name) -> ObjectRef {
    ObjectRef found = state.Schema(database->name, where);
    if (found) found = state.FindExact(found->id, kind, name);
    return found && found->kind() == kind ? found : nullptr;
  };
  pipeline.bronze = in(kBronzeSchema, ObjectKind::kTable, names.bronze);
  pipeline.errors = in(kBronzeSchema, ObjectKind::kTable, names.errors);
  pipeline.stream = in(kBronzeSchema, ObjectKind::kStream, names.stream);
  pipeline.silver = in(kSilverSchema, ObjectKind::kTable, names.silver);
  pipeline.deleted = in(kSilverSchema, ObjectKind::kTable, names.deleted);
  pipeline.merge_task = in(kSilverSchema, ObjectKind::kTask, names.merge_task);
  if (pipeline.bronze) {
    ObjectRef replay = in(kBronzeSchema, ObjectKind::kStream, names.replay_stream);
    if (replay && replay->As<catalog::StreamInfo>()->table_id == pipeline.bronze->id) pipeline.replay_stream = replay;
  }
  ObjectRef made = pipeline.replay_stream ? in(kSilverSchema, ObjectKind::kTable, names.new_silver) : nullptr;
  if (made && made->options.contains(kRebuildOption)) {
    pipeline.new_silver = std::move(made);
    pipeline.new_deleted = in(kSilverSchema, ObjectKind::kTable, names.new_deleted);
  }
  pipeline.pipe = std::move(pipe);
  return pipeline;
}

bool IsPipeline(const CatalogState& state, const ObjectRef& pipe) {
  return pipe && state.IsAlive(*pipe) && pipe->As<catalog::PipeInfo>() &&
         !pipe->As<catalog::PipeInfo>()->pipeline.empty();
}

}  // namespace

Status MarkObjects(const PipelineSpec& spec, const std::string& pipe_id, session::OpenTransaction& transaction,
                   const CatalogState& so_far) {
  const ObjectNames names(spec);
  auto in = [&](const char* where, ObjectKind kind, const std::string& name) {
    return so_far.InSchema(spec.domain, where, kind, name);
  };
  auto set = [&](const ObjectRef& object, const char* option, const std::string& value) {
    if (!object || object->options.contains(option)) return;
    catalog::Object with = *object;
    with.options[option] = value;
    transaction.AddObject(catalog::ObjectChange::Alter(*object, std::move(with)));
  };
  if (ObjectRef errors = in(kBronzeSchema, ObjectKind::kTable, names.errors)) {
    set(in(kBronzeSchema, ObjectKind::kTable, names.bronze), kErrorTableOption, errors->id);
  }
  set(in(kSilverSchema, ObjectKind::kTable, names.silver), kPipelineOption, pipe_id);
  set(in(kSilverSchema, ObjectKind::kTable, names.deleted), kPipelineOption, pipe_id);
  set(in(kSilverSchema, ObjectKind::kTask, names.merge_task), kPipelineOption, pipe_id);
  for (const GoldSpec& gold : spec.gold) {
    set(in(kGoldSchema, ObjectKind::kTable, gold.name), kGoldOption, pipe_id);
    set(in(kGoldSchema, ObjectKind::kTask, GoldTaskName(gold)), kGoldOption, pipe_id);
  }
  return Ok();
}

Result<PipelineSpec> ReadSpec(const catalog::PipeInfo& pipe) { return ParseSpecJson(pipe.pipeline); }

Result<Pipeline> FindPipeline(const CatalogState& state, std::string_view domain, std::string_view table) {
  ObjectRef pipe = state.InSchema(domain, kBronzeSchema, ObjectKind::kPipe, table);
  if (!IsPipeline(state, pipe)) return NoPipeline(domain, table);
  return Load(state, std::move(pipe));
}

Result<Pipeline> PipelineOfPipe(const CatalogState& state, std::string_view pipe_id) {
  ObjectRef pipe = state.ById(pipe_id);
  if (!IsPipeline(state, pipe)) return NoPipeline("", pipe_id);
  return Load(state, std::move(pipe));
}

std::vector<Pipeline> ListPipelines(const CatalogState& state) {
  std::vector<Pipeline> all;
  for (const ObjectRef& database : state.Children("", ObjectKind::kDatabase)) {
    const ObjectRef schema = state.Schema(database->name, kBronzeSchema);
    if (!schema) continue;
    for (const ObjectRef& pipe : state.Children(schema->id, ObjectKind::kPipe)) {
      if (!IsPipeline(state, pipe)) continue;
      if (auto loaded = Load(state, pipe); loaded.ok()) all.push_back(std::move(*loaded));
    }
  }
  return all;
}

namespace {

/// The new pipe is the head of the spec's pipeline.
Status Connect(const PipelineSpec& spec, Micros now, session::OpenTransaction& transaction,
               const CatalogState& so_far) {
  ObjectRef pipe = so_far.InSchema(spec.domain, kBronzeSchema, ObjectKind::kPipe, spec.table);
  if (!pipe) return NoPipeline(spec.domain, spec.table);
  catalog::Object changed = *pipe;
  auto& info = *changed.As<catalog::PipeInfo>();
  info.pipeline = ToJson(spec);
  info.schema_versions = {{1, now, "", "CREATE"}};
  transaction.AddObject(catalog::ObjectChange::Alter(*pipe, std::move(changed)));
  return MarkObjects(spec, pipe->id, transaction, so_far);
}

session::Session OwnSession(session::Node& node, const Actor& actor) {
  return session::Session(node, static_cast<int64_t>(RandomU64() >> 1), actor.user, actor.role);
}

/// Tables that a step replaces or refuses: CREATE of a pipeline replaces nothing that is there.
Status CheckFree(const CatalogState& state, const PipelineSpec& spec) {
  const ObjectNames names(spec);
  auto check = [&](const char* where, ObjectKind kind, const std::string& name) -> Status {
    ObjectRef schema = state.Schema(spec.domain, where);
    if (!schema || !state.FindExact(schema->id, kind, name)) return Ok();
    return Error(errors::kObjectExists, {spec.domain + "." + where + "." + name});
  };
  FIRN_TRY(check(kBronzeSchema, ObjectKind::kPipe, names.pipe));
  FIRN_TRY(check(kBronzeSchema, ObjectKind::kTable, names.bronze));
  FIRN_TRY(check(kBronzeSchema, ObjectKind::kTable, names.errors));
  FIRN_TRY(check(kBronzeSchema, ObjectKind::kTable, names.stream));
  FIRN_TRY(check(kSilverSchema, ObjectKind::kTable, names.silver));
  FIRN_TRY(check(kSilverSchema, ObjectKind::kTable, names.deleted));
  FIRN_TRY(check(kSilverSchema, ObjectKind::kTask, names.merge_task));
  for (const GoldSpec& gold : spec.gold) {
    FIRN_TRY(check(kGoldSchema, ObjectKind::kTable, gold.name));
    FIRN_TRY(check(kGoldSchema, ObjectKind::kTask, GoldTaskName(gold)));
  }
  return Ok();
}

}  // namespace

Result<Pipeline> CreatePipeline(session::Node& node, const Actor& actor, const PipelineSpec& spec,
                                engine::CancelToken& cancel, bool dry) {
  FIRN_ASSIGN(catalog::StatePtr before, node.catalog->Head());
  FIRN_TRY(CheckFree(*before, spec));
  std::vector<TogetherStep> steps = BronzeSteps(spec);
  Append(&steps, SilverSteps(spec));
  Append(&steps, CheckSteps(spec));
  Append(&steps, MergeSteps(spec));
  for (const GoldSpec* gold : GoldInOrder(spec)) Append(&steps, GoldSteps(spec, *gold));
  session::Session session = OwnSession(node, actor);
  Pipeline made;
  auto complete = [&](session::OpenTransaction& transaction, const CatalogState& so_far) -> Status {
    FIRN_TRY(Connect(spec, node.clock->Now(), transaction, so_far));
    FIRN_ASSIGN(catalog::StatePtr after, transaction.Over(node.catalog->Current(), node.clock->Now()));
    FIRN_ASSIGN(made, FindPipeline(*after, spec.domain, spec.table));
    return Ok();
  };
  FIRN_TRY(statements::RunTogether(session, steps, complete, cancel, dry));
  return made;
}

Status DropPipeline(session::Node& node, const Actor& actor, const Pipeline& pipeline, bool keep_tables,
                    engine::CancelToken& cancel) {
  const ObjectNames names(pipeline.spec);
  std::vector<TogetherStep> steps;
  auto drop = [&](const char* kind, const char* schema, const std::string& name) {
    steps.push_back(statements::Define(std::string("DROP ") + kind + " IF EXISTS " + names.In(schema, name)));
  };
  drop("PIPE", kBronzeSchema, names.pipe);
  drop("TASK", kSilverSchema, names.merge_task);
  drop("STREAM", kBronzeSchema, names.stream);
  if (pipeline.replay_stream) drop("STREAM", kBronzeSchema, names.replay_stream);
  if (pipeline.new_silver) drop("TABLE", kSilverSchema, names.new_silver);
  if (pipeline.new_deleted) drop("TABLE", kSilverSchema, names.new_deleted);
  for (const GoldSpec& gold : pipeline.spec.gold) {
    if (!gold.lag) drop("TASK", kGoldSchema, GoldTaskName(gold));
    if (!keep_tables) drop("TABLE", kGoldSchema, gold.name);
  }
  if (!keep_tables) {
    drop("TABLE", kSilverSchema, names.deleted);
    drop("TABLE", kSilverSchema, names.silver);
    drop("TABLE", kBronzeSchema, names.errors);
    drop("TABLE", kBronzeSchema, names.bronze);
  }
  session::Session session = OwnSession(node, actor);
  return statements::RunTogether(session, steps, {}, cancel);
}

Status PausePipeline(session::Node& node, const Actor& actor, const Pipeline& pipeline, bool paused,
                     engine::CancelToken& cancel) {
  if (pipeline.info().paused == paused) return Ok();
  const ObjectNames names(pipeline.spec);
  session::Session session = OwnSession(node, actor);
  const std::vector<TogetherStep> steps = {
      statements::Define("ALTER PIPE " + names.In(kBronzeSchema, names.pipe) +
                         " SET PIPE_EXECUTION_PAUSED = " + (paused ? "TRUE" : "FALSE"))};
  return statements::RunTogether(session, steps, {}, cancel);
}

namespace {

Result<int64_t> StreamLag(session::Node& node, const CatalogState& state, const ObjectRef& bronze,
                          const ObjectRef& stream) {
  const catalog::TableHead* head = bronze ? state.Head(bronze->id) : nullptr;
  if (!stream || !head || !head->snapshot_id) return int64_t{0};
  const catalog::Offsets offsets = state.OffsetsOf(stream->id);
  const auto seen = offsets.find(std::string(catalog::kSnapshotOffset));
  if (seen != offsets.end() && seen->second == *head->snapshot_id) return int64_t{0};
  auto rows = [](const catalog::TableVersion& version) {
    int64_t count = 0;
    for (const auto& file : version.files->files()) count += file->data->record_count;
    return count;
  };
  FIRN_ASSIGN(catalog::TableVersionPtr now, node.catalog->TableAt(state, *bronze));
  int64_t lag = rows(*now);
  if (seen != offsets.end()) {
    FIRN_ASSIGN(catalog::TableVersionPtr then, node.catalog->TableAtSnapshot(state, *bronze, seen->second));
    lag -= rows(*then);
  }
  return std::max<int64_t>(lag, 1);
}

Result<RequestedRuns> Request(session::Node& node, const CatalogState& state, const std::vector<ObjectRef>& objects) {
  catalog::Transaction transaction;
  RequestedRuns runs;
  for (const ObjectRef& object : objects) {
    if (!object) continue;
    catalog::RunRecord record;
    record.id = NewUuid();
    record.object_id = object->id;
    record.graph_run_id = record.id;
    record.trigger = "EXECUTE TASK";
    record.scheduled = node.clock->Now();
    runs.emplace_back(record.id, state.FullName(*object));
    transaction.runs.push_back({std::move(record), std::nullopt});
  }
  if (!runs.empty()) FIRN_TRY(node.catalog->Commit(std::move(transaction)));
  return runs;
}

}  // namespace

Result<int64_t> SilverLag(session::Node& node, const CatalogState& state, const Pipeline& pipeline) {
  if (!pipeline.replay_stream) return StreamLag(node, state, pipeline.bronze, pipeline.stream);
  FIRN_ASSIGN(int64_t lag, StreamLag(node, state, pipeline.bronze, pipeline.replay_stream));
  return std::max<int64_t>(lag, 1);
}

Result<std::optional<int64_t>> LastSeq(session::Node& node, const CatalogState& state, const ObjectRef& table) {
  std::optional<int64_t> last;
  const catalog::TableHead* head = table ? state.Head(table->id) : nullptr;
  if (!head || !head->snapshot_id) return last;
  FIRN_ASSIGN(catalog::TableVersionPtr version, node.catalog->TableAt(state, *table));
  const iceberg::Field* field = version->schema->FindByName(kSilverColumns[0].name);
  if (field == nullptr) return last;
  for (const auto& file : version->files->files()) {
    const auto upper = file->data->UpperBound(field->id, field->type);
    if (!upper) continue;
    // A long, or a decimal of 19 digits.
    const auto* narrow = std::get_if<int64_t>(&*upper);
    const auto* wide = std::get_if<iceberg::Int128>(&*upper);
    const int64_t seq = narrow != nullptr ? *narrow : wide != nullptr ? static_cast<int64_t>(*wide) : 0;
    last = std::max(last.value_or(0), seq);
  }
  return last;
}

Result<RequestedRuns> RequestMerge(session::Node& node, const Pipeline& pipeline) {
  FIRN_ASSIGN(catalog::StatePtr state, node.catalog->Head());
  return Request(node, *state, {pipeline.merge_task});
}

Result<RequestedRuns> RequestGold(session::Node& node, const Pipeline& pipeline) {
  FIRN_ASSIGN(catalog::StatePtr state, node.catalog->Head());
  std::vector<ObjectRef> objects;
  for (const GoldSpec* gold : GoldInOrder(pipeline.spec)) {
    if (!gold->after.empty()) continue;  // comes behind those
    if (!gold->lag && gold->mode == GoldMode::kAppend) continue;
    const ObjectKind kind = gold->lag ? ObjectKind::kTable : ObjectKind::kTask;
    objects.push_back(
        state->InSchema(pipeline.spec.domain, kGoldSchema, kind, gold->lag ? gold->name : GoldTaskName(*gold)));
  }
  return Request(node, *state, objects);
}

Result<std::string> PipelineDdl(session::Node& node, const Actor& actor, const Pipeline& pipeline,
                                engine::CancelToken& cancel) {
  session::Session session = OwnSession(node, actor);
  statements::Request request;
  request.query_id = NewQueryId();
  const std::string name = sql::QuoteIdent(pipeline.spec.domain) + "." + sql::QuoteIdent(pipeline.spec.table);
  request.text = "SELECT GET_DDL('PIPELINE', " + sql::QuoteText(name) + ")";
  FIRN_ASSIGN(session::Answer answer, statements::Run(session, request, cancel));
  std::string text;
  while (answer.stream) {
    FIRN_ASSIGN(auto batch, answer.stream->Next());
    if (!batch) break;
    if (batch->rows() > 0) text = batch->Text(0, 0);
  }
  return text;
}

}  // namespace firn::pipeline
