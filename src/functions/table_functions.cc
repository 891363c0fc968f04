// Functions in FROM: docs.snowflake.com/en/sql-reference/functions-table. The printed SQL unnests, within a lateral
// subquery, the list that a kernel of table_kernels.cc makes.
#include <array>
#include <map>

#include "base/errors.h"
#include "base/types.h"
#include "functions/families.h"
#include "functions/tree.h"

namespace firn::functions {

namespace {

using sql::Call;
using sql::ExprPtr;
using sql::RelationPtr;

/// Arguments by name: given ones by their names, others by their places in `names`.
Result<std::map<std::string, ExprPtr>> ByName(Call&& call, std::span<const char* const> names, Position at) {
  std::map<std::string, ExprPtr> out;
  size_t place = 0;
  for (auto& arg : call.args) {
    std::string name = arg.name;
    if (name.empty()) {
      if (place == names.size()) {
        return Error(errors::kTooManyArguments,
                     {call.name.Text(), std::to_string(names.size()), std::to_string(call.args.size())}, at);
      }
      name = names[place++];
    }
    bool known = false;
    for (const char* allowed : names) known = known || name == allowed;
    if (!known) return Error(errors::kInvalidExpression, {"Unknown argument name " + name}, at);
    out[name] = std::move(arg.value);
  }
  return out;
}

Result<bool> Switch(std::map<std::string, ExprPtr>& args, const char* name, Position at) {
  auto found = args.find(name);
  if (found == args.end()) return false;
  const auto* literal = found->second->As<sql::Literal>();
  if (!literal || literal->kind != sql::Literal::Kind::kBoolean) {
    return Error(errors::kInvalidValue, {"expression", name}, at);
  }
  return literal->text == "true";
}

RelationPtr Unnest(Call list, Position at) {
  std::vector<ExprPtr> args;
  args.push_back(sql::MakeExpr(std::move(list)));
  return sql::MakeRelation(sql::DuckRelation{"(SELECT UNNEST({0}, max_depth := 2))", std::move(args), true}, {}, at);
}

Result<RelationPtr> Flatten(Call&& call, const RewriteContext& context) {
  static constexpr std::array kNames = {"INPUT", "PATH", "OUTER", "RECURSIVE", "MODE"};
  FIRN_ASSIGN(auto args, ByName(std::move(call), kNames, context.at));
  if (!args.contains("INPUT")) return Error(errors::kMissingArgument, {"INPUT"}, context.at);
  FIRN_ASSIGN(bool outer, Switch(args, "OUTER", context.at));
  FIRN_ASSIGN(bool recursive, Switch(args, "RECURSIVE", context.at));
  auto text_or = [&](const char* name, const char* fallback) {
    return args.contains(name) ? std::move(args[name]) : TextLiteral(fallback);
  };
  ExprPtr path = text_or("PATH", "");
  ExprPtr mode = text_or("MODE", "BOTH");
  return Unnest(DuckCall("firn$flatten", std::move(args["INPUT"]), std::move(path), NumberLiteral(outer ? 1 : 0),
                         NumberLiteral(recursive ? 1 : 0), std::move(mode)),
                context.at);
}

/// ROWCOUNT rows without columns of their own.
Result<RelationPtr> Generator(Call&& call, const RewriteContext& context) {
  static constexpr std::array kNames = {"ROWCOUNT", "TIMELIMIT"};
  FIRN_ASSIGN(auto args, ByName(std::move(call), kNames, context.at));
  auto rows = args.find("ROWCOUNT");
  if (rows == args.end()) return Error(errors::kUnsupported, {"GENERATOR without ROWCOUNT"}, context.at);
  std::vector<ExprPtr> counts;
  counts.push_back(sql::MakeExpr(sql::Cast{std::move(rows->second), SqlType::Integer(), false}));
  return sql::MakeRelation(sql::DuckRelation{"(SELECT 1 AS \"firn$row\" FROM range({0}))", std::move(counts), false},
                           {}, context.at);
}

template <const char* const* Kernel>
Result<RelationPtr> Split(Call&& call, const RewriteContext& context) {
  static constexpr std::array kNames = {"STRING", "DELIMITER"};
  FIRN_ASSIGN(auto args, ByName(std::move(call), kNames, context.at));
  if (!args.contains("STRING")) return Error(errors::kMissingArgument, {"STRING"}, context.at);
  ExprPtr delimiter = args.contains("DELIMITER") ? std::move(args["DELIMITER"]) : TextLiteral(" ");
  return Unnest(DuckCall(*Kernel, std::move(args["STRING"]), std::move(delimiter)), context.at);
}
constexpr const char* kSplitKernel = "firn$split_table";
constexpr const char* kStrtokKernel = "firn$strtok_table";

// clang-format off
constexpr std::array kTable = {
    Function{"FLATTEN", "input [, path] [, outer] [, recursive] [, mode]", TableRewrite{Flatten, "SEQ KEY PATH INDEX VALUE THIS"}, "", "", "functions/flatten"},
    Function{"GENERATOR", "rowcount [, timelimit]", TableRewrite{Generator, ""}, "", "", "functions/generator"},
    Function{"SPLIT_TO_TABLE", "string, delimiter", TableRewrite{Split<&kSplitKernel>, "SEQ INDEX VALUE"}, "", "", "functions/split_to_table"},
    Function{"STRTOK_SPLIT_TO_TABLE", "string [, delimiter]", TableRewrite{Split<&kStrtokKernel>, "SEQ INDEX VALUE"}, "", "", "functions/strtok_split_to_table"},
};
// clang-format on

}  // namespace

std::span<const Function> TableFunctions() { return kTable; }

}  // namespace firn::functions
