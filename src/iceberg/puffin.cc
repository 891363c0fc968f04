// Puffin files (Puffin spec): the container of deletion vectors.
#include <cstring>

#include "base/errors.h"
#include "iceberg/deletion_vector.h"
#include "iceberg/json.h"

namespace firn::iceberg {

namespace {

constexpr std::string_view kMagic("PFA1", 4);
constexpr char kVectorType[] = "deletion-vector-v1";
constexpr int kRowPositionId = 2147483645;  ///< _pos, the field that a vector is of

std::string LittleEndian(uint32_t value) {
  std::string out(4, '\0');
  std::memcpy(out.data(), &value, 4);
  return out;
}

Result<PuffinBlob> ReadBlob(const boost::json::value& json, size_t file_size, std::string_view name) {
  Members members(json, name, "a blob");
  PuffinBlob blob;
  blob.type = members.String("type");
  blob.snapshot_id = members.MaybeLong("snapshot-id").value_or(-1);
  blob.sequence_number = members.MaybeLong("sequence-number").value_or(-1);
  blob.offset = members.Long("offset");
  blob.length = members.Long("length");
  blob.compression_codec = members.MaybeString("compression-codec");
  blob.properties = members.Strings("properties");
  for (const auto& id : members.Array("fields")) {
    if (!id.is_int64()) members.Fault("has a field id that is no number");
    if (id.is_int64()) blob.fields.push_back(static_cast<int>(id.get_int64()));
  }
  auto size = static_cast<int64_t>(file_size);
  if (blob.offset < 4 || blob.length < 0 || blob.offset > size || blob.length > size - blob.offset) {
    members.Fault("lies outside the file");
  }
  FIRN_TRY(members.status());
  return blob;
}

}  // namespace

Result<PuffinFile> ParsePuffin(std::string_view bytes, std::string_view name) {
  auto bad = [&](const char* sentence) { return Error(errors::kCorrupt, {std::string(name), sentence}); };
  // Magic; then blobs; then magic, payload, 4 bytes of its length, 4 bytes of flags, magic.
  constexpr size_t kTail = 12;
  if (bytes.size() < 4 + 4 + kTail || !bytes.starts_with(kMagic) || !bytes.ends_with(kMagic)) {
    return bad("it is no Puffin file");
  }
  uint32_t length = 0, flags = 0;
  std::memcpy(&length, bytes.data() + bytes.size() - kTail, 4);
  std::memcpy(&flags, bytes.data() + bytes.size() - 8, 4);
  if (length > bytes.size() - kTail - 8) return bad("its footer is longer than the file");
  size_t begin = bytes.size() - kTail - length;
  if (bytes.substr(begin - 4, 4) != kMagic) return bad("its footer does not begin with PFA1");
  if (flags & 1)
    return Error(errors::kUnsupported, {"the LZ4-compressed footer of the Puffin file " + std::string(name)});
  FIRN_ASSIGN(auto json, ParseJson(bytes.substr(begin, length), name));
  Members members(json, name, "the Puffin footer");
  PuffinFile out;
  out.properties = members.Strings("properties");
  const auto& blobs = members.Array("blobs");
  FIRN_TRY(members.status());
  for (const auto& item : blobs) {
    FIRN_ASSIGN(PuffinBlob blob, ReadBlob(item, bytes.size(), name));
    out.blobs.push_back(std::move(blob));
  }
  return out;
}

WrittenVector WritePuffin(const DeletionVector& vector, const std::string& referenced_data_file) {
  std::string blob = vector.ToBlob();
  WrittenVector out;
  out.offset = static_cast<int64_t>(kMagic.size());
  out.length = static_cast<int64_t>(blob.size());
  std::string described = ObjectWriter()
                              .Add("type", kVectorType)
                              .AddRaw("fields", "[" + std::to_string(kRowPositionId) + "]")
                              .Add("snapshot-id", -1)
                              .Add("sequence-number", -1)
                              .Add("offset", out.offset)
                              .Add("length", out.length)
                              .Add("properties", {{"referenced-data-file", referenced_data_file},
                                                  {"cardinality", std::to_string(vector.Cardinality())}})
                              .Take();
  std::string footer =
      ObjectWriter().AddRaw("blobs", "[" + described + "]").Add("properties", {{"created-by", "Firn"}}).Take();
  out.bytes = std::string(kMagic) + blob + std::string(kMagic) + footer +
              LittleEndian(static_cast<uint32_t>(footer.size())) + LittleEndian(0) + std::string(kMagic);
  return out;
}

}  // namespace firn::iceberg
