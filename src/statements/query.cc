// SELECT. https://docs.snowflake.com/en/sql-reference/sql/select
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
  run.plan = std::make_shared<const engine::Statement>(plan);
  FIRN_ASSIGN(auto stream, run.engine().Run(std::move(plan), run.cancel));
  answer.columns = ToOutput(stream->columns());
  if (!run.context.kept.empty()) {
    stream = std::make_unique<KeepingStream>(std::move(stream), run.context.kept);
  }
  answer.stream = std::move(stream);
  return answer;
}

}  // namespace firn::statements
