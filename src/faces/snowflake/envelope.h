// The envelope of every answer of the Snowflake protocol: HTTP 200 and {"data":…,"code":…,"message":…,"success":…}
// (protocol reference, sections 0 and 2.5). Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "http/message.h"

namespace firn::faces {

/// {"data":<data>,"code":null,"message":null,"success":true}; `data` is JSON text.
std::string SuccessBody(std::string_view data);
/// The failure of a statement, or of a request where `query_id` is empty.
std::string FailureBody(const Error& error, std::string_view query_id = {});
/// The six digits, the SQLSTATE and the text that drivers are shown: errors of Firn's own go under 000603.
std::string WireCode(const Error& error);

inline http::Response Envelope(std::string body) { return http::Response::Json(200, std::move(body)); }
inline http::Response Success(std::string_view data) { return Envelope(SuccessBody(data)); }
inline http::Response Failure(const Error& error) { return Envelope(FailureBody(error)); }

/// The token of `Authorization: Snowflake Token="…"`, or of `Bearer …`; empty if there is none.
std::string_view TokenOf(const http::Request& request);

}  // namespace firn::faces
