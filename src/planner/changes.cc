#include "planner/changes.h"

#include "base/errors.h"
#include "sql/changes_call.h"
#include "sql/printer.h"

namespace firn::planner {

namespace {

constexpr const char* kAction = "METADATA$ACTION";
constexpr const char* kIsUpdate = "METADATA$ISUPDATE";
constexpr const char* kRowId = "METADATA$ROW_ID";
constexpr const char* kId = "firn$id";      ///< the row id, inside the query
constexpr const char* kFile = "firn$file";  ///< the index of the file, inside the query

using iceberg::DeletionVector;
using iceberg::LiveFile;
using iceberg::LiveFilePtr;

/// The first row id that a snapshot did not give out.
int64_t NextRowId(const catalog::TableVersionPtr& version) {
  if (!version || !version->snapshot_id) return 0;
  for (const iceberg::SnapshotPtr& snapshot : version->metadata->snapshots) {
    if ((*snapshot)->snapshot_id != *version->snapshot_id) continue;
    return (*snapshot)->first_row_id.value_or(0) + (*snapshot)->added_rows.value_or(0);
  }
  return 0;
}

bool SameDeletes(const LiveFile& a, const LiveFile& b) {
  if (!a.vector || !b.vector) return !a.vector && !b.vector;
  return a.vector->path == b.vector->path && a.vector->content_offset == b.vector->content_offset;
}

/// The file with only those rows that `now` deletes and `before` does not.
Result<LiveFilePtr> NewlyDeleted(storage::Store& store, const LiveFilePtr& before, const LiveFilePtr& now) {
  FIRN_ASSIGN(auto old_deletes, iceberg::LoadDeletes(store, *before));
  FIRN_ASSIGN(auto new_deletes, iceberg::LoadDeletes(store, *now));
  auto hidden = std::make_shared<DeletionVector>();
  uint64_t next = 0;
  if (new_deletes) {
    new_deletes->ForEach([&](uint64_t position) {
      if (old_deletes && old_deletes->Contains(position)) return;
      if (position > next) hidden->AddRange(next, position - next);
      next = position + 1;
    });
  }
  auto rows = static_cast<uint64_t>(before->data->record_count);
  if (next == 0) return LiveFilePtr();
  if (next < rows) hidden->AddRange(next, rows - next);
  auto file = std::make_shared<LiveFile>();
  file->data = before->data;
  file->pending = std::move(hidden);
  return LiveFilePtr(std::move(file));
}

/// Rows that are no longer as `from` has them, and rows that `to` has in other files.
struct Sides {
  std::vector<LiveFilePtr> before, after;
};

Result<Sides> Differences(const ChangeRange& range) {
  Sides sides;
  for (const LiveFilePtr& file : range.to->files->files()) {
    const LiveFilePtr* old = range.from ? range.from->files->Find(file->data->path) : nullptr;
    if (!old) {
      sides.after.push_back(file);
    } else if (!range.append_only && !SameDeletes(**old, *file)) {
      FIRN_ASSIGN(LiveFilePtr deleted, NewlyDeleted(*range.to->store, *old, file));
      if (deleted) sides.before.push_back(std::move(deleted));
    }
  }
  if (range.append_only) {
    for (LiveFilePtr& file : sides.after) {
      auto whole = std::make_shared<LiveFile>();
      whole->data = file->data;
      file = std::move(whole);
    }
  } else if (range.from) {
    for (const LiveFilePtr& file : range.from->files->files()) {
      if (!range.to->files->Find(file->data->path)) sides.before.push_back(file);
    }
  }
  return sides;
}

/// Which rows of files that came later were new then, and not older ones written anew: UPDATE and MERGE keep the id,
/// which is below those that the file was given. A compaction's file holds rows of others; of these it takes none that
/// an append-only stream still has to show and that were not plainly inserted (pipeline/upkeep/compaction.h).
std::string InsertedThere(const std::vector<LiveFilePtr>& files, int64_t next_row_id) {
  std::string least;
  bool same = true;
  for (const LiveFilePtr& file : files) {
    const iceberg::DataFile& data = *file->data;
    const bool moved = data.data_sequence_number < data.file_sequence_number;
    const int64_t first = std::max(next_row_id, moved ? 0 : data.first_row_id.value_or(0));
    same = same && first == next_row_id;
    least += (least.empty() ? "" : ", ") + std::to_string(first);
  }
  const std::string id = std::string("b.\"") + kId + "\"";
  if (same) return id + " >= " + std::to_string(next_row_id);
  return id + " >= ([" + least + "])[CAST(b.\"" + kFile + "\" AS BIGINT) + 1]";
}

/// Pins some files of the table, read with the columns of `range.to`.
std::string Scan(StatementContext& context, const ChangeRange& range, std::vector<LiveFilePtr> files) {
  auto version = std::make_shared<catalog::TableVersion>(*range.to);
  version->files =
      std::make_shared<const iceberg::TableFiles>(std::vector<iceberg::LoadedManifestPtr>(), std::move(files));
  FoundTable table = range.table;
  table.version = std::move(version);
  return "(SELECT *, _row_id AS \"" + std::string(kId) + "\", file_index AS \"" + kFile + "\" FROM lake_scan(" +
         std::to_string(context.AddTable(table)) + "))";
}

std::string Columns(const FoundTable& table, const char* side) {
  std::string list;
  for (const catalog::ColumnInfo& column : table.info().columns) {
    list += std::string(side) + "." + sql::QuoteIdent(column.name) + ", ";
  }
  return list;
}

std::string Metadata(const ChangeRange& range, const char* side, const char* action, const std::string& is_update) {
  return "'" + std::string(action) + "' AS " + sql::QuoteIdent(kAction) + ", " + is_update + " AS " +
         sql::QuoteIdent(kIsUpdate) + ", sha1('" + range.table.object->id + "/' || " + side + ".\"" + kId + "\") AS " +
         sql::QuoteIdent(kRowId);
}

/// A row that is on both sides and has not changed was only moved to another file.
std::string Differs(const FoundTable& table) {
  std::string any = "FALSE";
  for (const catalog::ColumnInfo& column : table.info().columns) {
    std::string name = sql::QuoteIdent(column.name);
    any += " OR b." + name + " IS DISTINCT FROM a." + name;
  }
  return any;
}

}  // namespace

std::vector<std::string> ChangeColumns(const FoundTable& table) {
  std::vector<std::string> names;
  for (const catalog::ColumnInfo& column : table.info().columns) names.push_back(column.name);
  names.insert(names.end(), {kAction, kIsUpdate, kRowId});
  return names;
}

Result<std::string> ChangesSql(StatementContext& context, const ChangeRange& range) {
  if (range.to->metadata->format_version < 3) {
    return Error(errors::kUnsupported, {"changes of '" + range.table.name.name +
                                        "': a table with ICEBERG_VERSION = 2 "
                                        "has no row ids"});
  }
  FIRN_ASSIGN(Sides sides, Differences(range));
  const std::string inserted = InsertedThere(sides.after, NextRowId(range.from));
  std::string after = Scan(context, range, std::move(sides.after));
  if (range.append_only) {
    return "SELECT " + Columns(range.table, "b") + Metadata(range, "b", "INSERT", "FALSE") + " FROM " + after +
           " AS b WHERE " + inserted;
  }
  std::string before = Scan(context, range, std::move(sides.before));
  std::string on = std::string("a.\"") + kId + "\" = b.\"" + kId + "\"";
  auto half = [&](const char* side, const char* other, const char* action) {
    std::string other_id = std::string(other) + ".\"" + kId + "\"";
    return "SELECT " + Columns(range.table, side) + Metadata(range, side, action, other_id + " IS NOT NULL") +
           " FROM firn_" + side + " AS " + side + " LEFT JOIN firn_" + other + " AS " + other + " ON " + on +
           " WHERE " + other_id + " IS NULL OR " + Differs(range.table);
  };
  return "WITH firn_a AS " + before + ", firn_b AS " + after + " " + half("b", "a", "INSERT") + " UNION ALL " +
         half("a", "b", "DELETE");
}

Result<ChangeRange> StreamRange(StatementContext& context, const catalog::Object& stream) {
  const auto& info = *stream.As<catalog::StreamInfo>();
  const catalog::CatalogState& state = context.state();
  catalog::ObjectRef object = state.ById(info.table_id);
  if (!object || !state.IsAlive(*object)) {
    return Error(errors::kInvalidInput, {"Stream " + stream.name + " has become stale: its table was dropped."});
  }
  catalog::ObjectRef schema = state.ById(object->parent_id);
  FullName name{state.ById(schema->parent_id)->name, schema->name, object->name};
  FIRN_ASSIGN(FoundRelation found, FindRelation(context, name, {}));
  if (!found.table) return Error(errors::kObjectNotFound, {name.Text()});
  ChangeRange range{.table = *std::move(found.table), .from = nullptr, .to = nullptr, .append_only = info.append_only};
  // As others see the table: what this transaction wrote comes after its commit.
  range.to = range.table.pinned;
  catalog::Offsets offsets = state.OffsetsOf(stream.id);
  if (auto offset = offsets.find(std::string(catalog::kSnapshotOffset)); offset != offsets.end()) {
    auto from = context.session.node().catalog->TableAtSnapshot(state, *object, offset->second);
    if (!from.ok()) {
      return Error(errors::kInvalidInput, {"Stream " + stream.name + " has become stale: " + from.error().Message()});
    }
    range.from = *std::move(from);
  }
  return range;
}

bool IsTableCall(const sql::Call& call) {
  if (call.name.parts.size() != 1 || call.args.empty() || call.args[0].name != "TABLE") return false;
  return call.name.parts[0].text == sql::kChangesCall || call.name.parts[0].text == sql::kSnapshotCall;
}

namespace {

int64_t SequenceOf(const catalog::TableVersionPtr& version) {
  const iceberg::SnapshotPtr* snapshot =
      version && version->snapshot_id ? version->metadata->FindSnapshot(*version->snapshot_id) : nullptr;
  return snapshot ? (**snapshot)->sequence_number : 0;
}

/// "AT OFFSET" … as time travel.
sql::TimeTravel TravelOf(sql::Argument& arg) {
  using Kind = sql::TimeTravel::Kind;
  const Kind kind = arg.name.ends_with("TIMESTAMP")   ? Kind::kTimestamp
                    : arg.name.ends_with("OFFSET")    ? Kind::kOffset
                    : arg.name.ends_with("STATEMENT") ? Kind::kStatement
                                                      : Kind::kStream;
  return {.before = arg.name.starts_with("BEFORE"), .kind = kind, .value = std::move(arg.value)};
}

/// The table that the call names.
Result<FoundTable> TableOf(StatementContext& context, const sql::Call& call, Position at) {
  const auto* column = call.args[0].value->As<sql::ColumnRef>();
  if (!column) return Error(errors::kUnsupported, {"CHANGES of an expression"}, at);
  sql::ObjectName named{.parts = column->parts, .dynamic = nullptr, .at = at};
  FIRN_ASSIGN(FullName name, Qualify(context, named, "SELECT"));
  FIRN_ASSIGN(FoundRelation found, FindRelation(context, name, at));
  if (!found.table) {
    return Error(errors::kUnsupported, {std::string("CHANGES of a ") + (found.view ? "view" : "stream")}, at);
  }
  if (found.table->temporary || !found.table->pinned) {
    return Error(errors::kUnsupported, {"CHANGES of a temporary table, or of one that the transaction made"}, at);
  }
  return *std::move(found.table);
}

}  // namespace

Result<ChangeRange> RangeOfCall(StatementContext& context, sql::Call& call, Position at) {
  FIRN_ASSIGN(FoundTable table, TableOf(context, call, at));
  ChangeRange range{.table = table, .from = nullptr, .to = table.pinned, .append_only = false};
  for (sql::Argument& arg : call.args) {
    if (arg.name == "TABLE") continue;
    const auto* literal = arg.value->As<sql::Literal>();
    if (arg.name == "APPEND_ONLY" && literal) {
      range.append_only = literal->text == "true";
    } else if (arg.name == "SNAPSHOT" && literal) {
      std::optional<int64_t> snapshot;
      if (literal->kind != sql::Literal::Kind::kNull) snapshot = std::strtoll(literal->text.c_str(), nullptr, 10);
      FIRN_ASSIGN(range.from, VersionAt(context, table, snapshot));
    } else {
      const bool end = arg.name.starts_with("END");
      FIRN_ASSIGN(FoundTable then, Travel(context, table, TravelOf(arg)));
      (end ? range.to : range.from) = then.version;
    }
  }
  if (call.name.parts[0].text == sql::kSnapshotCall) range.to = range.from;
  if (range.from && !range.from->snapshot_id) range.from = nullptr;
  // An interval that ends before it begins holds nothing.
  if (SequenceOf(range.from) > SequenceOf(range.to)) range.from = range.to;
  return range;
}

namespace {

/// Whether every snapshot after `from` only moved rows to other files.
bool OnlyMoved(const ChangeRange& range) {
  const std::optional<int64_t> from = range.from ? range.from->snapshot_id : std::nullopt;
  std::optional<int64_t> at = range.to->snapshot_id;
  while (at && at != from) {
    const iceberg::SnapshotPtr* snapshot = range.to->metadata->FindSnapshot(*at);
    if (!snapshot || (**snapshot)->operation() != iceberg::Name(iceberg::Operation::kReplace)) return false;
    at = (**snapshot)->parent_snapshot_id;
  }
  return at == from;
}

}  // namespace

bool MayHaveChanges(const ChangeRange& range) {
  if (OnlyMoved(range)) return false;
  auto old_count = range.from ? range.from->files->files().size() : 0;
  const auto& files = range.to->files->files();
  if (!range.append_only && files.size() < old_count) return true;
  for (const LiveFilePtr& file : files) {
    const LiveFilePtr* old = range.from ? range.from->files->Find(file->data->path) : nullptr;
    if (!old || (!range.append_only && !SameDeletes(**old, *file))) return true;
  }
  return false;
}

std::optional<int64_t> StreamStart(const FoundTable& table) { return table.version->snapshot_id; }

}  // namespace firn::planner
