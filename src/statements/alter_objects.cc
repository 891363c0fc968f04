// ALTER SEQUENCE, STAGE, FILE FORMAT, WAREHOUSE, ROLE and ACCOUNT.
// https://docs.snowflake.com/en/sql-reference/sql/alter
#include <limits>

#include "base/errors.h"
#include "statements/object_names.h"
#include "statements/object_options.h"
#include "statements/option_values.h"
#include "statements/stage_options.h"
#include "statements/user_options.h"

namespace firn::statements {

namespace {

using catalog::Object;
using catalog::ObjectKind;
using catalog::ObjectRef;

constexpr const char* kState = "STATE";  ///< of a warehouse, among its options
constexpr const char* kSuspended = "SUSPENDED";

Status SetSequenceOptions(Execution& run, const std::vector<sql::Option>& options, Object* object) {
  auto* sequence = object->As<catalog::SequenceInfo>();
  for (const sql::Option& option : options) {
    if (option.name == "INCREMENT") {
      FIRN_ASSIGN(sequence->step,
                  OptionNumber(run, option, std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()));
      if (sequence->step == 0) {
        return Error(errors::kInvalidExpression, {"invalid value '0' for property 'SEQUENCE_INCREMENT'"});
      }
    } else if (option.name == "ORDER") {
      FIRN_ASSIGN(bool ordered, OptionBoolean(run, option));
      if (ordered && !sequence->ordered) {
        return Error(errors::kUnsupported, {"ORDER for a sequence that is NOORDER"}, option.at);
      }
      sequence->ordered = ordered;
    } else {
      FIRN_TRY(SetObjectOption(run, option, object));
    }
  }
  return Ok();
}

Status SetStage(Execution& run, const std::vector<sql::Option>& options, Object* object) {
  bool internal = object->As<catalog::StageInfo>()->url.empty();
  if (const sql::Option* url = sql::FindOption(options, "URL"); url && internal) {
    return Error(errors::kUnsupported, {"a URL for an internal stage"}, url->at);
  }
  return SetStageOptions(run, options, object);
}

Status SetPlain(Execution& run, const std::vector<sql::Option>& options, Object* object) {
  return SetObjectOptions(run, options, object);
}

using SetFunction = Status (*)(Execution&, const std::vector<sql::Option>&, Object*);

/// RENAME TO, SET and UNSET of an object.
template <class Action>
Status Change(Execution& run, const ObjectRef& object, Action& action, const char* verb, SetFunction set_options) {
  if (auto* rename = std::get_if<sql::RenameTo>(&action)) return RenameObject(run, object, &rename->name, verb);
  Object changed = *object;
  if (auto* set = std::get_if<sql::SetOptions>(&action)) {
    FIRN_TRY(set_options(run, set->options, &changed));
  }
  if constexpr (std::is_constructible_v<Action, sql::UnsetOptions>) {
    if (auto* unset = std::get_if<sql::UnsetOptions>(&action)) FIRN_TRY(UnsetObjectOptions(unset->names, &changed));
  }
  ChangeObject(run, object, std::move(changed));
  return Ok();
}

template <class Alter>
Result<Answer> AlterOne(Execution& run, Alter& alter, ObjectKind kind, const char* verb, SetFunction set_options) {
  FIRN_ASSIGN(ObjectRef object, FindObject(run, kind, &alter.name, verb, alter.if_exists));
  if (object) FIRN_TRY(Change(run, object, alter.action, verb, set_options));
  return Succeeded(run);
}

// --- warehouses ------------------------------------------------------------------------------------------------------

void SetState(Execution& run, const ObjectRef& warehouse, const char* state) {
  Object changed = *warehouse;
  changed.options[kState] = state;
  ChangeObject(run, warehouse, std::move(changed));
}

bool IsSuspended(const Object& warehouse) {
  auto state = warehouse.options.find(kState);
  return state != warehouse.options.end() && state->second == kSuspended;
}

/// The named warehouse, or the session's; null for none and IF EXISTS.
Result<ObjectRef> WarehouseOf(Execution& run, sql::AlterWarehouse& alter) {
  if (!alter.name.parts.empty() || alter.name.dynamic) {
    return FindObject(run, ObjectKind::kWarehouse, &alter.name, "ALTER WAREHOUSE", alter.if_exists);
  }
  ObjectRef current = run.context.state().Find("", ObjectKind::kWarehouse, run.session.warehouse);
  if (run.session.warehouse.empty() || !current) return Error(errors::kNoWarehouse);
  return current;
}

}  // namespace

Result<Answer> Execute(Execution& run, sql::AlterSequence& alter) {
  return AlterOne(run, alter, ObjectKind::kSequence, "ALTER SEQUENCE", SetSequenceOptions);
}

Result<Answer> Execute(Execution& run, sql::AlterStage& alter) {
  return AlterOne(run, alter, ObjectKind::kStage, "ALTER STAGE", SetStage);
}

Result<Answer> Execute(Execution& run, sql::AlterFileFormat& alter) {
  return AlterOne(run, alter, ObjectKind::kFileFormat, "ALTER FILE FORMAT", SetFileFormatOptions);
}

Result<Answer> Execute(Execution& run, sql::AlterRole& alter) {
  FIRN_ASSIGN(ObjectRef role, FindObject(run, ObjectKind::kRole, &alter.name, "ALTER ROLE", alter.if_exists));
  if (!role) return Succeeded(run);
  bool rename = std::holds_alternative<sql::RenameTo>(alter.action);
  if (rename && IsSystemRole(role->name)) return Error(errors::kNoPrivilege, {"role", role->name});
  FIRN_TRY(Change(run, role, alter.action, "ALTER ROLE", SetPlain));
  Answer answer = Succeeded(run);
  if (rename && run.session.role == role->name) {
    FIRN_TRY(CommitNow(run));
    run.session.role = std::get<sql::RenameTo>(alter.action).name.parts.back().text;
  }
  return answer;
}

Result<Answer> Execute(Execution& run, sql::AlterWarehouse& alter) {
  FIRN_ASSIGN(ObjectRef warehouse, WarehouseOf(run, alter));
  Answer answer = Succeeded(run);
  if (!warehouse) return answer;
  if (std::holds_alternative<sql::SuspendWarehouse>(alter.action)) {
    if (IsSuspended(*warehouse)) return Error(errors::kCannotSuspend, {warehouse->name});
    SetState(run, warehouse, kSuspended);
  } else if (auto* resume = std::get_if<sql::ResumeWarehouse>(&alter.action)) {
    if (!IsSuspended(*warehouse)) {
      if (resume->if_suspended) return answer;
      return Error(errors::kCannotResume, {warehouse->name});
    }
    SetState(run, warehouse, "STARTED");
  } else if (std::holds_alternative<sql::AbortAllQueries>(alter.action)) {
    return Error(errors::kUnsupported, {"ALTER WAREHOUSE … ABORT ALL QUERIES"}, run.statement.at);
  } else {
    FIRN_TRY(Change(run, warehouse, alter.action, "ALTER WAREHOUSE", SetPlain));
    auto* rename = std::get_if<sql::RenameTo>(&alter.action);
    if (rename && run.session.warehouse == warehouse->name) {
      FIRN_TRY(CommitNow(run));
      run.session.warehouse = rename->name.parts.back().text;
    }
  }
  return answer;
}

Result<Answer> Execute(Execution& run, sql::AlterAccount&) {
  return Error(errors::kUnsupported,
               {"ALTER ACCOUNT: an account has no parameters of its own, set them in the session"}, run.statement.at);
}

}  // namespace firn::statements
