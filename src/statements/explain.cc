// EXPLAIN: DuckDB's plan in the shape of Snowflake's. https://docs.snowflake.com/en/sql-reference/sql/explain
#include <array>
#include <boost/json.hpp>
#include <charconv>

#include "base/errors.h"
#include "planner/resolve.h"
#include "statements/execution.h"

namespace firn::statements {

namespace {

namespace json = boost::json;

struct Operation {
  int id = 0;
  std::optional<int> parent;
  std::string name;
  std::string object, expressions;
  std::optional<int64_t> total, assigned, bytes;  ///< files and their bytes, of a scan
};

struct OperatorName {
  std::string_view duck;
  const char* snowflake;  ///< "": no operation of its own
};
constexpr std::array kNames = {
    OperatorName{"PROJECTION", ""},
    OperatorName{"DUMMY_SCAN", ""},
    OperatorName{"LAKE_SCAN", "TableScan"},
    OperatorName{"SEQ_SCAN", "TableScan"},
    OperatorName{"TABLE_SCAN", "TableScan"},
    OperatorName{"FILTER", "Filter"},
    OperatorName{"HASH_GROUP_BY", "Aggregate"},
    OperatorName{"PERFECT_HASH_GROUP_BY", "Aggregate"},
    OperatorName{"PARTITIONED_AGGREGATE", "Aggregate"},
    OperatorName{"SIMPLE_AGGREGATE", "Aggregate"},
    OperatorName{"UNGROUPED_AGGREGATE", "Aggregate"},
    OperatorName{"ORDER_BY", "Sort"},
    OperatorName{"TOP_N", "SortWithLimit"},
    OperatorName{"LIMIT", "Limit"},
    OperatorName{"STREAMING_LIMIT", "Limit"},
    OperatorName{"WINDOW", "WindowFunction"},
    OperatorName{"STREAMING_WINDOW", "WindowFunction"},
    OperatorName{"UNION", "UnionAll"},
    OperatorName{"CROSS_PRODUCT", "CartesianJoin"},
    OperatorName{"ASOF_JOIN", "AsofJoin"},
    OperatorName{"UNNEST", "Flatten"},
    OperatorName{"INOUT_FUNCTION", "Flatten"},
    OperatorName{"RANGE", "Generator"},
    OperatorName{"COLUMN_DATA_SCAN", "ValuesClause"},
    OperatorName{"EXPRESSION_SCAN", "ValuesClause"},
    OperatorName{"EMPTY_RESULT", "ValuesClause"},
    OperatorName{"REC_CTE", "WithClause"},
    OperatorName{"CTE", "WithClause"},
    OperatorName{"REC_CTE_SCAN", "WithReference"},
    OperatorName{"CTE_SCAN", "WithReference"},
};

/// HASH_JOIN of Join Type LEFT as LeftOuterJoin; what is not in the table keeps DuckDB's name.
std::string NameOf(std::string_view duck, std::string_view join_type) {
  for (const OperatorName& row : kNames) {
    if (row.duck == duck) return row.snowflake;
  }
  if (join_type == "INNER") return "InnerJoin";
  if (join_type == "LEFT") return "LeftOuterJoin";
  if (join_type == "RIGHT") return "RightOuterJoin";
  if (join_type == "FULL" || join_type == "OUTER") return "FullOuterJoin";
  return join_type.empty() ? std::string(duck) : "Join";
}

std::string TextOf(const json::value& value) {
  if (const auto* text = value.if_string()) return std::string(*text);
  std::string joined;
  if (const auto* list = value.if_array()) {
    for (const json::value& item : *list) joined += (joined.empty() ? "" : ", ") + TextOf(item);
  }
  return joined;
}

std::string Info(const json::object& info, std::string_view key) {
  const json::value* value = info.if_contains(key);
  return value ? TextOf(*value) : "";
}

std::optional<int64_t> NumberOf(std::string_view text) {
  int64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

std::string ExpressionsOf(const json::object& info) {
  struct Part {
    const char* key;
    const char* label;
  };
  static constexpr Part kParts[] = {
      {"Projections", ""},          {"Conditions", "joinKey: "}, {"Groups", "groupKeys: "},
      {"Aggregates", "aggExprs: "}, {"Order By", "sortKey: "},   {"Top", "rowCount: "},
      {"Expression", ""},           {"Filters", "filter: "},     {"CTE Name", ""}};
  std::string text;
  for (const Part& part : kParts) {
    std::string value = Info(info, part.key);
    if (!value.empty()) text += (text.empty() ? "" : ", ") + std::string(part.label) + value;
  }
  return text;
}

/// The operations below a node of DuckDB's plan, in the order of their ids.
void AddOperations(const json::value& node, int parent, std::vector<Operation>* out) {
  const json::object& object = node.as_object();
  const json::object& info = object.at("extra_info").as_object();
  std::string name(object.at("name").as_string());
  while (!name.empty() && name.back() == ' ') name.pop_back();
  name = NameOf(name, Info(info, "Join Type"));
  if (!name.empty()) {
    Operation operation{.id = static_cast<int>(out->size()), .parent = parent, .name = name};
    operation.object = Info(info, "Table");
    operation.expressions = ExpressionsOf(info);
    std::string files = Info(info, "Files");
    if (size_t slash = files.find('/'); slash != std::string::npos) {
      operation.assigned = NumberOf(std::string_view(files).substr(0, slash));
      operation.total = NumberOf(std::string_view(files).substr(slash + 1));
      operation.bytes = NumberOf(Info(info, "Bytes"));
    }
    parent = operation.id;
    out->push_back(std::move(operation));
  }
  for (const json::value& child : object.at("children").as_array()) AddOperations(child, parent, out);
}

struct Totals {
  int64_t total = 0, assigned = 0, bytes = 0;
};

Totals TotalsOf(const std::vector<Operation>& operations) {
  Totals totals;
  for (const Operation& operation : operations) {
    totals.total += operation.total.value_or(0);
    totals.assigned += operation.assigned.value_or(0);
    totals.bytes += operation.bytes.value_or(0);
  }
  return totals;
}

session::Cell TextCell(const std::string& text) { return text.empty() ? session::Cell() : session::Cell(text); }
template <class Number>
session::Cell NumberCell(const std::optional<Number>& number) {
  return number ? session::Cell(std::to_string(*number)) : session::Cell();
}
std::string ParentText(const Operation& operation) {
  return operation.parent ? "[" + std::to_string(*operation.parent) + "]" : "";
}

Answer AsTable(const std::vector<Operation>& operations) {
  SqlType number = SqlType::Integer(), text = SqlType::Varchar();
  Answer answer;
  answer.columns = {{"step", number},
                    {"id", number},
                    {"parentOperators", text},
                    {"operation", text},
                    {"objects", text},
                    {"alias", text},
                    {"expressions", text},
                    {"partitionsTotal", number},
                    {"partitionsAssigned", number},
                    {"bytesAssigned", number}};
  Totals totals = TotalsOf(operations);
  answer.rows.push_back({{},
                         {},
                         {},
                         "GlobalStats",
                         {},
                         {},
                         {},
                         std::to_string(totals.total),
                         std::to_string(totals.assigned),
                         std::to_string(totals.bytes)});
  for (const Operation& operation : operations) {
    answer.rows.push_back({"1",
                           std::to_string(operation.id),
                           TextCell(ParentText(operation)),
                           operation.name,
                           TextCell(operation.object),
                           {},
                           TextCell(operation.expressions),
                           NumberCell(operation.total),
                           NumberCell(operation.assigned),
                           NumberCell(operation.bytes)});
  }
  return answer;
}

std::string AsText(const std::vector<Operation>& operations) {
  Totals totals = TotalsOf(operations);
  std::string text = "GlobalStats:\n    partitionsTotal=" + std::to_string(totals.total) +
                     "\n    partitionsAssigned=" + std::to_string(totals.assigned) +
                     "\n    bytesAssigned=" + std::to_string(totals.bytes) + "\nOperations:\n";
  std::vector<size_t> depths;
  for (const Operation& operation : operations) {
    depths.push_back(operation.parent ? depths[static_cast<size_t>(*operation.parent)] + 1 : 0);
    text += "1:" + std::to_string(operation.id) + std::string(5 + 5 * depths.back(), ' ') + "->" + operation.name;
    if (!operation.object.empty()) text += "  " + operation.object;
    if (!operation.expressions.empty()) text += "  " + operation.expressions;
    if (operation.total) {
      text += "  {partitionsTotal=" + std::to_string(*operation.total) +
              ", partitionsAssigned=" + std::to_string(operation.assigned.value_or(0)) +
              ", bytesAssigned=" + std::to_string(operation.bytes.value_or(0)) + "}";
    }
    text += '\n';
  }
  return text;
}

std::string AsJson(const std::vector<Operation>& operations) {
  Totals totals = TotalsOf(operations);
  json::array steps;
  for (const Operation& operation : operations) {
    json::object step{{"id", operation.id}, {"operation", operation.name}};
    if (operation.parent) step["parentOperators"] = json::array{*operation.parent};
    if (!operation.object.empty()) step["objects"] = json::array{json::string(operation.object)};
    if (!operation.expressions.empty()) step["expressions"] = json::array{json::string(operation.expressions)};
    if (operation.total) {
      step["partitionsTotal"] = *operation.total;
      step["partitionsAssigned"] = operation.assigned.value_or(0);
      step["bytesAssigned"] = operation.bytes.value_or(0);
    }
    steps.push_back(std::move(step));
  }
  json::object all{{"GlobalStats", json::object{{"partitionsTotal", totals.total},
                                                {"partitionsAssigned", totals.assigned},
                                                {"bytesAssigned", totals.bytes}}},
                   {"Operations", json::array{std::move(steps)}}};
  return json::serialize(all);
}

}  // namespace

Result<Answer> Execute(Execution& run, sql::Explain& explain) {
  auto* query = explain.statement->As<sql::QueryStatement>();
  if (!query) return Error(errors::kUnsupported, {"EXPLAIN of a statement other than a query"}, run.statement.at);
  run.context.describing = true;  // functions that do something do not
  FIRN_ASSIGN(engine::Statement plan, planner::PlanQuery(run.context, *query->query));
  FIRN_ASSIGN(auto columns, run.engine().Describe(plan));
  Operation result{.name = "Result"};
  for (const engine::ResultColumn& column : columns) {
    result.expressions += (result.expressions.empty() ? "" : ", ") + column.name;
  }
  FIRN_ASSIGN(std::string text, run.engine().Explain(std::move(plan)));
  boost::system::error_code failed;
  json::value tree = json::parse(text, failed);
  if (failed || !tree.is_array()) return Error(errors::kInternal, {"the plan of the engine is not JSON"});
  std::vector<Operation> operations{std::move(result)};
  for (const json::value& node : tree.as_array()) AddOperations(node, 0, &operations);
  if (explain.format == sql::Explain::Format::kTabular) return AsTable(operations);
  Answer answer;
  answer.columns = {{.name = "content", .type = SqlType::Varchar()}};
  answer.rows = {{explain.format == sql::Explain::Format::kJson ? AsJson(operations) : AsText(operations)}};
  return answer;
}

}  // namespace firn::statements
