#include "pipeline/buffer/adopt.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/errors.h"

namespace firn::pipeline {

Result<std::vector<catalog::LocalFolder>> ClaimAbandoned(const std::string& parent, const std::string& own) {
  namespace fs = std::filesystem;
  std::vector<catalog::LocalFolder> out;
  std::error_code failure;
  std::vector<fs::path> found;
  for (fs::directory_iterator at(parent, failure), end; !failure && at != end; at.increment(failure)) {
    if (fs::is_directory(at->path() / kBufferFolder, failure)) found.push_back(at->path());
    failure.clear();
  }
  if (failure && failure != std::errc::no_such_file_or_directory) {
    return Error(errors::kStorage, {parent, failure.message()});
  }
  std::ranges::sort(found);
  for (const fs::path& path : found) {
    if (fs::equivalent(path, own, failure)) continue;
    auto folder = catalog::LocalFolder::Claim(path.string());
    if (!folder.ok() && folder.error().Is(errors::kInvalidInput)) continue;  // its process lives
    if (!folder.ok()) return std::move(folder).error();
    out.push_back(std::move(*folder));
  }
  return out;
}

}  // namespace firn::pipeline
