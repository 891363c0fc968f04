#include "engine/kept_rows.h"

#include <algorithm>
#include <duckdb/common/types/column/column_data_collection.hpp>
#include <duckdb/parser/parsed_data/create_table_function_info.hpp>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "base/errors.h"
#include "engine/native.h"

namespace firn::engine {

namespace {

using duckdb::idx_t;
using duckdb::LogicalType;

constexpr size_t kPieceChunks = 8;  // that one thread takes at once: 16,384 rows

class Kept : public KeptRows {
 public:
  Kept(std::shared_ptr<ConnectionPool> pool, duckdb::MaterializedQueryResult& result);
  ~Kept() override;

  static std::shared_ptr<Kept> Make(std::shared_ptr<ConnectionPool> pool, duckdb::MaterializedQueryResult& result);
  std::string Relation() const override { return "\"firn$kept\"(" + std::to_string(number_) + ")"; }
  int64_t rows() const override { return static_cast<int64_t>(rows_->Count()); }

 private:
  friend struct KeptBind;
  const std::shared_ptr<ConnectionPool> pool_;  // outlives the rows
  duckdb::vector<std::string> names_;
  const duckdb::unique_ptr<duckdb::ColumnDataCollection> rows_;
  uint64_t number_ = 0;
};

/// All that are there, by number.
class Living {
 public:
  uint64_t Add(const std::shared_ptr<Kept>& kept) {
    std::lock_guard lock(mutex_);
    kept_[++last_] = kept;
    return last_;
  }
  void Remove(uint64_t number) {
    std::lock_guard lock(mutex_);
    kept_.erase(number);
  }
  std::shared_ptr<Kept> Find(uint64_t number) {
    std::lock_guard lock(mutex_);
    auto found = kept_.find(number);
    auto kept = found == kept_.end() ? nullptr : found->second.lock();
    if (!kept) throw SnowflakeException(Error(errors::kInternal, {"rows that were kept are gone"}));
    return kept;
  }
  static Living& All() {
    static Living living;
    return living;
  }

