// A file that COPY INTO a location writes: text, plain or compressed, under a name of its own beside the target until
// all files of the statement are there. For statements/unload.cc; one thread.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace firn::statements {

enum class UnloadCompression : uint8_t { kNone, kGzip, kZstd };

class UnloadFile {
 public:
  /// Errors: kStorage.
  static Result<std::unique_ptr<UnloadFile>> Create(const std::string& path, UnloadCompression compression);
  /// A file that is not finished goes away.
  ~UnloadFile();
  UnloadFile(const UnloadFile&) = delete;
  UnloadFile& operator=(const UnloadFile&) = delete;

  Status Write(std::string_view text);
  /// No more text: compressed to its end and synced.
  Status Finish();
  /// Bytes written, and those that the compressor still holds as they came.
  int64_t bytes() const { return written_ + held_; }

 private:
  struct Compressor;
  UnloadFile(std::string path, std::FILE* file);
  Status Put(std::string_view bytes);
  Status Compress(std::string_view text, bool end);
  Error Failed() const;

  const std::string path_;
  std::FILE* file_;
  std::unique_ptr<Compressor> compressor_;  ///< null: plain
  int64_t written_ = 0;
  int64_t held_ = 0;
  bool finished_ = false;
};

}  // namespace firn::statements
