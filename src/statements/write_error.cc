#include "statements/write_error.h"

#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "base/errors.h"
#include "sql/printer.h"

namespace firn::statements {

namespace {

/// Snowflake's codes of what rows hold: casts, ranges, lengths, NULL, division by zero.
constexpr int kValueCodes = 100000, kValueCodesEnd = 100200;

bool IsAboutValue(const Error& error) {
  return error.row().code >= kValueCodes && error.row().code < kValueCodesEnd && !error.Is(errors::kUserError) &&
         !error.Is(errors::kDuplicateRow);
}

/// The row for an error of that code on a column: rows are compared by address and live for ever.
const ErrorRow& RowOnColumn(const ErrorRow& inner) {
  static std::mutex mutex;
  static std::map<const ErrorRow*, std::unique_ptr<ErrorRow>> rows;
  std::lock_guard lock(mutex);
  std::unique_ptr<ErrorRow>& row = rows[&inner];
  if (!row) {
    row = std::make_unique<ErrorRow>(inner.code, inner.sqlstate,
                                     "DML operation to table {0} failed on column {1} with error: {2}");
  }
  return *row;
}

class Search {
 public:
  Search(Execution& run, const FailedWrite& failed, const Error& error) : run_(run), failed_(failed), error_(error) {}

  Error Name() {
    if (error_.Is(errors::kNullNotAllowed)) return NullColumn();
    if (Fails("count(*)", failed_.rows.sql)) return error_;  // whatever the columns are
    for (const catalog::ColumnInfo& column : failed_.target.info().columns) {
      const std::string value = "max(hash(" + sql::QuoteIdent(column.name) + "))";
      std::optional<Error> fault = Fails(value, failed_.rows.sql);
      if (!fault) continue;
      if (!failed_.values.empty() && Fails(value, failed_.values)) return *fault;
      return On(column, *fault);
    }
    return error_;
  }

 private:
  Error On(const catalog::ColumnInfo& column, const Error& fault) const {
    return Error(RowOnColumn(fault.row()), {failed_.table, column.name, fault.Message()});
  }

  Result<std::vector<engine::Batch>> Ask(const std::string& list, const std::string& rows, const std::string& rest) {
    engine::Statement statement = failed_.rows;
    statement.sql = "SELECT " + list + " FROM (" + rows + ") AS \"firn$failed\"" + rest;
    return run_.engine().Collect(std::move(statement), run_.cancel);
  }

  /// The error of the kind at hand that computing `list` over `rows` gives.
  std::optional<Error> Fails(const std::string& list, const std::string& rows) {
    auto tried = Ask(list, rows, "");
    if (tried.ok() || tried.error().row().code != error_.row().code) return std::nullopt;
    return std::move(tried).error();
  }

  Error NullColumn() {
    for (const catalog::ColumnInfo& column : failed_.target.info().columns) {
      if (column.nullable) continue;
      auto found = Ask("1", failed_.rows.sql, " WHERE " + sql::QuoteIdent(column.name) + " IS NULL LIMIT 1");
      if (found.ok() && !found->empty() && (*found)[0].rows() > 0) return On(column, error_);
    }
    return error_;
  }

  Execution& run_;
  const FailedWrite& failed_;
  const Error& error_;
};

}  // namespace

Error WriteError(Execution& run, const FailedWrite& failed, Error error) {
  if (IsAboutValue(error)) return Search(run, failed, error).Name();
  return error;
}

}  // namespace firn::statements
