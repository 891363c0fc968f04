#include "faces/pipeline_face/cursor.h"

#include <boost/json.hpp>

#include "base/base64url.h"
#include "base/ids.h"

namespace firn::faces {

namespace {

namespace json = boost::json;

constexpr size_t kCursorBytesMax = 65536;
constexpr size_t kMacBytes = 32;

}  // namespace

std::string SignCursor(std::string_view key, const QueryCursor& cursor) {
  json::object snapshots;
  for (const auto& [table, snapshot] : cursor.snapshots) {
    snapshots[table] = snapshot ? json::value(*snapshot) : json::value(nullptr);
  }
  const json::array fields{cursor.request, cursor.fingerprint, cursor.now, cursor.rows, std::move(snapshots)};
  const std::string payload = json::serialize(fields);
  return Base64Url(HmacSha256(key, payload) + payload);
}

std::optional<QueryCursor> ReadCursor(std::string_view key, std::string_view text) {
  std::string signed_payload;
  if (text.size() > kCursorBytesMax || !FromBase64Url(text, &signed_payload)) return std::nullopt;
  if (signed_payload.size() < kMacBytes) return std::nullopt;
  const std::string_view payload = std::string_view(signed_payload).substr(kMacBytes);
  if (!SecretsEqual(std::string_view(signed_payload).substr(0, kMacBytes), HmacSha256(key, payload))) {
    return std::nullopt;
  }
  boost::system::error_code failed;
  const json::value parsed = json::parse(payload, failed);
  if (failed || !parsed.is_array() || parsed.as_array().size() != 5) return std::nullopt;
  const json::array& fields = parsed.as_array();
  QueryCursor cursor;
  cursor.request = fields[0].as_string();
  cursor.fingerprint = fields[1].as_string();
  cursor.now = fields[2].to_number<int64_t>();
  cursor.rows = fields[3].to_number<int64_t>();
  for (const auto& [table, snapshot] : fields[4].as_object()) {
    cursor.snapshots[table] = snapshot.is_null() ? std::nullopt : std::optional(snapshot.to_number<int64_t>());
  }
  return cursor;
}

}  // namespace firn::faces
