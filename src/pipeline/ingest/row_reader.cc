#include "pipeline/ingest/row_reader.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace firn::pipeline {

namespace {

/// Up to so many keys are compared each with each.
constexpr size_t kFewKeys = 12;
constexpr uint32_t kDigitsMax = 38;
/// Below it no number of at most 38 digits before the point leaves a double's range.
constexpr long kSafeExponent = 250;

bool IsSpace(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

/// The token at the head, without the blanks behind it; the head moves on.
std::string_view Take(TokenRange* tokens) {
  const char* begin = tokens->Here();
  ++tokens->at;
  const char* end = tokens->Here();
  while (end > begin && IsSpace(end[-1])) --end;
  return {begin, static_cast<size_t>(end - begin)};
}

/// The four digits of \uXXXX, or -1.
int HexOf(std::string_view digits) {
  if (digits.size() < 4) return -1;
  int value = 0;
  auto [at, failure] = std::from_chars(digits.data(), digits.data() + 4, value, 16);
  return failure == std::errc() && at == digits.data() + 4 && digits[0] != '-' ? value : -1;
}

void AppendUtf8(std::string* out, uint32_t code) {
  if (code < 0x80) {
    out->push_back(static_cast<char>(code));
  } else if (code < 0x800) {
    out->push_back(static_cast<char>(0xc0 | (code >> 6)));
    out->push_back(static_cast<char>(0x80 | (code & 0x3f)));
  } else if (code < 0x10000) {
    out->push_back(static_cast<char>(0xe0 | (code >> 12)));
    out->push_back(static_cast<char>(0x80 | ((code >> 6) & 0x3f)));
    out->push_back(static_cast<char>(0x80 | (code & 0x3f)));
  } else {
    out->push_back(static_cast<char>(0xf0 | (code >> 18)));
    out->push_back(static_cast<char>(0x80 | ((code >> 12) & 0x3f)));
    out->push_back(static_cast<char>(0x80 | ((code >> 6) & 0x3f)));
    out->push_back(static_cast<char>(0x80 | (code & 0x3f)));
  }
}

}  // namespace

std::string Unescape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 >= text.size()) {
      out.push_back(text[i]);
      continue;
    }
    const char c = text[++i];
    static constexpr std::string_view kShort = "bfnrt";
    static constexpr std::string_view kMeant = "\b\f\n\r\t";
    if (size_t place = kShort.find(c); place != std::string_view::npos) {
      out.push_back(kMeant[place]);
    } else if (c != 'u') {
      out.push_back(c);
    } else {
      auto code = static_cast<uint32_t>(std::max(HexOf(text.substr(i + 1)), 0));
      i += 4;
      if (code >= 0xd800 && code < 0xdc00 && text.substr(std::min(i + 1, text.size())).starts_with("\\u")) {
        const auto low = static_cast<uint32_t>(std::max(HexOf(text.substr(i + 3)), 0));
        if (low >= 0xdc00 && low < 0xe000) {
          code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
          i += 6;
        }
      }
      AppendUtf8(&out, code);
    }
  }
  return out;
}

bool RowReader::Fail(const char* at, const char* text) {
  error_at_ = at;
  error_text_ = text;
  return false;
}

void RowReader::Note(RowCode code, const char* message, std::string_view column) {
  if (error_.code != RowCode::kNone) return;
  error_ = {code, std::string(column), message};
}

bool RowReader::Read(TokenRange* tokens) {
  fields_.clear();
  keys_.clear();
  unescaped_.clear();
  error_ = {};
  const char* begin = tokens->Here();
  bool read;
  Field value;
  if (tokens->Char() == '{') {
    read = ReadObject(tokens, 1, &fields_);
    value.raw = raw_;
  } else {
    if (tokens->empty()) return Fail(begin, "a value is missing");
    read = ReadValue(tokens, 1, &value);
    Note(RowCode::kNotAnObject, "a row is a JSON object");
  }
  if (!read) return false;
  raw_ = {begin, value.raw.size()};
  if (fields_.size() > limits_.columns) {
    error_ = {RowCode::kTooManyColumns, "",
              std::to_string(fields_.size()) + " fields; at most " + std::to_string(limits_.columns)};
  }
  return true;
}

