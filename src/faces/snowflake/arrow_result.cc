#include "faces/snowflake/arrow_result.h"

#include <arrow/io/interfaces.h>
#include <arrow/ipc/options.h>
#include <arrow/ipc/writer.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "base/errors.h"
#include "faces/snowflake/arrow_columns.h"

namespace firn::faces {

namespace {

Error Fault(const arrow::Status& status) { return Error(errors::kInternal, {status.ToString()}); }

}  // namespace

struct ArrowShape::Column {
  ColumnPlan plan;
};

Result<ArrowShape> ArrowShape::Make(const std::vector<session::OutputColumn>& columns,
                                    const arrow::Schema& engine_schema, int json_indent) {
  if (static_cast<size_t>(engine_schema.num_fields()) != columns.size()) {
    return Error(errors::kInternal, {"the engine gave " + std::to_string(engine_schema.num_fields()) +
                                     " columns instead of " + std::to_string(columns.size())});
  }
  ArrowShape shape;
  arrow::FieldVector fields;
  for (size_t i = 0; i < columns.size(); ++i) {
    auto column = std::make_shared<Column>();
    const auto& type = *engine_schema.field(static_cast<int>(i))->type();
    FIRN_ASSIGN(column->plan, PlanColumn(columns[i], type, json_indent));
    fields.push_back(column->plan.field);
    shape.columns_.push_back(std::move(column));
  }
  shape.schema_ = arrow::schema(std::move(fields));
  return shape;
}

Result<std::shared_ptr<arrow::RecordBatch>> ArrowShape::Shape(const arrow::RecordBatch& batch) const {
  arrow::ArrayVector arrays;
  arrays.reserve(columns_.size());
  for (size_t i = 0; i < columns_.size(); ++i) {
    const ColumnPlan& plan = columns_[i]->plan;
    FIRN_ASSIGN(auto array, plan.convert(plan, batch.column(static_cast<int>(i))));
    arrays.push_back(std::move(array));
  }
  return arrow::RecordBatch::Make(schema_, batch.num_rows(), std::move(arrays));
}

/// Appends to the writer's string.
class IpcWriter::Sink : public arrow::io::OutputStream {
 public:
  explicit Sink(std::string* out) : out_(out) {}
  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  bool closed() const override { return closed_; }
  arrow::Result<int64_t> Tell() const override { return static_cast<int64_t>(out_->size()); }
  arrow::Status Write(const void* data, int64_t bytes) override {
    out_->append(static_cast<const char*>(data), static_cast<size_t>(bytes));
    return arrow::Status::OK();
  }

 private:
  std::string* out_;
  bool closed_ = false;
};

IpcWriter::~IpcWriter() = default;

Result<std::unique_ptr<IpcWriter>> IpcWriter::Open(const std::shared_ptr<arrow::Schema>& schema, size_t reserve) {
  std::unique_ptr<IpcWriter> writer(new IpcWriter);
  writer->bytes_.reserve(reserve);
  writer->sink_ = std::make_shared<Sink>(&writer->bytes_);
  auto options = arrow::ipc::IpcWriteOptions::Defaults();
  options.use_threads = false;
  auto opened = arrow::ipc::MakeStreamWriter(writer->sink_, schema, options);
  if (!opened.ok()) return Fault(opened.status());
  writer->writer_ = std::move(opened).ValueUnsafe();
  return writer;
}

Status IpcWriter::Write(const arrow::RecordBatch& batch) {
  if (auto status = writer_->WriteRecordBatch(batch); !status.ok()) return Fault(status);
  return Ok();
}

Result<std::string> IpcWriter::Finish() {
  if (auto status = writer_->Close(); !status.ok()) return Fault(status);
  return std::move(bytes_);
}

}  // namespace firn::faces
