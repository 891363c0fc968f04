// Segments: the files of one table's buffer. `<serial>.wal` holds batches in order; `<serial>.state` keys, channels and
// marks that outlive the batches. Names, headers and reading as a whole. Inner part of `pipeline/buffer`; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "pipeline/buffer/batch_record.h"
#include "pipeline/buffer/files.h"
#include "pipeline/buffer/record.h"

namespace firn::pipeline {

enum class SegmentKind : uint8_t { kBatches = 1, kState = 2 };

struct SegmentName {
  uint64_t serial = 0;
  SegmentKind kind = SegmentKind::kBatches;
  uint64_t size = 0;
};
/// "00000000000000000007.wal"
std::string FileOf(uint64_t serial, SegmentKind kind);
/// Nothing where it is no segment's name.
std::optional<SegmentName> ParseSegmentName(const FileEntry& entry);
/// The segments of a table's folder, each kind by serial, state first.
Result<std::vector<SegmentName>> ListSegments(Files& files, const std::string& folder);

struct SegmentHeader {
  SegmentKind kind = SegmentKind::kBatches;
  Mark mark;  ///< when it was made
  std::string buffer_id;
  std::string table_id;
};
void EncodeHeader(std::string* out, const SegmentHeader& header);

struct SegmentScan {
  std::optional<SegmentHeader> header;  ///< none: the file is torn in its header, nothing of it was acknowledged
  std::vector<Record> records;          ///< views into the bytes given
  uint64_t header_end = 0;
  uint64_t whole = 0;  ///< bytes up to the end of the last right record
  bool zeros = false;  ///< nothing but zeros follows, which Growth::kAhead may leave
  bool torn = false;   ///< what follows was never acknowledged
  std::string damage;  ///< not empty: what is wrong at `whole`
};
/// Reads all of a segment's bytes. `is_last`: nothing of its kind was begun after it, so its end may be torn.
SegmentScan ScanSegment(std::string_view bytes, SegmentKind kind, bool is_last, std::string_view buffer_id,
                        std::string_view table_id);

}  // namespace firn::pipeline
