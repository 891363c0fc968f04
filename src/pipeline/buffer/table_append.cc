// What is admitted to a table's buffer, and how it joins the pending group.
#include <algorithm>
#include <utility>

#include "pipeline/buffer/table_buffer.h"

namespace firn::pipeline {

namespace {

constexpr size_t kKeyMax = 255;
constexpr size_t kChannelNameMax = 255;
constexpr size_t kOpMax = 255;
constexpr size_t kHashSize = 32;
/// A record's length is 32 bits.
constexpr uint64_t kRecordMax = 1ULL << 30;
constexpr int kRetrySoon = 1;
constexpr int kRetryLater = 5;
constexpr int kRetryKeys = 60;

Outcome Refuse(AppendResult* result, Outcome outcome, std::string message, int retry_after_seconds = 0) {
  result->outcome = outcome;
  result->message = std::move(message);
  result->retry_after_seconds = retry_after_seconds;
  return outcome;
}

std::string Limit(const char* what, uint64_t limit) { return std::string(what) + " (" + std::to_string(limit) + ")"; }

}  // namespace

TableBuffer::TableBuffer(std::shared_ptr<BufferCore> core, std::string id)
    : core_(std::move(core)), id_(std::move(id)) {}

void TableBuffer::Append(const Batch& batch, OnAppended on_appended, int lane) {
  const uint64_t size = SizeOfRows(batch);
  const Micros now = core_->clock.Now();
  AppendResult result;
  {
    std::lock_guard lock(mutex_);
    switch (Admit(batch, size, now, &result)) {
      case Outcome::kDurable:
        result.ack.batch_id = batch.batch_id;
        if (batch.rows.empty() && !batch.key && !batch.channel) break;  // nothing to keep
        return Enqueue(batch, size, now, {std::move(on_appended), lane, std::move(result), nullptr, {}});
      case Outcome::kDuplicate: {
        const Channel* channel = channels_.Find(batch.channel->name);
        result.channel = channel->current;
        // What it repeats may still be in flight: acknowledged after it.
        if (channel->durable == channel->current) break;
        pending_.waiters.push_back({std::move(on_appended), lane, std::move(result), nullptr, {}});
        return WakeLocked();
      }
      default:
        break;
    }
  }
  on_appended(std::move(result));
}

bool TableBuffer::TakesNothing(AppendResult* result) {
  if (core_->closing.load(std::memory_order_acquire)) {
    Refuse(result, Outcome::kClosing, "the server is shutting down", kRetryLater);
  } else if (std::string why = core_->stopped(); !why.empty()) {
    Refuse(result, Outcome::kStopped, "the ingest buffer takes no more rows: " + why, kRetryKeys);
  } else if (!damage_.empty()) {
    Refuse(result, Outcome::kTableDamaged, damage_, kRetryKeys);
  } else {
    return false;
  }
  return true;
}

Outcome TableBuffer::AdmitKey(const RequestKey& key, AppendResult* result) {
  if (key.key.empty() || key.key.size() > kKeyMax || key.body_hash.size() != kHashSize) {
    return Refuse(result, Outcome::kInvalid, "an Idempotency-Key has 1 to " + std::to_string(kKeyMax) + " bytes");
  }
  const Micros now = core_->clock.Now();
  keys_.Expire(now);
  std::shared_ptr<StoredKey> stored = keys_.Find(key.key, now);
  if (!stored) {
    if (keys_.size() < core_->limits.keys) return Outcome::kDurable;
    return Refuse(result, Outcome::kKeysFull,
                  "this table has as many idempotency keys of the last 24 hours as " +
                      Limit("the limit", core_->limits.keys) + " allows",
                  kRetryKeys);
  }
  if (stored->body_hash != key.body_hash) {
    return Refuse(result, Outcome::kKeyMismatch, "this Idempotency-Key came before with another body");
  }
  if (!stored->durable) {
    return Refuse(result, Outcome::kKeyInFlight, "the first request with this Idempotency-Key is not answered yet",
                  kRetrySoon);
  }
  result->ack = stored->ack;
  result->answer = stored->answer;
  return result->outcome = Outcome::kReplayed;
}

Outcome TableBuffer::Admit(const Batch& batch, uint64_t size, Micros now, AppendResult* result) {
  if (TakesNothing(result)) return result->outcome;
  if (size > kRecordMax) return Refuse(result, Outcome::kInvalid, "a batch is larger than 1 GiB");
  for (const BatchRow& row : batch.rows) {
    if (row.op.size() > kOpMax) return Refuse(result, Outcome::kInvalid, "_op is longer than 255 bytes");
  }
  if (batch.key) {
    if (Outcome outcome = AdmitKey(*batch.key, result); outcome != Outcome::kDurable) return outcome;
  }
  if (batch.channel) {
    std::string message;
    const Outcome outcome = channels_.Check(*batch.channel, &message);
    const Channel* channel = channels_.Find(batch.channel->name);
    if (channel != nullptr) result->channel = channel->current;
    if (outcome == Outcome::kDuplicate) return result->outcome = outcome;
    if (outcome != Outcome::kDurable) return Refuse(result, outcome, std::move(message));
  }
  const BufferLimits& limits = core_->limits;
  if (core_->in_flight.load() + size > limits.in_flight_bytes) {
    return Refuse(result, Outcome::kInFlightFull,
                  "too many bytes wait to be written" + Limit("", limits.in_flight_bytes), kRetrySoon);
  }
  if (log_bytes_ + in_flight_ + size > limits.table_bytes) {
    return Refuse(result, Outcome::kTableFull, "the buffer of this table is full" + Limit("", limits.table_bytes),
                  kRetryLater);
  }
  if (core_->log_bytes.load() + core_->in_flight.load() + size > limits.all_bytes) {
    return Refuse(result, Outcome::kBufferFull, "the ingest buffer is full" + Limit("", limits.all_bytes), kRetryLater);
  }
  if (core_->DiskLow(now)) {
    return Refuse(result, Outcome::kDiskLow,
                  "less than the reserve" + Limit("", limits.disk_reserve) + " is free on the disk", kRetryLater);
  }
  return Outcome::kDurable;
}

std::string* TableBuffer::PendingBytes(Micros now) {
  if (pending_.bytes.empty()) {
    pending_.bytes.assign(kSyncedSize, '\0');
    pending_.first_at = now;
  }
  return &pending_.bytes;
}

void TableBuffer::WakeLocked() {
  if (std::exchange(listed_, true)) return;
  core_->wake(shared_from_this());
}

void TableBuffer::Enqueue(const Batch& batch, uint64_t size, Micros now, Waiter waiter) {
  std::string* bytes = PendingBytes(now);
  const size_t before = bytes->size();
  if (bytes->capacity() < before + size) bytes->reserve(std::max<size_t>(before + size, bytes->capacity() * 2));
  RowsRecord head;
  head.first_position = next_;
  head.first_seq = batch.rows.empty() ? 0 : core_->sequence.Take(batch.rows.size(), now);
  head.rows = static_cast<uint32_t>(batch.rows.size());
  head.ingested_at = now;
  waiter.result.ack = {std::string(batch.batch_id), head.first_seq, head.last_seq(), next_, head.rows};
  ChannelState channel_after;
  if (batch.channel) {
    channel_after = channels_.AfterWrite(*batch.channel);
    waiter.channel = batch.channel->name;
    channels_.SetCurrent(waiter.channel, channel_after);
    waiter.result.channel = channel_after;
  }
  const Micros key_expires = head.ingested_at + core_->limits.key_lifetime;
  if (batch.key) {
    waiter.key = std::make_shared<StoredKey>();
    waiter.key->key = batch.key->key;
    waiter.key->body_hash = batch.key->body_hash;
    waiter.key->answer = batch.key->answer;
    waiter.key->ack = waiter.result.ack;
    waiter.key->expires = key_expires;
    keys_.Add(waiter.key);
  }
  EncodeRows(bytes, batch, head, channel_after, key_expires);
  next_ += head.rows;
  if (head.rows > 0) pending_.last_seq = head.last_seq();
  in_flight_ += bytes->size() - before;
  core_->in_flight += bytes->size() - before;
  ++pending_.appends;
  if (++core_->pending >= core_->wanted) core_->enough();
  pending_.waiters.push_back(std::move(waiter));
  WakeLocked();
}

std::optional<AppendResult> TableBuffer::FindKey(std::string_view key, std::string_view body_hash) {
  std::lock_guard lock(mutex_);
  AppendResult result;
  if (AdmitKey({key, body_hash, {}}, &result) == Outcome::kDurable) return std::nullopt;
  if (result.outcome == Outcome::kKeysFull) return std::nullopt;
  return result;
}

void TableBuffer::EnqueueChannel(const std::string& name, const ChannelState& after, OnAppended done, int lane) {
  channels_.SetCurrent(name, after);
  std::string* bytes = PendingBytes(core_->clock.Now());
  const size_t before = bytes->size();
  EncodeChannels(bytes, {{name, after}});
  in_flight_ += bytes->size() - before;
  core_->in_flight += bytes->size() - before;
  AppendResult result;
  result.channel = after;
  pending_.waiters.push_back({std::move(done), lane, std::move(result), nullptr, name});
  WakeLocked();
}

void TableBuffer::OpenChannel(const std::string& name, OnAppended on_open, int lane) {
  AppendResult result;
  {
    std::lock_guard lock(mutex_);
    if (TakesNothing(&result)) {
    } else if (name.empty() || name.size() > kChannelNameMax) {
      Refuse(&result, Outcome::kInvalid, "the name of a channel has 1 to 255 bytes");
    } else if (channels_.Find(name) == nullptr && channels_.size() >= core_->limits.channels) {
      Refuse(&result, Outcome::kChannelsFull,
             "this table has as many channels as " + Limit("the limit", core_->limits.channels) + " allows",
             kRetryKeys);
    } else {
      EnqueueChannel(name, channels_.AfterOpen(name, ++epochs_), std::move(on_open), lane);
      return;
    }
  }
  on_open(std::move(result));
}

void TableBuffer::DeleteChannel(const std::string& name, OnAppended on_deleted, int lane) {
  AppendResult result;
  {
    std::lock_guard lock(mutex_);
    if (TakesNothing(&result)) {
    } else if (channels_.Find(name) == nullptr) {
      Refuse(&result, Outcome::kChannelUnknown, "channel '" + name + "' is not open");
    } else {
      EnqueueChannel(name, channels_.AfterDelete(name), std::move(on_deleted), lane);
      return;
    }
  }
  on_deleted(std::move(result));
}

std::optional<ChannelState> TableBuffer::FindChannel(std::string_view name) {
  std::lock_guard lock(mutex_);
  const Channel* channel = channels_.Find(name);
  if (channel == nullptr || channel->durable.epoch == 0) return std::nullopt;
  return channel->durable;
}

std::vector<NamedChannel> TableBuffer::ListChannels() {
  std::lock_guard lock(mutex_);
  return channels_.Alive();
}

TableBufferStatus TableBuffer::status() {
  std::lock_guard lock(mutex_);
  TableBufferStatus out;
  out.log_bytes = log_bytes_ + in_flight_;
  out.segments = segments_.size();
  out.applied = applied_;
  out.durable = durable_;
  out.lag_rows = durable_ - std::min(applied_, durable_);
  out.last_seq = last_seq_;
  out.keys = keys_.size();
  out.channels = channels_.size();
  out.damage = damage_;
  for (const Segment& segment : segments_) {
    if (segment.end <= applied_) continue;
    uint64_t from = segment.header_end;
    auto entry = std::upper_bound(segment.index.begin(), segment.index.end(), applied_,
                                  [](uint64_t at, const IndexEntry& other) { return at < other.position; });
    if (entry != segment.index.begin()) from = (--entry)->offset;
    if (out.lag == 0 && entry != segment.index.end()) {
      out.lag = std::max<Micros>(core_->clock.Now() - entry->at, 1);
    }
    out.lag_bytes += segment.bytes - from;
  }
  return out;
}

}  // namespace firn::pipeline
