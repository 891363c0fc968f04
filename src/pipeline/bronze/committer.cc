#include "pipeline/bronze/committer.h"

#include <algorithm>
#include <deque>
#include <limits>
#include <utility>

#include "base/errors.h"
#include "base/log.h"

namespace firn::pipeline {

namespace {

constexpr Micros kNever = std::numeric_limits<Micros>::max();
constexpr Micros kLongestWait = 1000000;  ///< the clock of tests moves by itself

constexpr Micros kRateWindow = 60000000;
constexpr Micros kRateStep = 1000000;

/// How many rows a second became durable lately.
class Rate {
 public:
  void Note(Micros now, uint64_t rows) {
    if (marks_.empty() || now - marks_.back().at >= kRateStep) marks_.push_back({now, rows});
    while (marks_.size() > 1 && now - marks_[1].at > kRateWindow) marks_.pop_front();
  }
  double PerSecond(Micros now, uint64_t rows) const {
    if (marks_.empty() || now - marks_.back().at > kRateWindow) return 0;
    const Micros time = std::clamp(now - marks_.front().at, kRateStep, kRateWindow);
    return static_cast<double>(rows - std::min(rows, marks_.front().rows)) * 1e6 / static_cast<double>(time);
  }

 private:
  struct Mark {
    Micros at;
    uint64_t rows;  ///< before those that came at `at`
  };
  std::deque<Mark> marks_;
};

}  // namespace

struct Committer::Source {
  std::string buffer_id;
  std::shared_ptr<TableBuffer> buffer;
  FlushLimits limits;
  // Below: under the committer's mutex.
  Micros since = 0;  ///< when the oldest row that is not applied was seen; 0: there is none
  bool full = false;
  bool running = false;
  Micros not_before = 0;  ///< after a failure
  Micros looked_at = 0;
  Micros pause = 0;
  struct Waiter {
    uint64_t position;
    std::function<void(Status)> done;
  };
  std::vector<Waiter> waiters;
  CommitterStatus status;
  Rate rate;
  uint64_t seen = 0;  ///< rows that were durable at the last look
  Chunk chunk;        ///< of the thread that works on it: the last one, for its memory, while there is more to do
};

Committer::Committer(session::Node& node, CommitterOptions options) : node_(node), options_(std::move(options)) {
  std::lock_guard lock(mutex_);
  StartThread();
}

Committer::~Committer() { Stop(0); }

void Committer::StartThread() {
  threads_.emplace_back([this] { Run(); });
}

void Committer::Add(const std::string& buffer_id, std::shared_ptr<TableBuffer> buffer) {
  auto source = std::make_shared<Source>();
  source->buffer_id = buffer_id;
  source->buffer = std::move(buffer);
  const TableBuffer* key = source->buffer.get();
  {
    std::lock_guard lock(mutex_);
    if (!sources_.emplace(key, source).second) return;
  }
  OnGrown(*source->buffer);
}

void Committer::SetLimits(const TableBuffer& buffer, const FlushLimits& limits) {
  std::lock_guard lock(mutex_);
  auto found = sources_.find(&buffer);
  if (found == sources_.end()) return;
  found->second->limits = limits;
  wake_.notify_one();
}

void Committer::OnGrown(TableBuffer& buffer) {
  const TableBufferStatus status = buffer.status();
  if (status.lag_rows == 0) return;
  std::lock_guard lock(mutex_);
  auto found = sources_.find(&buffer);
  if (found == sources_.end()) return;
  Source& source = *found->second;
  source.rate.Note(node_.clock->Now(), std::exchange(source.seen, status.durable));
  bool wake = source.since == 0;
  if (wake) source.since = node_.clock->Now() - status.lag;
  if (!source.full && (status.lag_bytes >= source.limits.bytes || status.lag_rows >= source.limits.rows)) {
    source.full = wake = true;
  }
  if (wake) wake_.notify_one();
}

void Committer::WhenApplied(TableBuffer& buffer, uint64_t position, std::function<void(Status)> done) {
  {
    std::lock_guard lock(mutex_);
    auto found = sources_.find(&buffer);
    if (found != sources_.end() && !closing_ && buffer.status().applied < position) {
      found->second->waiters.push_back({position, std::move(done)});
      if (found->second->since == 0) found->second->since = node_.clock->Now();
      wake_.notify_one();
      return;
    }
  }
  const bool applied = buffer.status().applied >= position;
  done(applied ? Ok() : Status(Error(errors::kCanceled)));
}

CommitterStatus Committer::StatusOf(const TableBuffer& buffer) {
  std::lock_guard lock(mutex_);
  auto found = sources_.find(&buffer);
  if (found == sources_.end()) return {};
  CommitterStatus status = found->second->status;
  status.rate = found->second->rate.PerSecond(node_.clock->Now(), found->second->seen);
  return status;
}

CommitterStatus Committer::Total() {
  CommitterStatus total;
  std::lock_guard lock(mutex_);
  for (const auto& [key, source] : sources_) {
    total.commits += source->status.commits;
    total.rows += source->status.rows;
    total.quarantined += source->status.quarantined;
    total.failures += source->status.failures > 0 ? 1 : 0;
  }
  total.discarded = discarded_;
  return total;
}

bool Committer::IsBehind(const std::string& table_id) {
  std::lock_guard lock(mutex_);
  return std::ranges::any_of(sources_, [&](const auto& entry) {
    const Source& source = *entry.second;
    return source.full && source.buffer->id() == table_id;
  });
}

void Committer::CountDiscarded(uint64_t rows) {
  std::lock_guard lock(mutex_);
  discarded_ += rows;
}

Committer::SourcePtr Committer::TakeDue(Micros now, Micros* next) {
  *next = kNever;
  SourcePtr chosen;
  for (const auto& [key, source] : sources_) {
    if (source->running || source->since == 0) continue;
    Micros due = source->since + source->limits.delay;
    if (source->full || !source->waiters.empty() || flushing_) due = source->since;
    due = std::max(due, source->not_before);
    if (due > now) {
      *next = std::min(*next, due);
    } else if (!chosen || source->looked_at < chosen->looked_at) {
      chosen = source;
    }
  }
  if (chosen) {
    chosen->running = true;
    chosen->looked_at = now;
  }
  return chosen;
}

void Committer::Run() {
  std::unique_lock lock(mutex_);
  while (!closing_) {
    Micros next = kNever;
    const Micros now = node_.clock->Now();
    SourcePtr source = TakeDue(now, &next);
    if (!source) {
      ++waiting_;
      wake_.wait_for(lock, std::chrono::microseconds(std::min(next == kNever ? kNever : next - now, kLongestWait)));
      --waiting_;
      continue;
    }
    // Somebody must be there for the next one that is due, however long this one takes.
    if (waiting_ == 0 && static_cast<int>(threads_.size()) < options_.threads_max) StartThread();
    lock.unlock();
    Work(*source);
    lock.lock();
    source->running = false;
    idle_.notify_all();
  }
}

Status Committer::CommitOnce(Source& source) {
  TableBuffer& buffer = *source.buffer;
  const uint64_t from = buffer.status().applied;
  FlushLimits limits;
  {
    std::lock_guard lock(mutex_);
    limits = source.limits;
  }
  FIRN_ASSIGN(source.chunk, buffer.ReadFrom(from, limits.bytes, limits.rows, std::move(source.chunk)));
  const Chunk& chunk = source.chunk;
  if (chunk.rows.empty()) return Ok();
  FIRN_ASSIGN(ChunkWritten written, WriteChunk(node_, {source.buffer_id, buffer.id(), from}, chunk));
  options_.bell->Ring();
  {
    std::lock_guard lock(mutex_);
    source.status.commits += 1;
    source.status.rows += written.rows;
    source.status.quarantined += written.quarantined;
    source.status.last_commit = node_.clock->Now();
  }
  return buffer.Free(chunk.next);
}

void Committer::Work(Source& source) {
  Status status = CommitOnce(source);
  const TableBufferStatus after = source.buffer->status();
  bool busy = false;
  bool failed = !status.ok();
  {
    std::lock_guard lock(mutex_);
    const Micros now = node_.clock->Now();
    if (failed) {
      source.pause = source.pause == 0 ? options_.first_pause : std::min(source.pause * 2, options_.longest_pause);
      source.not_before = now + source.pause;
      source.status.failures += 1;
      source.status.last_error = status.error().Message();
    } else {
      source.pause = source.not_before = 0;
      source.status.failures = 0;
      source.status.last_error.clear();
      source.since = after.lag_rows == 0 ? 0 : now - after.lag;
      source.full = busy = after.lag_bytes >= source.limits.bytes || after.lag_rows >= source.limits.rows;
    }
  }
  if (!busy) source.chunk = Chunk();
  if (failed && IsGone(source, status)) return GiveUp(source, status);
  if (failed) log::warn("bronze {}: {}", source.buffer->id(), status.error().Message());
  // What became durable between the two looks.
  if (!failed) OnGrown(*source.buffer);
  Answer(source, status);
}

/// A dropped table may come back by UNDROP, with the rows that wait for it; one whose retention is over does not.
bool Committer::IsGone(const Source& source, const Status& failed) {
  if (!failed.error().Is(errors::kObjectNotFound)) return false;
  auto state = node_.catalog->Head();
  return state.ok() && !(*state)->ById(source.buffer->id());
}

void Committer::GiveUp(Source& source, const Status& status) {
  const std::shared_ptr<TableBuffer> buffer = source.buffer;
  const uint64_t rows = buffer->status().lag_rows;
  log::warn("bronze {}: the table is gone for good; {} rows that waited for it are discarded", buffer->id(), rows);
  Answer(source, status);
  {
    std::lock_guard lock(mutex_);
    discarded_ += rows;
    sources_.erase(buffer.get());
  }
  if (drop_) drop_(*buffer);
}

void Committer::Answer(Source& source, const Status& status) {
  const uint64_t applied = source.buffer->status().applied;
  std::vector<Source::Waiter> ready;
  {
    std::lock_guard lock(mutex_);
    auto rest = std::partition(source.waiters.begin(), source.waiters.end(),
                               [&](const Source::Waiter& waiter) { return status.ok() && waiter.position > applied; });
    ready.assign(std::make_move_iterator(rest), std::make_move_iterator(source.waiters.end()));
    source.waiters.erase(rest, source.waiters.end());
  }
  for (Source::Waiter& waiter : ready) waiter.done(waiter.position <= applied ? Ok() : status);
}

void Committer::Stop(Micros time) {
  std::vector<std::thread> threads;
  {
    std::unique_lock lock(mutex_);
    if (closing_) return;
    flushing_ = true;
    for (auto& [key, source] : sources_) source->not_before = 0;
    wake_.notify_all();
    idle_.wait_for(lock, std::chrono::microseconds(time), [&] {
      return std::ranges::all_of(sources_, [](const auto& entry) {
        const Source& source = *entry.second;
        return !source.running && (source.since == 0 || source.status.failures > 0);
      });
    });
    closing_ = true;
    threads.swap(threads_);
  }
  wake_.notify_all();
  for (std::thread& thread : threads) thread.join();
  std::vector<Source::Waiter> waiters;
  for (auto& [key, source] : sources_) {
    std::ranges::move(source->waiters, std::back_inserter(waiters));
    source->waiters.clear();
  }
  for (auto& waiter : waiters) waiter.done(Error(errors::kCanceled));
}

}  // namespace firn::pipeline
