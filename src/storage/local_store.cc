// A folder as a store: rule 1 of the commit protocol. A name appears only whole (link or rename of an fsynced temporary
// file), and no reader of this process sees it before its folder is fsynced.
#include "storage/local_store.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <set>
#include <system_error>
#include <unordered_map>
#include <unordered_set>

#include "base/descriptor.h"
#include "base/errors.h"
#include "base/ids.h"
#include "storage/store_path.h"

namespace firn::storage {

namespace {

/// No process that lives is so long at one object.
constexpr Micros kTempAge = 24LL * 3600 * 1000000;

std::string ErrnoText(int number) { return std::generic_category().message(number); }

Error Failed(const std::string& path, const char* call, int number) {
  return {errors::kStorage, {path, std::string(call) + ": " + ErrnoText(number)}};
}

/// 0 or errno.
int WriteAll(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t n = ::write(descriptor, bytes.data(), std::min<size_t>(bytes.size(), 1U << 30));
    if (n < 0) {
      if (errno == EINTR) continue;
      return errno;
    }
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return 0;
}

Micros ModifiedAt(const struct stat& info) {
  return static_cast<Micros>(info.st_mtim.tv_sec) * 1000000 + info.st_mtim.tv_nsec / 1000;
}

/// The paths that are named but whose folder is not yet fsynced. Readers wait for them; after a failed fsync they stay
/// unseen for as long as the process lives.
class Unsettled {
 public:
  void Begin(const std::string& path) {
    std::lock_guard lock(mutex_);
    ++writers_[path];
  }
  void End(const std::string& path, bool durable) {
    std::lock_guard lock(mutex_);
    if (!durable) lost_.insert(path);
    if (auto it = writers_.find(path); --it->second == 0) writers_.erase(it);
    settled_.notify_all();
  }
  /// Waits until nobody is publishing `path`; false where its fsync failed.
  bool Wait(const std::string& path) {
    std::unique_lock lock(mutex_);
    settled_.wait(lock, [&] { return !writers_.contains(path); });
    return !lost_.contains(path);
  }

 private:
  std::mutex mutex_;
  std::condition_variable settled_;
  std::unordered_map<std::string, int> writers_;
  std::unordered_set<std::string> lost_;
};

class LocalStore final : public Store {
 public:
  LocalStore(std::string root, std::string real_root, SyncFile sync_file)
      : root_(std::move(root)), real_root_(std::move(real_root)), sync_file_(std::move(sync_file)) {}

  Result<std::string> Read(const std::string& path) override { return ReadRange(path, 0, UINT64_MAX); }
  Result<std::string> ReadRange(const std::string& path, uint64_t offset, uint64_t length) override;
  Result<ObjectInfo> Head(const std::string& path) override;
  Result<std::vector<ObjectInfo>> List(const std::string& prefix, const std::string& start_after) override;
  Status Put(const std::string& path, std::string_view bytes) override { return Write(path, bytes, true); }
  Status PutIfAbsent(const std::string& path, std::string_view bytes) override { return Write(path, bytes, false); }
  Status Sync(const std::vector<std::string>& paths) override;
  Status Delete(const std::string& path) override;
  std::string Uri(const std::string& path) const override { return "file://" + Absolute(path); }
  Result<std::string> PathOf(std::string_view uri) const override;

 private:
  std::string Absolute(std::string_view path) const { return root_ + "/" + std::string(path); }
  Status Write(const std::string& path, std::string_view bytes, bool replace);
  Status Publish(const std::string& path, const std::string& temp, bool replace);
  Status MakeFolders(std::string_view folder);
  /// Those that killed processes left: List does not show them, so no one else can remove them.
  void RemoveOldTemps(std::string_view folder);
  Result<std::unique_ptr<Descriptor>> OpenFolder(std::string_view folder);
  /// Errors: kWriterStopped.
  Status SyncFolder(const Descriptor& opened, std::string_view folder);
  Result<std::string> WriteTemp(const std::string& path, std::string_view bytes);
  Status Walk(const std::string& folder, const std::string& prefix, const std::string& start_after,
              std::vector<ObjectInfo>* out);
  /// Also waits while `path` is being published. Errors: kNotFound, kWriterStopped.
  Result<struct stat> OpenForReading(const std::string& path, std::unique_ptr<Descriptor>* out);

  Error Stop(const std::string& why);
  Status CheckWriting();

