#include "catalog/log.h"

#include <algorithm>
#include <future>
#include <vector>

#include "base/errors.h"
#include "base/ids.h"
#include "base/log.h"

namespace firn::catalog {

namespace {

/// Entries that are read at once at start: on S3 one after another would take seconds.
constexpr size_t kReadAtOnce = 16;
constexpr std::chrono::microseconds kFirstPause{5000};
constexpr std::chrono::microseconds kLongestPause{1000000};

}  // namespace

Result<std::optional<LogEntry>> Log::Read(int64_t position) {
  const std::string path = LogPath(position);
  Result<std::string> bytes = store_.Read(path);
  if (!bytes.ok()) {
    if (bytes.error().Is(errors::kNotFound)) return std::optional<LogEntry>();
    return std::move(bytes).error();
  }
  FIRN_ASSIGN(LogEntry entry, ParseLogEntry(*bytes, path));
  if (entry.position != position) return Error(errors::kCorrupt, {path, "it names another position"});
  return std::optional<LogEntry>(std::move(entry));
}

Result<std::optional<bool>> Log::IsThere(const LogEntry& entry) {
  FIRN_ASSIGN(std::optional<LogEntry> found, Read(entry.position));
  if (!found) return std::optional<bool>();
  return std::optional<bool>(found->id == entry.id);
}

Result<bool> Log::Append(const LogEntry& entry) {
  const std::string path = LogPath(entry.position);
  const std::string bytes = ToJson(entry);
  bool may_be_there = false;
  std::chrono::microseconds pause = kFirstPause;
  while (true) {
    Status put = store_.PutIfAbsent(path, bytes);
    if (put.ok()) return true;
    if (put.error().Is(errors::kWriterStopped)) {
      // The fsync that failed may have been the one after the name was made.
      Result<std::optional<bool>> there = IsThere(entry);
      if (!there.ok() || (may_be_there && !*there) || there->value_or(false)) {
        return Error(errors::kOutcomeUnknown, {path, put.error().Message()});
      }
      return std::move(put).error();
    }
    if (put.error().Is(errors::kAlreadyThere)) {
      // It may be ours, from an earlier try.
      Result<std::optional<bool>> there = IsThere(entry);
      if (there.ok() && *there) return **there;
      if (!there.ok() && !there.error().Is(errors::kStorage)) return std::move(there).error();
    } else if (put.error().Is(errors::kOutcomeUnknown)) {
      may_be_there = true;
    } else if (!may_be_there) {
      return std::move(put).error();
    }
    if (closed_) return Error(errors::kOutcomeUnknown, {path, put.error().Message()});
    log::warn("the outcome of {} is not known yet, asking again: {}", path, put.error().Message());
    clock_.Sleep(pause + std::chrono::microseconds(RandomU64() % pause.count()));
    pause = std::min(pause * 2, kLongestPause);
  }
}

Result<StatePtr> Log::LoadCheckpoint() {
  FIRN_ASSIGN(std::vector<storage::ObjectInfo> checkpoints, store_.List(std::string(kCheckpointFolder)));
  for (auto checkpoint = checkpoints.rbegin(); checkpoint != checkpoints.rend(); ++checkpoint) {
    if (!PositionOf(checkpoint->path)) continue;
    Result<std::string> bytes = store_.Read(checkpoint->path);
    if (!bytes.ok()) {
      // Another process deletes old ones.
      if (bytes.error().Is(errors::kNotFound)) continue;
      return std::move(bytes).error();
    }
    Result<StatePtr> state = CheckpointCodec::Parse(*bytes, checkpoint->path);
    if (state.ok() || !state.error().Is(errors::kCorrupt)) return state;
    log::warn("a checkpoint cannot be read, the one before it is taken: {}", state.error().Message());
  }
  return StatePtr(std::make_shared<const CatalogState>());
}

Result<StatePtr> Log::Load() {
  FIRN_ASSIGN(StatePtr state, LoadCheckpoint());
  FIRN_ASSIGN(std::vector<storage::ObjectInfo> entries,
              store_.List(std::string(kLogFolder), LogPath(state->position())));
  StateBuilder builder(*state);
  int64_t last = state->position();
  if (!entries.empty()) last = PositionOf(entries.back().path).value_or(last);
  for (int64_t first = state->position() + 1; first <= last; first += kReadAtOnce) {
    std::vector<std::future<Result<std::optional<LogEntry>>>> reads;
    for (int64_t n = first; n <= last && n < first + static_cast<int64_t>(kReadAtOnce); ++n) {
      reads.push_back(std::async(std::launch::async, [this, n] { return Read(n); }));
    }
    for (auto& read : reads) {
      FIRN_ASSIGN(std::optional<LogEntry> entry, read.get());
      if (!entry) {
        const std::string path = LogPath(builder.state().position() + 1);
        return Error(errors::kCorrupt, {path, "it is missing, and later entries are there"});
      }
      FIRN_TRY(builder.Apply(*entry));
    }
  }
  return builder.Finish();
}

Status Log::Sync(int64_t position) { return store_.Sync({LogPath(position)}); }

Status Log::WriteCheckpoint(const CatalogState& state) {
  FIRN_TRY(store_.Put(CheckpointPath(state.position()), CheckpointCodec::ToJson(state)));
  FIRN_ASSIGN(std::vector<storage::ObjectInfo> checkpoints, store_.List(std::string(kCheckpointFolder)));
  for (size_t i = 0; i + 2 < checkpoints.size(); ++i) FIRN_TRY(store_.Delete(checkpoints[i].path));
  return Ok();
}

}  // namespace firn::catalog
