// What stands in the records of a segment: batches, idempotency keys, channels, marks. Encoding and decoding only.
// Inner part of `pipeline/buffer`; pure; any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/buffer/batch.h"

namespace firn::pipeline {

struct StoredKey {
  std::string key;
  std::string body_hash;
  std::string answer;
  Ack ack;
  Micros expires = 0;
  bool durable = false;  ///< false: in flight
};

/// How far things have come, where the segments that showed it are freed.
struct Mark {
  uint64_t position = 0;
  int64_t last_seq = 0;
  uint64_t epochs = 0;
};

struct RowsRecord {
  uint64_t first_position = 0;
  int64_t first_seq = 0;
  Micros ingested_at = 0;
  int32_t schema_version = 0;
  uint32_t rows = 0;
  std::string_view batch_id;
  std::string_view op;
  std::optional<StoredKey> key;
  bool has_channel = false;
  std::string_view channel;
  ChannelState channel_state;  ///< after this batch
  int64_t start_offset = 0;
  int64_t end_offset = 0;
  std::string_view row_heads;
  std::string_view row_bytes;

  int64_t last_seq() const { return rows == 0 ? 0 : first_seq + (static_cast<int64_t>(rows) - 1) * 1024; }
};

/// Adds a kRows record. `channel_after` is used where the batch names a channel, `key_expires` where it has a key.
void EncodeRows(std::string* out, const Batch& batch, const RowsRecord& head, const ChannelState& channel_after,
                Micros key_expires);
/// What EncodeRows adds at most.
size_t SizeOfRows(const Batch& batch);
/// Nothing where the payload is no such thing.
std::optional<RowsRecord> DecodeRows(std::string_view payload);
/// The rows from `position` on into `chunk` until it has `max_rows` or `max_bytes`. False where the payload is no such
/// thing.
bool TakeRows(const RowsRecord& record, uint64_t position, size_t max_rows, size_t max_bytes, Chunk* chunk);

void EncodeKeys(std::string* out, const std::vector<std::shared_ptr<StoredKey>>& keys);
bool DecodeKeys(std::string_view payload, std::vector<std::shared_ptr<StoredKey>>* out);

struct NamedChannel {
  std::string name;
  ChannelState state;
};
void EncodeChannels(std::string* out, const std::vector<NamedChannel>& channels);
bool DecodeChannels(std::string_view payload, std::vector<NamedChannel>* out);

void EncodeMark(std::string* out, const Mark& mark);
bool DecodeMark(std::string_view payload, Mark* out);

}  // namespace firn::pipeline
