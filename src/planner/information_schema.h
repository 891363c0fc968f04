// DATABASE.INFORMATION_SCHEMA: one row a view in kViews (name, columns, what gives its rows), made from the pinned
// state of the catalog. https://docs.snowflake.com/en/sql-reference/info-schema
#pragma once

#include "planner/context.h"
#include "sql/query.h"

namespace firn::planner {

/// Replaces a NamedRelation db.INFORMATION_SCHEMA.view. Errors: kObjectNotFound, kNoDatabase.
Status PlanInformationSchema(StatementContext& context, sql::RelationPtr& relation);

/// "YYYY-MM-DD HH:MM:SS.ffffff" in UTC.
std::string TimeText(Micros time);

}  // namespace firn::planner
