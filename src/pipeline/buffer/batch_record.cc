#include "pipeline/buffer/batch_record.h"

#include <algorithm>
#include <cstring>

#include "pipeline/buffer/bytes.h"
#include "pipeline/buffer/record.h"

namespace firn::pipeline {

namespace {

constexpr uint8_t kHasKey = 1;
constexpr uint8_t kHasChannel = 2;

struct RowHead {
  uint32_t raw;
  uint32_t note;
  uint8_t op;
  uint8_t flags;
  uint16_t unused;
};
static_assert(sizeof(RowHead) == 12);

/// Of a batch's own fields: numbers and lengths.
constexpr size_t kBatchHead = 256;

void PutChannel(std::string* out, const ChannelState& state) {
  PutNumber(out, state.epoch);
  PutNumber(out, static_cast<uint8_t>((state.committed ? 1 : 0) | (state.deleted ? 2 : 0)));
  PutNumber(out, state.committed.value_or(0));
  PutNumber(out, state.commits);
}

ChannelState TakeChannel(ByteReader* in) {
  ChannelState state;
  state.epoch = in->Number<uint64_t>();
  const auto flags = in->Number<uint8_t>();
  const auto committed = in->Number<int64_t>();
  if ((flags & 1) != 0) state.committed = committed;
  state.deleted = (flags & 2) != 0;
  state.commits = in->Number<uint64_t>();
  return state;
}

}  // namespace

std::string ChannelState::Continuation() const { return std::to_string(epoch) + ":" + std::to_string(commits); }

size_t SizeOfRows(const Batch& batch) {
  size_t size =
      kRecordHead + kBatchHead + batch.batch_id.size() + batch.op.size() + batch.rows.size() * sizeof(RowHead);
  for (const BatchRow& row : batch.rows) size += row.raw.size() + row.note.size() + row.op.size();
  if (batch.key) size += batch.key->key.size() + batch.key->body_hash.size() + batch.key->answer.size();
  if (batch.channel) size += batch.channel->name.size();
  return size;
}

void EncodeRows(std::string* out, const Batch& batch, const RowsRecord& head, const ChannelState& channel_after,
                Micros key_expires) {
  const size_t start = BeginRecord(out);
  PutNumber(out, head.first_position);
  PutNumber(out, head.first_seq);
  PutNumber(out, head.ingested_at);
  PutNumber(out, batch.schema_version);
  PutNumber(out, static_cast<uint32_t>(batch.rows.size()));
  PutNumber(out, static_cast<uint8_t>((batch.key ? kHasKey : 0) | (batch.channel ? kHasChannel : 0)));
  PutText(out, batch.batch_id);
  PutText(out, batch.op);
  if (batch.key) {
    PutText(out, batch.key->key);
    PutText(out, batch.key->body_hash);
    PutText(out, batch.key->answer);
    PutNumber(out, key_expires);
  }
  if (batch.channel) {
    PutText(out, batch.channel->name);
    PutChannel(out, channel_after);
    PutNumber(out, batch.channel->start);
    PutNumber(out, batch.channel->end);
  }
  size_t at = out->size();
  out->resize(at + batch.rows.size() * sizeof(RowHead));
  for (const BatchRow& row : batch.rows) {
    RowHead fields{static_cast<uint32_t>(row.raw.size()), static_cast<uint32_t>(row.note.size()),
                   static_cast<uint8_t>(row.op.size()), row.flags, 0};
    std::memcpy(out->data() + at, &fields, sizeof fields);
    at += sizeof fields;
  }
  for (const BatchRow& row : batch.rows) out->append(row.raw).append(row.op).append(row.note);
  EndRecord(out, start, RecordType::kRows);
}

std::optional<RowsRecord> DecodeRows(std::string_view payload) {
  ByteReader in(payload);
  RowsRecord record;
  record.first_position = in.Number<uint64_t>();
  record.first_seq = in.Number<int64_t>();
  record.ingested_at = in.Number<int64_t>();
  record.schema_version = in.Number<int32_t>();
  record.rows = in.Number<uint32_t>();
  const auto has = in.Number<uint8_t>();
  record.batch_id = in.Text();
  record.op = in.Text();
  if ((has & kHasKey) != 0) {
    StoredKey key;
    key.key = in.Text();
    key.body_hash = in.Text();
    key.answer = in.Text();
    key.expires = in.Number<int64_t>();
    key.ack = {std::string(record.batch_id), record.rows == 0 ? 0 : record.first_seq, record.last_seq(),
               record.first_position, record.rows};
    record.key = std::move(key);
  }
  if ((has & kHasChannel) != 0) {
    record.has_channel = true;
    record.channel = in.Text();
    record.channel_state = TakeChannel(&in);
    record.start_offset = in.Number<int64_t>();
    record.end_offset = in.Number<int64_t>();
  }
  record.row_heads = in.Take(record.rows * sizeof(RowHead));
  record.row_bytes = in.rest();
  if (!in.ok()) return std::nullopt;
  return record;
}

bool TakeRows(const RowsRecord& record, uint64_t position, size_t max_rows, size_t max_bytes, Chunk* chunk) {
  uint64_t offset = 0;
  bool named = false;
  for (uint32_t i = 0; i < record.rows; ++i) {
    RowHead head;
    std::memcpy(&head, record.row_heads.data() + i * sizeof head, sizeof head);
    const uint64_t start = offset;
    offset += static_cast<uint64_t>(head.raw) + head.op + head.note;
    if (offset > record.row_bytes.size()) return false;
    if (record.first_position + i < position) continue;
    if (chunk->rows.size() >= max_rows || (chunk->raw_bytes >= max_bytes && !chunk->rows.empty())) return true;
    if (!named) {
      chunk->batches.push_back({record.batch_id, record.channel, record.start_offset, record.end_offset,
                                record.schema_version, record.ingested_at});
      named = true;
    }
    ChunkRow row;
    row.raw = record.row_bytes.substr(start, head.raw);
    row.op = record.row_bytes.substr(start + head.raw, head.op);
    if (row.op.empty()) row.op = record.op;
    row.note = record.row_bytes.substr(start + head.raw + head.op, head.note);
    row.seq = record.first_seq + static_cast<int64_t>(i) * 1024;
    row.batch = static_cast<uint32_t>(chunk->batches.size() - 1);
    row.flags = head.flags;
    chunk->rows.push_back(row);
    chunk->raw_bytes += head.raw + head.note;
    chunk->next = record.first_position + i + 1;
  }
  return true;
}

void EncodeKeys(std::string* out, const std::vector<std::shared_ptr<StoredKey>>& keys) {
  const size_t start = BeginRecord(out);
  PutNumber(out, static_cast<uint32_t>(keys.size()));
  for (const auto& key : keys) {
    PutText(out, key->key);
    PutText(out, key->body_hash);
    PutText(out, key->answer);
    PutText(out, key->ack.batch_id);
    PutNumber(out, key->ack.first_seq);
    PutNumber(out, key->ack.last_seq);
    PutNumber(out, key->ack.first_position);
    PutNumber(out, key->ack.rows);
    PutNumber(out, key->expires);
  }
  EndRecord(out, start, RecordType::kKeys);
}

bool DecodeKeys(std::string_view payload, std::vector<std::shared_ptr<StoredKey>>* out) {
  ByteReader in(payload);
  const auto count = in.Number<uint32_t>();
  for (uint32_t i = 0; i < count && in.ok(); ++i) {
    auto key = std::make_shared<StoredKey>();
    key->key = in.Text();
    key->body_hash = in.Text();
    key->answer = in.Text();
    key->ack.batch_id = in.Text();
    key->ack.first_seq = in.Number<int64_t>();
    key->ack.last_seq = in.Number<int64_t>();
    key->ack.first_position = in.Number<uint64_t>();
    key->ack.rows = in.Number<uint32_t>();
    key->expires = in.Number<int64_t>();
    out->push_back(std::move(key));
  }
  return in.ok();
}

void EncodeChannels(std::string* out, const std::vector<NamedChannel>& channels) {
  const size_t start = BeginRecord(out);
  PutNumber(out, static_cast<uint32_t>(channels.size()));
  for (const NamedChannel& channel : channels) {
    PutText(out, channel.name);
    PutChannel(out, channel.state);
  }
  EndRecord(out, start, RecordType::kChannels);
}

bool DecodeChannels(std::string_view payload, std::vector<NamedChannel>* out) {
  ByteReader in(payload);
  const auto count = in.Number<uint32_t>();
  for (uint32_t i = 0; i < count && in.ok(); ++i) {
    NamedChannel channel;
    channel.name = in.Text();
    channel.state = TakeChannel(&in);
    out->push_back(std::move(channel));
  }
  return in.ok();
}

void EncodeMark(std::string* out, const Mark& mark) {
  const size_t start = BeginRecord(out);
  PutNumber(out, mark.position);
  PutNumber(out, mark.last_seq);
  PutNumber(out, mark.epochs);
  EndRecord(out, start, RecordType::kMark);
}

bool DecodeMark(std::string_view payload, Mark* out) {
  ByteReader in(payload);
  out->position = in.Number<uint64_t>();
  out->last_seq = in.Number<int64_t>();
  out->epochs = in.Number<uint64_t>();
  return in.ok();
}

}  // namespace firn::pipeline
