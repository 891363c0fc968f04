#include <algorithm>

#include "base/errors.h"
#include "base/types.h"
#include "iceberg/avro.h"
#include "iceberg/json.h"
#include "iceberg/manifest.h"

namespace firn::iceberg {

namespace {

/// The metrics of a column, made at its place. Writers list columns in ascending order, so the place is near `*hint`.
ColumnMetrics& MetricsOf(std::vector<ColumnMetrics>* columns, int field_id, size_t* hint) {
  if (*hint < columns->size() && (*columns)[*hint].field_id == field_id) return (*columns)[(*hint)++];
  auto at = std::lower_bound(columns->begin(), columns->end(), field_id,
                             [](const ColumnMetrics& column, int id) { return column.field_id < id; });
  if (at == columns->end() || at->field_id != field_id) {
    at = columns->insert(at, ColumnMetrics{});
    at->field_id = field_id;
  }
  *hint = static_cast<size_t>(at - columns->begin()) + 1;
  return *at;
}

/// Reads one record of a manifest by the field ids of its Avro schema.
class EntryReader {
 public:
  EntryReader(AvroCursor* cursor, const std::vector<int>& partition_ids)
      : cursor_(*cursor), partition_ids_(partition_ids) {}

  ManifestEntry Read(size_t root) {
    ManifestEntry entry;
    cursor_.Record(cursor_.Enter(root), [&](const AvroNode::Child& child) {
      if (child.field_id == 2) return ReadFile(cursor_.Enter(child.node));
      if (child.field_id != 0 && child.field_id != 1 && child.field_id != 3 && child.field_id != 4) {
        return cursor_.Skip(child.node);
      }
      const AvroNode& node = cursor_.Enter(child.node);
      if (node.kind == AvroNode::Kind::kNull) return;
      int64_t value = cursor_.Long(node);
      switch (child.field_id) {
        case 0:
          status_ = value;
          break;
        case 1:
          entry.snapshot_id = value;
          break;
        case 3:
          file_.data_sequence_number = value;
          break;
        default:
          file_.file_sequence_number = value;
          break;
      }
    });
    if (status_ < 0 || status_ > 2) Fail("an entry has the unknown status " + std::to_string(status_));
    if (file_.path.empty()) Fail("an entry has no file path");
    if (file_.record_count < 0 || file_.size < 0) Fail("'" + file_.path + "' has no row count or no size");
    entry.status = static_cast<EntryStatus>(status_);
    return entry;
  }

  DataFile& file() { return file_; }
  const std::string& fault() const { return fault_; }

 private:
  void Fail(std::string sentence) {
    if (fault_.empty()) fault_ = std::move(sentence);
  }

  void ReadFile(const AvroNode& node) {
    file_.record_count = file_.size = -1;
    cursor_.Record(node, [&](const AvroNode::Child& child) {
      if (child.field_id == 102) return ReadPartition(cursor_.Enter(child.node));
      const AvroNode& inner = cursor_.Enter(child.node);
      if (inner.kind == AvroNode::Kind::kNull) return;
      ReadFileField(child.field_id, inner);
    });
  }

  void ReadFileField(int field_id, const AvroNode& node) {
    switch (field_id) {
      case 134: {
        int64_t content = cursor_.Long(node);
        if (content < 0 || content > 2) return Fail("an entry has the unknown content " + std::to_string(content));
        file_.content = static_cast<FileContent>(content);
        return;
      }
      case 100:
        file_.path = std::string(cursor_.Bytes(node));
        return;
      case 101:
        return ReadFormat(cursor_.Bytes(node));
      case 103:
        file_.record_count = cursor_.Long(node);
        return;
      case 104:
        file_.size = cursor_.Long(node);
        return;
      case 108:
        return ReadCounts(node, &ColumnMetrics::column_size);
      case 109:
        return ReadCounts(node, &ColumnMetrics::value_count);
      case 110:
        return ReadCounts(node, &ColumnMetrics::null_count);
      case 137:
        return ReadCounts(node, &ColumnMetrics::nan_count);
      case 125:
        return ReadBounds(node, &ColumnMetrics::lower);
      case 128:
        return ReadBounds(node, &ColumnMetrics::upper);
      case 131:
        file_.key_metadata = std::string(cursor_.Bytes(node));
        return;
      case 132:
        return cursor_.Array(node, [&](size_t item) { file_.split_offsets.push_back(ReadLong(item)); });
      case 135:
        return cursor_.Array(node,
                             [&](size_t item) { file_.equality_ids.push_back(static_cast<int>(ReadLong(item))); });
      case 140:
        file_.sort_order_id = static_cast<int>(cursor_.Long(node));
        return;
      case 142:
        file_.first_row_id = cursor_.Long(node);
        return;
      case 143:
        file_.referenced_data_file = std::string(cursor_.Bytes(node));
        return;
      case 144:
        file_.content_offset = cursor_.Long(node);
        return;
      case 145:
        file_.content_size = cursor_.Long(node);
        return;
      default:
        return SkipEntered(node);
    }
  }

