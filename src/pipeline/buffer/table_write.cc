// The sync thread's work on one table: write the pending group, sync it, publish it.
#include <algorithm>
#include <cstring>
#include <utility>

#include "base/errors.h"
#include "base/log.h"
#include "pipeline/buffer/table_buffer.h"

namespace firn::pipeline {

namespace {

/// Kept for the next group, unless it grew beyond.
constexpr size_t kSpareBytes = 1 << 20;

}  // namespace

Status TableBuffer::OpenActive(Writing* writing) {
  Files& files = *core_->files;
  if (!folder_made_) {
    FIRN_TRY(files.MakeFolder(id_));
    folder_made_ = true;
  }
  std::string header;
  {
    std::lock_guard lock(mutex_);
    EncodeHeader(&header, {SegmentKind::kBatches, MarkLocked(), core_->id, id_});
  }
  const std::string path = PathOf(next_serial_, SegmentKind::kBatches);
  auto file = files.Create(path, Growth::kAhead);
  if (!file.ok() && file.error().Is(errors::kAlreadyThere)) {
    // Left by a try of ours whose first write failed.
    FIRN_TRY(files.Remove(path));
    file = files.Create(path, Growth::kAhead);
  }
  if (!file.ok()) return std::move(file).error();
  active_ = std::move(*file);
  writing->new_file = true;
  writing->header_end = writing->offset = header.size();
  return active_->Write(header);
}

void TableBuffer::WriteGroup(std::vector<Done>* done) {
  Writing writing;
  {
    std::lock_guard lock(mutex_);
    listed_ = false;
    writing.group = std::exchange(pending_, Group{});
    writing.group.end = next_;
    core_->pending -= writing.group.appends;
    if (writing.group.bytes.empty()) {  // only those that wait for what is durable by now
      for (Waiter& waiter : writing.group.waiters) {
        done->push_back({std::move(waiter.done), std::move(waiter.result), waiter.lane});
      }
      return;
    }
    if (active_ && segments_.back().bytes >= core_->limits.segment_bytes) active_.reset();
    if (active_) {
      writing.offset = segments_.back().bytes;
      writing.header_end = segments_.back().header_end;
    }
    writing_ = Writing{};  // Free leaves the active file alone meanwhile
  }
  if (std::string why = core_->stopped(); !why.empty()) {
    return FailAll(std::move(writing.group), Outcome::kStopped, why, done);
  }
  Status written = active_ ? Ok() : OpenActive(&writing);
  if (written.ok()) {
    const std::string synced = EncodeSynced(writing.offset);
    std::memcpy(writing.group.bytes.data(), synced.data(), synced.size());
    written = active_->Write(writing.group.bytes);
  }
  if (written.ok()) {
    std::lock_guard lock(mutex_);
    writing_ = std::move(writing);
    return;
  }
  std::string why = written.error().Message();
  if (written.error().Is(errors::kWriterStopped)) {
    active_.reset();
    core_->Stop(why);
    return FailAll(std::move(writing.group), Outcome::kStopped, why, done);
  }
  if (writing.new_file || !active_) {
    active_.reset();
    (void)core_->files->Remove(PathOf(next_serial_, SegmentKind::kBatches));
  } else if (Status cut = active_->Truncate(writing.offset); !cut.ok()) {
    active_.reset();
    std::lock_guard lock(mutex_);
    damage_ = "a failed write could not be taken back: " + cut.error().Message() + "; restart the server";
  }
  log::warn("ingest buffer: {}", why);
  FailAll(std::move(writing.group), Outcome::kUnwritten, why, done);
}

void TableBuffer::SyncGroup(std::vector<Done>* done) {
  Writing writing;
  {
    std::lock_guard lock(mutex_);
    if (!writing_) return;
    writing = std::move(*writing_);
    writing_ = Writing{};
  }
  Status synced = active_->Sync();
  if (synced.ok() && writing.new_file) synced = core_->files->SyncFolder(id_);
  if (synced.ok()) return Publish(std::move(writing), done);
  const std::string why = synced.error().Message();
  if (synced.error().Is(errors::kStorage) && !core_->files->appends()) {
    // The store wrote nothing; the next group takes the same name.
    active_.reset();
    return FailAll(std::move(writing.group), Outcome::kUnwritten, why, done);
  }
  active_.reset();
  core_->Stop(why);
  FailAll(std::move(writing.group), Outcome::kStopped, why, done);
}

void TableBuffer::Publish(Writing writing, std::vector<Done>* done) {
  Group& group = writing.group;
  std::lock_guard lock(mutex_);
  writing_.reset();
  if (writing.new_file) {
    Segment segment;
    segment.serial = next_serial_++;
    segment.first = segment.end = durable_;
    segment.header_end = segment.bytes = writing.header_end;
    log_bytes_ += segment.bytes;
    core_->log_bytes += segment.bytes;
    segments_.push_back(std::move(segment));
  }
  Segment& segment = segments_.back();
  segment.index.push_back({durable_, writing.offset, group.first_at});
  segment.bytes += group.bytes.size();
  segment.end = group.end;
  durable_ = group.end;
  if (group.last_seq != 0) last_seq_ = group.last_seq;
  const uint64_t counted = group.bytes.size() - kSyncedSize;
  log_bytes_ += group.bytes.size();
  core_->log_bytes += group.bytes.size();
  in_flight_ -= counted;
  core_->in_flight -= counted;
  done->reserve(done->size() + group.waiters.size());
  for (Waiter& waiter : group.waiters) {
    if (waiter.key) {
      waiter.key->durable = true;
      segment.keys.push_back(std::move(waiter.key));
    }
    if (!waiter.channel.empty()) channels_.SetDurable(waiter.channel, waiter.result.channel, segment.serial);
    done->push_back({std::move(waiter.done), std::move(waiter.result), waiter.lane});
  }
  if (!core_->files->appends()) active_.reset();
  if (pending_.bytes.empty() && pending_.bytes.capacity() < kSyncedSize && group.bytes.capacity() <= kSpareBytes) {
    group.bytes.clear();
    pending_.bytes = std::move(group.bytes);
  }
}

Micros TableBuffer::Pause() {
  const BufferLimits& limits = core_->limits;
  auto share = [](uint64_t bytes, uint64_t most) { return static_cast<double>(bytes) / static_cast<double>(most); };
  double full = share(core_->log_bytes.load(), limits.all_bytes);
  {
    std::lock_guard lock(mutex_);
    full = std::max(full, share(log_bytes_, limits.table_bytes));
  }
  const double beyond = std::clamp(2 * full - 1, 0.0, 1.0);
  return static_cast<Micros>(beyond * beyond * static_cast<double>(limits.pace_most));
}

void TableBuffer::FailAll(Group group, Outcome outcome, const std::string& why, std::vector<Done>* done) {
  std::lock_guard lock(mutex_);
  writing_.reset();
  // What was appended meanwhile stands on what failed: its positions and offsets follow it.
  Group later = std::exchange(pending_, Group{});
  for (Group* failed : {&group, &later}) {
    if (!failed->bytes.empty()) {
      in_flight_ -= failed->bytes.size() - kSyncedSize;
      core_->in_flight -= failed->bytes.size() - kSyncedSize;
    }
    for (Waiter& waiter : failed->waiters) {
      if (waiter.key) keys_.Remove(waiter.key);
      AppendResult result;
      result.outcome = outcome;
      result.message =
          (outcome == Outcome::kStopped ? "the ingest buffer takes no more rows: " : "not written: ") + why;
      result.retry_after_seconds = 5;
      done->push_back({std::move(waiter.done), std::move(result), waiter.lane});
    }
  }
  next_ = durable_;
  channels_.BackToDurable();
}

}  // namespace firn::pipeline
