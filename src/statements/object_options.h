// Options of objects that CREATE takes and ALTER … SET and UNSET change: one row an option of a kind of object, with
// what it takes and where it is kept. Options without a row are refused. File formats and stages: file_format.h,
// create_stage.cc. Source: the pages "CREATE …" and "ALTER …" of docs.snowflake.com.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "statements/execution.h"

namespace firn::statements {

enum class OptionForm : uint8_t { kBoolean, kNumber, kText, kWord, kList };

struct ObjectOptionRow {
  catalog::ObjectKind kind;
  const char* name;
  OptionForm form;
  const char* allowed;  ///< kNumber: "low..high"; kWord: blank-separated words; "": anything
  bool effect;          ///< false: accepted and listed, without effect
  /// Keeps the value; none is UNSET. Null: it is kept in Object::options under its name.
  void (*keep)(catalog::Object& object, const std::optional<std::string>& value);
};
std::span<const ObjectOptionRow> ObjectOptions();

/// Sets options of a new or copied object. COMMENT is an option of all. Errors: kInvalidOption, kInvalidValue.
Status SetObjectOptions(Execution& run, const std::vector<sql::Option>& options, catalog::Object* object);
Status SetObjectOption(Execution& run, const sql::Option& option, catalog::Object* object);
/// UNSET. Errors: kInvalidOption.
Status UnsetObjectOptions(const std::vector<std::string>& names, catalog::Object* object);

constexpr int kRetentionDaysMax = 90;  ///< of permanent objects; transient ones: 1

}  // namespace firn::statements
