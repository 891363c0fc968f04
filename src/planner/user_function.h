// SQL functions of the catalog (CREATE FUNCTION): finding the one that a call means, and taking its arguments in order.
// The resolver puts their body in place of the call (planner/resolve.cc).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "planner/context.h"
#include "sql/ast.h"

namespace firn::planner {

struct UserFunction {
  FullName name;
  catalog::ObjectRef object;
  const catalog::FunctionInfo& info() const { return *object->As<catalog::FunctionInfo>(); }
};

/// The function that `name` means; none where there is none. Built-in functions come before those without a schema.
std::optional<UserFunction> FindUserFunction(const StatementContext& context, const sql::ObjectName& name);

/// The value of each parameter, in the order of the declaration: what the call gives by position or by name (resolved
/// already), else the default (parsed, to be resolved where the function lives; `resolved` is false), cast to the
/// parameter's type. Errors: kTooFewArguments, kTooManyArguments, kInvalidExpression (names).
struct ArgumentValue {
  std::string name;
  sql::ExprPtr value;
  bool resolved = true;
};
Result<std::vector<ArgumentValue>> ArgumentsOf(const UserFunction& function, sql::Call& call, Position at);

/// A function as DuckDB SQL with NULL for the arguments without default: its body, and a call of it.
struct FunctionTrial {
  std::string body, call;
};
/// Errors: of resolving the body (resolve_function.cc).
Result<FunctionTrial> TryFunction(StatementContext& context, const UserFunction& function);

/// "(FROM_DAY DATE, TO_DAY DATE)"; not `full`: "(DATE, DEFAULT DATE)", as SHOW FUNCTIONS has it.
std::string SignatureText(const catalog::FunctionInfo& info, bool full);
/// "TABLE (DAY DATE, REVENUE NUMBER(18,2))" or "NUMBER(38,0)"; not `full`: "TABLE (DATE, NUMBER)".
std::string ReturnsText(const catalog::FunctionInfo& info, bool full);

}  // namespace firn::planner
