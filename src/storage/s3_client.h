// Signed requests to one S3 endpoint over reused connections, each tried again where that may help. For s3_store.cc;
// any thread.
#pragma once

#include <curl/curl.h>

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "storage/s3_sign.h"
#include "storage/store.h"

namespace firn::storage {

struct S3Request {
  std::string method;  ///< GET, HEAD, PUT, DELETE
  std::string key;     ///< empty: the bucket
  std::vector<std::pair<std::string, std::string>> query;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string_view body;          ///< alive until the call returns
  uint64_t expected_bytes = 0;    ///< of the answer, where known: it lengthens the time limit
  bool answer_unbounded = false;  ///< the answer may be of any size: only standing still is limited
};

/// What came of a request after all its tries.
struct S3Answer {
  int status = 0;  ///< of HTTP; 0: no answer came
  std::string body;
  std::map<std::string, std::string> headers;  ///< names in lower case
  /// Some try may have been carried out although its answer was lost or was an error of the server.
  bool maybe_done = false;
  std::string trouble;  ///< "503 SlowDown: Please reduce …", "time-out"; of the last try, empty for a status below 400
  std::string code;     ///< S3's error code, "NoSuchKey"
  bool ok() const { return status >= 200 && status < 300; }
};

class S3Client {
 public:
  /// `options` were checked by OpenS3Store.
  explicit S3Client(S3Options options);
  ~S3Client();
  S3Client(const S3Client&) = delete;
  S3Client& operator=(const S3Client&) = delete;

  /// Tries again after no answer, 409, 429, 5xx and 400 RequestTimeout, with growing random pauses.
  S3Answer Send(const S3Request& request);

 private:
  S3Answer SendOnce(const S3Request& request, const std::string& payload_sha256, bool* again);
  CURL* Acquire();
  void Release(CURL* handle);

  const S3Options options_;
  const S3Credentials credentials_;
  std::string origin_;       ///< "http://127.0.0.1:7070"
  std::string host_;         ///< "127.0.0.1:7070"
  std::string bucket_path_;  ///< "/bucket", or "" where the bucket is part of the host
  std::mutex mutex_;
  std::condition_variable released_;
  std::vector<CURL*> idle_;  ///< the last used is taken first: its connection is the likeliest to be open
  int handles_ = 0;
};

}  // namespace firn::storage
