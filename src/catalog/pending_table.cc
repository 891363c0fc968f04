#include "catalog/pending_table.h"

#include <array>
#include <set>

#include "base/errors.h"

namespace firn::catalog {

namespace {

/// In the order of Verb.
constexpr std::array<std::string_view, 10> kVerbNames = {"INSERT",           "COPY",     "UPDATE", "DELETE", "MERGE",
                                                         "INSERT OVERWRITE", "TRUNCATE", "CREATE", "ALTER",  "COMPACT"};

bool HasFiles(const iceberg::TableChange& change) {
  return !change.added.empty() || !change.removed.empty() || !change.vectors.empty() || !change.added_deletes.empty();
}

}  // namespace

std::string_view Name(Verb verb) { return kVerbNames[static_cast<size_t>(verb)]; }

std::optional<Verb> VerbOf(std::string_view name) {
  for (size_t i = 0; i < kVerbNames.size(); ++i) {
    if (kVerbNames[i] == name) return static_cast<Verb>(i);
  }
  return std::nullopt;
}

PendingTable::PendingTable(ObjectRef table, std::string name) : table_(std::move(table)), name_(std::move(name)) {}

PendingTable PendingTable::New(ObjectRef table, std::string name, TableVersionPtr initial) {
  PendingTable pending(std::move(table), std::move(name));
  pending.planned_on_ = initial;
  pending.initial_ = std::move(initial);
  pending.verb_ = Verb::kCreate;
  return pending;
}

bool PendingTable::has_files() const { return HasFiles(combined_); }

Status PendingTable::CheckStands(const TableVersion& pinned) const {
  for (const Part& part : parts_) {
    if (part.pinned->metadata_location == pinned.metadata_location) continue;
    iceberg::ReadSet files_alone = part.reads;
    files_alone.added_files_matter = false;
    if (std::optional<std::string> why =
            iceberg::FindConflict(*part.pinned->files, *pinned.metadata, *pinned.files, part.change, files_alone)) {
      return Error(errors::kConflict, {name_, *why});
    }
  }
  return Ok();
}

Result<TableVersionPtr> PendingTable::Over(TableVersionPtr pinned) const {
  const TableVersionPtr& base = initial_ ? initial_ : pinned;
  if (!has_files() && edits_.empty()) return base;
  TableVersion over = *base;
  over.metadata_location.clear();
  if (has_files()) {
    if (!initial_) FIRN_TRY(CheckStands(*pinned));
    FIRN_ASSIGN(over.files, iceberg::Preview(*base->metadata, *base->files, combined_));
  }
  if (!edits_.empty()) {
    auto metadata = std::make_shared<iceberg::TableMetadata>(*base->metadata);
    for (const MetadataEdit& edit : edits_) FIRN_TRY(edit(metadata.get(), metadata->last_updated_ms));
    over.schema = std::make_shared<const iceberg::Schema>(metadata->schema());
    over.metadata = std::move(metadata);
  }
  return std::make_shared<const TableVersion>(std::move(over));
}

Status PendingTable::Add(Verb verb, TableVersionPtr pinned, iceberg::TableChange change, iceberg::ReadSet reads) {
  if (!HasFiles(change)) return Ok();
  if (!initial_) FIRN_TRY(CheckStands(*pinned));
  for (const iceberg::DataFile& file : change.added) written_files_.push_back(file.path);
  for (const iceberg::DataFile& file : change.added_deletes) written_files_.push_back(file.path);
  if (!planned_on_) planned_on_ = pinned;
  latest_ = initial_ ? initial_ : pinned;
  if (!IsPlainAppend(verb)) {
    only_appends_ = false;
    Part part{verb, initial_ ? initial_ : pinned, {}, std::move(reads)};
    part.change.operation = change.operation;
    const iceberg::TableFiles& files = *part.pinned->files;
    for (const std::string& path : change.removed) {
      if (files.Find(path)) part.change.removed.push_back(path);
    }
    for (const auto& [path, vector] : change.vectors) {
      if (files.Find(path)) part.change.vectors.emplace(path, vector);
    }
    std::erase_if(part.reads.touched, [&](const std::string& path) { return !files.Find(path); });
    parts_.push_back(std::move(part));
  }
  if (parts_.empty() || !IsPlainAppend(verb)) verb_ = initial_ ? Verb::kCreate : verb;
  bool first = !has_files();
  combined_ = first ? std::move(change) : iceberg::Combine(std::move(combined_), std::move(change));
  return Ok();
}

Status PendingTable::Edit(Verb verb, TableVersionPtr pinned, MetadataEdit edit) {
  if (!planned_on_) planned_on_ = std::move(pinned);
  if (!initial_) verb_ = verb;
  only_appends_ = false;
  edits_.push_back(std::move(edit));
  return Ok();
}

}  // namespace firn::catalog
