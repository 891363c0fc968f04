// AWS Signature Version 4 for S3 (docs.aws.amazon.com, "Signature Calculations for the Authorization Header"). The URL
// is built from the canonical strings that are signed, so that both are always the same. Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace firn::storage {

struct S3Credentials {
  std::string access_key;
  std::string secret_key;
  std::string session_token;  ///< may be empty
};

struct S3Unsigned {
  std::string method;
  std::string host;  ///< as in the Host header, with the port where it is not the scheme's own
  std::string path;  ///< "/bucket/key", not encoded
  std::vector<std::pair<std::string, std::string>> query;    ///< not encoded, in any order
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case; signed beside those added here
  std::string payload_sha256;                                ///< hex
};

struct S3Signed {
  std::string target;                ///< "/bucket/a%20b?list-type=2&prefix=x%2F"
  std::vector<std::string> headers;  ///< "name: value", all of them, Authorization and Host too
};

S3Signed SignS3(const S3Unsigned& request, const S3Credentials& credentials, const std::string& region, Micros now);

/// SHA-256 in lower-case hex.
std::string Sha256Hex(std::string_view bytes);

}  // namespace firn::storage
