// SQL number format models: "$99,999.00", "0XXX", "TM9", "9.9EEEE" …, for printing and reading. Pure.
// Source: docs.snowflake.com/en/sql-reference/sql-format-models
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "functions/number.h"

namespace firn::functions {

/// A fixed-position model ("9", "0", "." or "D", "," or "G", "$", "S", "MI", "X", "B", "EEEE") or a text-minimal one
/// ("TM", "TM9", "TME"), with FM before it and text in double quotes around it. A compiled model may be shared by
/// threads.
class NumberFormat {
 public:
  /// Errors: kInvalidValue for a model that cannot be read.
  static Result<NumberFormat> Compile(std::string_view model);

  /// `value` * 10^-scale. Digits that do not fit print as '#'.
  /// `trims`: TM9 leaves out trailing zeros, as of a FLOAT.
  std::string Print(int128 value, int scale, bool trims = false) const;
  /// Fixed-point value of text that matches the model; nullopt where it does not.
  std::optional<ParsedNumber> Parse(std::string_view text) const;

 private:
  enum class Kind { kFixed, kMinimal, kMinimalExponent, kHex };
  std::string PrintNumber(int128 value, int scale, bool trims) const;
  std::string PrintHex(int128 value) const;
  std::string PrintExponent(int128 value, int scale) const;
  std::string PrintDigits(const std::string& digits, bool negative, bool zero) const;

  Kind kind_ = Kind::kFixed;
  std::string before_, behind_;  ///< quoted text
  std::string items_;            ///< 9 0 X . , of the number itself, in order
  int whole_ = 0;                ///< digit positions before the point
  int fraction_ = 0;
  bool dollar_ = false;
  bool fill_ = true;         ///< without FM: leading blanks
  bool blank_zero_ = false;  ///< B
  bool exponent_ = false;    ///< EEEE
  bool lower_ = false;       ///< x: hex in lower case
  enum class Sign { kDefault, kLeading, kTrailing, kMinusTrailing, kMinusLeading } sign_ = Sign::kDefault;
};

}  // namespace firn::functions
