// PendingTable: what a transaction has done to one table and not committed. Each statement adds its change with the
// version that it read and its read set; the next statement reads Over(version); Commit makes one snapshot of all.
// A value: the session copies it before a statement and puts the copy back if the statement fails. One thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalog/objects.h"
#include "catalog/table_version.h"
#include "iceberg/table_change.h"

namespace firn::catalog {

/// What a statement did to a table, as entries and snapshots (`firn.verb`) name it (rule 6).
enum class Verb : uint8_t {
  kInsert,
  kCopy,
  kUpdate,
  kDelete,
  kMerge,
  kOverwrite,
  kTruncate,
  kCreate,
  kAlter,
  kCompact
};
/// "INSERT", "COPY", "UPDATE", "DELETE", "MERGE", "INSERT OVERWRITE", "TRUNCATE", "CREATE", "ALTER", "COMPACT"
std::string_view Name(Verb verb);
std::optional<Verb> VerbOf(std::string_view name);
/// INSERT and COPY: valid on any head of the same schema, and others' files are no conflict for them.
inline bool IsPlainAppend(Verb verb) { return verb == Verb::kInsert || verb == Verb::kCopy; }

/// A change of metadata alone (schema, spec, properties): run again on the head of the moment when it is committed.
/// `now_ms` is the commit's time.
using MetadataEdit = std::function<Status(iceberg::TableMetadata* metadata, int64_t now_ms)>;

class PendingTable {
 public:
  /// An existing table. `name` is for errors ("DB.SCHEMA.T").
  PendingTable(ObjectRef table, std::string name);
  /// A table that the same transaction creates (or a clone, or a replacement): `initial` is Catalog::NewTable's, or for
  /// a clone the source's version with a new uuid and location.
  static PendingTable New(ObjectRef table, std::string name, TableVersionPtr initial);

  /// `pinned` (the account's version of the table at the statement's log position) with the transaction's own writes on
  /// top. For a new table `pinned` is ignored. Errors: kConflict where another process changed a file that an earlier
  /// statement of the transaction had changed.
  Result<TableVersionPtr> Over(TableVersionPtr pinned) const;

  /// Adds what a statement did. `pinned` as it was given to Over; `change` refers to the files that Over showed, with
  /// deletion vectors complete (older and pending positions included). `reads` is rule 4's: for UPDATE, DELETE, MERGE,
  /// OVERWRITE and TRUNCATE the ranges of the predicate (empty: everything); not looked at for INSERT and COPY.
  /// A change without files leaves nothing behind. Errors: kConflict as Over.
  Status Add(Verb verb, TableVersionPtr pinned, iceberg::TableChange change, iceberg::ReadSet reads);
  /// Adds a change of metadata. `pinned`: the version that it was planned on; the schema must be the same at commit.
  Status Edit(Verb verb, TableVersionPtr pinned, MetadataEdit edit);

  const ObjectRef& table() const { return table_; }
  const std::string& name() const { return name_; }
  bool is_new() const { return initial_ != nullptr; }
  bool empty() const { return !has_files() && edits_.empty() && !is_new(); }
  /// URIs of the data and delete files that this transaction wrote: to be deleted if it fails (Catalog::Discard).
  const std::vector<std::string>& written_files() const { return written_files_; }

  /// For the commit (writer.h, validate.h).
  struct Part {
    Verb verb;
    TableVersionPtr pinned;
    iceberg::TableChange change;  ///< only what concerns files of `pinned`: for FindConflict
    iceberg::ReadSet reads;
  };
  const std::vector<Part>& parts() const { return parts_; }
  const iceberg::TableChange& combined() const { return combined_; }
  const std::vector<MetadataEdit>& edits() const { return edits_; }
  const TableVersionPtr& initial() const { return initial_; }
  /// The first version that it was planned on: schema, spec and uuid must still be those.
  const TableVersionPtr& planned_on() const { return planned_on_; }
  /// The version that the last statement saw: it has all files that the combined change names.
  const TableVersionPtr& latest() const { return latest_; }
  /// The verb for the log: the last statement's that is no plain append, else the last one's.
  Verb verb() const { return verb_; }
  /// Whether there are file changes, so that a snapshot is made.
  bool has_files() const;
  bool only_appends() const { return only_appends_; }

 private:
  /// Whether the files that earlier statements changed are still so in `pinned`. Errors: kConflict.
  Status CheckStands(const TableVersion& pinned) const;

  ObjectRef table_;
  std::string name_;
  TableVersionPtr initial_;
  TableVersionPtr planned_on_;
  TableVersionPtr latest_;
  std::vector<Part> parts_;
  iceberg::TableChange combined_;
  std::vector<MetadataEdit> edits_;
  std::vector<std::string> written_files_;
  Verb verb_ = Verb::kInsert;
  bool only_appends_ = true;
};

}  // namespace firn::catalog
