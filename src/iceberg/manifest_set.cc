#include "iceberg/manifest_set.h"

#include <algorithm>
#include <tuple>

#include "iceberg/table_change.h"

namespace firn::iceberg {

namespace {

int TierOf(size_t live, int64_t fan_in) {
  int tier = 0;
  for (auto size = static_cast<int64_t>(live); size >= fan_in; size /= fan_in) ++tier;
  return tier;
}

/// What the row of a rewritten manifest inherits is -1 until the list is written; its files keep their own numbers.
LoadedManifestPtr Loaded(ManifestFile row, std::vector<DataFilePtr> live) {
  auto loaded = std::make_shared<LoadedManifest>();
  loaded->file = std::move(row);
  loaded->live = std::move(live);
  return loaded;
}

}  // namespace

const Schema& SchemaOf(const TableMetadata& metadata, const PartitionSpec& spec) {
  auto has_all = [&](const Schema& schema) {
    return std::all_of(spec.fields.begin(), spec.fields.end(),
                       [&](const PartitionField& field) { return schema.FindById(field.source_id) != nullptr; });
  };
  if (has_all(metadata.schema())) return metadata.schema();
  for (auto at = metadata.schemas.rbegin(); at != metadata.schemas.rend(); ++at) {
    if (has_all(*at)) return *at;
  }
  return metadata.schema();
}

Result<LoadedManifestPtr> ManifestSet::Write(const TableMetadata& head, const LoadedManifest& like,
                                             const std::string& key, const std::vector<ManifestEntry>& entries,
                                             Written* written) {
  std::vector<DataFilePtr> live;
  for (const ManifestEntry& entry : entries) {
    if (entry.status != EntryStatus::kDeleted) live.push_back(entry.file);
  }
  if (auto known = rewritten_.find(key); !key.empty() && known != rewritten_.end()) {
    return Loaded(known->second, std::move(live));
  }
  const PartitionSpec& spec = *head.FindSpec(like.file.spec_id);
  FIRN_ASSIGN(WrittenManifest manifest,
              WriteManifest(head.format_version, SchemaOf(head, spec), spec, like.file.content, snapshot_id_, entries));
  manifest.file.path = folder_->NewUri("-m.avro");
  written->emplace_back(manifest.file.path, std::move(manifest.bytes));
  if (!key.empty()) rewritten_[key] = manifest.file;
  return Loaded(std::move(manifest.file), std::move(live));
}

Result<LoadedManifestPtr> ManifestSet::Rewrite(const TableMetadata& head, const LoadedManifestPtr& manifest,
                                               const std::unordered_set<const DataFile*>& removed, Written* written) {
  std::vector<ManifestEntry> entries;
  std::string key = manifest->file.path;
  for (const DataFilePtr& file : manifest->live) {
    bool gone = removed.contains(file.get());
    if (gone) key += "\n" + file->path;
    entries.push_back(
        {gone ? EntryStatus::kDeleted : EntryStatus::kExisting, gone ? snapshot_id_ : file->added_snapshot_id, file});
  }
  return Write(head, *manifest, key, entries, written);
}

Result<LoadedManifestPtr> ManifestSet::MergeInto(const TableMetadata& head,
                                                 const std::vector<LoadedManifestPtr>& inputs, Written* written) {
  std::vector<ManifestEntry> entries;
  Merged merged;
  for (const LoadedManifestPtr& input : inputs) {
    merged.inputs.push_back(input->file.path);
    for (const DataFilePtr& file : input->live) {
      entries.push_back({EntryStatus::kExisting, file->added_snapshot_id, file});
    }
  }
  FIRN_ASSIGN(LoadedManifestPtr output, Write(head, *inputs[0], "", entries, written));
  merged.output = output->file;
  merged_.push_back(std::move(merged));
  return output;
}

bool ManifestSet::MergeAgain(std::vector<LoadedManifestPtr>* manifests) {
  bool any = false;
  for (const Merged& merged : merged_) {
    std::vector<DataFilePtr> live;
    std::unordered_set<const LoadedManifest*> inputs;
    for (const std::string& uri : merged.inputs) {
      auto found = std::find_if(manifests->begin(), manifests->end(),
                                [&](const LoadedManifestPtr& manifest) { return manifest->file.path == uri; });
      if (found == manifests->end()) break;
      inputs.insert(found->get());
      live.insert(live.end(), (*found)->live.begin(), (*found)->live.end());
    }
    if (inputs.size() != merged.inputs.size()) continue;
    std::erase_if(*manifests, [&](const LoadedManifestPtr& manifest) { return inputs.contains(manifest.get()); });
    manifests->push_back(Loaded(merged.output, std::move(live)));
    any = true;
  }
  return any;
}

Status ManifestSet::Merge(const TableMetadata& head, std::vector<LoadedManifestPtr>* manifests, Written* written) {
  if (head.Property(kMergeEnabled, "true") == "false" || MergeAgain(manifests)) return Ok();
  int64_t fan_in = std::max<int64_t>(2, head.PropertyNumber(kMinCountToMerge, 16));
  int64_t target = head.PropertyNumber(kTargetManifestSize, 2097152);
  std::map<std::tuple<int, int, int>, std::vector<LoadedManifestPtr>> tiers;
  for (const LoadedManifestPtr& manifest : *manifests) {
    // A fresh one (-1) tells of this snapshot's removals and stays as it is.
    if (manifest->file.sequence_number < 0 || manifest->file.length >= target) continue;
    tiers[{static_cast<int>(manifest->file.content), manifest->file.spec_id, TierOf(manifest->live.size(), fan_in)}]
        .push_back(manifest);
  }
  std::unordered_set<const LoadedManifest*> gone;
  for (auto& [tier, members] : tiers) {
    if (static_cast<int64_t>(members.size()) < fan_in) continue;
    // A merge may come out too large for one manifest: then it is several.
    for (size_t i = 0; i < members.size();) {
      std::vector<LoadedManifestPtr> inputs;
      int64_t size = 0;
      for (; i < members.size() && (inputs.empty() || size + members[i]->file.length <= target); ++i) {
        size += members[i]->file.length;
        inputs.push_back(members[i]);
      }
      if (inputs.size() < 2) continue;
      for (const LoadedManifestPtr& input : inputs) gone.insert(input.get());
      FIRN_ASSIGN(LoadedManifestPtr output, MergeInto(head, inputs, written));
      manifests->push_back(std::move(output));
    }
  }
  std::erase_if(*manifests, [&](const LoadedManifestPtr& manifest) { return gone.contains(manifest.get()); });
  return Ok();
}

Result<std::vector<LoadedManifestPtr>> ManifestSet::Build(storage::Store& store, const TableMetadata& head,
                                                          const TableFiles& files,
                                                          const std::unordered_set<const DataFile*>& removed,
                                                          bool merge) {
  std::vector<LoadedManifestPtr> out;
  Written written;
  for (const LoadedManifestPtr& manifest : files.manifests()) {
    if (manifest->live.empty()) continue;
    bool touched =
        !removed.empty() && std::any_of(manifest->live.begin(), manifest->live.end(),
                                        [&](const DataFilePtr& file) { return removed.contains(file.get()); });
    if (!touched) {
      out.push_back(manifest);
      continue;
    }
    FIRN_ASSIGN(LoadedManifestPtr rewritten, Rewrite(head, manifest, removed, &written));
    out.push_back(std::move(rewritten));
  }
  if (merge) FIRN_TRY(Merge(head, &out, &written));
  Status status = folder_->Write(store, written);
  if (!status.ok()) {
    // Some may be missing now: none is relied upon by a later attempt.
    rewritten_.clear();
    merged_.clear();
    return std::move(status).error();
  }
  return out;
}

}  // namespace firn::iceberg
