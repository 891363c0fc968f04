#include "planner/get_lineage.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <set>

#include "base/errors.h"
#include "planner/column_origins.h"
#include "planner/lineage.h"
#include "planner/result_scan.h"
#include "sql/parser.h"

namespace firn::planner {

namespace {

using catalog::CatalogState;
using catalog::Object;
using catalog::ObjectKind;
using catalog::ObjectRef;

constexpr const char* kDatabase = "SNOWFLAKE";
constexpr const char* kArguments[] = {"OBJECT_NAME", "OBJECT_DOMAIN", "DIRECTION", "DISTANCE", "OBJECT_VERSION"};
constexpr size_t kArgumentsNeeded = 3;
constexpr int64_t kDistanceMax = 5;  ///< and the default

struct Ask {
  std::string object_id;
  std::string column;  ///< empty: of whole objects
  bool by_column = false;
  bool upstream = false;
  int64_t distance = kDistanceMax;
};

/// An object, or one of its columns.
using Node = std::pair<std::string, std::string>;

struct Step {
  Node from, to;
  int64_t distance = 0;
  std::string through;
};

bool IsGetLineage(const sql::ObjectName& name) {
  const auto& parts = name.parts;
  return parts.size() == 3 && parts[0].text == kDatabase && parts[1].text == "CORE" && parts[2].text == "GET_LINEAGE";
}

Error Wrong(std::string what, Position at) { return Error(errors::kInvalidExpression, {std::move(what)}, at); }

/// The object, and the column where one is asked for.
Status FindNamed(StatementContext& context, const std::string& text, Position at, Ask* ask) {
  sql::ObjectName name;
  std::string column;
  if (ask->by_column) {
    FIRN_ASSIGN(sql::ExprPtr parsed, sql::ParseExpression(text));
    auto* named = parsed->As<sql::ColumnRef>();
    if (!named || named->parts.size() < 2) {
      return Wrong("GET_LINEAGE of a column takes table.column, got '" + text + "'", at);
    }
    name.parts = std::move(named->parts);
    column = name.parts.back().text;
    name.parts.pop_back();
  } else {
    FIRN_ASSIGN(name, sql::ParseObjectName(text));
  }
  name.at = at;
  FIRN_ASSIGN(FullName full, Qualify(context, name, "SELECT"));
  ObjectRef object = context.state().InSchema(full.database, full.schema, ObjectKind::kTable, full.name);
  if (!object) object = context.state().InSchema(full.database, full.schema, ObjectKind::kFunction, full.name);
  if (!object) return Error(errors::kObjectNotFound, {text}, at);
  ask->object_id = object->id;
  for (std::string& known : ColumnNamesOf(context.state(), *object)) {
    if (ask->by_column && EqualsIgnoreCase(known, column)) ask->column = std::move(known);
  }
  if (ask->by_column && ask->column.empty()) return Error(errors::kObjectNotFound, {text}, at);
  return Ok();
}

Result<Ask> ReadArguments(StatementContext& context, const sql::Call& call, Position at) {
  std::vector<session::Cell> given(std::size(kArguments));
  for (size_t i = 0; i < call.args.size(); ++i) {
    const std::string name = call.args[i].name == "MAX_DISTANCE" ? "DISTANCE" : call.args[i].name;
    auto found = std::ranges::find(kArguments, name);
    const size_t place = name.empty() ? i : static_cast<size_t>(found - std::begin(kArguments));
    if (place >= given.size()) {
      return name.empty() ? Wrong("GET_LINEAGE takes at most " + std::to_string(given.size()) + " arguments", at)
                          : Wrong("GET_LINEAGE has no argument '" + name + "'", at);
    }
    FIRN_ASSIGN(given[place], context.Evaluate(*call.args[i].value, SqlType::Varchar()));
  }
  for (size_t i = 0; i < kArgumentsNeeded; ++i) {
    if (given[i]) continue;
    return Error(errors::kTooFewArguments,
                 {"GET_LINEAGE", std::to_string(kArgumentsNeeded), std::to_string(call.args.size())}, at);
  }
  Ask ask;
  const std::string domain = Upper(*given[1]), direction = Upper(*given[2]);
  ask.by_column = domain == "COLUMN";
  const bool of_object = domain == "TABLE" || domain == "VIEW" || domain == "STREAM" || domain == "FUNCTION";
  if (!ask.by_column && !of_object) {
    return Wrong("GET_LINEAGE of the domain '" + *given[1] + "': COLUMN, TABLE, STREAM and FUNCTION have one", at);
  }
  ask.upstream = direction == "UPSTREAM";
  if (!ask.upstream && direction != "DOWNSTREAM") {
    return Wrong("the direction of GET_LINEAGE is UPSTREAM or DOWNSTREAM, not '" + *given[2] + "'", at);
  }
  if (given[3]) ask.distance = std::strtoll(given[3]->c_str(), nullptr, 10);
  if (ask.distance < 1 || ask.distance > kDistanceMax) {
    return Wrong("the distance of GET_LINEAGE is 1 to " + std::to_string(kDistanceMax), at);
  }
  FIRN_TRY(FindNamed(context, *given[0], at, &ask));
  return ask;
}

/// Every edge once, at the distance where it is met first.
std::vector<Step> Trace(const CatalogState& state, const Ask& ask) {
  std::vector<Step> all;
  for (const LineageEdge& edge : LineageOf(state)) {
    if (edge.calls) continue;
    if (!ask.by_column) all.push_back({{edge.from, ""}, {edge.to, ""}, 0, edge.through});
    for (size_t i = 0; ask.by_column && i < edge.columns.size(); ++i) {
      all.push_back({{edge.from, edge.columns[i].first}, {edge.to, edge.columns[i].second}, 0, edge.through});
    }
  }
  std::vector<Step> found;
  std::set<Node> known{{ask.object_id, ask.column}};
  std::vector<Node> here(known.begin(), known.end());
  for (int64_t distance = 1; distance <= ask.distance && !here.empty(); ++distance) {
    std::vector<Node> next;
    for (Step& step : all) {
      const Node& near = ask.upstream ? step.to : step.from;
      const Node& far = ask.upstream ? step.from : step.to;
      if (step.distance != 0 || std::ranges::find(here, near) == here.end()) continue;
      step.distance = distance;
      found.push_back(step);
      if (known.insert(far).second) next.push_back(far);
    }
    here = std::move(next);
  }
  return found;
}

std::string DomainOf(const Object& object) {
  if (object.As<catalog::StreamInfo>()) return "STREAM";
  return object.As<catalog::FunctionInfo>() ? "FUNCTION" : "TABLE";
}

std::vector<session::OutputColumn> LineageColumns() {
  const SqlType text = SqlType::Varchar();
  std::vector<session::OutputColumn> columns;
  for (const char* side : {"SOURCE_", "TARGET_"}) {
    for (const char* name : {"OBJECT_DATABASE", "OBJECT_SCHEMA", "OBJECT_NAME", "OBJECT_DOMAIN", "OBJECT_VERSION",
                             "COLUMN_NAME", "STATUS"}) {
      columns.push_back({std::string(side) + name, text});
    }
  }
  columns.push_back({"DISTANCE", SqlType::Number(38, 0)});
  columns.push_back({"PROCESS", SqlType::Of(TypeId::kVariant)});
  return columns;
}

void AddSide(const CatalogState& state, const Node& node, session::Row* row) {
  ObjectRef object = state.ById(node.first), schema = state.ById(object->parent_id);
  row->push_back(state.ById(schema->parent_id)->name);
  row->push_back(schema->name);
  row->push_back(object->name);
  row->push_back(node.second.empty() ? DomainOf(*object) : "COLUMN");
  row->push_back(session::Cell());
  row->push_back(node.second.empty() ? session::Cell() : session::Cell(node.second));
  row->push_back("ACTIVE");
}

/// What moves the rows, as JSON.
std::string ProcessText(const CatalogState& state, const std::string& through) {
  ObjectRef object = state.ById(through);
  const bool dynamic = object->kind() == ObjectKind::kTable;
  std::string name;
  for (char c : state.FullName(*object)) {
    if (c == '"' || c == '\\') name += '\\';
    name += c;
  }
  return R"({"domain":")" + (dynamic ? "DYNAMIC TABLE" : std::string(Name(object->kind()))) + R"(","name":")" + name +
         R"("})";
}

