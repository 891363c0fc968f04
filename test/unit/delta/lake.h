// An account with mirrored tables for the tests. Data files are objects of any bytes (neither catalog nor mirror reads
// them); logs are read back here by a replay of its own, not by the code under test.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/errors.h"
#include "catalog/catalog.h"
#include "delta/mirror.h"
#include "engine/engine.h"
#include "iceberg/metadata_update.h"

namespace firn::delta {

template <class T>
T Must(Result<T> result) {
  if (!result.ok()) {
    ADD_FAILURE() << result.error().Message();
    std::abort();
  }
  return std::move(*result);
}
inline void Must(Status status) {
  if (!status.ok()) {
    ADD_FAILURE() << status.error().Message();
    std::abort();
  }
}

iceberg::Field Field(const std::string& name, iceberg::Kind kind);

/// What the Delta log of a table says, by replay of all its commits from version 0.
struct Replayed {
  std::vector<std::string> commits;        ///< texts, by version
  std::map<std::string, int64_t> deleted;  ///< live path → cardinality of its vector
  std::vector<int64_t> sequences;          ///< of the mirror's txn, by version
  std::string schema, protocol;            ///< the latest
  int64_t rows = 0;                        ///< numRecords of the live files less what is deleted
  std::set<std::string> faults;            ///< breaches: a path added twice, removed without being there …
};

class Lake {
 public:
  explicit Lake(std::shared_ptr<storage::Store> store, MirrorOptions options = Options(), bool start = true);
  ~Lake();

  /// No threads: who commits publishes.
  static MirrorOptions Options();

  catalog::Catalog& catalog() { return *catalog_; }
  Mirror& mirror() { return *mirror_; }
  storage::Store& store() { return *store_; }
  /// Stops observing, as a process that dies between commit and publication.
  void CloseMirror() { mirror_.reset(); }
  void OpenMirror(MirrorOptions options = Options());

  /// CREATE TABLE DB.PUBLIC.name; DELTA = TRUE unless `options` say otherwise.
  Status Create(const std::string& name, std::vector<iceberg::Field> fields,
                catalog::OptionMap options = {{"DELTA", "true"}});
  catalog::ObjectRef Table(const std::string& name);
  catalog::TableVersionPtr Version(const std::string& name);
  Result<catalog::CommitResult> Insert(const std::string& name, int64_t rows);
  /// Deletes `positions` of the table's file number `index`, besides those that are deleted.
  Result<catalog::CommitResult> Delete(const std::string& name, size_t index, const std::vector<uint64_t>& positions);
  /// All files become one, as compaction does it.
  Result<catalog::CommitResult> Compact(const std::string& name);
  Result<catalog::CommitResult> Edit(const std::string& name, catalog::MetadataEdit edit);
  Result<catalog::CommitResult> SetOptions(const std::string& name, catalog::OptionMap options);
  int64_t Rows(const std::string& name);

  std::string LogFile(const std::string& name, const std::string& file);
  Replayed Replay(const std::string& name);

 private:
  Result<iceberg::DataFile> MakeFile(const catalog::TableVersion& version, int64_t rows);
  Result<catalog::CommitResult> Commit(catalog::Verb verb, const std::string& name, iceberg::TableChange change);

  std::shared_ptr<storage::Store> store_;
  std::unique_ptr<catalog::Catalog> catalog_;
  std::unique_ptr<Mirror> mirror_;
};

/// One engine for all tests, on a folder of its own.
engine::Engine& TestEngine();
std::string ScratchFolder();

}  // namespace firn::delta
