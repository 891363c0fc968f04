// Binding: a bind value as the protocol sends it. See snowflake-connector "bindings": type word and text.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace firn::session {

struct Binding {
  std::string type;  ///< "FIXED", "TEXT", "REAL", "BOOLEAN", "DATE", "TIME", "TIMESTAMP_NTZ" …
  std::vector<std::optional<std::string>> values;  ///< one, or one a row of an array bind
  bool is_array = false;
};
/// By "1", "2" … or by name.
using Bindings = std::map<std::string, Binding>;

}  // namespace firn::session