  /// Skips a value whose union branch is read already.
  void SkipEntered(const AvroNode& node) {
    switch (node.kind) {
      case AvroNode::Kind::kArray:
        return cursor_.Array(node, [&](size_t item) { cursor_.Skip(item); });
      case AvroNode::Kind::kRecord:
        return cursor_.Record(node, [&](const AvroNode::Child& child) { cursor_.Skip(child.node); });
      case AvroNode::Kind::kEnum:
        cursor_.Long(kLongNode());
        return;
      case AvroNode::Kind::kMap:
      case AvroNode::Kind::kUnion:
        return cursor_.Fail();  // neither is in any manifest schema
      default:
        cursor_.Primitive(node);
        return;
    }
  }

  static const AvroNode& kLongNode() {
    static const AvroNode node = [] {
      AvroNode out;
      out.kind = AvroNode::Kind::kLong;
      return out;
    }();
    return node;
  }

  int64_t ReadLong(size_t index) { return cursor_.Long(cursor_.Enter(index)); }

  void ReadFormat(std::string_view text) {
    std::string name = Upper(text);
    if (name == "PARQUET") {
      file_.format = FileFormat::kParquet;
    } else if (name == "PUFFIN") {
      file_.format = FileFormat::kPuffin;
    } else if (name == "AVRO") {
      file_.format = FileFormat::kAvro;
    } else if (name == "ORC") {
      file_.format = FileFormat::kOrc;
    } else {
      Fail("an entry has the unknown file format '" + std::string(text.substr(0, 40)) + "'");
    }
  }

  /// A map of int keys is an array of records: the first field is the key, the second the value.
  template <class OnValue>
  void ReadMap(const AvroNode& node, OnValue on_value) {
    cursor_.Array(node, [&](size_t item) {
      const AvroNode& pair = cursor_.Enter(item);
      if (pair.kind != AvroNode::Kind::kRecord || pair.children.size() != 2) return cursor_.Fail();
      auto key = static_cast<int>(ReadLong(pair.children[0].node));
      on_value(key, cursor_.Enter(pair.children[1].node));
    });
  }

  void ReadCounts(const AvroNode& node, int64_t ColumnMetrics::*member) {
    size_t hint = 0;
    ReadMap(node, [&](int key, const AvroNode& value) {
      if (value.kind != AvroNode::Kind::kNull) MetricsOf(&file_.columns, key, &hint).*member = cursor_.Long(value);
    });
  }

  void ReadBounds(const AvroNode& node, std::optional<std::string> ColumnMetrics::*member) {
    size_t hint = 0;
    ReadMap(node, [&](int key, const AvroNode& value) {
      if (value.kind == AvroNode::Kind::kNull) return;
      MetricsOf(&file_.columns, key, &hint).*member = std::string(cursor_.Bytes(value));
    });
  }

  void ReadPartition(const AvroNode& node) {
    file_.partition.assign(partition_ids_.size(), Value());
    size_t position = 0;
    cursor_.Record(node, [&](const AvroNode::Child& child) {
      auto found = std::find(partition_ids_.begin(), partition_ids_.end(), child.field_id);
      // Tuples without ids (old writers) are in the order of the spec.
      size_t index = child.field_id < 0 ? position : static_cast<size_t>(found - partition_ids_.begin());
      ++position;
      Value value = cursor_.Primitive(cursor_.Enter(child.node));
      if (index < file_.partition.size()) file_.partition[index] = std::move(value);
    });
  }

