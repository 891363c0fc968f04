#include "functions/variant_text.h"

#include <algorithm>

#include "base/errors.h"
#include "base/types.h"
#include "functions/number.h"

namespace firn::functions {

namespace {

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

size_t SkipBlanks(std::string_view text, size_t at) {
  while (at < text.size() && IsBlank(text[at])) ++at;
  return at;
}

std::string_view TrimBlanks(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

/// Past the string token that begins at `at`.
size_t EndOfString(std::string_view text, size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      return at + 1;
    }
  }
  return text.size();
}

/// Past the value that begins at `at` (no blank there).
size_t EndOfValue(std::string_view text, size_t at) {
  int depth = 0;
  while (at < text.size()) {
    char c = text[at];
    if (c == '"') {
      at = EndOfString(text, at);
      if (depth == 0) return at;
      continue;
    }
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') {
      if (depth == 0) return at;
      if (--depth == 0) return at + 1;
    }
    if (depth == 0 && (c == ',' || IsBlank(c))) return at;
    ++at;
  }
  return text.size();
}

void AppendUtf8(std::string* out, uint32_t code) {
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

bool ReadHex4(std::string_view text, size_t at, uint32_t* code) {
  if (at + 4 > text.size()) return false;
  *code = 0;
  for (size_t i = at; i < at + 4; ++i) {
    char c = text[i];
    uint32_t digit = c >= '0' && c <= '9'   ? static_cast<uint32_t>(c - '0')
                     : c >= 'a' && c <= 'f' ? static_cast<uint32_t>(c - 'a' + 10)
                     : c >= 'A' && c <= 'F' ? static_cast<uint32_t>(c - 'A' + 10)
                                            : 16;
    if (digit == 16) return false;
    *code = *code * 16 + digit;
  }
  return true;
}

/// Appends what the escape at `at` (just after the backslash) means and moves past it; an unknown one is its letter.
void TakeEscape(std::string_view text, size_t* at, std::string* out) {
  char c = text[*at];
  ++*at;
  switch (c) {
    case 'b':
      *out += '\b';
      return;
    case 'f':
      *out += '\f';
      return;
    case 'n':
      *out += '\n';
      return;
    case 'r':
      *out += '\r';
      return;
    case 't':
      *out += '\t';
      return;
    case 'u': {
      uint32_t code = 0, low = 0;
      if (!ReadHex4(text, *at, &code)) {
        *out += c;
        return;
      }
      *at += 4;
      bool high = code >= 0xD800 && code < 0xDC00;
      if (high && text.substr(*at, 2) == "\\u" && ReadHex4(text, *at + 2, &low) && low >= 0xDC00 && low < 0xE000) {
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        *at += 6;
      }
      // A lone half of a pair has no UTF-8 form.
      AppendUtf8(out, code >= 0xD800 && code < 0xE000 ? 0xFFFD : code);
      return;
    }
    default:
      *out += c;
  }
}

/// Reads JSON leniently and writes the canonical text.
class JsonReader {
 public:
  JsonReader(std::string_view text, DuplicateKeys duplicates) : text_(text), duplicates_(duplicates) {}

  Result<std::optional<std::string>> Read() {
    Skip();
    if (at_ == text_.size()) return std::optional<std::string>();
    std::string out;
    FIRN_TRY(Value(&out, 0));
    Skip();
    if (at_ < text_.size()) return Fail("misplaced " + std::string(1, text_[at_]));
    return std::optional<std::string>(std::move(out));
  }

 private:
  static constexpr int kDepthMax = 1000;

  void Skip() { at_ = SkipBlanks(text_, at_); }
  Error Fail(const std::string& what) { return Error(errors::kBadJson, {what + ", pos " + std::to_string(at_ + 1)}); }

  Status Value(std::string* out, int depth) {
    if (depth > kDepthMax) return Fail("nested too deeply");
    switch (text_[at_]) {
      case '{':
        return Object(out, depth);
      case '[':
        return Array(out, depth);
      case '"':
      case '\'': {
        std::string decoded;
        FIRN_TRY(String(&decoded));
        AppendQuoted(out, decoded);
        return Ok();
      }
      default:
        return Word(out);
    }
  }

  Status String(std::string* decoded) {
    char quote = text_[at_++];
    while (at_ < text_.size() && text_[at_] != quote) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
        ++at_;
        TakeEscape(text_, &at_, decoded);
      } else {
        *decoded += text_[at_++];
      }
    }
    if (at_ == text_.size()) return Fail("unfinished string");
    ++at_;
    return Ok();
  }

  Status Array(std::string* out, int depth) {
    ++at_;
    *out += '[';
    bool first = true, after_comma = false;
    while (true) {
      Skip();
      if (at_ == text_.size()) return Fail("incomplete array value");
      char c = text_[at_];
      if (c == ']' && (first || !after_comma)) break;
      if (!first) *out += ',';
      first = false;
      if (c == ',' || c == ']') {
        *out += "undefined";
        if (c == ']') break;
      } else {
        FIRN_TRY(Value(out, depth + 1));
        Skip();
        if (at_ == text_.size()) return Fail("incomplete array value");
        if (text_[at_] == ']') break;
        if (text_[at_] != ',') return Fail("missing comma");
      }
      ++at_;
      after_comma = true;
    }
    ++at_;
    *out += ']';
    return Ok();
  }

  Status Key(std::string* key) {
    if (text_[at_] == '"' || text_[at_] == '\'') return String(key);
    size_t start = at_;
    while (at_ < text_.size() &&
           (isalnum(static_cast<unsigned char>(text_[at_])) || text_[at_] == '_' || text_[at_] == '$')) {
      ++at_;
    }
    if (at_ == start) return Fail("object attribute name expected");
    *key = text_.substr(start, at_ - start);
    return Ok();
  }

  Status Object(std::string* out, int depth) {
    ++at_;
    std::vector<std::pair<std::string, std::string>> members;
    while (true) {
      Skip();
      if (at_ == text_.size()) return Fail("incomplete object value");
      if (text_[at_] == '}') break;
      std::string key, value;
      FIRN_TRY(Key(&key));
      Skip();
      if (at_ == text_.size() || text_[at_] != ':') return Fail("missing colon");
      ++at_;
      Skip();
      if (at_ == text_.size()) return Fail("incomplete object value");
      FIRN_TRY(Value(&value, depth + 1));
      members.emplace_back(std::move(key), std::move(value));
      Skip();
      if (at_ == text_.size()) return Fail("incomplete object value");
      if (text_[at_] == '}') break;
      if (text_[at_] != ',') return Fail("missing comma");
      ++at_;
    }
    ++at_;
    return Members(std::move(members), out);
  }

  Status Members(std::vector<std::pair<std::string, std::string>> members, std::string* out) {
    std::stable_sort(members.begin(), members.end(), [](auto& a, auto& b) { return a.first < b.first; });
    *out += '{';
    bool first = true;
    for (size_t i = 0; i < members.size(); ++i) {
      if (i + 1 < members.size() && members[i].first == members[i + 1].first) {
        if (duplicates_ == DuplicateKeys::kError) {
          return Fail("duplicate object attribute \"" + members[i].first + "\"");
        }
        continue;
      }
      if (members[i].second == "undefined") continue;
      if (!first) *out += ',';
      first = false;
      AppendQuoted(out, members[i].first);
      *out += ':';
      *out += members[i].second;
    }
    *out += '}';
    return Ok();
  }

  Status Word(std::string* out) {
    size_t start = at_;
    while (at_ < text_.size() && !IsBlank(text_[at_]) &&
           text_.substr(at_, 1).find_first_of(",:[]{}\"'") == std::string::npos) {
      ++at_;
    }
    std::string_view word = text_.substr(start, at_ - start);
    for (const char* name : {"true", "false", "null", "undefined"}) {
      if (EqualsIgnoreCase(word, name)) {
        *out += name;
        return Ok();
      }
    }
    if (EqualsIgnoreCase(word, "NaN") || EqualsIgnoreCase(word, "Infinity") || EqualsIgnoreCase(word, "-Infinity")) {
      *out += '"' + std::string(word) + '"';
      return Ok();
    }
    if (word.empty()) return Fail("unexpected character '" + std::string(1, text_[at_]) + "'");
    ParsedNumber number;
    if (ParseNumber(word, &number) != ParseOutcome::kOk) {
      return Fail("unknown keyword \"" + std::string(word) + "\"");
    }
    if (word.find_first_of("eE") != std::string_view::npos || number.scale > 37 || number.scale < 0) {
      double value = 0;
      if (!ParseDouble(word, &value)) return Fail("number out of range \"" + std::string(word) + "\"");
      *out += DoubleVariantText(value);
    } else {
      *out += TrimmedFixedText(number.digits, number.scale);
    }
    return Ok();
  }

  std::string_view text_;
  DuplicateKeys duplicates_;
  size_t at_ = 0;
};

}  // namespace

