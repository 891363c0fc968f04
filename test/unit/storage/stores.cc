#include "unit/storage/stores.h"

#include <cstdlib>
#include <filesystem>

namespace firn::storage {

TempFolder::TempFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "firn-storage-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) std::abort();
  path_ = name;
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace firn::storage
