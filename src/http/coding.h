// Content codings: gzip, deflate and zstd of request bodies, gzip of answers. Pure; any thread.
#pragma once

#include <zlib.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/limits.h"

namespace firn::http {

/// "gzip", "x-gzip", "deflate" (zlib or raw), "zstd", "identity" or empty; any case. Several gzip members or zstd
/// frames in a row are one body. Errors: kUnsupported (another coding, or a list of them: 415), kLimit (over
/// max_decoded_body_bytes or the ratio: 413), kInvalidInput (damaged or cut off: 400). Memory stays near the limit:
/// zstd windows beyond 8 MiB (RFC 8878's advice for HTTP) are refused as kInvalidInput.
Result<std::string> DecodeBody(std::string_view coding, std::string_view bytes, const Limits& limits);

/// Whether an Accept-Encoding value takes gzip (RFC 9110, 12.5.3: q values, `*`).
bool AcceptsGzip(std::string_view accept_encoding);

/// A gzip stream made piece by piece; each piece can be decoded as soon as it arrives.
class GzipEncoder {
 public:
  static std::unique_ptr<GzipEncoder> Make();
  ~GzipEncoder();
  GzipEncoder(const GzipEncoder&) = delete;
  GzipEncoder& operator=(const GzipEncoder&) = delete;

  std::string Add(std::string_view bytes) { return Run(bytes, Z_SYNC_FLUSH); }
  std::string Finish(std::string_view bytes) { return Run(bytes, Z_FINISH); }

 private:
  GzipEncoder() = default;
  std::string Run(std::string_view bytes, int flush);
  z_stream stream_{};
};

}  // namespace firn::http
