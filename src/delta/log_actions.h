// The actions of a Delta log as values and as JSON ("Delta Transaction Log Protocol", "Actions"): what Firn writes, and
// all that it takes back. Pure; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace boost::json {
class value;
}

namespace firn::delta {

/// appId of the transaction action whose version is the Iceberg sequence number.
inline constexpr std::string_view kMirrorApp = "firn-mirror";
/// appId of the one whose version is the position in Firn's log that moved the table last.
inline constexpr std::string_view kPositionApp = "firn-mirror-position";

/// Where the deletion vector of a file is.
struct VectorPlace {
  std::string storage_type;  ///< "i": inline; "u": a file beside the table's
  std::string text;          ///< z85 of the bitmap, or folder and z85 of the file's UUID
  std::optional<int64_t> offset;
  int64_t size = 0;  ///< of magic and bitmap
  int64_t cardinality = 0;

  std::string ToJson() const;
  bool operator==(const VectorPlace&) const = default;
};

struct AddFile {
  std::string path;  ///< relative, URL-encoded
  int64_t size = 0;
  int64_t modified_ms = 0;
  std::string stats;    ///< JSON text, or ""
  std::string deletes;  ///< which Iceberg deletes `vector` holds; "" for none
  std::optional<VectorPlace> vector;

  std::string ToJson(bool data_change) const;
};

struct RemoveFile {
  std::string path;
  int64_t size = 0;
  int64_t removed_ms = 0;
  std::optional<VectorPlace> vector;

  std::string ToJson(bool data_change) const;
};

/// Reader 1 and writer 2 without a feature; 3 and 7 with them.
struct Protocol {
  bool column_mapping = false;
  bool deletion_vectors = false;
  bool timestamp_ntz = false;

  bool any() const { return column_mapping || deletion_vectors || timestamp_ntz; }
  std::string ToJson() const;
  bool operator==(const Protocol&) const = default;
};

struct TableInfo {
  std::string id;
  std::string schema;  ///< schemaString
  std::map<std::string, std::string> configuration;
  int64_t created_ms = 0;

  std::string ToJson() const;
  bool operator==(const TableInfo&) const = default;
};

std::string TransactionJson(std::string_view app, int64_t version);

// Out of parsed JSON. Errors: kCorrupt; `name` is the log file named in it.
Result<AddFile> ReadAdd(const boost::json::value& json, std::string_view name);
Result<RemoveFile> ReadRemove(const boost::json::value& json, std::string_view name);
/// Nothing for a protocol that Firn does not write: somebody else's.
Result<std::optional<Protocol>> ReadProtocol(const boost::json::value& json, std::string_view name);
Result<TableInfo> ReadTableInfo(const boost::json::value& json, std::string_view name);

/// Z85 (ZeroMQ RFC 32) of the bytes, filled up with zeros to a multiple of four.
std::string Z85(std::string_view bytes);
/// A path below the table's location as the log names it: every byte but letters, digits and "-._~/" percent-encoded.
std::string UrlEncoded(std::string_view path);
/// The reverse.
std::string UrlDecoded(std::string_view path);

}  // namespace firn::delta
