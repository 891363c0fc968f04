#include <algorithm>

#include "base/errors.h"
#include "base/types.h"
#include "functions/json_tokens.h"
#include "functions/number.h"
#include "functions/variant_text.h"

namespace firn::functions {

namespace {

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

Result<std::optional<std::string>> CanonicalJson(std::string_view text, DuplicateKeys duplicates) {
  return JsonReader(text, duplicates).Read();
}

}  // namespace firn::functions
