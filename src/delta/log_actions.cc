#include "delta/log_actions.h"

#include <array>
#include <boost/json.hpp>
#include <vector>

#include "iceberg/json.h"

namespace firn::delta {

namespace {

using iceberg::Members;
using iceberg::ObjectWriter;

constexpr std::string_view kDeletesTag = "firn.deletes";

constexpr std::string_view kColumnMapping = "columnMapping";
constexpr std::string_view kDeletionVectors = "deletionVectors";
constexpr std::string_view kTimestampNtz = "timestampNtz";

Result<std::optional<VectorPlace>> ReadVector(Members& action, std::string_view name) {
  const boost::json::value* json = action.Find("deletionVector");
  if (!json || json->is_null()) return std::optional<VectorPlace>();
  Members members(*json, name, "a deletionVector");
  VectorPlace vector;
  vector.storage_type = members.String("storageType");
  vector.text = members.String("pathOrInlineDv");
  vector.offset = members.MaybeLong("offset");
  vector.size = members.Long("sizeInBytes");
  vector.cardinality = members.Long("cardinality");
  FIRN_TRY(members.status());
  return std::optional<VectorPlace>(std::move(vector));
}

}  // namespace

std::string VectorPlace::ToJson() const {
  ObjectWriter out;
  out.Add("storageType", storage_type)
      .Add("pathOrInlineDv", text)
      .Add("offset", offset)
      .Add("sizeInBytes", size)
      .Add("cardinality", cardinality);
  return out.Take();
}

std::string AddFile::ToJson(bool data_change) const {
  ObjectWriter out;
  out.Add("path", path)
      .AddRaw("partitionValues", "{}")
      .Add("size", size)
      .Add("modificationTime", modified_ms)
      .Add("dataChange", data_change);
  if (!stats.empty()) out.Add("stats", stats);
  if (!deletes.empty()) out.Add("tags", std::map<std::string, std::string>{{std::string(kDeletesTag), deletes}});
  if (vector) out.AddRaw("deletionVector", vector->ToJson());
  return out.Take();
}

std::string RemoveFile::ToJson(bool data_change) const {
  ObjectWriter out;
  out.Add("path", path)
      .Add("deletionTimestamp", removed_ms)
      .Add("dataChange", data_change)
      .Add("extendedFileMetadata", true)
      .AddRaw("partitionValues", "{}")
      .Add("size", size);
  if (vector) out.AddRaw("deletionVector", vector->ToJson());
  return out.Take();
}

std::string Protocol::ToJson() const {
  ObjectWriter out;
  out.Add("minReaderVersion", any() ? 3 : 1).Add("minWriterVersion", any() ? 7 : 2);
  if (!any()) return out.Take();
  std::vector<std::string_view> features;
  if (column_mapping) features.push_back(kColumnMapping);
  if (deletion_vectors) features.push_back(kDeletionVectors);
  if (timestamp_ntz) features.push_back(kTimestampNtz);
  std::string list = iceberg::JsonArray(features, iceberg::Quoted);
  return out.AddRaw("readerFeatures", list).AddRaw("writerFeatures", list).Take();
}

std::string TableInfo::ToJson() const {
  ObjectWriter out;
  out.Add("id", id)
      .AddRaw("format", R"({"provider":"parquet","options":{}})")
      .Add("schemaString", schema)
      .AddRaw("partitionColumns", "[]")
      .Add("configuration", configuration)
      .Add("createdTime", created_ms);
  return out.Take();
}

std::string TransactionJson(std::string_view app, int64_t version) {
  ObjectWriter out;
  return out.Add("appId", app).Add("version", version).Take();
}

Result<AddFile> ReadAdd(const boost::json::value& json, std::string_view name) {
  Members members(json, name, "an add");
  AddFile file;
  file.path = members.String("path");
  file.size = members.Long("size");
  file.modified_ms = members.Long("modificationTime");
  file.stats = members.MaybeString("stats").value_or("");
  if (const auto* tags = members.MaybeObject("tags")) {
    auto tag = tags->find(kDeletesTag);
    if (tag != tags->end() && tag->value().is_string()) file.deletes = std::string(tag->value().as_string());
  }
  FIRN_ASSIGN(file.vector, ReadVector(members, name));
  FIRN_TRY(members.status());
  return file;
}

Result<RemoveFile> ReadRemove(const boost::json::value& json, std::string_view name) {
  Members members(json, name, "a remove");
  RemoveFile file;
  file.path = members.String("path");
  file.size = members.MaybeLong("size").value_or(0);
  file.removed_ms = members.MaybeLong("deletionTimestamp").value_or(0);
  FIRN_ASSIGN(file.vector, ReadVector(members, name));
  FIRN_TRY(members.status());
  return file;
}

Result<std::optional<Protocol>> ReadProtocol(const boost::json::value& json, std::string_view name) {
  Members members(json, name, "the protocol");
  const int reader = members.Int("minReaderVersion");
  const int writer = members.Int("minWriterVersion");
  Protocol protocol;
  bool ours = (reader == 1 && writer == 2) || (reader == 3 && writer == 7);
  for (const char* list : {"readerFeatures", "writerFeatures"}) {
    const boost::json::array* features = members.MaybeArray(list);
    if (!features) continue;
    for (const boost::json::value& feature : *features) {
      std::string_view text = feature.is_string() ? std::string_view(feature.as_string()) : "";
      if (text == kColumnMapping) {
        protocol.column_mapping = true;
      } else if (text == kDeletionVectors) {
        protocol.deletion_vectors = true;
      } else if (text == kTimestampNtz) {
        protocol.timestamp_ntz = true;
      } else {
        ours = false;
      }
    }
  }
  FIRN_TRY(members.status());
  return ours ? std::optional<Protocol>(protocol) : std::nullopt;
}

Result<TableInfo> ReadTableInfo(const boost::json::value& json, std::string_view name) {
  Members members(json, name, "the metaData");
  TableInfo info;
  info.id = members.String("id");
  info.schema = members.String("schemaString");
  info.configuration = members.Strings("configuration");
  info.created_ms = members.MaybeLong("createdTime").value_or(0);
  FIRN_TRY(members.status());
  return info;
}

std::string Z85(std::string_view bytes) {
  constexpr std::string_view kAlphabet =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";
  std::string out;
  out.reserve((bytes.size() + 3) / 4 * 5);
  for (size_t at = 0; at < bytes.size(); at += 4) {
    uint32_t word = 0;
    for (size_t i = 0; i < 4; ++i) word = word << 8 | (at + i < bytes.size() ? static_cast<uint8_t>(bytes[at + i]) : 0);
    std::array<char, 5> text;
    for (size_t i = 5; i-- > 0; word /= 85) text[i] = kAlphabet[word % 85];
    out.append(text.data(), text.size());
  }
  return out;
}

std::string UrlEncoded(std::string_view path) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  constexpr std::string_view kPlain = "-._~/";
  std::string out;
  for (char c : path) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       kPlain.find(c) != std::string_view::npos;
    if (plain) {
      out += c;
    } else {
      auto byte = static_cast<uint8_t>(c);
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

std::string UrlDecoded(std::string_view path) {
  auto digit = [](char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; };
  std::string out;
  for (size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '%' && i + 2 < path.size()) {
      out += static_cast<char>(digit(path[i + 1]) << 4 | digit(path[i + 2]));
      i += 2;
    } else {
      out += path[i];
    }
  }
  return out;
}

}  // namespace firn::delta
