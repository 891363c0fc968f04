// LocalFolder: this process's own folder for write-ahead log, spill and caches (rule 17): DATA/local/<k>, the first k
// whose lock is free, or the one of --local. Taken by `cli` at start; held until it is destroyed.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace firn::catalog {

class LocalFolder {
 public:
  /// Takes the first free <parent>/<k>, k from 0, made if absent. Errors: kStorage.
  static Result<LocalFolder> ClaimUnder(const std::string& parent);
  /// Takes exactly `path`. Errors: kStorage; kInvalidInput where another process has it.
  static Result<LocalFolder> Claim(const std::string& path);
  LocalFolder(LocalFolder&& other) noexcept;
  LocalFolder& operator=(LocalFolder&& other) noexcept;
  ~LocalFolder();

  const std::string& path() const { return path_; }

 private:
  LocalFolder(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}
  std::string path_;
  int descriptor_ = -1;  ///< of <path>/lock, with flock
};

}  // namespace firn::catalog
