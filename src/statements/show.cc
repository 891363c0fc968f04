#include "statements/show.h"

#include <algorithm>
#include <cstdio>
#include <ctime>

#include "base/errors.h"
#include "statements/execution.h"

namespace firn::statements {

ShownRow& ShownRow::Time(const char* column, Micros time) {
  cells_[column] = time == 0 ? session::Cell() : session::Cell(TimeText(time));
  return *this;
}

bool ShowLike(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '%') {
    for (size_t skip = 0; skip <= text.size(); ++skip) {
      if (ShowLike(pattern.substr(1), text.substr(skip))) return true;
    }
    return false;
  }
  if (pattern[0] == '\\' && pattern.size() > 1)
    pattern.remove_prefix(1);
  else if (pattern[0] == '_' && !text.empty())
    return ShowLike(pattern.substr(1), text.substr(1));
  return !text.empty() && std::toupper(pattern[0]) == std::toupper(text[0]) &&
         ShowLike(pattern.substr(1), text.substr(1));
}

std::vector<session::OutputColumn> ShownColumns(const char* columns) {
  std::vector<session::OutputColumn> out;
  std::string_view rest = columns;
  while (!rest.empty()) {
    size_t end = std::min(rest.find(' '), rest.size());
    std::string name(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    SqlType type = SqlType::Varchar();
    if (name.back() == '#') type = SqlType::Number(38, 0);
    if (name.back() == '@') type = SqlType::Timestamp(TypeId::kTimestampLtz, 3);
    if (type.id != TypeId::kVarchar) name.pop_back();
    std::replace(name.begin(), name.end(), '~', ' ');
    out.push_back({.name = std::move(name), .type = type});
  }
  return out;
}

session::Row ShownCells(const std::vector<session::OutputColumn>& columns, const ShownRow& row) {
  session::Row cells;
  for (const session::OutputColumn& column : columns) {
    auto found = row.cells().find(column.name);
    if (found != row.cells().end()) {
      cells.push_back(found->second);
    } else {
      cells.push_back(column.type.id == TypeId::kVarchar ? session::Cell("") : session::Cell());
    }
  }
  return cells;
}

namespace {

using catalog::ObjectKind;
using catalog::ObjectRef;
using Scope = sql::Show::Scope;

struct Places {
  std::vector<ObjectRef> databases;
  std::vector<std::pair<ObjectRef, ObjectRef>> schemas;  ///< (database, schema)
  ObjectRef table;                                       ///< of IN TABLE
};

Status AddSchemas(Execution& run, const ObjectRef& database, Places* places) {
  places->databases.push_back(database);
  for (const ObjectRef& schema : run.context.state().Children(database->id, ObjectKind::kSchema)) {
    places->schemas.emplace_back(database, schema);
  }
  return Ok();
}

Status AddAccount(Execution& run, Places* places) {
  for (const ObjectRef& database : run.context.state().Children("", ObjectKind::kDatabase)) {
    FIRN_TRY(AddSchemas(run, database, places));
  }
  return Ok();
}

Status AddSchema(Execution& run, const std::string& database, const std::string& schema, Position at, Places* places) {
  FIRN_ASSIGN(ObjectRef db, planner::FindDatabase(run.context, database, at));
  FIRN_ASSIGN(ObjectRef found, planner::FindSchema(run.context, database, schema, at));
  places->databases.push_back(db);
  places->schemas.emplace_back(db, found);
  return Ok();
}

Status AddNamed(Execution& run, const ShowKind& kind, const sql::Show& show, Places* places) {
  const auto& parts = show.scope_name.parts;
  Position at = show.scope_name.at;
  bool table = show.scope == Scope::kTable || show.scope == Scope::kView ||
               (show.scope == Scope::kUnspecified && kind.level == ShowLevel::kTable);
  if (table) {
    FIRN_ASSIGN(auto full, planner::Qualify(run.context, show.scope_name, "SHOW"));
    FIRN_ASSIGN(auto found, planner::FindRelation(run.context, full, at));
    places->table = found.object;
    return AddSchema(run, full.database, full.schema, at, places);
  }
  if (show.scope == Scope::kDatabase) {
    FIRN_ASSIGN(ObjectRef database, planner::FindDatabase(run.context, parts.back().text, at));
    return AddSchemas(run, database, places);
  }
  if (parts.size() == 2) return AddSchema(run, parts[0].text, parts[1].text, at, places);
  if (run.context.place.database.empty()) return Error(errors::kNoDatabase, {"SHOW"}, at);
  return AddSchema(run, run.context.place.database, parts.back().text, at, places);
}

Result<Places> PlacesOf(Execution& run, const ShowKind& kind, const sql::Show& show) {
  Places places;
  const std::string& database = run.context.place.database;
  const std::string& schema = run.context.place.schema;
  if (!show.scope_name.parts.empty()) {
    FIRN_TRY(AddNamed(run, kind, show, &places));
  } else if (show.scope == Scope::kAccount || database.empty()) {
    FIRN_TRY(AddAccount(run, &places));
  } else if (show.scope == Scope::kDatabase || schema.empty() || kind.level == ShowLevel::kDatabase) {
    FIRN_ASSIGN(ObjectRef found, planner::FindDatabase(run.context, database, {}));
    FIRN_TRY(AddSchemas(run, found, &places));
  } else {
    FIRN_TRY(AddSchema(run, database, schema, {}, &places));
  }
  return places;
}

void AddObjects(Execution& run, const ShowKind& kind, const sql::Show& show, const std::string& parent,
                const std::string& database, const std::string& schema, std::vector<Listed>* listed) {
  for (ObjectKind wanted : kind.kinds) {
    for (const ObjectRef& object : run.context.state().Children(parent, wanted)) {
      listed->push_back({object, database, schema, false});
    }
    if (show.history) {
      for (const ObjectRef& object : run.context.state().DroppedChildren(parent, wanted)) {
        listed->push_back({object, database, schema, false});
      }
    }
    for (const ObjectRef& object : run.session.temporary.All()) {
      if (object->parent_id == parent && object->kind() == wanted) listed->push_back({object, database, schema, true});
    }
  }
}

Result<std::vector<Listed>> ObjectsOf(Execution& run, const ShowKind& kind, const sql::Show& show) {
  std::vector<Listed> listed;
  if (kind.level == ShowLevel::kAccount) {
    AddObjects(run, kind, show, "", "", "", &listed);
    return listed;
  }
  FIRN_ASSIGN(Places places, PlacesOf(run, kind, show));
  if (kind.level == ShowLevel::kDatabase) {
    for (const ObjectRef& database : places.databases) {
      AddObjects(run, kind, show, database->id, database->name, "", &listed);
    }
    return listed;
  }
  for (const auto& [database, schema] : places.schemas) {
    AddObjects(run, kind, show, schema->id, database->name, schema->name, &listed);
  }
  if (places.table) std::erase_if(listed, [&](const Listed& item) { return item.object->id != places.table->id; });
  return listed;
}

/// LIKE, STARTS WITH and LIMIT look at the name: of columns and keys that of the column or table.
const std::string& NameIn(const ShownRow& row, const ShowKind& kind) {
  static const std::string kNone;
  for (const char* column : {"name", "column_name", "key", "table_name"}) {
    auto found = row.cells().find(column);
    if (found != row.cells().end() && found->second) return *found->second;
  }
  (void)kind;
  return kNone;
}

/// STARTS WITH and LIMIT are taken and ignored by these listings, as by Snowflake.
bool IsPaged(const ShowKind& kind) {
  constexpr std::string_view kWhole[] = {"BUILTIN FUNCTIONS", "COLUMNS", "FILE FORMATS",   "FUNCTIONS", "PROCEDURES",
                                         "SEQUENCES",         "STAGES",  "USER FUNCTIONS", "WAREHOUSES"};
  return std::find(std::begin(kWhole), std::end(kWhole), kind.words) == std::end(kWhole);
}

void Filter(const sql::Show& show, const ShowKind& kind, std::vector<ShownRow>* rows) {
  bool paged = IsPaged(kind);
  std::erase_if(*rows, [&](const ShownRow& row) {
    const std::string& name = NameIn(row, kind);
    if (show.like && !ShowLike(*show.like, name)) return true;
    return paged && ((show.starts_with && !name.starts_with(*show.starts_with)) || (show.from && name <= *show.from));
  });
  if (paged && show.limit && rows->size() > static_cast<size_t>(*show.limit))
    rows->resize(static_cast<size_t>(*show.limit));
}

/// INFORMATION_SCHEMA is no object of the catalog, and owned by nobody.
Status AddInformationSchemas(Execution& run, const ShowKind& kind, const sql::Show& show, std::vector<ShownRow>* rows) {
  FIRN_ASSIGN(Places places, PlacesOf(run, kind, show));
  for (const ObjectRef& database : places.databases) {
    ShownRow row;
    row.Time("created_on", database->created_on).Set("name", "INFORMATION_SCHEMA").Set("is_default", "N");
    row.Set("is_current", "N").Set("database_name", database->name).Set("retention_time", "1");
    row.Set("comment", "Views describing the contents of schemas in this database").Set("is_nested", "false");
    rows->push_back(std::move(row));
  }
  return Ok();
}

/// By database, schema and name, bytewise.
void Sort(const ShowKind& kind, std::vector<ShownRow>* rows) {
  if (kind.level == ShowLevel::kOther || kind.level == ShowLevel::kTable) return;
  auto cell = [](const ShownRow& row, const char* column) {
    auto found = row.cells().find(column);
    return found == row.cells().end() ? std::string() : found->second.value_or("");
  };
  std::stable_sort(rows->begin(), rows->end(), [&](const ShownRow& a, const ShownRow& b) {
    for (const char* column : {"database_name", "schema_name", "name"}) {
      if (std::string x = cell(a, column), y = cell(b, column); x != y) return x < y;
    }
    return false;
  });
}

}  // namespace

Result<Answer> Execute(Execution& run, sql::Show& show) {
  auto kinds = ShowKinds();
  auto kind = std::find_if(kinds.begin(), kinds.end(), [&](const ShowKind& row) { return show.kind == row.words; });
  if (kind == kinds.end()) return Error(errors::kUnsupported, {"SHOW " + show.kind}, run.statement.at);
  if (show.limit && *show.limit <= 0) {
    return Error(errors::kInvalidExpression, {"The value of LIMIT must be greater than 0"}, run.statement.at);
  }
  if (show.scope_name.dynamic) FIRN_TRY(planner::SettleName(run.context, &show.scope_name));
  std::vector<ShownRow> rows;
  if (kind->level == ShowLevel::kOther) {
    FIRN_TRY(kind->fill(run, {}, &rows));
  } else {
    FIRN_ASSIGN(std::vector<Listed> listed, ObjectsOf(run, *kind, show));
    for (const Listed& item : listed) FIRN_TRY(kind->fill(run, item, &rows));
  }
  if (show.kind == "SCHEMAS") FIRN_TRY(AddInformationSchemas(run, *kind, show, &rows));
  Sort(*kind, &rows);
  Filter(show, *kind, &rows);
  Answer answer;
  std::string columns = show.terse && kind->terse[0] ? kind->terse : kind->columns;
  if (show.history) {
    constexpr std::string_view kBefore = "retention_time";
    size_t at = columns.find(kBefore);
    columns.insert(at == std::string::npos ? columns.size() : at + kBefore.size(), " dropped_on@");
  }
  answer.columns = ShownColumns(columns.c_str());
  for (const ShownRow& row : rows) answer.rows.push_back(ShownCells(answer.columns, row));
  return answer;
}

Result<Answer> Execute(Execution& run, sql::ShowGrants&) {
  return Error(errors::kUnsupported, {"SHOW GRANTS"}, run.statement.at);
}

}  // namespace firn::statements
