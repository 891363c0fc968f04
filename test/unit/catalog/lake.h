// A small account for the tests: tables of one column `n` whose "data files" are objects of any bytes, because the
// catalog never reads them; a file's rows are what its record count says.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "catalog/catalog.h"

namespace firn::catalog {

/// The value, or the end of the test program with the error's message.
template <class T>
T Must(Result<T> result) {
  if (!result.ok()) {
    ADD_FAILURE() << result.error().Message();
    std::abort();
  }
  return std::move(*result);
}
inline void Must(Status status) {
  if (!status.ok()) {
    ADD_FAILURE() << status.error().Message();
    std::abort();
  }
}

/// A new path for a folder, in memory where the system has such a file system: these tests sync thousands of times.
std::string NewFolderPath();

/// Options for tests: cheap, and without a thread whose steps come at any time.
CatalogOptions TestOptions(Clock* clock = &Clock::System());
Result<std::unique_ptr<Catalog>> OpenLake(std::shared_ptr<storage::Store> store,
                                          const CatalogOptions& options = TestOptions());

StatementInfo Statement(std::string kind, std::string request_id = "");

/// Database DB with schema PUBLIC. Returns the schema's id.
Result<std::string> MakeSchema(Catalog& catalog, const std::string& database = "DB");
/// Commits CREATE TABLE name (n INT).
Result<ObjectRef> MakeTable(Catalog& catalog, const std::string& schema_id, const std::string& name,
                            int format_version = 3);
/// The transaction of it.
Transaction NewTableTransaction(Catalog& catalog, const std::string& schema_id, const std::string& name,
                                const std::vector<int64_t>& rows_of_files = {}, int format_version = 3);

/// A data file of `rows` rows, written durably. `least` and `greatest` are the bounds of column n.
Result<iceberg::DataFile> MakeFile(Catalog& catalog, const TableVersion& version, int64_t rows, int64_t least = 0,
                                   int64_t greatest = 0);

/// The table of that name in DB.PUBLIC in the newest state.
ObjectRef TableNamed(Catalog& catalog, const std::string& name);
TableVersionPtr VersionOf(Catalog& catalog, const std::string& name);
/// Rows in data files less those deleted by vectors.
int64_t RowsOf(const TableVersion& version);
int64_t RowsOf(Catalog& catalog, const std::string& name);

/// INSERT of one file. The result of the commit.
Result<CommitResult> Insert(Catalog& catalog, const std::string& name, int64_t rows, std::string request_id = "");
/// One INSERT into each of the tables, in one explicit transaction.
Result<CommitResult> InsertAll(Catalog& catalog, const std::vector<std::string>& names, int64_t rows);

/// The counter: a table with one file whose row count is its value. Adds 1, once; no retry.
Result<CommitResult> CountOnce(Catalog& catalog, const std::string& name);

}  // namespace firn::catalog
