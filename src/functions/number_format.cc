#include "functions/number_format.h"

#include <algorithm>

#include "base/errors.h"
#include "base/types.h"

namespace firn::functions {

namespace {

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && EqualsIgnoreCase(text.substr(0, prefix.size()), prefix);
}

}  // namespace

Result<NumberFormat> NumberFormat::Compile(std::string_view model) {
  NumberFormat out;
  std::string_view rest = model;
  auto bad = [&] { return Error(errors::kInvalidValue, {std::string(model), "format"}); };
  auto take = [&](std::string_view word) {
    if (!StartsWith(rest, word)) return false;
    rest.remove_prefix(word.size());
    return true;
  };
  // "text" in front and at the end.
  if (rest.size() > 1 && rest.front() == '"') {
    size_t end = rest.find('"', 1);
    if (end == std::string_view::npos) return bad();
    out.before_ = rest.substr(1, end - 1);
    rest.remove_prefix(end + 1);
  }
  if (rest.size() > 1 && rest.back() == '"') {
    size_t begin = rest.rfind('"', rest.size() - 2);
    if (begin == std::string_view::npos) return bad();
    out.behind_ = rest.substr(begin + 1, rest.size() - begin - 2);
    rest = rest.substr(0, begin);
  }
  if (take("FM")) out.fill_ = false;
  if (take("TME"))
    out.kind_ = Kind::kMinimalExponent;
  else if (take("TM9") || take("TM"))
    out.kind_ = Kind::kMinimal;
  if (out.kind_ != Kind::kFixed) return rest.empty() ? Result<NumberFormat>(std::move(out)) : bad();
  bool point = false;
  while (!rest.empty()) {
    if (take("EEEEE") || take("EEEE") || take("EEE")) {
      out.exponent_ = true;
    } else if (take("MI")) {
      out.sign_ = out.items_.empty() ? Sign::kMinusLeading : Sign::kMinusTrailing;
    } else if (take("S")) {
      out.sign_ = out.items_.empty() ? Sign::kLeading : Sign::kTrailing;
    } else if (take("$")) {
      out.dollar_ = true;
    } else if (take("B")) {
      out.blank_zero_ = true;
    } else if (take(".") || take("D")) {
      if (point) return bad();
      point = true;
      out.items_ += '.';
    } else if (take(",") || take("G")) {
      out.items_ += ',';
    } else if (rest.front() == 'x' || rest.front() == 'X') {
      out.kind_ = Kind::kHex;
      out.lower_ = rest.front() == 'x';
      out.items_ += 'X';
      ++out.whole_;
      rest.remove_prefix(1);
    } else if (rest.front() == '9' || rest.front() == '0') {
      out.items_ += rest.front();
      ++(point ? out.fraction_ : out.whole_);
      rest.remove_prefix(1);
    } else {
      return bad();
    }
  }
  if (out.whole_ + out.fraction_ == 0 || out.whole_ + out.fraction_ > kDigitsMax) return bad();
  return out;
}

std::string NumberFormat::PrintHex(int128 value) const {
  const char* alphabet = lower_ ? "0123456789abcdef" : "0123456789ABCDEF";
  std::string digits;
  // Without a sign in the model a negative number is its two's complement.
  bool complement = sign_ == Sign::kDefault && value < 0 && whole_ < 32;
  auto rest = complement ? static_cast<uint128>(value) & ((uint128{1} << (4 * whole_)) - 1)
                         : static_cast<uint128>(value < 0 ? -value : value);
  for (; rest != 0; rest >>= 4) digits.insert(digits.begin(), alphabet[static_cast<int>(rest & 15)]);
  if (digits.empty()) digits = "0";
  auto width = static_cast<size_t>(whole_);
  if (digits.size() > width) return std::string(width, '#');
  bool zeros = items_.find('0') != std::string::npos;
  std::string pad(width - digits.size(), zeros ? '0' : ' ');
  if (!fill_ && !zeros) pad.clear();
  std::string sign = sign_ == Sign::kDefault ? "" : value < 0 ? "-" : sign_ == Sign::kLeading ? "+" : fill_ ? " " : "";
  return zeros ? sign + pad + digits : pad + sign + digits;
}

std::string NumberFormat::PrintExponent(int128 value, int scale) const {
  std::string digits = FixedText(value < 0 ? -value : value, 0);
  int exponent = static_cast<int>(digits.size()) - 1 - scale;
  if (value == 0) exponent = 0;
  int128 rounded = 0;
  Rescale(value < 0 ? -value : value, static_cast<int>(digits.size()) - 1, fraction_, &rounded);
  if (rounded >= Pow10(fraction_ + 1)) {
    rounded /= 10;
    ++exponent;
  }
  std::string out = FixedText(rounded, fraction_);
  out += exponent < 0 ? "E-" : kind_ == Kind::kMinimalExponent ? "E" : "E+";
  out += std::to_string(exponent < 0 ? -exponent : exponent);
  std::string sign = value < 0 ? "-" : sign_ == Sign::kLeading ? "+" : fill_ ? " " : "";
  return sign + out;
}

