// RowReader: walks the tokens of one value, checks its syntax and what no row may have, and lists the fields of the
// outermost object. Inner part of `pipeline/ingest`; one thread at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/ingest/body.h"

namespace firn::pipeline {

/// A part of a text and the tokens in it, those before `at` used up.
struct TokenRange {
  const char* base = nullptr;  ///< tokens count from here
  const uint32_t* at = nullptr;
  const uint32_t* end = nullptr;
  const char* text_end = nullptr;  ///< of the part

  bool empty() const { return at == end; }
  const char* Here() const { return at == end ? text_end : base + *at; }
  char Char() const { return at == end ? '\0' : base[*at]; }
};

class RowReader {
 public:
  explicit RowReader(const BodyLimits& limits) : limits_(limits) {}

  /// Reads the value at `tokens`, which end behind it. False: a syntax error, see the two below.
  bool Read(TokenRange* tokens);
  const char* error_at() const { return error_at_; }
  const char* error_text() const { return error_text_; }

  /// Of the last value read.
  std::string_view raw() const { return raw_; }
  const std::vector<Field>& fields() const { return fields_; }
  /// kNone: nothing against it.
  RowError& error() { return error_; }

 private:
  bool ReadValue(TokenRange* tokens, uint32_t depth, Field* field);
  bool ReadObject(TokenRange* tokens, uint32_t depth, std::vector<Field>* fields);
  bool ReadArray(TokenRange* tokens, uint32_t depth);
  bool ReadString(TokenRange* tokens, Field* field);
  bool ReadNumber(TokenRange* tokens, Field* field);
  bool ReadWord(TokenRange* tokens, Field* field);
  /// Over an object or array that is too deep, by counting brackets.
  bool Skip(TokenRange* tokens);
  bool CheckEscapes(std::string_view text);
  void CheckKeys(size_t first);
  bool AreLastKeys() const;
  bool Fail(const char* at, const char* text);
  void Note(RowCode code, const char* message, std::string_view column = {});

  const BodyLimits limits_;
  std::vector<Field> fields_;
  std::vector<std::string_view> keys_;  ///< of the objects being read, outermost first
  std::vector<std::string_view> sorted_;
  std::vector<std::string> last_keys_;  ///< of an outermost object whose keys differ from each other
  std::deque<std::string> unescaped_;
  RowError error_;
  std::string_view raw_;
  const char* error_at_ = nullptr;
  const char* error_text_ = "";
};

}  // namespace firn::pipeline
