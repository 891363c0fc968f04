// Values that enter a statement from outside of its text: binds, session variables, sequence numbers, default values.
#pragma once

#include "planner/context.h"
#include "sql/ast.h"

namespace firn::planner {

/// $name as a typed literal. Errors: kVariableNotFound.
Result<sql::ExprPtr> VariableValue(StatementContext& context, const std::string& name, Position at);

/// A bind as a typed literal, by the type that the driver gave (snowflake-protocol, "Bindings"); of an array bind the
/// value of row `context.bind_row`. Errors: kInvalidExpression (not bound, not of its type).
Result<sql::ExprPtr> BindValue(StatementContext& context, const sql::BindRef& bind, Position at);

/// seq.NEXTVAL: replaces `expr` and gives true where `name` is a sequence.
Result<bool> NextValue(StatementContext& context, const sql::ObjectName& name, sql::ExprPtr* expr);

/// What a column gets that an INSERT does not name: its default or its next number, resolved, or NULL.
Result<sql::ExprPtr> DefaultValue(StatementContext& context, const catalog::ColumnInfo& column);

sql::ExprPtr NullLiteral();
sql::ExprPtr TextLiteral(std::string text);
sql::ExprPtr NumberLiteral(std::string text);
sql::ExprPtr Column(std::string qualifier, std::string name);
sql::ExprPtr CastTo(sql::ExprPtr expr, const SqlType& type);

/// The first column of a resolved query's rows, run now, as literals with what PIVOT calls their columns; without NULL.
Result<std::vector<std::pair<sql::ExprPtr, std::optional<sql::Ident>>>> ConstantsOf(StatementContext& context,
                                                                                    const sql::Query& query);

}  // namespace firn::planner
