#include "faces/snowflake/chunk_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <vector>

#include "base/errors.h"
#include "base/ids.h"
#include "base/log.h"

namespace firn::faces {

namespace {

std::string NewSecret() {
  uint8_t bytes[16];
  RandomBytes(bytes);
  return HexLower(bytes);
}

bool WriteFile(const std::string& path, const std::string& bytes) {
  int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return false;
  size_t written = 0;
  while (written < bytes.size()) {
    ssize_t n = ::write(file, bytes.data() + written, bytes.size() - written);
    if (n < 0) break;
    written += static_cast<size_t>(n);
  }
  ::close(file);
  return written == bytes.size();
}

}  // namespace

ChunkStore::ChunkStore(std::string folder, Clock& clock, ChunkLimits limits)
    : folder_(std::move(folder)), clock_(clock), limits_(limits), in_memory_(order_.end()) {
  if (folder_.empty()) return;
  std::error_code error;
  std::filesystem::remove_all(folder_, error);
  std::filesystem::create_directories(folder_, error);
  ::chmod(folder_.c_str(), 0700);
}

ChunkStore::~ChunkStore() {
  std::error_code error;
  if (!folder_.empty()) std::filesystem::remove_all(folder_, error);
}

std::string ChunkStore::Add(std::string bytes) {
  std::string secret = NewSecret();
  std::lock_guard lock(mutex_);
  Entry entry;
  entry.chunk.size = bytes.size();
  entry.chunk.bytes = std::make_shared<const std::string>(std::move(bytes));
  entry.expires = clock_.Now() + limits_.kept_seconds * 1'000'000;
  entry.place = order_.insert(order_.end(), secret);
  if (in_memory_ == order_.end()) in_memory_ = entry.place;
  memory_ += entry.chunk.size;
  chunks_.emplace(secret, std::move(entry));
  MakeRoom();
  return secret;
}

void ChunkStore::MakeRoom() {
  while (memory_ > limits_.memory_bytes && in_memory_ != order_.end()) {
    auto found = chunks_.find(*in_memory_);
    Chunk& chunk = found->second.chunk;
    std::string path = folder_ + "/" + std::to_string(next_file_++);
    if (folder_.empty() || !WriteFile(path, *chunk.bytes)) {
      log::warn("results exceed {} bytes of memory and cannot go to a file: the oldest chunk is dropped",
                limits_.memory_bytes);
      if (!folder_.empty()) ::unlink(path.c_str());
      Remove(found);
      continue;
    }
    chunk.bytes.reset();
    chunk.file = std::move(path);
    memory_ -= chunk.size;
    files_ += chunk.size;
    ++in_memory_;
  }
  while (files_ > limits_.file_bytes && !order_.empty()) Remove(chunks_.find(order_.front()));
}

void ChunkStore::Remove(std::unordered_map<std::string, Entry>::iterator at) {
  Entry& entry = at->second;
  if (entry.chunk.bytes) {
    memory_ -= entry.chunk.size;
  } else {
    files_ -= entry.chunk.size;
    ::unlink(entry.chunk.file.c_str());
  }
  if (in_memory_ == entry.place) ++in_memory_;
  order_.erase(entry.place);
  chunks_.erase(at);
}

std::optional<ChunkStore::Chunk> ChunkStore::Find(const std::string& secret) {
  std::lock_guard lock(mutex_);
  auto found = chunks_.find(secret);
  if (found == chunks_.end() || found->second.expires <= clock_.Now()) return std::nullopt;
  return found->second.chunk;
}

void ChunkStore::Sweep() {
  std::lock_guard lock(mutex_);
  while (!order_.empty()) {
    auto oldest = chunks_.find(order_.front());
    if (oldest->second.expires > clock_.Now()) return;
    Remove(oldest);
  }
}

size_t ChunkStore::memory_bytes() const {
  std::lock_guard lock(mutex_);
  return memory_;
}

std::shared_ptr<ChunkFile> ChunkFile::Open(const std::string& path) {
  int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return nullptr;
  return std::shared_ptr<ChunkFile>(new ChunkFile(file));
}

ChunkFile::~ChunkFile() { ::close(descriptor_); }

Result<std::optional<std::string>> ChunkFile::Next(size_t most) {
  std::string bytes(most, '\0');
  ssize_t n = ::read(descriptor_, bytes.data(), bytes.size());
  if (n < 0) return Error(errors::kStorage, {"a result file", "read failed"});
  if (n == 0) return std::optional<std::string>();
  bytes.resize(static_cast<size_t>(n));
  return std::optional<std::string>(std::move(bytes));
}

}  // namespace firn::faces
