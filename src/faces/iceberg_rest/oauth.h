// POST /iceberg/v1/oauth/tokens: a user's name and password, or programmatic access token, against a bearer token.
// (RFC 6749 4.4 client credentials; RFC 8693 token exchange, by which the Java client refreshes its token.)
#pragma once

#include "http/message.h"
#include "session/sessions.h"

namespace firn::faces {

http::Response IssueOAuthToken(session::Sessions& sessions, const http::Request& request);

}  // namespace firn::faces
