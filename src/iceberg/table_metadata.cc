#include "iceberg/table_metadata.h"

#include <algorithm>
#include <charconv>

#include "base/errors.h"
#include "iceberg/json.h"
#include "iceberg/metadata_pack.h"

namespace firn::iceberg {

namespace {

template <class Items, class Match>
auto FindIf(const Items& items, Match match) -> decltype(&items[0]) {
  for (const auto& item : items) {
    if (match(item)) return &item;
  }
  return nullptr;
}

std::string RefJson(const SnapshotRef& ref) {
  ObjectWriter writer;
  writer.Add("snapshot-id", ref.snapshot_id).Add("type", ref.is_tag ? "tag" : "branch");
  writer.Add("min-snapshots-to-keep", ref.min_snapshots_to_keep);
  writer.Add("max-snapshot-age-ms", ref.max_snapshot_age_ms).Add("max-ref-age-ms", ref.max_ref_age_ms);
  return writer.Take();
}

std::string MetadataLogJson(const MetadataLogEntry& entry) {
  ObjectWriter writer;
  writer.Add("timestamp-ms", entry.timestamp_ms).Add("metadata-file", std::string_view(entry.metadata_file));
  return writer.Take();
}

constexpr std::string_view kKnown[] = {"format-version",
                                       "table-uuid",
                                       "location",
                                       "last-sequence-number",
                                       "last-updated-ms",
                                       "last-column-id",
                                       "schema",
                                       "schemas",
                                       "current-schema-id",
                                       "partition-spec",
                                       "partition-specs",
                                       "default-spec-id",
                                       "last-partition-id",
                                       "properties",
                                       "current-snapshot-id",
                                       "snapshots",
                                       "snapshot-log",
                                       "metadata-log",
                                       "sort-orders",
                                       "default-sort-order-id",
                                       "refs",
                                       "next-row-id"};

/// Reads the parts of one metadata document into `metadata`.
class MetadataReader {
 public:
  MetadataReader(const boost::json::value& json, std::string_view name)
      : members_(json, name, "the table"), name_(name) {}

  Result<TableMetadata> Read() {
    metadata_.format_version = members_.Int("format-version");
    FIRN_TRY(members_.status());
    if (metadata_.format_version < 1 || metadata_.format_version > 3) {
      return Error(errors::kVersionUnknown,
                   {std::string(name_), "Iceberg format version " + std::to_string(metadata_.format_version)});
    }
    ReadScalars();
    FIRN_TRY(members_.status());
    FIRN_TRY(ReadSchemas());
    FIRN_TRY(ReadSpecs());
    FIRN_TRY(ReadSortOrders());
    FIRN_TRY(ReadSnapshots());
    FIRN_TRY(ReadLogs());
    FIRN_TRY(ReadRefs());
    for (const auto& member : members_.object()) {
      std::string_view key(member.key().data(), member.key().size());
      if (std::find(std::begin(kKnown), std::end(kKnown), key) == std::end(kKnown)) {
        metadata_.other[std::string(key)] = boost::json::serialize(member.value());
      }
    }
    FIRN_TRY(Check());
    return std::move(metadata_);
  }

 private:
  void ReadScalars() {
    bool v2 = metadata_.format_version >= 2;
    metadata_.table_uuid = v2 ? members_.String("table-uuid") : members_.MaybeString("table-uuid").value_or("");
    metadata_.location = members_.String("location");
    while (metadata_.location.ends_with('/')) metadata_.location.pop_back();
    metadata_.last_sequence_number = v2 ? members_.Long("last-sequence-number") : 0;
    metadata_.last_updated_ms = members_.Long("last-updated-ms");
    metadata_.last_column_id = members_.Int("last-column-id");
    metadata_.properties = members_.Strings("properties");
    metadata_.current_snapshot_id = members_.MaybeLong("current-snapshot-id");
    // Old writers say "none" so.
    if (metadata_.current_snapshot_id == -1) metadata_.current_snapshot_id.reset();
    metadata_.next_row_id =
        metadata_.format_version >= 3 ? members_.Long("next-row-id") : members_.MaybeLong("next-row-id").value_or(0);
  }

  Status ReadSchemas() {
    if (const auto* schemas = members_.MaybeArray("schemas")) {
      for (const auto& item : *schemas) {
        FIRN_ASSIGN(Schema schema, ReadSchema(item, name_));
        metadata_.schemas.push_back(std::move(schema));
      }
      metadata_.current_schema_id = members_.Int("current-schema-id");
    } else if (const auto* single = members_.Find("schema"); single && metadata_.format_version == 1) {
      FIRN_ASSIGN(Schema schema, ReadSchema(*single, name_));
      metadata_.current_schema_id = schema.schema_id;
      metadata_.schemas.push_back(std::move(schema));
    } else {
      members_.Fault("lacks 'schemas'");
    }
    return members_.status();
  }

