#include "sql/words.h"

#include <algorithm>
#include <array>

#include "base/types.h"

namespace firn::sql {

namespace {

constexpr std::array kReserved = {
    "ALL",    "ALTER",   "AND",     "ANY",      "AS",     "BETWEEN",   "BY",     "CHECK",     "COLUMN",  "CONNECT",
    "CREATE", "CURRENT", "DELETE",  "DISTINCT", "DROP",   "ELSE",      "EXISTS", "FOLLOWING", "FOR",     "FROM",
    "GRANT",  "GROUP",   "HAVING",  "ILIKE",    "IN",     "INCREMENT", "INSERT", "INTERSECT", "INTO",    "IS",
    "LIKE",   "MINUS",   "NOT",     "NULL",     "OF",     "ON",        "OR",     "ORDER",     "QUALIFY", "REGEXP",
    "REVOKE", "RLIKE",   "ROW",     "ROWS",     "SELECT", "SET",       "SOME",   "START",     "TABLE",   "TABLESAMPLE",
    "THEN",   "TO",      "TRIGGER", "UNION",    "UNIQUE", "UPDATE",    "VALUES", "WHENEVER",  "WHERE",   "WITH",
};
constexpr std::array kNoColumn = {"CASE", "CAST", "CONSTRAINT", "DEFAULT", "TRY_CAST", "WHEN"};
constexpr std::array kJoinWords = {"ASOF", "CROSS",           "FULL",    "INNER", "JOIN", "LATERAL",
                                   "LEFT", "MATCH_CONDITION", "NATURAL", "RIGHT", "USING"};
constexpr std::array kReservedFunctions = {"ILIKE", "INSERT", "LIKE", "REGEXP", "RLIKE"};
constexpr std::array kBareFunctions = {"CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP",
                                       "CURRENT_USER", "LOCALTIME",    "LOCALTIMESTAMP"};

// clang-format off
constexpr std::array kKinds = {
  KindRow{"ACCOUNT",                   "ACCOUNTS",                    ObjectKind::kAccount},
  KindRow{"AGGREGATION POLICY",        "AGGREGATION POLICIES",        std::nullopt},
  KindRow{"ALERT",                     "ALERTS",                      std::nullopt},
  KindRow{"API INTEGRATION",           "API INTEGRATIONS",            std::nullopt},
  KindRow{"APPLICATION",               "APPLICATIONS",                std::nullopt},
  KindRow{"APPLICATION PACKAGE",       "APPLICATION PACKAGES",        std::nullopt},
  KindRow{"APPLICATION ROLE",          "APPLICATION ROLES",           std::nullopt},
  KindRow{"AUTHENTICATION POLICY",     "AUTHENTICATION POLICIES",     std::nullopt},
  KindRow{"CATALOG INTEGRATION",       "CATALOG INTEGRATIONS",        std::nullopt},
  KindRow{"COLUMN",                    "COLUMNS",                     ObjectKind::kColumn},
  KindRow{"COMPUTE POOL",              "COMPUTE POOLS",               std::nullopt},
  KindRow{"CONNECTION",                "CONNECTIONS",                 std::nullopt},
  KindRow{"CONTACT",                   "CONTACTS",                    std::nullopt},
  KindRow{"CORTEX SEARCH SERVICE",     "CORTEX SEARCH SERVICES",      std::nullopt},
  KindRow{"DATA METRIC FUNCTION",      "DATA METRIC FUNCTIONS",       std::nullopt},
  KindRow{"DATABASE",                  "DATABASES",                   ObjectKind::kDatabase},
  KindRow{"DATABASE ROLE",             "DATABASE ROLES",              std::nullopt},
  KindRow{"DATASET",                   "DATASETS",                    std::nullopt},
  KindRow{"DBT PROJECT",               "DBT PROJECTS",                std::nullopt},
  KindRow{"DYNAMIC TABLE",             "DYNAMIC TABLES",              ObjectKind::kDynamicTable},
  KindRow{"EVENT TABLE",               "EVENT TABLES",                std::nullopt},
  KindRow{"EXTERNAL ACCESS INTEGRATION", "EXTERNAL ACCESS INTEGRATIONS", std::nullopt},
  KindRow{"EXTERNAL FUNCTION",         "EXTERNAL FUNCTIONS",          std::nullopt},
  KindRow{"EXTERNAL TABLE",            "EXTERNAL TABLES",             ObjectKind::kExternalTable},
  KindRow{"EXTERNAL VOLUME",           "EXTERNAL VOLUMES",            std::nullopt},
  KindRow{"FAILOVER GROUP",            "FAILOVER GROUPS",             std::nullopt},
  KindRow{"FEATURE POLICY",            "FEATURE POLICIES",            std::nullopt},
  KindRow{"FILE FORMAT",               "FILE FORMATS",                ObjectKind::kFileFormat},
  KindRow{"FUNCTION",                  "FUNCTIONS",                   ObjectKind::kFunction},
  KindRow{"GIT REPOSITORY",            "GIT REPOSITORIES",            std::nullopt},
  KindRow{"HYBRID TABLE",              "HYBRID TABLES",               std::nullopt},
  KindRow{"ICEBERG TABLE",             "ICEBERG TABLES",              ObjectKind::kIcebergTable},
  KindRow{"IMAGE REPOSITORY",          "IMAGE REPOSITORIES",          std::nullopt},
  KindRow{"INDEX",                     "INDEXES",                     std::nullopt},
  KindRow{"INTEGRATION",               "INTEGRATIONS",                std::nullopt},
  KindRow{"JOIN POLICY",               "JOIN POLICIES",               std::nullopt},
  KindRow{"LISTING",                   "LISTINGS",                    std::nullopt},
  KindRow{"MANAGED ACCOUNT",           "MANAGED ACCOUNTS",            std::nullopt},
  KindRow{"MASKING POLICY",            "MASKING POLICIES",            std::nullopt},
  KindRow{"MATERIALIZED VIEW",         "MATERIALIZED VIEWS",          std::nullopt},
  KindRow{"MODEL",                     "MODELS",                      std::nullopt},
  KindRow{"NETWORK POLICY",            "NETWORK POLICIES",            std::nullopt},
  KindRow{"NETWORK RULE",              "NETWORK RULES",               std::nullopt},
  KindRow{"NOTEBOOK",                  "NOTEBOOKS",                   std::nullopt},
  KindRow{"NOTIFICATION INTEGRATION",  "NOTIFICATION INTEGRATIONS",   std::nullopt},
  KindRow{"ORGANIZATION ACCOUNT",      "ORGANIZATION ACCOUNTS",       std::nullopt},
  KindRow{"PACKAGES POLICY",           "PACKAGES POLICIES",           std::nullopt},
  KindRow{"PASSWORD POLICY",           "PASSWORD POLICIES",           std::nullopt},
  KindRow{"PIPE",                      "PIPES",                       ObjectKind::kPipe},
  KindRow{"PRIVACY POLICY",            "PRIVACY POLICIES",            std::nullopt},
  KindRow{"PROCEDURE",                 "PROCEDURES",                  ObjectKind::kProcedure},
  KindRow{"PROJECTION POLICY",         "PROJECTION POLICIES",         std::nullopt},
  KindRow{"REPLICATION GROUP",         "REPLICATION GROUPS",          std::nullopt},
  KindRow{"RESOURCE MONITOR",          "RESOURCE MONITORS",           std::nullopt},
  KindRow{"ROLE",                      "ROLES",                       ObjectKind::kRole},
  KindRow{"ROW ACCESS POLICY",         "ROW ACCESS POLICIES",         std::nullopt},
  KindRow{"SCHEMA",                    "SCHEMAS",                     ObjectKind::kSchema},
  KindRow{"SECRET",                    "SECRETS",                     std::nullopt},
  KindRow{"SECURITY INTEGRATION",      "SECURITY INTEGRATIONS",       std::nullopt},
  KindRow{"SEMANTIC VIEW",             "SEMANTIC VIEWS",              std::nullopt},
  KindRow{"SEQUENCE",                  "SEQUENCES",                   ObjectKind::kSequence},
  KindRow{"SERVICE",                   "SERVICES",                    std::nullopt},
  KindRow{"SESSION POLICY",            "SESSION POLICIES",            std::nullopt},
  KindRow{"SHARE",                     "SHARES",                      std::nullopt},
  KindRow{"SNAPSHOT",                  "SNAPSHOTS",                   std::nullopt},
  KindRow{"STAGE",                     "STAGES",                      ObjectKind::kStage},
  KindRow{"STORAGE INTEGRATION",       "STORAGE INTEGRATIONS",        std::nullopt},
  KindRow{"STORAGE LIFECYCLE POLICY",  "STORAGE LIFECYCLE POLICIES",  std::nullopt},
  KindRow{"STREAM",                    "STREAMS",                     ObjectKind::kStream},
  KindRow{"STREAMLIT",                 "STREAMLITS",                  std::nullopt},
  KindRow{"TABLE",                     "TABLES",                      ObjectKind::kTable},
  KindRow{"TAG",                       "TAGS",                        std::nullopt},
  KindRow{"TASK",                      "TASKS",                       ObjectKind::kTask},
  KindRow{"TYPE",                      "TYPES",                       std::nullopt},
  KindRow{"USER",                      "USERS",                       ObjectKind::kUser},
  KindRow{"VIEW",                      "VIEWS",                       ObjectKind::kView},
  KindRow{"WAREHOUSE",                 "WAREHOUSES",                  ObjectKind::kWarehouse},
};
// clang-format on

struct UnitRow {
  const char* unit;
  const char* words;  ///< blank-separated, lower case
};
constexpr UnitRow kUnits[] = {
    {"year", "year years y yy yyy yyyy yr yrs"},
    {"quarter", "quarter quarters q qtr qtrs"},
    {"month", "month months mm mon mons"},
    {"week", "week weeks w wk weekofyear woy wy"},
    {"day", "day days d dd dayofmonth"},
    {"hour", "hour hours h hh hr hrs"},
    {"minute", "minute minutes m mi min mins"},
    {"second", "second seconds s sec secs"},
    {"millisecond", "millisecond milliseconds ms msec"},
    {"microsecond", "microsecond microseconds us usec"},
    {"nanosecond", "nanosecond nanoseconds ns nsec nanosec nanosecs nsecond nseconds"},
};

template <size_t n>
bool Holds(const std::array<const char*, n>& sorted, std::string_view word) {
  if (word.size() > 20) return false;
  std::string upper = Upper(word);
  return std::binary_search(sorted.begin(), sorted.end(), std::string_view(upper),
                            [](std::string_view a, std::string_view b) { return a < b; });
}

}  // namespace

bool IsReserved(std::string_view word) { return Holds(kReserved, word); }
bool IsNoColumn(std::string_view word) { return Holds(kNoColumn, word); }
bool IsJoinWord(std::string_view word) { return Holds(kJoinWords, word); }
bool IsReservedFunction(std::string_view word) { return Holds(kReservedFunctions, word); }
bool IsBareFunction(std::string_view word) { return Holds(kBareFunctions, word); }

std::span<const KindRow> Kinds() { return kKinds; }

const char* KindWords(ObjectKind kind) {
  for (const KindRow& row : kKinds) {
    if (row.kind == kind) return row.words;
  }
  return "OBJECT";
}

std::string_view IntervalUnit(std::string_view word) {
  std::string lower = Lower(word);
  for (const UnitRow& row : kUnits) {
    std::string_view rest = row.words;
    while (!rest.empty()) {
      size_t end = std::min(rest.find(' '), rest.size());
      if (rest.substr(0, end) == lower) return row.unit;
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return {};
}

}  // namespace firn::sql
