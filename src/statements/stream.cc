// CREATE STREAM and ALTER STREAM. What reads a stream: planner/changes.h; what moves its offset: run.cc.
// https://docs.snowflake.com/en/sql-reference/sql/create-stream
#include "base/errors.h"
#include "planner/changes.h"
#include "statements/object_names.h"
#include "statements/object_options.h"
#include "statements/option_values.h"

namespace firn::statements {

namespace {

using catalog::ObjectKind;

Status SetStreamOptions(Execution& run, const std::vector<sql::Option>& options, catalog::Object* object) {
  auto& stream = *object->As<catalog::StreamInfo>();
  for (const sql::Option& option : options) {
    if (option.name == "APPEND_ONLY") {
      FIRN_ASSIGN(stream.append_only, OptionBoolean(run, option));
    } else if (option.name == "SHOW_INITIAL_ROWS") {
      FIRN_ASSIGN(stream.show_initial_rows, OptionBoolean(run, option));
    } else {
      FIRN_TRY(SetObjectOption(run, option, object));
    }
  }
  return Ok();
}

}  // namespace

Result<Answer> Execute(Execution& run, sql::CreateStream& create) {
  FIRN_ASSIGN(Creation creation, BeginCreate(run, ObjectKind::kStream, &create.name, create.mode, "CREATE STREAM"));
  if (creation.done) return AlreadyThere(run, creation);
  FIRN_TRY(planner::SettleName(run.context, &create.source));
  FIRN_ASSIGN(planner::FoundTable table, planner::FindTable(run.context, create.source, "CREATE STREAM"));
  if (table.temporary || table.info().read_only || table.info().format_version < 3) {
    return Error(errors::kUnsupported,
                 {"a stream on '" + table.name.name +
                  "': it needs the row ids of a permanent table with "
                  "ICEBERG_VERSION = 3"},
                 create.source.at);
  }
  FIRN_ASSIGN(table, planner::Travel(run.context, std::move(table), create.travel));
  if (!create.travel) planner::NeedHistory(run.context, table, table.version);
  catalog::StreamInfo info{.table_id = table.object->id, .append_only = false, .show_initial_rows = false};
  catalog::Object stream =
      catalog::NewObject(info, creation.place.parent_id, creation.place.name.name, run.session.role);
  FIRN_TRY(SetStreamOptions(run, create.options, &stream));
  std::optional<int64_t> start = planner::StreamStart(table);
  if (start && !stream.As<catalog::StreamInfo>()->show_initial_rows) {
    run.transaction().AddOffset({stream.id, std::string(catalog::kSnapshotOffset), std::nullopt, start});
  }
  return FinishCreate(run, creation, std::move(stream));
}

Result<Answer> Execute(Execution& run, sql::AlterStream& alter) {
  FIRN_ASSIGN(catalog::ObjectRef stream,
              FindObject(run, ObjectKind::kStream, &alter.name, "ALTER STREAM", alter.if_exists));
  if (!stream) return Succeeded(run);
  catalog::Object changed = *stream;
  if (auto* set = std::get_if<sql::SetOptions>(&alter.action)) {
    FIRN_TRY(SetObjectOptions(run, set->options, &changed));
  } else {
    FIRN_TRY(UnsetObjectOptions(std::get<sql::UnsetOptions>(alter.action).names, &changed));
  }
  ChangeObject(run, stream, std::move(changed));
  return Succeeded(run);
}

}  // namespace firn::statements
