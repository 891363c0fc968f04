#include "statements/object_options.h"

#include <array>
#include <charconv>

#include "base/errors.h"
#include "statements/option_values.h"

namespace firn::statements {

namespace {

using catalog::Object;
using F = OptionForm;
using K = catalog::ObjectKind;
using Value = std::optional<std::string>;

bool Truth(const Value& value, bool otherwise) { return value ? *value == "true" : otherwise; }

std::optional<int> Days(const Value& value) {
  return value ? std::optional<int>(std::atoi(value->c_str())) : std::nullopt;
}

// --- where what is kept ----------------------------------------------------------------------------------------------

void KeepDatabaseRetention(Object& object, const Value& value) {
  object.As<catalog::DatabaseInfo>()->retention_days = Days(value);
}
void KeepSchemaRetention(Object& object, const Value& value) {
  object.As<catalog::SchemaInfo>()->retention_days = Days(value);
}
void KeepTableRetention(Object& object, const Value& value) {
  object.As<catalog::TableInfo>()->retention_days = Days(value);
}
void KeepManagedAccess(Object& object, const Value& value) {
  object.As<catalog::SchemaInfo>()->managed_access = Truth(value, false);
}
void KeepSecure(Object& object, const Value& value) { object.As<catalog::ViewInfo>()->secure = Truth(value, false); }

/// XSMALL, X-SMALL, 2X-LARGE, XXLARGE … as SHOW WAREHOUSES prints them.
void KeepSize(Object& object, const Value& value) {
  struct Size {
    const char* words;
    const char* shown;
  };
  constexpr std::array kSizes = {
      Size{" XSMALL X-SMALL ", "X-Small"},
      Size{" SMALL ", "Small"},
      Size{" MEDIUM ", "Medium"},
      Size{" LARGE ", "Large"},
      Size{" XLARGE X-LARGE ", "X-Large"},
      Size{" XXLARGE X2LARGE 2X-LARGE ", "2X-Large"},
      Size{" XXXLARGE X3LARGE 3X-LARGE ", "3X-Large"},
      Size{" X4LARGE 4X-LARGE ", "4X-Large"},
      Size{" X5LARGE 5X-LARGE ", "5X-Large"},
      Size{" X6LARGE 6X-LARGE ", "6X-Large"},
  };
  std::string word = " " + value.value_or("XSMALL") + " ";
  for (const Size& size : kSizes) {
    if (std::string_view(size.words).find(word) != std::string_view::npos) {
      object.As<catalog::WarehouseInfo>()->size = size.shown;
    }
  }
}
void KeepWarehouseType(Object& object, const Value& value) {
  object.As<catalog::WarehouseInfo>()->type = value.value_or("STANDARD");
}
void KeepAutoSuspend(Object& object, const Value& value) {
  object.As<catalog::WarehouseInfo>()->auto_suspend = value ? std::atoi(value->c_str()) : 600;
}
void KeepAutoResume(Object& object, const Value& value) {
  object.As<catalog::WarehouseInfo>()->auto_resume = Truth(value, true);
}
void KeepInitialState(Object& object, const Value& value) {
  object.options["STATE"] = Truth(value, false) ? "SUSPENDED" : "STARTED";
}

catalog::UserInfo& User(Object& object) { return *object.As<catalog::UserInfo>(); }
void KeepLoginName(Object& object, const Value& value) { User(object).login_name = Upper(value.value_or("")); }
void KeepDisplayName(Object& object, const Value& value) { User(object).display_name = value.value_or(""); }
void KeepEmail(Object& object, const Value& value) { User(object).email = value.value_or(""); }
void KeepDisabled(Object& object, const Value& value) { User(object).disabled = Truth(value, false); }
void KeepMustChange(Object& object, const Value& value) { User(object).must_change_password = Truth(value, false); }
void KeepDefaultWarehouse(Object& object, const Value& value) { User(object).default_warehouse = value.value_or(""); }
void KeepDefaultNamespace(Object& object, const Value& value) { User(object).default_namespace = value.value_or(""); }
void KeepDefaultRole(Object& object, const Value& value) {
  User(object).default_role = Upper(value.value_or("ACCOUNTADMIN"));
}

constexpr const char* kSizeWords =
    "XSMALL X-SMALL SMALL MEDIUM LARGE XLARGE X-LARGE XXLARGE X2LARGE 2X-LARGE XXXLARGE X3LARGE 3X-LARGE X4LARGE "
    "4X-LARGE X5LARGE 5X-LARGE X6LARGE 6X-LARGE";
constexpr const char* kLevels = "TRACE DEBUG INFO WARN ERROR FATAL OFF";

// Sorted by kind and name. Warehouses: no statement needs one, so their size and the like change nothing.
// clang-format off
constexpr std::array kRows = std::to_array<ObjectOptionRow>({
    {K::kDatabase,  "DATA_RETENTION_TIME_IN_DAYS",         F::kNumber,  "0..90",                 true,  KeepDatabaseRetention},
    {K::kDatabase,  "DEFAULT_DDL_COLLATION",               F::kText,    "",                      false, nullptr},
    {K::kDatabase,  "ENABLE_DATA_COMPACTION",              F::kBoolean, "",                      true,  nullptr},
    {K::kDatabase,  "LOG_LEVEL",                           F::kWord,    kLevels,                 false, nullptr},
    {K::kDatabase,  "MAX_DATA_EXTENSION_TIME_IN_DAYS",     F::kNumber,  "0..90",                 true,  nullptr},
    {K::kDatabase,  "MAX_SNAPSHOTS",                       F::kNumber,  "1..1000000",            true,  nullptr},
    {K::kDatabase,  "REPLACE_INVALID_CHARACTERS",          F::kBoolean, "",                      false, nullptr},
    {K::kDatabase,  "STORAGE_SERIALIZATION_POLICY",        F::kWord,    "COMPATIBLE OPTIMIZED",  false, nullptr},
    {K::kDatabase,  "TARGET_FILE_SIZE",                    F::kWord,    "AUTO 16MB 32MB 64MB 128MB", true, nullptr},
    {K::kDatabase,  "TRACE_LEVEL",                         F::kWord,    "ALWAYS ON_EVENT OFF",   false, nullptr},
    {K::kSchema,    "DATA_RETENTION_TIME_IN_DAYS",         F::kNumber,  "0..90",                 true,  KeepSchemaRetention},
    {K::kSchema,    "DEFAULT_DDL_COLLATION",               F::kText,    "",                      false, nullptr},
    {K::kSchema,    "ENABLE_DATA_COMPACTION",              F::kBoolean, "",                      true,  nullptr},
    {K::kSchema,    "LOG_LEVEL",                           F::kWord,    kLevels,                 false, nullptr},
    {K::kSchema,    "MANAGED_ACCESS",                      F::kBoolean, "",                      false, KeepManagedAccess},
    {K::kSchema,    "MAX_DATA_EXTENSION_TIME_IN_DAYS",     F::kNumber,  "0..90",                 true,  nullptr},
    {K::kSchema,    "MAX_SNAPSHOTS",                       F::kNumber,  "1..1000000",            true,  nullptr},
    {K::kSchema,    "REPLACE_INVALID_CHARACTERS",          F::kBoolean, "",                      false, nullptr},
    {K::kSchema,    "STORAGE_SERIALIZATION_POLICY",        F::kWord,    "COMPATIBLE OPTIMIZED",  false, nullptr},
    {K::kSchema,    "TARGET_FILE_SIZE",                    F::kWord,    "AUTO 16MB 32MB 64MB 128MB", true, nullptr},
    {K::kSchema,    "TRACE_LEVEL",                         F::kWord,    "ALWAYS ON_EVENT OFF",   false, nullptr},
    {K::kTable,     "BASE_LOCATION",                       F::kText,    "",                      false, nullptr},
    {K::kTable,     "CATALOG",                             F::kWord,    "SNOWFLAKE",             false, nullptr},
    {K::kTable,     "CATALOG_SYNC",                        F::kText,    "",                      false, nullptr},
    {K::kTable,     "CHANGE_TRACKING",                     F::kBoolean, "",                      false, nullptr},
    {K::kTable,     "DATA_RETENTION_TIME_IN_DAYS",         F::kNumber,  "0..90",                 true,  KeepTableRetention},
    {K::kTable,     "DEFAULT_DDL_COLLATION",               F::kText,    "",                      false, nullptr},
    {K::kTable,     "DELTA",                               F::kBoolean, "",                      true,  nullptr},
    {K::kTable,     "DELTA_READER",                        F::kWord,    "1 3",                   true,  nullptr},
    {K::kTable,     "ENABLE_DATA_COMPACTION",              F::kBoolean, "",                      true,  nullptr},
    {K::kTable,     "ENABLE_SCHEMA_EVOLUTION",             F::kBoolean, "",                      false, nullptr},
    {K::kTable,     "ERROR_LOGGING",                       F::kBoolean, "",                      false, nullptr},
    {K::kTable,     "EXTERNAL_VOLUME",                     F::kText,    "",                      false, nullptr},
    {K::kTable,     "MAX_DATA_EXTENSION_TIME_IN_DAYS",     F::kNumber,  "0..90",                 true,  nullptr},
    {K::kTable,     "MAX_SNAPSHOTS",                       F::kNumber,  "1..1000000",            true,  nullptr},
    {K::kTable,     "STORAGE_SERIALIZATION_POLICY",        F::kWord,    "COMPATIBLE OPTIMIZED",  false, nullptr},
    {K::kTable,     "TARGET_FILE_SIZE",                    F::kWord,    "AUTO 16MB 32MB 64MB 128MB", true, nullptr},
    {K::kView,      "CHANGE_TRACKING",                     F::kBoolean, "",                      false, nullptr},
    {K::kView,      "SECURE",                              F::kBoolean, "",                      false, KeepSecure},
    {K::kWarehouse, "AUTO_RESUME",                         F::kBoolean, "",                      false, KeepAutoResume},
    {K::kWarehouse, "AUTO_SUSPEND",                        F::kNumber,  "-2147483648..2147483647", false, KeepAutoSuspend},
    {K::kWarehouse, "ENABLE_QUERY_ACCELERATION",           F::kBoolean, "",                      false, nullptr},
    {K::kWarehouse, "GENERATION",                          F::kText,    "",                      false, nullptr},
    {K::kWarehouse, "INITIALLY_SUSPENDED",                 F::kBoolean, "",                      true,  KeepInitialState},
    {K::kWarehouse, "MAX_CLUSTER_COUNT",                   F::kNumber,  "1..300",                false, nullptr},
    {K::kWarehouse, "MAX_CONCURRENCY_LEVEL",               F::kNumber,  "1..32",                 false, nullptr},
    {K::kWarehouse, "MIN_CLUSTER_COUNT",                   F::kNumber,  "1..300",                false, nullptr},
    {K::kWarehouse, "QUERY_ACCELERATION_MAX_SCALE_FACTOR", F::kNumber,  "0..100",                false, nullptr},
    {K::kWarehouse, "RESOURCE_CONSTRAINT",                 F::kText,    "",                      false, nullptr},
    {K::kWarehouse, "SCALING_POLICY",                      F::kWord,    "STANDARD ECONOMY",      false, nullptr},
    {K::kWarehouse, "STATEMENT_QUEUED_TIMEOUT_IN_SECONDS", F::kNumber,  "0..604800",             false, nullptr},
    {K::kWarehouse, "STATEMENT_TIMEOUT_IN_SECONDS",        F::kNumber,  "0..604800",             false, nullptr},
    {K::kWarehouse, "WAREHOUSE_SIZE",                      F::kWord,    kSizeWords,              false, KeepSize},
    {K::kWarehouse, "WAREHOUSE_TYPE",                      F::kWord,    "STANDARD SNOWPARK-OPTIMIZED", false, KeepWarehouseType},
    {K::kUser,      "DEFAULT_NAMESPACE",                   F::kText,    "",                      true,  KeepDefaultNamespace},
    {K::kUser,      "DEFAULT_ROLE",                        F::kText,    "",                      true,  KeepDefaultRole},
    {K::kUser,      "DEFAULT_SECONDARY_ROLES",             F::kList,    "",                      false, nullptr},
    {K::kUser,      "DEFAULT_WAREHOUSE",                   F::kText,    "",                      true,  KeepDefaultWarehouse},
    {K::kUser,      "DISABLED",                            F::kBoolean, "",                      true,  KeepDisabled},
    {K::kUser,      "DISPLAY_NAME",                        F::kText,    "",                      true,  KeepDisplayName},
    {K::kUser,      "EMAIL",                               F::kText,    "",                      true,  KeepEmail},
    {K::kUser,      "FIRST_NAME",                          F::kText,    "",                      true,  nullptr},
    {K::kUser,      "LAST_NAME",                           F::kText,    "",                      true,  nullptr},
    {K::kUser,      "LOGIN_NAME",                          F::kText,    "",                      true,  KeepLoginName},
    {K::kUser,      "MIDDLE_NAME",                         F::kText,    "",                      true,  nullptr},
    {K::kUser,      "MUST_CHANGE_PASSWORD",                F::kBoolean, "",                      false, KeepMustChange},
    {K::kUser,      "TYPE",                                F::kWord,    "PERSON SERVICE LEGACY_SERVICE", false, nullptr},
});
// clang-format on

const ObjectOptionRow* FindRow(K kind, std::string_view name) {
  for (const ObjectOptionRow& row : kRows) {
    if (row.kind == kind && name == row.name) return &row;
  }
  return nullptr;
}

bool HasWord(std::string_view words, std::string_view word) {
  return !word.empty() && (" " + std::string(words) + " ").find(" " + std::string(word) + " ") != std::string::npos;
}

Error BadValue(const ObjectOptionRow& row, const sql::Option& option) {
  if (row.kind != K::kWarehouse) return InvalidOptionValue(option);
  return Error(errors::kInvalidExpression,
               {"invalid value '" + option.value.text + "' for property '" + option.name + "'"});
}

bool IsTransient(const Object& object) {
  if (auto* info = object.As<catalog::DatabaseInfo>()) return info->transient;
  if (auto* info = object.As<catalog::SchemaInfo>()) return info->transient;
  if (auto* info = object.As<catalog::TableInfo>()) return info->transient;
  return false;
}

Result<std::string> NumberValue(Execution& run, const ObjectOptionRow& row, const sql::Option& option,
                                const Object& object) {
  if (option.value.kind == sql::OptionValue::Kind::kNull) return std::string("0");  // AUTO_SUSPEND = NULL
  std::string_view allowed = row.allowed;
  size_t dots = allowed.find("..");
  int64_t low = std::strtoll(row.allowed, nullptr, 10);
  int64_t high = std::strtoll(row.allowed + dots + 2, nullptr, 10);
  bool retention = option.name == "DATA_RETENTION_TIME_IN_DAYS";
  auto number = OptionNumber(run, option, low, retention || high == kRetentionDaysMax ? INT32_MAX : high);
  if (!number.ok()) return BadValue(row, option);
  if (retention && *number > (IsTransient(object) ? 1 : kRetentionDaysMax)) {
    std::string most = std::to_string(IsTransient(object) ? 1 : kRetentionDaysMax);
    return Error(errors::kInvalidExpression, {"Exceeds maximum allowable retention time (" + most + " day(s))."});
  }
  if (*number > high) {
    return Error(errors::kInvalidExpression,
                 {"Exceeds maximum allowable extension time (" + std::to_string(high) + ")."});
  }
  return std::to_string(*number);
}

Result<std::string> ValueOf(Execution& run, const ObjectOptionRow& row, const sql::Option& option,
                            const Object& object) {
  switch (row.form) {
    case F::kBoolean: {
      FIRN_ASSIGN(bool value, OptionBoolean(run, option));
      return std::string(value ? "true" : "false");
    }
    case F::kNumber:
      return NumberValue(run, row, option, object);
    case F::kWord: {
      FIRN_ASSIGN(std::string text, OptionText(run, option));
      std::string word = Upper(text);
      if (!HasWord(row.allowed, word)) return BadValue(row, option);
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

std::span<const ObjectOptionRow> ObjectOptions() { return kRows; }

Status SetObjectOption(Execution& run, const sql::Option& option, Object* object) {
  if (option.name == "COMMENT") {
    FIRN_ASSIGN(object->comment, OptionText(run, option));
    return Ok();
  }
  const ObjectOptionRow* row = FindRow(object->kind(), option.name);
  if (!row) return Error(errors::kInvalidOption, {option.name, std::string(catalog::Name(object->kind()))});
  FIRN_ASSIGN(std::string value, ValueOf(run, *row, option, *object));
  if (row->keep) {
    row->keep(*object, value);
  } else {
    object->options[option.name] = std::move(value);
  }
  return Ok();
}

Status SetObjectOptions(Execution& run, const std::vector<sql::Option>& options, Object* object) {
  for (const sql::Option& option : options) FIRN_TRY(SetObjectOption(run, option, object));
  return Ok();
}

Status UnsetObjectOptions(const std::vector<std::string>& names, Object* object) {
  for (const std::string& name : names) {
    if (name == "COMMENT") {
      object->comment.clear();
      continue;
    }
    const ObjectOptionRow* row = FindRow(object->kind(), name);
    if (!row) return Error(errors::kInvalidOption, {name, std::string(catalog::Name(object->kind()))});
    if (row->keep) {
      row->keep(*object, std::nullopt);
    } else {
      object->options.erase(name);
    }
  }
  return Ok();
}

}  // namespace firn::statements
