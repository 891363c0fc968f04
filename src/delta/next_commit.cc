#include "delta/next_commit.h"

#include <algorithm>
#include <vector>

#include "base/errors.h"
#include "base/ids.h"
#include "catalog/versions.h"
#include "delta/delta_schema.h"
#include "delta/file_stats.h"
#include "iceberg/json.h"

namespace firn::delta {

namespace {

using iceberg::LiveFile;

constexpr char kReaderOne[] = " in a table with DELTA_READER = 1";

/// The path of a data file below the location, as the log has it.
Result<std::string> LogPath(const iceberg::TableMetadata& metadata, const std::string& uri) {
  const std::string folder = metadata.location + "/";
  if (!uri.starts_with(folder)) {
    return Error(errors::kUnsupported, {"publishing a table as Delta whose files lie outside its location (" + uri +
                                        "), as those of a clone do"});
  }
  return UrlEncoded(std::string_view(uri).substr(folder.size()));
}

/// Which deletes apply to a file: "" for none.
std::string DeletesOf(const LiveFile& file) {
  if (file.vector) {
    const std::string& path = file.vector->path;
    return path.substr(path.rfind('/') + 1) + "@" + std::to_string(file.vector->content_offset.value_or(0));
  }
  std::vector<std::string> names;
  for (const iceberg::DataFilePtr& deletes : file.position_deletes) names.push_back(deletes->path);
  for (const iceberg::DataFilePtr& deletes : file.equality_deletes) names.push_back(deletes->path);
  if (names.empty()) return "";
  std::sort(names.begin(), names.end());
  std::string all;
  for (const std::string& name : names) all += name + "\n";
  const std::string hash = Sha256(all);
  return HexLower({reinterpret_cast<const uint8_t*>(hash.data()), 16});
}

/// Delta has no default for the rows of files that are older than a column.
Status CheckDefaults(const iceberg::Schema& schema, const LiveFile& file) {
  for (const iceberg::Field& field : schema.fields) {
    if (!field.initial_default || iceberg::IsNull(*field.initial_default) || file.data->Column(field.id)) continue;
    return Error(errors::kUnsupported, {"publishing column " + field.name +
                                        " as Delta, whose default stands for rows that were there before it"});
  }
  return Ok();
}

Status CheckReaderOne(const DeltaSchema& schema) {
  if (schema.mapped) return Error(errors::kUnsupported, {std::string("renamed and dropped columns") + kReaderOne});
  if (schema.timestamp_ntz) {
    return Error(errors::kUnsupported,
                 {"column " + schema.ntz_column + " of type timestamp without zone" + kReaderOne});
  }
  return Ok();
}

/// A file that another engine wrote after a rename names its columns otherwise than the log says.
Status CheckNames(const Target& target, const DeltaSchema& schema, const std::string& uri, const Outside& outside) {
  FIRN_ASSIGN(auto found, outside.column_names(uri));
  for (const auto& [id, name] : found) {
    auto wanted = schema.names.find(id);
    const bool dropped = wanted == schema.names.end();
    const bool clash =
        std::any_of(schema.names.begin(), schema.names.end(),
                    [&, id = id, name = name](const auto& row) { return row.first != id && row.second == name; });
    if (dropped ? !clash : wanted->second == name) continue;
    return Error(
        errors::kUnsupported,
        {"publishing " + target.name + " as Delta: in " + uri + " column " + std::to_string(id) + " is called " + name +
         (dropped ? "" : " and not " + wanted->second) + ", as another engine wrote it"});
  }
  return Ok();
}

std::string OperationOf(const LogState& state, const Target& target) {
  if (state.version < 0) return "CREATE TABLE";
  if (!target.snapshot) return "SET TBLPROPERTIES";
  auto verb = target.snapshot->summary.find(catalog::kVerbKey);
  const std::string name = verb == target.snapshot->summary.end() ? "" : verb->second;
  if (name == "COMPACT") return "OPTIMIZE";
  if (name == "UPDATE" || name == "DELETE" || name == "MERGE" || name == "TRUNCATE") return name;
  return "WRITE";
}

TableInfo InfoOf(const LogState& state, const Target& target, const DeltaSchema& schema, const Protocol& protocol,
                 int64_t now_ms) {
  const iceberg::TableMetadata& metadata = *target.version->metadata;
  TableInfo info;
  info.id = metadata.table_uuid;
  info.schema = schema.text;
  info.configuration["delta.deletedFileRetentionDuration"] = "interval 1 days";
  info.configuration["delta.logRetentionDuration"] = "interval 1 days";
  if (protocol.column_mapping) {
    info.configuration["delta.columnMapping.mode"] = "name";
    info.configuration["delta.columnMapping.maxColumnId"] = std::to_string(metadata.last_column_id);
  }
  if (protocol.deletion_vectors) info.configuration["delta.enableDeletionVectors"] = "true";
  info.created_ms = state.info ? state.info->created_ms : now_ms;
  return info;
}

/// Removes and adds between the log's files and the target's.
class FileChanges {
 public:
  FileChanges(const LogState& state, const Target& target, const DeltaSchema& schema, const Outside& outside,
              int64_t now_ms)
      : state_(state), target_(target), schema_(schema), outside_(outside), now_ms_(now_ms) {
    data_change_ = !(target.follows && target.snapshot && target.snapshot->operation() == "replace");
  }

  Status Find() {
    for (const iceberg::LiveFilePtr& file : target_.version->files->files()) FIRN_TRY(See(*file));
    for (const auto& [path, file] : state_.files) {
      if (!live_.contains(path)) Remove(file);
    }
    return Ok();
  }