VariantKind KindOfVariant(std::string_view value) {
  value = TrimBlanks(value);
  if (value.empty()) return VariantKind::kUndefined;
  switch (value.front()) {
    case '{':
      return VariantKind::kObject;
    case '[':
      return VariantKind::kArray;
    case '"':
      return VariantKind::kString;
    case 't':
    case 'f':
      return VariantKind::kBoolean;
    case 'n':
      return VariantKind::kNull;
    case 'u':
      return VariantKind::kUndefined;
    default:
      break;
  }
  if (value.find_first_of("eE") != std::string_view::npos) return VariantKind::kDouble;
  return value.find('.') == std::string_view::npos ? VariantKind::kInteger : VariantKind::kDecimal;
}

const char* TypeofName(VariantKind kind) {
  switch (kind) {
    case VariantKind::kBoolean:
      return "BOOLEAN";
    case VariantKind::kInteger:
      return "INTEGER";
    case VariantKind::kDecimal:
      return "DECIMAL";
    case VariantKind::kDouble:
      return "DOUBLE";
    case VariantKind::kString:
      return "VARCHAR";
    case VariantKind::kArray:
      return "ARRAY";
    case VariantKind::kObject:
      return "OBJECT";
    default:
      return "NULL_VALUE";
  }
}

Result<std::optional<std::string>> CanonicalJson(std::string_view text, DuplicateKeys duplicates) {
  return JsonReader(text, duplicates).Read();
}

