// Versions: loading table versions from the store and keeping the latest ones by the name of their metadata, which is
// immutable; time travel through the chain of metadata files. For this room; any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "catalog/objects.h"
#include "catalog/table_version.h"
#include "storage/store.h"

namespace firn::catalog {

class Versions {
 public:
  Versions(std::shared_ptr<storage::Store> store, size_t kept, std::vector<std::string> allowed_folders);

  /// The current snapshot of the metadata. `foreign`: the table is somebody else's.
  Result<TableVersionPtr> Load(const std::string& table_id, const std::string& metadata_uri, bool foreign);
  /// What a commit made, so that nobody reads it back.
  void Keep(TableVersionPtr version);
  /// Another snapshot of `current`'s history. `oldest`: TableHead::oldest_sequence; what was given up is not there.
  /// Errors: kNoTimeTravel.
  Result<TableVersionPtr> AtSnapshot(const TableVersion& current, int64_t snapshot_id, const std::string& table_name,
                                     int64_t oldest);
  /// Errors: kNoTimeTravel.
  Result<TableVersionPtr> AsOf(const TableVersion& current, const Object& table, const TimePoint& point,
                               const std::string& table_name, int64_t oldest);

 private:
  using MetadataPtr = std::shared_ptr<const iceberg::TableMetadata>;
  /// A snapshot and metadata that knows it; `snapshot` null: the table was still empty.
  struct Found {
    MetadataPtr metadata;
    iceberg::SnapshotPtr snapshot;
  };

  Result<TableVersionPtr> LoadForeign(const std::string& table_id, const std::string& metadata_uri);
  Result<TableVersionPtr> Make(const TableVersion& current, const Found& found, const std::string& table_name,
                               int64_t oldest);
  Result<MetadataPtr> ReadMetadata(const TableVersion& current, const std::string& uri, const std::string& table_name);
  Result<Found> AtTime(const TableVersion& current, int64_t limit_ms, const std::string& table_name);
  Result<Found> FindSnapshot(const TableVersion& current, const std::string& table_name,
                             const std::function<bool(const iceberg::Snapshot&)>& wanted);
  TableVersionPtr Lookup(const std::string& key);
  void Keep(const std::string& key, TableVersionPtr version);

  const std::shared_ptr<storage::Store> store_;
  const size_t kept_;
  const std::vector<std::string> allowed_folders_;

  std::mutex mutex_;
  std::list<std::pair<std::string, TableVersionPtr>> latest_;  ///< the last used first
  std::unordered_map<std::string_view, std::list<std::pair<std::string, TableVersionPtr>>::iterator> by_key_;
};

/// The schema that the snapshot was written with, or the current one.
std::shared_ptr<const iceberg::Schema> SchemaOf(const std::shared_ptr<const iceberg::TableMetadata>& metadata,
                                                const iceberg::Snapshot* snapshot);

/// Drops the oldest snapshots beyond `kept` that no ref needs: they are found through older metadata files, and a
/// commit's cost stays the same however many went before it.
Status TrimSnapshots(iceberg::TableMetadata* metadata, int kept, int64_t now_ms);

/// Under this summary key a snapshot names its statements' query ids, separated by commas.
inline constexpr char kQueryIdKey[] = "firn.query-id";
inline constexpr char kVerbKey[] = "firn.verb";
inline constexpr char kAppliedKey[] = "firn.applied";

}  // namespace firn::catalog
