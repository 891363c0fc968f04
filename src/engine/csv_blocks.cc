#include "engine/csv_blocks.h"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <bit>

#include "base/errors.h"
#include "base/types.h"
#include "engine/native.h"

namespace firn::engine {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

duckdb::FileCompressionType CompressionOf(const std::string& word) {
  if (word == "gzip") return duckdb::FileCompressionType::GZIP;
  if (word == "zstd") return duckdb::FileCompressionType::ZSTD;
  if (word == "none") return duckdb::FileCompressionType::UNCOMPRESSED;
  return duckdb::FileCompressionType::AUTO_DETECT;
}

bool IsUtf8(const std::string& encoding) { return encoding == "UTF8" || encoding == "UTF-8"; }

/// Snowflake's names of encodings are without the hyphens that iconv wants: ISO88591, WINDOWS1252, UTF16LE.
std::string IconvName(const std::string& encoding) {
  std::string name = Upper(encoding);
  if (name.starts_with("ISO8859") && name.size() > 7) return "ISO-8859-" + name.substr(name[7] == '-' ? 8 : 7);
  if (name.starts_with("WINDOWS") && name.size() > 7 && name[7] != '-') return "CP" + name.substr(7);
  if (name.starts_with("UTF16") || name.starts_with("UTF32")) return "UTF-" + name.substr(3);
  return name;
}

}  // namespace

/// Another encoding to UTF-8, piece by piece.
class CsvBlocks::Decoder {
 public:
  explicit Decoder(const std::string& encoding) : iconv_(iconv_open("UTF-8", IconvName(encoding).c_str())) {
    if (std::bit_cast<intptr_t>(iconv_) == -1) {
      throw SnowflakeException(Error(errors::kUnsupported, {"files in " + encoding}));
    }
  }
  ~Decoder() { iconv_close(iconv_); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  void Append(std::string_view bytes, bool last, std::string* out) {
    rest_ += bytes;
    char* in = rest_.data();
    size_t left = rest_.size();
    std::array<char, 1 << 16> buffer;
    while (left > 0) {
      char* to = buffer.data();
      size_t room = buffer.size();
      size_t done = iconv(iconv_, &in, &left, &to, &room);
      int why = errno;
      out->append(buffer.data(), buffer.size() - room);
      if (done != static_cast<size_t>(-1) || why == E2BIG) continue;
      if (why == EINVAL && !last) break;  // a character that the next piece completes
      out->append("\xEF\xBF\xBD");
      ++in;
      --left;
    }
    rest_.erase(0, rest_.size() - left);
  }

 private:
  iconv_t iconv_;
  std::string rest_;
};

CsvBlocks::CsvBlocks(duckdb::ClientContext& context, const CsvFormat& format, std::vector<std::string> paths)
    : context_(context), format_(format), paths_(std::move(paths)), parser_(format) {}

CsvBlocks::~CsvBlocks() = default;

bool CsvBlocks::OpenNext() {
  if (file_ >= paths_.size()) return false;
  auto flags = duckdb::FileFlags::FILE_FLAGS_READ | CompressionOf(format_.compression);
  handle_ = duckdb::FileSystem::GetFileSystem(context_).OpenFile(paths_[file_++], flags);
  decoder_ = IsUtf8(Upper(format_.encoding)) ? nullptr : std::make_unique<Decoder>(format_.encoding);
  pending_.clear();
  at_end_ = false;
  row_ = line_ = 1;
  byte_ = 0;
  ReadMore();
  if (format_.skip_byte_order_mark && pending_.starts_with(kByteOrderMark)) {
    pending_.erase(0, kByteOrderMark.size());
    byte_ = static_cast<int64_t>(kByteOrderMark.size());
  }
  SkipHeader();
  return true;
}

bool CsvBlocks::ReadMore() {
  if (at_end_) return false;
  std::string bytes(kCsvBlockBytes, '\0');
  auto count = handle_->Read(bytes.data(), bytes.size());
  bytes.resize(static_cast<size_t>(std::max<int64_t>(count, 0)));
  at_end_ = bytes.empty();
  if (decoder_) {
    decoder_->Append(bytes, at_end_, &pending_);
  } else {
    pending_ += bytes;
  }
  return !at_end_;
}

void CsvBlocks::SkipHeader() {
  for (int64_t i = 0; i < format_.skip_header; ++i) {
    std::optional<size_t> end;
    while (!(end = parser_.RecordEnd(pending_, 0)) && ReadMore()) {
    }
    size_t gone = end.value_or(pending_.size());
    line_ += std::count(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(gone), '\n');
    byte_ += static_cast<int64_t>(gone);
    pending_.erase(0, gone);
  }
}

std::optional<CsvBlock> CsvBlocks::Next() {
  std::lock_guard lock(mutex_);
  while (true) {
    if (at_end_ && pending_.empty() && !OpenNext()) return std::nullopt;
    size_t end = 0;
    int64_t records = 0;
    while (auto next = parser_.RecordEnd(pending_, end)) {
      end = *next;
      ++records;
      if (end >= kCsvBlockBytes) break;
    }
    if (end == 0) {
      if (ReadMore()) {
        if (pending_.size() > kCsvRecordBytesMax) {
          throw SnowflakeException(
              Error(errors::kLimit, {"a record of a CSV file", std::to_string(kCsvRecordBytesMax), "bytes"}));
        }
        continue;
      }
      if (pending_.empty()) continue;
      end = pending_.size();  // the last record has no delimiter
      records = 1;
    }
    CsvBlock block{.text = {},
                   .file = file_ - 1,
                   .first_row = row_,
                   .first_line = line_,
                   .first_byte = byte_,
                   .number = number_++};
    block.text = pending_.substr(0, end);
    pending_.erase(0, end);
    row_ += records;
    line_ += std::count(block.text.begin(), block.text.end(), '\n');
    byte_ += static_cast<int64_t>(end);
    return block;
  }
}

}  // namespace firn::engine
