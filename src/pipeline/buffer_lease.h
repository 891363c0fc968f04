// BufferLease: the number of a buffer in `_seq` (rule 9), leased in the log so that no two live buffers of an account
// share one. The lease is an offset of the role ACCOUNTADMIN: key "ingest <number>", value when it ends. A process that
// died and starts anew in its own folder takes its lease up again. Made by IngestNode; one thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "session/node.h"

namespace firn::pipeline {

class BufferLease {
 public:
  /// `file`: where this process notes it; its folder is locked by the process. Errors: kLimit where all 1,024 are
  /// taken; those of Catalog::Commit.
  static Result<BufferLease> Take(session::Node& node, const std::string& file);
  /// That of another process, if it has ended: nothing where it has not, or somebody else was first.
  static Result<std::optional<BufferLease>> TakeOver(session::Node& node, int number);

  int number() const { return number_; }
  Micros until() const { return until_; }
  /// Errors: kConflict where it had ended and somebody else has it: nothing more may be appended under the number.
  Status Renew();
  /// At a clean end.
  void Release();

 private:
  BufferLease(session::Node& node, std::string file) : node_(&node), file_(std::move(file)) {}
  Status Move(int number, std::optional<int64_t> from, std::optional<int64_t> to);
  void Note();

  session::Node* node_;
  std::string file_;  ///< empty: not noted
  int number_ = 0;
  Micros until_ = 0;
};

}  // namespace firn::pipeline
