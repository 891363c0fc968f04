#include "engine/connection_pool.h"

#include <algorithm>

#include "base/errors.h"
#include "engine/native.h"

namespace firn::engine {

std::shared_ptr<const PinnedTable> StatementState::TableAt(duckdb::ClientContext& context, int64_t index) {
  auto state = context.registered_state->Get<StatementState>(kKey);
  if (!state || index < 0 || static_cast<size_t>(index) >= state->tables.size()) {
    throw SnowflakeException(Error(errors::kInternal, {"the statement pins no table " + std::to_string(index)}));
  }
  return state->tables[static_cast<size_t>(index)];
}

std::string FactOf(duckdb::ClientContext& context, const std::string& name) {
  auto state = context.registered_state->Get<StatementState>(StatementState::kKey);
  if (!state || !state->facts) return {};
  auto found = state->facts->find(name);
  return found == state->facts->end() ? std::string() : found->second;
}

ConnectionPool::Entry::Entry(duckdb::DuckDB& database)
    : connection(database), state(duckdb::make_shared_ptr<StatementState>()) {
  connection.context->registered_state->Insert(StatementState::kKey, state);
}

std::unique_ptr<ConnectionPool::Entry> ConnectionPool::Take(const std::string& time_zone) {
  std::unique_ptr<Entry> entry;
  {
    std::lock_guard lock(mutex_);
    auto same = std::find_if(idle_.rbegin(), idle_.rend(), [&](auto& idle) { return idle->time_zone == time_zone; });
    if (same != idle_.rend()) {
      entry = std::move(*same);
      idle_.erase(std::next(same).base());
    } else if (idle_.size() >= kIdleMax / 2) {
      entry = std::move(idle_.front());
      idle_.erase(idle_.begin());
    }
  }
  if (!entry) entry = std::make_unique<Entry>(*database_);
  if (entry->time_zone != time_zone) {
    auto result = entry->connection.Query("SET TimeZone = " + duckdb::Value(time_zone).ToSQLString());
    if (result->HasError()) result->ThrowError();
    entry->time_zone = time_zone;
  }
  return entry;
}

void ConnectionPool::Give(std::unique_ptr<Entry> entry) {
  entry->state->tables.clear();
  entry->state->facts = nullptr;
  entry->state->sequences.clear();
  std::lock_guard lock(mutex_);
  if (idle_.size() < kIdleMax) idle_.push_back(std::move(entry));
}

}  // namespace firn::engine
