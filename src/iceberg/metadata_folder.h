// Writes new files of one change under `<location>/metadata/`. Of this room only; one thread.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "storage/store.h"

namespace firn::iceberg {

class MetadataFolder {
 public:
  MetadataFolder(std::string location, std::string commit_uuid)
      : base_(std::move(location) + "/metadata/"), uuid_(std::move(commit_uuid)) {}

  /// The URI of a new file: "<base><uuid>-<number><ending>". Numbers count up over all endings.
  std::string NewUri(std::string_view ending);
  /// base + name
  std::string UriOf(std::string_view name) const { return base_ + std::string(name); }
  const std::string& uuid() const { return uuid_; }
  /// Writes files side by side, durably.
  Status Write(storage::Store& store, const std::vector<std::pair<std::string, std::string>>& uri_and_bytes);
  /// Every URI that Write was asked to write.
  const std::vector<std::string>& written() const { return written_; }

 private:
  std::string base_;
  std::string uuid_;
  int next_ = 0;
  std::vector<std::string> written_;
};

}  // namespace firn::iceberg
