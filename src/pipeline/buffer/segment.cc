#include "pipeline/buffer/segment.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "pipeline/buffer/bytes.h"
#include "pipeline/buffer/crc32c.h"

namespace firn::pipeline {

namespace {

constexpr std::string_view kMagic = "FIRNWAL\n";
constexpr uint32_t kVersion = 1;
constexpr size_t kSerialDigits = 20;
/// Magic, version, CRC, length.
constexpr size_t kFixed = 20;

}  // namespace

std::string FileOf(uint64_t serial, SegmentKind kind) {
  char text[40];
  std::snprintf(text, sizeof text, "%020llu.%s", static_cast<unsigned long long>(serial),
                kind == SegmentKind::kBatches ? "wal" : "state");
  return text;
}

std::optional<SegmentName> ParseSegmentName(const FileEntry& entry) {
  if (entry.is_folder || entry.name.size() < kSerialDigits) return std::nullopt;
  SegmentName name;
  name.size = entry.size;
  const std::string_view ending = std::string_view(entry.name).substr(kSerialDigits);
  if (ending == ".state") {
    name.kind = SegmentKind::kState;
  } else if (ending != ".wal") {
    return std::nullopt;
  }
  const char* end = entry.name.data() + kSerialDigits;
  auto [at, failure] = std::from_chars(entry.name.data(), end, name.serial);
  if (failure != std::errc() || at != end) return std::nullopt;
  return name;
}

Result<std::vector<SegmentName>> ListSegments(Files& files, const std::string& folder) {
  FIRN_ASSIGN(std::vector<FileEntry> entries, files.List(folder));
  std::vector<SegmentName> out;
  for (const FileEntry& entry : entries) {
    if (auto name = ParseSegmentName(entry)) out.push_back(*name);
  }
  std::ranges::sort(out, [](const SegmentName& a, const SegmentName& b) {
    if (a.kind != b.kind) return a.kind == SegmentKind::kState;
    return a.serial < b.serial;
  });
  return out;
}

void EncodeHeader(std::string* out, const SegmentHeader& header) {
  std::string body;
  PutNumber(&body, static_cast<uint8_t>(header.kind));
  PutNumber(&body, header.mark.position);
  PutNumber(&body, header.mark.last_seq);
  PutNumber(&body, header.mark.epochs);
  PutText(&body, header.buffer_id);
  PutText(&body, header.table_id);
  out->append(kMagic);
  PutNumber(out, kVersion);
  PutNumber(out, Crc32c(body));
  PutText(out, body);
}

SegmentScan ScanSegment(std::string_view bytes, SegmentKind kind, bool is_last, std::string_view buffer_id,
                        std::string_view table_id) {
  SegmentScan scan;
  auto stop = [&](const char* damage) {
    scan.torn = is_last && IsTorn(bytes, scan.whole);
    if (!scan.torn) scan.damage = damage;
    return scan;
  };
  ByteReader in(bytes);
  const bool magic = in.Take(kMagic.size()) == kMagic;
  const auto version = in.Number<uint32_t>();
  const auto crc = in.Number<uint32_t>();
  const std::string_view body = in.Text();
  if (magic && in.ok() && version != kVersion) {
    scan.damage = "version " + std::to_string(version) + " of the format, which this Firn does not know";
    return scan;
  }
  if (!magic || !in.ok() || Crc32c(body) != crc) {
    // A head that was cut, or whose block was never written: nothing in the file was acknowledged.
    if (is_last && !FindRecord(bytes, 0)) {
      scan.torn = true;
      return scan;
    }
    return stop("its header is wrong");
  }
  ByteReader fields(body);
  SegmentHeader header;
  header.kind = static_cast<SegmentKind>(fields.Number<uint8_t>());
  header.mark.position = fields.Number<uint64_t>();
  header.mark.last_seq = fields.Number<int64_t>();
  header.mark.epochs = fields.Number<uint64_t>();
  header.buffer_id = fields.Text();
  header.table_id = fields.Text();
  if (!fields.ok() || header.kind != kind || header.buffer_id != buffer_id || header.table_id != table_id) {
    scan.damage = "it belongs to buffer '" + header.buffer_id + "', table '" + header.table_id + "'";
    return scan;
  }
  scan.header = header;
  scan.header_end = scan.whole = kFixed + body.size();
  while (scan.whole < bytes.size()) {
    auto record = RecordAt(bytes, scan.whole);
    if (!record && kind == SegmentKind::kBatches && bytes.find_first_not_of('\0', scan.whole) == bytes.npos) {
      scan.zeros = true;
      return scan;
    }
    if (!record) return stop("a record's checksum is wrong");
    scan.records.push_back(*record);
    scan.whole = record->end;
  }
  return scan;
}

}  // namespace firn::pipeline
