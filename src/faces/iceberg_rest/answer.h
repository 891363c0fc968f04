// Answers and errors of the Iceberg REST catalog in the form of its OpenAPI specification. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "http/message.h"

namespace firn::faces {

/// {"error":{"message":…,"type":…,"code":…}}
http::Response IcebergError(int status, std::string_view type, std::string_view message);
/// A failure of ours: 401 for tokens, 404 for what is not there, 503 for storage, else 500.
http::Response IcebergFailure(const Error& error);
/// {"error":…,"error_description":…} of RFC 6749, 5.2.
http::Response OAuthError(int status, std::string_view code, std::string_view description);

}  // namespace firn::faces
