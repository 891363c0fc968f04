#include "statements/option_values.h"

#include <charconv>

#include "base/errors.h"

namespace firn::statements {

namespace {

using Kind = sql::OptionValue::Kind;

Result<std::string> ValueText(Execution& run, const sql::OptionValue& value, const sql::Option& option) {
  switch (value.kind) {
    case Kind::kNull:
      return std::string();
    case Kind::kWord:
      return value.name.parts.empty() ? value.text : value.name.Text();
    case Kind::kValue: {
      FIRN_ASSIGN(session::Cell cell, run.context.Evaluate(*value.value, SqlType::Varchar()));
      return cell.value_or("");
    }
    case Kind::kList:
    case Kind::kOptions:
      return InvalidOptionValue(option);
    default:
      return value.text;
  }
}

std::string Written(const sql::OptionValue& value, bool keep_quotes) {
  if (value.kind == Kind::kString && keep_quotes) return "'" + value.text + "'";
  if (value.kind == Kind::kNull) return "NULL";
  if (value.kind == Kind::kList || value.kind == Kind::kOptions) return "(…)";
  return value.text;
}

}  // namespace

Error InvalidOptionValue(const sql::Option& option, bool keep_quotes) {
  return Error(errors::kInvalidValue, {Written(option.value, keep_quotes), option.name});
}

Result<std::string> OptionText(Execution& run, const sql::Option& option) {
  return ValueText(run, option.value, option);
}

Result<int64_t> OptionNumber(Execution& run, const sql::Option& option, int64_t low, int64_t high) {
  FIRN_ASSIGN(std::string text, OptionText(run, option));
  int64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < low || number > high) {
    return InvalidOptionValue(option);
  }
  return number;
}

Result<bool> OptionBoolean(Execution& run, const sql::Option& option) {
  FIRN_ASSIGN(std::string text, OptionText(run, option));
  std::string word = Lower(text);
  if (word == "true" || word == "on" || word == "yes" || word == "1") return true;
  if (word == "false" || word == "off" || word == "no" || word == "0") return false;
  return InvalidOptionValue(option);
}

Result<std::vector<std::string>> OptionList(Execution& run, const sql::Option& option) {
  std::vector<std::string> items;
  if (option.value.kind != Kind::kList) {
    FIRN_ASSIGN(std::string text, OptionText(run, option));
    items.push_back(std::move(text));
    return items;
  }
  for (const sql::OptionValue& item : option.value.items) {
    FIRN_ASSIGN(std::string text, ValueText(run, item, option));
    items.push_back(std::move(text));
  }
  return items;
}

std::string ListText(const std::vector<std::string>& items) {
  std::string text = "(";
  for (const std::string& item : items) {
    if (text.size() > 1) text += ", ";
    text += '\'';
    for (char c : item) text += c == '\'' ? std::string("''") : std::string(1, c);
    text += '\'';
  }
  return text + ")";
}

std::vector<std::string> ListItems(std::string_view text) {
  std::vector<std::string> items;
  if (!text.starts_with('(') || !text.ends_with(')')) return {std::string(text)};
  for (size_t i = 1; i + 1 < text.size(); ++i) {
    if (text[i] != '\'') continue;
    std::string item;
    for (++i; i + 1 < text.size(); ++i) {
      if (text[i] == '\'' && text[i + 1] != '\'') break;
      if (text[i] == '\'') ++i;
      item += text[i];
    }
    items.push_back(std::move(item));
  }
  return items;
}

}  // namespace firn::statements
