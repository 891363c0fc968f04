#include "faces/pipeline_face/run_sql.h"

#include "base/ids.h"
#include "statements/run.h"

namespace firn::faces {

Result<session::Answer> RunSql(session::Node& node, const Access& access, std::string text,
                               session::Bindings bindings) {
  session::Session session(node, static_cast<int64_t>(RandomU64() >> 1), access.user, access.role);
  statements::Request request;
  request.text = std::move(text);
  request.bindings = std::move(bindings);
  request.query_id = NewQueryId();
  engine::CancelToken cancel;
  return statements::Run(session, request, cancel);
}

std::string SqlText(std::string_view text) {
  std::string out = "'";
  for (char c : text) {
    if (c == '\'' || c == '\\') out += c;
    out += c;
  }
  return out + "'";
}

}  // namespace firn::faces
