// Options of file formats: one row an option, with the kinds of file that have it, what it takes and its default. From
// it CREATE and ALTER FILE FORMAT, stages and COPY check FILE_FORMAT = (…), and DESCRIBE prints it.
// Source: https://docs.snowflake.com/en/sql-reference/sql/create-file-format
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "catalog/objects.h"
#include "statements/execution.h"

namespace firn::statements {

enum class FormatForm : uint8_t { kBoolean, kNumber, kText, kWord, kList };

struct FormatOptionRow {
  const char* types;  ///< blank-separated: "CSV JSON"
  const char* name;
  FormatForm form;
  const char* allowed;        ///< of kWord: blank-separated words
  const char* default_value;  ///< as an OptionMap keeps it
};

/// "CSV", "JSON", "AVRO", "ORC", "PARQUET", "XML"
std::span<const char* const> FileTypes();
std::span<const FormatOptionRow> FormatOptions();
/// Null where files of `type` have no such option.
const FormatOptionRow* FindFormatOption(std::string_view type, std::string_view name);

/// Options as an OptionMap keeps them: booleans "true" and "false", words in upper case, strings as they are, lists as
/// ListText. COMMENT is passed over. TYPE is not among them: `type` is what was there before ("" for none) and becomes
/// what TYPE says. Errors: kInvalidValue, kInvalidOption, kInvalidExpression for an option given twice.
Result<catalog::OptionMap> FormatOptionsOf(Execution& run, const std::vector<sql::Option>& options, std::string* type);

}  // namespace firn::statements
