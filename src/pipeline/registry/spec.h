// PipelineSpec: a pipeline as its YAML says it (pipeline contract 9.1), checked and complete. PipeInfo::pipeline keeps
// it as canonical JSON (spec_json.h); objects in the catalog are made from it (expansion.h). Values; any thread.
//
// The objects of the pipeline "sales.orders" (identifiers are folded to upper case as in unquoted SQL):
//   SALES.BRONZE.ORDERS           table of kBronzeColumns, rows in order of `_seq`
//   SALES.BRONZE.ORDERS__ERRORS   table of kErrorColumns: the quarantine, ERROR_TABLE(sales.bronze.orders)
//   SALES.BRONZE.ORDERS           pipe; its PipeInfo::pipeline is the spec
//   SALES.BRONZE.ORDERS_S         append-only stream on the bronze table; the merge moves its offset
//   SALES.SILVER.ORDERS           table of the declared columns, `_seq`, `_updated_at` (scd2: kScdColumns too)
//   SALES.SILVER.ORDERS_MERGE     task on the stream
//   SALES.SILVER.ORDERS__DELETED  table of the key, the order_by columns, `_seq`, `_deleted_at`: tombstones of upsert
//   SALES.GOLD.<name>             a dynamic table (target_lag) or a table and the task SALES.GOLD.<name>_T
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/types.h"
#include "pipeline/ingest/row_rules.h"

namespace firn::pipeline {

struct PlainColumn {
  std::string_view name;
  std::string_view type;  ///< as in SQL
};
inline constexpr std::array<PlainColumn, 8> kBronzeColumns = {{
    {"_SEQ", "NUMBER(19,0)"},
    {"_INGESTED_AT", "TIMESTAMP_LTZ(6)"},
    {"_BATCH_ID", "VARCHAR"},
    {"_CHANNEL", "VARCHAR"},
    {"_OFFSET", "VARCHAR"},
    {"_OP", "VARCHAR"},
    {"_SCHEMA_VERSION", "NUMBER(10,0)"},
    {"_RAW", "VARIANT"},
}};
/// `_RAW` is the row's bytes as they came; `_STATUS` is open, replayed or discarded; `_STAGE` is ingest or merge.
inline constexpr std::array<PlainColumn, 11> kErrorColumns = {{
    {"_TIME", "TIMESTAMP_LTZ(6)"},
    {"_BATCH_ID", "VARCHAR"},
    {"_SEQ", "NUMBER(19,0)"},
    {"_OP", "VARCHAR"},
    {"_STAGE", "VARCHAR"},
    {"_CODE", "VARCHAR"},
    {"_COLUMN", "VARCHAR"},
    {"_MESSAGE", "VARCHAR"},
    {"_RAW", "BINARY"},
    {"_SCHEMA_VERSION", "NUMBER(10,0)"},
    {"_STATUS", "VARCHAR"},
}};
/// After the declared columns of every silver table.
inline constexpr std::array<PlainColumn, 2> kSilverColumns = {{
    {"_SEQ", "BIGINT"},
    {"_UPDATED_AT", "TIMESTAMP_LTZ(6)"},
}};
/// After the key, the order_by columns and `_SEQ` of `<T>__DELETED`.
inline constexpr PlainColumn kDeletedAtColumn = {"_DELETED_AT", "TIMESTAMP_LTZ(6)"};
/// The one declared column of PipelineMode::kRaw.
inline constexpr PlainColumn kRawColumn = {"_RAW", "VARIANT"};
/// Of silver tables of MergeType::kScd2, after `_seq` and `_updated_at`.
inline constexpr std::array<PlainColumn, 3> kScdColumns = {{
    {"_VALID_FROM", "TIMESTAMP_LTZ(6)"},
    {"_VALID_TO", "TIMESTAMP_LTZ(6)"},
    {"_IS_CURRENT", "BOOLEAN"},
}};
/// In silver tables of EvolveMode::kRescue.
inline constexpr PlainColumn kRescuedColumn = {"_RESCUED", "VARIANT"};

enum class PipelineMode : uint8_t { kManual, kInfer, kRaw };  ///< raw: no silver columns but `_RAW`
enum class MergeType : uint8_t { kAppend, kUpsert, kScd2, kSnapshot };
enum class OnMissing : uint8_t { kNull, kKeep };
enum class OnViolation : uint8_t { kWarn, kQuarantine, kFail };
enum class TableFormat : uint8_t { kIceberg, kDelta };
enum class Durability : uint8_t { kFsync, kObject, kMemory };

struct Expectation {
  std::string name;
  std::string check;  ///< SQL over the declared columns, `_op` and `_seq`; NULL counts as satisfied
  OnViolation on_violation = OnViolation::kQuarantine;
};

struct FlushLimits {
  uint64_t bytes = 64ULL << 20;
  uint64_t rows = 500000;
  Micros delay = 5000000;
};

struct Retention {
  Micros bronze = Micros{30} * 24 * 3600 * 1000000;
  Micros quarantine = Micros{30} * 24 * 3600 * 1000000;
  Micros tombstones = Micros{7} * 24 * 3600 * 1000000;
};

enum class GoldMode : uint8_t { kOverwrite, kAppend, kMerge, kPartitionOverwrite };
struct GoldSpec {
  std::string name;
  std::string query;
  std::string schedule;            ///< "USING CRON …" or "5 MINUTES"; else one of the next two, or none: by hand
  std::optional<Micros> lag;       ///< target_lag: a dynamic table
  std::vector<std::string> after;  ///< "sales.gold.x"
  GoldMode mode = GoldMode::kOverwrite;
  std::vector<std::string> key;  ///< of kMerge; the partition columns of kPartitionOverwrite
};

struct PipelineSpec {
  std::string domain;  ///< the database: "SALES"
  std::string table;   ///< "ORDERS"
  PipelineMode mode = PipelineMode::kManual;
  std::vector<ColumnRule> columns;
  MergeType merge = MergeType::kAppend;
  std::vector<std::string> order_by;  ///< column names; `_SEQ` always follows
  std::string delete_when;            ///< SQL over the declared columns and `_op`; "": `_op = 'd'`
  OnMissing on_missing = OnMissing::kNull;
  RowPolicy evolve;
  bool rescue_incompatible = false;  ///< evolve.incompatible: rescue
  std::vector<Expectation> expectations;
  TableFormat format = TableFormat::kIceberg;
  Durability durability = Durability::kFsync;
  FlushLimits flush;
  Micros target_lag = 10000000;
  Retention retention;
  std::string time_zone = "UTC";  ///< of timestamps without zone
  std::vector<GoldSpec> gold;

  std::vector<std::string> KeyColumns() const;
  RowRules Rules() const { return RowRules(columns, evolve); }
};

}  // namespace firn::pipeline
