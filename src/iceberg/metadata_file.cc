// metadata.json in the store: reading (plain or gzip) and writing under a new name.
#include <zlib.h>

#include <charconv>
#include <cstdio>

#include "base/errors.h"
#include "base/ids.h"
#include "iceberg/metadata_pack.h"
#include "iceberg/table_metadata.h"

namespace firn::iceberg {

namespace {

constexpr size_t kMetadataMaxBytes = size_t{1} << 30;

Result<std::string> Gunzip(std::string_view bytes, const std::string& name) {
  z_stream stream{};
  if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK) return Error(errors::kInternal, {"zlib cannot start"});
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string out;
  int status = Z_OK;
  while (out.size() < kMetadataMaxBytes) {
    size_t before = out.size();
    out.resize(before + (size_t{1} << 18));
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + before);
    stream.avail_out = static_cast<uInt>(out.size() - before);
    status = inflate(&stream, Z_NO_FLUSH);
    out.resize(out.size() - stream.avail_out);
    if (status == Z_STREAM_END && stream.avail_in > 0) {
      // A gzip file may have several members.
      status = inflateReset(&stream);
    } else if (status != Z_OK || (stream.avail_in == 0 && stream.avail_out > 0)) {
      break;
    }
  }
  inflateEnd(&stream);
  if (status != Z_STREAM_END) return Error(errors::kCorrupt, {name, "its gzip data is broken, cut off or too large"});
  return out;
}

/// The number at the head of a metadata file's name ("00012-….metadata.json", "v12.metadata.json"), or -1.
int64_t VersionOf(const std::string& uri) {
  size_t slash = uri.rfind('/');
  std::string_view name = std::string_view(uri).substr(slash == std::string::npos ? 0 : slash + 1);
  if (name.starts_with('v')) name.remove_prefix(1);
  int64_t version = -1;
  std::from_chars(name.data(), name.data() + name.size(), version);
  return version;
}

/// Plain text is what most people and tools open with ease; a long history is what makes it large.
bool WantsGzip(const TableMetadata& metadata) {
  constexpr size_t kPlainBytes = size_t{256} << 10;
  std::string codec = metadata.Property("write.metadata.compression-codec");
  if (codec == "gzip" || codec == "none") return codec == "gzip";
  size_t bytes = 0;
  for (const SnapshotPtr& snapshot : metadata.snapshots) bytes += snapshot->json().size();
  return bytes > kPlainBytes;
}

}  // namespace

Result<TableMetadata> ReadTableMetadata(storage::Store& store, const std::string& uri) {
  FIRN_ASSIGN(std::string path, store.PathOf(uri));
  FIRN_ASSIGN(std::string bytes, store.Read(path));
  if (bytes.starts_with("\x1f\x8b")) {
    FIRN_ASSIGN(bytes, Gunzip(bytes, uri));
  }
  return ParseTableMetadata(bytes, uri);
}

Result<std::string> WriteTableMetadata(storage::Store& store, TableMetadata* metadata, const std::string& previous_uri,
                                       int64_t previous_updated_ms) {
  auto& log = metadata->metadata_log;
  if (!previous_uri.empty()) {
    log.push_back({previous_updated_ms, previous_uri});
    auto keep = static_cast<size_t>(
        std::max<int64_t>(1, metadata->PropertyNumber("write.metadata.previous-versions-max", 100)));
    if (log.size() > keep) log.erase(log.begin(), log.end() - static_cast<std::ptrdiff_t>(keep));
  }
  char number[24];
  std::snprintf(number, sizeof number, "%05lld", 1LL + VersionOf(previous_uri));
  bool gzip = WantsGzip(*metadata);
  std::string uri =
      metadata->location + "/metadata/" + number + "-" + NewUuid() + (gzip ? ".gz" : "") + ".metadata.json";
  FIRN_ASSIGN(std::string path, store.PathOf(uri));
  FIRN_TRY(store.Put(path, gzip ? PackMetadata(metadata) : metadata->ToJson()));
  return uri;
}

}  // namespace firn::iceberg