  bool any() const { return !removed_.empty() || !added_.empty(); }
  bool vectors() const { return vectors_; }
  bool only_adds() const { return removed_.empty(); }
  std::string Lines() const { return removed_ + added_; }

 private:
  Status See(const LiveFile& file) {
    FIRN_ASSIGN(std::string path, LogPath(*target_.version->metadata, file.data->path));
    const std::string deletes = DeletesOf(file);
    if (!deletes.empty() && target_.reader_one) {
      return Error(errors::kUnsupported, {std::string("deletes beside data files") + kReaderOne});
    }
    vectors_ = vectors_ || !deletes.empty();
    auto known = state_.files.find(path);
    live_.emplace(path, true);
    if (known != state_.files.end() && known->second.deletes == deletes) return Ok();
    FIRN_TRY(CheckDefaults(*target_.version->schema, file));
    if (file.data->format != iceberg::FileFormat::kParquet) {
      return Error(errors::kUnsupported, {"publishing " + file.data->path + " as Delta, which is no Parquet file"});
    }
    // Where every column still has its first name, no file can have another.
    if (known == state_.files.end() && schema_.mapped) {
      FIRN_TRY(CheckNames(target_, schema_, file.data->path, outside_));
    }
    AddFile add;
    add.path = std::move(path);
    add.size = file.data->size;
    add.modified_ms = known != state_.files.end() ? known->second.modified_ms
                      : target_.snapshot          ? target_.snapshot->timestamp_ms
                                                  : now_ms_;
    add.stats = FileStats(*file.data, *target_.version->schema, schema_.names, deletes.empty());
    add.deletes = deletes;
    if (!deletes.empty()) {
      FIRN_ASSIGN(add.vector, outside_.place(*target_.version, file));
    }
    if (known != state_.files.end()) Remove(known->second);
    added_ += iceberg::ObjectWriter().AddRaw("add", add.ToJson(data_change_)).Take() + "\n";
    return Ok();
  }

  void Remove(const AddFile& file) {
    RemoveFile remove{file.path, file.size, now_ms_, file.vector};
    removed_ += iceberg::ObjectWriter().AddRaw("remove", remove.ToJson(data_change_)).Take() + "\n";
  }

  const LogState& state_;
  const Target& target_;
  const DeltaSchema& schema_;
  const Outside& outside_;
  const int64_t now_ms_;
  bool data_change_ = true;
  bool vectors_ = false;
  std::map<std::string, bool, std::less<>> live_;
  std::string removed_, added_;
};

}  // namespace

Result<std::optional<std::string>> NextCommit(const LogState& state, const Target& target, const Outside& outside,
                                              int64_t now_ms) {
  const iceberg::TableMetadata& metadata = *target.version->metadata;
  FIRN_ASSIGN(DeltaSchema schema, MakeSchema(metadata, *target.version->schema, state.protocol.column_mapping));
  if (target.reader_one) FIRN_TRY(CheckReaderOne(schema));
  FileChanges changes(state, target, schema, outside, now_ms);
  FIRN_TRY(changes.Find());
  Protocol protocol = state.protocol;
  protocol.column_mapping = protocol.column_mapping || schema.mapped;
  protocol.deletion_vectors = protocol.deletion_vectors || changes.vectors();
  protocol.timestamp_ntz = protocol.timestamp_ntz || schema.timestamp_ntz;
  const TableInfo info = InfoOf(state, target, schema, protocol, now_ms);
  const bool first = state.version < 0;
  const bool new_protocol = first || protocol != state.protocol;
  const bool new_info = !state.info || *state.info != info;
  if (!new_protocol && !new_info && !changes.any() && target.sequence <= state.sequence) {
    return std::optional<std::string>();
  }
  auto line = [](std::string_view key, const std::string& json) {
    return iceberg::ObjectWriter().AddRaw(key, json).Take() + "\n";
  };
  iceberg::ObjectWriter about;
  about.Add("timestamp", now_ms)
      .Add("operation", OperationOf(state, target))
      .AddRaw("operationParameters", "{}")
      .Add("isBlindAppend", changes.only_adds() && !new_info)
      .Add("engineInfo", "Firn");
  std::string text = line("commitInfo", about.Take());
  if (new_protocol) text += line("protocol", protocol.ToJson());
  if (new_info) text += line("metaData", info.ToJson());
  text += line("txn", TransactionJson(kMirrorApp, std::max(target.sequence, state.sequence)));
  if (target.position >= 0) text += line("txn", TransactionJson(kPositionApp, target.position));
  return std::optional<std::string>(text + changes.Lines());
}

Status CheckPublishable(const iceberg::TableMetadata& metadata, const iceberg::TableFiles* files, bool reader_one) {
  FIRN_ASSIGN(DeltaSchema schema, MakeSchema(metadata, metadata.schema(), false));
  if (reader_one) FIRN_TRY(CheckReaderOne(schema));
  if (!files) return Ok();
  for (const iceberg::LiveFilePtr& file : files->files()) {
    FIRN_TRY(LogPath(metadata, file->data->path));
    FIRN_TRY(CheckDefaults(metadata.schema(), *file));
    if (reader_one && file->HasDeletes()) {
      return Error(errors::kUnsupported, {std::string("deletes beside data files") + kReaderOne});
    }
    if (!file->equality_deletes.empty()) {
      return Error(errors::kUnsupported, {"publishing a table with equality deletes as Delta"});
    }
  }
  return Ok();
}

}  // namespace firn::delta
