// Store: bytes at a path. The one door to durable storage: a local folder, an S3 bucket, memory, and the fault fake of
// the tests. Paths are relative to the store's root, `/` between parts, no `.` or `..` parts, UTF-8.
// Any thread may call any method at any time; every method may block. Errors of each method are named beside it; from
// all may come kStorage (a plain failure: nothing was written), kOutsideLocation and kInvalidInput (not such a path:
// storage/store_path.h).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace firn::storage {

struct ObjectInfo {
  std::string path;
  uint64_t size = 0;
  Micros modified = 0;  ///< by the store's clock
};

class Store {
 public:
  virtual ~Store() = default;

  /// The whole object. Errors: kNotFound.
  virtual Result<std::string> Read(const std::string& path) = 0;
  /// `length` bytes from `offset`, fewer at the end of the object. Errors: kNotFound.
  virtual Result<std::string> ReadRange(const std::string& path, uint64_t offset, uint64_t length) = 0;
  /// Errors: kNotFound.
  virtual Result<ObjectInfo> Head(const std::string& path) = 0;
  /// All objects under `prefix` (a plain string prefix), by path in byte order; with `start_after`, those greater.
  virtual Result<std::vector<ObjectInfo>> List(const std::string& prefix, const std::string& start_after = "") = 0;

  /// Writes or replaces, durable on return (file, folder and new parent folders are synced). Errors: kOutcomeUnknown
  /// (a reader may find the old or the new bytes, never a mixture), kWriterStopped.
  virtual Status Put(const std::string& path, std::string_view bytes) = 0;
  /// Writes only where nothing is (rules 1 and 2 of the commit protocol), durable on return.
  /// Errors: kAlreadyThere: something durable is there, perhaps by an earlier try of this very call whose answer was
  /// lost, so compare it; kOutcomeUnknown: it may or may not be written, ask again with the same bytes;
  /// kWriterStopped: an fsync failed, this try wrote nothing, and this store takes no more writes (after a
  /// kOutcomeUnknown the outcome stays unknown until the next process reads it);
  /// kUnsupported: the S3 server ignores If-None-Match.
  virtual Status PutIfAbsent(const std::string& path, std::string_view bytes) = 0;
  /// Makes files durable that another writer (DuckDB's COPY) left at `paths`, with their folders. S3: nothing to do.
  /// Also makes durable what a killed process may have left named but not synced: call it for the last log entry at
  /// start. Errors: kNotFound, kWriterStopped.
  virtual Status Sync(const std::vector<std::string>& paths) = 0;
  /// Deletes; an absent object is success. After a power cut the object may be back. Errors: kOutcomeUnknown,
  /// kWriterStopped.
  virtual Status Delete(const std::string& path) = 0;

  /// "file:///abs/dir/path" or "s3://bucket/prefix/path": as Iceberg metadata and DuckDB name it.
  virtual std::string Uri(const std::string& path) const = 0;
  /// The path of a URI under this store's root. Errors: kOutsideLocation.
  virtual Result<std::string> PathOf(std::string_view uri) const = 0;
};

/// A folder, made if absent. `root` is an absolute path.
Result<std::unique_ptr<Store>> OpenLocalStore(const std::string& root);

/// Bytes in this process, for tests.
std::unique_ptr<Store> OpenMemoryStore(Clock& clock = Clock::System());

struct S3Options {
  std::string bucket;
  std::string prefix;    ///< without slashes at the ends; may be empty
  std::string endpoint;  ///< "https://s3.us-east-1.amazonaws.com", "http://127.0.0.1:7070"; empty: AWS by region
  std::string region = "us-east-1";
  std::string access_key;
  std::string secret_key;
  std::string session_token;
  bool path_style = true;
  int64_t timeout_ms = 30000;  ///< of one request
  int connections_max = 32;
};
/// Options from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION (AWS_DEFAULT_REGION),
/// AWS_ENDPOINT_URL_S3 (AWS_ENDPOINT_URL) and an `s3://bucket/prefix` URI. Errors: kInvalidInput.
Result<S3Options> S3OptionsFromEnvironment(std::string_view uri);
Result<std::unique_ptr<Store>> OpenS3Store(S3Options options);

}  // namespace firn::storage
