#include "pipeline/bronze/write_chunk.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <utility>

#include "base/errors.h"
#include "base/ids.h"
#include "engine/memory_rows.h"
#include "pipeline/ingest/row_code.h"
#include "pipeline/registry/spec.h"
#include "planner/context.h"
#include "statements/run.h"
#include "statements/table_columns.h"

namespace firn::pipeline {

namespace {

using catalog::ObjectKind;
using catalog::ObjectRef;
using engine::MemoryColumn;
using Kind = engine::MemoryColumn::Kind;

constexpr int kCommitTries = 8;
constexpr std::chrono::microseconds kFirstPause{2000};

/// The columns of kBronzeColumns and kErrorColumns by their place, as vectors that are filled row by row.
class ColumnsDraft {
 public:
  explicit ColumnsDraft(std::initializer_list<Kind> kinds, size_t rows) : rows_(rows) {
    for (Kind kind : kinds) {
      MemoryColumn& column = columns_.emplace_back();
      column.kind = kind;
      if (kind == Kind::kInteger || kind == Kind::kInstant) {
        column.numbers.reserve(rows);
      } else {
        column.texts.reserve(rows);
      }
    }
  }
  void Number(size_t column, int64_t value) { columns_[column].numbers.push_back(value); }
  /// Empty is NULL.
  void Text(size_t column, std::string_view text) {
    columns_[column].texts.push_back(text.empty() ? std::string_view() : text);
  }
  /// Empty is empty.
  void Bytes(size_t column, std::string_view bytes) {
    columns_[column].texts.push_back(bytes.data() ? bytes : std::string_view(""));
  }
  engine::MemoryRows Finish() && { return engine::MemoryRows(std::move(columns_), rows_); }

