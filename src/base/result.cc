#include "base/result.h"

#include <cstdio>

namespace firn {

namespace {

std::string Fill(std::string_view text, const std::vector<std::string>& args) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '{' && i + 2 < text.size() && text[i + 2] == '}' && text[i + 1] >= '0' && text[i + 1] <= '9') {
      size_t n = static_cast<size_t>(text[i + 1] - '0');
      if (n < args.size()) out += args[n];
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace

std::string Error::Message() const {
  constexpr std::string_view kCompile = "SQL compilation error:";
  std::string_view text = row_->text;
  // "SQL compilation error: error line L at position P\n…" where the row leaves room for a place (a blank, no newline).
  if (text.starts_with(kCompile) && text.size() > kCompile.size() && text[kCompile.size()] == ' ') {
    std::string rest = Fill(text.substr(kCompile.size() + 1), args_);
    std::string head(kCompile);
    if (at_.line > 0) {
      head += " error line " + std::to_string(at_.line) + " at position " + std::to_string(at_.column);
    }
    return head + "\n" + rest;
  }
  return Fill(text, args_);
}

std::string Error::Code() const {
  char digits[16];
  std::snprintf(digits, sizeof digits, "%06d", row_->code);
  return digits;
}

}  // namespace firn