  AvroCursor& cursor_;
  const std::vector<int>& partition_ids_;
  DataFile file_;
  int64_t status_ = -1;
  std::string fault_;
};

/// Fills in what an entry leaves to the row of the list (spec "Sequence Number Inheritance", "First Row ID
/// Inheritance"). False: it may not
/// be left out, or the row ids do not fit into 64 bits.
bool Inherit(const ManifestFile& manifest, ManifestEntry* entry, DataFile* file, int64_t* next_row_id) {
  bool may = entry->status == EntryStatus::kAdded || manifest.sequence_number == 0;
  if (entry->snapshot_id < 0) entry->snapshot_id = manifest.added_snapshot_id;
  if (file->data_sequence_number < 0) {
    if (!may) return false;
    file->data_sequence_number = manifest.sequence_number;
  }
  if (file->file_sequence_number < 0) {
    file->file_sequence_number = may ? manifest.sequence_number : file->data_sequence_number;
  }
  file->added_snapshot_id = entry->snapshot_id;
  file->spec_id = manifest.spec_id;
  bool wants_ids = entry->status != EntryStatus::kDeleted && file->content == FileContent::kData && !file->first_row_id;
  if (wants_ids && manifest.first_row_id) {
    file->first_row_id = *next_row_id;
    if (__builtin_add_overflow(*next_row_id, file->record_count, next_row_id)) return false;
  }
  return true;
}

PartitionSummary ReadSummary(AvroCursor& cursor, size_t item) {
  PartitionSummary summary;
  cursor.Record(cursor.Enter(item), [&](const AvroNode::Child& field) {
    const AvroNode& node = cursor.Enter(field.node);
    if (node.kind == AvroNode::Kind::kNull) return;
    switch (field.field_id) {
      case 509:
        summary.contains_null = cursor.Bool(node);
        return;
      case 518:
        summary.contains_nan = cursor.Bool(node);
        return;
      case 510:
        summary.lower = std::string(cursor.Bytes(node));
        return;
      case 511:
        summary.upper = std::string(cursor.Bytes(node));
        return;
      default:
        cursor.Primitive(node);
        return;
    }
  });
  return summary;
}

ManifestFile ReadListRow(AvroCursor& cursor, size_t root) {
  ManifestFile row;
  row.length = -1;
  row.spec_id = -1;
  cursor.Record(cursor.Enter(root), [&](const AvroNode::Child& child) {
    const AvroNode& node = cursor.Enter(child.node);
    if (node.kind == AvroNode::Kind::kNull) return;
    auto text = [&] { return std::string(cursor.Bytes(node)); };
    auto count = [&] { return static_cast<int32_t>(cursor.Long(node)); };
    switch (child.field_id) {
      case 500:
        row.path = text();
        return;
      case 501:
        row.length = cursor.Long(node);
        return;
      case 502:
        row.spec_id = count();
        return;
      case 517:
        row.content = cursor.Long(node) == 0 ? ManifestContent::kData : ManifestContent::kDeletes;
        return;
      case 515:
        row.sequence_number = cursor.Long(node);
        return;
      case 516:
        row.min_sequence_number = cursor.Long(node);
        return;
      case 503:
        row.added_snapshot_id = cursor.Long(node);
        return;
      case 504:
        row.added_files = count();
        return;
      case 505:
        row.existing_files = count();
        return;
      case 506:
        row.deleted_files = count();
        return;
      case 512:
        row.added_rows = cursor.Long(node);
        return;
      case 513:
        row.existing_rows = cursor.Long(node);
        return;
      case 514:
        row.deleted_rows = cursor.Long(node);
        return;
      case 519:
        row.key_metadata = text();
        return;
      case 520:
        row.first_row_id = cursor.Long(node);
        return;
      case 507:
        cursor.Array(node, [&](size_t item) { row.partitions.push_back(ReadSummary(cursor, item)); });
        return;
      default:
        cursor.Primitive(node);
        return;
    }
  });
  return row;
}

}  // namespace

Result<std::vector<ManifestEntry>> ReadManifest(std::string_view bytes, const ManifestFile& manifest) {
  std::vector<ManifestEntry> entries;
  std::vector<int> partition_ids;
  int64_t next_row_id = manifest.first_row_id.value_or(0);
  auto bad = [&](std::string sentence) { return Error(errors::kCorrupt, {manifest.path, std::move(sentence)}); };
  auto header = [&](const AvroHeader& head) -> Status {
    auto spec_text = head.metadata.find("partition-spec");
    if (spec_text == head.metadata.end()) return bad("its header lacks 'partition-spec'");
    FIRN_ASSIGN(PartitionSpec spec, ParsePartitionSpec(spec_text->second, manifest.path));
    for (const PartitionField& field : spec.fields) partition_ids.push_back(field.field_id);
    return Ok();
  };
  auto record = [&](AvroCursor& cursor, size_t root) -> Status {
    EntryReader reader(&cursor, partition_ids);
    ManifestEntry entry = reader.Read(root);
    if (cursor.failed()) return Ok();  // told by ReadAvro
    if (!reader.fault().empty()) return bad(reader.fault());
    if ((reader.file().content == FileContent::kData) != (manifest.content == ManifestContent::kData)) {
      return bad("it lists '" + reader.file().path + "', whose content does not belong there");
    }
    if (!Inherit(manifest, &entry, &reader.file(), &next_row_id)) {
      return bad("'" + reader.file().path + "' has no sequence number or row ids that fit");
    }
    entry.file = std::make_shared<const DataFile>(std::move(reader.file()));
    entries.push_back(std::move(entry));
    return Ok();
  };
  FIRN_TRY(ReadAvro(bytes, manifest.path, header, record));
  return entries;
}

Result<std::vector<ManifestFile>> ReadManifestList(std::string_view bytes, std::string_view name) {
  std::vector<ManifestFile> rows;
  auto header = [](const AvroHeader&) -> Status { return Ok(); };
  auto record = [&](AvroCursor& cursor, size_t root) -> Status {
    ManifestFile row = ReadListRow(cursor, root);
    if (!cursor.failed() && (row.path.empty() || row.length < 0 || row.spec_id < 0)) {
      return Error(errors::kCorrupt, {std::string(name), "a manifest has no path, length or partition spec"});
    }
    rows.push_back(std::move(row));
    return Ok();
  };
  FIRN_TRY(ReadAvro(bytes, name, header, record));
  return rows;
}

}  // namespace firn::iceberg
