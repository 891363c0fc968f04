#include "faces/pipeline_face/cursor.h"

#include <boost/json.hpp>

#include "base/ids.h"

namespace firn::faces {

namespace {

namespace json = boost::json;

constexpr size_t kCursorBytesMax = 65536;
constexpr size_t kMacBytes = 32;

std::string ToUrlSafe(std::string base64) {
  for (char& c : base64) c = c == '+' ? '-' : c == '/' ? '_' : c;
  while (base64.ends_with('=')) base64.pop_back();
  return base64;
}

bool FromUrlSafe(std::string_view text, std::string* out) {
  std::string base64(text);
  for (char& c : base64) c = c == '-' ? '+' : c == '_' ? '/' : c;
  base64.append((4 - base64.size() % 4) % 4, '=');
  return FromBase64(base64, out) && ToUrlSafe(Base64(*out)) == text;
}

}  // namespace

std::string SignCursor(std::string_view key, const QueryCursor& cursor) {
  json::object snapshots;
  for (const auto& [table, snapshot] : cursor.snapshots) {
    snapshots[table] = snapshot ? json::value(*snapshot) : json::value(nullptr);
  }
  const json::array fields{cursor.request, cursor.fingerprint, cursor.now, cursor.rows, std::move(snapshots)};
  const std::string payload = json::serialize(fields);
  return ToUrlSafe(Base64(HmacSha256(key, payload) + payload));
}

std::optional<QueryCursor> ReadCursor(std::string_view key, std::string_view text) {
  std::string signed_payload;
  if (text.size() > kCursorBytesMax || !FromUrlSafe(text, &signed_payload)) return std::nullopt;
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
