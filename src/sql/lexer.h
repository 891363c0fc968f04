// The lexer of Snowflake SQL: text to tokens. Only the parser calls it. Tokens point into the text, which must outlive
// them; strings and quoted names are decoded when the parser asks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace firn::sql {

enum class TokenKind : uint8_t {
  kEnd,
  kWord,        ///< an identifier or keyword without quotes
  kQuotedWord,  ///< "name"
  kString,      ///< 'text' with escapes
  kRawString,   ///< $$text$$
  kHexString,   ///< X'4142'
  kNumber,      ///< 1, 1.5, .5, 1e10
  kVariable,    ///< $name
  kOrdinal,     ///< $1
  kStage,       ///< @stage/path, @~/path, @%table
  kFileUrl,     ///< file:///path without quotes, as PUT and GET take it
  kLeftParen,
  kRightParen,
  kLeftBracket,
  kRightBracket,
  kLeftBrace,
  kRightBrace,
  kComma,
  kSemicolon,
  kDot,
  kColon,
  kDoubleColon,
  kAssign,  ///< :=
  kQuestion,
  kPlus,
  kMinus,
  kStar,
  kSlash,
  kPercent,
  kConcat,
  kEq,
  kNe,
  kLt,
  kLe,
  kGt,
  kGe,
  kFatArrow,  ///< =>
  kArrow,     ///< ->
  kFlow,      ///< ->>
  kOther,     ///< any other character
};

struct Token {
  TokenKind kind;
  uint32_t offset;  ///< bytes from the beginning of the text
  uint32_t length;  ///< bytes
  Position at;      ///< line from 1, column from 0 in characters
};

/// All tokens of a text, the last of them kEnd. Errors: kInvalidInput (not UTF-8, or a NUL), kSyntax (a string, quoted
/// name or comment without an end).
Result<std::vector<Token>> Lex(std::string_view text);

/// What a kString, kRawString or kHexString token means. Source: docs.snowflake.com, "String & binary data types",
/// escape sequences. Errors: kInvalidExpression (hex digits).
Result<std::string> DecodeString(TokenKind kind, std::string_view source);
/// What a kQuotedWord token means.
std::string DecodeQuotedWord(std::string_view source);

/// kSyntax at a place: `token` as written, cut where it is very long.
Error UnexpectedToken(std::string_view token, Position at);

/// Whether `text` is well-formed UTF-8; `bad` gets the first offset that is not.
bool IsUtf8(std::string_view text, size_t* bad);
/// Appends a code point; what is none becomes U+FFFD.
void AppendUtf8(uint32_t code, std::string* out);

}  // namespace firn::sql
