// Files in a folder of this machine.
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/descriptor.h"
#include "base/errors.h"
#include "pipeline/buffer/files.h"

namespace firn::pipeline {

namespace {

Error Failed(const std::string& path, const char* call, int number) {
  return {errors::kStorage, {path, std::string(call) + ": " + std::generic_category().message(number)}};
}

Error SyncFailed(const std::string& path, int number) {
  return {errors::kWriterStopped, {"fsync of '" + path + "': " + std::generic_category().message(number)}};
}

/// A sync of a file that has grown writes its inode as well, which takes about as long again: small writes put zeros
/// behind them, so that the next ones overwrite. They go when the file is closed; a start takes what is left for its
/// end.
constexpr uint64_t kAhead = 256 << 10;
constexpr uint64_t kSmallWrite = 32 << 10;

class FolderFile final : public File {
 public:
  FolderFile(std::string path, int number, Growth growth)
      : path_(std::move(path)), descriptor_(number), growth_(growth) {}
  ~FolderFile() override {
    if (there_ > end_) (void)::ftruncate(descriptor_.number(), static_cast<off_t>(end_));
  }

  Status Write(std::string_view bytes) override {
    static const std::string zeros(kAhead, '\0');
    const uint64_t after = end_ + bytes.size();
    while (!bytes.empty()) {
      const bool ahead = growth_ == Growth::kAhead && after > there_ && after - end_ <= kSmallWrite;
      std::array<iovec, 2> parts{iovec{const_cast<char*>(bytes.data()), std::min<size_t>(bytes.size(), 1U << 30)},
                                 iovec{const_cast<char*>(zeros.data()), zeros.size()}};
      ssize_t n = ::pwritev(descriptor_.number(), parts.data(), ahead ? 2 : 1, static_cast<off_t>(end_));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return Failed(path_, "write", errno);
      there_ = std::max(there_, end_ + static_cast<uint64_t>(n));
      const size_t written = std::min(bytes.size(), static_cast<size_t>(n));
      bytes.remove_prefix(written);
      end_ += written;
    }
    return Ok();
  }
  Status Sync() override {
    if (::fdatasync(descriptor_.number()) != 0) return SyncFailed(path_, errno);
    return Ok();
  }
  Status Truncate(uint64_t size) override {
    if (::ftruncate(descriptor_.number(), static_cast<off_t>(size)) != 0) return Failed(path_, "ftruncate", errno);
    end_ = there_ = size;
    return Ok();
  }

 private:
  const std::string path_;
  Descriptor descriptor_;
  const Growth growth_;
  uint64_t end_ = 0;    ///< of what was written
  uint64_t there_ = 0;  ///< of the file, zeros included
};

class FolderFiles final : public Files {
 public:
  explicit FolderFiles(std::string root) : root_(std::move(root)) {}

  Result<std::unique_ptr<File>> Create(const std::string& path, Growth growth) override {
    const std::string name = Name(path);
    int number = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (number < 0 && errno == EEXIST) return Error(errors::kAlreadyThere, {name});
    if (number < 0) return Failed(name, "create", errno);
    return std::unique_ptr<File>(std::make_unique<FolderFile>(name, number, growth));
  }

  Result<std::string> Read(const std::string& path, uint64_t offset, uint64_t length, std::string memory) override {
    const std::string name = Name(path);
    Descriptor file(::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file.ok() && errno == ENOENT) return Error(errors::kNotFound, {name});
    if (!file.ok()) return Failed(name, "open", errno);
    struct stat info {};
    if (::fstat(file.number(), &info) != 0) return Failed(name, "fstat", errno);
    const auto size = static_cast<uint64_t>(info.st_size);
    if (offset >= size) return std::string();
    std::string bytes = std::move(memory);
    bytes.resize(std::min(length, size - offset));  // fills with zeros only what is longer than the last time
    size_t done = 0;
    while (done < bytes.size()) {
      ssize_t n = ::pread(file.number(), bytes.data() + done, std::min<size_t>(bytes.size() - done, 1U << 30),
                          static_cast<off_t>(offset + done));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return Failed(name, "read", errno);
      if (n == 0) break;
      done += static_cast<size_t>(n);
    }
    bytes.resize(done);
    return bytes;
  }

