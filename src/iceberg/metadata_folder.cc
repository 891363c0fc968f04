#include "iceberg/metadata_folder.h"

#include "iceberg/parallel.h"

namespace firn::iceberg {

std::string MetadataFolder::NewUri(std::string_view ending) {
  return base_ + uuid_ + "-" + std::to_string(next_++) + std::string(ending);
}

Status MetadataFolder::Write(storage::Store& store,
                             const std::vector<std::pair<std::string, std::string>>& uri_and_bytes) {
  for (const auto& [uri, bytes] : uri_and_bytes) written_.push_back(uri);
  return ParallelEach(uri_and_bytes.size(), [&](size_t i) -> Status {
    FIRN_ASSIGN(std::string path, store.PathOf(uri_and_bytes[i].first));
    return store.Put(path, uri_and_bytes[i].second);
  });
}

}  // namespace firn::iceberg