  const std::string root_;
  const std::string real_root_;  ///< with symbolic links resolved: other engines may name files so
  const SyncFile sync_file_;
  Unsettled unsettled_;
  std::mutex mutex_;
  std::string stopped_;                   ///< why no more writes are taken; empty: they are
  std::set<std::string> synced_folders_;  ///< those whose entries in all parents up to the root are durable
};

Error LocalStore::Stop(const std::string& why) {
  std::lock_guard lock(mutex_);
  if (stopped_.empty()) stopped_ = why;
  return {errors::kWriterStopped, {why}};
}

Status LocalStore::CheckWriting() {
  std::lock_guard lock(mutex_);
  if (!stopped_.empty()) return Error(errors::kWriterStopped, {stopped_});
  return Ok();
}

Result<struct stat> LocalStore::OpenForReading(const std::string& path, std::unique_ptr<Descriptor>* out) {
  FIRN_TRY(CheckPath(path));
  if (!unsettled_.Wait(path)) return Error(errors::kWriterStopped, {"'" + path + "' may not be on the disk"});
  // O_NONBLOCK: a FIFO that somebody left here must not hang the caller.
  *out = std::make_unique<Descriptor>(::open(Absolute(path).c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!(*out)->ok()) {
    if (errno == ENOENT || errno == ENOTDIR) return Error(errors::kNotFound, {path});
    return Failed(path, "open", errno);
  }
  struct stat info {};
  if (::fstat((*out)->number(), &info) != 0) return Failed(path, "fstat", errno);
  if (!S_ISREG(info.st_mode)) return Error(errors::kNotFound, {path});
  return info;
}

Result<std::string> LocalStore::ReadRange(const std::string& path, uint64_t offset, uint64_t length) {
  std::unique_ptr<Descriptor> file;
  FIRN_ASSIGN(struct stat info, OpenForReading(path, &file));
  auto size = static_cast<uint64_t>(info.st_size);
  if (offset >= size) return std::string();
  std::string bytes(std::min(length, size - offset), '\0');
  size_t done = 0;
  while (done < bytes.size()) {
    ssize_t n = ::pread(file->number(), bytes.data() + done, std::min<size_t>(bytes.size() - done, 1U << 30),
                        static_cast<off_t>(offset + done));
    if (n < 0) {
      if (errno == EINTR) continue;
      return Failed(path, "read", errno);
    }
    if (n == 0) break;  // another writer cut it
    done += static_cast<size_t>(n);
  }
  bytes.resize(done);
  return bytes;
}

Result<ObjectInfo> LocalStore::Head(const std::string& path) {
  std::unique_ptr<Descriptor> file;
  FIRN_ASSIGN(struct stat info, OpenForReading(path, &file));
  return ObjectInfo{path, static_cast<uint64_t>(info.st_size), ModifiedAt(info)};
}

Status LocalStore::Walk(const std::string& folder, const std::string& prefix, const std::string& start_after,
                        std::vector<ObjectInfo>* out) {
  DIR* dir = ::opendir(Absolute(folder).c_str());
  if (dir == nullptr) {
    if (errno == ENOENT || errno == ENOTDIR) return Ok();
    return Failed(folder, "opendir", errno);
  }
  std::unique_ptr<DIR, int (*)(DIR*)> closer(dir, ::closedir);
  std::vector<std::string> folders;
  while (true) {
    errno = 0;
    dirent* entry = ::readdir(dir);
    if (entry == nullptr) {
      if (errno != 0) return Failed(folder, "readdir", errno);
      break;
    }
    std::string path = JoinPath(folder, entry->d_name);
    // What no path can name (unfinished files, names that are not UTF-8) is not in the store.
    if (!path.starts_with(prefix) || !CheckPath(path).ok()) continue;
    if (entry->d_type == DT_REG && path <= start_after) continue;
    struct stat info {};
    if (entry->d_type != DT_DIR) {
      if (::fstatat(::dirfd(dir), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT) continue;  // deleted meanwhile
        return Failed(path, "stat", errno);
      }
    }
    if (entry->d_type == DT_DIR || S_ISDIR(info.st_mode)) {
      std::string inside = path + "/";
      // Every path inside is below start_after already by its first bytes.
      if (inside < start_after.substr(0, inside.size())) continue;
      folders.push_back(std::move(path));
    } else if (S_ISREG(info.st_mode) && path > start_after) {
      out->push_back({std::move(path), static_cast<uint64_t>(info.st_size), ModifiedAt(info)});
    }
  }
  closer.reset();
  for (const std::string& inner : folders) FIRN_TRY(Walk(inner, prefix, start_after, out));
  return Ok();
}

Result<std::vector<ObjectInfo>> LocalStore::List(const std::string& prefix, const std::string& start_after) {
  FIRN_TRY(CheckPrefix(prefix));
  std::vector<ObjectInfo> out;
  FIRN_TRY(Walk(std::string(FolderOf(prefix)), prefix, start_after, &out));
  std::erase_if(out, [&](const ObjectInfo& object) { return !unsettled_.Wait(object.path); });
  std::ranges::sort(out, {}, &ObjectInfo::path);
  return out;
}

Result<std::unique_ptr<Descriptor>> LocalStore::OpenFolder(std::string_view folder) {
  auto opened = std::make_unique<Descriptor>(::open(Absolute(folder).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened->ok()) return Failed(std::string(folder), "open folder", errno);
  return opened;
}

Status LocalStore::SyncFolder(const Descriptor& opened, std::string_view folder) {
  if (sync_file_(opened.number()) != 0) return Stop("fsync of '" + Absolute(folder) + "': " + ErrnoText(errno));
  return Ok();
}

Status LocalStore::MakeFolders(std::string_view folder) {
  {
    std::lock_guard lock(mutex_);
    if (synced_folders_.contains(std::string(folder))) return Ok();
  }
  if (!folder.empty()) {
    std::string_view parent = FolderOf(folder);
    FIRN_TRY(MakeFolders(parent));
    if (::mkdir(Absolute(folder).c_str(), 0777) != 0 && errno != EEXIST) {
      return Failed(std::string(folder), "mkdir", errno);
    }
    // Even where it was there: whoever made it may not have synced it yet.
    FIRN_ASSIGN(auto opened, OpenFolder(parent));
    FIRN_TRY(SyncFolder(*opened, parent));
  }
  RemoveOldTemps(folder);
  std::lock_guard lock(mutex_);
  synced_folders_.insert(std::string(folder));
  return Ok();
}

void LocalStore::RemoveOldTemps(std::string_view folder) {
  std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(Absolute(folder).c_str()), ::closedir);
  if (!dir) return;
  Micros old = Clock::System().Now() - kTempAge;
  while (dirent* entry = ::readdir(dir.get())) {
    if (!std::string_view(entry->d_name).starts_with(kTempPrefix)) continue;
    struct stat info {};
    if (::fstatat(::dirfd(dir.get()), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(info.st_mode))
      continue;
    if (ModifiedAt(info) < old) ::unlinkat(::dirfd(dir.get()), entry->d_name, 0);
  }
}

Result<std::string> LocalStore::WriteTemp(const std::string& path, std::string_view bytes) {
  std::string folder(FolderOf(path));
  std::string temp = Absolute(JoinPath(folder, std::string(kTempPrefix) + NewUuid()));
  int number = -1;
  for (int tries = 0; number < 0; ++tries) {
    FIRN_TRY(MakeFolders(folder));
    number = ::open(temp.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (number >= 0) break;
    if (errno != ENOENT || tries > 0) return Failed(path, "create", errno);
    std::lock_guard lock(mutex_);  // somebody removed a folder that we knew
    synced_folders_.clear();
  }
  Descriptor file(number);
  if (int failed = WriteAll(number, bytes); failed != 0) {
    ::unlink(temp.c_str());
    return Failed(path, "write", failed);
  }
  if (sync_file_(number) != 0) {
    int failed = errno;
    ::unlink(temp.c_str());
    return Stop("fsync of '" + path + "': " + ErrnoText(failed));
  }
  return temp;
}

Status LocalStore::Publish(const std::string& path, const std::string& temp, bool replace) {
  std::string absolute = Absolute(path);
  // Opened first: out of descriptors after the link would leave a name that we cannot make durable.
  auto folder = OpenFolder(FolderOf(path));
  if (!folder.ok()) {
    ::unlink(temp.c_str());
    return std::move(folder).error();
  }
  unsettled_.Begin(path);
  int failed = 0;
  if (replace ? ::rename(temp.c_str(), absolute.c_str()) != 0 : ::link(temp.c_str(), absolute.c_str()) != 0) {
    failed = errno;
  }
  if (failed != 0) {
    unsettled_.End(path, true);
    ::unlink(temp.c_str());
    if (failed == EEXIST && !replace) {
      // Not before the winner's name is durable, also where that is a process killed meanwhile: the loser acts on what
      // it finds there, and it may find its own earlier try.
      if (!unsettled_.Wait(path)) return Error(errors::kOutcomeUnknown, {path, "the fsync of another writer failed"});
      FIRN_TRY(SyncFolder(**folder, FolderOf(path)));
      return Error(errors::kAlreadyThere, {path});
    }
    if (failed == EIO) return Error(errors::kOutcomeUnknown, {path, ErrnoText(failed)});
    return Failed(path, replace ? "rename" : "link", failed);
  }
  Status synced = SyncFolder(**folder, FolderOf(path));
  unsettled_.End(path, synced.ok());
  if (!replace) ::unlink(temp.c_str());
  // The name is there, but perhaps not after a power cut.
  if (!synced.ok()) return Error(errors::kOutcomeUnknown, {path, synced.error().Message()});
  return Ok();
}

Status LocalStore::Write(const std::string& path, std::string_view bytes, bool replace) {
  FIRN_TRY(CheckPath(path));
  FIRN_TRY(CheckWriting());
  FIRN_ASSIGN(std::string temp, WriteTemp(path, bytes));
  return Publish(path, temp, replace);
}

Status LocalStore::Sync(const std::vector<std::string>& paths) {
  FIRN_TRY(CheckWriting());
  std::set<std::string> folders;
  for (const std::string& path : paths) {
    std::unique_ptr<Descriptor> file;
    FIRN_TRY(OpenForReading(path, &file));
    if (sync_file_(file->number()) != 0) return Stop("fsync of '" + path + "': " + ErrnoText(errno));
    folders.emplace(FolderOf(path));
  }
  for (const std::string& folder : folders) {
    FIRN_TRY(MakeFolders(folder));
    FIRN_ASSIGN(auto opened, OpenFolder(folder));
    FIRN_TRY(SyncFolder(*opened, folder));
  }
  return Ok();
}

Status LocalStore::Delete(const std::string& path) {
  FIRN_TRY(CheckPath(path));
  FIRN_TRY(CheckWriting());
  struct stat info {};
  if (::lstat(Absolute(path).c_str(), &info) == 0 && S_ISDIR(info.st_mode)) return Ok();  // a folder is no object
  if (::unlink(Absolute(path).c_str()) != 0 && errno != ENOENT && errno != ENOTDIR)
    return Failed(path, "unlink", errno);
  return Ok();
}

Result<std::string> LocalStore::PathOf(std::string_view uri) const {
  std::string_view absolute = uri;
  for (std::string_view scheme : {"file://localhost/", "file:///", "file:/"}) {
    if (uri.starts_with(scheme)) {
      absolute = uri.substr(scheme.size() - 1);
      break;
    }
  }
  if (auto path = PathBelow(real_root_, absolute); path.ok()) return path;
  auto path = PathBelow(root_, absolute);
  if (path.ok()) return path;
  return Error(errors::kOutsideLocation, {std::string(uri), "file://" + root_});
}

/// `root` and its missing parents, each durable in its own parent.
Status MakeRoot(const std::string& root, const SyncFile& sync_file) {
  struct stat info {};
  if (::stat(root.c_str(), &info) == 0) {
    if (S_ISDIR(info.st_mode)) return Ok();
    return Error(errors::kStorage, {root, "not a folder"});
  }
  std::string parent(FolderOf(root));
  if (!parent.empty()) FIRN_TRY(MakeRoot(parent, sync_file));
  if (::mkdir(root.c_str(), 0777) != 0 && errno != EEXIST) return Failed(root, "mkdir", errno);
  Descriptor file(::open((parent + "/").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!file.ok()) return Failed(parent, "open", errno);
  if (sync_file(file.number()) != 0) return Failed(parent, "fsync", errno);
  return Ok();
}

}  // namespace

Result<std::unique_ptr<Store>> OpenLocalStoreWith(const std::string& root, SyncFile sync_file) {
  if (!root.starts_with('/') || root.find('\0') != std::string::npos) {
    return Error(errors::kInvalidInput, {"'" + root + "' is not an absolute path"});
  }
  std::string clean;
  for (size_t from = 0; from < root.size();) {
    size_t to = std::min(root.find('/', from), root.size());
    std::string part = root.substr(from, to - from);
    if (part == "..") return Error(errors::kInvalidInput, {"'" + root + "' has a '..' part"});
    if (!part.empty() && part != ".") clean += "/" + part;
    from = to + 1;
  }
  if (clean.empty()) return Error(errors::kInvalidInput, {"the folder of a store cannot be '/'"});
  FIRN_TRY(MakeRoot(clean, sync_file));
  char real[PATH_MAX];
  if (::realpath(clean.c_str(), real) == nullptr) return Failed(clean, "realpath", errno);
  return std::unique_ptr<Store>(std::make_unique<LocalStore>(clean, real, std::move(sync_file)));
}

Result<std::unique_ptr<Store>> OpenLocalStore(const std::string& root) { return OpenLocalStoreWith(root, ::fsync); }

}  // namespace firn::storage
