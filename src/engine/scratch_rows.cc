#include "engine/scratch_rows.h"

#include <duckdb.hpp>
#include <duckdb/main/appender.hpp>

#include "engine/error_map.h"
#include "engine/native.h"

namespace firn::engine {

using duckdb::FlatVector;
using duckdb::LogicalType;

struct ScratchRows::Impl {
  Impl(duckdb::DuckDB& database, const std::string& table, const duckdb::vector<LogicalType>& types)
      : connection(database), appender(connection, "memory", "main", table) {
    chunk.Initialize(duckdb::Allocator::DefaultAllocator(), types);
    Clear();
  }
  /// All rows to come are NULL until they are set.
  void Clear() {
    chunk.Reset();
    for (duckdb::Vector& column : chunk.data) {
      FlatVector::Validity(column).Initialize(STANDARD_VECTOR_SIZE);
      FlatVector::Validity(column).SetAllInvalid(STANDARD_VECTOR_SIZE);
    }
    used = 0;
  }
  void Flush() {
    if (used == 0) return;
    chunk.SetCardinality(used);
    appender.AppendDataChunk(chunk);
    Clear();
  }

  duckdb::Connection connection;
  duckdb::Appender appender;
  duckdb::DataChunk chunk;
  duckdb::idx_t used = 0;
};

ScratchRows::ScratchRows(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ScratchRows::~ScratchRows() = default;

Result<std::unique_ptr<ScratchRows>> ScratchRows::Open(Engine& engine, const std::string& table,
                                                       std::vector<Kind> columns) {
  return Caught([&]() -> Result<std::unique_ptr<ScratchRows>> {
    duckdb::vector<LogicalType> types;
    for (Kind kind : columns) types.push_back(kind == Kind::kText ? LogicalType::VARCHAR : LogicalType::BIGINT);
    std::string plain = table.substr(1, table.size() - 2);  // without its quotes
    return std::unique_ptr<ScratchRows>(new ScratchRows(std::make_unique<Impl>(DatabaseOf(engine), plain, types)));
  });
}

void ScratchRows::Text(size_t column, std::string_view value) {
  duckdb::Vector& vector = impl_->chunk.data[column];
  FlatVector::GetData<duckdb::string_t>(vector)[impl_->used] =
      duckdb::StringVector::AddStringOrBlob(vector, value.data(), value.size());
  FlatVector::Validity(vector).SetValid(impl_->used);
}

void ScratchRows::Number(size_t column, int64_t value) {
  duckdb::Vector& vector = impl_->chunk.data[column];
  FlatVector::GetData<int64_t>(vector)[impl_->used] = value;
  FlatVector::Validity(vector).SetValid(impl_->used);
}

Status ScratchRows::EndRow() {
  ++rows_;
  if (++impl_->used < STANDARD_VECTOR_SIZE) return Ok();
  return Caught([&]() -> Status {
    impl_->Flush();
    return Ok();
  });
}

Status ScratchRows::Finish() {
  return Caught([&]() -> Status {
    impl_->Flush();
    impl_->appender.Close();
    return Ok();
  });
}

}  // namespace firn::engine
