// TokenIndex: where the tokens of a JSON text begin, by simdjson's first stage. Inner part of `pipeline/ingest`; one
// thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace firn::pipeline {

enum class IndexFault : uint8_t {
  kNone,
  kInvalidUtf8,  ///< the tokens are there all the same
  kBadString,    ///< a string is not closed or has a control character: no tokens
  kNoMemory,
};

class TokenIndex {
 public:
  TokenIndex();
  ~TokenIndex();
  /// Tokens are { } [ ] : , and the first bytes of strings, numbers and words. Less than 4 GiB.
  IndexFault Build(std::string_view text);
  std::span<const uint32_t> tokens() const { return tokens_; }

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
  std::span<const uint32_t> tokens_;
};

bool IsUtf8(std::string_view text);

}  // namespace firn::pipeline
