#include "pipeline/silver_waits.h"

#include <algorithm>
#include <utility>

#include "base/errors.h"

namespace firn::pipeline {

namespace {

constexpr int64_t kWaitSeconds = 60;
constexpr std::chrono::milliseconds kLookEvery{25};
constexpr const char* kStreamSuffix = "_S";

std::optional<int64_t> SequenceOf(const iceberg::TableMetadata& metadata, int64_t snapshot_id) {
  for (const iceberg::SnapshotPtr& snapshot : metadata.snapshots) {
    if ((*snapshot)->snapshot_id == snapshot_id) return (*snapshot)->sequence_number;
  }
  return std::nullopt;
}

}  // namespace

void SilverWaits::Add(const catalog::ObjectRef& pipe, std::function<void(const Status&)> done) {
  {
    std::lock_guard lock(mutex_);
    if (!closing_) {
      waiters_.push_back({pipe, std::nullopt, node_.clock->Now() + kWaitSeconds * 1000000, std::move(done)});
      if (!thread_.joinable()) thread_ = std::thread([this] { Run(); });
      wake_.notify_one();
      return;
    }
  }
  done(Error(errors::kCanceled));
}

std::optional<Status> SilverWaits::Look(Waiter& waiter) {
  auto state = node_.catalog->Head();
  if (!state.ok()) return Status(state.error());
  const catalog::Object& pipe = *waiter.pipe;
  catalog::ObjectRef bronze = (*state)->ById(pipe.As<catalog::PipeInfo>()->table_id);
  catalog::ObjectRef stream = (*state)->Find(pipe.parent_id, catalog::ObjectKind::kStream, pipe.name + kStreamSuffix);
  if (!bronze || !stream || stream->kind() != catalog::ObjectKind::kStream) {
    return Status(Error(errors::kObjectNotFound, {pipe.name + kStreamSuffix}));
  }
  auto version = node_.catalog->TableAt(**state, *bronze);
  if (!version.ok()) return Status(version.error());
  const iceberg::TableMetadata& metadata = *(*version)->metadata;
  if (!waiter.sequence) {
    if (!(*version)->snapshot_id) return Ok();
    waiter.sequence = SequenceOf(metadata, *(*version)->snapshot_id).value_or(0);
  }
  catalog::Offsets offsets = (*state)->OffsetsOf(stream->id);
  auto offset = offsets.find(std::string(catalog::kSnapshotOffset));
  const auto reached = offset == offsets.end() ? std::nullopt : SequenceOf(metadata, offset->second);
  if (reached && *reached >= *waiter.sequence) return Ok();
  if (node_.clock->Now() < waiter.deadline) return std::nullopt;
  return Status(Error(errors::kTimeout, {std::to_string(kWaitSeconds)}));
}

void SilverWaits::Run() {
  std::unique_lock lock(mutex_);
  while (!closing_) {
    if (waiters_.empty()) {
      wake_.wait(lock, [&] { return closing_ || !waiters_.empty(); });
      continue;
    }
    std::vector<Waiter> looked_at = std::exchange(waiters_, {});
    lock.unlock();
    std::vector<Waiter> rest;
    for (Waiter& waiter : looked_at) {
      if (auto status = Look(waiter)) {
        waiter.done(*status);
      } else {
        rest.push_back(std::move(waiter));
      }
    }
    lock.lock();
    std::ranges::move(rest, std::back_inserter(waiters_));
    if (!waiters_.empty()) wake_.wait_for(lock, kLookEvery, [&] { return closing_; });
  }
}

void SilverWaits::Stop() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  for (Waiter& waiter : std::exchange(waiters_, {})) waiter.done(Error(errors::kCanceled));
}

}  // namespace firn::pipeline
