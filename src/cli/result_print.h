// Prints an answer of the Snowflake protocol (JSON form) for a person. One thread.
#pragma once

#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace firn::cli {

/// Gets a further part of a result by its address.
using FetchChunk = std::function<Result<std::string>(const std::string& url)>;

enum class PrintFormat { kTable, kCsv };

/// False where the answer is a failure; then its message went to standard error. Errors: a body that is no answer, or
/// of fetching.
Result<bool> PrintAnswer(const std::string& body, PrintFormat format, const FetchChunk& fetch, std::FILE* out);

/// Lines up the cells under their names; long ones are cut. None is NULL.
void PrintRows(const std::vector<std::string>& names, const std::vector<std::vector<std::optional<std::string>>>& rows,
               std::FILE* out);

}  // namespace firn::cli
