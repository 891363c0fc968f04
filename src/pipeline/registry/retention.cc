#include "pipeline/registry/retention.h"

#include <algorithm>
#include <chrono>

#include "base/ids.h"
#include "base/log.h"
#include "pipeline/registry/expansion.h"
#include "planner/information_schema.h"
#include "session/session.h"
#include "statements/run.h"

namespace firn::pipeline {

RetentionSweep::RetentionSweep(session::Node& node, RetentionOptions options) : node_(node), options_(options) {
  if (options_.thread) thread_ = std::thread([this] { Run(); });
}

RetentionSweep::~RetentionSweep() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
    cancel_.Cancel();
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void RetentionSweep::Run() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, std::chrono::microseconds(options_.look_every), [&] { return closing_; })) {
    lock.unlock();
    Look();
    lock.lock();
  }
}

void RetentionSweep::Look() {
  const catalog::StatePtr state = node_.catalog->Current();
  for (const Pipeline& pipeline : ListPipelines(*state)) {
    const Retention& kept = pipeline.spec.retention;
    Sweep(pipeline, pipeline.errors, "_TIME", kept.quarantine);
    Sweep(pipeline, pipeline.deleted, kDeletedAtColumn.name, kept.tombstones);
    Sweep(pipeline, pipeline.bronze, "_INGESTED_AT", kept.bronze);
  }
}

void RetentionSweep::Sweep(const Pipeline& pipeline, const catalog::ObjectRef& table, std::string_view column,
                           Micros kept) {
  if (!table || cancel_.canceled()) return;
  const catalog::StatePtr state = node_.catalog->Current();
  const catalog::TableHead* head = state->Head(table->id);
  if (!head || !head->snapshot_id) return;  // there never was a row
  const Micros now = node_.clock->Now();
  auto [next, fresh] = next_.try_emplace(table->id, now);
  if (now < next->second) return;
  next->second = now + std::clamp(kept / 10, options_.least_pause, options_.most_pause);
  auto deleted = Delete(pipeline, *table, column, now - kept);
  const std::string name = state->FullName(*table);
  if (!deleted.ok() && !cancel_.canceled()) log::warn("retention of {}: {}", name, deleted.error().Message());
  if (deleted.ok() && *deleted > 0) log::info("retention: {} rows of {} are gone", *deleted, name);
}

Result<int64_t> RetentionSweep::Delete(const Pipeline& pipeline, const catalog::Object& table, std::string_view column,
                                       Micros before) {
  const bool bronze = pipeline.bronze && table.id == pipeline.bronze->id;
  const char* schema = pipeline.deleted && table.id == pipeline.deleted->id ? kSilverSchema : kBronzeSchema;
  session::Session session(node_, static_cast<int64_t>(RandomU64() >> 1), statements::kSystemUser, table.owner);
  auto run = [&](std::string text) {
    statements::Request request;
    request.text = std::move(text);
    request.query_id = NewQueryId();
    return statements::Run(session, request, cancel_);
  };
  if (bronze) session.transaction.Begin(node_.clock->Now());
  FIRN_ASSIGN(session::Answer answer,
              run("DELETE FROM " + ObjectNames(pipeline.spec).In(schema, table.name) + " WHERE " + std::string(column) +
                  " < '" + planner::TimeText(before) + " +0000'::TIMESTAMP_LTZ"));
  const int64_t deleted = answer.counts ? answer.counts->deleted : 0;
  if (!bronze) return deleted;
  // Only what the merge has seen may go: the DELETE must have read what the stream stands at.
  const auto& read = session.transaction.Pending(pipeline.bronze, table.name).planned_on();
  const bool seen = deleted > 0 && read && pipeline.stream && read->snapshot_id == StreamOffset(*pipeline.stream);
  FIRN_TRY(run(seen ? "COMMIT" : "ROLLBACK"));
  return seen ? deleted : 0;
}

std::optional<int64_t> RetentionSweep::StreamOffset(const catalog::Object& stream) const {
  const catalog::Offsets offsets = node_.catalog->Current()->OffsetsOf(stream.id);
  const auto found = offsets.find(std::string(catalog::kSnapshotOffset));
  return found == offsets.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace firn::pipeline
