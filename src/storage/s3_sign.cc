#include "storage/s3_sign.h"

#include <algorithm>
#include <ctime>

#include "base/ids.h"
#include "base/percent.h"

namespace firn::storage {

namespace {

std::string Hex(const std::string& bytes) {
  return HexLower({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
}

/// "20130524T000000Z"
std::string AmzDate(Micros now) {
  std::time_t seconds = now / 1000000;
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &utc);
  return text;
}

std::string CanonicalQuery(const S3Unsigned& request) {
  std::vector<std::pair<std::string, std::string>> encoded;
  encoded.reserve(request.query.size());
  for (const auto& [name, value] : request.query) {
    encoded.emplace_back(PercentEncode(name, false), PercentEncode(value, false));
  }
  std::ranges::sort(encoded);
  std::string out;
  for (const auto& [name, value] : encoded) {
    if (!out.empty()) out += '&';
    out += name + "=" + value;
  }
  return out;
}

}  // namespace

std::string Sha256Hex(std::string_view bytes) { return Hex(Sha256(bytes)); }

S3Signed SignS3(const S3Unsigned& request, const S3Credentials& credentials, const std::string& region, Micros now) {
  std::string date = AmzDate(now);
  std::string day = date.substr(0, 8);
  auto headers = request.headers;
  headers.emplace_back("host", request.host);
  headers.emplace_back("x-amz-content-sha256", request.payload_sha256);
  headers.emplace_back("x-amz-date", date);
  if (!credentials.session_token.empty()) headers.emplace_back("x-amz-security-token", credentials.session_token);
  std::ranges::sort(headers);

  std::string canonical_headers, signed_names;
  for (const auto& [name, value] : headers) {
    canonical_headers += name + ":" + value + "\n";
    if (!signed_names.empty()) signed_names += ';';
    signed_names += name;
  }
  std::string path = PercentEncode(request.path, true);
  std::string query = CanonicalQuery(request);
  std::string canonical = request.method + "\n" + path + "\n" + query + "\n" + canonical_headers + "\n" + signed_names +
                          "\n" + request.payload_sha256;
  std::string scope = day + "/" + region + "/s3/aws4_request";
  std::string to_sign = "AWS4-HMAC-SHA256\n" + date + "\n" + scope + "\n" + Sha256Hex(canonical);

  std::string key = HmacSha256("AWS4" + credentials.secret_key, day);
  for (const std::string& part : {region, std::string("s3"), std::string("aws4_request")}) key = HmacSha256(key, part);
  std::string signature = Hex(HmacSha256(key, to_sign));

  S3Signed out;
  out.target = path + (query.empty() ? "" : "?" + query);
  for (const auto& [name, value] : headers) out.headers.push_back(name + ": " + value);
  out.headers.push_back("authorization: AWS4-HMAC-SHA256 Credential=" + credentials.access_key + "/" + scope +
                        ",SignedHeaders=" + signed_names + ",Signature=" + signature);
  return out;
}

}  // namespace firn::storage
