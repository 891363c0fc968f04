// How a kernel fails: inside DuckDB errors are exceptions; this one carries a row of the error table out of it.
// For kernels and bind steps of this room only.
#pragma once

#include <string>
#include <vector>

#include "base/errors.h"

namespace firn::functions {

[[noreturn]] void Raise(const ErrorRow& row, std::vector<std::string> args = {});
[[noreturn]] void Raise(const Error& error);

/// Shortens a value for an error text.
std::string Shown(std::string_view value);

}  // namespace firn::functions
