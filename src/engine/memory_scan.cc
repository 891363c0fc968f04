#include "engine/memory_scan.h"

#include <algorithm>
#include <atomic>
#include <duckdb/catalog/catalog.hpp>
#include <duckdb/parser/parsed_data/create_table_function_info.hpp>
#include <map>
#include <mutex>
#include <utility>

#include "base/errors.h"
#include "engine/memory_rows.h"
#include "engine/native.h"

namespace firn::engine {

namespace {

using duckdb::idx_t;
using duckdb::LogicalType;

constexpr size_t kPieceRows = size_t{STANDARD_VECTOR_SIZE} * 16;  // that one thread takes at once

/// Those that live, by number.
class Living {
 public:
  uint64_t Add(const MemoryRows* rows) {
    std::lock_guard lock(mutex_);
    rows_[++last_] = rows;
    return last_;
  }
  void Remove(uint64_t number) {
    std::lock_guard lock(mutex_);
    rows_.erase(number);
  }
  const MemoryRows& Find(uint64_t number) {
    std::lock_guard lock(mutex_);
    auto found = rows_.find(number);
    if (found == rows_.end()) throw SnowflakeException(Error(errors::kInternal, {"rows in memory are gone"}));
    return *found->second;
  }
  static Living& All() {
    static Living living;
    return living;
  }

 private:
  std::mutex mutex_;
  std::map<uint64_t, const MemoryRows*> rows_;
  uint64_t last_ = 0;
};

struct MemoryBind : duckdb::TableFunctionData {
  explicit MemoryBind(const MemoryRows& rows) : rows(rows) {}
  const MemoryRows& rows;
};

struct MemoryGlobal : duckdb::GlobalTableFunctionState {
  explicit MemoryGlobal(size_t rows) : pieces((rows + kPieceRows - 1) / kPieceRows) {}
  idx_t MaxThreads() const override { return std::max<size_t>(pieces, 1); }
  const size_t pieces;
  std::atomic<size_t> next{0};
};

struct MemoryLocal : duckdb::LocalTableFunctionState {
  std::vector<idx_t> columns;  ///< wanted ones, by their place in the output
  size_t piece = 0;
  size_t at = 0, end = 0;
};

LogicalType TypeOf(MemoryColumn::Kind kind) {
  switch (kind) {
    case MemoryColumn::Kind::kInteger:
      return LogicalType::BIGINT;
    case MemoryColumn::Kind::kInstant:
      return LogicalType::TIMESTAMP_TZ;
    case MemoryColumn::Kind::kText:
      return LogicalType::VARCHAR;
    case MemoryColumn::Kind::kBytes:
      return LogicalType::BLOB;
  }
  return LogicalType::SQLNULL;
}

duckdb::unique_ptr<duckdb::FunctionData> Bind(duckdb::ClientContext&, duckdb::TableFunctionBindInput& input,
                                              duckdb::vector<LogicalType>& types, duckdb::vector<std::string>& names) {
  const MemoryRows& rows = Living::All().Find(static_cast<uint64_t>(input.inputs[0].GetValue<int64_t>()));
  for (size_t i = 0; i < rows.columns().size(); ++i) {
    types.push_back(TypeOf(rows.columns()[i].kind));
    names.push_back("c" + std::to_string(i));
  }
  return duckdb::make_uniq<MemoryBind>(rows);
}

duckdb::unique_ptr<duckdb::GlobalTableFunctionState> InitGlobal(duckdb::ClientContext&,
                                                                duckdb::TableFunctionInitInput& input) {
  return duckdb::make_uniq<MemoryGlobal>(input.bind_data->Cast<MemoryBind>().rows.rows());
}

duckdb::unique_ptr<duckdb::LocalTableFunctionState> InitLocal(duckdb::ExecutionContext&,
                                                              duckdb::TableFunctionInitInput& input,
                                                              duckdb::GlobalTableFunctionState*) {
  auto local = duckdb::make_uniq<MemoryLocal>();
  local->columns = input.column_ids;
  return local;
}

void Fill(const MemoryColumn& column, size_t from, idx_t count, duckdb::Vector& out) {
  if (!column.numbers.empty()) {
    std::copy_n(column.numbers.begin() + static_cast<std::ptrdiff_t>(from), count,
                duckdb::FlatVector::GetData<int64_t>(out));
    return;
  }
  auto* texts = duckdb::FlatVector::GetData<duckdb::string_t>(out);
  for (idx_t i = 0; i < count; ++i) {
    std::string_view text = column.texts[from + i];
    if (text.data() == nullptr) {
      duckdb::FlatVector::SetNull(out, i, true);
    } else {
      texts[i] = duckdb::string_t(text.data(), static_cast<uint32_t>(text.size()));
    }
  }
}

void Scan(duckdb::ClientContext&, duckdb::TableFunctionInput& input, duckdb::DataChunk& output) {
  const MemoryRows& rows = input.bind_data->Cast<MemoryBind>().rows;
  auto& global = input.global_state->Cast<MemoryGlobal>();
  auto& local = input.local_state->Cast<MemoryLocal>();
  if (local.at == local.end) {
    const size_t piece = global.next++;
    if (piece >= global.pieces) return output.SetCardinality(0);
    local.piece = piece;
    local.at = piece * kPieceRows;
    local.end = std::min(local.at + kPieceRows, rows.rows());
  }
  const idx_t count = std::min<idx_t>(STANDARD_VECTOR_SIZE, local.end - local.at);
  for (idx_t i = 0; i < local.columns.size(); ++i) {
    // A count of rows asks for a column that is none.
    if (local.columns[i] < rows.columns().size())
      Fill(rows.columns()[local.columns[i]], local.at, count, output.data[i]);
  }
  local.at += count;
  output.SetCardinality(count);
}

duckdb::OperatorPartitionData PartitionData(duckdb::ClientContext&, duckdb::TableFunctionGetPartitionInput& input) {
  if (input.partition_info.RequiresPartitionColumns()) {
    throw duckdb::InternalException("rows in memory have no partition columns");
  }
  return duckdb::OperatorPartitionData(input.local_state->Cast<MemoryLocal>().piece);
}

duckdb::unique_ptr<duckdb::NodeStatistics> Cardinality(duckdb::ClientContext&, const duckdb::FunctionData* data) {
  const size_t rows = data->Cast<MemoryBind>().rows.rows();
  return duckdb::make_uniq<duckdb::NodeStatistics>(rows, rows);
}

}  // namespace

MemoryRows::MemoryRows(std::vector<MemoryColumn> columns, size_t rows)
    : columns_(std::move(columns)), rows_(rows), number_(Living::All().Add(this)) {}

MemoryRows::~MemoryRows() { Living::All().Remove(number_); }

std::string MemoryRows::Relation() const { return "\"firn$memory\"(" + std::to_string(number_) + ")"; }

void RegisterMemoryScan(duckdb::Connection& connection) {
  duckdb::TableFunction scan("firn$memory", {LogicalType::BIGINT}, Scan, Bind, InitGlobal, InitLocal);
  scan.projection_pushdown = true;
  scan.cardinality = Cardinality;
  scan.get_partition_data = PartitionData;
  connection.BeginTransaction();
  duckdb::CreateTableFunctionInfo info(scan);
  duckdb::Catalog::GetSystemCatalog(*connection.context).CreateTableFunction(*connection.context, info);
  connection.Commit();
}

}  // namespace firn::engine
