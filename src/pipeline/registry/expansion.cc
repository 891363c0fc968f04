#include "pipeline/registry/expansion.h"

#include <algorithm>
#include <set>

#include "base/errors.h"
#include "pipeline/registry/units.h"
#include "sql/printer.h"
#include "sql/words.h"

namespace firn::pipeline {

namespace {

using statements::Define;
using statements::TogetherStep;

std::string Line(const std::string& before, const std::string& text) { return (before.empty() ? "" : ",\n  ") + text; }

template <class Columns>
std::string List(const Columns& columns, const std::string& prefix = "", const std::string& between = ", ") {
  std::string text;
  for (const auto& column : columns) text += (text.empty() ? "" : between) + prefix + SqlName(column);
  return text;
}

std::string Options(const PipelineSpec& spec) { return spec.format == TableFormat::kDelta ? " DELTA = TRUE" : ""; }

std::string TypeText(const SqlType& type) { return type.id == TypeId::kInteger ? "BIGINT" : type.Text(); }

std::string PlainColumns(std::span<const PlainColumn> columns) {
  std::string text;
  for (const PlainColumn& column : columns) {
    text += Line(text, SqlName(column.name) + " " + std::string(column.type));
  }
  return text;
}

/// A column's value out of an event.
std::string FromEvent(const ColumnRule& column) {
  return "GET_IGNORE_CASE(_RAW, " + sql::QuoteText(column.name) + ")::" + TypeText(column.type) + " AS " +
         SqlName(column.name);
}

std::vector<std::string> DeclaredNames(const PipelineSpec& spec) {
  std::vector<std::string> names;
  for (const ColumnRule& column : spec.columns) names.push_back(column.name);
  return names;
}

/// s is newer than t by (order_by…, _seq).
std::string Newer(const PipelineSpec& spec) {
  std::string text, equal;
  std::vector<std::string> order = spec.order_by;
  order.emplace_back(kSilverColumns[0].name);
  for (const std::string& column : order) {
    const std::string name = SqlName(column);
    text += (text.empty() ? "" : " OR ") + (equal.empty() ? "" : "(" + equal) + "s." + name + " > t." + name +
            (equal.empty() ? "" : ")");
    equal += "s." + name + " = t." + name + " AND ";
  }
  return order.size() == 1 ? text : "(" + text + ")";
}

std::string KeysEqual(const std::vector<std::string>& keys) {
  std::string text;
  for (const std::string& key : keys) {
    text += (text.empty() ? "t." : " AND t.") + SqlName(key) + " = s." + SqlName(key);
  }
  return text;
}

/// The newest event of each key, with `_DELETED`.
std::string NewestEvents(const PipelineSpec& spec, const ObjectNames& names) {
  std::string text = "  SELECT ";
  for (const ColumnRule& column : spec.columns) {
    text += (&column == spec.columns.data() ? "" : ",\n         ") + FromEvent(column);
  }
  text += ",\n         _SEQ, _OP, COALESCE(" + (spec.delete_when.empty() ? "_OP = 'd'" : spec.delete_when) +
          ", FALSE) AS _DELETED\n  FROM " + names.In(kBronzeSchema, names.stream) +
          "\n  QUALIFY ROW_NUMBER() OVER (PARTITION BY " + List(spec.KeyColumns()) + " ORDER BY ";
  for (const std::string& column : spec.order_by) text += SqlName(column) + " DESC, ";
  return text + "_SEQ DESC) = 1";
}

std::string UpdateList(const PipelineSpec& spec) {
  std::string text;
  for (const ColumnRule& column : spec.columns) {
    if (column.key) continue;
    const std::string name = SqlName(column.name);
    const bool keep = spec.on_missing == OnMissing::kKeep && !column.order;
    text += name + " = " + (keep ? "COALESCE(s." + name + ", t." + name + ")" : "s." + name) + ", ";
  }
  return text + "_SEQ = s._SEQ, _UPDATED_AT = CURRENT_TIMESTAMP()";
}

bool HasDeclaredColumns(const PipelineSpec& spec) { return !spec.columns.empty(); }

/// The place of `word` in `text` as a name of its own, in any case.
bool Mentions(const std::string& text, const std::string& word) {
  const std::string upper = Upper(text);
  auto part = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$'; };
  for (size_t at = upper.find(word); at != std::string::npos; at = upper.find(word, at + 1)) {
    const size_t end = at + word.size();
    if ((at == 0 || !part(upper[at - 1])) && (end == upper.size() || !part(upper[end]))) return true;
  }
  return false;
}

}  // namespace

std::string SqlName(std::string_view name) {
  auto fits = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$'; };
  const bool bare = !name.empty() && std::ranges::all_of(name, fits) && name[0] != '$' &&
                    !(name[0] >= '0' && name[0] <= '9') && !sql::IsReserved(name) && !sql::IsNoColumn(name) &&
                    !sql::IsBareFunction(name) && !sql::IsJoinWord(name);
  return bare ? std::string(name) : sql::QuoteIdent(name);
}

ObjectNames::ObjectNames(const PipelineSpec& spec)
    : database(spec.domain),
      bronze(spec.table),
      errors(spec.table + "__ERRORS"),
      pipe(spec.table),
      stream(spec.table + "_S"),
      silver(spec.table),
      deleted(spec.table + "__DELETED"),
      merge_task(spec.table + "_MERGE"),
      replay_stream(spec.table + "__REBUILD_S"),
      new_silver(spec.table + "__REBUILD"),
      new_deleted(spec.table + "__REBUILD__DELETED") {}

std::string ObjectNames::In(const char* schema, const std::string& name) const {
  return SqlName(database) + "." + schema + "." + SqlName(name);
}

std::string GoldTaskName(const GoldSpec& gold) { return gold.name + "_T"; }

std::string BronzeColumnsSql() { return PlainColumns(kBronzeColumns); }

std::string SilverColumnsSql(const PipelineSpec& spec) {
  std::string text;
  for (const ColumnRule& column : spec.columns) {
    text += Line(text, SqlName(column.name) + " " + TypeText(column.type) + (column.required ? " NOT NULL" : ""));
  }
  text += Line(text, PlainColumns(kSilverColumns));
  if (spec.merge == MergeType::kScd2) text += Line(text, PlainColumns(kScdColumns));
  if (spec.evolve.mode == EvolveMode::kRescue) text += Line(text, PlainColumns({&kRescuedColumn, 1}));
  std::vector<std::string> keys = spec.KeyColumns();
  // A key has many versions under scd2; of appended rows it says nothing.
  if (spec.merge == MergeType::kScd2) keys.emplace_back(kScdColumns[0].name);
  if (!keys.empty() && spec.merge != MergeType::kAppend) text += ",\n  PRIMARY KEY (" + List(keys) + ")";
  return text;
}

std::string MergeSql(const PipelineSpec& spec) {
  const ObjectNames names(spec);
  const std::string silver = names.In(kSilverSchema, names.silver);
  std::vector<std::string> columns = DeclaredNames(spec);
  const std::string into = (columns.empty() ? "" : List(columns) + ", ") + "_SEQ, _UPDATED_AT";
  if (spec.merge == MergeType::kAppend) {
    std::string text = "INSERT INTO " + silver + " (" + into + ")\n  SELECT ";
    for (const ColumnRule& column : spec.columns) {
      text += (spec.mode == PipelineMode::kRaw ? SqlName(column.name) : FromEvent(column)) + ",\n         ";
    }
    return text + "_SEQ, CURRENT_TIMESTAMP()\n  FROM " + names.In(kBronzeSchema, names.stream);
  }
  std::string text =
      "MERGE INTO " + silver + " t USING (\n" + NewestEvents(spec, names) + ") s\nON " + KeysEqual(spec.KeyColumns());
  const std::string values = List(columns, "s.") + ", s._SEQ, CURRENT_TIMESTAMP()";
  if (spec.merge == MergeType::kScd2) {
    const std::string from = spec.order_by.empty() ? "CURRENT_TIMESTAMP()" : "s." + SqlName(spec.order_by[0]);
    return text + " AND t._IS_CURRENT\nWHEN MATCHED AND " + Newer(spec) + " THEN UPDATE SET _VALID_TO = " + from +
           ", _IS_CURRENT = FALSE\nWHEN NOT MATCHED AND NOT s._DELETED THEN INSERT (" + into +
           ", _VALID_FROM, _VALID_TO, _IS_CURRENT)\n  VALUES (" + values + ", " + from + ", NULL, TRUE)";
  }
  return text + "\nWHEN MATCHED AND " + Newer(spec) + " AND s._DELETED THEN DELETE\nWHEN MATCHED AND " + Newer(spec) +
         " THEN UPDATE SET " + UpdateList(spec) + "\nWHEN NOT MATCHED AND NOT s._DELETED THEN INSERT (" + into +
         ")\n  VALUES (" + values + ")";
}

std::string GoldTaskSql(const PipelineSpec& spec, const GoldSpec& gold, const std::vector<std::string>& columns) {
  const std::string table = ObjectNames(spec).In(kGoldSchema, gold.name);
  const std::string all = List(columns);
  switch (gold.mode) {
    case GoldMode::kOverwrite:
      return "INSERT OVERWRITE INTO " + table + " (" + all + ")\n" + gold.query;
    case GoldMode::kAppend:
      return "INSERT INTO " + table + " (" + all + ")\n" + gold.query;
    case GoldMode::kPartitionOverwrite: {
      std::string same;
      for (const std::string& key : gold.key) {
        same += (same.empty() ? "q." : " AND q.") + SqlName(key) + " IS NOT DISTINCT FROM t." + SqlName(key);
      }
      return "INSERT OVERWRITE INTO " + table + " (" + all + ")\nWITH q AS (" + gold.query + ")\nSELECT " + all +
             " FROM q\nUNION ALL\nSELECT " + all + " FROM " + table + " t WHERE NOT EXISTS (SELECT 1 FROM q WHERE " +
             same + ")";
    }
    case GoldMode::kMerge:
      break;
  }
  std::string set;
  for (const std::string& column : columns) {
    if (std::ranges::find(gold.key, column) != gold.key.end()) continue;
    set += (set.empty() ? "" : ", ") + SqlName(column) + " = s." + SqlName(column);
  }
  std::string text = "MERGE INTO " + table + " t USING (" + gold.query + ") s\nON " + KeysEqual(gold.key);
  if (!set.empty()) text += "\nWHEN MATCHED THEN UPDATE SET " + set;
  return text + "\nWHEN NOT MATCHED THEN INSERT (" + all + ") VALUES (" + List(columns, "s.") + ")";
}

std::vector<const GoldSpec*> GoldInOrder(const PipelineSpec& spec) {
  std::vector<const GoldSpec*> left, ordered;
  for (const GoldSpec& gold : spec.gold) left.push_back(&gold);
  auto needs = [](const GoldSpec& one, const GoldSpec& other) {
    const std::string name = std::string(kGoldSchema) + "." + Upper(other.name);
    if (&one == &other) return false;
    if (Mentions(one.query, name)) return true;
    return std::ranges::any_of(one.after, [&](const std::string& after) { return Mentions(after, name); });
  };
  while (!left.empty()) {
    auto free = std::ranges::find_if(left, [&](const GoldSpec* one) {
      return std::ranges::none_of(left, [&](const GoldSpec* other) { return needs(*one, *other); });
    });
    if (free == left.end()) free = left.begin();  // a circle: its first statement says what is missing
    ordered.push_back(*free);
    left.erase(free);
  }
  return ordered;
}

std::vector<TogetherStep> BronzeSteps(const PipelineSpec& spec) {
  const ObjectNames names(spec);
  std::vector<TogetherStep> steps;
  steps.push_back(Define("CREATE DATABASE IF NOT EXISTS " + SqlName(names.database)));
  for (const char* schema : {kBronzeSchema, kSilverSchema, kGoldSchema}) {
    steps.push_back(Define("CREATE SCHEMA IF NOT EXISTS " + SqlName(names.database) + "." + schema));
  }
  const std::string bronze = names.In(kBronzeSchema, names.bronze);
  steps.push_back(Define("CREATE ICEBERG TABLE " + bronze + " (\n  " + BronzeColumnsSql() + ")" + Options(spec) +
                         " ERROR_LOGGING = TRUE"));
  steps.push_back(Define("CREATE ICEBERG TABLE " + names.In(kBronzeSchema, names.errors) + " (\n  " +
                         PlainColumns(kErrorColumns) + ")"));
  steps.push_back(Define("CREATE PIPE " + names.In(kBronzeSchema, names.pipe) + " AS COPY INTO " + bronze +
                         " FROM (SELECT * FROM TABLE(DATA_SOURCE(TYPE => 'STREAMING')))"));
  return steps;
}

std::vector<TogetherStep> SilverSteps(const PipelineSpec& spec, bool aside) {
  const ObjectNames names(spec);
  const std::string silver = names.In(kSilverSchema, aside ? names.new_silver : names.silver);
  const std::string deleted = names.In(kSilverSchema, aside ? names.new_deleted : names.deleted);
  std::vector<TogetherStep> steps;
  steps.push_back(Define("CREATE OR REPLACE ICEBERG TABLE " + silver + " (\n  " + SilverColumnsSql(spec) + ")" +
                         Options(spec) + " ENABLE_SCHEMA_EVOLUTION = " +
                         (spec.evolve.mode == EvolveMode::kEvolve ? "TRUE" : "FALSE") + " ERROR_LOGGING = TRUE"));
  if (spec.merge == MergeType::kAppend) return steps;
  std::string columns;
  std::set<std::string> taken;
  for (const ColumnRule& column : spec.columns) {
    if (!column.key && !column.order) continue;
    columns += Line(columns, SqlName(column.name) + " " + TypeText(column.type) + (column.key ? " NOT NULL" : ""));
  }
  columns +=
      Line(columns, PlainColumns({kSilverColumns.data(), 1})) + Line(columns, PlainColumns({&kDeletedAtColumn, 1}));
  steps.push_back(Define("CREATE OR REPLACE ICEBERG TABLE " + deleted + " (\n  " + columns + ",\n  PRIMARY KEY (" +
                         List(spec.KeyColumns()) + "))"));
  return steps;
}

TogetherStep StreamStep(const PipelineSpec& spec, const std::string& name) {
  const ObjectNames names(spec);
  return Define("CREATE OR REPLACE STREAM " + names.In(kBronzeSchema, name) + " ON TABLE " +
                names.In(kBronzeSchema, names.bronze) + " APPEND_ONLY = TRUE SHOW_INITIAL_ROWS = TRUE");
}

std::vector<TogetherStep> MergeSteps(const PipelineSpec& spec) {
  const ObjectNames names(spec);
  const std::string stream = names.In(kBronzeSchema, names.stream);
  const std::string task = names.In(kSilverSchema, names.merge_task);
  std::vector<TogetherStep> steps;
  steps.push_back(StreamStep(spec, names.stream));
  const Micros seconds = std::max<Micros>(spec.target_lag / 1000000, 1);
  steps.push_back(Define("CREATE OR REPLACE TASK " + task + " TARGET_COMPLETION_INTERVAL = '" +
                         std::to_string(seconds) + " SECONDS'\n  WHEN SYSTEM$STREAM_HAS_DATA(" +
                         sql::QuoteText(stream) + ") AS\n" + MergeSql(spec)));
  steps.push_back(Define("ALTER TASK " + task + " RESUME"));
  return steps;
}

std::vector<TogetherStep> GoldSteps(const PipelineSpec& spec, const GoldSpec& gold) {
  const ObjectNames names(spec);
  const std::string table = names.In(kGoldSchema, gold.name);
  std::vector<TogetherStep> steps;
  if (gold.lag) {
    steps.push_back(Define("CREATE OR REPLACE DYNAMIC TABLE " + table + " TARGET_LAG = '" +
                           std::to_string(*gold.lag / 1000000) +
                           " seconds' WAREHOUSE = COMPUTE_WH REFRESH_MODE = AUTO" + Options(spec) +
                           " INITIALIZE = ON_SCHEDULE AS\n" + gold.query));
    return steps;
  }
  steps.push_back(Define("CREATE OR REPLACE ICEBERG TABLE " + table + Options(spec) + " AS SELECT * FROM (" +
                         gold.query + "\n) LIMIT 0"));
  const std::string task = names.In(kGoldSchema, GoldTaskName(gold));
  std::string head = "CREATE OR REPLACE TASK " + task;
  if (!gold.schedule.empty()) head += " SCHEDULE = " + sql::QuoteText(gold.schedule);
  for (size_t i = 0; i < gold.after.size(); ++i) head += (i == 0 ? " AFTER " : ", ") + gold.after[i] + "_T";
  TogetherStep step;
  step.text = [&spec, &gold, head, names](const catalog::CatalogState& so_far) -> Result<std::string> {
    auto made = so_far.InSchema(names.database, kGoldSchema, catalog::ObjectKind::kTable, gold.name);
    if (!made) return Error(errors::kObjectNotFound, {gold.name});
    std::vector<std::string> columns;
    for (const catalog::ColumnInfo& column : made->As<catalog::TableInfo>()->columns) columns.push_back(column.name);
    for (const std::string& key : gold.key) {
      if (std::ranges::find(columns, key) != columns.end()) continue;
      return Error(errors::kInvalidInput, {"gold." + gold.name + ": the query has no column " + key});
    }
    return head + " AS\n" + GoldTaskSql(spec, gold, columns);
  };
  steps.push_back(std::move(step));
  if (!gold.schedule.empty() || !gold.after.empty()) steps.push_back(Define("ALTER TASK " + task + " RESUME"));
  return steps;
}

std::vector<TogetherStep> CheckSteps(const PipelineSpec& spec) {
  std::vector<TogetherStep> steps;
  // What is inferred later is not there to be named.
  if (spec.mode == PipelineMode::kInfer || !HasDeclaredColumns(spec)) return steps;
  std::string columns;
  for (const ColumnRule& column : spec.columns) {
    columns += "CAST(NULL AS " + TypeText(column.type) + ") AS " + SqlName(column.name) + ", ";
  }
  const std::string from =
      " FROM (SELECT " + columns + "CAST(NULL AS VARCHAR) AS _OP, CAST(NULL AS NUMBER(19,0)) AS _SEQ)";
  for (const Expectation& one : spec.expectations) {
    steps.push_back(statements::Check("SELECT CAST((" + one.check + ") AS BOOLEAN)" + from));
  }
  if (!spec.delete_when.empty()) {
    steps.push_back(statements::Check("SELECT CAST((" + spec.delete_when + ") AS BOOLEAN)" + from));
  }
  return steps;
}

}  // namespace firn::pipeline
