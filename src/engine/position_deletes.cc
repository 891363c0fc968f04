// Position-delete files of Iceberg v2 (spec "Position Delete Files"): Parquet with file_path and pos.
#include "engine/position_deletes.h"

#include <duckdb/function/scalar_function.hpp>
#include <duckdb/parser/parsed_data/create_scalar_function_info.hpp>

#include "base/errors.h"
#include "base/ids.h"
#include "engine/duck_engine.h"
#include "engine/file_metrics.h"
#include "engine/lake_table.h"
#include "engine/parquet_copy.h"
#include "engine/result_types.h"

namespace firn::engine {

namespace {

using Positions = std::vector<uint64_t>;

/// The list that firn_position reads, of the statement on this connection.
struct PositionState : duckdb::ClientContextState {
  static constexpr const char* kKey = "firn_positions";
  const Positions* positions = nullptr;
};

void PositionAt(duckdb::DataChunk& arguments, duckdb::ExpressionState& state, duckdb::Vector& result) {
  auto positions = state.GetContext().registered_state->Get<PositionState>(PositionState::kKey);
  if (!positions || positions->positions == nullptr) throw duckdb::InvalidInputException("no positions are given");
  duckdb::UnaryExecutor::Execute<int64_t, int64_t>(arguments.data[0], result, arguments.size(), [&](int64_t index) {
    return static_cast<int64_t>(positions->positions->at(static_cast<size_t>(index)));
  });
}

std::vector<WrittenColumn> Columns() {
  return {{"file_path", iceberg::kFilePathId, iceberg::Type::Of(iceberg::Kind::kString), SqlType::Varchar()},
          {"pos", iceberg::kFilePositionId, iceberg::Type::Of(iceberg::Kind::kLong), SqlType::Integer()}};
}

std::string CopySql(const std::string& data_file, size_t count, const std::string& path) {
  std::string ids;
  for (const auto& column : Columns()) {
    ids += (ids.empty() ? "" : ", ") + FieldIds(column.name, column.field_id, column.type);
  }
  return "COPY (SELECT " + QuoteText(data_file) + " AS file_path, firn_position(range) AS pos FROM range(" +
         std::to_string(count) + ")) TO " + QuoteText(path) +
         " (FORMAT parquet, COMPRESSION zstd, RETURN_STATS, FIELD_IDS {" + ids + "})";
}

iceberg::DataFile ToDeleteFile(const WrittenFile& written, const std::string& data_file, const std::string& uri) {
  iceberg::DataFile file;
  file.content = iceberg::FileContent::kPositionDeletes;
  file.path = uri;
  file.record_count = written.rows;
  file.size = written.size;
  file.referenced_data_file = data_file;
  file.columns = Metrics(written, Columns());
  // Readers tell from equal bounds that the file is of one data file; so these are not cut.
  for (auto& column : file.columns) {
    if (column.field_id == iceberg::kFilePathId) column.lower = column.upper = data_file;
  }
  return file;
}

}  // namespace

void RegisterPositions(duckdb::Connection& connection) {
  connection.BeginTransaction();
  duckdb::ScalarFunction function("firn_position", {duckdb::LogicalType::BIGINT}, duckdb::LogicalType::BIGINT,
                                  PositionAt);
  function.stability = duckdb::FunctionStability::VOLATILE;
  duckdb::CreateScalarFunctionInfo info(function);
  duckdb::Catalog::GetSystemCatalog(*connection.context).CreateFunction(*connection.context, info);
  connection.Commit();
}

Result<std::vector<iceberg::DataFile>> DuckEngine::WritePositionDeletes(
    const std::vector<std::pair<std::string, std::vector<uint64_t>>>& positions, const WriteTarget& target,
    CancelToken& cancel) {
  const std::string prefix = NewUuid();
  FIRN_TRY(MakeFolder(DuckPath(target.folder_uri)));
  auto execution = NewExecution();
  auto files = execution->Call<std::vector<iceberg::DataFile>>(
      cancel, [running = execution.get(), positions, target, prefix]() -> Result<std::vector<iceberg::DataFile>> {
        running->Begin({});
        auto state = running->context().registered_state->GetOrCreate<PositionState>(PositionState::kKey);
        std::vector<iceberg::DataFile> files;
        for (const auto& [data_file, list] : positions) {
          auto sorted = list;
          std::sort(sorted.begin(), sorted.end());
          state->positions = &sorted;
          auto uri = target.folder_uri + "/" + prefix + "-" + std::to_string(files.size()) + "-deletes.parquet";
          auto rows = running->RunToEnd(CopySql(data_file, sorted.size(), DuckPath(uri)));
          state->positions = nullptr;
          files.push_back(ToDeleteFile(ReadWrittenFile(*rows, 0), data_file, uri));
        }
        return files;
      });
  execution = nullptr;  // see Write
  if (!files.ok()) RemoveWritten(target, prefix);
  return files;
}

Result<std::vector<std::pair<std::string, uint64_t>>> ReadPositions(const std::shared_ptr<Execution>& execution,
                                                                    const std::string& uri) {
  using Pairs = std::vector<std::pair<std::string, uint64_t>>;
  CancelToken never;
  return execution->Call<Pairs>(never, [running = execution.get(), uri]() -> Result<Pairs> {
    running->Begin({});
    // Folders such as "name=a/day=2024-01-01" mean nothing; DuckDB would make columns of them.
    FIRN_TRY(running->Start(
        "SELECT file_path, pos FROM read_parquet(" + QuoteText(DuckPath(uri)) + ", hive_partitioning = false)", false));
    Pairs positions;
    while (true) {
      FIRN_ASSIGN(auto batch, running->Next());
      if (!batch) return positions;
      for (int64_t row = 0; row < batch->rows(); ++row) {
        positions.emplace_back(batch->Text(0, row), static_cast<uint64_t>(batch->Int64(1, row)));
      }
    }
  });
}

Result<std::vector<std::pair<std::string, uint64_t>>> DuckEngine::ReadPositionDeletes(const std::string& uri) {
  return ReadPositions(NewExecution(), uri);
}

}  // namespace firn::engine
