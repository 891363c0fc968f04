// ALTER SESSION, SET and UNSET. https://docs.snowflake.com/en/sql-reference/sql/alter-session, …/set, …/unset
#include "base/errors.h"
#include "planner/resolve.h"
#include "sql/printer.h"
#include "statements/object_names.h"
#include "statements/option_values.h"

namespace firn::statements {

namespace {

constexpr const char* kAutocommit = "AUTOCOMMIT";

/// Sets or (none) unsets parameters; a change of AUTOCOMMIT commits the open transaction.
Status ChangeParameters(Execution& run, session::ParameterValues changed) {
  if (changed.Get(kAutocommit) != run.session.parameters.Get(kAutocommit) && run.transaction().open()) {
    auto committed = run.transaction().Commit(run.catalog(), [&] { return run.cancel.canceled(); });
    if (!committed.ok()) return std::move(committed).error();
  }
  run.session.parameters = std::move(changed);
  return Ok();
}

// --- variables -------------------------------------------------------------------------------------------------------

/// Values of one row of a query, with their types.
Result<std::vector<session::Variable>> RowOf(Execution& run, const std::string& select, Position at) {
  std::vector<engine::ResultColumn> columns;
  FIRN_ASSIGN(auto batches, run.engine().Collect(run.context.Statement(select), run.cancel, &columns));
  const engine::Batch* row = nullptr;
  for (const engine::Batch& batch : batches) {
    if (batch.rows() == 0) continue;
    if (row || batch.rows() > 1) return Error(errors::kSubqueryRows);
    row = &batch;
  }
  std::vector<session::Variable> values;
  for (size_t i = 0; i < columns.size(); ++i) {
    session::Variable value;
    value.type = columns[i].type;
    if (value.type.id == TypeId::kNull) value.type = SqlType::Varchar();
    if (value.type.IsSemiStructured() || value.type.id == TypeId::kTimestampTz) {
      return Error(errors::kUnsupported, {"a session variable of type " + value.type.Text()}, at);
    }
    int column = static_cast<int>(i);
    value.is_null = !row || row->IsNull(column, 0);
    if (!value.is_null) value.text = row->Text(column, 0);
    values.push_back(std::move(value));
  }
  return values;
}

Result<std::vector<session::Variable>> ValuesOf(Execution& run, sql::SetVariables& set) {
  if (set.names.size() > 1 && set.values.size() == 1) {
    auto* scalar = set.values[0]->As<sql::ScalarQuery>();
    if (scalar) {
      FIRN_ASSIGN(engine::Statement plan, planner::PlanQuery(run.context, *scalar->query));
      return RowOf(run, plan.sql, set.values[0]->at);
    }
  }
  std::string select;
  for (sql::ExprPtr& value : set.values) {
    FIRN_TRY(planner::ResolveExpr(run.context, value));
    select += (select.empty() ? "SELECT " : ", ") + sql::Print(*value);
  }
  return RowOf(run, select, run.statement.at);
}

Status CheckSize(const std::string& name, const session::Variable& value) {
  if (value.text.size() <= session::kVariableBytesMax) return Ok();
  return Error(errors::kInvalidExpression,
               {"Assignment to '" + name + "' not done because value exceeds size limit for variables. Its size is " +
                std::to_string(value.text.size()) + "; the limit is " + std::to_string(session::kVariableBytesMax) +
                " (internal storage size in bytes)."});
}

}  // namespace

Result<Answer> Execute(Execution& run, sql::AlterSession& alter) {
  session::ParameterValues changed = run.session.parameters;
  if (auto* set = std::get_if<sql::SetOptions>(&alter.action)) {
    for (const sql::Option& option : set->options) {
      FIRN_ASSIGN(std::string text, OptionText(run, option));
      FIRN_TRY(changed.Set(option.name, text));
    }
  } else {
    for (const std::string& name : std::get<sql::UnsetOptions>(alter.action).names) FIRN_TRY(changed.Unset(name));
  }
  FIRN_TRY(ChangeParameters(run, std::move(changed)));
  return Succeeded(run);
}

Result<Answer> Execute(Execution& run, sql::SetVariables& set) {
  FIRN_ASSIGN(std::vector<session::Variable> values, ValuesOf(run, set));
  if (values.size() != set.names.size()) {
    return Error(errors::kInsertColumns, {std::to_string(set.names.size()), std::to_string(values.size())});
  }
  size_t added = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    FIRN_TRY(CheckSize(set.names[i], values[i]));
    added += run.session.variables.contains(set.names[i]) ? 0 : 1;
  }
  if (run.session.variables.size() + added > session::kSessionVariablesMax) {
    return Error(errors::kLimit,
                 {"the number of session variables", std::to_string(session::kSessionVariablesMax), "UNSET some"});
  }
  for (size_t i = 0; i < values.size(); ++i) run.session.variables[set.names[i]] = std::move(values[i]);
  return Succeeded(run);
}

Result<Answer> Execute(Execution& run, sql::UnsetVariables& unset) {
  for (const std::string& name : unset.names) run.session.variables.erase(name);
  return Succeeded(run);
}

}  // namespace firn::statements
