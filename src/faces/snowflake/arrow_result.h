// Arrow results: the engine's batches in the types that drivers read, and IPC streams of them (protocol reference,
// section 4). A shape belongs to one result; its methods may run on any thread, an IpcWriter on one at a time.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "session/answer.h"

namespace arrow {
class Array;
class RecordBatch;
class Schema;
namespace ipc {
class RecordBatchWriter;
}
}  // namespace arrow

namespace firn::faces {

class ArrowShape {
 public:
  /// `engine_schema`: of the batches to come. `json_indent`: of VARIANT, OBJECT and ARRAY. Errors: kInternal where a
  /// column's Arrow type cannot become its SQL type (a fault of this program).
  static Result<ArrowShape> Make(const std::vector<session::OutputColumn>& columns, const arrow::Schema& engine_schema,
                                 int json_indent);

  const std::shared_ptr<arrow::Schema>& schema() const { return schema_; }
  /// The same rows in the wire's types. What needs no conversion is shared, not copied.
  Result<std::shared_ptr<arrow::RecordBatch>> Shape(const arrow::RecordBatch& batch) const;

  struct Column;

 private:
  std::vector<std::shared_ptr<const Column>> columns_;
  std::shared_ptr<arrow::Schema> schema_;
};

/// Writes one Arrow IPC stream into a string: schema, batches, end mark.
class IpcWriter {
 public:
  /// `reserve`: bytes that the stream will probably take.
  static Result<std::unique_ptr<IpcWriter>> Open(const std::shared_ptr<arrow::Schema>& schema, size_t reserve);
  ~IpcWriter();
  Status Write(const arrow::RecordBatch& batch);
  size_t size() const { return bytes_.size(); }
  /// Ends the stream and gives its bytes.
  Result<std::string> Finish();

 private:
  class Sink;
  IpcWriter() = default;
  std::string bytes_;
  std::shared_ptr<Sink> sink_;
  std::shared_ptr<arrow::ipc::RecordBatchWriter> writer_;
};

}  // namespace firn::faces
