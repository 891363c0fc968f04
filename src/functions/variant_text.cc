#include "functions/variant_text.h"

#include <algorithm>

#include "base/errors.h"
#include "base/types.h"
#include "functions/json_tokens.h"
#include "functions/number.h"

namespace firn::functions {

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
  auto line = [&] { out.append(1, '\n').append(static_cast<size_t>(depth) * static_cast<size_t>(indent), ' '); };
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
