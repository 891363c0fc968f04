// ChunkStore: parts of results that wait for a driver to fetch them, in memory up to a limit and in files beyond it.
// A chunk is reached by a secret of 128 random bits alone, so secrets never go to the log. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "base/result.h"

namespace firn::faces {

constexpr size_t kChunkMemoryBytesMax = size_t{1} << 30;  ///< of all chunks; older ones go to files
constexpr size_t kChunkFileBytesMax = size_t{16} << 30;   ///< of all files; the oldest chunks are dropped
constexpr int64_t kChunkKeptSeconds = 4 * 3600;

struct ChunkLimits {
  size_t memory_bytes = kChunkMemoryBytesMax;
  size_t file_bytes = kChunkFileBytesMax;
  int64_t kept_seconds = kChunkKeptSeconds;
};

class ChunkStore {
 public:
  /// `folder`: for the files, emptied now; it belongs to this process. Empty: memory alone.
  ChunkStore(std::string folder, Clock& clock, ChunkLimits limits = {});
  ~ChunkStore();

  /// Keeps the bytes; gives their secret: 32 hex digits.
  std::string Add(std::string bytes);

  struct Chunk {
    std::shared_ptr<const std::string> bytes;  ///< null: in `file`
    std::string file;
    size_t size = 0;
  };
  /// Nothing for an unknown secret, or one whose time is over. The file may vanish at any time after.
  std::optional<Chunk> Find(const std::string& secret);

  /// Forgets what is too old. Called every minute or so.
  void Sweep();
  size_t memory_bytes() const;

 private:
  struct Entry {
    Chunk chunk;
    Micros expires = 0;
    std::list<std::string>::iterator place;  ///< in order_
  };
  void Remove(std::unordered_map<std::string, Entry>::iterator at);
  void MakeRoom();

  const std::string folder_;
  Clock& clock_;
  const ChunkLimits limits_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Entry> chunks_;
  std::list<std::string> order_;                ///< oldest first
  std::list<std::string>::iterator in_memory_;  ///< the oldest that is not in a file
  size_t memory_ = 0, files_ = 0;
  uint64_t next_file_ = 0;
};

/// The next `most` bytes of a file, for a body that is sent piece by piece.
class ChunkFile {
 public:
  /// Null where it is gone.
  static std::shared_ptr<ChunkFile> Open(const std::string& path);
  ~ChunkFile();
  Result<std::optional<std::string>> Next(size_t most);

 private:
  explicit ChunkFile(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace firn::faces
