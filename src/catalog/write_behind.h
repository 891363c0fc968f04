// Write-behind: the files of a commit are written side by side instead of one after another, and waited for together
// before the log entry that names them. A commit then takes two durable writes in a row, however many files it has.
// For the writer and for the preparation of commits in this room.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "storage/store.h"

namespace firn::catalog {

/// The threads that write. Any thread may call Run.
class WritePool {
 public:
  /// 0 threads: Run does the work itself, in order.
  explicit WritePool(int threads);
  /// Finishes all work.
  ~WritePool();
  void Run(std::function<void()> work);

 private:
  void Work();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> queue_;
  bool closing_ = false;
  std::vector<std::thread> threads_;
};

/// A store whose Put and Sync return before they are done; everything else goes to the store beneath. What was put may
/// be read only after Wait. One thread calls it.
class WriteBehind final : public storage::Store {
 public:
  WriteBehind(storage::Store& inner, WritePool& pool);
  /// Waits.
  ~WriteBehind() override;
  /// Until all is durable. The first error of any Put or Sync since the last Wait.
  Status Wait();

  Status Put(const std::string& path, std::string_view bytes) override;
  Result<std::string> Read(const std::string& path) override { return inner_.Read(path); }
  Result<std::string> ReadRange(const std::string& path, uint64_t offset, uint64_t length) override {
    return inner_.ReadRange(path, offset, length);
  }
  Result<storage::ObjectInfo> Head(const std::string& path) override { return inner_.Head(path); }
  Result<std::vector<storage::ObjectInfo>> List(const std::string& prefix, const std::string& start_after) override {
    return inner_.List(prefix, start_after);
  }
  Status PutIfAbsent(const std::string& path, std::string_view bytes) override {
    return inner_.PutIfAbsent(path, bytes);
  }
  Status Sync(const std::vector<std::string>& paths) override;
  Status Delete(const std::string& path) override { return inner_.Delete(path); }
  std::string Uri(const std::string& path) const override { return inner_.Uri(path); }
  Result<std::string> PathOf(std::string_view uri) const override { return inner_.PathOf(uri); }

 private:
  void Begin(std::function<Status()> work);

  struct State {
    std::mutex mutex;
    std::condition_variable done;
    int running = 0;
    std::optional<Error> error;
  };
  storage::Store& inner_;
  WritePool& pool_;
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace firn::catalog
