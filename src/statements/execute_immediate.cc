// EXECUTE IMMEDIATE of one statement, and CALL of system functions.
// https://docs.snowflake.com/en/sql-reference/sql/execute-immediate
#include "base/errors.h"
#include "base/ids.h"
#include "statements/execution.h"

namespace firn::statements {

namespace {

/// USING (a, b): session variables as the binds 1, 2 …
Result<session::Bindings> BindingsOf(Execution& run, const std::vector<sql::Ident>& variables) {
  session::Bindings bindings;
  for (size_t i = 0; i < variables.size(); ++i) {
    auto found = run.session.variables.find(Upper(variables[i].text));
    if (found == run.session.variables.end()) {
      return Error(errors::kVariableNotFound, {Upper(variables[i].text)}, variables[i].at);
    }
    const session::Variable& variable = found->second;
    session::Binding binding;
    bool number = variable.type.id == TypeId::kInteger || variable.type.id == TypeId::kNumber;
    binding.type = number                                 ? "FIXED"
                   : variable.type.id == TypeId::kFloat   ? "REAL"
                   : variable.type.id == TypeId::kBoolean ? "BOOLEAN"
                                                          : "TEXT";
    binding.values.push_back(variable.is_null ? std::nullopt : std::optional(variable.text));
    bindings[std::to_string(i + 1)] = std::move(binding);
  }
  return bindings;
}

}  // namespace

Result<Answer> Execute(Execution& run, sql::ExecuteImmediate& execute) {
  FIRN_ASSIGN(session::Cell text, run.context.Evaluate(*execute.text, SqlType::Varchar()));
  if (!text) return Error(errors::kInvalidExpression, {"EXECUTE IMMEDIATE of NULL"}, run.statement.at);
  Request inner;
  inner.text = *std::move(text);
  FIRN_ASSIGN(inner.bindings, BindingsOf(run, execute.using_variables));
  inner.describe_only = run.request.describe_only;
  inner.query_id = NewQueryId();
  if (!run.request.request_id.empty()) inner.request_id = run.request.request_id + "/immediate";
  FIRN_ASSIGN(Answer answer, RunText(run.session, inner, run.cancel));
  if (const session::HistoryEntry* entry = run.session.FindQuery(inner.query_id)) run.plan = entry->plan;
  return answer;
}

/// CALL SYSTEM$…(…): one row of one column, which has the function's name.
Result<Answer> Execute(Execution& run, sql::CallProcedure& call) {
  const std::string& name = call.name.parts.back().text;
  if (call.name.parts.size() == 1 && name.starts_with("SYSTEM$")) {
    sql::Select select;
    sql::ExprPtr value = sql::MakeExpr(sql::Call{.name = call.name, .args = std::move(call.args)}, run.statement.at);
    select.items.push_back({std::move(value), std::nullopt, name});
    sql::QueryStatement query{std::make_unique<sql::Query>()};
    query.query->body = std::move(select);
    return Execute(run, query);
  }
  return Error(errors::kUnsupported, {"CALL " + call.name.Text() + ": stored procedures"}, run.statement.at);
}

}  // namespace firn::statements