  Status ReadSpecs() {
    if (const auto* specs = members_.MaybeArray("partition-specs")) {
      for (const auto& item : *specs) {
        FIRN_ASSIGN(PartitionSpec spec, ReadPartitionSpec(item, name_));
        metadata_.partition_specs.push_back(std::move(spec));
      }
      metadata_.default_spec_id = members_.Int("default-spec-id");
    } else if (const auto* single = members_.Find("partition-spec"); single && metadata_.format_version == 1) {
      FIRN_ASSIGN(PartitionSpec spec, ReadPartitionSpec(*single, name_));
      metadata_.partition_specs.push_back(std::move(spec));
    } else {
      members_.Fault("lacks 'partition-specs'");
    }
    int highest = 999;
    for (const PartitionSpec& spec : metadata_.partition_specs) {
      for (const PartitionField& field : spec.fields) highest = std::max(highest, field.field_id);
    }
    metadata_.last_partition_id = members_.MaybeInt("last-partition-id").value_or(highest);
    return members_.status();
  }

  Status ReadSortOrders() {
    if (const auto* orders = members_.MaybeArray("sort-orders")) {
      for (const auto& item : *orders) {
        FIRN_ASSIGN(SortOrder order, ReadSortOrder(item, name_));
        metadata_.sort_orders.push_back(std::move(order));
      }
      metadata_.default_sort_order_id = members_.MaybeInt("default-sort-order-id").value_or(0);
    }
    if (metadata_.sort_orders.empty()) metadata_.sort_orders.emplace_back();
    return members_.status();
  }

  Status ReadSnapshots() {
    const auto* snapshots = members_.MaybeArray("snapshots");
    if (!snapshots) return members_.status();
    metadata_.snapshots.reserve(snapshots->size());
    for (const auto& item : *snapshots) {
      FIRN_ASSIGN(Snapshot snapshot, ReadSnapshot(item, name_));
      metadata_.snapshots.push_back(std::make_shared<const StoredSnapshot>(std::move(snapshot)));
    }
    return Ok();
  }

  Status ReadLogs() {
    if (const auto* log = members_.MaybeArray("snapshot-log")) {
      for (const auto& item : *log) {
        Members entry(item, name_, "an entry of the snapshot log");
        metadata_.snapshot_log.push_back({entry.Long("timestamp-ms"), entry.Long("snapshot-id")});
        FIRN_TRY(entry.status());
      }
    }
    if (const auto* log = members_.MaybeArray("metadata-log")) {
      for (const auto& item : *log) {
        Members entry(item, name_, "an entry of the metadata log");
        metadata_.metadata_log.push_back({entry.Long("timestamp-ms"), entry.String("metadata-file")});
        FIRN_TRY(entry.status());
      }
    }
    return members_.status();
  }

  Status ReadRefs() {
    if (const auto* refs = members_.MaybeObject("refs")) {
      for (const auto& member : *refs) {
        Members reader(member.value(), name_, "a reference");
        SnapshotRef ref;
        ref.snapshot_id = reader.Long("snapshot-id");
        std::string type = reader.String("type");
        if (type != "branch" && type != "tag") reader.Fault("has the unknown type '" + type + "'");
        ref.is_tag = type == "tag";
        ref.min_snapshots_to_keep = reader.MaybeLong("min-snapshots-to-keep");
        ref.max_snapshot_age_ms = reader.MaybeLong("max-snapshot-age-ms");
        ref.max_ref_age_ms = reader.MaybeLong("max-ref-age-ms");
        FIRN_TRY(reader.status());
        metadata_.refs[std::string(member.key())] = ref;
      }
    }
    if (metadata_.current_snapshot_id) metadata_.refs["main"].snapshot_id = *metadata_.current_snapshot_id;
    return members_.status();
  }

  Status Check() {
    if (!metadata_.FindSchema(metadata_.current_schema_id)) members_.Fault("names a current schema that it lacks");
    if (!metadata_.FindSpec(metadata_.default_spec_id)) members_.Fault("names a default partition spec that it lacks");
    bool order = FindIf(metadata_.sort_orders,
                        [&](const SortOrder& item) { return item.order_id == metadata_.default_sort_order_id; });
    if (!order) members_.Fault("names a default sort order that it lacks");
    if (metadata_.current_snapshot_id && !metadata_.CurrentSnapshot()) {
      members_.Fault("names a current snapshot that it lacks");
    }
    for (const Schema& schema : metadata_.schemas) {
      if (schema.HighestFieldId() > metadata_.last_column_id)
        members_.Fault("has a column id above its 'last-column-id'");
    }
    if (metadata_.location.empty()) members_.Fault("has an empty location");
    return members_.status();
  }