 private:
  std::mutex mutex_;
  std::map<uint64_t, std::weak_ptr<Kept>> kept_;
  uint64_t last_ = 0;
};

Kept::Kept(std::shared_ptr<ConnectionPool> pool, duckdb::MaterializedQueryResult& result)
    : pool_(std::move(pool)), names_(result.names), rows_(result.TakeCollection()) {
  duckdb::QueryResult::DeduplicateColumns(names_);
}

std::shared_ptr<Kept> Kept::Make(std::shared_ptr<ConnectionPool> pool, duckdb::MaterializedQueryResult& result) {
  auto kept = std::make_shared<Kept>(std::move(pool), result);
  kept->number_ = Living::All().Add(kept);
  return kept;
}

Kept::~Kept() { Living::All().Remove(number_); }

struct KeptBind : duckdb::TableFunctionData {
  explicit KeptBind(std::shared_ptr<Kept> all) : kept(std::move(all)) {}
  const duckdb::ColumnDataCollection& rows() const { return *kept->rows_; }
  const duckdb::vector<std::string>& names() const { return kept->names_; }
  const std::shared_ptr<Kept> kept;
};

struct KeptGlobal : duckdb::GlobalTableFunctionState {
  explicit KeptGlobal(size_t chunks) : threads(chunks / kPieceChunks + 1) {}
  idx_t MaxThreads() const override { return threads; }
  const size_t threads;
  duckdb::ColumnDataParallelScanState scan;
  size_t pieces = 0;  ///< given out; under scan.lock
};

struct KeptLocal : duckdb::LocalTableFunctionState {
  struct Place {
    idx_t chunk, segment, row;
  };
  duckdb::ColumnDataLocalScanState scan;
  duckdb::DataChunk chunk;
  duckdb::vector<idx_t> columns;  ///< of the output, by columns of `chunk`
  size_t piece = 0;
  std::vector<Place> places;  ///< of the piece, the next one last
};

/// The columns that are asked for and their places in the output. A count of rows asks for a column that is none.
std::pair<duckdb::vector<idx_t>, duckdb::vector<idx_t>> Wanted(const duckdb::TableFunctionInitInput& input) {
  const idx_t count = input.bind_data->Cast<KeptBind>().rows().ColumnCount();
  std::pair<duckdb::vector<idx_t>, duckdb::vector<idx_t>> wanted;
  for (idx_t i = 0; i < input.column_ids.size(); ++i) {
    if (input.column_ids[i] >= count) continue;
    wanted.first.push_back(input.column_ids[i]);
    wanted.second.push_back(i);
  }
  return wanted;
}

duckdb::unique_ptr<duckdb::FunctionData> Bind(duckdb::ClientContext&, duckdb::TableFunctionBindInput& input,
                                              duckdb::vector<LogicalType>& types, duckdb::vector<std::string>& names) {
  auto bind =
      duckdb::make_uniq<KeptBind>(Living::All().Find(static_cast<uint64_t>(input.inputs[0].GetValue<int64_t>())));
  types = bind->rows().Types();
  names = bind->names();
  return bind;
}

duckdb::unique_ptr<duckdb::GlobalTableFunctionState> InitGlobal(duckdb::ClientContext&,
                                                                duckdb::TableFunctionInitInput& input) {
  const auto& rows = input.bind_data->Cast<KeptBind>().rows();
  auto global = duckdb::make_uniq<KeptGlobal>(rows.ChunkCount());
  rows.InitializeScan(global->scan, Wanted(input).first);
  return global;
}

duckdb::unique_ptr<duckdb::LocalTableFunctionState> InitLocal(duckdb::ExecutionContext& context,
                                                              duckdb::TableFunctionInitInput& input,
                                                              duckdb::GlobalTableFunctionState* global) {
  auto local = duckdb::make_uniq<KeptLocal>();
  local->columns = Wanted(input).second;
  auto& scan = global->Cast<KeptGlobal>().scan.scan_state;
  if (!local->columns.empty()) {
    input.bind_data->Cast<KeptBind>().rows().InitializeScanChunk(scan, local->chunk);
  } else {
    local->chunk.Initialize(context.client, {LogicalType::BOOLEAN});
  }
  return local;
}

/// The next chunks of this thread; false at the end.
bool TakePiece(const duckdb::ColumnDataCollection& rows, KeptGlobal& global, KeptLocal& local) {
  std::lock_guard lock(global.scan.lock);
  KeptLocal::Place place{};
  while (local.places.size() < kPieceChunks &&
         rows.NextScanIndex(global.scan.scan_state, place.chunk, place.segment, place.row)) {
    local.places.push_back(place);
  }
  local.piece = global.pieces++;
  std::ranges::reverse(local.places);
  return !local.places.empty();
}

void Scan(duckdb::ClientContext&, duckdb::TableFunctionInput& input, duckdb::DataChunk& output) {
  const auto& rows = input.bind_data->Cast<KeptBind>().rows();
  auto& global = input.global_state->Cast<KeptGlobal>();
  auto& local = input.local_state->Cast<KeptLocal>();
  if (local.places.empty() && !TakePiece(rows, global, local)) return output.SetCardinality(0);
  const KeptLocal::Place place = local.places.back();
  local.places.pop_back();
  local.chunk.Reset();
  rows.ScanAtIndex(global.scan, local.scan, local.chunk, place.chunk, place.segment, place.row);
  for (idx_t i = 0; i < local.columns.size(); ++i) output.data[local.columns[i]].Reference(local.chunk.data[i]);
  output.SetCardinality(local.chunk.size());
}

duckdb::OperatorPartitionData PartitionData(duckdb::ClientContext&, duckdb::TableFunctionGetPartitionInput& input) {
  if (input.partition_info.RequiresPartitionColumns()) {
    throw duckdb::InternalException("kept rows have no partition columns");
  }
  return duckdb::OperatorPartitionData(input.local_state->Cast<KeptLocal>().piece);
}

duckdb::unique_ptr<duckdb::NodeStatistics> Cardinality(duckdb::ClientContext&, const duckdb::FunctionData* data) {
  const idx_t rows = data->Cast<KeptBind>().rows().Count();
  return duckdb::make_uniq<duckdb::NodeStatistics>(rows, rows);
}

}  // namespace

std::shared_ptr<KeptRows> KeepRows(std::shared_ptr<ConnectionPool> pool, duckdb::MaterializedQueryResult& result) {
  return Kept::Make(std::move(pool), result);
}

void RegisterKeptScan(duckdb::Connection& connection) {
  duckdb::TableFunction scan("firn$kept", {LogicalType::BIGINT}, Scan, Bind, InitGlobal, InitLocal);
  scan.projection_pushdown = true;
  scan.cardinality = Cardinality;
  scan.get_partition_data = PartitionData;
  connection.BeginTransaction();
  duckdb::CreateTableFunctionInfo info(scan);
  duckdb::Catalog::GetSystemCatalog(*connection.context).CreateTableFunction(*connection.context, info);
  connection.Commit();
}

}  // namespace firn::engine
