#include "planner/user_function.h"

#include <algorithm>

#include "base/errors.h"
#include "functions/function.h"
#include "planner/value.h"
#include "sql/parser.h"

namespace firn::planner {

std::optional<UserFunction> FindUserFunction(const StatementContext& context, const sql::ObjectName& name) {
  if (name.dynamic || name.parts.empty()) return std::nullopt;
  if (name.parts.size() == 1 && functions::FindFunction(name.parts[0].text).row) return std::nullopt;
  auto full = Qualify(context, name, "SELECT");
  if (!full.ok()) return std::nullopt;
  catalog::ObjectRef schema = context.state().Schema(full->database, full->schema);
  if (!schema) return std::nullopt;
  catalog::ObjectRef object = context.state().Find(schema->id, catalog::ObjectKind::kFunction, full->name);
  if (!object) return std::nullopt;
  catalog::ObjectRef database = context.state().ById(schema->parent_id);
  return UserFunction{{database->name, schema->name, object->name, name.Text()}, object};
}

Result<std::vector<ArgumentValue>> ArgumentsOf(const UserFunction& function, sql::Call& call, Position at) {
  const auto& parameters = function.info().arguments;
  if (call.star || call.distinct || call.over || call.filter || !call.within_group.empty()) {
    return Error(errors::kInvalidExpression, {"Invalid use of function " + function.name.name}, at);
  }
  if (call.args.size() > parameters.size()) {
    return Error(errors::kTooManyArguments,
                 {function.name.name, std::to_string(parameters.size()), std::to_string(call.args.size())}, at);
  }
  std::vector<sql::ExprPtr> given(parameters.size());
  bool named = false;
  for (size_t i = 0; i < call.args.size(); ++i) {
    sql::Argument& arg = call.args[i];
    size_t place = i;
    if (!arg.name.empty()) {
      auto found =
          std::ranges::find_if(parameters, [&](const auto& row) { return EqualsIgnoreCase(row.name, arg.name); });
      if (found == parameters.end())
        return Error(errors::kInvalidExpression, {"Unknown argument name " + arg.name}, at);
      place = static_cast<size_t>(found - parameters.begin());
    } else if (named) {
      return Error(errors::kInvalidExpression, {"Positional argument behind a named one"}, at);
    }
    named = named || !arg.name.empty();
    if (given[place]) return Error(errors::kInvalidExpression, {"Duplicate argument " + parameters[place].name}, at);
    given[place] = std::move(arg.value);
  }
  std::vector<ArgumentValue> values;
  for (size_t i = 0; i < parameters.size(); ++i) {
    const bool resolved = given[i] != nullptr;
    if (!resolved && !parameters[i].default_text) {
      return Error(errors::kTooFewArguments,
                   {function.name.name, std::to_string(parameters.size()), std::to_string(call.args.size())}, at);
    }
    if (!resolved) {
      FIRN_ASSIGN(given[i], sql::ParseExpression(*parameters[i].default_text));
    }
    values.push_back({parameters[i].name, CastTo(std::move(given[i]), parameters[i].type), resolved});
  }
  return values;
}

namespace {

/// "NUMBER" of NUMBER(38,0).
std::string PlainType(const SqlType& type) {
  std::string text = type.Text();
  return text.substr(0, text.find('('));
}

}  // namespace

std::string SignatureText(const catalog::FunctionInfo& info, bool full) {
  std::string text = "(";
  for (const catalog::FunctionArgument& argument : info.arguments) {
    if (text.size() > 1) text += ", ";
    if (!full && argument.default_text) text += "DEFAULT ";
    text += full ? argument.name + " " + argument.type.Text() : PlainType(argument.type);
  }
  return text + ")";
}

std::string ReturnsText(const catalog::FunctionInfo& info, bool full) {
  auto type = [&](const catalog::ColumnInfo& column) { return full ? column.type.Text() : PlainType(column.type); };
  if (!info.returns_table) return info.columns.empty() ? "" : type(info.columns[0]);
  std::string text = "TABLE (";
  for (const catalog::ColumnInfo& column : info.columns) {
    if (!text.ends_with('(')) text += ", ";
    text += (full ? column.name + " " : "") + type(column);
  }
  return text + ")";
}

}  // namespace firn::planner
