// Every limit of the HTTP server: a named default, and the field of Limits that overrides it. Read-only while serving.
#pragma once

#include <chrono>
#include <cstddef>

namespace firn::http {

constexpr size_t kMaxBodyBytes = size_t{64} << 20;          ///< of a request body as sent
constexpr size_t kMaxDecodedBodyBytes = size_t{128} << 20;  ///< of a request body after its Content-Encoding
constexpr size_t kMaxDecodedRatio = 300;                    ///< decoded : sent, beyond kDecodedRatioFloor
constexpr size_t kDecodedRatioFloor = size_t{16} << 20;     ///< decoded bytes up to which any ratio passes
constexpr size_t kMaxBodyBytesInMemory = size_t{1} << 30;   ///< of all request bodies being received or handled
constexpr size_t kMaxHeaderBytes = size_t{64} << 10;        ///< of the request line, and of the fields together
constexpr size_t kMaxHeaderFields = 256;
constexpr size_t kMaxConnections = 10000;
constexpr size_t kMaxConcurrentRequests = 1024;              ///< handed to workers or answered later, not yet answered
constexpr std::chrono::milliseconds kIdleTimeout{75'000};    ///< between requests, and without progress of a write
constexpr std::chrono::milliseconds kHeaderTimeout{30'000};  ///< from a request's first byte to the end of its header
constexpr std::chrono::milliseconds kBodyGrace{30'000};      ///< a body may take this long + its bytes / the rate below
constexpr size_t kMinBodyBytesPerSecond = 1024;
constexpr std::chrono::milliseconds kLingerTimeout{2'000};  ///< reading on after a refusal, so that it is not lost
constexpr std::chrono::milliseconds kStopDeadline{10'000};  ///< for running requests when the server stops
constexpr size_t kGzipMinBytes = 1024;                      ///< shorter answers are not compressed

constexpr int kIoThreadsMost = 8;
constexpr int kWorkerThreads = 64;  ///< started when needed

struct Limits {
  size_t max_body_bytes = kMaxBodyBytes;
  size_t max_decoded_body_bytes = kMaxDecodedBodyBytes;
  size_t max_decoded_ratio = kMaxDecodedRatio;
  size_t decoded_ratio_floor = kDecodedRatioFloor;
  size_t max_body_bytes_in_memory = kMaxBodyBytesInMemory;
  size_t max_header_bytes = kMaxHeaderBytes;
  size_t max_header_fields = kMaxHeaderFields;
  size_t max_connections = kMaxConnections;
  size_t max_concurrent_requests = kMaxConcurrentRequests;
  std::chrono::milliseconds idle_timeout = kIdleTimeout;
  std::chrono::milliseconds header_timeout = kHeaderTimeout;
  std::chrono::milliseconds body_grace = kBodyGrace;
  size_t min_body_bytes_per_second = kMinBodyBytesPerSecond;
  std::chrono::milliseconds linger_timeout = kLingerTimeout;
  std::chrono::milliseconds stop_deadline = kStopDeadline;
};

}  // namespace firn::http
