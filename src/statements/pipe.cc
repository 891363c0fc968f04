// CREATE PIPE and ALTER PIPE. What comes in through a pipe: the room `pipeline`.
// https://docs.snowflake.com/en/sql-reference/sql/create-pipe
#include "base/errors.h"
#include "statements/object_names.h"
#include "statements/object_options.h"
#include "statements/option_values.h"
#include "statements/row_change.h"

namespace firn::statements {

namespace {

using catalog::ObjectKind;

Status SetPipeOption(Execution& run, const sql::Option& option, catalog::Object* object) {
  auto& pipe = *object->As<catalog::PipeInfo>();
  if (option.name == "PIPE_EXECUTION_PAUSED") {
    FIRN_ASSIGN(pipe.paused, OptionBoolean(run, option));
    return Ok();
  }
  if (option.name == "AUTO_INGEST") {
    FIRN_ASSIGN(bool automatic, OptionBoolean(run, option));
    if (automatic) return Error(errors::kUnsupported, {"AUTO_INGEST = TRUE: there are no pipes over files"}, option.at);
    return Ok();
  }
  return SetObjectOption(run, option, object);
}

}  // namespace

Result<Answer> Execute(Execution& run, sql::CreatePipe& create) {
  FIRN_ASSIGN(Creation creation, BeginCreate(run, ObjectKind::kPipe, &create.name, create.mode, "CREATE PIPE"));
  if (creation.done) return AlreadyThere(run, creation);
  FIRN_TRY(planner::SettleName(run.context, &create.target));
  FIRN_ASSIGN(planner::FoundTable target, planner::FindTable(run.context, create.target, "CREATE PIPE"));
  FIRN_TRY(CheckWritable(target));
  if (target.temporary) return Error(errors::kUnsupported, {"a pipe into a temporary table"}, create.target.at);
  catalog::PipeInfo info;
  info.text = create.text;
  info.table_id = target.object->id;
  catalog::Object pipe = catalog::NewObject(info, creation.place.parent_id, creation.place.name.name, run.session.role);
  for (const sql::Option& option : create.options) FIRN_TRY(SetPipeOption(run, option, &pipe));
  return FinishCreate(run, creation, std::move(pipe));
}

Result<Answer> Execute(Execution& run, sql::AlterPipe& alter) {
  FIRN_ASSIGN(catalog::ObjectRef pipe, FindObject(run, ObjectKind::kPipe, &alter.name, "ALTER PIPE", alter.if_exists));
  if (!pipe) return Succeeded(run);
  catalog::Object changed = *pipe;
  if (auto* set = std::get_if<sql::SetOptions>(&alter.action)) {
    for (const sql::Option& option : set->options) FIRN_TRY(SetPipeOption(run, option, &changed));
  } else {
    for (const std::string& name : std::get<sql::UnsetOptions>(alter.action).names) {
      if (name == "PIPE_EXECUTION_PAUSED") {
        changed.As<catalog::PipeInfo>()->paused = false;
      } else {
        FIRN_TRY(UnsetObjectOptions({name}, &changed));
      }
    }
  }
  ChangeObject(run, pipe, std::move(changed));
  return Succeeded(run);
}

}  // namespace firn::statements
