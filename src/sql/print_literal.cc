// Numbers, strings, intervals as DuckDB SQL.
#include <charconv>

#include "sql/print.h"

namespace firn::sql {

namespace {

constexpr size_t kDecimalDigitsMax = 38;
constexpr size_t kBareDigitsMax = 18;  // fit into BIGINT in any case

// One part of an interval as DuckDB reads it, which knows no quarters in text and nothing below a microsecond.
std::string IntervalText(const IntervalLiteral::Part& part) {
  int64_t amount = 0;
  std::from_chars(part.amount.data(), part.amount.data() + part.amount.size(), amount);
  std::string unit = part.unit;
  if (unit == "quarter" && amount < INT64_MAX / 3 && amount > INT64_MIN / 3) {
    amount *= 3;
    unit = "month";
  } else if (unit == "nanosecond") {
    amount /= 1000;
    unit = "microsecond";
  }
  return "INTERVAL '" + std::to_string(amount) + " " + unit + "s'";
}

// Digits with a point, without exponent: "1.5e-3" as "0.0015". False where it has more digits than a decimal.
bool FixedPoint(std::string_view text, std::string* whole, std::string* fraction) {
  size_t e = text.find_first_of("eE");
  int exponent = 0;
  if (e != std::string_view::npos) {
    std::string_view digits = text.substr(e + 1);
    if (digits.starts_with('+')) digits.remove_prefix(1);
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
    if (error != std::errc() || exponent > 400 || exponent < -400) return false;
    text = text.substr(0, e);
  }
  size_t point = std::min(text.find('.'), text.size());
  *whole = text.substr(0, point);
  *fraction = point < text.size() ? text.substr(point + 1) : std::string_view();
  for (; exponent > 0; --exponent) {
    *whole += fraction->empty() ? '0' : fraction->front();
    if (!fraction->empty()) fraction->erase(0, 1);
  }
  for (; exponent < 0; ++exponent) {
    fraction->insert(fraction->begin(), whole->empty() ? '0' : whole->back());
    if (!whole->empty()) whole->pop_back();
  }
  whole->erase(0, std::min(whole->find_first_not_of('0'), whole->size()));
  fraction->erase(fraction->find_last_not_of('0') + 1);
  return whole->size() + fraction->size() <= kDecimalDigitsMax && fraction->size() < kDecimalDigitsMax;
}

}  // namespace

void Writer::Number(std::string_view text) {
  std::string whole, fraction;
  if (!FixedPoint(text, &whole, &fraction)) {
    out_ += "CAST('" + std::string(text) + "' AS DOUBLE)";
    return;
  }
  if (whole.empty()) whole = "0";
  if (!fraction.empty()) {
    out_ += whole + "." + fraction;
  } else if (whole.size() > kBareDigitsMax) {
    out_ += "CAST('" + whole + "' AS DECIMAL(" + std::to_string(whole.size()) + ",0))";
  } else if (bigint_literals_) {
    out_ += "CAST(" + whole + " AS BIGINT)";
  } else {
    out_ += whole;
  }
}

void Writer::Node(const Literal& node) {
  switch (node.kind) {
    case Literal::Kind::kNull:
      out_ += "NULL";
      break;
    case Literal::Kind::kBoolean:
      out_ += node.text == "true" ? "TRUE" : "FALSE";
      break;
    case Literal::Kind::kNumber:
      if (node.text.starts_with('-')) out_ += '-';
      Number(node.text.starts_with('-') ? std::string_view(node.text).substr(1) : std::string_view(node.text));
      break;
    case Literal::Kind::kString:
      out_ += QuoteText(node.text);
      break;
    case Literal::Kind::kBinary: {
      constexpr char kHex[] = "0123456789ABCDEF";
      out_ += "CAST('";
      for (char c : node.text) {
        auto byte = static_cast<unsigned char>(c);
        out_ += "\\x";
        out_ += kHex[byte >> 4];
        out_ += kHex[byte & 15];
      }
      out_ += "' AS BLOB)";
      break;
    }
  }
}

void Writer::Node(const IntervalLiteral& node) {
  out_ += '(';
  for (size_t i = 0; i < node.parts.size(); ++i) {
    if (i > 0) out_ += " + ";
    out_ += IntervalText(node.parts[i]);
  }
  out_ += ')';
}

// x + INTERVAL '1 day, 1 year' adds part by part, in written order.
void Writer::IntervalChain(const char* function, const Expr& base, const IntervalLiteral& interval) {
  for (size_t i = 0; i < interval.parts.size(); ++i) CallBegin(function);
  Write(base);
  for (const IntervalLiteral::Part& part : interval.parts) out_ += ", " + IntervalText(part) + ")";
}

}  // namespace firn::sql
