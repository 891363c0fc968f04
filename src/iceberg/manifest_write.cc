#include <algorithm>
#include <cstring>

#include "base/errors.h"
#include "iceberg/avro.h"
#include "iceberg/manifest.h"
#include "iceberg/manifest_schema.h"

namespace firn::iceberg {

namespace {

Error Broken(std::string sentence) { return Error(errors::kInternal, {"manifest: " + std::move(sentence)}); }

std::string_view FormatName(FileFormat format) {
  switch (format) {
    case FileFormat::kParquet:
      return "PARQUET";
    case FileFormat::kAvro:
      return "AVRO";
    case FileFormat::kOrc:
      return "ORC";
    case FileFormat::kPuffin:
      return "PUFFIN";
  }
  return "";
}

template <class T>
std::string Raw(T value) {
  std::string out(sizeof value, '\0');
  std::memcpy(out.data(), &value, sizeof value);
  return out;
}

/// A partition value of `type` as its Avro type; numbers that were written before a promotion are widened. False: the
/// value is of another type.
bool WritePartitionValue(const Type& type, const Value& value, AvroBytes* out) {
  out->Present(!IsNull(value));
  if (IsNull(value)) return true;
  const auto* boolean = std::get_if<bool>(&value);
  const auto* narrow = std::get_if<int32_t>(&value);
  const auto* wide = std::get_if<int64_t>(&value);
  const auto* narrow_real = std::get_if<float>(&value);
  const auto* wide_real = std::get_if<double>(&value);
  const auto* decimal = std::get_if<Int128>(&value);
  const auto* text = std::get_if<std::string>(&value);
  switch (type.kind) {
    case Kind::kBoolean:
      if (!boolean) return false;
      out->Bool(*boolean);
      return true;
    case Kind::kInt:
    case Kind::kDate:
      if (!narrow) return false;
      out->Long(*narrow);
      return true;
    case Kind::kLong:
    case Kind::kTime:
    case Kind::kTimestamp:
    case Kind::kTimestampTz:
    case Kind::kTimestampNs:
    case Kind::kTimestampTzNs:
      if (!narrow && !wide) return false;
      out->Long(wide ? *wide : *narrow);
      return true;
    case Kind::kFloat:
      if (!narrow_real) return false;
      out->Raw(Raw(*narrow_real));
      return true;
    case Kind::kDouble:
      if (!narrow_real && !wide_real) return false;
      out->Raw(Raw(wide_real ? *wide_real : static_cast<double>(*narrow_real)));
      return true;
    case Kind::kDecimal: {
      auto size = static_cast<size_t>(DecimalBytesRequired(type.precision));
      if (!decimal) return false;
      std::string bytes = ToBinary(type, value);
      if (bytes.size() > size) return false;
      out->Raw(std::string(size - bytes.size(), *decimal < 0 ? '\xff' : '\0') + bytes);
      return true;
    }
    case Kind::kUuid:
    case Kind::kFixed:
      if (!text || text->size() != (type.kind == Kind::kUuid ? 16u : static_cast<size_t>(type.length))) return false;
      out->Raw(*text);
      return true;
    default:
      if (!text) return false;
      out->Bytes(*text);
      return true;
  }
}

/// One of the maps by column: those columns for which `has` holds. Null if there are none, or with `always` empty.
template <class Has, class Write>
void WriteColumnMap(const std::vector<ColumnMetrics>& columns, bool always, AvroBytes* out, Has has, Write write) {
  int64_t count = std::count_if(columns.begin(), columns.end(), has);
  out->Present(always || count > 0);
  if (!always && count == 0) return;
  if (count > 0) out->Long(count);
  for (const ColumnMetrics& column : columns) {
    if (!has(column)) continue;
    out->Long(column.field_id);
    write(column);
  }
  out->Long(0);
}

void WriteMetrics(const std::vector<ColumnMetrics>& columns, AvroBytes* out) {
  for (auto member : {&ColumnMetrics::column_size, &ColumnMetrics::value_count, &ColumnMetrics::null_count,
                      &ColumnMetrics::nan_count}) {
    // PyIceberg 0.12 fails to inspect entries whose column sizes are null, which the format allows.
    bool always = member == &ColumnMetrics::column_size;
    WriteColumnMap(
        columns, always, out, [&](const ColumnMetrics& column) { return column.*member >= 0; },
        [&](const ColumnMetrics& column) { out->Long(column.*member); });
  }
  for (auto member : {&ColumnMetrics::lower, &ColumnMetrics::upper}) {
    WriteColumnMap(
        columns, false, out, [&](const ColumnMetrics& column) { return (column.*member).has_value(); },
        [&](const ColumnMetrics& column) { out->Bytes(*(column.*member)); });
  }
}

template <class T>
void WriteList(const std::vector<T>& items, AvroBytes* out) {
  out->Present(!items.empty());
  if (items.empty()) return;
  out->Long(static_cast<int64_t>(items.size()));
  for (T item : items) out->Long(item);
  out->Long(0);
}

template <class T>
void WriteOptionalLong(const std::optional<T>& value, AvroBytes* out) {
  out->Present(value.has_value());
  if (value) out->Long(*value);
}

void WriteOptionalBytes(const std::optional<std::string>& value, AvroBytes* out) {
  out->Present(value.has_value());
  if (value) out->Bytes(*value);
}

Status WriteFile(int format_version, const DataFile& file, const std::vector<PartitionColumn>& partition,
                 AvroBytes* out) {
  out->Long(static_cast<int>(file.content));
  out->Bytes(file.path);
  out->Bytes(FormatName(file.format));
  if (file.partition.size() != partition.size()) return Broken("'" + file.path + "' has a partition of another spec");
  for (size_t i = 0; i < partition.size(); ++i) {
    if (!WritePartitionValue(partition[i].type, file.partition[i], out)) {
      return Broken("'" + file.path + "' has a partition value that is no " + partition[i].type.Text());
    }
  }
  out->Long(file.record_count);
  out->Long(file.size);
  WriteMetrics(file.columns, out);
  WriteOptionalBytes(file.key_metadata, out);
  WriteList(file.split_offsets, out);
  WriteList(file.equality_ids, out);
  WriteOptionalLong(file.sort_order_id, out);
  if (format_version >= 3) WriteOptionalLong(file.first_row_id, out);
  WriteOptionalBytes(file.referenced_data_file, out);
  if (format_version >= 3) {
    WriteOptionalLong(file.content_offset, out);
    WriteOptionalLong(file.content_size, out);
  }
  return Ok();
}

/// Sums up the partition values of one field.
class SummaryBuilder {
 public:
  explicit SummaryBuilder(Type type) : type_(std::move(type)) {
    if (type_.kind == Kind::kFloat || type_.kind == Kind::kDouble) summary_.contains_nan = false;
  }
  void Add(const Value& value) {
    if (IsNull(value)) {
      summary_.contains_null = true;
    } else if (IsNan(value)) {
      summary_.contains_nan = true;
    } else {
      if (IsNull(lower_) || Compare(value, lower_) < 0) lower_ = value;
      if (IsNull(upper_) || Compare(value, upper_) > 0) upper_ = value;
    }
  }
  PartitionSummary Take() {
    if (!IsNull(lower_)) summary_.lower = ToBinary(type_, lower_);
    if (!IsNull(upper_)) summary_.upper = ToBinary(type_, upper_);
    return std::move(summary_);
  }

