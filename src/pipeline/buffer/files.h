// Files: the few file operations that a buffer needs, so that its media are one thing: a folder of this machine, memory
// (durable "none"), objects of a store (durability: object), and the fake of the tests that drops what was not synced.
// Paths are relative to the root, `/` between parts; the caller makes them of safe parts only. Any thread may call
// Files; a File belongs to one thread at a time. From every method may come kStorage; a failed fsync is kWriterStopped,
// and whoever gets it must stop writing: the bytes may be gone although a later fsync succeeds.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "storage/store.h"

namespace firn::pipeline {

class File {
 public:
  virtual ~File() = default;
  /// Appends all of `bytes`; after an error any part of them may be at the end.
  virtual Status Write(std::string_view bytes) = 0;
  /// What was written is durable on return; the name is so after Files::SyncFolder. Errors: kWriterStopped;
  /// kOutcomeUnknown and kConflict of object media, which end the buffer too.
  virtual Status Sync() = 0;
  /// Cuts back to `size` after a failed Write.
  virtual Status Truncate(uint64_t size) = 0;
};

struct FileEntry {
  std::string name;
  bool is_folder = false;
  uint64_t size = 0;
};

enum class Growth : uint8_t {
  kExact,
  kAhead,  ///< zeros may be behind what was written, for a start to find too: a sync need not write the file's size
};

class Files {
 public:
  virtual ~Files() = default;
  /// Errors: kAlreadyThere.
  virtual Result<std::unique_ptr<File>> Create(const std::string& path, Growth growth) = 0;
  /// `length` bytes from `offset`, fewer at the end. What `memory` holds is lost, its allocation is used again.
  /// Errors: kNotFound.
  virtual Result<std::string> Read(const std::string& path, uint64_t offset, uint64_t length,
                                   std::string memory = {}) = 0;
  /// What is directly in `folder`, by name; nothing where there is no such folder.
  virtual Result<std::vector<FileEntry>> List(const std::string& folder) = 0;
  /// Made, and durable in its parent. Success where it is.
  virtual Status MakeFolder(const std::string& folder) = 0;
  /// The names in it are durable on return. Errors: kWriterStopped.
  virtual Status SyncFolder(const std::string& folder) = 0;
  /// Makes or replaces a file as a whole, durable on return.
  virtual Status Replace(const std::string& path, std::string_view bytes) = 0;
  /// Cuts a file that is not open, durable on return.
  virtual Status Cut(const std::string& path, uint64_t size) = 0;
  /// Success where it is not. Durable after SyncFolder.
  virtual Status Remove(const std::string& path) = 0;
  /// An empty folder; success where it is not.
  virtual Status RemoveFolder(const std::string& folder) = 0;
  /// What new files can take; UINT64_MAX where nothing is known.
  virtual Result<uint64_t> FreeBytes() = 0;
  /// False: a file is written and synced once, and named whole by that Sync.
  virtual bool appends() const = 0;
  /// For messages and commands: "/data/local/0/buffer/x".
  virtual std::string Name(const std::string& path) const = 0;
};

/// A folder of this machine, made if absent. `root` is an absolute path.
Result<std::unique_ptr<Files>> OpenFolderFiles(const std::string& root);
/// Bytes in this process.
std::unique_ptr<Files> OpenMemoryFiles();
/// Objects under `prefix` of `store`, each put only where nothing is. An answer that was lost is asked for again (rule
/// 2 of the commit protocol), with pauses by `clock`.
std::unique_ptr<Files> OpenObjectFiles(storage::Store& store, std::string prefix, Clock& clock);

}  // namespace firn::pipeline
