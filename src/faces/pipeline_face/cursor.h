// QueryCursor: where the next page of a query begins, as an opaque text that only this account can make. It carries
// what the first page was read from, so that the pages are of one state of the tables whatever is written meanwhile.
// Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace firn::faces {

struct QueryCursor {
  std::string request;      ///< hash of what was asked: another request cannot go on with it
  std::string fingerprint;  ///< of the plan (statements/read_query.h)
  Micros now = 0;           ///< of the first page
  int64_t rows = 0;         ///< that were read before
  std::map<std::string, std::optional<int64_t>> snapshots;
};

std::string SignCursor(std::string_view key, const QueryCursor& cursor);
/// None for a text that SignCursor did not make with this key.
std::optional<QueryCursor> ReadCursor(std::string_view key, std::string_view text);

}  // namespace firn::faces