/// `digits`: whole_ + fraction_ digits with leading zeros.
std::string NumberFormat::PrintDigits(const std::string& digits, bool negative, bool zero) const {
  size_t point = items_.find('.');
  size_t first_shown = static_cast<size_t>(whole_);
  for (size_t i = 0; i < static_cast<size_t>(whole_); ++i) {
    if (digits[i] != '0') {
      first_shown = i;
      break;
    }
  }
  size_t index = 0;
  std::string out;
  bool started = false;
  for (size_t i = 0; i < items_.size(); ++i) {
    char item = items_[i];
    if (item == '.') {
      // 0.5 prints its zero, unless the model says B.
      started = true;
      if (fraction_ > 0 || fill_) out += '.';
    } else if (item == ',') {
      out += started ? "," : " ";
    } else {
      bool whole = point == std::string::npos || i < point;
      if (item == '0' || index >= first_shown || !whole) started = true;
      bool last_whole = static_cast<int>(index) == whole_ - 1;
      if (last_whole && (fraction_ == 0 ? zero : !blank_zero_)) started = true;
      out += started ? digits[index] : ' ';
      ++index;
    }
  }
  size_t body = out.find_first_not_of(' ');
  std::string blanks = fill_ ? out.substr(0, std::min(body, out.size())) : "";
  out = body == std::string::npos ? "" : out.substr(body);
  std::string sign;
  switch (sign_) {
    case Sign::kDefault:
      sign = negative ? "-" : fill_ ? " " : "";
      break;
    case Sign::kLeading:
      sign = negative ? "-" : "+";
      break;
    case Sign::kMinusLeading:
      sign = negative ? "-" : fill_ ? " " : "";
      break;
    case Sign::kTrailing:
      return blanks + (dollar_ ? "$" : "") + out + (negative ? "-" : "+");
    case Sign::kMinusTrailing:
      return blanks + (dollar_ ? "$" : "") + out + (negative ? "-" : fill_ ? " " : "");
  }
  return blanks + sign + (dollar_ ? "$" : "") + out;
}

std::string NumberFormat::Print(int128 value, int scale, bool trims) const {
  return before_ + PrintNumber(value, scale, trims) + behind_;
}

std::string NumberFormat::PrintNumber(int128 value, int scale, bool trims) const {
  if (kind_ == Kind::kMinimal) return trims ? TrimmedFixedText(value, scale) : FixedText(value, scale);
  if (kind_ == Kind::kMinimalExponent) {
    for (; value % 10 == 0 && value != 0; value /= 10) --scale;
    NumberFormat exponent = *this;
    exponent.fill_ = false;
    std::string digits = FixedText(value < 0 ? -value : value, 0);
    exponent.fraction_ = static_cast<int>(digits.size()) - 1;
    return exponent.PrintExponent(value, scale);
  }
  if (kind_ == Kind::kHex) {
    int128 whole = 0;
    Rescale(value, scale, 0, &whole);
    return PrintHex(whole);
  }
  if (exponent_) return PrintExponent(value, scale);
  int128 shown = 0;
  const int positions = whole_ + fraction_;
  bool fits = Rescale(value, scale, fraction_, &shown) && FitsDigits(shown, positions);
  const auto width = static_cast<size_t>(positions);
  if (!fits) return PrintDigits(std::string(width, '#'), value < 0, false);
  std::string digits = FixedText(shown < 0 ? -shown : shown, 0);
  if (digits.size() < width) digits.insert(0, width - digits.size(), '0');
  return PrintDigits(digits, value < 0, shown == 0);
}

std::optional<ParsedNumber> NumberFormat::Parse(std::string_view text) const {
  if (text.starts_with(before_)) text.remove_prefix(before_.size());
  if (text.ends_with(behind_)) text.remove_suffix(behind_.size());
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  ParsedNumber number;
  if (kind_ == Kind::kMinimal || kind_ == Kind::kMinimalExponent || exponent_) {
    if (ParseNumber(text, &number) != ParseOutcome::kOk) return std::nullopt;
    return number;
  }
  bool negative = false;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    negative = text.front() == '-';
    text.remove_prefix(1);
  } else if (!text.empty() && (text.back() == '-' || text.back() == '+') &&
             (sign_ == Sign::kTrailing || sign_ == Sign::kMinusTrailing)) {
    negative = text.back() == '-';
    text.remove_suffix(1);
  }
  if (!text.empty() && text.front() == '$') {
    if (!dollar_) return std::nullopt;
    text.remove_prefix(1);
  }
  if (kind_ == Kind::kHex) {
    if (text.empty() || text.size() > static_cast<size_t>(whole_)) return std::nullopt;
    for (char c : text) {
      int digit = c >= '0' && c <= '9'   ? c - '0'
                  : c >= 'a' && c <= 'f' ? c - 'a' + 10
                  : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                         : -1;
      if (digit < 0) return std::nullopt;
      number.digits = number.digits * 16 + digit;
    }
  } else {
    std::string plain;
    bool groups = items_.find(',') != std::string::npos;
    for (char c : text) {
      if (c == ',' && groups) continue;
      if (c == ',' || c == 'e' || c == 'E') return std::nullopt;
      plain += c;
    }
    size_t point = std::min(plain.find('.'), plain.size());
    size_t decimals = plain.size() - std::min(point + 1, plain.size());
    if (point > static_cast<size_t>(whole_) || decimals > static_cast<size_t>(fraction_)) return std::nullopt;
    if (ParseNumber(plain, &number) != ParseOutcome::kOk) return std::nullopt;
  }
  if (negative) number.digits = -number.digits;
  return number;
}

}  // namespace firn::functions