 private:
  std::vector<MemoryColumn> columns_;
  size_t rows_;
};

bool IsQuarantined(const ChunkRow& row) { return (row.flags & kRowQuarantined) != 0; }

std::string OffsetText(const ChunkBatch& batch) {
  if (batch.channel.empty()) return "";
  if (batch.start_offset == batch.end_offset) return std::to_string(batch.start_offset);
  return std::to_string(batch.start_offset) + ":" + std::to_string(batch.end_offset);
}

engine::MemoryRows BronzeRows(const Chunk& chunk, const std::vector<std::string>& offsets, size_t rows) {
  static_assert(kBronzeColumns.size() == 8);
  ColumnsDraft draft(
      {Kind::kInteger, Kind::kInstant, Kind::kText, Kind::kText, Kind::kText, Kind::kText, Kind::kInteger, Kind::kText},
      rows);
  for (const ChunkRow& row : chunk.rows) {
    if (IsQuarantined(row)) continue;
    const ChunkBatch& batch = chunk.batches[row.batch];
    draft.Number(0, row.seq);
    draft.Number(1, batch.ingested_at);
    draft.Text(2, batch.batch_id);
    draft.Text(3, batch.channel);
    draft.Text(4, offsets[row.batch]);
    draft.Text(5, row.op);
    draft.Number(6, batch.schema_version);
    draft.Text(7, row.raw);
  }
  return std::move(draft).Finish();
}

engine::MemoryRows ErrorRows(const Chunk& chunk, std::vector<RowError>* errors) {
  static_assert(kErrorColumns.size() == 11);
  std::vector<const ChunkRow*> rows;
  for (const ChunkRow& row : chunk.rows) {
    if (!IsQuarantined(row)) continue;
    rows.push_back(&row);
    errors->push_back(DecodeNote(row.note).value_or(RowError{RowCode::kBadJson, "", std::string(row.note)}));
  }
  ColumnsDraft draft({Kind::kInstant, Kind::kText, Kind::kInteger, Kind::kText, Kind::kText, Kind::kText, Kind::kText,
                      Kind::kText, Kind::kBytes, Kind::kInteger, Kind::kText},
                     rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    const ChunkRow& row = *rows[i];
    const ChunkBatch& batch = chunk.batches[row.batch];
    draft.Number(0, batch.ingested_at);
    draft.Text(1, batch.batch_id);
    draft.Number(2, row.seq);
    draft.Text(3, row.op);
    draft.Text(4, "ingest");
    draft.Text(5, NameOf((*errors)[i].code));
    draft.Text(6, (*errors)[i].column);
    draft.Text(7, (*errors)[i].message);
    draft.Bytes(8, row.raw);
    draft.Number(9, batch.schema_version);
    draft.Text(10, "open");
  }
  return std::move(draft).Finish();
}

Result<planner::FoundTable> FoundAt(session::Node& node, const catalog::StatePtr& state, const ObjectRef& table) {
  planner::FoundTable found;
  ObjectRef schema = state->ById(table->parent_id);
  ObjectRef database = schema ? state->ById(schema->parent_id) : nullptr;
  if (!database) return Error(errors::kObjectNotFound, {table->name});
  found.name = {database->name, schema->name, table->name};
  found.object = table;
  FIRN_ASSIGN(found.pinned, node.catalog->TableAt(*state, *table));
  found.version = found.pinned;
  return found;
}

/// Columns are found by name, so that whoever adds one to a bronze table does not stop it; it stays NULL.
template <size_t kCount>
Result<std::string> SelectList(const planner::FoundTable& table, const std::array<PlainColumn, kCount>& columns) {
  std::string list;
  size_t found = 0;
  for (const catalog::ColumnInfo& column : table.info().columns) {
    auto place = std::find_if(columns.begin(), columns.end(),
                              [&](const PlainColumn& plain) { return EqualsIgnoreCase(plain.name, column.name); });
    list += list.empty() ? "" : ", ";
    if (place == columns.end()) {
      list += "NULL";
      continue;
    }
    ++found;
    list += "c" + std::to_string(place - columns.begin());
  }
  if (found == kCount) return list;
  return Error(errors::kInvalidInput, {table.name.Text() + " lacks a column that ingest writes"});
}

/// What one table gets.
struct Part {
  planner::FoundTable table;
  std::vector<iceberg::DataFile> files;
};

class ChunkWriter {
 public:
  ChunkWriter(session::Node& node, const ChunkSource& source, const Chunk& chunk)
      : node_(node), source_(source), chunk_(chunk) {
    for (const ChunkBatch& batch : chunk.batches) offsets_.push_back(OffsetText(batch));
    written_.quarantined = std::count_if(chunk.rows.begin(), chunk.rows.end(), IsQuarantined);
    written_.rows = static_cast<int64_t>(chunk.rows.size()) - written_.quarantined;
  }

  Result<ChunkWritten> Run() {
    std::chrono::microseconds pause = kFirstPause;
    for (int tries = 1;; ++tries) {
      Status tried = Try();
      if (tried.ok()) return written_;
      if (!tried.error().Is(errors::kConflict) || tries == kCommitTries) return std::move(tried).error();
      node_.clock->Sleep(pause);
      pause *= 2;
    }
  }

 private:
  Status Try() {
    FIRN_ASSIGN(catalog::StatePtr state, node_.catalog->Head());
    const ObjectRef bronze = state->ById(source_.table_id);
    if (!bronze || !state->IsAlive(*bronze)) return Error(errors::kObjectNotFound, {source_.table_id});
    const uint64_t applied = AppliedPosition(*state, source_.table_id, source_.buffer_id);
    if (applied == chunk_.next && applied > source_.from) {
      written_.repeated = true;
      return Ok();
    }
    if (applied != source_.from) {
      return Error(errors::kInternal, {"buffer " + source_.buffer_id + " was applied up to " + std::to_string(applied) +
                                       " by another process"});
    }
    FIRN_ASSIGN(std::vector<Part> parts, WriteParts(state, bronze));
    std::vector<catalog::PendingTable> tables;
    for (Part& part : parts) {
      iceberg::TableChange change;
      change.added = std::move(part.files);
      catalog::PendingTable pending(part.table.object, part.table.name.Text());
      FIRN_TRY(pending.Add(catalog::Verb::kCopy, part.table.pinned, std::move(change), {}));
      tables.push_back(std::move(pending));
    }
    auto committed = node_.catalog->Commit(MakeTransaction(tables));
    if (committed.ok()) return Ok();
    // After an unknown outcome the files may be in the table.
    if (!committed.error().Is(errors::kOutcomeUnknown)) node_.catalog->Discard(tables);
    return std::move(committed).error();
  }

