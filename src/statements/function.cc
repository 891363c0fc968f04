// CREATE FUNCTION and ALTER FUNCTION of LANGUAGE SQL. The body is planned at once, with NULL for each argument.
// https://docs.snowflake.com/en/sql-reference/sql/create-function
#include "base/errors.h"
#include "planner/user_function.h"
#include "statements/object_names.h"
#include "statements/object_options.h"
#include "statements/option_values.h"

namespace firn::statements {

namespace {

using catalog::FunctionInfo;
using catalog::Object;
using catalog::ObjectKind;
using catalog::ObjectRef;

/// Same types in the same order: what tells overloads apart.
bool SameTypes(const FunctionInfo& info, const std::vector<SqlType>& types) {
  if (info.arguments.size() != types.size()) return false;
  for (size_t i = 0; i < types.size(); ++i) {
    const bool numbers =
        (info.arguments[i].type.id == TypeId::kInteger || info.arguments[i].type.id == TypeId::kNumber) &&
        (types[i].id == TypeId::kInteger || types[i].id == TypeId::kNumber);
    if (!numbers && info.arguments[i].type.id != types[i].id) return false;
  }
  return true;
}

std::vector<SqlType> TypesOf(const FunctionInfo& info) {
  std::vector<SqlType> types;
  for (const catalog::FunctionArgument& argument : info.arguments) types.push_back(argument.type);
  return types;
}

Result<FunctionInfo> InfoOf(sql::CreateFunction& create) {
  FunctionInfo info;
  info.body = std::move(create.body);
  info.secure = create.secure;
  info.returns_table = !create.returns;
  bool defaults = false;
  for (sql::FunctionParameter& parameter : create.parameters) {
    for (const catalog::FunctionArgument& other : info.arguments) {
      if (other.name == parameter.name.text) {
        return Error(errors::kInvalidExpression, {"duplicate argument name '" + other.name + "'"}, parameter.name.at);
      }
    }
    if (defaults && parameter.default_text.empty()) {
      return Error(errors::kInvalidExpression, {"an argument without DEFAULT behind one with it"}, parameter.name.at);
    }
    defaults = defaults || !parameter.default_text.empty();
    info.arguments.push_back({parameter.name.text, parameter.type, std::nullopt});
    if (!parameter.default_text.empty()) info.arguments.back().default_text = std::move(parameter.default_text);
  }
  if (create.returns) info.columns.push_back({.name = "", .type = *create.returns});
  for (const sql::FunctionParameter& column : create.columns) {
    info.columns.push_back({.name = column.name.text, .type = column.type});
  }
  if (info.columns.empty()) return Error(errors::kInvalidExpression, {"RETURNS TABLE of no columns"});
  return info;
}

/// Binds the body as a call would.
Status CheckBody(Execution& run, const planner::FullName& name, const Object& function) {
  FIRN_ASSIGN(auto trial, planner::TryFunction(run.context, {name, std::make_shared<const Object>(function)}));
  FIRN_ASSIGN(auto columns, run.engine().Describe(run.context.Statement(std::move(trial.body))));
  const size_t declared = function.As<FunctionInfo>()->columns.size();
  if (columns.size() != declared) {
    return Error(errors::kInvalidExpression,
                 {"Function '" + name.name + "' declares " + std::to_string(declared) +
                  " column(s), but its query produces " + std::to_string(columns.size()) + " column(s)."});
  }
  FIRN_TRY(run.engine().Describe(run.context.Statement(std::move(trial.call))));
  return Ok();
}

/// Parameters come in the query of an address, beside these (faces/pipeline_face/query_page.h).
Status CheckPublished(const FunctionInfo& info, Position at) {
  if (!info.returns_table) {
    return Error(errors::kUnsupported, {"HTTP_ENDPOINT of a function that returns no table"}, at);
  }
  for (const catalog::FunctionArgument& argument : info.arguments) {
    for (const char* taken : {"AS_OF", "BIG", "CURSOR", "LIMIT", "TIMEOUT"}) {
      if (!EqualsIgnoreCase(argument.name, taken)) continue;
      return Error(errors::kUnsupported, {"HTTP_ENDPOINT of a function with an argument " + argument.name}, at);
    }
  }
  return Ok();
}

}  // namespace

Result<Answer> Execute(Execution& run, sql::CreateFunction& create) {
  FIRN_ASSIGN(FunctionInfo info, InfoOf(create));
  FIRN_TRY(planner::SettleName(run.context, &create.name));
  sql::ObjectName name = create.name;
  auto existing = FindObject(run, ObjectKind::kFunction, &name, "CREATE FUNCTION", true);
  if (existing.ok() && *existing && !SameTypes(*(*existing)->As<FunctionInfo>(), TypesOf(info))) {
    return Error(errors::kUnsupported, {"a second function of one name with other arguments"}, create.name.at);
  }
  FIRN_ASSIGN(Creation creation, BeginCreate(run, ObjectKind::kFunction, &create.name, create.mode, "CREATE FUNCTION"));
  if (creation.done) return AlreadyThere(run, creation);
  Object function =
      catalog::NewObject(std::move(info), creation.place.parent_id, creation.place.name.name, run.session.role);
  FIRN_TRY(SetObjectOptions(run, create.options, &function));
  FIRN_TRY(CheckBody(run, creation.place.name, function));
  return FinishCreate(run, creation, std::move(function));
}

Result<Answer> Execute(Execution& run, sql::AlterFunction& alter) {
  FIRN_ASSIGN(ObjectRef function,
              FindFunctionObject(run, &alter.name, alter.signature, "ALTER FUNCTION", alter.if_exists));
  if (!function) return Succeeded(run);
  if (auto* rename = std::get_if<sql::RenameTo>(&alter.action)) {
    FIRN_TRY(RenameObject(run, function, &rename->name, "ALTER FUNCTION"));
    return Succeeded(run);
  }
  Object changed = *function;
  auto* info = changed.As<FunctionInfo>();
  if (auto* set = std::get_if<sql::SetOptions>(&alter.action)) {
    for (const sql::Option& option : set->options) {
      if (option.name == "SECURE") {
        FIRN_ASSIGN(info->secure, OptionBoolean(run, option));
      } else if (option.name == "HTTP_ENDPOINT") {
        FIRN_ASSIGN(info->http_endpoint, OptionBoolean(run, option));
        if (info->http_endpoint) FIRN_TRY(CheckPublished(*info, option.at));
      } else {
        FIRN_TRY(SetObjectOption(run, option, &changed));
      }
    }
  } else {
    auto& names = std::get<sql::UnsetOptions>(alter.action).names;
    if (std::erase(names, "HTTP_ENDPOINT") > 0) info->http_endpoint = false;
    FIRN_TRY(UnsetObjectOptions(names, &changed));
  }
  ChangeObject(run, function, std::move(changed));
  return Succeeded(run);
}

Result<ObjectRef> FindFunctionObject(Execution& run, sql::ObjectName* name, const std::vector<SqlType>& signature,
                                     const char* verb, bool if_exists) {
  FIRN_ASSIGN(ObjectRef function, FindObject(run, ObjectKind::kFunction, name, verb, if_exists));
  if (!function || SameTypes(*function->As<FunctionInfo>(), signature)) return function;
  if (if_exists) return ObjectRef();
  return Error(errors::kKindNotFound, {"Function", name->Text()}, name->at);
}

}  // namespace firn::statements
