// Small pieces of the syntax tree, for rewrites. Pure.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sql/query.h"

namespace firn::functions {

/// A call of DuckDB's function (or of one of ours, "firn$…") by its exact name.
sql::Call DuckCall(std::string name, std::vector<sql::ExprPtr> args);
template <class... Args>
sql::Call DuckCall(std::string name, sql::ExprPtr first, Args... rest) {
  std::vector<sql::ExprPtr> args;
  args.push_back(std::move(first));
  (args.push_back(std::move(rest)), ...);
  return DuckCall(std::move(name), std::move(args));
}
sql::ExprPtr TextLiteral(std::string text);
sql::ExprPtr NumberLiteral(int64_t value);
sql::ExprPtr NullLiteral();
/// DuckDB text with `{0}` … for the arguments.
sql::ExprPtr DuckText(std::string text, std::vector<sql::ExprPtr> args);

/// Moves OVER, FILTER, DISTINCT, WITHIN GROUP and IGNORE NULLS from one call to another.
void MoveModifiers(sql::Call& from, sql::Call& to);
/// A copy of a call's window, for rewrites that need it twice.
std::optional<sql::Window> CloneWindow(const std::optional<sql::Window>& window);

/// The text of a string literal or bare word (DATEADD(day, …)), upper case for the word; nullopt for other nodes.
std::optional<std::string> WordOf(const sql::Expr& expr);

}  // namespace firn::functions
