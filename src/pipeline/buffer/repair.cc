#include "pipeline/buffer/repair.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/errors.h"
#include "base/ids.h"
#include "pipeline/buffer/batch_record.h"
#include "pipeline/buffer/record.h"
#include "pipeline/buffer/segment.h"

namespace firn::pipeline {

namespace {

class TableRepair {
 public:
  TableRepair(Files& files, std::string buffer_id, std::string table_id)
      : files_(files), buffer_id_(std::move(buffer_id)), table_id_(std::move(table_id)) {
    report_.table_id = table_id_;
  }

  Result<RepairedTable> Run() {
    FIRN_ASSIGN(std::vector<SegmentName> names, ListSegments(files_, table_id_));
    std::optional<SegmentName> before;
    for (size_t i = 0; i < names.size(); ++i) {
      const bool last = i + 1 == names.size() || names[i + 1].kind != names[i].kind;
      if (names[i].kind == SegmentKind::kBatches) {
        if (before) FIRN_TRY(FillHole(before->serial, names[i].serial));
        before = names[i];
      }
      FIRN_TRY(RepairFile(names[i], last));
    }
    return report_;
  }

 private:
  std::string PathOf(const SegmentName& name) const { return table_id_ + "/" + FileOf(name.serial, name.kind); }

  /// Rows that were in a missing file and are not applied are lost; an empty file says that this is known.
  Status FillHole(uint64_t before, uint64_t next) {
    for (uint64_t serial = before + 1; serial < next; ++serial) {
      zeros_.reset();
      std::string header;
      EncodeHeader(&header, {SegmentKind::kBatches, mark_, buffer_id_, table_id_});
      const std::string path = PathOf({serial, SegmentKind::kBatches, 0});
      FIRN_TRY(files_.Replace(path, header));
      report_.files.push_back({files_.Name(path), "", 0, 0, 0});
    }
    return Ok();
  }

  void Note(const Record& record, RepairedFile* file) {
    if (record.type == RecordType::kMark) {
      Mark mark;
      if (DecodeMark(record.payload, &mark)) NoteMark(mark);
    }
    if (record.type != RecordType::kRows) return;
    auto rows = DecodeRows(record.payload);
    if (!rows) return;
    if (file != nullptr && rows->first_position > mark_.position) {
      file->rows_lost += rows->first_position - mark_.position;
    }
    report_.rows_kept += rows->rows;
    NoteMark({rows->first_position + rows->rows, rows->last_seq(), rows->has_channel ? rows->channel_state.epoch : 0});
  }

  void NoteMark(const Mark& mark) {
    mark_.position = std::max(mark_.position, mark.position);
    mark_.last_seq = std::max(mark_.last_seq, mark.last_seq);
    mark_.epochs = std::max(mark_.epochs, mark.epochs);
  }

  Status RepairFile(const SegmentName& name, bool last) {
    const std::string path = PathOf(name);
    FIRN_ASSIGN(std::string bytes, files_.Read(path, 0, UINT64_MAX));
    SegmentScan scan = ScanSegment(bytes, name.kind, last, buffer_id_, table_id_);
    const bool content = std::ranges::all_of(scan.records, [](const Record& record) {
      return record.type != RecordType::kRows || DecodeRows(record.payload).has_value();
    });
    if (scan.header && zeros_ && scan.header->mark.position > mark_.position) {
      // Rows were where the segment before has zeros now; without those this is known.
      FIRN_TRY(files_.Cut(zeros_->path, zeros_->from));
      report_.files.push_back({files_.Name(zeros_->path), "", 0, 0, scan.header->mark.position - mark_.position});
    }
    if (scan.header) NoteMark(scan.header->mark);
    zeros_.reset();
    if (scan.zeros) zeros_ = {path, scan.whole};
    if (scan.damage.empty() && content) {
      for (const Record& record : scan.records) Note(record, nullptr);
      return Ok();
    }
    if (scan.damage.starts_with("version ")) return Error(errors::kVersionUnknown, {files_.Name(path), scan.damage});
    RepairedFile file;
    file.file = files_.Name(path);
    const std::string aside = table_id_ + "/damaged/" + FileOf(name.serial, name.kind) + "." + NewUuid();
    file.moved_to = files_.Name(aside);
    FIRN_TRY(files_.MakeFolder(table_id_ + "/damaged"));
    FIRN_TRY(files_.Replace(aside, bytes));
    std::string whole;
    EncodeHeader(&whole, {name.kind, mark_, buffer_id_, table_id_});
    uint64_t kept = scan.header_end;
    for (auto record = FindRecord(bytes, scan.header_end); record; record = FindRecord(bytes, record->end)) {
      kept += record->end - record->offset;
      if (record->type == RecordType::kSynced) {
        whole += EncodeSynced(whole.size());
        continue;
      }
      if (record->type == RecordType::kRows && !DecodeRows(record->payload)) continue;
      ++file.records_kept;
      Note(*record, &file);
      whole.append(std::string_view(bytes).substr(record->offset, record->end - record->offset));
    }
    file.bytes_lost = bytes.size() - kept;
    FIRN_TRY(files_.Replace(path, whole));
    report_.files.push_back(std::move(file));
    return Ok();
  }

  Files& files_;
  const std::string buffer_id_;
  const std::string table_id_;
  RepairedTable report_;
  Mark mark_;
  struct Zeros {
    std::string path;
    uint64_t from;
  };
  std::optional<Zeros> zeros_;  ///< of the segment before, if it ends in zeros
};

}  // namespace

Result<std::vector<RepairedTable>> RepairBuffer(Files& files, const std::string& table_id) {
  FIRN_ASSIGN(std::string id, files.Read("id", 0, 1024));
  if (!IsUuid(id)) return Error(errors::kCorrupt, {files.Name("id"), "it does not hold the buffer's id"});
  FIRN_ASSIGN(std::vector<FileEntry> entries, files.List(""));
  std::vector<RepairedTable> out;
  for (const FileEntry& entry : entries) {
    if (!entry.is_folder || (!table_id.empty() && entry.name != table_id)) continue;
    FIRN_ASSIGN(RepairedTable table, TableRepair(files, id, entry.name).Run());
    out.push_back(std::move(table));
  }
  if (!table_id.empty() && out.empty()) return Error(errors::kNotFound, {files.Name(table_id)});
  return out;
}

}  // namespace firn::pipeline
