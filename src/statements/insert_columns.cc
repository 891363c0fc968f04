#include "statements/insert_columns.h"

#include "base/errors.h"
#include "planner/value.h"
#include "sql/printer.h"
#include "statements/row_change.h"

namespace firn::statements {

using planner::FoundTable;

Result<std::vector<int>> MapColumns(const FoundTable& table, const std::vector<sql::Ident>& named, size_t given) {
  const auto& columns = table.info().columns;
  size_t wanted = named.empty() ? columns.size() : named.size();
  if (given != wanted) return Error(errors::kInsertColumns, {std::to_string(wanted), std::to_string(given)});
  std::vector<int> from(columns.size(), -1);
  for (size_t i = 0; i < wanted; ++i) {
    size_t at = i;
    if (!named.empty()) {
      for (at = 0; at < columns.size() && columns[at].name != named[i].text; ++at) {
      }
      if (at == columns.size()) return Error(errors::kInvalidIdentifier, {named[i].text}, named[i].at);
      if (from[at] >= 0) return Error(errors::kDuplicateColumn, {named[i].text}, named[i].at);
    }
    from[at] = static_cast<int>(i);
  }
  return from;
}

Result<std::string> InsertSelect(Execution& run, const FoundTable& table, const std::vector<int>& from,
                                 const std::string& source, size_t width) {
  std::vector<std::string> sources;
  for (size_t c = 0; c < from.size(); ++c) {
    if (from[c] >= 0) {
      sources.push_back("s.c" + std::to_string(from[c]));
    } else {
      FIRN_ASSIGN(sql::ExprPtr value, planner::DefaultValue(run.context, table.info().columns[c]));
      sources.push_back(sql::Print(*value));
    }
  }
  std::string names;
  for (size_t i = 0; i < width; ++i) names += (i ? ", c" : "c") + std::to_string(i);
  return "SELECT " + CastList(table, sources) + " FROM " + source + " AS s(" + names + ")";
}

}  // namespace firn::statements
