#include "faces/snowflake/result_writer.h"

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>

#include "base/ids.h"
#include "faces/snowflake/arrow_result.h"
#include "faces/snowflake/json_result.h"
#include "faces/snowflake/rows_batch.h"

namespace firn::faces {

namespace {

constexpr size_t kSlackBytes = size_t{256} << 10;  ///< what a part may take beyond its limit, reserved at once
constexpr size_t kFirstReserve = size_t{4} << 10;
constexpr int64_t kCellBytes = 10;  ///< of a JSON cell without its text, about

/// Bytes that the values of a column take, without NULL bits.
int64_t ValueBytes(const arrow::Array& array) {
  switch (array.type_id()) {
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      return static_cast<const arrow::BinaryArray&>(array).total_values_length() + 4 * array.length();
    case arrow::Type::LARGE_STRING:
    case arrow::Type::LARGE_BINARY:
      return static_cast<const arrow::LargeBinaryArray&>(array).total_values_length() + 4 * array.length();
    case arrow::Type::DECIMAL128:
    case arrow::Type::STRUCT:
      return 16 * array.length();
    case arrow::Type::STRING_VIEW:
    case arrow::Type::BINARY_VIEW: {
      int64_t bytes = 0;
      const auto& views = static_cast<const arrow::BinaryViewArray&>(array);
      for (int64_t i = 0; i < views.length(); ++i) bytes += 4 + static_cast<int64_t>(views.GetView(i).size());
      return bytes;
    }
    default:
      return 8 * array.length();
  }
}

int64_t BatchBytes(const arrow::RecordBatch& batch) {
  int64_t bytes = 0;
  for (const auto& column : batch.columns()) bytes += ValueBytes(*column);
  return bytes;
}

/// One part of a result that is being written.
class Part {
 public:
  virtual ~Part() = default;
  virtual Status Write(const arrow::RecordBatch& batch) = 0;
  virtual size_t size() const = 0;
  virtual Result<std::string> Finish() = 0;
};

class ArrowPart : public Part {
 public:
  ArrowPart(const ArrowShape& shape, std::unique_ptr<IpcWriter> writer) : shape_(shape), writer_(std::move(writer)) {}
  Status Write(const arrow::RecordBatch& batch) override {
    FIRN_ASSIGN(auto shaped, shape_.Shape(batch));
    return writer_->Write(*shaped);
  }
  size_t size() const override { return writer_->size(); }
  Result<std::string> Finish() override { return writer_->Finish(); }

 private:
  const ArrowShape& shape_;
  std::unique_ptr<IpcWriter> writer_;
};

class JsonPart : public Part {
 public:
  JsonPart(const JsonShape& shape, size_t reserve) : shape_(shape) { text_.reserve(reserve); }
  Status Write(const arrow::RecordBatch& batch) override {
    if (!text_.empty()) text_ += ',';
    return shape_.Append(batch, 0, batch.num_rows(), &text_);
  }
  size_t size() const override { return text_.size(); }
  Result<std::string> Finish() override { return std::move(text_); }

 private:
  const JsonShape& shape_;
  std::string text_;
};

/// Deals batches out to parts: the first stays inside the answer, the others become chunks.
class Parts {
 public:
  Parts(WireFormat format, ChunkStore& chunks, const ResultLimits& limits) : chunks_(chunks), limits_(limits) {
    written_.format = format;
  }

  Status Begin(const std::vector<session::OutputColumn>& columns, const arrow::Schema& schema, int json_indent) {
    if (written_.format == WireFormat::kArrow) {
      FIRN_ASSIGN(auto shape, ArrowShape::Make(columns, schema, json_indent));
      arrow_ = std::make_unique<ArrowShape>(std::move(shape));
    } else {
      FIRN_ASSIGN(auto shape, JsonShape::Make(columns, schema, json_indent));
      json_ = std::make_unique<JsonShape>(std::move(shape));
    }
    return Ok();
  }
  bool begun() const { return arrow_ || json_; }

