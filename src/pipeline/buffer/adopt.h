// Adoption (rule 17): the folders of processes that ended, with what is in their buffers, taken over by a starting one.
// Called by `cli` once at start, after this process has its own folder.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "catalog/local_folder.h"

namespace firn::pipeline {

/// The folder of a process's buffer within its local folder.
inline constexpr const char* kBufferFolder = "buffer";

/// Locks every `<parent>/<k>` that no process has and that holds a buffer, but not `own`. Each is opened as Buffers on
/// `<path>/buffer` and drained by its committers (its rows, keys and positions stay its own); keep the lock as long.
Result<std::vector<catalog::LocalFolder>> ClaimAbandoned(const std::string& parent, const std::string& own);

}  // namespace firn::pipeline
