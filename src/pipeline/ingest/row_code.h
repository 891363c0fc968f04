// Why a row is quarantined: the stable codes of the ingest answer and of the error table, one row a code, sorted by
// name. Plain values; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace firn::pipeline {

enum class RowCode : uint8_t {
  kBadJson,       ///< a line of NDJSON that is no JSON
  kDuplicateKey,  ///< a key twice in one object, at any depth
  kInvalidUtf8,
  kLoneSurrogate,    ///< \ud800 without its other half
  kMissingRequired,  ///< a required column is absent or null
  kNameConflict,     ///< two names equal but for case, or a reserved name
  kNone,
  kNotANumber,  ///< NaN, Infinity
  kNotAnObject,
  kNulInString,
  kNullKey,         ///< a primary key column is absent or null
  kNullOrder,       ///< a column of merge.order_by is absent or null
  kNumberOverflow,  ///< beyond 38 digits, or beyond a double
  kRowTooLarge,
  kTooDeep,
  kTooManyColumns,
  kTypeMismatch,
  kUnknownColumn,  ///< evolve: freeze
};

/// "TYPE_MISMATCH"; "" of kNone.
const char* NameOf(RowCode code);

struct RowError {
  RowCode code = RowCode::kNone;
  std::string column;   ///< empty: the row as a whole
  std::string message;  ///< one sentence
};

/// BatchRow::note of a quarantined row, and back. Nothing where `note` is no such thing.
std::string EncodeNote(const RowError& error);
std::optional<RowError> DecodeNote(std::string_view note);

}  // namespace firn::pipeline
