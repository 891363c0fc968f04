// SHOW: one row a kind (its words, its columns in Snowflake's order, what fills a row). The listing itself (scope,
// LIKE, STARTS WITH, LIMIT … FROM, TERSE, HISTORY) is one piece of code for all kinds (show.cc).
// Source: docs.snowflake.com/en/sql-reference/sql/show-<kind>
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "planner/information_schema.h"
#include "statements/execution.h"

namespace firn::statements {

/// A row being filled, by column name. Columns that are not set are "" (text) or NULL (others), as SHOW has them.
class ShownRow {
 public:
  ShownRow& Set(const char* column, std::string text) {
    cells_[column] = std::move(text);
    return *this;
  }
  ShownRow& Number(const char* column, int64_t value) { return Set(column, std::to_string(value)); }
  ShownRow& Flag(const char* column, bool value) { return Set(column, value ? "Y" : "N"); }
  /// 0 is NULL.
  ShownRow& Time(const char* column, Micros time);
  const std::map<std::string, session::Cell>& cells() const { return cells_; }

 private:
  std::map<std::string, session::Cell> cells_;
};

/// What a listing is about: an object and where it lies.
struct Listed {
  catalog::ObjectRef object;
  std::string database, schema;
  bool temporary = false;
};

enum class ShowLevel : uint8_t { kAccount, kDatabase, kSchema, kTable, kOther };

struct ShowKind {
  const char* words;    ///< "FILE FORMATS"
  ShowLevel level;      ///< where its objects live; kTable: rows of tables (columns, keys); kOther: not of objects
  const char* columns;  ///< blank-separated; `#` behind a name: NUMBER(38,0), `@`: TIMESTAMP_LTZ(3)
  const char* terse;    ///< the same under TERSE; "" where there is no TERSE
  std::vector<catalog::ObjectKind> kinds;
  /// Adds the rows of one object. Of kOther: called once with a null object.
  Status (*fill)(Execution& run, const Listed& listed, std::vector<ShownRow>* rows);
};

std::span<const ShowKind> ShowKinds();

/// `%` any text, `_` one character, any case: LIKE of SHOW.
bool ShowLike(std::string_view pattern, std::string_view text);
/// The answer's columns of a specification as in ShowKind::columns.
std::vector<session::OutputColumn> ShownColumns(const char* columns);
session::Row ShownCells(const std::vector<session::OutputColumn>& columns, const ShownRow& row);
using planner::TimeText;

}  // namespace firn::statements
