// ReadQuery: one query of the consumer API, planned over one pinned position of the catalog: it reads tables and views
// and does nothing else. Its rows come in an order that is the same whenever it runs over the same snapshots, so that
// they can be read in pages. Made by `faces` for a request, on one thread; session and cancel token outlive it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "engine/engine.h"
#include "planner/context.h"
#include "session/binding.h"
#include "session/session.h"
#include "sql/statement.h"

namespace firn::statements {

using Snapshots = std::map<std::string, std::optional<int64_t>>;

class ReadQuery {
 public:
  struct Options {
    session::Bindings bindings;
    planner::ReadOnly read;
    Micros now = 0;  ///< what CURRENT_TIMESTAMP says; 0: the time of planning
  };

  /// Plans a QueryStatement. Errors: of planning, with their place; kUnsupported for what does more than read;
  /// kNoTimeTravel where a snapshot is gone.
  static Result<std::unique_ptr<ReadQuery>> Plan(session::Session& session, sql::Statement statement, Options options,
                                                 engine::CancelToken& cancel);

  /// What the text names: to be checked against the caller's rights before Run.
  const std::vector<planner::FullName>& named() const { return context_.named; }
  const Snapshots& snapshots() const { return context_.snapshots; }
  Micros now() const { return context_.now; }
  /// False where the rows depend on the time or on chance: RANDOM(), CURRENT_DATE …
  bool repeatable() const { return context_.repeatable; }
  /// Of the plan without its snapshots: another one means that views, columns or functions have changed.
  const std::string& fingerprint() const { return fingerprint_; }

  /// The rows behind the first `skip`, at most `limit`. The stream must end before this.
  Result<std::unique_ptr<engine::ResultStream>> Run(int64_t skip, std::optional<int64_t> limit);
  /// The statement that Run runs.
  engine::Statement Statement(int64_t skip, std::optional<int64_t> limit);
  /// Names and types of the columns. Errors: of binding.
  Result<std::vector<engine::ResultColumn>> Columns();

 private:
  ReadQuery(session::Session& session, sql::Statement statement, Options options, engine::CancelToken& cancel);
  Status Prepare();

  session::Session& session_;
  engine::CancelToken& cancel_;
  sql::Statement statement_;
  const session::Bindings bindings_;
  planner::StatementContext context_;
  std::optional<std::vector<engine::ResultColumn>> columns_;
  bool limited_ = false;  ///< the text has LIMIT, OFFSET or TOP itself
  std::string fingerprint_;
};

}  // namespace firn::statements