void AppendQuoted(std::string* out, std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  *out += '"';
  for (char c : text) {
    switch (c) {
      case '"':
        *out += "\\\"";
        break;
      case '\\':
        *out += "\\\\";
        break;
      case '\b':
        *out += "\\b";
        break;
      case '\f':
        *out += "\\f";
        break;
      case '\n':
        *out += "\\n";
        break;
      case '\r':
        *out += "\\r";
        break;
      case '\t':
        *out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          *out += "\\u00";
          *out += kHex[static_cast<unsigned char>(c) >> 4];
          *out += kHex[c & 15];
        } else {
          *out += c;
        }
    }
  }
  *out += '"';
}

std::string Quoted(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 2);
  AppendQuoted(&out, text);
  return out;
}

std::string Unquoted(std::string_view token) {
  if (token.size() < 2) return std::string(token);
  std::string_view inner = token.substr(1, token.size() - 2);
  if (inner.find('\\') == std::string_view::npos) return std::string(inner);
  std::string out;
  for (size_t at = 0; at < inner.size();) {
    if (inner[at] == '\\' && at + 1 < inner.size()) {
      ++at;
      TakeEscape(inner, &at, &out);
    } else {
      out += inner[at++];
    }
  }
  return out;
}

void ForEachItem(std::string_view array, const std::function<bool(std::string_view)>& take) {
  array = TrimBlanks(array);
  if (array.empty() || array.front() != '[') return;
  size_t at = SkipBlanks(array, 1);
  while (at < array.size() && array[at] != ']') {
    size_t end = EndOfValue(array, at);
    if (!take(array.substr(at, end - at))) return;
    at = SkipBlanks(array, end);
    if (at < array.size() && array[at] == ',') at = SkipBlanks(array, at + 1);
  }
}

void ForEachMember(std::string_view object, const std::function<bool(std::string_view, std::string_view)>& take) {
  object = TrimBlanks(object);
  if (object.empty() || object.front() != '{') return;
  size_t at = SkipBlanks(object, 1);
  while (at < object.size() && object[at] == '"') {
    size_t key_end = EndOfString(object, at);
    std::string_view key = object.substr(at, key_end - at);
    at = SkipBlanks(object, key_end);
    if (at < object.size() && object[at] == ':') at = SkipBlanks(object, at + 1);
    size_t end = EndOfValue(object, at);
    if (!take(key, object.substr(at, end - at))) return;
    at = SkipBlanks(object, end);
    if (at < object.size() && object[at] == ',') at = SkipBlanks(object, at + 1);
  }
}

std::vector<std::string_view> ItemsOf(std::string_view array) {
  std::vector<std::string_view> items;
  ForEachItem(array, [&](std::string_view item) {
    items.push_back(item);
    return true;
  });
  return items;
}

std::vector<std::pair<std::string, std::string_view>> MembersOf(std::string_view object) {
  std::vector<std::pair<std::string, std::string_view>> members;
  ForEachMember(object, [&](std::string_view key, std::string_view value) {
    members.emplace_back(Unquoted(key), value);
    return true;
  });
  return members;
}

std::optional<std::string_view> MemberOf(std::string_view value, std::string_view key, bool ignore_case) {
  std::optional<std::string_view> found;
  ForEachMember(value, [&](std::string_view token, std::string_view member) {
    std::string_view inner = token.substr(1, token.size() - 2);
    bool escaped = inner.find('\\') != std::string_view::npos;
    bool same = inner == key && !escaped;
    if (!same && escaped) same = Unquoted(token) == key;
    if (!same && ignore_case) same = EqualsIgnoreCase(Unquoted(token), key);
    if (same) found = member;
    return !same;
  });
  return found;
}

