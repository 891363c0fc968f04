// What a commit of each kind produces (commit-protocol rules 3 and 4). The way of a change:
//   1. PreparedChange::Make      writes what does not depend on the head: manifests of added files, deletion vectors
//   2. FindConflict              on the head of the moment (rule 4)
//   3. PreparedChange::Apply     writes rewritten and merged manifests that are not written yet, and the manifest list;
//                                gives the new metadata and files. Again on the next head after a lost race
//   4. WriteTableMetadata        once for all changes of a batch to one table
// One thread at a time a PreparedChange; the values that go in and come out are immutable.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "iceberg/deletion_vector.h"
#include "iceberg/table_files.h"
#include "iceberg/table_metadata.h"
#include "storage/store.h"

namespace firn::iceberg {

struct TableChange {
  Operation operation = Operation::kAppend;
  /// Data files in the store (the commit makes them durable), spec_id and partition set. A set data_sequence_number is
  /// kept (compaction: the one up to which it read), else the commit gives one.
  std::vector<DataFile> added;
  std::vector<std::string> removed;  ///< URIs of live data files
  /// v3: data file URI → all its deleted positions, old ones included. The file is live or in `added`.
  std::map<std::string, std::shared_ptr<const DeletionVector>> vectors;
  /// v2: position-delete Parquet files that the engine wrote. Those that name no one file in referenced_data_file need
  /// their data files in ReadSet::touched.
  std::vector<DataFile> added_deletes;
  std::map<std::string, std::string> summary;  ///< further keys: "firn.query-id", "firn.applied" …
  int64_t snapshot_id = 0;                     ///< 0: a random one is chosen
  std::string branch = "main";
};

/// One change that does what `first` and then `second` do (statements of one transaction): files that second removes or
/// marks in first's additions vanish or are marked there.
TableChange Combine(TableChange first, TableChange second);

/// What a statement read, for rule 4.
struct ReadSet {
  std::vector<std::string>
      touched;                     ///< data files whose rows it deletes or replaces (removed and vectors count anyway)
  bool added_files_matter = true;  ///< false: foreign files that were added since do not invalidate (rules 4, 6)
  /// Rows wanted, as a conjunction; empty: every foreign file matters.
  std::vector<ColumnRange> predicate;
};

/// Why a change planned on `base` is not valid on `head`, or nothing. An append with an empty ReadSet of
/// added_files_matter = false is always valid. Compares file sets only: uuid, schema and spec are the catalog's to
/// check.
std::optional<std::string> FindConflict(const TableFiles& base, const TableMetadata& head_metadata,
                                        const TableFiles& head, const TableChange& change, const ReadSet& reads);

/// `files` with `change` on top, nothing written: what later statements of a transaction see. New files carry
/// provisional sequence numbers and row ids after those of `metadata`. Errors: kInternal (an unknown file is removed).
Result<TableFilesPtr> Preview(const TableMetadata& metadata, const TableFiles& files, const TableChange& change);

/// A change applied to a head.
struct AppliedChange {
  TableMetadata metadata;  ///< with the new snapshot; not written yet
  TableFilesPtr files;
  int64_t snapshot_id = 0;
};

class PreparedChange {
 public:
  /// `files` are those that the change was planned on. A vector that deletes every row of a file becomes the removal of
  /// the file. Writes Puffin files and the manifests of new files, durably, under `<location>/metadata/`.
  /// Errors: storage errors; kInternal for a change that breaks the format's rules; kUnsupported (v1 tables; vectors in
  /// v2; position-delete files in v3).
  static Result<PreparedChange> Make(storage::Store& store, const TableMetadata& base, const TableFiles& files,
                                     TableChange change);

  PreparedChange(PreparedChange&&) noexcept;
  PreparedChange& operator=(PreparedChange&&) noexcept;
  ~PreparedChange();

  /// Applies to a head on which FindConflict found nothing. `now` becomes the snapshot's time (raised to the last
  /// update's, if the clock went back). Errors: storage errors; kConflict when a file to be removed is not live.
  Result<AppliedChange> Apply(storage::Store& store, const TableMetadata& head, const TableFiles& files, Micros now);

  const TableChange& change() const;
  int64_t snapshot_id() const;
  /// URIs that were written and are of no use to the latest Apply; all of them when the change is given up.
  std::vector<std::string> Leftovers(bool given_up) const;

 private:
  friend class ChangeApplier;
  struct State;
  explicit PreparedChange(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Rewrites of manifests are steered by these table properties; defaults in brackets.
inline constexpr char kMinCountToMerge[] = "commit.manifest.min-count-to-merge";    ///< [16] manifests of one tier
inline constexpr char kTargetManifestSize[] = "commit.manifest.target-size-bytes";  ///< [2097152] larger ones stay
inline constexpr char kMergeEnabled[] = "commit.manifest-merge.enabled";            ///< [true]

}  // namespace firn::iceberg
