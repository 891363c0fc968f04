#include "session/answer.h"

namespace firn::session {

Answer Answer::StatusLine(std::string text, int statement_type) {
  Answer answer;
  answer.statement_type = statement_type;
  answer.columns = {{.name = "status", .type = SqlType::Varchar(), .nullable = true}};
  answer.rows = {{std::move(text)}};
  return answer;
}

}  // namespace firn::session
