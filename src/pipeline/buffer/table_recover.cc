// What a start finds of a table: state files, then batches, in order.
#include <algorithm>
#include <utility>

#include "base/errors.h"
#include "base/log.h"
#include "pipeline/buffer/bytes.h"
#include "pipeline/buffer/table_buffer.h"

namespace firn::pipeline {

void TableBuffer::NoteMark(const Mark& mark) {
  durable_ = std::max(durable_, mark.position);
  epochs_ = std::max(epochs_, mark.epochs);
  core_->sequence.AtLeast(mark.last_seq);
}

bool TableBuffer::ApplyState(const Record& record) {
  switch (record.type) {
    case RecordType::kSynced:
      return true;
    case RecordType::kSnapshot:
      keys_.Clear();
      channels_.Clear();
      return true;
    case RecordType::kKeys: {
      std::vector<std::shared_ptr<StoredKey>> keys;
      if (!DecodeKeys(record.payload, &keys)) return false;
      for (auto& key : keys) {
        key->durable = true;
        keys_.Add(std::move(key));
      }
      return true;
    }
    case RecordType::kChannels: {
      std::vector<NamedChannel> channels;
      if (!DecodeChannels(record.payload, &channels)) return false;
      for (const NamedChannel& channel : channels) {
        channels_.SetCurrent(channel.name, channel.state);
        channels_.SetDurable(channel.name, channel.state, 0);
        epochs_ = std::max(epochs_, channel.state.epoch);
      }
      return true;
    }
    case RecordType::kMark: {
      Mark mark;
      if (!DecodeMark(record.payload, &mark)) return false;
      NoteMark(mark);
      return true;
    }
    default:
      return false;
  }
}

bool TableBuffer::ApplyBatches(const Record& record, Segment* segment) {
  if (record.type == RecordType::kSynced) {
    segment->index.push_back({replayed_, record.offset, 0});
    return true;
  }
  if (segment->index.empty()) segment->index.push_back({replayed_, record.offset, 0});
  if (record.type == RecordType::kChannels) {
    std::vector<NamedChannel> channels;
    if (!DecodeChannels(record.payload, &channels)) return false;
    for (const NamedChannel& channel : channels) {
      channels_.SetCurrent(channel.name, channel.state);
      channels_.SetDurable(channel.name, channel.state, segment->serial);
      epochs_ = std::max(epochs_, channel.state.epoch);
    }
    return true;
  }
  if (record.type != RecordType::kRows) return false;
  auto rows = DecodeRows(record.payload);
  if (!rows) return false;
  if (segment->index.back().at == 0) segment->index.back().at = rows->ingested_at;
  replayed_ = std::max(replayed_, rows->first_position + rows->rows);
  segment->end = replayed_;
  if (rows->rows > 0) {
    last_seq_ = std::max(last_seq_, rows->last_seq());
    core_->sequence.AtLeast(rows->last_seq());
  }
  if (rows->key) {
    auto key = std::make_shared<StoredKey>(std::move(*rows->key));
    key->durable = true;
    segment->keys.push_back(key);
    keys_.Add(std::move(key));
  }
  if (rows->has_channel) {
    channels_.SetCurrent(std::string(rows->channel), rows->channel_state);
    channels_.SetDurable(std::string(rows->channel), rows->channel_state, segment->serial);
    epochs_ = std::max(epochs_, rows->channel_state.epoch);
  }
  return true;
}

Status TableBuffer::RecoverState(const SegmentName& name, bool is_last) {
  const std::string path = PathOf(name.serial, SegmentKind::kState);
  FIRN_ASSIGN(std::string bytes, core_->files->Read(path, 0, UINT64_MAX));
  SegmentScan scan = ScanSegment(bytes, SegmentKind::kState, is_last, core_->id, id_);
  if (!scan.damage.empty()) {
    (void)Damaged(path, scan.whole, scan.damage);
    return Ok();
  }
  if (scan.torn) {
    if (!scan.header) return core_->files->Remove(path);
    FIRN_TRY(core_->files->Cut(path, scan.whole));
  }
  NoteMark(scan.header->mark);
  for (const Record& record : scan.records) {
    if (!ApplyState(record)) {
      (void)Damaged(path, record.offset, "a record's content is wrong");
      return Ok();
    }
  }
  state_serials_.push_back(name.serial);
  state_bytes_ += scan.whole;
  return Ok();
}

Status TableBuffer::RecoverBatches(const SegmentName& name, bool is_last) {
  const std::string path = PathOf(name.serial, SegmentKind::kBatches);
  FIRN_ASSIGN(std::string bytes, core_->files->Read(path, 0, UINT64_MAX));
  SegmentScan scan = ScanSegment(bytes, SegmentKind::kBatches, is_last, core_->id, id_);
  if (!scan.damage.empty()) {
    (void)Damaged(path, scan.whole, scan.damage);
    return Ok();
  }
  if (scan.torn) {
    log::warn("ingest buffer: '{}' ended in {} bytes of a write that was never acknowledged; they are dropped",
              core_->files->Name(path), bytes.size() - scan.whole);
    if (!scan.header) return core_->files->Remove(path);
    FIRN_TRY(core_->files->Cut(path, scan.whole));
  }
  const uint64_t before = replayed_;
  NoteMark(scan.header->mark);
  replayed_ = std::max(replayed_, scan.header->mark.position);
  if (!segments_.empty()) {
    const Segment& last = segments_.back();
    const uint64_t position = scan.header->mark.position;
    if (name.serial != last.serial + 1) {
      holes_.push_back({last.serial + 1, before, position, "the file is missing with rows "});
    } else if (last.zeros) {
      holes_.push_back({last.serial, before, position, "it ends in zeros instead of rows "});
    }
  }
  Segment segment;
  segment.serial = name.serial;
  segment.first = segment.end = replayed_;
  segment.header_end = scan.header_end;
  segment.bytes = scan.whole;
  segment.zeros = scan.zeros;
  for (const Record& record : scan.records) {
    if (!ApplyBatches(record, &segment)) {
      (void)Damaged(path, record.offset, "a record's content is wrong");
      return Ok();
    }
  }
  log_bytes_ += segment.bytes;
  core_->log_bytes += segment.bytes;
  segments_.push_back(std::move(segment));
  next_serial_ = name.serial + 1;
  return Ok();
}

Status TableBuffer::Recover() {
  FIRN_ASSIGN(std::vector<SegmentName> names, ListSegments(*core_->files, id_));
  std::vector<SegmentName> state;
  std::vector<SegmentName> batches;
  for (const SegmentName& name : names) (name.kind == SegmentKind::kState ? state : batches).push_back(name);
  // A snapshot replaces what is before it, which may be there still.
  size_t from = 0;
  for (size_t i = state.size(); i-- > 1;) {
    FIRN_ASSIGN(std::string head, core_->files->Read(PathOf(state[i].serial, SegmentKind::kState), 0, 4096));
    SegmentScan scan = ScanSegment(head, SegmentKind::kState, true, core_->id, id_);
    if (scan.header && !scan.records.empty() && scan.records.front().type == RecordType::kSnapshot) {
      from = i;
      break;
    }
  }
  for (size_t i = 0; i < from; ++i) FIRN_TRY(core_->files->Remove(PathOf(state[i].serial, SegmentKind::kState)));
  for (size_t i = from; i < state.size(); ++i) FIRN_TRY(RecoverState(state[i], i + 1 == state.size()));
  if (!state.empty()) next_state_ = state.back().serial + 1;
  for (size_t i = 0; i < batches.size(); ++i) FIRN_TRY(RecoverBatches(batches[i], i + 1 == batches.size()));
  keys_.Expire(core_->clock.Now());
  next_ = durable_ = std::max(durable_, replayed_);
  folder_made_ = true;
  return Ok();
}

Status TableBuffer::FenceOthers() {
  if (core_->files->appends() || segments_.empty()) return Ok();
  std::string header;
  EncodeHeader(&header, {SegmentKind::kBatches, MarkLocked(), core_->id, id_});
  FIRN_ASSIGN(std::unique_ptr<File> file,
              core_->files->Create(PathOf(next_serial_, SegmentKind::kBatches), Growth::kExact));
  FIRN_TRY(file->Write(header));
  FIRN_TRY(file->Sync());
  Segment segment;
  segment.serial = next_serial_++;
  segment.first = segment.end = durable_;
  segment.header_end = segment.bytes = header.size();
  log_bytes_ += segment.bytes;
  core_->log_bytes += segment.bytes;
  segments_.push_back(std::move(segment));
  return Ok();
}

Status TableBuffer::Discard() {
  std::lock_guard free_lock(free_mutex_);
  state_file_.reset();
  FIRN_ASSIGN(std::vector<SegmentName> names, ListSegments(*core_->files, id_));
  for (const SegmentName& name : names) FIRN_TRY(core_->files->Remove(PathOf(name.serial, name.kind)));
  std::lock_guard lock(mutex_);
  active_.reset();
  core_->log_bytes -= log_bytes_;
  log_bytes_ = 0;
  segments_.clear();
  return core_->files->RemoveFolder(id_);
}

}  // namespace firn::pipeline
