#include "cli/statement_split.h"

#include <algorithm>

namespace firn::cli {

namespace {

size_t After(std::string_view text, std::string_view end, size_t from) {
  size_t found = text.find(end, from);
  return found == std::string_view::npos ? text.size() : found + end.size();
}

/// The end of a '…' or "…" that begins at `at`. Doubled quotes begin another literal, which is as good.
size_t AfterQuoted(std::string_view text, size_t at) {
  char quote = text[at];
  for (size_t i = at + 1; i < text.size(); ++i) {
    if (text[i] == '\\' && quote == '\'')
      ++i;
    else if (text[i] == quote)
      return i + 1;
  }
  return text.size();
}

bool IsBlank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace

std::vector<std::string> SplitStatements(std::string_view script) {
  std::vector<std::string> out;
  size_t begin = 0;
  bool has_words = false;
  auto finish = [&](size_t end) {
    if (has_words) out.emplace_back(Trimmed(script.substr(begin, end - begin)));
    begin = end + 1;
    has_words = false;
  };
  for (size_t i = 0; i < script.size();) {
    std::string_view rest = script.substr(i);
    if (rest.starts_with("--") || rest.starts_with("//")) {
      i = After(script, "\n", i);
    } else if (rest.starts_with("/*")) {
      i = After(script, "*/", i + 2);
    } else if (rest.starts_with("$$")) {
      i = After(script, "$$", i + 2);
      has_words = true;
    } else if (script[i] == '\'' || script[i] == '"') {
      i = AfterQuoted(script, i);
      has_words = true;
    } else if (script[i] == ';') {
      finish(i);
      ++i;
    } else {
      has_words = has_words || !IsBlank(script[i]);
      ++i;
    }
  }
  finish(script.size());
  return out;
}

}  // namespace firn::cli
