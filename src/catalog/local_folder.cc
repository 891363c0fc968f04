#include "catalog/local_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <utility>

#include "base/errors.h"

namespace firn::catalog {

namespace {

Error Failed(const std::string& path, const std::string& why) { return Error(errors::kStorage, {path, why}); }

/// The locked descriptor, or none where another process has the folder.
Result<std::optional<int>> TryClaim(const std::string& path) {
  std::error_code failure;
  std::filesystem::create_directories(path, failure);
  if (failure) return Failed(path, failure.message());
  const std::string lock_path = path + "/lock";
  int descriptor = open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return Failed(lock_path, std::strerror(errno));
  if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) return std::optional<int>(descriptor);
  int error = errno;
  close(descriptor);
  if (error == EWOULDBLOCK) return std::optional<int>();
  return Failed(lock_path, std::strerror(error));
}

constexpr int kFoldersMax = 1000;

}  // namespace

Result<LocalFolder> LocalFolder::ClaimUnder(const std::string& parent) {
  for (int k = 0; k < kFoldersMax; ++k) {
    std::string path = parent + "/" + std::to_string(k);
    FIRN_ASSIGN(std::optional<int> descriptor, TryClaim(path));
    if (descriptor) return LocalFolder(std::move(path), *descriptor);
  }
  return Failed(parent, "other processes have all " + std::to_string(kFoldersMax) + " folders in it");
}

Result<LocalFolder> LocalFolder::Claim(const std::string& path) {
  FIRN_ASSIGN(std::optional<int> descriptor, TryClaim(path));
  if (!descriptor) return Error(errors::kInvalidInput, {"another process has the folder '" + path + "'"});
  return LocalFolder(path, *descriptor);
}

LocalFolder::LocalFolder(LocalFolder&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

LocalFolder& LocalFolder::operator=(LocalFolder&& other) noexcept {
  if (this != &other) {
    if (descriptor_ >= 0) close(descriptor_);
    path_ = std::move(other.path_);
    descriptor_ = std::exchange(other.descriptor_, -1);
  }
  return *this;
}

LocalFolder::~LocalFolder() {
  if (descriptor_ >= 0) close(descriptor_);
}

}  // namespace firn::catalog
