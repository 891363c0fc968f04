// The stores under test, made by name, each empty.
#pragma once

#include <memory>
#include <string>

#include "storage/store.h"

namespace firn::storage {

/// A folder under TMPDIR that goes with this object.
class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace firn::storage
