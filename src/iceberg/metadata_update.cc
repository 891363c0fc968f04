#include "iceberg/metadata_update.h"

#include <algorithm>
#include <set>

#include "base/errors.h"
#include "base/ids.h"
#include "iceberg/json.h"

namespace firn::iceberg {

namespace {

Error Refused(std::string sentence) { return Error(errors::kInvalidInput, {std::move(sentence)}); }

void Touch(TableMetadata* metadata, int64_t now_ms) {
  metadata->last_updated_ms = std::max(metadata->last_updated_ms, now_ms);
}

Status CheckFields(const std::vector<Field>& fields, int format_version) {
  std::set<std::string> names;
  for (const Field& field : fields) {
    if (field.name.empty()) return Refused("a column needs a name");
    if (!names.insert(field.name).second) return Refused("column '" + field.name + "' is there twice");
    if (MinimumFormatVersion(field.type) > format_version) {
      return Refused("type " + field.type.Text() + " of column '" + field.name +
                     "' needs a table of Iceberg version 3");
    }
    for (const auto* value : {&field.initial_default, &field.write_default}) {
      if (!*value || IsNull(**value)) continue;
      if (format_version < 3) return Refused("a column default needs a table of Iceberg version 3");
      if (!Fits(field.type, **value) || IsNan(**value)) {
        return Refused("the default of column '" + field.name + "' is no " + field.type.Text());
      }
    }
    FIRN_TRY(CheckFields(field.type.children, format_version));
  }
  return Ok();
}

/// The field id that an older spec gave to the same source and transform, or 0.
int KnownFieldId(const TableMetadata& metadata, const PartitionField& wanted) {
  for (const PartitionSpec& spec : metadata.partition_specs) {
    for (const PartitionField& field : spec.fields) {
      if (field.source_id == wanted.source_id && field.transform == wanted.transform) return field.field_id;
    }
  }
  return 0;
}

/// Drops the members of a list in `other` that belong to the snapshots.
void DropStatistics(TableMetadata* metadata, const std::string& key, const std::set<int64_t>& snapshots) {
  auto found = metadata->other.find(key);
  if (found == metadata->other.end()) return;
  auto parsed = ParseJson(found->second, key);
  if (!parsed.ok() || !parsed->is_array()) return;
  boost::json::array kept;
  for (const auto& item : parsed->get_array()) {
    const auto* object = item.if_object();
    const auto* id = object ? object->if_contains("snapshot-id") : nullptr;
    if (!id || !id->is_int64() || !snapshots.contains(id->get_int64())) kept.push_back(item);
  }
  found->second = boost::json::serialize(kept);
}

}  // namespace

Result<TableMetadata> NewTable(NewTableOptions options) {
  if (options.format_version != 2 && options.format_version != 3) {
    return Refused("a table of Iceberg version " + std::to_string(options.format_version) + " cannot be made");
  }
  FIRN_TRY(CheckFields(options.fields, options.format_version));
  TableMetadata metadata;
  metadata.format_version = options.format_version;
  metadata.table_uuid = options.uuid.empty() ? NewUuid() : options.uuid;
  metadata.location = options.location;
  while (metadata.location.ends_with('/')) metadata.location.pop_back();
  metadata.last_updated_ms = options.timestamp_ms;
  metadata.properties = std::move(options.properties);
  metadata.last_column_id = AssignFieldIds(&options.fields, 0);
  Schema schema;
  schema.fields = std::move(options.fields);
  if (!options.identifier_fields.empty()) {
    SchemaChange change(std::move(schema), metadata.last_column_id, metadata.format_version);
    FIRN_TRY(change.SetIdentifiers(options.identifier_fields));
    schema = change.schema();
  }
  metadata.schemas.push_back(std::move(schema));
  metadata.sort_orders.emplace_back();
  FIRN_TRY(SetPartitioning(&metadata, options.partition_by, options.timestamp_ms));
  if (options.partition_by.empty()) return metadata;
  // Every table knows the spec without fields: rows of too many partitions are written under it (decision 5).
  FIRN_TRY(SetPartitioning(&metadata, {}, options.timestamp_ms));
  FIRN_TRY(SetPartitioning(&metadata, options.partition_by, options.timestamp_ms));
  return metadata;
}

Status SetSchema(TableMetadata* metadata, Schema schema, int last_column_id, int64_t now_ms) {
  FIRN_TRY(CheckFields(schema.fields, metadata->format_version));
  for (const PartitionField& field : metadata->spec().fields) {
    const Field* source = schema.FindById(field.source_id);
    if (!source && field.transform.kind != Transform::Kind::kVoid) {
      return Refused("a column by which the table is partitioned cannot be dropped");
    }
  }
  for (const SortField& field : metadata->sort_order().fields) {
    if (!schema.FindById(field.source_id)) return Refused("a column by which the table is sorted cannot be dropped");
  }
  Touch(metadata, now_ms);
  metadata->last_column_id = std::max({metadata->last_column_id, last_column_id, schema.HighestFieldId()});
  int highest = -1;
  for (const Schema& other : metadata->schemas) {
    if (other.SameColumns(schema)) {
      metadata->current_schema_id = other.schema_id;
      return Ok();
    }
    highest = std::max(highest, other.schema_id);
  }
  schema.schema_id = highest + 1;
  metadata->current_schema_id = schema.schema_id;
  metadata->schemas.push_back(std::move(schema));
  return Ok();
}

Status SetPartitioning(TableMetadata* metadata, const std::vector<std::pair<std::string, Transform>>& partition_by,
                       int64_t now_ms) {
  PartitionSpec spec;
  const Schema& schema = metadata->schema();
  for (const auto& [column, transform] : partition_by) {
    const Field* source = schema.FindByName(column);
    if (!source) return Refused("column '" + column + "' does not exist");
    PartitionField field;
    field.source_id = source->id;
    field.transform = transform;
    field.field_id = KnownFieldId(*metadata, field);
    spec.fields.push_back(std::move(field));
  }
  FIRN_ASSIGN(int last, CompleteSpec(&spec, schema, metadata->last_partition_id));
  Touch(metadata, now_ms);
  metadata->last_partition_id = std::max(metadata->last_partition_id, last);
  int highest = -1;
  for (const PartitionSpec& other : metadata->partition_specs) {
    if (other.SameFields(spec)) {
      metadata->default_spec_id = other.spec_id;
      return Ok();
    }
    highest = std::max(highest, other.spec_id);
  }
  spec.spec_id = highest + 1;
  metadata->default_spec_id = spec.spec_id;
  metadata->partition_specs.push_back(std::move(spec));
  return Ok();
}

Status SetSortOrder(TableMetadata* metadata, std::vector<SortField> fields, int64_t now_ms) {
  for (const SortField& field : fields) {
    const Field* source = metadata->schema().FindById(field.source_id);
    if (!source || !field.transform.CanTransform(source->type)) return Refused("a sort field does not fit its column");
  }
  Touch(metadata, now_ms);
  int highest = 0;
  for (const SortOrder& other : metadata->sort_orders) {
    if (other.fields == fields) {
      metadata->default_sort_order_id = other.order_id;
      return Ok();
    }
    highest = std::max(highest, other.order_id);
  }
  SortOrder order;
  order.order_id = fields.empty() ? 0 : highest + 1;
  order.fields = std::move(fields);
  metadata->default_sort_order_id = order.order_id;
  metadata->sort_orders.push_back(std::move(order));
  return Ok();
}

Status SetProperties(TableMetadata* metadata, const std::map<std::string, std::string>& set,
                     const std::vector<std::string>& removed, int64_t now_ms) {
  for (const std::string& key : removed) {
    if (set.contains(key)) return Refused("property '" + key + "' is both set and removed");
  }
  for (const auto& [key, value] : set) metadata->properties[key] = value;
  for (const std::string& key : removed) metadata->properties.erase(key);
  Touch(metadata, now_ms);
  return Ok();
}

Status SetLocation(TableMetadata* metadata, const std::string& location, int64_t now_ms) {
  if (location.empty()) return Refused("a table needs a location");
  metadata->location = location;
  while (metadata->location.ends_with('/')) metadata->location.pop_back();
  Touch(metadata, now_ms);
  return Ok();
}

Status UpgradeFormat(TableMetadata* metadata, int format_version, int64_t now_ms) {
  if (format_version < metadata->format_version || format_version > 3) {
    return Refused("a table cannot change from Iceberg version " + std::to_string(metadata->format_version) + " to " +
                   std::to_string(format_version));
  }
  if (metadata->table_uuid.empty()) metadata->table_uuid = NewUuid();
  metadata->format_version = format_version;
  Touch(metadata, now_ms);
  return Ok();
}

Status SetRef(TableMetadata* metadata, const std::string& name, const SnapshotRef& ref, int64_t now_ms) {
  if (!metadata->FindSnapshot(ref.snapshot_id)) {
    return Refused("snapshot " + std::to_string(ref.snapshot_id) + " does not exist");
  }
  if (name == "main" && ref.is_tag) return Refused("'main' cannot be a tag");
  auto found = metadata->refs.find(name);
  if (found != metadata->refs.end() && found->second == ref) return Ok();
  Touch(metadata, now_ms);
  metadata->refs[name] = ref;
  if (name != "main") return Ok();
  if (metadata->current_snapshot_id != ref.snapshot_id) {
    metadata->current_snapshot_id = ref.snapshot_id;
    metadata->snapshot_log.push_back({metadata->last_updated_ms, ref.snapshot_id});
  }
  return Ok();
}

Status RemoveRef(TableMetadata* metadata, const std::string& name, int64_t now_ms) {
  if (metadata->refs.erase(name) == 0) return Refused("reference '" + name + "' does not exist");
  if (name == "main") metadata->current_snapshot_id.reset();
  Touch(metadata, now_ms);
  return Ok();
}

Status AddSnapshot(TableMetadata* metadata, Snapshot snapshot, int64_t now_ms) {
  auto conflict = [&](std::string why) { return Error(errors::kConflict, {metadata->location, std::move(why)}); };
  if (metadata->FindSnapshot(snapshot.snapshot_id)) {
    return Refused("snapshot " + std::to_string(snapshot.snapshot_id) + " is there already");
  }
  if (snapshot.manifest_list.empty()) return Refused("a snapshot needs a manifest list");
  if (snapshot.parent_snapshot_id && snapshot.sequence_number <= metadata->last_sequence_number) {
    return conflict("the sequence number " + std::to_string(snapshot.sequence_number) + " is taken");
  }
  if (metadata->format_version >= 3) {
    if (!snapshot.first_row_id || !snapshot.added_rows || *snapshot.added_rows < 0) {
      return Refused("a snapshot of a version 3 table needs 'first-row-id' and 'added-rows'");
    }
    if (*snapshot.first_row_id != metadata->next_row_id) {
      return conflict("the row ids from " + std::to_string(*snapshot.first_row_id) + " are taken");
    }
    int64_t next = 0;
    if (__builtin_add_overflow(metadata->next_row_id, *snapshot.added_rows, &next)) {
      return Refused("the row ids of the snapshot do not fit into 64 bits");
    }
    metadata->next_row_id = next;
  }
  Touch(metadata, std::max(now_ms, snapshot.timestamp_ms));
  metadata->last_sequence_number = std::max(metadata->last_sequence_number, snapshot.sequence_number);
  metadata->snapshots.push_back(std::make_shared<const StoredSnapshot>(std::move(snapshot)));
  return Ok();
}

Status RemoveSnapshots(TableMetadata* metadata, const std::vector<int64_t>& snapshot_ids, int64_t now_ms) {
  std::set<int64_t> gone(snapshot_ids.begin(), snapshot_ids.end());
  for (const auto& [name, ref] : metadata->refs) {
    if (gone.contains(ref.snapshot_id)) {
      return Refused("snapshot " + std::to_string(ref.snapshot_id) + " is in use by '" + name + "'");
    }
  }
  std::erase_if(metadata->snapshots, [&](const SnapshotPtr& item) { return gone.contains((*item)->snapshot_id); });
  // History before a gap would mislead time travel (spec: the entries before an expired one go too).
  auto& log = metadata->snapshot_log;
  auto last_gone = std::find_if(log.rbegin(), log.rend(),
                                [&](const SnapshotLogEntry& entry) { return gone.contains(entry.snapshot_id); });
  log.erase(log.begin(), last_gone.base());
  DropStatistics(metadata, "statistics", gone);
  DropStatistics(metadata, "partition-statistics", gone);
  Touch(metadata, now_ms);
  return Ok();
}

}  // namespace firn::iceberg
