// The JSON bodies of the Snowflake protocol as structs (protocol reference, sections 1.1 and 2). Unknown members are
// ignored, as drivers send many. Pure. Errors: kInvalidInput with a sentence for the user.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "http/message.h"
#include "session/sessions.h"
#include "statements/run.h"

namespace firn::faces {

struct LoginBody {
  session::Login login;
  std::string authenticator;  ///< upper case; empty: password
};
/// Body and query parameters of a login request.
Result<LoginBody> ParseLogin(const http::Request& request);

struct QueryBody {
  statements::Request request;
  bool async = false;
};
Result<QueryBody> ParseQuery(std::string_view body);

/// One text member of a JSON object; empty where it is absent or null. An empty body is an empty object.
Result<std::string> ParseTextMember(std::string_view body, std::string_view name);

}  // namespace firn::faces
