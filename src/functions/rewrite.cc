#include "functions/rewrite.h"

#include <algorithm>

#include "base/errors.h"
#include "base/types.h"
#include "functions/families.h"
#include "functions/tree.h"

namespace firn::functions {

namespace {

using sql::Call;
using sql::ExprPtr;

std::string NameOf(const Call& call) { return call.name.parts.empty() ? std::string() : call.name.parts.back().text; }

/// Snowflake's functions answer to unqualified names in upper case (quoted or not).
Found RowOf(const Call& call) {
  if (call.name.parts.size() != 1 || call.name.dynamic) return {nullptr, Kind::kScalar};
  const sql::Ident& name = call.name.parts[0];
  if (name.quoted && name.text != Upper(name.text)) return {nullptr, Kind::kScalar};
  return FindFunction(name.text);
}

std::string ShownCall(const Call& call) {
  return NameOf(call) + "(" + std::string(call.args.empty() ? "" : "...") + ")";
}

Status CheckArguments(const Function& row, Call& call, Position at) {
  auto parameters = ParametersOf(row.signature);
  ArgumentCounts counts = CountsOf(row.signature);
  int got = static_cast<int>(call.args.size()) + (call.star ? 1 : 0);
  if (got < counts.least) {
    return Error(errors::kTooFewArguments, {ShownCall(call), std::to_string(counts.least), std::to_string(got)}, at);
  }
  if (counts.most >= 0 && got > counts.most) {
    return Error(errors::kTooManyArguments, {ShownCall(call), std::to_string(counts.most), std::to_string(got)}, at);
  }
  for (size_t i = 0; i < call.args.size() && i < parameters.size(); ++i) {
    // DATEADD(day, …): the word is no column.
    ExprPtr& arg = call.args[i].value;
    bool keyword = parameters[i].name == "part" || parameters[i].name == "unit";
    if (auto word = keyword && arg->As<sql::ColumnRef>() ? WordOf(*arg) : std::nullopt) arg = TextLiteral(*word);
  }
  for (size_t i = call.args.size(); i < parameters.size() && !call.star; ++i) {
    const std::string& text = parameters[i].fallback;
    if (text.empty()) break;
    call.args.push_back({{},
                         text == "NULL"         ? NullLiteral()
                         : text.front() == '\'' ? TextLiteral(text.substr(1, text.size() - 2))
                                                : NumberLiteral(std::stoll(text))});
  }
  return Ok();
}

/// OVER, WITHIN GROUP, FILTER and DISTINCT belong to aggregates and window functions.
Status CheckModifiers(Kind kind, const Call& call, Position at) {
  auto refused = [&](const char* what) {
    return Error(errors::kInvalidExpression, {std::string(what) + " with function " + NameOf(call)}, at);
  };
  if (kind == Kind::kAggregate) return Ok();
  if (call.distinct) return refused("Invalid DISTINCT");
  if (!call.within_group.empty()) return refused("Invalid WITHIN GROUP");
  if (call.filter) return refused("Invalid FILTER");
  if (kind != Kind::kWindow && call.over) return refused("Invalid OVER");
  if (kind == Kind::kWindow && !call.over) return refused("Missing OVER");
  return Ok();
}

/// "CASE WHEN {test} …" with the arguments in place of the signature's names.
Result<ExprPtr> ExpandMacro(const Function& row, const Macro& macro, Call&& call, Position at) {
  std::string text = macro.text;
  auto parameters = ParametersOf(row.signature);
  std::vector<ExprPtr> args;
  for (size_t i = 0; i < call.args.size(); ++i) {
    std::string from = "{" + parameters[i].name + "}", to = "{" + std::to_string(i) + "}";
    for (size_t found = text.find(from); found != std::string::npos; found = text.find(from, found + to.size())) {
      text.replace(found, from.size(), to);
    }
    args.push_back(std::move(call.args[i].value));
  }
  return sql::MakeExpr(sql::DuckExpr{std::move(text), std::move(args)}, at);
}

/// A scalar function becomes the call of its registered name; an aggregate DuckDB's, over coerced arguments.
Result<ExprPtr> RenameCall(const char* duckdb, const char* takes, Kind kind, Call&& call, Position at) {
  std::string_view letters = takes;
  std::vector<ExprPtr> args;
  for (size_t i = 0; i < call.args.size(); ++i) {
    ExprPtr arg = std::move(call.args[i].value);
    char letter = letters.empty() ? '.' : letters[std::min(i, letters.size() - 1)];
    if (kind != Kind::kScalar && letter != '.') {
      arg = sql::MakeExpr(DuckCall(std::string("firn$as_") + letter, std::move(arg)), at);
    }
    args.push_back(std::move(arg));
  }
  Call out = DuckCall(duckdb, std::move(args));
  out.star = call.star;
  MoveModifiers(call, out);
  return sql::MakeExpr(std::move(out), at);
}

struct Apply {
  const Function& row;
  Kind kind;
  Call call;
  const RewriteContext& context;

