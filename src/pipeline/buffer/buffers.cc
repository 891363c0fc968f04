#include "pipeline/buffer/buffers.h"

#include <algorithm>
#include <bit>
#include <chrono>
#include <limits>
#include <map>
#include <thread>
#include <utility>

#include "base/errors.h"
#include "base/ids.h"
#include "base/log.h"

namespace firn::pipeline {

namespace {

constexpr int kNumbers = 1024;
constexpr size_t kTableIdMax = 128;
constexpr const char* kIdFile = "id";
/// Of a start that competes with another one for an object buffer.
constexpr int kFenceTries = 8;
/// A sync that takes at least so long is worth waiting for all clients, at most for a half of it; another one for a
/// half of them, if they are many: while these are synced, the others send.
constexpr Micros kSlowSync = 1000;
constexpr Micros kSlowGatherMax = 4000;
constexpr Micros kGatherMax = 500;
constexpr uint64_t kManyClients = 16;

bool IsTableId(const std::string& id) {
  return !id.empty() && id.size() <= kTableIdMax && id != kIdFile && std::ranges::all_of(id, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

}  // namespace

/// Writes, syncs and answers the pending groups of its tables, round after round: while one round is synced, the next
/// one gathers.
class SyncThread {
 public:
  SyncThread(BufferCore& core, const BufferOptions& options)
      : core_(core), options_(options), thread_([this] { Run(); }) {}
  ~SyncThread() { Finish(); }

  /// Answers what is listed and ends.
  void Finish() {
    {
      std::lock_guard lock(mutex_);
      ends_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
  }

  void Wake(const std::shared_ptr<TableBuffer>& table) {
    bool first;
    {
      std::lock_guard lock(mutex_);
      first = listed_.empty();
      listed_.push_back(table);
    }
    if (first) wake_.notify_one();
  }

  void Enough() {
    { std::lock_guard lock(mutex_); }
    wake_.notify_one();
  }

  void AddTo(BufferMetrics* metrics) {
    std::lock_guard lock(mutex_);
    metrics->groups += groups_;
    metrics->appends += appends_;
    for (size_t i = 0; i < sync_micros_.size(); ++i) metrics->sync_micros[i] += sync_micros_[i];
  }

 private:
  using Done = TableBuffer::Done;

  void Run() {
    while (true) {
      std::vector<std::shared_ptr<TableBuffer>> round;
      {
        std::unique_lock lock(mutex_);
        WaitForWork(lock);
        if (ends_ && listed_.empty()) break;
      }
      AnswerPaced(core_.clock.Now());
      Gather();
      {
        std::lock_guard lock(mutex_);
        round.swap(listed_);
      }
      if (round.empty()) continue;
      std::vector<Done> done;
      size_t paced = paced_.size();
      const Micros began = core_.clock.Now();
      for (const auto& table : round) table->WriteGroup(&done);
      for (const auto& table : round) {
        const size_t before = done.size();
        table->SyncGroup(&done);
        if (const Micros pause = table->Pause(); pause > 0) Pace(pause, &done, before);
      }
      paced = paced_.size() - paced;
      const auto took = static_cast<uint64_t>(std::max<Micros>(core_.clock.Now() - began, 0));
      {
        std::lock_guard lock(mutex_);
        groups_ += round.size();
        appends_ += done.size() + paced;
        ++sync_micros_[std::min<size_t>(std::bit_width(took), sync_micros_.size() - 1)];
      }
      took_ = static_cast<Micros>(took);
      clients_ = std::max(done.size() + core_.pending, clients_ - clients_ / 16);
      Answer(std::move(done));
      if (!options_.on_grown) continue;
      for (const auto& table : round) options_.on_grown(*table);
    }
    AnswerPaced(std::numeric_limits<Micros>::max());
  }

  void WaitForWork(std::unique_lock<std::mutex>& lock) {
    auto is_work = [&] { return ends_ || !listed_.empty(); };
    if (paced_.empty()) return wake_.wait(lock, is_work);
    const Micros pause = std::max<Micros>(paced_.begin()->first - core_.clock.Now(), 0);
    (void)wake_.wait_for(lock, std::chrono::microseconds(pause), is_work);
  }

  /// Those of `done` from `first` on are answered later.
  void Pace(Micros pause, std::vector<Done>* done, size_t first) {
    const Micros due = core_.clock.Now() + pause;
    for (size_t i = first; i < done->size(); ++i) paced_.emplace(due, std::move((*done)[i]));
    done->erase(done->begin() + static_cast<std::ptrdiff_t>(first), done->end());
  }

  void AnswerPaced(Micros now) {
    std::vector<Done> due;
    while (!paced_.empty() && paced_.begin()->first <= now) {
      due.push_back(std::move(paced_.begin()->second));
      paced_.erase(paced_.begin());
    }
    Answer(std::move(due));
  }

  /// Clients that wait for their answer before they send again come back soon. If a sync is slow, those that were just
  /// answered would always wait for the sync of the others; if it is quick, many small ones would cost more than they
  /// give. A wait that was in vain is not repeated.
  void Gather() {
    const bool slow = took_ >= kSlowSync;
    if (!slow && clients_ < kManyClients) return;
    const uint64_t wanted = slow ? clients_ : clients_ / 2;
    const Micros limit = slow ? std::min(took_ / 2, kSlowGatherMax) : kGatherMax;
    std::unique_lock lock(mutex_);
    core_.wanted = wanted;
    auto is_enough = [&] { return ends_ || core_.pending >= wanted; };
    if (!wake_.wait_for(lock, std::chrono::microseconds(limit), is_enough)) clients_ = core_.pending;
    core_.wanted = UINT64_MAX;
  }

  void Answer(std::vector<Done> done) {
    if (!options_.post) {
      for (Done& one : done) one.done(std::move(one.result));
      return;
    }
    std::map<int, std::shared_ptr<std::vector<Done>>> lanes;
    for (Done& one : done) {
      auto& lane = lanes[one.lane];
      if (!lane) lane = std::make_shared<std::vector<Done>>();
      lane->push_back(std::move(one));
    }
    for (auto& [lane, answers] : lanes) {
      options_.post(lane, [answers = std::move(answers)] {
        for (Done& one : *answers) one.done(std::move(one.result));
      });
    }
  }

  BufferCore& core_;
  const BufferOptions& options_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<std::shared_ptr<TableBuffer>> listed_;
  bool ends_ = false;
  Micros took_ = 0;                    ///< the last round's write and sync
  uint64_t clients_ = 0;               ///< answered by a round, or waiting at its end: the most of late
  std::multimap<Micros, Done> paced_;  ///< by when they are due
  uint64_t groups_ = 0;
  uint64_t appends_ = 0;
  std::array<uint64_t, 32> sync_micros_{};
  std::thread thread_;
};

Buffers::Buffers(BufferOptions options)
    : options_(std::move(options)),
      core_(std::make_shared<BufferCore>(options_.files, *options_.clock, options_.limits, options_.number)) {
  core_->enough = [this] {
    for (const auto& thread : threads_) thread->Enough();
  };
  core_->wake = [this](const std::shared_ptr<TableBuffer>& table) { ThreadOf(table->id()).Wake(table); };
}

Buffers::~Buffers() { Close(); }

SyncThread& Buffers::ThreadOf(const std::string& table_id) {
  return *threads_[std::hash<std::string>()(table_id) % threads_.size()];
}

Result<std::unique_ptr<Buffers>> Buffers::Open(BufferOptions options) {
  if (options.number < 0 || options.number >= kNumbers) {
    return Error(errors::kInvalidInput, {"a buffer's number is 0 to 1023, not " + std::to_string(options.number)});
  }
  const int threads = std::max(options.sync_threads, 1);
  std::unique_ptr<Buffers> buffers(new Buffers(std::move(options)));
  FIRN_TRY(buffers->ReadId());
  FIRN_TRY(buffers->Recover());
  for (int i = 0; i < threads; ++i) {
    buffers->threads_.push_back(std::make_unique<SyncThread>(*buffers->core_, buffers->options_));
  }
  return buffers;
}

Status Buffers::ReadId() {
  Files& files = *core_->files;
  auto read = files.Read(kIdFile, 0, 1024);
  if (!read.ok() && !read.error().Is(errors::kNotFound)) return std::move(read).error();
  if (read.ok() && IsUuid(*read)) {
    core_->id = std::move(*read);
    return Ok();
  }
  FIRN_ASSIGN(std::vector<FileEntry> entries, files.List(""));
  if (std::ranges::any_of(entries, [](const FileEntry& entry) { return entry.is_folder && IsTableId(entry.name); })) {
    return Error(errors::kCorrupt,
                 {files.Name(kIdFile), "it does not hold the buffer's id, and the buffer has tables"});
  }
  // Nothing, or torn in the first start: no table was made before it was durable.
  core_->id = NewUuid();
  return files.Replace(kIdFile, core_->id);
}

Status Buffers::Recover() {
  FIRN_ASSIGN(std::vector<FileEntry> entries, core_->files->List(""));
  for (const FileEntry& entry : entries) {
    if (!entry.is_folder || !IsTableId(entry.name)) continue;
    for (int tries = 1;; ++tries) {
      auto table = std::make_shared<TableBuffer>(core_, entry.name);
      FIRN_TRY(table->Recover());
      Status fenced = table->FenceOthers();
      if (fenced.ok()) {
        tables_[entry.name] = std::move(table);
        break;
      }
      if (!fenced.error().Is(errors::kConflict) || tries == kFenceTries) return fenced;
      core_->log_bytes -= table->log_bytes_;
    }
  }
  return Ok();
}

Result<std::shared_ptr<TableBuffer>> Buffers::Table(const std::string& table_id) {
  std::lock_guard lock(mutex_);
  auto place = tables_.find(table_id);
  if (place != tables_.end()) return place->second;
  if (!IsTableId(table_id)) return Error(errors::kInvalidInput, {"'" + table_id + "' cannot be a table's id"});
  return tables_[table_id] = std::make_shared<TableBuffer>(core_, table_id);
}

std::vector<std::shared_ptr<TableBuffer>> Buffers::Tables() {
  std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<TableBuffer>> out;
  for (const auto& [id, table] : tables_) out.push_back(table);
  return out;
}

Status Buffers::Drop(const std::string& table_id) {
  std::shared_ptr<TableBuffer> table;
  {
    std::lock_guard lock(mutex_);
    auto place = tables_.find(table_id);
    if (place == tables_.end()) return Ok();
    table = std::move(place->second);
    tables_.erase(place);
  }
  return table->Discard();
}

void Buffers::Close() {
  core_->closing = true;
  // Each table's lock once: whoever was admitted before has woken its thread.
  for (const auto& table : Tables()) table->status();
  for (auto& thread : threads_) thread->Finish();
}

BufferMetrics Buffers::metrics() {
  BufferMetrics out;
  out.log_bytes = core_->log_bytes;
  out.in_flight_bytes = core_->in_flight;
  out.stopped = core_->stopped();
  for (const auto& thread : threads_) thread->AddTo(&out);
  return out;
}

}  // namespace firn::pipeline