 private:
  Type type_;
  PartitionSummary summary_;
  Value lower_;
  Value upper_;
};

/// Counts an entry into the row that the manifest gets in a list.
void Count(const ManifestEntry& entry, ManifestFile* file) {
  switch (entry.status) {
    case EntryStatus::kAdded:
      ++file->added_files;
      file->added_rows += entry.file->record_count;
      break;
    case EntryStatus::kExisting:
      ++file->existing_files;
      file->existing_rows += entry.file->record_count;
      break;
    case EntryStatus::kDeleted:
      ++file->deleted_files;
      file->deleted_rows += entry.file->record_count;
      return;
  }
  int64_t sequence = entry.file->data_sequence_number;
  // One that inherits is as new as the manifest itself, which no other entry undercuts from above.
  if (sequence >= 0 && (file->min_sequence_number < 0 || sequence < file->min_sequence_number)) {
    file->min_sequence_number = sequence;
  }
}

}  // namespace

Result<WrittenManifest> WriteManifest(int format_version, const Schema& schema, const PartitionSpec& spec,
                                      ManifestContent content, int64_t snapshot_id,
                                      std::span<const ManifestEntry> entries, AvroCodec codec) {
  std::vector<PartitionColumn> partition = PartitionColumns(spec, schema);
  WrittenManifest out;
  ManifestFile& row = out.file;
  row.spec_id = spec.spec_id;
  row.content = content;
  row.sequence_number = row.min_sequence_number = -1;
  row.added_snapshot_id = snapshot_id;
  row.added_files = row.existing_files = row.deleted_files = 0;
  row.added_rows = row.existing_rows = row.deleted_rows = 0;
  std::vector<SummaryBuilder> summaries;
  summaries.reserve(partition.size());
  for (const PartitionColumn& column : partition) summaries.emplace_back(column.type);

  AvroFileWriter writer({{"schema", schema.ToJson()},
                         {"schema-id", std::to_string(schema.schema_id)},
                         {"partition-spec", spec.FieldsToJson()},
                         {"partition-spec-id", std::to_string(spec.spec_id)},
                         {"format-version", std::to_string(format_version)},
                         {"content", content == ManifestContent::kData ? "data" : "deletes"}},
                        ManifestEntrySchema(format_version, partition), codec);
  for (const ManifestEntry& entry : entries) {
    const DataFile& file = *entry.file;
    bool inherits = file.data_sequence_number < 0;
    if (entry.status != EntryStatus::kAdded && (inherits || file.file_sequence_number < 0)) {
      return Broken("'" + file.path + "' is not new and has no sequence number");
    }
    if (file.spec_id != spec.spec_id) return Broken("'" + file.path + "' is of another partition spec");
    if ((file.content == FileContent::kData) != (content == ManifestContent::kData)) {
      return Broken("'" + file.path + "' does not belong among " +
                    (content == ManifestContent::kData ? "data" : "deletes"));
    }
    AvroBytes& record = writer.record();
    record.Long(static_cast<int>(entry.status));
    WriteOptionalLong(std::optional<int64_t>(entry.snapshot_id < 0 ? snapshot_id : entry.snapshot_id), &record);
    bool has_file_sequence = file.file_sequence_number >= 0;
    WriteOptionalLong(inherits ? std::nullopt : std::optional<int64_t>(file.data_sequence_number), &record);
    WriteOptionalLong(has_file_sequence ? std::optional<int64_t>(file.file_sequence_number) : std::nullopt, &record);
    FIRN_TRY(WriteFile(format_version, file, partition, &record));
    writer.EndRecord();
    Count(entry, &row);
    for (size_t i = 0; i < summaries.size(); ++i) summaries[i].Add(file.partition[i]);
  }
  for (SummaryBuilder& summary : summaries) row.partitions.push_back(summary.Take());
  out.bytes = writer.Finish();
  row.length = static_cast<int64_t>(out.bytes.size());
  return out;
}

std::string WriteManifestList(int format_version, int64_t snapshot_id, std::optional<int64_t> parent_snapshot_id,
                              int64_t sequence_number, std::optional<int64_t> first_row_id,
                              std::span<const ManifestFile> manifests, AvroCodec codec) {
  auto number = [](const std::optional<int64_t>& value) { return value ? std::to_string(*value) : "null"; };
  std::map<std::string, std::string> metadata = {{"snapshot-id", std::to_string(snapshot_id)},
                                                 {"parent-snapshot-id", number(parent_snapshot_id)},
                                                 {"sequence-number", std::to_string(sequence_number)},
                                                 {"format-version", std::to_string(format_version)}};
  if (format_version >= 3) metadata["first-row-id"] = number(first_row_id);
  AvroFileWriter writer(metadata, ManifestFileSchema(format_version), codec);
  for (const ManifestFile& manifest : manifests) {
    AvroBytes& record = writer.record();
    record.Bytes(manifest.path);
    record.Long(manifest.length);
    record.Long(manifest.spec_id);
    record.Long(static_cast<int>(manifest.content));
    record.Long(manifest.sequence_number);
    record.Long(manifest.min_sequence_number);
    record.Long(manifest.added_snapshot_id);
    for (int32_t count : {manifest.added_files, manifest.existing_files, manifest.deleted_files}) {
      // What a v1 list left out counts as "some" (spec: null is assumed to be non-zero).
      record.Long(count < 0 ? 1 : count);
    }
    for (int64_t rows : {manifest.added_rows, manifest.existing_rows, manifest.deleted_rows}) {
      record.Long(rows < 0 ? 1 : rows);
    }
    record.Present(!manifest.partitions.empty());
    if (!manifest.partitions.empty()) {
      record.Long(static_cast<int64_t>(manifest.partitions.size()));
      for (const PartitionSummary& summary : manifest.partitions) {
        record.Bool(summary.contains_null);
        record.Present(summary.contains_nan.has_value());
        if (summary.contains_nan) record.Bool(*summary.contains_nan);
        WriteOptionalBytes(summary.lower, &record);
        WriteOptionalBytes(summary.upper, &record);
      }
      record.Long(0);
    }
    WriteOptionalBytes(manifest.key_metadata, &record);
    if (format_version >= 3) WriteOptionalLong(manifest.first_row_id, &record);
    writer.EndRecord();
  }
  return writer.Finish();
}

}  // namespace firn::iceberg
