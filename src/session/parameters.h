// Session parameters: one row a parameter in kParameters (name, type, default, who sees it, what it does), and the
// values that one session has set. Source: docs.snowflake.com "Parameters"; the login list is the drivers' need.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace firn::session {

enum class ParameterType { kBoolean, kNumber, kString };

struct ParameterRow {
  const char* name;
  ParameterType type;
  const char* default_value;
  bool at_login;        ///< sent to drivers in login and query answers
  bool effect;          ///< false: accepted, listed, without effect
  const char* allowed;  ///< blank-separated words, "low..high", or "" for anything
  const char* description;
};

std::span<const ParameterRow> Parameters();
/// Any case; nullptr where there is none.
const ParameterRow* FindParameter(std::string_view name);

class ParameterValues {
 public:
  /// Errors: kInvalidValue (bad value), kInvalidOption (no such parameter).
  Status Set(std::string_view name, std::string_view value);
  Status Unset(std::string_view name);
  /// The set value or the default; booleans as "true" / "false". Empty for an unknown name.
  std::string Get(std::string_view name) const;
  bool GetBool(std::string_view name) const { return Get(name) == "true"; }
  int64_t GetNumber(std::string_view name) const;
  bool IsSet(std::string_view name) const;
  /// A value that stands above the others until ClearRequest(), or until Set or Unset of the same name: parameters of
  /// one request. Errors: as Set.
  Status SetForRequest(std::string_view name, std::string_view value);
  void ClearRequest() { of_request_.clear(); }
  /// What is set, by name in upper case.
  const std::map<std::string, std::string>& values() const { return values_; }

 private:
  std::map<std::string, std::string> values_;
  std::map<std::string, std::string> of_request_;
};

}  // namespace firn::session
