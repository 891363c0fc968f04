// SELECT. https://docs.snowflake.com/en/sql-reference/sql/select
#include <algorithm>
#include <iterator>

#include "planner/resolve.h"
#include "statements/execution.h"

namespace firn::statements {

namespace {

/// A stream that keeps what its plan reads until it has been read.
class KeepingStream : public engine::ResultStream {
 public:
  KeepingStream(std::unique_ptr<engine::ResultStream> stream, std::vector<std::shared_ptr<void>> kept)
      : kept_(std::move(kept)), stream_(std::move(stream)) {}
  const std::vector<engine::ResultColumn>& columns() const override { return stream_->columns(); }
  Result<std::optional<engine::Batch>> Next() override { return stream_->Next(); }

 private:
  std::vector<std::shared_ptr<void>> kept_;
  std::unique_ptr<engine::ResultStream> stream_;  // ends before what it reads
};

/// Of a plan that reads stored results: keeps them as long as it is kept itself.
struct WithResults {
  std::vector<std::shared_ptr<void>> results;
  void operator()(const engine::Statement* plan) const { delete plan; }
};

/// Rows of results lie in memory: those that results of long ago were made of are given back, and with them what they
/// would show (an empty plan, for RESULT_SCAN).
void ForgetOldResults(session::Session& session) {
  constexpr size_t kStatementsKept = 100;
  for (size_t i = 0; i + kStatementsKept < session.history.size(); ++i) {
    auto& plan = session.history[i].plan;
    if (std::get_deleter<WithResults>(plan)) plan = std::make_shared<const engine::Statement>();
  }
}

std::shared_ptr<const engine::Statement> PlanToKeep(Execution& run, const engine::Statement& plan) {
  WithResults keeping;
  // What is kept is results, and pins, which are nothing but their end.
  std::ranges::copy_if(run.context.kept, std::back_inserter(keeping.results),
                       [](const auto& one) { return one.get(); });
  if (keeping.results.empty()) return std::make_shared<const engine::Statement>(plan);
  ForgetOldResults(run.session);
  return {new engine::Statement(plan), std::move(keeping)};
}

std::vector<session::OutputColumn> ToOutput(const std::vector<engine::ResultColumn>& columns) {
  std::vector<session::OutputColumn> out;
  for (const engine::ResultColumn& column : columns) out.push_back({.name = column.name, .type = column.type});
  return out;
}

}  // namespace

Result<Answer> Execute(Execution& run, sql::QueryStatement& query) {
  FIRN_ASSIGN(engine::Statement plan, planner::PlanQuery(run.context, *query.query));
  Answer answer;
  answer.bind_count = run.statement.binds;
  if (run.request.describe_only) {
    FIRN_ASSIGN(auto columns, run.engine().Describe(std::move(plan)));
    answer.columns = ToOutput(columns);
    return answer;
  }
  run.plan = PlanToKeep(run, plan);
  FIRN_ASSIGN(auto stream, run.engine().Run(std::move(plan), run.cancel));
  answer.columns = ToOutput(stream->columns());
  if (!run.context.kept.empty()) {
    stream = std::make_unique<KeepingStream>(std::move(stream), run.context.kept);
  }
  answer.stream = std::move(stream);
  return answer;
}

}  // namespace firn::statements
