#include "statements/file_format.h"

#include <array>

#include "base/errors.h"
#include "statements/option_values.h"

namespace firn::statements {

namespace {

using F = FormatForm;

constexpr std::array kTypes = {"CSV", "JSON", "AVRO", "ORC", "PARQUET", "XML"};
constexpr const char* kCompressions = "AUTO GZIP BZ2 BROTLI ZSTD DEFLATE RAW_DEFLATE NONE";

// clang-format off
constexpr std::array kOptions = std::to_array<FormatOptionRow>({
    {"JSON",                        "ALLOW_DUPLICATE",                F::kBoolean, "", "false"},
    {"PARQUET",                     "BINARY_AS_TEXT",                 F::kBoolean, "", "true"},
    {"CSV JSON",                    "BINARY_FORMAT",                  F::kWord,    "HEX BASE64 UTF8 UTF-8", "HEX"},
    {"CSV JSON AVRO XML",           "COMPRESSION",                    F::kWord,    kCompressions, "AUTO"},
    {"PARQUET",                     "COMPRESSION",                    F::kWord,    "AUTO LZO SNAPPY NONE", "AUTO"},
    {"CSV JSON",                    "DATE_FORMAT",                    F::kText,    "", "AUTO"},
    {"XML",                         "DISABLE_AUTO_CONVERT",           F::kBoolean, "", "false"},
    {"XML",                         "DISABLE_SNOWFLAKE_DATA",         F::kBoolean, "", "false"},
    {"CSV",                         "EMPTY_FIELD_AS_NULL",            F::kBoolean, "", "true"},
    {"JSON",                        "ENABLE_OCTAL",                   F::kBoolean, "", "false"},
    {"CSV",                         "ENCODING",                       F::kText,    "", "UTF8"},
    {"CSV",                         "ERROR_ON_COLUMN_COUNT_MISMATCH", F::kBoolean, "", "true"},
    {"CSV",                         "ESCAPE",                         F::kText,    "", "NONE"},
    {"CSV",                         "ESCAPE_UNENCLOSED_FIELD",        F::kText,    "", "\\"},
    {"CSV",                         "FIELD_DELIMITER",                F::kText,    "", ","},
    {"CSV",                         "FIELD_OPTIONALLY_ENCLOSED_BY",   F::kText,    "", "NONE"},
    {"CSV JSON",                    "FILE_EXTENSION",                 F::kText,    "", ""},
    {"JSON XML",                    "IGNORE_UTF8_ERRORS",             F::kBoolean, "", "false"},
    {"CSV JSON",                    "MULTI_LINE",                     F::kBoolean, "", "true"},
    {"CSV",                         "NULL_IF",                        F::kList,    "", "('\\N')"},
    {"JSON AVRO ORC PARQUET",       "NULL_IF",                        F::kList,    "", "()"},
    {"CSV",                         "PARSE_HEADER",                   F::kBoolean, "", "false"},
    {"XML",                         "PRESERVE_SPACE",                 F::kBoolean, "", "false"},
    {"CSV",                         "RECORD_DELIMITER",               F::kText,    "", "\n"},
    {"CSV JSON AVRO ORC PARQUET XML", "REPLACE_INVALID_CHARACTERS",   F::kBoolean, "", "false"},
    {"CSV",                         "SKIP_BLANK_LINES",               F::kBoolean, "", "false"},
    {"CSV JSON XML",                "SKIP_BYTE_ORDER_MARK",           F::kBoolean, "", "true"},
    {"CSV",                         "SKIP_HEADER",                    F::kNumber,  "", "0"},
    {"PARQUET",                     "SNAPPY_COMPRESSION",             F::kBoolean, "", "true"},
    {"JSON",                        "STRIP_NULL_VALUES",              F::kBoolean, "", "false"},
    {"JSON",                        "STRIP_OUTER_ARRAY",              F::kBoolean, "", "false"},
    {"XML",                         "STRIP_OUTER_ELEMENT",            F::kBoolean, "", "false"},
    {"CSV JSON",                    "TIMESTAMP_FORMAT",               F::kText,    "", "AUTO"},
    {"CSV JSON",                    "TIME_FORMAT",                    F::kText,    "", "AUTO"},
    {"CSV JSON AVRO ORC PARQUET",   "TRIM_SPACE",                     F::kBoolean, "", "false"},
    {"PARQUET",                     "USE_LOGICAL_TYPE",               F::kBoolean, "", "false"},
    {"PARQUET",                     "USE_VECTORIZED_SCANNER",         F::kBoolean, "", "false"},
    {"CSV",                         "VALIDATE_UTF8",                  F::kBoolean, "", "true"},
});
// clang-format on

constexpr int64_t kSkipHeaderMax = 1000000;

/// The word of a blank-separated list that equals `value` in any case; empty for none.
std::string WordIn(std::string_view words, std::string_view value) {
  while (!words.empty()) {
    size_t end = std::min(words.find(' '), words.size());
    if (EqualsIgnoreCase(words.substr(0, end), value)) return std::string(words.substr(0, end));
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return {};
}

Result<std::string> ValueOf(Execution& run, const FormatOptionRow& row, const sql::Option& option) {
  switch (row.form) {
    case F::kBoolean: {
      FIRN_ASSIGN(bool value, OptionBoolean(run, option));
      return std::string(value ? "true" : "false");
    }
    case F::kNumber: {
      FIRN_ASSIGN(int64_t value, OptionNumber(run, option, 0, kSkipHeaderMax));
      return std::to_string(value);
    }
    case F::kWord: {
      FIRN_ASSIGN(std::string text, OptionText(run, option));
      std::string word = WordIn(row.allowed, text);
      if (word.empty()) return InvalidOptionValue(option, true);
      return word;
    }
    case F::kList: {
      FIRN_ASSIGN(std::vector<std::string> items, OptionList(run, option));
      return ListText(items);
    }
    case F::kText:
      break;
  }
  return OptionText(run, option);
}

}  // namespace

std::span<const char* const> FileTypes() { return kTypes; }
std::span<const FormatOptionRow> FormatOptions() { return kOptions; }

const FormatOptionRow* FindFormatOption(std::string_view type, std::string_view name) {
  for (const FormatOptionRow& row : kOptions) {
    if (name == row.name && !WordIn(row.types, type).empty()) return &row;
  }
  return nullptr;
}

Result<catalog::OptionMap> FormatOptionsOf(Execution& run, const std::vector<sql::Option>& options, std::string* type) {
  for (const sql::Option& option : options) {
    if (option.name != "TYPE") continue;
    FIRN_ASSIGN(std::string text, OptionText(run, option));
    std::string known = Upper(text);
    bool there = false;
    for (const char* name : kTypes) there = there || known == name;
    if (!there) return InvalidOptionValue(option, true);
    *type = std::move(known);
  }
  if (type->empty()) *type = "CSV";
  catalog::OptionMap map;
  for (const sql::Option& option : options) {
    if (option.name == "TYPE" || option.name == "COMMENT") continue;
    const FormatOptionRow* row = FindFormatOption(*type, option.name);
    if (!row) return Error(errors::kInvalidOption, {option.name, "FILE_FORMAT"});
    FIRN_ASSIGN(std::string value, ValueOf(run, *row, option));
    map[option.name] = std::move(value);
  }
  return map;
}

}  // namespace firn::statements
