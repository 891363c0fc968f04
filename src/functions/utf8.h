// Text as characters: UTF-8 by code points. Input is valid UTF-8, as DuckDB guarantees of VARCHAR. Pure.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace firn::functions {

inline bool IsLeadByte(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

inline int64_t CharCount(std::string_view text) {
  int64_t count = 0;
  for (char c : text) count += IsLeadByte(c);
  return count;
}

/// Byte offset of character `n` (from 0); the text's size where it has fewer.
inline size_t CharOffset(std::string_view text, int64_t n) {
  size_t at = 0;
  while (at < text.size() && n > 0) {
    ++at;
    while (at < text.size() && !IsLeadByte(text[at])) ++at;
    --n;
  }
  return at;
}

/// `count` characters from character `start` (from 0), clipped to the text.
inline std::string_view CharSlice(std::string_view text, int64_t start, int64_t count) {
  if (count <= 0) return {};
  size_t begin = CharOffset(text, start);
  return text.substr(begin, CharOffset(text.substr(begin), count));
}

inline std::vector<std::string_view> CharsOf(std::string_view text) {
  std::vector<std::string_view> out;
  for (size_t at = 0; at < text.size();) {
    size_t next = at + CharOffset(text.substr(at), 1);
    out.push_back(text.substr(at, next - at));
    at = next;
  }
  return out;
}

/// The code point of the first character of a text that is not empty.
inline int64_t CodePoint(std::string_view text) {
  auto byte = [&](size_t i) { return static_cast<int64_t>(static_cast<unsigned char>(text[i])); };
  int64_t lead = byte(0);
  if (lead < 0x80) return lead;
  if (lead < 0xE0) return (lead & 0x1F) << 6 | (byte(1) & 0x3F);
  if (lead < 0xF0) return (lead & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F);
  return (lead & 0x07) << 18 | (byte(1) & 0x3F) << 12 | (byte(2) & 0x3F) << 6 | (byte(3) & 0x3F);
}

inline void AppendCodePoint(std::string* out, int64_t code) {
  if (code < 0x80) {
    *out += static_cast<char>(code);
  } else if (code < 0x800) {
    *out += static_cast<char>(0xC0 | (code >> 6));
    *out += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    *out += static_cast<char>(0xE0 | (code >> 12));
    *out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    *out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    *out += static_cast<char>(0xF0 | (code >> 18));
    *out += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
    *out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    *out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

}  // namespace firn::functions
