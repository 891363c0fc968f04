// The local store with its fsync given from outside: for the tests of what happens when an fsync fails and of the
// order of the system calls. Everyone else calls OpenLocalStore of storage/store.h.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "storage/store.h"

namespace firn::storage {

/// As fsync(2): 0, or -1 with errno.
using SyncFile = std::function<int(int descriptor)>;

Result<std::unique_ptr<Store>> OpenLocalStoreWith(const std::string& root, SyncFile sync_file);

}  // namespace firn::storage
