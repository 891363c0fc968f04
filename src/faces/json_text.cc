#include "faces/json_text.h"

#include <algorithm>
#include <array>

namespace firn::faces {

namespace {

/// 0: copied as it is; 1: escaped or checked.
constexpr std::array<uint8_t, 256> MakeSpecial() {
  std::array<uint8_t, 256> table{};
  for (size_t c = 0; c < 0x20; ++c) table[c] = 1;
  table['"'] = 1;
  table['\\'] = 1;
  for (size_t c = 0x80; c < 0x100; ++c) table[c] = 1;
  return table;
}
constexpr std::array<uint8_t, 256> kSpecial = MakeSpecial();

/// Bytes of the UTF-8 sequence at the front, or 0 if it is none (RFC 3629: no overlong forms, no surrogates).
size_t SequenceLength(std::string_view text) {
  auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  auto follows = [&](size_t i) { return i < text.size() && (byte(i) & 0xC0) == 0x80; };
  uint8_t first = byte(0);
  if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    if (!follows(1) || !follows(2)) return 0;
    if (first == 0xE0 && byte(1) < 0xA0) return 0;
    if (first == 0xED && byte(1) > 0x9F) return 0;
    return 3;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    if (!follows(1) || !follows(2) || !follows(3)) return 0;
    if (first == 0xF0 && byte(1) < 0x90) return 0;
    if (first == 0xF4 && byte(1) > 0x8F) return 0;
    return 4;
  }
  return 0;
}

void AppendEscaped(char c, std::string* out) {
  switch (c) {
    case '"':
      *out += "\\\"";
      return;
    case '\\':
      *out += "\\\\";
      return;
    case '\n':
      *out += "\\n";
      return;
    case '\r':
      *out += "\\r";
      return;
    case '\t':
      *out += "\\t";
      return;
    default: {
      constexpr char kHex[] = "0123456789abcdef";
      *out += "\\u00";
      *out += kHex[(c >> 4) & 15];
      *out += kHex[c & 15];
    }
  }
}

/// The end of the string literal that begins at `at`, after its closing quote.
size_t StringEnd(std::string_view json, size_t at) {
  for (size_t i = at + 1; i < json.size(); ++i) {
    if (json[i] == '\\')
      ++i;
    else if (json[i] == '"')
      return i + 1;
  }
  return json.size();
}

bool IsBlank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

void NewLine(int indent, int depth, std::string* out) {
  if (indent == 0) return;
  *out += '\n';
  out->append(static_cast<size_t>(indent) * static_cast<size_t>(depth), ' ');
}

}  // namespace

void AppendJsonString(std::string_view text, std::string* out) {
  *out += '"';
  size_t from = 0;
  for (size_t i = 0; i < text.size();) {
    auto c = static_cast<uint8_t>(text[i]);
    if (kSpecial[c] == 0) {
      ++i;
      continue;
    }
    if (c >= 0x80) {
      if (size_t length = SequenceLength(text.substr(i)); length > 0) {
        i += length;
        continue;
      }
    }
    out->append(text, from, i - from);
    if (c >= 0x80)
      *out += "\xEF\xBF\xBD";
    else
      AppendEscaped(text[i], out);
    from = ++i;
  }
  out->append(text, from, text.size() - from);
  *out += '"';
}

void AppendJsonStringOrNull(std::string_view text, std::string* out) {
  if (text.empty())
    *out += "null";
  else
    AppendJsonString(text, out);
}

void AppendIndentedJson(std::string_view json, int indent, std::string* out) {
  int depth = 0;
  bool opened = false;  // just after [ or {: an empty one closes on the same line
  for (size_t i = 0; i < json.size();) {
    char c = json[i];
    if (IsBlank(c)) {
      ++i;
      continue;
    }
    if (c == ']' || c == '}') {
      depth = std::max(depth - 1, 0);  // text that is no JSON may close more than it opened
      if (!opened) NewLine(indent, depth, out);
      opened = false;
      *out += c;
      ++i;
      continue;
    }
    if (opened) NewLine(indent, depth, out);
    opened = false;
    if (c == '[' || c == '{') {
      ++depth;
      opened = true;
      *out += c;
      ++i;
    } else if (c == ',') {
      *out += c;
      NewLine(indent, depth, out);
      ++i;
    } else if (c == ':') {
      *out += indent == 0 ? ":" : ": ";
      ++i;
    } else if (c == '"') {
      size_t end = StringEnd(json, i);
      out->append(json, i, end - i);
      i = end;
    } else {
      size_t end = i + 1;
      while (end < json.size() && !IsBlank(json[end]) && json[end] != ',' && json[end] != ']' && json[end] != '}' &&
             json[end] != ':') {
        ++end;
      }
      out->append(json, i, end - i);
      i = end;
    }
  }
}

}  // namespace firn::faces