  Status Add(const std::shared_ptr<arrow::RecordBatch>& batch) {
    int64_t rows = batch->num_rows();
    int64_t row_bytes = rows == 0 ? 0 : BatchBytes(*batch) / rows + (json_ ? kCellBytes * batch->num_columns() : 1);
    for (int64_t at = 0; at < rows;) {
      FIRN_TRY(OpenPart());
      int64_t room = std::max<int64_t>(1, static_cast<int64_t>(limit() - std::min(limit(), part_->size())));
      int64_t fit = std::clamp<int64_t>(room / std::max<int64_t>(row_bytes, 1), 1, rows - at);
      FIRN_TRY(part_->Write(at == 0 && fit == rows ? *batch : *batch->Slice(at, fit)));
      part_rows_ += fit;
      at += fit;
      // A rest of less than a row's worth is full: the next part begins with the next row.
      if (part_->size() + static_cast<size_t>(row_bytes) > limit() || at < rows) FIRN_TRY(ClosePart());
    }
    return Ok();
  }

  Result<WrittenResult> Finish() {
    if (part_) FIRN_TRY(ClosePart());
    return std::move(written_);
  }

 private:
  size_t limit() const { return inline_done_ ? limits_.chunk_bytes : limits_.inline_bytes; }

  Status OpenPart() {
    if (part_) return Ok();
    size_t reserve = inline_done_ ? limits_.chunk_bytes + kSlackBytes : kFirstReserve;
    if (json_) {
      part_ = std::make_unique<JsonPart>(*json_, reserve);
      return Ok();
    }
    FIRN_ASSIGN(auto writer, IpcWriter::Open(arrow_->schema(), reserve));
    part_ = std::make_unique<ArrowPart>(*arrow_, std::move(writer));
    return Ok();
  }

  Status ClosePart() {
    FIRN_ASSIGN(std::string bytes, part_->Finish());
    part_.reset();
    written_.total += part_rows_;
    if (!inline_done_) {
      inline_done_ = true;
      written_.inline_rows = json_ ? std::move(bytes) : Base64(bytes);
      written_.inline_count = part_rows_;
    } else {
      size_t size = bytes.size();
      written_.chunks.push_back({chunks_.Add(std::move(bytes)), part_rows_, size});
    }
    part_rows_ = 0;
    return Ok();
  }

  ChunkStore& chunks_;
  const ResultLimits limits_;
  WrittenResult written_;
  std::unique_ptr<ArrowShape> arrow_;
  std::unique_ptr<JsonShape> json_;
  std::unique_ptr<Part> part_;
  int64_t part_rows_ = 0;
  bool inline_done_ = false;
};

Result<WrittenResult> WriteRows(session::Answer& answer, Parts parts, WireFormat format, int json_indent) {
  WrittenResult written;
  written.format = format;
  if (answer.rows.empty()) return written;
  if (format == WireFormat::kJson) {
    FIRN_TRY(AppendJsonRows(answer.columns, answer.rows, json_indent, &written.inline_rows));
    written.inline_count = written.total = static_cast<int64_t>(answer.rows.size());
    return written;
  }
  FIRN_ASSIGN(auto batch, BatchOfRows(answer.columns, answer.rows));
  FIRN_TRY(parts.Begin(answer.columns, *batch->schema(), json_indent));
  FIRN_TRY(parts.Add(batch));
  return parts.Finish();
}

}  // namespace

Result<WrittenResult> WriteResult(session::Answer& answer, WireFormat format, int json_indent, ChunkStore& chunks,
                                  const ResultLimits& limits) {
  Parts parts(format, chunks, limits);
  if (!answer.stream) return WriteRows(answer, std::move(parts), format, json_indent);
  while (true) {
    FIRN_ASSIGN(auto batch, answer.stream->Next());
    if (!batch) break;
    if (!parts.begun()) FIRN_TRY(parts.Begin(answer.columns, *batch->arrow()->schema(), json_indent));
    FIRN_TRY(parts.Add(batch->arrow()));
  }
  return parts.Finish();
}

}  // namespace firn::faces