  Result<std::vector<FileEntry>> List(const std::string& folder) override {
    const std::string name = Name(folder);
    std::vector<FileEntry> out;
    std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(name.c_str()), ::closedir);
    if (!dir) {
      if (errno == ENOENT) return out;
      return Failed(name, "opendir", errno);
    }
    while (true) {
      errno = 0;
      dirent* entry = ::readdir(dir.get());
      if (entry == nullptr && errno != 0) return Failed(name, "readdir", errno);
      if (entry == nullptr) break;
      const std::string_view file = entry->d_name;
      if (file == "." || file == "..") continue;
      struct stat info {};
      if (::fstatat(::dirfd(dir.get()), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT) continue;
        return Failed(name + "/" + entry->d_name, "stat", errno);
      }
      out.push_back({std::string(file), S_ISDIR(info.st_mode), static_cast<uint64_t>(info.st_size)});
    }
    std::ranges::sort(out, {}, &FileEntry::name);
    return out;
  }

  Status MakeFolder(const std::string& folder) override {
    const std::string name = Name(folder);
    if (::mkdir(name.c_str(), 0700) != 0 && errno != EEXIST) return Failed(name, "mkdir", errno);
    return SyncAbsolute(std::filesystem::path(name).parent_path().string());
  }
  Status SyncFolder(const std::string& folder) override { return SyncAbsolute(Name(folder)); }

  Status Replace(const std::string& path, std::string_view bytes) override {
    const std::string name = Name(path);
    const std::string temporary = name + ".new";
    {
      int number = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
      if (number < 0) return Failed(temporary, "create", errno);
      FolderFile file(temporary, number, Growth::kExact);
      FIRN_TRY(file.Write(bytes));
      FIRN_TRY(file.Sync());
    }
    if (::rename(temporary.c_str(), name.c_str()) != 0) return Failed(name, "rename", errno);
    return SyncAbsolute(std::filesystem::path(name).parent_path().string());
  }

  Status Cut(const std::string& path, uint64_t size) override {
    const std::string name = Name(path);
    int number = ::open(name.c_str(), O_WRONLY | O_CLOEXEC);
    if (number < 0) return Failed(name, "open", errno);
    FolderFile file(name, number, Growth::kExact);
    FIRN_TRY(file.Truncate(size));
    return file.Sync();
  }

  Status Remove(const std::string& path) override {
    const std::string name = Name(path);
    if (::unlink(name.c_str()) != 0 && errno != ENOENT) return Failed(name, "unlink", errno);
    return Ok();
  }
  Status RemoveFolder(const std::string& folder) override {
    const std::string name = Name(folder);
    if (::rmdir(name.c_str()) != 0 && errno != ENOENT) return Failed(name, "rmdir", errno);
    return Ok();
  }

  Result<uint64_t> FreeBytes() override {
    struct statvfs info {};
    if (::statvfs(root_.c_str(), &info) != 0) return Failed(root_, "statvfs", errno);
    return static_cast<uint64_t>(info.f_bavail) * info.f_frsize;
  }
  bool appends() const override { return true; }
  std::string Name(const std::string& path) const override { return path.empty() ? root_ : root_ + "/" + path; }

 private:
  static Status SyncAbsolute(const std::string& name) {
    Descriptor folder(::open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder.ok()) return Failed(name, "open folder", errno);
    if (::fsync(folder.number()) != 0) return SyncFailed(name, errno);
    return Ok();
  }

  const std::string root_;
};

}  // namespace

Result<std::unique_ptr<Files>> OpenFolderFiles(const std::string& root) {
  if (!root.starts_with('/')) return Error(errors::kInvalidInput, {"'" + root + "' is not an absolute path"});
  // Made through the local store, which makes every new parent durable.
  FIRN_ASSIGN(std::unique_ptr<storage::Store> made, storage::OpenLocalStore(root));
  return std::unique_ptr<Files>(std::make_unique<FolderFiles>(root));
}

}  // namespace firn::pipeline
