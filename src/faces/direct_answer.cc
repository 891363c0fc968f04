#include "faces/direct_answer.h"

#include <limits>
#include <mutex>

#include "base/ids.h"
#include "faces/snowflake/envelope.h"
#include "faces/snowflake/query_answer.h"
#include "statements/run.h"

namespace firn::faces {

namespace {

Result<std::string> Body(session::Session& session, const statements::Request& request, engine::CancelToken& cancel) {
  std::lock_guard turn(session.run_mutex);
  FIRN_ASSIGN(session::Answer answer, statements::Run(session, request, cancel));
  answer.query_id = request.query_id;
  SessionView view = ViewOf(session, session.parameters.values(), answer.statement_type);
  ChunkStore no_chunks("", *session.node().clock);
  ResultLimits limits{.inline_bytes = std::numeric_limits<size_t>::max() / 2};
  FIRN_ASSIGN(WrittenResult result, WriteResult(answer, WireFormat::kJson, view.json_indent, no_chunks, limits));
  return SuccessBody(AnswerData(answer, result, view, {"", session.node().clock->Now()}, false));
}

}  // namespace

std::string DirectAnswer(session::Session& session, const std::string& text, engine::CancelToken& cancel) {
  statements::Request request;
  request.text = text;
  request.query_id = NewQueryId();
  auto body = Body(session, request, cancel);
  return body.ok() ? std::move(*body) : FailureBody(body.error(), request.query_id);
}

}  // namespace firn::faces