  catalog::Transaction MakeTransaction(const std::vector<catalog::PendingTable>& tables) {
    catalog::Transaction transaction;
    catalog::StatementInfo info;
    info.query_id = NewQueryId();
    info.user = statements::kSystemUser;
    info.kind = "COPY";
    info.rows_inserted = written_.rows;
    transaction.statements.push_back(std::move(info));
    transaction.tables = tables;
    catalog::OffsetMove move;
    move.owner_id = source_.table_id;
    move.key = source_.buffer_id;
    if (source_.from > 0) move.from = static_cast<int64_t>(source_.from);
    move.to = static_cast<int64_t>(chunk_.next);
    transaction.offsets.push_back(std::move(move));
    return transaction;
  }

  Result<std::vector<Part>> WriteParts(const catalog::StatePtr& state, const ObjectRef& bronze) {
    std::vector<Part> parts;
    if (written_.rows > 0) {
      FIRN_ASSIGN(planner::FoundTable table, FoundAt(node_, state, bronze));
      FIRN_ASSIGN(std::string list, SelectList(table, kBronzeColumns));
      engine::MemoryRows rows = BronzeRows(chunk_, offsets_, static_cast<size_t>(written_.rows));
      FIRN_ASSIGN(Part part, WritePart(*state, std::move(table), list, rows));
      parts.push_back(std::move(part));
    }
    if (written_.quarantined > 0) {
      ObjectRef errors = state->Find(bronze->parent_id, ObjectKind::kTable, bronze->name + kErrorTableSuffix);
      if (!errors || errors->kind() != ObjectKind::kTable) {
        return Error(errors::kObjectNotFound, {bronze->name + kErrorTableSuffix});
      }
      FIRN_ASSIGN(planner::FoundTable table, FoundAt(node_, state, errors));
      FIRN_ASSIGN(std::string list, SelectList(table, kErrorColumns));
      std::vector<RowError> notes;
      engine::MemoryRows rows = ErrorRows(chunk_, &notes);
      auto part = WritePart(*state, std::move(table), list, rows);
      if (!part.ok()) {
        DiscardFiles(parts);
        return std::move(part).error();
      }
      parts.push_back(std::move(*part));
    }
    return parts;
  }

  Result<Part> WritePart(const catalog::CatalogState& state, planner::FoundTable table, const std::string& list,
                         const engine::MemoryRows& rows) {
    engine::Statement statement;
    statement.sql = "SELECT " + list + " FROM " + rows.Relation();
    engine::CancelToken cancel;
    Part part;
    engine::WriteTarget target = statements::TargetOf(state, table);
    target.file_bytes_max = 0;  // one file, which keeps the order of the rows
    FIRN_ASSIGN(part.files, node_.engine->Write(std::move(statement), target, cancel));
    part.table = std::move(table);
    return part;
  }

  void DiscardFiles(const std::vector<Part>& parts) {
    for (const Part& part : parts) {
      for (const iceberg::DataFile& file : part.files) {
        // What cannot be deleted now is left to the collection of unreferenced files.
        if (auto path = node_.store->PathOf(file.path); path.ok()) (void)node_.store->Delete(*path).ok();
      }
    }
  }

  session::Node& node_;
  const ChunkSource& source_;
  const Chunk& chunk_;
  std::vector<std::string> offsets_;  ///< text of `_OFFSET`, by batch
  ChunkWritten written_;
};

}  // namespace

uint64_t AppliedPosition(const catalog::CatalogState& state, const std::string& table_id,
                         const std::string& buffer_id) {
  catalog::Offsets offsets = state.OffsetsOf(table_id);
  auto found = offsets.find(buffer_id);
  return found == offsets.end() ? 0 : static_cast<uint64_t>(found->second);
}

Result<ChunkWritten> WriteChunk(session::Node& node, const ChunkSource& source, const Chunk& chunk) {
  return ChunkWriter(node, source, chunk).Run();
}

}  // namespace firn::pipeline
