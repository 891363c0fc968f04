// The answer of a statement as the `data` object of the envelope (protocol reference, section 2.1). Pure.
#pragma once

#include <map>
#include <string>

#include "catalog/state.h"
#include "faces/snowflake/result_writer.h"
#include "session/answer.h"
#include "session/session.h"

namespace firn::faces {

/// Of the session after the statement, read under its run_mutex.
struct SessionView {
  std::string database, schema, warehouse, role;
  std::string parameters;  ///< the list that the answer carries: JSON text, "[]" where the login's is still right
  WireFormat format = WireFormat::kJson;
  int json_indent = 2;
};
/// `login_parameters`: those of the token. `statement_type`: queries may be Arrow, all else is JSON.
SessionView ViewOf(const session::Session& session, const std::map<std::string, std::string>& login_parameters,
                   int statement_type);

/// All parameters that drivers are told: [{"name":…,"value":…},…]
std::string ParameterList(const session::ParameterValues& values);

struct AnswerPlace {
  std::string base_url;  ///< of this server as the client reached it: "http://127.0.0.1:8080"
  Micros now = 0;
};
std::string AnswerData(const session::Answer& answer, const WrittenResult& result, const SessionView& view,
                       const AnswerPlace& place, bool describe_only);

/// The answer to a request that was committed before (commit-protocol rule 7), as far as the log keeps it.
session::Answer AnswerOfCommitted(const catalog::StatementInfo& statement);

}  // namespace firn::faces
