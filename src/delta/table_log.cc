#include "delta/table_log.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <set>
#include <vector>

#include "base/errors.h"
#include "base/ids.h"
#include "iceberg/json.h"

namespace firn::delta {

namespace {

constexpr char kCommitEnd[] = ".json";
constexpr char kCheckpointEnd[] = ".checkpoint.parquet";
constexpr int kUnknownTries = 5;
constexpr std::chrono::milliseconds kUnknownPause{100};
constexpr std::string_view kForeign = "it holds a version that Firn did not write";

/// The number of "00000000000000000012.json" and the like; -1 for another name.
int64_t VersionOf(std::string_view name, std::string_view end) {
  int64_t version = -1;
  if (name.size() != 20 + end.size() || !name.ends_with(end)) return -1;
  auto [at, error] = std::from_chars(name.data(), name.data() + 20, version);
  return error == std::errc() && at == name.data() + 20 ? version : -1;
}

/// 16 random bytes of a UUID text.
std::string UuidBytes(const std::string& uuid) {
  std::string bytes;
  int high = -1;
  for (char c : uuid) {
    if (c == '-') continue;
    const int digit = c <= '9' ? c - '0' : c - 'a' + 10;
    if (high < 0) {
      high = digit;
    } else {
      bytes += static_cast<char>(high << 4 | digit);
      high = -1;
    }
  }
  return bytes;
}

std::string HexOfZ85(std::string_view text) {
  constexpr std::string_view kAlphabet =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";
  std::string bytes;
  for (size_t at = 0; at + 5 <= text.size(); at += 5) {
    uint32_t word = 0;
    for (size_t i = 0; i < 5; ++i) word = word * 85 + static_cast<uint32_t>(kAlphabet.find(text[at + i]));
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(word >> shift & 0xFF);
  }
  return HexLower({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
}

std::string VectorName(const std::string& uuid) { return "deletion_vector_" + uuid + ".bin"; }

/// Names of the vector files that live files and tombstones need, without the dashes of their UUIDs.
std::set<std::string> NeededVectors(const LogState& state) {
  std::set<std::string> names;
  auto need = [&](const std::optional<VectorPlace>& vector) {
    if (vector && vector->storage_type == "u" && vector->text.size() >= 20) {
      names.insert(VectorName(HexOfZ85(std::string_view(vector->text).substr(vector->text.size() - 20))));
    }
  };
  for (const auto& [path, file] : state.files) need(file.vector);
  for (const RemoveFile& file : state.removed) need(file.vector);
  return names;
}

}  // namespace

bool IsForeign(const Error& error) {
  return error.Is(errors::kInvalidInput) && error.Message().find(kForeign) != std::string::npos;
}

TableLog::TableLog(std::shared_ptr<storage::Store> store, std::string location, LogParquet& parquet, Clock& clock,
                   LogOptions options)
    : store_(std::move(store)), location_(std::move(location)), parquet_(parquet), clock_(clock), options_(options) {}

std::string TableLog::FileName(int64_t version, const char* end) const {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%020lld", static_cast<long long>(version));
  return folder_ + digits + end;
}

Error TableLog::ForeignVersion(int64_t version) const {
  return Error(errors::kInvalidInput,
               {"The Delta log " + location_ + "/_delta_log is not Firn's alone: " + std::string(kForeign) + " (" +
                std::to_string(version) + "). Its mirror has stopped; remove the log and set DELTA = TRUE again."});
}

Status TableLog::Follow(std::string_view commit, const std::string& path) {
  const int64_t version = state_.version + 1;
  Result<bool> ours = state_.Apply(commit, path);
  // What cannot be read is not of the mirror's making either.
  if (!ours.ok() && !ours.error().Is(errors::kCorrupt)) return std::move(ours).error();
  if (!ours.ok() || !*ours) return ForeignVersion(version);
  return Ok();
}

Status TableLog::Load() {
  FIRN_ASSIGN(folder_, store_->PathOf(location_ + "/_delta_log"));
  folder_ += '/';
  state_ = LogState();
  checkpoint_ = -1;
  Result<std::string> hint = store_->Read(folder_ + "_last_checkpoint");
  if (!hint.ok() && !hint.error().Is(errors::kNotFound)) return std::move(hint).error();
  if (hint.ok()) {
    Result<boost::json::value> json = iceberg::ParseJson(*hint, folder_ + "_last_checkpoint");
    if (json.ok() && json->is_object()) {
      iceberg::Members members(*json, "_last_checkpoint", "the hint");
      checkpoint_ = members.MaybeLong("version").value_or(-1);
    }
  }
  // Whatever was cleaned away lies before the last checkpoint.
  FIRN_ASSIGN(auto listed, store_->List(folder_, checkpoint_ > 0 ? FileName(checkpoint_ - 1, kCommitEnd) : ""));
  std::set<int64_t> commits;
  for (const storage::ObjectInfo& object : listed) {
    const std::string_view name = std::string_view(object.path).substr(folder_.size());
    checkpoint_ = std::max(checkpoint_, VersionOf(name, kCheckpointEnd));
    if (const int64_t version = VersionOf(name, kCommitEnd); version >= 0) commits.insert(version);
  }
  if (checkpoint_ >= 0) {
    const std::string path = FileName(checkpoint_, kCheckpointEnd);
    FIRN_ASSIGN(std::string bytes, store_->Read(path));
    FIRN_ASSIGN(auto lines, parquet_.Unpack(bytes));
    FIRN_ASSIGN(bool ours, state_.Restore(lines, checkpoint_, path));
    if (!ours) return ForeignVersion(checkpoint_);
  }
  while (commits.contains(state_.version + 1)) {
    const std::string path = FileName(state_.version + 1, kCommitEnd);
    FIRN_ASSIGN(std::string text, store_->Read(path));
    FIRN_TRY(Follow(text, path));
  }
  if (!commits.empty() && *commits.rbegin() > state_.version) {
    return Error(errors::kCorrupt, {folder_, "version " + std::to_string(state_.version + 1) + " is missing"});
  }
  return Ok();
}

Result<VectorPlace> TableLog::Place(const catalog::TableVersion& version, const iceberg::LiveFile& file) {
  auto positions = [this](const iceberg::DataFile& deletes) { return parquet_.Positions(deletes); };
  FIRN_ASSIGN(auto deleted, iceberg::LoadDeletes(*version.store, file, positions));
  if (!deleted) return Error(errors::kInternal, {"no deletes of " + file.data->path});
  // Length and CRC around magic and bitmap are a record of Delta's vector files as they are.
  const std::string record = deleted->ToBlob();
  const std::string_view bitmap = std::string_view(record).substr(4, record.size() - 8);
  VectorPlace place;
  place.size = static_cast<int64_t>(bitmap.size());
  place.cardinality = static_cast<int64_t>(deleted->Cardinality());
  if (bitmap.size() < kInlineBytes) {
    place.storage_type = "i";
    place.text = Z85(bitmap);
    return place;
  }
  const std::string uuid = NewUuid();
  FIRN_ASSIGN(std::string path, store_->PathOf(location_ + "/" + kVectorFolder + "/" + VectorName(uuid)));
  FIRN_TRY(store_->Put(path, "\x01" + record));
  place.storage_type = "u";
  place.text = kVectorFolder + Z85(UuidBytes(uuid));
  place.offset = 1;
  return place;
}

/// The outer result is an error of the store that says nothing was written, or that nobody knows.
Result<Status> TableLog::PutCommit(const std::string& path, const std::string& text) {
  Status put = store_->PutIfAbsent(path, text);
  for (int tries = 1; !put.ok() && put.error().Is(errors::kOutcomeUnknown) && tries < kUnknownTries; ++tries) {
    clock_.Sleep(kUnknownPause * tries);
    put = store_->PutIfAbsent(path, text);
  }
  if (!put.ok() && !put.error().Is(errors::kAlreadyThere)) return std::move(put).error();
  return put;
}

Result<TableLog::Outcome> TableLog::Advance(const Target& target) {
  Outside outside;
  outside.place = [this](const catalog::TableVersion& version, const iceberg::LiveFile& file) {
    return Place(version, file);
  };
  outside.column_names = [this](const std::string& uri) { return parquet_.ColumnNames(uri); };
  FIRN_ASSIGN(auto text, NextCommit(state_, target, outside, clock_.Now() / 1000));
  if (!text) return Outcome::kNothing;
  const std::string path = FileName(state_.version + 1, kCommitEnd);
  FIRN_ASSIGN(Status put, PutCommit(path, *text));
  if (put.ok()) {
    FIRN_TRY(Follow(*text, path));
    state_.ForgetRemoved(clock_.Now() / 1000 - kTombstonesKeptMs);
    return Outcome::kWritten;
  }
  FIRN_ASSIGN(std::string there, store_->Read(path));
  FIRN_TRY(Follow(there, path));
  // The answer of an earlier try of these very bytes was lost.
  return there == *text ? Outcome::kWritten : Outcome::kLost;
}

Status TableLog::MaybeCheckpoint() {
  if (options_.checkpoint_every <= 0 ||
      state_.version - std::max<int64_t>(checkpoint_, 0) < options_.checkpoint_every) {
    return Ok();
  }
  const std::vector<std::string> lines = state_.CheckpointLines();
  FIRN_ASSIGN(std::string bytes, parquet_.Pack(lines));
  Status put = store_->PutIfAbsent(FileName(state_.version, kCheckpointEnd), bytes);
  // Another node's checkpoint of the version says the same.
  if (!put.ok() && !put.error().Is(errors::kAlreadyThere)) return put;
  checkpoint_ = state_.version;
  iceberg::ObjectWriter hint;
  hint.Add("version", checkpoint_)
      .Add("size", static_cast<int64_t>(lines.size()))
      .Add("sizeInBytes", static_cast<int64_t>(bytes.size()))
      .Add("numOfAddFiles", static_cast<int64_t>(state_.files.size()));
  FIRN_TRY(store_->Put(folder_ + "_last_checkpoint", hint.Take()));
  return ++checkpoints_written_ % std::max(options_.clean_every, 1) == 0 ? Clean() : Ok();
}

Status TableLog::Clean() {
  const Micros before = clock_.Now() - options_.log_kept;
  FIRN_ASSIGN(auto listed, store_->List(folder_));
  // The newest checkpoint that is old enough itself: readers may still travel to every younger version.
  int64_t base = -1;
  for (const storage::ObjectInfo& object : listed) {
    const int64_t version = VersionOf(std::string_view(object.path).substr(folder_.size()), kCheckpointEnd);
    if (version < checkpoint_ && object.modified < before) base = std::max(base, version);
  }
  for (const storage::ObjectInfo& object : listed) {
    const std::string_view name = std::string_view(object.path).substr(folder_.size());
    const int64_t version = std::max(VersionOf(name, kCheckpointEnd), VersionOf(name, kCommitEnd));
    if (version >= 0 && version < base && object.modified < before) FIRN_TRY(store_->Delete(object.path));
  }
  FIRN_ASSIGN(std::string vectors, store_->PathOf(location_ + "/" + kVectorFolder));
  const std::set<std::string> needed = NeededVectors(state_);
  FIRN_ASSIGN(auto files, store_->List(vectors + "/"));
  for (const storage::ObjectInfo& object : files) {
    std::string name = object.path.substr(vectors.size() + 1);
    std::erase(name, '-');
    if (object.modified < before && !needed.contains(name)) FIRN_TRY(store_->Delete(object.path));
  }
  return Ok();
}

}  // namespace firn::delta