bool RowReader::ReadValue(TokenRange* tokens, uint32_t depth, Field* field) {
  const char* begin = tokens->Here();
  const char c = tokens->Char();
  if (c == '"') return ReadString(tokens, field);
  if (c == '-' || IsDigit(c)) return ReadNumber(tokens, field);
  if (c != '{' && c != '[') return ReadWord(tokens, field);
  field->kind = c == '{' ? JsonKind::kObject : JsonKind::kArray;
  if (depth > limits_.depth) {
    Note(RowCode::kTooDeep, "nested too deep");
    if (!Skip(tokens)) return false;
  } else if (c == '{' ? !ReadObject(tokens, depth, nullptr) : !ReadArray(tokens, depth)) {
    return false;
  }
  // The bracket that closes it is the token before the head.
  const char* end = tokens->base + tokens->at[-1] + 1;
  field->raw = {begin, static_cast<size_t>(end - begin)};
  return true;
}

bool RowReader::ReadObject(TokenRange* tokens, uint32_t depth, std::vector<Field>* fields) {
  const char* begin = tokens->Here();
  const size_t first_key = keys_.size();
  ++tokens->at;
  if (tokens->Char() == '}') {
    ++tokens->at;
  } else {
    while (true) {
      if (tokens->Char() != '"') return Fail(tokens->Here(), "expected a key in quotes");
      Field key;
      if (!ReadString(tokens, &key)) return false;
      std::string_view name = key.text();
      if (key.escaped) name = unescaped_.emplace_back(Unescape(name));
      keys_.push_back(name);
      if (tokens->Char() != ':') return Fail(tokens->Here(), "expected ':' after a key");
      ++tokens->at;
      Field field;
      if (!ReadValue(tokens, depth + 1, &field)) return false;
      if (fields != nullptr) {
        field.key = name;
        fields->push_back(field);
      }
      const char next = tokens->Char();
      if (next != ',' && next != '}') return Fail(tokens->Here(), "expected ',' or '}' after a value");
      ++tokens->at;
      if (next == '}') break;
    }
  }
  CheckKeys(first_key);
  keys_.resize(first_key);
  const char* end = tokens->base + tokens->at[-1] + 1;
  raw_ = {begin, static_cast<size_t>(end - begin)};
  return true;
}

bool RowReader::ReadArray(TokenRange* tokens, uint32_t depth) {
  ++tokens->at;
  if (tokens->Char() == ']') {
    ++tokens->at;
    return true;
  }
  while (true) {
    Field field;
    if (!ReadValue(tokens, depth + 1, &field)) return false;
    const char next = tokens->Char();
    if (next != ',' && next != ']') return Fail(tokens->Here(), "expected ',' or ']' after a value");
    ++tokens->at;
    if (next == ']') return true;
  }
}

bool RowReader::Skip(TokenRange* tokens) {
  const char* begin = tokens->Here();
  int64_t open = 0;
  while (!tokens->empty()) {
    const char c = tokens->Char();
    if (c == '{' || c == '[') ++open;
    if (c == '}' || c == ']') --open;
    ++tokens->at;
    if (open == 0) return true;
  }
  return Fail(begin, "a bracket is not closed");
}

bool RowReader::ReadString(TokenRange* tokens, Field* field) {
  const std::string_view token = Take(tokens);
  if (token.size() < 2 || token.back() != '"') return Fail(token.data(), "a string is not closed");
  field->kind = JsonKind::kString;
  field->raw = token;
  const std::string_view text = field->text();
  field->escaped = text.size() > 0 && std::memchr(text.data(), '\\', text.size()) != nullptr;
  return !field->escaped || CheckEscapes(text);
}

bool RowReader::CheckEscapes(std::string_view text) {
  for (size_t i = text.find('\\'); i != std::string_view::npos; i = text.find('\\', i)) {
    const char c = i + 1 < text.size() ? text[i + 1] : '\0';
    if (c != 'u') {
      if (c == '\0' || std::string_view("\"\\/bfnrt").find(c) == std::string_view::npos) {
        return Fail(text.data() + i, "no such escape in a string");
      }
      i += 2;
      continue;
    }
    const int code = HexOf(text.substr(i + 2));
    if (code < 0) return Fail(text.data() + i, "\\u needs four hexadecimal digits");
    i += 6;
    if (code == 0) Note(RowCode::kNulInString, "a string has the character \\u0000");
    if (code < 0xd800 || code > 0xdfff) continue;
    const int low = text.substr(i).starts_with("\\u") ? HexOf(text.substr(i + 2)) : -1;
    if (code > 0xdbff || low < 0xdc00 || low > 0xdfff) {
      Note(RowCode::kLoneSurrogate, "a string has half of a surrogate pair");
    } else {
      i += 6;
    }
  }
  return true;
}