/// As a dependency names it.
std::string DependencyDomain(const Object& object) {
  const auto* table = object.As<catalog::TableInfo>();
  return table && table->dynamic ? "DYNAMIC TABLE" : std::string(Name(object.kind()));
}

}  // namespace

Result<bool> PlanGetLineage(StatementContext& context, const sql::Call& call, sql::RelationPtr& relation) {
  if (!IsGetLineage(call.name)) return false;
  context.named.push_back({kDatabase, "CORE", "GET_LINEAGE"});
  FIRN_ASSIGN(Ask ask, ReadArguments(context, call, relation->at));
  const CatalogState& state = context.state();
  std::vector<session::Row> rows;
  for (const Step& step : Trace(state, ask)) {
    session::Row row;
    AddSide(state, step.from, &row);
    AddSide(state, step.to, &row);
    row.push_back(std::to_string(step.distance));
    row.push_back(ProcessText(state, step.through));
    rows.push_back(std::move(row));
  }
  relation->node = sql::DuckRelation{RowsAsRelation(LineageColumns(), rows), {}, false};
  return true;
}

bool PlanObjectDependencies(StatementContext& context, const FullName& name, sql::RelationPtr& relation) {
  if (name.database != kDatabase || name.schema != "ACCOUNT_USAGE" || name.name != "OBJECT_DEPENDENCIES") return false;
  const CatalogState& state = context.state();
  if (state.Database(kDatabase)) return false;
  context.named.push_back(name);
  std::vector<session::OutputColumn> columns;
  for (const char* side : {"REFERENCED_", "REFERENCING_"}) {
    for (const char* column : {"DATABASE", "SCHEMA", "OBJECT_NAME", "OBJECT_ID", "OBJECT_DOMAIN"}) {
      columns.push_back({std::string(side) + column, SqlType::Varchar()});
    }
  }
  columns.push_back({"DEPENDENCY_TYPE", SqlType::Varchar()});
  std::vector<session::Row> rows;
  for (const LineageEdge& edge : LineageOf(state)) {
    ObjectRef from = state.ById(edge.from), to = state.ById(edge.to);
    if (edge.through != edge.to) continue;  // a task moves rows: no dependency of its target
    session::Row row;
    for (const ObjectRef& object : {from, to}) {
      ObjectRef schema = state.ById(object->parent_id);
      row.push_back(state.ById(schema->parent_id)->name);
      row.push_back(schema->name);
      row.push_back(object->name);
      row.push_back(object->id);
      row.push_back(DependencyDomain(*object));
    }
    row.push_back(to->As<catalog::StreamInfo>() ? "BY_ID" : "BY_NAME");
    rows.push_back(std::move(row));
  }
  relation->node = sql::DuckRelation{RowsAsRelation(columns, rows), {}, false};
  return true;
}

}  // namespace firn::planner
