#include "unit/pipeline/upkeep_lake.h"

#include "base/ids.h"

namespace firn::pipeline {

using catalog::Catalog;
using catalog::Must;
using catalog::ObjectRef;
using catalog::PendingTable;
using catalog::StatePtr;
using catalog::TableVersionPtr;

namespace {

int64_t LiveRows(const iceberg::LiveFile& file) {
  return file.data->record_count - (file.vector ? file.vector->record_count : 0);
}

Result<iceberg::DataFile> SizedFile(Catalog& catalog, const catalog::TableVersion& version, int64_t rows,
                                    int64_t size) {
  iceberg::DataFile file;
  file.path = version.metadata->location + "/data/" + NewUuid() + ".parquet";
  FIRN_ASSIGN(std::string path, catalog.store()->PathOf(file.path));
  FIRN_TRY(catalog.store()->Put(path, "rows"));
  file.record_count = rows;
  file.size = size;
  return file;
}

}  // namespace

Rewrite CountingRewrite(Catalog& catalog) {
  return [&catalog](const catalog::CatalogState&, const ObjectRef&, const catalog::TableVersion& version,
                    const CompactionGroup& group, engine::CancelToken&) -> Result<std::optional<iceberg::DataFile>> {
    int64_t rows = 0, size = 0;
    for (const iceberg::LiveFilePtr& file : group.files) {
      rows += LiveRows(*file);
      size += file->data->size;
    }
    if (rows == 0) return std::optional<iceberg::DataFile>();
    FIRN_ASSIGN(iceberg::DataFile file, SizedFile(catalog, version, rows, size));
    return std::optional<iceberg::DataFile>(std::move(file));
  };
}

Status InsertSized(Catalog& catalog, const std::string& name, int64_t rows, int64_t size) {
  FIRN_ASSIGN(StatePtr state, catalog.Head());
  ObjectRef table = state->InSchema("DB", "PUBLIC", catalog::ObjectKind::kTable, name);
  FIRN_ASSIGN(TableVersionPtr version, catalog.TableAt(*state, *table));
  iceberg::TableChange change;
  FIRN_ASSIGN(iceberg::DataFile file, SizedFile(catalog, *version, rows, size));
  change.added.push_back(std::move(file));
  PendingTable pending(table, name);
  FIRN_TRY(pending.Add(catalog::Verb::kInsert, version, std::move(change), {}));
  catalog::Transaction transaction;
  transaction.statements = {catalog::Statement("INSERT")};
  transaction.tables.push_back(std::move(pending));
  FIRN_TRY(catalog.Commit(std::move(transaction)));
  return Ok();
}

Result<bool> DeleteRow(Catalog& catalog, const std::string& name, size_t file, uint64_t position) {
  FIRN_ASSIGN(StatePtr state, catalog.Head());
  ObjectRef table = state->InSchema("DB", "PUBLIC", catalog::ObjectKind::kTable, name);
  FIRN_ASSIGN(TableVersionPtr version, catalog.TableAt(*state, *table));
  const iceberg::LiveFile& live = *version->files->files().at(file);
  FIRN_ASSIGN(auto old, iceberg::LoadDeletes(*version->store, live));
  if (old && old->Contains(position)) return false;
  auto deleted = std::make_shared<iceberg::DeletionVector>();
  if (old) *deleted = *old;
  deleted->Add(position);
  iceberg::TableChange change;
  change.operation = iceberg::Operation::kDelete;
  change.vectors[live.data->path] = std::move(deleted);
  PendingTable pending(table, name);
  FIRN_TRY(pending.Add(catalog::Verb::kDelete, version, std::move(change), {}));
  catalog::Transaction transaction;
  transaction.statements = {catalog::Statement("DELETE")};
  transaction.tables.push_back(std::move(pending));
  FIRN_TRY(catalog.Commit(std::move(transaction)));
  return true;
}

std::set<std::string> NamedFiles(Catalog& catalog, const std::string& name) {
  StatePtr state = Must(catalog.Head());
  ObjectRef table = state->InSchema("DB", "PUBLIC", catalog::ObjectKind::kTable, name);
  TableVersionPtr head = Must(catalog.TableAt(*state, *table));
  std::set<std::string> named{head->metadata_location};
  const int64_t oldest = state->Head(table->id)->oldest_sequence;
  History history = Must(ReadHistory(*catalog.store(), *head, oldest));
  for (const auto& [sequence, snapshot] : history.snapshots) {
    const bool held = head->metadata->FindSnapshot((*snapshot)->snapshot_id) != nullptr;
    if (sequence < oldest && !held) continue;
    named.insert((*snapshot)->manifest_list);
    // Read from the store, not from what the catalog remembers.
    iceberg::TableMetadata metadata = *head->metadata;
    if (!held) metadata.snapshots.push_back(snapshot);
    auto files = iceberg::LoadTableFiles(*catalog.store(), metadata, (*snapshot)->snapshot_id);
    if (!files.ok()) {
      ADD_FAILURE() << "snapshot " << sequence << ": " << files.error().Message();
      continue;
    }
    for (const auto& manifest : (*files)->manifests()) {
      named.insert(manifest->file.path);
      for (const auto& file : manifest->live) named.insert(file->path);
    }
  }
  return named;
}

std::vector<std::string> MissingFiles(Catalog& catalog, const std::string& name) {
  std::vector<std::string> missing;
  for (const std::string& uri : NamedFiles(catalog, name)) {
    if (!catalog.store()->Head(Must(catalog.store()->PathOf(uri))).ok()) missing.push_back(uri);
  }
  return missing;
}

size_t ObjectsUnder(Catalog& catalog, const std::string& prefix) { return Must(catalog.store()->List(prefix)).size(); }

}  // namespace firn::pipeline