  std::string Registered() const { return "fn$" + Lower(row.name); }

  Result<ExprPtr> operator()(const Same& how) {
    std::string name = kind == Kind::kScalar ? Registered() : Lower(row.name);
    return RenameCall(name.c_str(), how.takes, kind, std::move(call), context.at);
  }
  Result<ExprPtr> operator()(const Rename& how) {
    std::string name = kind == Kind::kScalar ? Registered() : how.duckdb;
    return RenameCall(name.c_str(), how.takes, kind, std::move(call), context.at);
  }
  Result<ExprPtr> operator()(const Native&) {
    return RenameCall(Registered().c_str(), "", Kind::kScalar, std::move(call), context.at);
  }
  Result<ExprPtr> operator()(const Macro& how) { return ExpandMacro(row, how, std::move(call), context.at); }
  Result<ExprPtr> operator()(const Rewrite& how) { return how.apply(std::move(call), context); }
  Result<ExprPtr> operator()(const FromSession& how) { return how.make(call, context); }
  Result<ExprPtr> operator()(const Refuse& how) {
    return Error(errors::kUnsupported, {std::string(row.name) + ": " + how.reason}, context.at);
  }
  Result<ExprPtr> operator()(const TableRewrite&) {
    return Error(errors::kInvalidExpression, {std::string("Table function ") + row.name + " outside FROM"}, context.at);
  }
};

}  // namespace

Result<ExprPtr> RewriteCall(Call&& call, Position at, const SessionFacts& facts) {
  Found found = RowOf(call);
  if (found.row == nullptr) return Error(errors::kUnknownFunction, {call.name.Text()}, at);
  for (const auto& arg : call.args) {
    if (!arg.name.empty()) return Error(errors::kInvalidExpression, {"Unknown argument name " + arg.name}, at);
  }
  FIRN_TRY(CheckArguments(*found.row, call, at));
  if (!std::holds_alternative<Refuse>(found.row->how)) FIRN_TRY(CheckModifiers(found.kind, call, at));
  RewriteContext context{at, facts};
  return std::visit(
      [&](const auto& how) {
        return Apply{*found.row, found.kind, std::move(call), context}(how);
      },
      found.row->how);
}

Result<sql::RelationPtr> RewriteTableFunction(Call&& call, Position at, const SessionFacts& facts) {
  Found found = RowOf(call);
  if (found.row == nullptr) return Error(errors::kUnknownFunction, {call.name.Text()}, at);
  RewriteContext context{at, facts};
  if (const auto* refused = std::get_if<Refuse>(&found.row->how)) {
    return Error(errors::kUnsupported, {std::string(found.row->name) + ": " + refused->reason}, at);
  }
  const auto* table = std::get_if<TableRewrite>(&found.row->how);
  if (table == nullptr) {
    return Error(errors::kInvalidExpression, {"Function " + NameOf(call) + " is no table function"}, at);
  }
  return table->apply(std::move(call), context);
}

Result<std::vector<std::string>> TableFunctionColumns(const Call& call) {
  Found found = RowOf(call);
  const auto* table = found.row ? std::get_if<TableRewrite>(&found.row->how) : nullptr;
  if (table == nullptr) return Error(errors::kUnknownFunction, {call.name.Text()});
  std::vector<std::string> columns;
  std::string_view rest = table->columns;
  while (!rest.empty()) {
    size_t end = std::min(rest.find(' '), rest.size());
    columns.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return columns;
}

bool TakesKeyword(std::string_view function, size_t index) {
  Found found = FindFunction(function);
  if (found.row == nullptr) return false;
  auto parameters = ParametersOf(found.row->signature);
  return index < parameters.size() && (parameters[index].name == "part" || parameters[index].name == "unit");
}

bool IsAggregate(std::string_view function) {
  Found found = FindFunction(function);
  return found.row != nullptr && found.kind == Kind::kAggregate;
}

bool IsVolatile(std::string_view function) {
  const Function* row = FindFunction(function).row;
  if (row == nullptr) return false;
  const auto chance = GenerationFunctions();
  return std::holds_alternative<FromSession>(row->how) || (row >= chance.data() && row < chance.data() + chance.size());
}

bool IsWindowOnly(std::string_view function) {
  Found found = FindFunction(function);
  return found.row != nullptr && found.kind == Kind::kWindow;
}

}  // namespace firn::functions