  Members members_;
  std::string_view name_;
  TableMetadata metadata_;
};

}  // namespace

const Schema* TableMetadata::FindSchema(int schema_id) const {
  return FindIf(schemas, [&](const Schema& schema) { return schema.schema_id == schema_id; });
}

const PartitionSpec* TableMetadata::FindSpec(int spec_id) const {
  return FindIf(partition_specs, [&](const PartitionSpec& spec) { return spec.spec_id == spec_id; });
}

const SnapshotPtr* TableMetadata::FindSnapshot(int64_t snapshot_id) const {
  // The newest are asked for most.
  for (auto at = snapshots.rbegin(); at != snapshots.rend(); ++at) {
    if ((**at)->snapshot_id == snapshot_id) return &*at;
  }
  return nullptr;
}

const Schema& TableMetadata::schema() const { return *FindSchema(current_schema_id); }

const PartitionSpec& TableMetadata::spec() const { return *FindSpec(default_spec_id); }

const SortOrder& TableMetadata::sort_order() const {
  return *FindIf(sort_orders, [&](const SortOrder& order) { return order.order_id == default_sort_order_id; });
}

const SnapshotPtr* TableMetadata::CurrentSnapshot() const {
  return current_snapshot_id ? FindSnapshot(*current_snapshot_id) : nullptr;
}

const SnapshotPtr* TableMetadata::SnapshotAsOf(int64_t timestamp_ms) const {
  for (auto at = snapshot_log.rbegin(); at != snapshot_log.rend(); ++at) {
    if (at->timestamp_ms <= timestamp_ms) return FindSnapshot(at->snapshot_id);
  }
  return nullptr;
}

std::string TableMetadata::Property(const std::string& key, std::string_view otherwise) const {
  auto found = properties.find(key);
  return found == properties.end() ? std::string(otherwise) : found->second;
}

int64_t TableMetadata::PropertyNumber(const std::string& key, int64_t otherwise) const {
  auto found = properties.find(key);
  if (found == properties.end()) return otherwise;
  const std::string& text = found->second;
  int64_t number = 0;
  auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  return result.ec == std::errc() && result.ptr == text.data() + text.size() ? number : otherwise;
}

MetadataFrame FrameOf(const TableMetadata& table) {
  auto json = [](const auto& item) { return item.ToJson(); };
  ObjectWriter writer;
  writer.Add("format-version", std::max(table.format_version, 2)).Add("table-uuid", std::string_view(table.table_uuid));
  writer.Add("location", std::string_view(table.location)).Add("last-sequence-number", table.last_sequence_number);
  writer.Add("last-updated-ms", table.last_updated_ms).Add("last-column-id", table.last_column_id);
  writer.Add("current-schema-id", table.current_schema_id).AddRaw("schemas", JsonArray(table.schemas, json));
  writer.Add("default-spec-id", table.default_spec_id);
  writer.AddRaw("partition-specs", JsonArray(table.partition_specs, json));
  writer.Add("last-partition-id", table.last_partition_id).Add("default-sort-order-id", table.default_sort_order_id);
  writer.AddRaw("sort-orders", JsonArray(table.sort_orders, json)).Add("properties", table.properties);
  writer.Add("current-snapshot-id", table.current_snapshot_id);
  if (table.format_version >= 3) writer.Add("next-row-id", table.next_row_id);
  ObjectWriter refs;
  for (const auto& [name, ref] : table.refs) refs.AddRaw(name, RefJson(ref));
  writer.AddRaw("refs", refs.Take());
  for (const auto& [key, text] : table.other) writer.AddRaw(key, text);
  MetadataFrame frame;
  frame.head = writer.Take();
  frame.head.pop_back();  // the object goes on
  frame.head += ",\"snapshots\":[";
  frame.middle = "],\"snapshot-log\":[";
  frame.tail = "],\"metadata-log\":" + JsonArray(table.metadata_log, MetadataLogJson) + "}";
  return frame;
}

std::string TableMetadata::ToJson() const {
  MetadataFrame frame = FrameOf(*this);
  std::string out = std::move(frame.head);
  for (size_t i = 0; i < snapshots.size(); ++i) {
    if (i > 0) out += ',';
    out += snapshots[i]->json();
  }
  out += frame.middle;
  for (size_t i = 0; i < snapshot_log.size(); ++i) {
    if (i > 0) out += ',';
    out += LogEntryJson(snapshot_log[i]);
  }
  return out + frame.tail;
}

Result<TableMetadata> ParseTableMetadata(std::string_view json, std::string_view name) {
  FIRN_ASSIGN(auto parsed, ParseJson(json, name));
  return MetadataReader(parsed, name).Read();
}

}  // namespace firn::iceberg