std::optional<std::string_view> ItemAt(std::string_view value, int64_t index) {
  std::optional<std::string_view> found;
  if (index < 0) return found;
  ForEachItem(value, [&](std::string_view item) {
    if (index-- == 0) found = item;
    return !found;
  });
  if (found && *found == "undefined") return std::nullopt;
  return found;
}

Result<std::optional<std::string_view>> FollowPath(std::string_view value, std::string_view path) {
  std::optional<std::string_view> at = value;
  auto bad = [&] { return Error(errors::kInvalidValue, {std::string(path), "path"}); };
  for (size_t i = 0; i < path.size() && at;) {
    if (path[i] == '.' || path[i] == ':') {
      if (++i == path.size()) return bad();
      continue;
    }
    if (path[i] == '[') {
      size_t close = path[i + 1 < path.size() ? i + 1 : i] == '\'' ? path.find("']", i) : path.find(']', i);
      if (close == std::string_view::npos) return bad();
      std::string_view inner = path.substr(i + 1, close - i - 1);
      if (!inner.empty() && (inner.front() == '\'' || inner.front() == '"')) {
        bool single = inner.front() == '\'';
        at = MemberOf(*at, single ? std::string(inner.substr(1)) : Unquoted(inner));
        i = close + (single ? 2 : 1);
      } else {
        ParsedNumber number;
        if (ParseNumber(inner, &number) != ParseOutcome::kOk || number.scale != 0) return bad();
        at = ItemAt(*at, static_cast<int64_t>(number.digits));
        i = close + 1;
      }
      continue;
    }
    size_t end = path[i] == '"' ? EndOfString(path, i) : std::min(path.find_first_of(".[:", i), path.size());
    std::string_view name = path.substr(i, end - i);
    at = MemberOf(*at, name.front() == '"' ? Unquoted(name) : std::string(name));
    i = end;
  }
  return at;
}

std::string ArrayText(const std::vector<std::string_view>& items) {
  std::string out = "[";
  for (std::string_view item : items) {
    if (out.size() > 1) out += ',';
    out += item;
  }
  return out + "]";
}

std::string ObjectText(std::vector<std::pair<std::string, std::string_view>> members) {
  std::stable_sort(members.begin(), members.end(), [](auto& a, auto& b) { return a.first < b.first; });
  std::string out = "{";
  for (const auto& [key, value] : members) {
    if (out.size() > 1) out += ',';
    AppendQuoted(&out, key);
    out += ':';
    out += value;
  }
  return out + "}";
}

std::string PrettyVariant(std::string_view value, int indent) {
  if (indent <= 0) return std::string(value);
  std::string out;
  int depth = 0;
  auto line = [&] { out.append(1, '\n').append(static_cast<size_t>(depth * indent), ' '); };
  for (size_t at = 0; at < value.size();) {
    char c = value[at];
    if (c == '"') {
      size_t end = EndOfString(value, at);
      out += value.substr(at, end - at);
      at = end;
      continue;
    }
    ++at;
    if (IsBlank(c)) continue;
    if (c == '[' || c == '{') {
      out += c;
      size_t next = SkipBlanks(value, at);
      bool empty = next < value.size() && (value[next] == ']' || value[next] == '}');
      if (empty) out += value[next];
      if (empty) at = next + 1;
      if (!empty) ++depth;
      if (!empty) line();
    } else if (c == ']' || c == '}') {
      --depth;
      line();
      out += c;
    } else {
      out += c;
      if (c == ',') line();
      if (c == ':') out += ' ';
    }
  }
  return out;
}

bool VariantLess(std::string_view a, std::string_view b) {
  auto rank = [](VariantKind kind) {
    switch (kind) {
      case VariantKind::kInteger:
      case VariantKind::kDecimal:
      case VariantKind::kDouble:
        return 1;
      case VariantKind::kBoolean:
        return 0;
      case VariantKind::kString:
        return 2;
      case VariantKind::kNull:
        return 8;
      case VariantKind::kUndefined:
        return 9;
      default:
        return 3;
    }
  };
  int x = rank(KindOfVariant(a)), y = rank(KindOfVariant(b));
  if (x != y) return x < y;
  if (x == 1) {
    double p = 0, q = 0;
    if (ParseDouble(a, &p) && ParseDouble(b, &q) && p != q) return p < q;
    return false;
  }
  return x == 2 ? Unquoted(a) < Unquoted(b) : a < b;
}

std::optional<std::string> VariantToText(std::string_view value) {
  value = TrimBlanks(value);
  switch (KindOfVariant(value)) {
    case VariantKind::kUndefined:
    case VariantKind::kNull:
      return std::nullopt;
    case VariantKind::kString:
      return Unquoted(value);
    case VariantKind::kDouble: {
      double number = 0;
      return ParseDouble(value, &number) ? DoubleText(number) : std::string(value);
    }
    default:
      return std::string(value);
  }
}

}  // namespace firn::functions
