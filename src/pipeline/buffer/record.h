// Records: the frames that a segment file is made of, each with its own CRC-32C, and the judgement over a file's end:
// torn by a crash, or damaged. Inner part of `pipeline/buffer`; pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace firn::pipeline {

enum class RecordType : uint8_t {
  kSynced = 1,    ///< begins each group: how long the file was when it was last synced (u64)
  kRows = 2,      ///< one batch
  kKeys = 3,      ///< idempotency keys, copied from a freed segment
  kChannels = 4,  ///< states of channels
  kMark = 5,      ///< how far positions, _seq and epochs have come
  kSnapshot = 6,  ///< state from here on replaces all state before
};

/// magic u32, CRC u32 (of all that follows), payload length u32, type u8, 24 bits of a sum over the length and type.
constexpr size_t kRecordHead = 16;

struct Record {
  RecordType type{};
  std::string_view payload;
  uint64_t offset = 0;  ///< of its head
  uint64_t end = 0;
};

/// Writes a head to be filled by EndRecord; the payload is appended in between.
size_t BeginRecord(std::string* out);
void EndRecord(std::string* out, size_t start, RecordType type);

/// The bytes of a kSynced record.
constexpr size_t kSyncedSize = kRecordHead + 8;
std::string EncodeSynced(uint64_t synced);

/// The record at `offset`, if it is whole and right.
std::optional<Record> RecordAt(std::string_view bytes, uint64_t offset);
/// The first whole record at or after `from`.
std::optional<Record> FindRecord(std::string_view bytes, uint64_t from);

/// Where no right record is at `offset` of a table's last file: true, if a crash during a write that was never
/// acknowledged explains it (the file ends early, or a block of the disk was never written); false, if bytes that had
/// been synced have changed.
bool IsTorn(std::string_view bytes, uint64_t offset);

}  // namespace firn::pipeline
