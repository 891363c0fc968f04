// RetentionSweep: rows of bronze, of the quarantine and tombstones that are older than the pipeline keeps them are
// deleted
// (`retention:` of 9.1). One a process, made by `cli` after the lake is open; several processes on one lake do the same
// and one finds nothing left. Its thread waits for no other.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "base/result.h"
#include "engine/engine.h"
#include "pipeline/registry/registry.h"

namespace firn::pipeline {

struct RetentionOptions {
  bool thread = true;            ///< false: Look is called by hand (tests)
  Micros look_every = 1000000;   ///< between two looks at what is due
  Micros least_pause = 1000000;  ///< of one table; a tenth of its retention, between these two
  Micros most_pause = Micros{3600} * 1000000;
};

class RetentionSweep {
 public:
  explicit RetentionSweep(session::Node& node, RetentionOptions options = {});
  /// Cancels what runs.
  ~RetentionSweep();

  /// Deletes what is due in every pipeline; what fails for one table is logged and tried again.
  void Look();

 private:
  void Run();
  void Sweep(const Pipeline& pipeline, const catalog::ObjectRef& table, std::string_view column, Micros kept);
  /// How many rows are gone.
  Result<int64_t> Delete(const Pipeline& pipeline, const catalog::Object& table, std::string_view column,
                         Micros before);
  std::optional<int64_t> StreamOffset(const catalog::Object& stream) const;

  session::Node& node_;
  const RetentionOptions options_;
  engine::CancelToken cancel_;
  std::map<std::string, Micros> next_;  ///< by table id: when it is due

  std::mutex mutex_;
  std::condition_variable wake_;
  bool closing_ = false;
  std::thread thread_;
};

}  // namespace firn::pipeline
