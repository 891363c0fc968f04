// LIST, REMOVE, PUT and GET. https://docs.snowflake.com/en/sql-reference/sql/list
#include "base/errors.h"
#include "base/ids.h"
#include "planner/stage_scan.h"
#include "statements/execution.h"

namespace firn::statements {

Result<Answer> Execute(Execution& run, sql::ListStage& list) {
  FIRN_ASSIGN(auto files, planner::ListStage(run.context, list.location, {}, list.pattern));
  Answer answer;
  answer.columns = {{"name", SqlType::Varchar()},
                    {"size", SqlType::Number(38, 0)},
                    {"md5", SqlType::Varchar()},
                    {"last_modified", SqlType::Varchar()}};
  for (const planner::StageFile& file : files) {
    // A file's MD5 would need all its bytes; Snowflake answers the store's tag here, which a folder does not have.
    answer.rows.push_back(
        {"file://" + file.path, std::to_string(file.size), std::nullopt, std::to_string(file.modified / 1000000)});
  }
  return answer;
}

Result<Answer> Execute(Execution& run, sql::RemoveStage&) {
  return Error(errors::kUnsupported, {"REMOVE"}, run.statement.at);
}

Result<Answer> Execute(Execution& run, sql::Put&) { return Error(errors::kUnsupported, {"PUT"}, run.statement.at); }

Result<Answer> Execute(Execution& run, sql::Get&) { return Error(errors::kUnsupported, {"GET"}, run.statement.at); }

}  // namespace firn::statements
