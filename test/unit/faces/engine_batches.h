// Arrow batches as the engine gives them, for the tests of results.
#pragma once

#include <arrow/api.h>

#include <memory>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "session/answer.h"

namespace firn::faces {

/// One column of each type, three rows: a value, NULL, an edge.
struct Sample {
  std::vector<session::OutputColumn> columns;
  std::shared_ptr<arrow::RecordBatch> batch;
};
Sample AllTypes();

/// `rows` rows of (BIGINT n, VARCHAR "row n").
Sample Numbers(int64_t first, int64_t rows);

/// A stream that gives these batches.
class BatchStream : public engine::ResultStream {
 public:
  explicit BatchStream(std::vector<std::shared_ptr<arrow::RecordBatch>> batches) : batches_(std::move(batches)) {}
  const std::vector<engine::ResultColumn>& columns() const override { return columns_; }
  Result<std::optional<engine::Batch>> Next() override {
    if (at_ == batches_.size()) return std::optional<engine::Batch>();
    return std::optional<engine::Batch>(engine::Batch(batches_[at_++]));
  }

 private:
  std::vector<engine::ResultColumn> columns_;
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches_;
  size_t at_ = 0;
};

/// The batches of an IPC stream.
std::vector<std::shared_ptr<arrow::RecordBatch>> ReadIpc(const std::string& bytes);

}  // namespace firn::faces
