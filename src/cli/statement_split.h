// Cuts a script into statements at semicolons outside of quotes, dollar quotes and comments. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace firn::cli {

/// Statements without their semicolons and blanks around them; empty ones and mere comments are dropped.
std::vector<std::string> SplitStatements(std::string_view script);

}  // namespace firn::cli
