// CREATE VIEW. The query is planned at once, in the view's own schema, and its columns are kept: `*` means for ever
// what it meant then. https://docs.snowflake.com/en/sql-reference/sql/create-view
#include <set>

#include "base/errors.h"
#include "planner/resolve.h"
#include "statements/object_names.h"
#include "statements/object_options.h"
#include "statements/query_names.h"
#include "statements/table_columns.h"

namespace firn::statements {

namespace {

/// The columns of the view's query, as names in it are looked up from the view's schema.
Result<std::vector<catalog::ColumnInfo>> QueryColumns(Execution& run, const sql::CreateView& create,
                                                      const planner::FullName& name) {
  planner::NamePlace session_place = run.context.place;
  run.context.place = {name.database, name.schema};
  sql::QueryPtr query = sql::Clone(*create.query);
  auto plan = planner::PlanQuery(run.context, *query);
  run.context.place = std::move(session_place);
  if (!plan.ok()) return std::move(plan).error();
  FIRN_ASSIGN(auto results, run.engine().Describe(*std::move(plan)));
  if (create.columns.empty()) return ColumnsOf(results);
  if (create.columns.size() != results.size()) {
    return Error(errors::kViewColumns,
                 {name.name, std::to_string(create.columns.size()), std::to_string(results.size())});
  }
  for (size_t i = 0; i < results.size(); ++i) results[i].name = create.columns[i].name.text;
  FIRN_ASSIGN(auto columns, ColumnsOf(results));
  for (size_t i = 0; i < columns.size(); ++i) columns[i].comment = create.columns[i].comment.value_or("");
  return columns;
}

/// A view that reads itself could never be read.
Status CheckNotItself(Execution& run, sql::CreateView& create, const planner::FullName& name) {
  planner::NamePlace session_place = run.context.place;
  run.context.place = {name.database, name.schema};
  bool itself = false;
  for (const sql::ObjectName& used : RelationNames(*create.query)) {
    auto full = planner::Qualify(run.context, used, "CREATE VIEW");
    itself = itself || (full.ok() && full->Text() == name.Text());
  }
  run.context.place = std::move(session_place);
  if (!itself) return Ok();
  return Error(errors::kInvalidExpression, {"View definition for '" + name.Text() + "' refers to view being defined"});
}

}  // namespace

Result<Answer> Execute(Execution& run, sql::CreateView& create) {
  if (create.recursive) return Error(errors::kUnsupported, {"CREATE RECURSIVE VIEW"}, run.statement.at);
  if (run.statement.binds > 0) {
    return Error(errors::kUnsupported, {"bind variables in a view definition"}, run.statement.at);
  }
  FIRN_ASSIGN(Creation creation,
              BeginCreate(run, catalog::ObjectKind::kView, &create.name, create.mode, "CREATE VIEW", create.temporary));
  if (creation.done) return AlreadyThere(run, creation);
  const planner::FullName& name = creation.place.name;
  catalog::ViewInfo info;
  info.text = run.statement.text;
  info.query = create.query_text;
  info.has_column_list = !create.columns.empty();
  info.secure = create.secure;
  info.database = name.database;
  info.schema = name.schema;
  FIRN_TRY(CheckNotItself(run, create, name));
  FIRN_ASSIGN(info.columns, QueryColumns(run, create, name));
  catalog::Object view = catalog::NewObject(std::move(info), creation.place.parent_id, name.name, run.session.role);
  FIRN_TRY(SetObjectOptions(run, create.options, &view));
  return FinishCreate(run, creation, std::move(view));
}

}  // namespace firn::statements
