// What goes into a table's buffer and what comes out: a batch of rows of raw JSON, its answer, and the chunks that the
// bronze commit reads. Plain values; any thread.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace firn::pipeline {

/// Of BatchRow::flags.
inline constexpr uint8_t kRowQuarantined = 1;  ///< for the error table: `note` is a QuarantineNote (ingest/row_note.h)
inline constexpr uint8_t kRowRescued = 2;      ///< `note` is the JSON array of the fields that go to `_rescued`

struct BatchRow {
  std::string_view raw;  ///< the row's bytes as they came
  uint8_t flags = 0;
  std::string_view op;    ///< `_op`, at most 255 bytes; empty: the batch's
  std::string_view note;  ///< kept with the row
};

/// Idempotency-Key of a request. `answer` is kept with the rows and given back with the Ack to a repeated request.
struct RequestKey {
  std::string_view key;
  std::string_view body_hash;  ///< 32 bytes (Sha256)
  std::string_view answer;
};

/// Where a batch stands in its channel; offsets are those of the client's source, both inclusive.
struct ChannelWrite {
  std::string_view name;
  uint64_t epoch = 0;
  int64_t start = 0;
  int64_t end = 0;
  std::string_view continuation;  ///< the token of the last answer; empty: not checked
};

/// Everything is copied during TableBuffer::Append.
struct Batch {
  std::span<const BatchRow> rows;
  std::string_view batch_id;
  std::string_view op;
  int32_t schema_version = 0;
  std::optional<RequestKey> key;
  std::optional<ChannelWrite> channel;
};

struct ChannelState {
  uint64_t epoch = 0;
  std::optional<int64_t> committed;  ///< end of the last batch; none: nothing came yet
  uint64_t commits = 0;              ///< batches since the channel was made
  bool deleted = false;
  /// "<epoch>:<commits>"
  std::string Continuation() const;
  bool operator==(const ChannelState&) const = default;
};

enum class Outcome : uint8_t {
  kDurable,    ///< acknowledged: `ack` (and `channel`)
  kReplayed,   ///< the key was there: `ack` and `answer` of the first request, which is durable
  kDuplicate,  ///< the channel has all of it, durably: `channel`
  // Refusals. Nothing was stored, but for kStopped and kUnwritten.
  kKeyMismatch,     ///< 422: the key came with another body
  kKeyInFlight,     ///< 409: the first request with the key is not answered yet
  kKeysFull,        ///< 429: BufferLimits::keys
  kChannelUnknown,  ///< 404
  kChannelFenced,   ///< 409: somebody opened the channel anew
  kChannelOffset,   ///< 409: overlap or gap; `channel.committed` says where to go on
  kChannelsFull,    ///< 429: BufferLimits::channels
  kTableFull,       ///< 429: BufferLimits::table_bytes
  kBufferFull,      ///< 429: BufferLimits::all_bytes
  kInFlightFull,    ///< 429: BufferLimits::in_flight_bytes
  kDiskLow,         ///< 503: BufferLimits::disk_reserve
  kClosing,         ///< 503: shutting down
  kTableDamaged,    ///< 503: `message` names file and offset; the other tables go on
  kUnwritten,       ///< 503: the write failed (a full disk); nothing of it is kept
  kStopped,         ///< 503: an fsync failed; it is unknown what is kept, and this buffer takes nothing more
  kInvalid,         ///< 400: `message` says what cannot be (name of a channel, length of a key, end before start)
};

struct Ack {
  std::string batch_id;
  int64_t first_seq = 0;  ///< of the rows; the next one's is 1,024 more. 0 where there are no rows
  int64_t last_seq = 0;
  uint64_t first_position = 0;
  uint32_t rows = 0;
};

struct AppendResult {
  Outcome outcome = Outcome::kDurable;
  Ack ack;
  std::string answer;    ///< kReplayed
  ChannelState channel;  ///< where a channel was named
  std::string message;   ///< of a refusal: one sentence for the client
  int retry_after_seconds = 0;
  bool ok() const { return outcome <= Outcome::kDuplicate; }
};
/// Called exactly once: by the buffer's sync thread (or through BufferOptions::post) after the group is durable, or by
/// the caller's own thread before Append returns where the answer is known at once. Must not block.
using OnAppended = std::function<void(AppendResult)>;

/// A batch as it is read back, with those of its rows that the chunk holds.
struct ChunkBatch {
  std::string_view batch_id;
  std::string_view channel;  ///< empty: none
  int64_t start_offset = 0;
  int64_t end_offset = 0;
  int32_t schema_version = 0;
  Micros ingested_at = 0;
};
struct ChunkRow {
  std::string_view raw;
  std::string_view op;
  std::string_view note;
  int64_t seq = 0;
  uint32_t batch = 0;  ///< index into Chunk::batches
  uint8_t flags = 0;
};
/// Durable rows in order. Views point into `bytes`.
struct Chunk {
  std::vector<ChunkBatch> batches;
  std::vector<ChunkRow> rows;
  uint64_t next = 0;  ///< what a commit that holds the rows has applied: the position for the next ReadFrom, for Free
  uint64_t raw_bytes = 0;  ///< of all raw and note
  std::deque<std::string> bytes;
};

}  // namespace firn::pipeline
