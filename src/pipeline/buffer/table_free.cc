// What a table's buffer lets go once it is applied, and the state that outlives it.
#include <algorithm>
#include <utility>

#include "base/errors.h"
#include "base/log.h"
#include "pipeline/buffer/table_buffer.h"

namespace firn::pipeline {

namespace {

constexpr size_t kStateFilesMax = 32;
constexpr uint64_t kStateSlack = 4 << 20;
constexpr size_t kKeysPerRecord = 10000;

void EncodeAllKeys(std::string* out, const std::vector<std::shared_ptr<StoredKey>>& keys) {
  for (size_t i = 0; i < keys.size(); i += kKeysPerRecord) {
    auto end = keys.begin() + static_cast<std::ptrdiff_t>(std::min(keys.size(), i + kKeysPerRecord));
    EncodeKeys(out, {keys.begin() + static_cast<std::ptrdiff_t>(i), end});
  }
}

}  // namespace

std::string TableBuffer::SnapshotState() {
  std::vector<std::shared_ptr<StoredKey>> keys = keys_.Durable();
  const Micros now = core_->clock.Now();
  std::erase_if(keys, [&](const auto& key) { return key->expires <= now; });
  std::ranges::sort(keys, {}, [](const auto& key) { return key->expires; });
  std::string out;
  EndRecord(&out, BeginRecord(&out), RecordType::kSnapshot);
  EncodeMark(&out, MarkLocked());
  EncodeAllKeys(&out, keys);
  if (auto channels = channels_.Snapshot(); !channels.empty()) EncodeChannels(&out, channels);
  return out;
}

TableBuffer::Freed TableBuffer::PlanFree(uint64_t up_to) {
  Freed plan;
  bool mark = false;
  if (up_to > durable_) {
    next_ = durable_ = up_to;
    active_.reset();  // the next segment's header says where it goes on
    mark = true;
  }
  applied_ = std::max(applied_, up_to);
  std::vector<std::shared_ptr<StoredKey>> keys;
  const Micros now = core_->clock.Now();
  for (size_t i = 0; i < segments_.size() && segments_[i].end <= applied_; ++i) {
    const Segment& segment = segments_[i];
    if (i + 1 == segments_.size()) {
      const bool idle = !writing_ && pending_.bytes.empty() && core_->files->appends();
      if (!idle || (active_ && segment.bytes < core_->limits.free_active_bytes)) break;
      active_.reset();
      mark = true;
    }
    plan.serials.push_back(segment.serial);
    plan.bytes += segment.bytes;
    for (const auto& key : segment.keys) {
      if (key->expires > now && keys_.Find(key->key, now) == key) keys.push_back(key);
    }
  }
  std::vector<NamedChannel> channels;
  if (!plan.serials.empty()) channels = channels_.TakeHomesBelow(plan.serials.back() + 1);
  if (mark) EncodeMark(&plan.state, MarkLocked());
  EncodeAllKeys(&plan.state, keys);
  if (!channels.empty()) EncodeChannels(&plan.state, channels);
  const bool grown = state_bytes_ + plan.state.size() > 2 * keys_.bytes() + kStateSlack;
  if (snapshot_needed_ || (!plan.state.empty() && (grown || state_serials_.size() >= kStateFilesMax))) {
    plan.state = SnapshotState();
    plan.snapshot = true;
  }
  return plan;
}

Status TableBuffer::WriteState(const std::string& bytes, bool snapshot) {
  Files& files = *core_->files;
  std::string out;
  const bool begins = snapshot || !state_file_ || !files.appends();
  const std::string path = PathOf(begins ? next_state_ : state_serials_.back(), SegmentKind::kState);
  if (begins) {
    FIRN_TRY(files.MakeFolder(id_));
    state_file_.reset();
    FIRN_TRY(files.Remove(path));  // left by a try of ours that failed
    FIRN_ASSIGN(state_file_, files.Create(path, Growth::kExact));
    std::lock_guard lock(mutex_);
    EncodeHeader(&out, {SegmentKind::kState, MarkLocked(), core_->id, id_});
  }
  // The first record tells a snapshot, so kSynced comes after it.
  if (!begins) out += EncodeSynced(state_file_bytes_);
  out += bytes;
  if (Status written = state_file_->Write(out); !written.ok()) {
    if (begins) (void)files.Remove(path);
    if (!begins) (void)state_file_->Truncate(state_file_bytes_);
    state_file_.reset();
    return written;
  }
  Status synced = state_file_->Sync();
  if (synced.ok() && begins) synced = files.SyncFolder(id_);
  if (!synced.ok()) {
    state_file_.reset();
    if (!synced.error().Is(errors::kStorage)) core_->Stop(synced.error().Message());
    return synced;
  }
  if (!begins) {
    state_file_bytes_ += out.size();
    state_bytes_ += out.size();
    return Ok();
  }
  std::vector<uint64_t> replaced;
  if (snapshot) replaced = std::exchange(state_serials_, {});
  state_serials_.push_back(next_state_++);
  state_file_bytes_ = out.size();
  state_bytes_ = snapshot ? out.size() : state_bytes_ + out.size();
  for (uint64_t serial : replaced) FIRN_TRY(files.Remove(PathOf(serial, SegmentKind::kState)));
  return Ok();
}

Status TableBuffer::Free(uint64_t up_to) {
  std::lock_guard free_lock(free_mutex_);
  if (std::string why = core_->stopped(); !why.empty()) return Error(errors::kWriterStopped, {why});
  Freed plan;
  {
    std::lock_guard lock(mutex_);
    if (!damage_.empty()) return Error(errors::kCorrupt, {core_->files->Name(id_), damage_});
    if (up_to > durable_ && (next_ != durable_ || writing_)) {
      return Error(errors::kInvalidInput, {"position " + std::to_string(up_to) + " of table '" + id_ +
                                           "' is beyond its buffer's end " + std::to_string(durable_)});
    }
    plan = PlanFree(up_to);
  }
  if (!plan.state.empty()) {
    Status written = WriteState(plan.state, plan.snapshot);
    snapshot_needed_ = !written.ok();
    FIRN_TRY(written);
  }
  for (uint64_t serial : plan.serials) FIRN_TRY(core_->files->Remove(PathOf(serial, SegmentKind::kBatches)));
  std::lock_guard lock(mutex_);
  std::erase_if(segments_,
                [&](const Segment& segment) { return std::ranges::binary_search(plan.serials, segment.serial); });
  std::erase_if(holes_, [&](const Hole& hole) { return hole.to <= applied_; });
  log_bytes_ -= plan.bytes;
  core_->log_bytes -= plan.bytes;
  return Ok();
}

}  // namespace firn::pipeline
