#include "session/parameters.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <optional>

#include "base/errors.h"
#include "base/types.h"

namespace firn::session {

namespace {

using T = ParameterType;

// Names, types and defaults: docs.snowflake.com "Parameters", and the login answers that the drivers' own tests hold.
// clang-format off
constexpr std::array kParameters = std::to_array<ParameterRow>({
    {"ABORT_DETACHED_QUERY", T::kBoolean, "false", false, false, "",
     "Cancels queries of lost connections."},
    {"AUTOCOMMIT", T::kBoolean, "true", true, true, "",
     "Each statement outside BEGIN … COMMIT is its own transaction."},
    {"AUTOCOMMIT_API_SUPPORTED", T::kBoolean, "true", false, false, "",
     "Read-only: drivers may switch AUTOCOMMIT."},
    {"BINARY_INPUT_FORMAT", T::kString, "HEX", false, true, "HEX BASE64 UTF8 UTF-8",
     "How text is read as BINARY."},
    {"BINARY_OUTPUT_FORMAT", T::kString, "HEX", true, true, "HEX BASE64",
     "How BINARY is written as text."},
    {"CLIENT_CONSERVATIVE_MEMORY_ADJUST_STEP", T::kNumber, "64", true, true, "",
     "Read by drivers; not documented."},
    {"CLIENT_DISABLE_INCIDENTS", T::kBoolean, "true", true, true, "",
     "Read by drivers; not documented."},
    {"CLIENT_ENABLE_CONSERVATIVE_MEMORY_USAGE", T::kBoolean, "true", true, true, "",
     "Read by drivers; not documented."},
    {"CLIENT_ENABLE_LOG_INFO_STATEMENT_PARAMETERS", T::kBoolean, "false", true, true, "",
     "JDBC logs bind values."},
    {"CLIENT_HONOR_CLIENT_TZ_FOR_TIMESTAMP_NTZ", T::kBoolean, "true", true, true, "",
     "JDBC reads TIMESTAMP_NTZ in the zone of the client."},
    {"CLIENT_MEMORY_LIMIT", T::kNumber, "1536", true, true, "0..1048576",
     "Megabytes that a driver may use for result chunks."},
    {"CLIENT_METADATA_REQUEST_USE_CONNECTION_CTX", T::kBoolean, "false", true, true, "",
     "Metadata calls of drivers look in the current database and schema only."},
    {"CLIENT_METADATA_USE_SESSION_DATABASE", T::kBoolean, "false", true, true, "",
     "Metadata calls of drivers look in the current database only."},
    {"CLIENT_OUT_OF_BAND_TELEMETRY_ENABLED", T::kBoolean, "false", true, true, "",
     "Read by drivers; not documented."},
    {"CLIENT_PREFETCH_THREADS", T::kNumber, "4", true, true, "1..10",
     "Threads that a driver downloads result chunks with."},
    {"CLIENT_REQUEST_MFA_TOKEN", T::kBoolean, "false", false, false, "",
     "Read by drivers; not documented."},
    {"CLIENT_RESULT_CHUNK_SIZE", T::kNumber, "160", true, true, "16..160",
     "Most megabytes of one result chunk."},
    {"CLIENT_RESULT_COLUMN_CASE_INSENSITIVE", T::kBoolean, "false", true, true, "",
     "JDBC finds result columns in any case."},
    {"CLIENT_RESULT_PREFETCH_SLOTS", T::kNumber, "2", true, true, "",
     "Read by drivers; not documented."},
    {"CLIENT_RESULT_PREFETCH_THREADS", T::kNumber, "1", true, true, "",
     "Read by drivers; not documented."},
    {"CLIENT_SESSION_CLONE", T::kBoolean, "false", true, true, "",
     "Read by drivers; not documented."},
    {"CLIENT_SESSION_KEEP_ALIVE", T::kBoolean, "false", true, true, "",
     "The driver keeps the session alive by heartbeats."},
    {"CLIENT_SESSION_KEEP_ALIVE_HEARTBEAT_FREQUENCY", T::kNumber, "3600", true, true, "900..3600",
     "Seconds between heartbeats."},
    {"CLIENT_STAGE_ARRAY_BINDING_THRESHOLD", T::kNumber, "0", true, true, "",
     "Bound values from which a driver uploads them as a file; 0 is never."},
    {"CLIENT_STORE_TEMPORARY_CREDENTIAL", T::kBoolean, "false", false, false, "",
     "Read by drivers; not documented."},
    {"CLIENT_TELEMETRY_ENABLED", T::kBoolean, "false", true, true, "",
     "Drivers send telemetry. What they send is dropped."},
    {"CLIENT_TELEMETRY_SESSIONLESS_ENABLED", T::kBoolean, "false", true, true, "",
     "Drivers send telemetry without a session. What they send is dropped."},
    {"CLIENT_TIMESTAMP_TYPE_MAPPING", T::kString, "TIMESTAMP_LTZ", true, true, "TIMESTAMP_LTZ TIMESTAMP_NTZ",
     "Type that drivers bind timestamps as."},
    {"CLIENT_USE_V1_QUERY_API", T::kBoolean, "true", true, true, "",
     "Read by drivers; not documented."},
    {"CLIENT_VALIDATE_DEFAULT_PARAMETERS", T::kBoolean, "false", false, true, "",
     "A login that names an unknown database, schema, warehouse or role fails."},
    {"CSV_TIMESTAMP_FORMAT", T::kString, "", true, false, "",
     "Timestamp format of downloads from the web interface."},
    {"C_API_QUERY_RESULT_FORMAT", T::kString, "", false, true, "ARROW JSON ARROW_FORCE",
     "Result format of queries of this driver; empty: as the driver is known to read best."},
    {"DATE_INPUT_FORMAT", T::kString, "AUTO", false, true, "",
     "How text is read as DATE."},
    {"DATE_OUTPUT_FORMAT", T::kString, "YYYY-MM-DD", true, true, "",
     "How DATE is written as text."},
    {"DEFAULT_NULL_ORDERING", T::kString, "LAST", false, true, "FIRST LAST",
     "Whether NULL sorts as the largest or the smallest value."},
    {"DOTNET_QUERY_RESULT_FORMAT", T::kString, "", false, true, "ARROW JSON ARROW_FORCE",
     "Result format of queries of this driver; empty: as the driver is known to read best."},
    {"ENABLE_FIX_1247059", T::kBoolean, "true", true, true, "",
     "Read by drivers; not documented."},
    {"ENABLE_GET_DDL_USE_DATA_TYPE_ALIAS", T::kBoolean, "false", false, false, "",
     "GET_DDL prints types as they were declared."},
    {"ENABLE_STAGE_S3_PRIVATELINK_FOR_US_EAST_1", T::kBoolean, "true", true, true, "",
     "Read by drivers; not documented."},
    {"ENABLE_UNHANDLED_EXCEPTIONS_REPORTING", T::kBoolean, "true", false, false, "",
     "Unhandled exceptions go to the event table."},
    {"ENABLE_UNLOAD_PHYSICAL_TYPE_OPTIMIZATION", T::kBoolean, "true", false, false, "",
     "Unloaded Parquet uses narrow types."},
    {"ERROR_ON_NONDETERMINISTIC_MERGE", T::kBoolean, "true", false, true, "",
     "MERGE fails when several source rows match one target row."},
    {"ERROR_ON_NONDETERMINISTIC_UPDATE", T::kBoolean, "false", false, true, "",
     "UPDATE fails when several source rows match one target row."},
    {"GEOGRAPHY_OUTPUT_FORMAT", T::kString, "GeoJSON", false, false, "GeoJSON WKT WKB EWKT EWKB",
     "How GEOGRAPHY is shown."},
    {"GEOMETRY_OUTPUT_FORMAT", T::kString, "GeoJSON", false, false, "GeoJSON WKT WKB EWKT EWKB",
     "How GEOMETRY is shown."},
    {"GO_QUERY_RESULT_FORMAT", T::kString, "", false, true, "ARROW JSON ARROW_FORCE",
     "Result format of queries of this driver; empty: as the driver is known to read best."},
    {"HYBRID_TABLE_LOCK_TIMEOUT", T::kNumber, "3600", false, false, "0..604800",
     "Lock time-out of hybrid tables."},
    {"ICEBERG_TIMESTAMP_DEFAULT_PRECISION", T::kNumber, "6", false, false, "6 9",
     "Default precision of timestamps in Iceberg tables; Firn keeps 6."},
    {"JDBC_CHUNK_DOWNLOADER_MAX_RETRY", T::kNumber, "7", false, false, "",
     "Read by drivers; not documented."},
    {"JDBC_EFFICIENT_CHUNK_STORAGE", T::kBoolean, "true", true, true, "",
     "Read by drivers; not documented."},
    {"JDBC_ENABLE_COMBINED_DESCRIBE", T::kBoolean, "true", true, true, "",
     "Read by drivers; not documented."},
    {"JDBC_ENABLE_PUT_GET", T::kBoolean, "true", true, true, "",
     "JDBC may run PUT and GET."},
    {"JDBC_EXECUTE_RETURN_COUNT_FOR_DML", T::kBoolean, "false", true, true, "",
     "Read by drivers; not documented."},
    {"JDBC_FORMAT_DATE_WITH_TIMEZONE", T::kBoolean, "true", true, true, "",
     "Read by drivers; not documented."},
    {"JDBC_QUERY_RESULT_FORMAT", T::kString, "", false, true, "ARROW JSON ARROW_FORCE",
     "Result format of queries of this driver; empty: as the driver is known to read best."},
    {"JDBC_RS_COLUMN_CASE_INSENSITIVE", T::kBoolean, "false", true, true, "",
     "Read by drivers; not documented."},
    {"JDBC_TREAT_DECIMAL_AS_INT", T::kBoolean, "true", true, true, "",
     "JDBC reports NUMBER(p,0) as BIGINT."},
    {"JDBC_TREAT_TIMESTAMP_NTZ_AS_UTC", T::kBoolean, "false", true, true, "",
     "JDBC reads TIMESTAMP_NTZ as UTC."},
    {"JDBC_USE_JSON_PARSER", T::kBoolean, "true", true, true, "",
     "Read by drivers; not documented."},
    {"JDBC_USE_SESSION_TIMEZONE", T::kBoolean, "true", true, true, "",
     "JDBC shows times in the zone of the session."},
    {"JSON_INDENT", T::kNumber, "2", false, true, "0..16",
     "Blanks per level of VARIANT, OBJECT and ARRAY in results; 0 is one line."},
    {"JS_DRIVER_DISABLE_OCSP_FOR_NON_SF_ENDPOINTS", T::kBoolean, "false", true, true, "",
     "Read by drivers; not documented."},
    {"JS_TREAT_INTEGER_AS_BIGINT", T::kBoolean, "false", true, true, "",
     "Node.js gives integers as BigInt."},
    {"LOCK_TIMEOUT", T::kNumber, "43200", false, true, "0..604800",
     "Seconds that a statement waits for a table lock."},
    {"LOG_EVENT_LEVEL", T::kString, "OFF", false, false, "TRACE DEBUG INFO WARN ERROR FATAL OFF",
     "Level of log events in the event table."},
    {"LOG_LEVEL", T::kString, "OFF", false, false, "TRACE DEBUG INFO WARN ERROR FATAL OFF",
     "Level of messages in the event table."},
    {"METRIC_LEVEL", T::kString, "NONE", false, false, "ALL NONE",
     "Level of metrics in the event table."},
    {"MULTI_STATEMENT_COUNT", T::kNumber, "1", false, true, "0..10000",
     "Number of statements that one text may hold; 0 is any."},
    {"NOORDER_SEQUENCE_AS_DEFAULT", T::kBoolean, "true", false, false, "",
     "New sequences are NOORDER."},
    {"ODBC_QUERY_RESULT_FORMAT", T::kString, "", false, true, "ARROW JSON ARROW_FORCE",
     "Result format of queries of this driver; empty: as the driver is known to read best."},
    {"ODBC_TREAT_DECIMAL_AS_INT", T::kBoolean, "false", false, true, "",
     "ODBC reports NUMBER(p,0) as BIGINT."},
    {"OPT_OUT_ERROR_LOGGING", T::kBoolean, "false", false, false, "",
     "Errors are not logged."},
    {"PYTHON_CONNECTOR_QUERY_RESULT_FORMAT", T::kString, "", false, true, "ARROW JSON ARROW_FORCE",
     "Result format of queries of this driver; empty: as the driver is known to read best."},
    {"PYTHON_CONNECTOR_USE_NANOARROW", T::kBoolean, "true", true, true, "",
     "Read by drivers; not documented."},
    {"QUERY_CONTEXT_CACHE_SIZE", T::kNumber, "5", true, true, "",
     "Read by drivers; not documented."},
    {"QUERY_RESULT_FORMAT", T::kString, "", false, true, "ARROW JSON ARROW_FORCE",
     "Result format of queries of drivers without a parameter of their own."},
    {"QUERY_TAG", T::kString, "", false, true, "",
     "Text kept with each statement of the session."},
    {"QUOTED_IDENTIFIERS_IGNORE_CASE", T::kBoolean, "false", false, true, "",
     "Quoted names fold to upper case too."},
    {"ROWS_PER_RESULTSET", T::kNumber, "0", false, true, "0..9223372036854775807",
     "Most rows that a query returns; 0 is no maximum."},
    {"S3_STAGE_VPCE_DNS_NAME", T::kString, "", false, false, "",
     "Endpoint of internal stages."},
    {"SEARCH_PATH", T::kString, "$current, $public", false, false, "",
     "Schemas in which unqualified names are looked up."},
    {"SERVICE_NAME", T::kString, "", true, true, "",
     "Read by drivers; not documented."},
    {"SIMULATED_DATA_SHARING_CONSUMER", T::kString, "", false, false, "",
     "Account that secure views are tested for."},
    {"SNOWPARK_REQUEST_TIMEOUT_IN_SECONDS", T::kNumber, "86400", true, true, "",
     "Read by drivers; not documented."},
    {"SNOWPARK_USE_SCOPED_TEMP_OBJECTS", T::kBoolean, "true", true, true, "",
     "Read by drivers; not documented."},
    {"STATEMENT_QUEUED_TIMEOUT_IN_SECONDS", T::kNumber, "0", false, false, "0..604800",
     "Seconds that a statement may wait for a warehouse."},
    {"STATEMENT_TIMEOUT_IN_SECONDS", T::kNumber, "14400", false, true, "0..604800",
     "Seconds after which a statement is canceled. Firn begins with 4 hours."},
    {"STRICT_JSON_OUTPUT", T::kBoolean, "false", false, false, "",
     "JSON output is strict."},
    {"TIMESTAMP_DAY_IS_ALWAYS_24H", T::kBoolean, "false", false, false, "",
     "DATEADD by days adds 24 hours."},
    {"TIMESTAMP_INPUT_FORMAT", T::kString, "AUTO", false, true, "",
     "How text is read as a timestamp."},
    {"TIMESTAMP_LTZ_OUTPUT_FORMAT", T::kString, "", true, true, "",
     "How TIMESTAMP_LTZ is written as text; empty means TIMESTAMP_OUTPUT_FORMAT."},
    {"TIMESTAMP_NTZ_OUTPUT_FORMAT", T::kString, "YYYY-MM-DD HH24:MI:SS.FF3", true, true, "",
     "How TIMESTAMP_NTZ is written as text."},
    {"TIMESTAMP_OUTPUT_FORMAT", T::kString, "YYYY-MM-DD HH24:MI:SS.FF3 TZHTZM", true, true, "",
     "How timestamps without a format of their own are written as text."},
    {"TIMESTAMP_TYPE_MAPPING", T::kString, "TIMESTAMP_NTZ", false, true, "TIMESTAMP_LTZ TIMESTAMP_NTZ TIMESTAMP_TZ",
     "The type that TIMESTAMP means."},
    {"TIMESTAMP_TZ_OUTPUT_FORMAT", T::kString, "", true, true, "",
     "How TIMESTAMP_TZ is written as text; empty means TIMESTAMP_OUTPUT_FORMAT."},
    {"TIMEZONE", T::kString, "America/Los_Angeles", true, true, "",
     "Time zone of the session: an IANA name."},
    {"TIME_INPUT_FORMAT", T::kString, "AUTO", false, true, "",
     "How text is read as TIME."},
    {"TIME_OUTPUT_FORMAT", T::kString, "HH24:MI:SS", true, true, "",
     "How TIME is written as text."},
    {"TRACE_LEVEL", T::kString, "OFF", false, false, "ALWAYS ON_EVENT OFF",
     "Level of traces in the event table."},
    {"TRANSACTION_ABORT_ON_ERROR", T::kBoolean, "false", false, false, "",
     "An error ends an open transaction."},
    {"TRANSACTION_DEFAULT_ISOLATION_LEVEL", T::kString, "READ COMMITTED", false, false, "",
     "Isolation level of transactions."},
    {"TWO_DIGIT_CENTURY_START", T::kNumber, "1970", false, true, "1900..2100",
     "First year of the century that two-digit years fall in."},
    {"UNSUPPORTED_DDL_ACTION", T::kString, "IGNORE", false, false, "IGNORE FAIL",
     "What unsupported clauses of DDL do."},
    {"USE_CACHED_RESULT", T::kBoolean, "true", false, false, "",
     "Repeated queries may be answered from the result of the first; Firn runs them."},
    {"VARCHAR_AND_BINARY_MAX_SIZE_IN_RESULT", T::kNumber, "134217728", true, true, "",
     "Read by drivers; not documented."},
    {"VARIANT_MAX_SIZE_IN_RESULT", T::kNumber, "134217728", true, true, "",
     "Read by drivers; not documented."},
    {"WEEK_OF_YEAR_POLICY", T::kNumber, "0", false, true, "0..1",
     "Which week of a year is the first."},
    {"WEEK_START", T::kNumber, "0", false, true, "0..7",
     "First day of the week; 0 and 1 are Monday, 7 is Sunday."},
});
// clang-format on

constexpr size_t kParameterBytesMax = 2000;  ///< Snowflake's limit of QUERY_TAG; the longest of all
constexpr const char* kZoneFolder = "/usr/share/zoneinfo";

/// The allowed word that equals `value` in any case, or nullopt.
std::optional<std::string> AllowedWord(std::string_view words, std::string_view value) {
  while (!words.empty()) {
    size_t end = std::min(words.find(' '), words.size());
    if (EqualsIgnoreCase(words.substr(0, end), value)) return std::string(words.substr(0, end));
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return std::nullopt;
}

std::optional<std::string> NormalBoolean(std::string_view value) {
  std::string word = Lower(value);
  if (word == "true" || word == "on" || word == "yes" || word == "1" || word == "t" || word == "y") return "true";
  if (word == "false" || word == "off" || word == "no" || word == "0" || word == "f" || word == "n") return "false";
  return std::nullopt;
}

std::optional<int64_t> ParseNumber(std::string_view text) {
  int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::string> NormalNumber(std::string_view allowed, std::string_view value) {
  std::optional<int64_t> number = ParseNumber(value);
  if (!number) return std::nullopt;
  std::string text = std::to_string(*number);
  if (allowed.empty()) return text;
  size_t dots = allowed.find("..");
  if (dots == std::string_view::npos) return AllowedWord(allowed, text);
  int64_t low = ParseNumber(allowed.substr(0, dots)).value_or(0);
  int64_t high = ParseNumber(allowed.substr(dots + 2)).value_or(0);
  if (*number < low || *number > high) return std::nullopt;
  return text;
}

/// Names are case-sensitive, as in Snowflake. Where the machine has no zone files, only the form is checked.
bool IsZone(std::string_view name) {
  if (name.empty() || name.front() == '/' || name.find("..") != std::string_view::npos) return false;
  bool form = std::all_of(name.begin(), name.end(),
                          [](unsigned char c) { return isalnum(c) || c == '/' || c == '_' || c == '-' || c == '+'; });
  if (!form) return false;
  std::error_code error;
  if (!std::filesystem::is_directory(kZoneFolder, error)) return true;
  return std::filesystem::is_regular_file(std::filesystem::path(kZoneFolder) / name, error);
}

std::optional<std::string> Normal(const ParameterRow& row, std::string_view value) {
  if (value.size() > kParameterBytesMax) return std::nullopt;
  switch (row.type) {
    case T::kBoolean:
      return NormalBoolean(value);
    case T::kNumber:
      return NormalNumber(row.allowed, value);
    case T::kString:
      break;
  }
  std::string_view name = row.name;
  if (name == "TIMEZONE" && !IsZone(value)) return std::nullopt;
  std::string_view allowed = row.allowed;
  if (allowed.empty() || (value.empty() && *row.default_value == '\0')) return std::string(value);
  return AllowedWord(allowed, value);
}

}  // namespace

std::span<const ParameterRow> Parameters() { return kParameters; }

const ParameterRow* FindParameter(std::string_view name) {
  auto find = [](std::string_view key) -> const ParameterRow* {
    auto at = std::lower_bound(kParameters.begin(), kParameters.end(), key,
                               [](const ParameterRow& row, std::string_view wanted) { return row.name < wanted; });
    return at != kParameters.end() && at->name == key ? &*at : nullptr;
  };
  // Most callers know the name as it is written: no copy for them.
  if (const ParameterRow* row = find(name)) return row;
  return find(Upper(name));
}

Status ParameterValues::Set(std::string_view name, std::string_view value) {
  const ParameterRow* row = FindParameter(name);
  if (row == nullptr) return Error(errors::kInvalidOption, {std::string(name), "SESSION"});
  std::optional<std::string> normal = Normal(*row, value);
  if (!normal) return Error(errors::kInvalidValue, {std::string(value), row->name});
  values_[row->name] = *std::move(normal);
  of_request_.erase(row->name);
  return Ok();
}

Status ParameterValues::SetForRequest(std::string_view name, std::string_view value) {
  const ParameterRow* row = FindParameter(name);
  if (row == nullptr) return Error(errors::kInvalidOption, {std::string(name), "SESSION"});
  std::optional<std::string> normal = Normal(*row, value);
  if (!normal) return Error(errors::kInvalidValue, {std::string(value), row->name});
  of_request_[row->name] = *std::move(normal);
  return Ok();
}

Status ParameterValues::Unset(std::string_view name) {
  const ParameterRow* row = FindParameter(name);
  if (row == nullptr) return Error(errors::kInvalidOption, {std::string(name), "SESSION"});
  values_.erase(row->name);
  of_request_.erase(row->name);
  return Ok();
}

std::string ParameterValues::Get(std::string_view name) const {
  const ParameterRow* row = FindParameter(name);
  if (row == nullptr) return {};
  if (auto of_request = of_request_.find(row->name); of_request != of_request_.end()) return of_request->second;
  auto found = values_.find(row->name);
  return found != values_.end() ? found->second : row->default_value;
}

int64_t ParameterValues::GetNumber(std::string_view name) const { return ParseNumber(Get(name)).value_or(0); }

bool ParameterValues::IsSet(std::string_view name) const {
  const ParameterRow* row = FindParameter(name);
  return row != nullptr && values_.contains(row->name);
}

}  // namespace firn::session