bool RowReader::ReadNumber(TokenRange* tokens, Field* field) {
  const std::string_view token = Take(tokens);
  const char* at = token.data();
  const char* end = at + token.size();
  field->kind = JsonKind::kNumber;
  field->raw = token;
  NumberFacts& facts = field->number;
  if (*at == '-') {
    facts.negative = true;
    ++at;
  }
  if (token == "-Infinity" || token == "-NaN") {
    Note(RowCode::kNotANumber, "NaN and Infinity are no JSON numbers");
    return true;
  }
  const char* digits = at;
  while (at < end && IsDigit(*at)) ++at;
  facts.integer_digits = static_cast<uint32_t>(at - digits);
  if (digits == at || (*digits == '0' && at - digits > 1)) return Fail(token.data(), "this is no number");
  bool zero = *digits == '0';
  if (at < end && *at == '.') {
    const char* fraction = ++at;
    while (at < end && IsDigit(*at)) ++at;
    if (at == fraction) return Fail(token.data(), "this is no number");
    const char* last = at;
    while (last > fraction && last[-1] == '0') --last;
    facts.fraction_digits = static_cast<uint32_t>(last - fraction);
    zero = zero && last == fraction;
  }
  facts.zero = zero;
  long exponent = 0;
  if (at < end && (*at == 'e' || *at == 'E')) {
    facts.exponent = true;
    if (++at < end && *at == '+' && at + 1 < end && IsDigit(at[1])) ++at;
    auto [behind, failure] = std::from_chars(at, end, exponent);
    if (behind == at) return Fail(token.data(), "this is no number");
    if (failure == std::errc::result_out_of_range) exponent = *at == '-' ? -100000 : 100000;
    at = behind;
  }
  if (at != end) return Fail(token.data(), "this is no number");
  if (facts.integer_digits > kDigitsMax) {
    Note(RowCode::kNumberOverflow, "a number has more than 38 digits before the point");
  } else if (exponent > kSafeExponent && !zero) {
    double value = 0;
    auto parsed = std::from_chars(token.data(), end, value);
    if (parsed.ec == std::errc::result_out_of_range) Note(RowCode::kNumberOverflow, "a number is too large");
  }
  return true;
}

bool RowReader::ReadWord(TokenRange* tokens, Field* field) {
  if (tokens->empty()) return Fail(tokens->Here(), "a value is missing");
  const std::string_view token = Take(tokens);
  field->raw = token;
  if (token == "null") {
    field->kind = JsonKind::kNull;
  } else if (token == "true" || token == "false") {
    field->kind = JsonKind::kBoolean;
  } else if (token == "NaN" || token == "Infinity") {
    field->kind = JsonKind::kNumber;
    Note(RowCode::kNotANumber, "NaN and Infinity are no JSON numbers");
  } else {
    return Fail(token.data(), "expected a value");
  }
  return true;
}

/// Rows of one sender mostly have the same keys in the same order.
bool RowReader::AreLastKeys() const {
  return keys_.size() == last_keys_.size() && std::equal(keys_.begin(), keys_.end(), last_keys_.begin());
}

void RowReader::CheckKeys(size_t first) {
  const size_t count = keys_.size() - first;
  if (error_.code != RowCode::kNone || (first == 0 && AreLastKeys())) return;
  if (count <= kFewKeys) {
    for (size_t i = first + 1; i < keys_.size(); ++i) {
      for (size_t j = first; j < i; ++j) {
        if (keys_[i] == keys_[j]) return Note(RowCode::kDuplicateKey, "an object has a key twice", keys_[i]);
      }
    }
  } else {
    sorted_.assign(keys_.begin() + static_cast<std::ptrdiff_t>(first), keys_.end());
    std::ranges::sort(sorted_);
    auto twice = std::ranges::adjacent_find(sorted_);
    if (twice != sorted_.end()) return Note(RowCode::kDuplicateKey, "an object has a key twice", *twice);
  }
  if (first == 0 && count <= kFewKeys) last_keys_.assign(keys_.begin(), keys_.end());
}

}  // namespace firn::pipeline
