#include <zlib.h>

#include "base/ids.h"
#include "iceberg/avro.h"

namespace firn::iceberg {

namespace {

constexpr size_t kBlockBytes = size_t{256} << 10;

/// Fast rather than small: a merge of manifests packs megabytes while a commit waits.
constexpr int kLevel = 3;

std::string Deflate(std::string_view bytes) {
  z_stream stream{};
  std::string out;
  if (deflateInit2(&stream, kLevel, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) return out;
  out.resize(deflateBound(&stream, bytes.size()));
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace

void AvroBytes::Long(int64_t value) {
  auto zigzag = (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
  for (; zigzag >= 0x80; zigzag >>= 7) out_.push_back(static_cast<char>(zigzag | 0x80));
  out_.push_back(static_cast<char>(zigzag));
}

void AvroBytes::Bytes(std::string_view value) {
  Long(static_cast<int64_t>(value.size()));
  out_ += value;
}

AvroFileWriter::AvroFileWriter(const std::map<std::string, std::string>& metadata, std::string_view schema,
                               AvroCodec codec)
    : codec_(codec) {
  uint8_t marker[16];
  RandomBytes(marker);
  sync_.assign(reinterpret_cast<const char*>(marker), sizeof marker);
  file_.Raw(std::string_view("Obj\x01", 4));
  file_.Long(static_cast<int64_t>(metadata.size()) + 2);
  file_.Bytes("avro.schema");
  file_.Bytes(schema);
  file_.Bytes("avro.codec");
  file_.Bytes(codec == AvroCodec::kDeflate ? "deflate" : "null");
  for (const auto& [key, value] : metadata) {
    file_.Bytes(key);
    file_.Bytes(value);
  }
  file_.Long(0);
  file_.Raw(sync_);
}

void AvroFileWriter::EndRecord() {
  ++block_records_;
  if (block_.out().size() >= kBlockBytes) Flush();
}

void AvroFileWriter::Flush() {
  if (block_records_ == 0) return;
  file_.Long(block_records_);
  file_.Bytes(codec_ == AvroCodec::kDeflate ? Deflate(block_.out()) : block_.out());
  file_.Raw(sync_);
  block_.out().clear();
  block_records_ = 0;
}

std::string AvroFileWriter::Finish() {
  Flush();
  return std::move(file_.out());
}

}  // namespace firn::iceberg
