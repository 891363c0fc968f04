// What people write as a PipelineSpec.
#include <algorithm>
#include <charconv>
#include <set>
#include <span>

#include "base/errors.h"
#include "base/schedule.h"
#include "pipeline/registry/document.h"
#include "pipeline/registry/spec_text.h"
#include "pipeline/registry/units.h"
#include "sql/parser.h"

namespace firn::pipeline {

namespace {

template <class Value>
struct Word {
  const char* text;
  Value value;
};
constexpr Word<PipelineMode> kModes[] = {{"manual", PipelineMode::kManual},
                                         {"infer", PipelineMode::kInfer},
                                         {"auto_inference", PipelineMode::kInfer},
                                         {"raw", PipelineMode::kRaw},
                                         {"single_column", PipelineMode::kRaw}};
constexpr Word<MergeType> kMerges[] = {{"append", MergeType::kAppend},
                                       {"upsert", MergeType::kUpsert},
                                       {"scd2", MergeType::kScd2},
                                       {"snapshot", MergeType::kSnapshot}};
constexpr Word<OnMissing> kOnMissing[] = {{"null", OnMissing::kNull}, {"keep", OnMissing::kKeep}};
constexpr Word<OnViolation> kOnViolation[] = {
    {"warn", OnViolation::kWarn}, {"quarantine", OnViolation::kQuarantine}, {"fail", OnViolation::kFail}};
constexpr Word<TableFormat> kFormats[] = {{"iceberg", TableFormat::kIceberg}, {"delta", TableFormat::kDelta}};
constexpr Word<Durability> kDurabilities[] = {
    {"fsync", Durability::kFsync}, {"object", Durability::kObject}, {"memory", Durability::kMemory}};
constexpr Word<GoldMode> kGoldModes[] = {{"overwrite", GoldMode::kOverwrite},
                                         {"append", GoldMode::kAppend},
                                         {"merge", GoldMode::kMerge},
                                         {"partition_overwrite", GoldMode::kPartitionOverwrite}};
constexpr Word<EvolveMode> kNewColumn[] = {{"add", EvolveMode::kEvolve},
                                           {"evolve", EvolveMode::kEvolve},
                                           {"freeze", EvolveMode::kFreeze},
                                           {"quarantine", EvolveMode::kFreeze},
                                           {"rescue", EvolveMode::kRescue}};
constexpr Word<bool> kWiden[] = {{"safe", true}, {"none", false}};
constexpr Word<bool> kIncompatible[] = {{"quarantine", false}, {"rescue", true}};
constexpr Word<bool> kTruth[] = {{"true", true}, {"false", false}};

/// Names that other systems have for a type.
constexpr std::pair<const char*, const char*> kTypeNames[] = {
    {"BOOL", "BOOLEAN"}, {"BYTES", "BINARY"}, {"FLOAT32", "FLOAT"}, {"FLOAT64", "FLOAT"},
    {"INT32", "BIGINT"}, {"INT64", "BIGINT"}, {"JSON", "VARIANT"},  {"LONG", "BIGINT"},
    {"STR", "VARCHAR"},  {"UTF8", "VARCHAR"}, {"UUID", "VARCHAR"}};

class SpecReader {
 public:
  Result<PipelineSpec> Read(const DocNode& root) {
    FIRN_TRY(TakeMap(root, "the pipeline",
                     {"pipeline", "mode", "columns", "merge", "evolve", "expect", "format", "durability", "flush",
                      "target_lag", "retention", "time_zone", "gold"}));
    FIRN_TRY(ReadName(root));
    FIRN_TRY(Take(root, "mode", kModes, &spec_.mode));
    FIRN_TRY(ReadColumns(root));
    FIRN_TRY(ReadMerge(root));
    FIRN_TRY(ReadEvolve(root));
    FIRN_TRY(ReadExpectations(root));
    FIRN_TRY(Take(root, "format", kFormats, &spec_.format));
    FIRN_TRY(Take(root, "durability", kDurabilities, &spec_.durability));
    FIRN_TRY(ReadFlush(root));
    FIRN_TRY(TakeDuration(root, "target_lag", kLagMin, kLagMax, &spec_.target_lag));
    FIRN_TRY(ReadRetention(root));
    FIRN_TRY(ReadTimeZone(root));
    FIRN_TRY(ReadGold(root));
    return std::move(spec_);
  }

 private:
  static Error Wrong(const DocNode& node, const std::string& what) {
    std::string where;
    if (node.at.line > 0) {
      where = "line " + std::to_string(node.at.line) + ", column " + std::to_string(node.at.column) + ": ";
    }
    return Error(errors::kInvalidInput, {where + what}, node.at);
  }

  static Status TakeMap(const DocNode& node, const std::string& name, std::initializer_list<const char*> known) {
    if (node.kind != DocNode::Kind::kMap) return Wrong(node, name + " must be a map of keys and values");
    for (const auto& [key, value] : node.fields) {
      if (std::ranges::find(known, std::string_view(key)) != known.end()) continue;
      std::string list;
      for (const char* one : known) list += (list.empty() ? "" : ", ") + std::string(one);
      return Wrong(value, "'" + key + "' is no key of " + name + "; known are " + list);
    }
    return Ok();
  }

  static Result<std::string> Text(const DocNode& node, const std::string& name) {
    if (node.kind != DocNode::Kind::kScalar) return Wrong(node, name + " must be a text");
    return node.text;
  }

  /// Leaves `*out` as it is where the key is not there.
  template <class Value, size_t N>
  static Status Take(const DocNode& map, const std::string& key, const Word<Value> (&words)[N], Value* out) {
    const DocNode* node = map.Find(key);
    if (!node) return Ok();
    std::string list;
    // YAML reads an unquoted null as nothing at all; on_missing means the word.
    const std::string text = node->kind == DocNode::Kind::kNull ? "null" : node->text;
    for (const Word<Value>& word : words) {
      if (Lower(text) == word.text && node->kind <= DocNode::Kind::kScalar) {
        *out = word.value;
        return Ok();
      }
      list += (list.empty() ? "" : ", ") + std::string(word.text);
    }
    return Wrong(*node, key + " must be one of " + list);
  }

  static Status TakeDuration(const DocNode& map, const std::string& key, Micros least, Micros most, Micros* out) {
    const DocNode* node = map.Find(key);
    if (!node) return Ok();
    FIRN_ASSIGN(std::string text, Text(*node, key));
    auto length = ParseDuration(text);
    if (!length) return Wrong(*node, key + ": '" + text + "' is no duration, such as 5s or 30d");
    if (*length < least || *length > most) {
      return Wrong(*node, key + " must be between " + DurationText(least) + " and " + DurationText(most));
    }
    *out = *length;
    return Ok();
  }

  static Status CheckName(const DocNode& node, const std::string& name) {
    if (name.empty()) return Wrong(node, "an empty name");
    if (name.size() > kSpecNameMax) return Wrong(node, "a name longer than " + std::to_string(kSpecNameMax) + " bytes");
    return Ok();
  }

  static Status CheckCount(const DocNode& node, const std::string& name, size_t count, size_t most) {
    if (count <= most) return Ok();
    return Wrong(node, name + ": " + std::to_string(count) + ", at most " + std::to_string(most));
  }

  /// An SQL expression, parsed so that what is wrong with it is said now.
  static Status CheckExpression(const DocNode& node, const std::string& name, const std::string& text) {
    auto parsed = sql::ParseExpression(text);
    if (!parsed.ok()) return Wrong(node, name + ": " + parsed.error().Message());
    return Ok();
  }

  Status ReadName(const DocNode& root) {
    const DocNode* node = root.Find("pipeline");
    if (!node) return Wrong(root, "the key 'pipeline' is missing: domain.table");
    FIRN_ASSIGN(std::string text, Text(*node, "pipeline"));
    auto name = sql::ParseObjectName(text);
    if (!name.ok() || name->parts.size() != 2) return Wrong(*node, "pipeline: '" + text + "' is not domain.table");
    spec_.domain = name->parts[0].text;
    spec_.table = name->parts[1].text;
    FIRN_TRY(CheckName(*node, spec_.domain));
    return CheckName(*node, spec_.table);
  }

  Status ReadColumns(const DocNode& root) {
    const DocNode* list = root.Find("columns");
    if (list && list->kind == DocNode::Kind::kNull) list = nullptr;
    const bool any = list && !list->items.empty();
    if (spec_.mode == PipelineMode::kRaw) {
      if (any) return Wrong(*list, "mode raw keeps the whole event in one column; columns may not be given");
      ColumnRule raw;
      raw.name = kRawColumn.name;
      raw.type = SqlType::Of(TypeId::kVariant);
      spec_.columns.push_back(std::move(raw));
      return Ok();
    }
    if (spec_.mode == PipelineMode::kManual && !any) return Wrong(list ? *list : root, "columns are missing");
    if (!list) return Ok();
    if (list->kind != DocNode::Kind::kList) return Wrong(*list, "columns must be a list");
    FIRN_TRY(CheckCount(*list, "columns", list->items.size(), kSpecColumnsMax));
    std::set<std::string> seen;
    for (const DocNode& node : list->items) {
      FIRN_ASSIGN(ColumnRule column, ReadColumn(node));
      if (!seen.insert(Upper(column.name)).second) return Wrong(node, "column " + column.name + " is there twice");
      spec_.columns.push_back(std::move(column));
    }
    return CheckCount(*list, "columns of the primary key", spec_.KeyColumns().size(), kSpecKeyColumnsMax);
  }

  static Result<ColumnRule> ReadColumn(const DocNode& node) {
    FIRN_TRY(TakeMap(node, "a column", {"name", "type", "required", "primary_key"}));
    ColumnRule column;
    const DocNode* name = node.Find("name");
    if (!name) return Wrong(node, "a column without a name");
    FIRN_ASSIGN(std::string text, Text(*name, "name"));
    column.name = ColumnName(text);
    FIRN_TRY(CheckName(*name, column.name));
    if (column.name.starts_with('_')) return Wrong(*name, column.name + ": names that begin with _ are reserved");
    const DocNode* type = node.Find("type");
    if (!type) return Wrong(node, "column " + column.name + " has no type");
    FIRN_ASSIGN(text, Text(*type, "type"));
    auto parsed = ParseColumnType(text);
    if (!parsed.ok()) return Wrong(*type, "column " + column.name + ": '" + text + "' is no type");
    column.type = *parsed;
    FIRN_TRY(Take(node, "required", kTruth, &column.required));
    FIRN_TRY(Take(node, "primary_key", kTruth, &column.key));
    if (column.key && column.type.IsSemiStructured()) {
      return Wrong(node, "column " + column.name + ": a " + column.type.Text() + " cannot be a key");
    }
    column.required = column.required || column.key;
    return column;
  }

  ColumnRule* FindColumn(const std::string& name) {
    auto found = std::ranges::find(spec_.columns, name, &ColumnRule::name);
    return found == spec_.columns.end() ? nullptr : &*found;
  }

  Status ReadMerge(const DocNode& root) {
    const bool keyed = !spec_.KeyColumns().empty();
    spec_.merge = keyed ? MergeType::kUpsert : MergeType::kAppend;
    const DocNode* merge = root.Find("merge");
    if (!merge || merge->kind == DocNode::Kind::kNull) return Ok();
    FIRN_TRY(TakeMap(*merge, "merge", {"type", "order_by", "delete_when", "on_missing"}));
    FIRN_TRY(Take(*merge, "type", kMerges, &spec_.merge));
    FIRN_TRY(Take(*merge, "on_missing", kOnMissing, &spec_.on_missing));
    if (spec_.merge != MergeType::kAppend && !keyed)
      return Wrong(*merge, "merge needs a column with primary_key: true");
    if (const DocNode* order = merge->Find("order_by")) FIRN_TRY(ReadOrder(*order));
    if (const DocNode* node = merge->Find("delete_when")) {
      FIRN_ASSIGN(spec_.delete_when, Text(*node, "delete_when"));
      FIRN_TRY(CheckExpression(*node, "delete_when", spec_.delete_when));
    }
    if (spec_.merge != MergeType::kAppend) return Ok();
    for (const char* key : {"order_by", "delete_when", "on_missing"}) {
      if (const DocNode* node = merge->Find(key)) return Wrong(*node, std::string(key) + " has no meaning for append");
    }
    return Ok();
  }

  Status ReadOrder(const DocNode& order) {
    std::vector<DocNode> one;
    if (order.kind == DocNode::Kind::kScalar) one.push_back(order);
    if (order.kind == DocNode::Kind::kMap) return Wrong(order, "order_by must be a list of columns");
    for (const DocNode& node : one.empty() ? order.items : one) {
      FIRN_ASSIGN(std::string text, Text(node, "order_by"));
      const std::string name = ColumnName(text);
      if (name == kSilverColumns[0].name) continue;
      ColumnRule* column = FindColumn(name);
      if (!column) return Wrong(node, "order_by: there is no column " + name);
      if (column->type.IsSemiStructured()) return Wrong(node, "order_by: " + name + " has no order");
      if (column->order) return Wrong(node, "order_by: " + name + " is there twice");
      column->order = true;
      spec_.order_by.push_back(name);
    }
    return CheckCount(order, "order_by", spec_.order_by.size(), kSpecKeyColumnsMax);
  }

  Status ReadEvolve(const DocNode& root) {
    const DocNode* node = root.Find("evolve");
    if (!node || node->kind == DocNode::Kind::kNull) return Ok();
    if (node->kind == DocNode::Kind::kScalar) {
      FIRN_TRY(Take(root, "evolve", kNewColumn, &spec_.evolve.mode));
      spec_.evolve.widen = spec_.evolve.mode == EvolveMode::kEvolve;
      spec_.rescue_incompatible = spec_.evolve.mode == EvolveMode::kRescue;
      return Ok();
    }
    FIRN_TRY(TakeMap(*node, "evolve", {"new_column", "widen", "incompatible"}));
    FIRN_TRY(Take(*node, "new_column", kNewColumn, &spec_.evolve.mode));
    spec_.evolve.widen = spec_.evolve.mode == EvolveMode::kEvolve;
    spec_.rescue_incompatible = spec_.evolve.mode == EvolveMode::kRescue;
    FIRN_TRY(Take(*node, "widen", kWiden, &spec_.evolve.widen));
    FIRN_TRY(Take(*node, "incompatible", kIncompatible, &spec_.rescue_incompatible));
    if (spec_.rescue_incompatible != (spec_.evolve.mode == EvolveMode::kRescue)) {
      return Wrong(*node, "new_column and incompatible must both be rescue, or neither");
    }
    return Ok();
  }

  Status ReadExpectations(const DocNode& root) {
    const DocNode* list = root.Find("expect");
    if (!list || list->kind == DocNode::Kind::kNull) return Ok();
    if (list->kind != DocNode::Kind::kList) return Wrong(*list, "expect must be a list");
    FIRN_TRY(CheckCount(*list, "expect", list->items.size(), kSpecExpectationsMax));
    std::set<std::string> seen;
    for (const DocNode& node : list->items) {
      FIRN_TRY(TakeMap(node, "an expectation", {"name", "check", "on_violation"}));
      Expectation expectation;
      const DocNode* name = node.Find("name");
      const DocNode* check = node.Find("check");
      if (!name || !check) return Wrong(node, "an expectation needs a name and a check");
      FIRN_ASSIGN(expectation.name, Text(*name, "name"));
      FIRN_TRY(CheckName(*name, expectation.name));
      if (!seen.insert(expectation.name).second)
        return Wrong(*name, "expectation " + expectation.name + " is there twice");
      FIRN_ASSIGN(expectation.check, Text(*check, "check"));
      FIRN_TRY(CheckExpression(*check, "check of " + expectation.name, expectation.check));
      FIRN_TRY(Take(node, "on_violation", kOnViolation, &expectation.on_violation));
      spec_.expectations.push_back(std::move(expectation));
    }
    return Ok();
  }

  Status ReadFlush(const DocNode& root) {
    const DocNode* flush = root.Find("flush");
    if (!flush || flush->kind == DocNode::Kind::kNull) return Ok();
    FIRN_TRY(TakeMap(*flush, "flush", {"max_bytes", "max_rows", "max_delay"}));
    if (const DocNode* node = flush->Find("max_bytes")) {
      FIRN_ASSIGN(std::string text, Text(*node, "max_bytes"));
      auto bytes = ParseSize(text);
      if (!bytes) return Wrong(*node, "max_bytes: '" + text + "' is no size, such as 64MB");
      if (*bytes < kFlushBytesMin || *bytes > kFlushBytesMax) {
        return Wrong(*node,
                     "max_bytes must be between " + SizeText(kFlushBytesMin) + " and " + SizeText(kFlushBytesMax));
      }
      spec_.flush.bytes = *bytes;
    }
    if (const DocNode* node = flush->Find("max_rows")) {
      FIRN_ASSIGN(std::string text, Text(*node, "max_rows"));
      auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), spec_.flush.rows);
      if (error != std::errc() || end != text.data() + text.size() || spec_.flush.rows < 1 ||
          spec_.flush.rows > kFlushRowsMax) {
        return Wrong(*node, "max_rows must be a number from 1 to " + std::to_string(kFlushRowsMax));
      }
    }
    return TakeDuration(*flush, "max_delay", kFlushDelayMin, kFlushDelayMax, &spec_.flush.delay);
  }

  Status ReadRetention(const DocNode& root) {
    const DocNode* node = root.Find("retention");
    if (!node || node->kind == DocNode::Kind::kNull) return Ok();
    FIRN_TRY(TakeMap(*node, "retention", {"bronze", "quarantine", "tombstones"}));
    FIRN_TRY(TakeDuration(*node, "bronze", kRetentionMin, kRetentionMax, &spec_.retention.bronze));
    FIRN_TRY(TakeDuration(*node, "quarantine", kRetentionMin, kRetentionMax, &spec_.retention.quarantine));
    return TakeDuration(*node, "tombstones", kRetentionMin, kRetentionMax, &spec_.retention.tombstones);
  }

  Status ReadTimeZone(const DocNode& root) {
    const DocNode* node = root.Find("time_zone");
    if (!node) return Ok();
    FIRN_ASSIGN(spec_.time_zone, Text(*node, "time_zone"));
    // A schedule knows the zones.
    if (spec_.time_zone.find(' ') == std::string::npos &&
        Schedule::Parse("USING CRON 0 0 * * * " + spec_.time_zone).ok()) {
      return Ok();
    }
    return Wrong(*node, "time_zone: '" + spec_.time_zone + "' is no time zone, such as America/Sao_Paulo");
  }

  Status ReadGold(const DocNode& root) {
    const DocNode* gold = root.Find("gold");
    if (!gold || gold->kind == DocNode::Kind::kNull) return Ok();
    if (gold->kind != DocNode::Kind::kMap) return Wrong(*gold, "gold must be a map of table names");
    FIRN_TRY(CheckCount(*gold, "gold", gold->fields.size(), kSpecGoldMax));
    std::set<std::string> seen;
    for (const auto& [name, node] : gold->fields) {
      FIRN_ASSIGN(GoldSpec one, ReadGoldTable(name, node));
      if (!seen.insert(Upper(one.name)).second) return Wrong(node, "gold table " + one.name + " is there twice");
      spec_.gold.push_back(std::move(one));
    }
    // A map has no order: by name, so that equal specs have equal texts.
    std::ranges::sort(spec_.gold, {}, &GoldSpec::name);
    return Ok();
  }

  static Result<GoldSpec> ReadGoldTable(const std::string& name, const DocNode& node) {
    FIRN_TRY(TakeMap(node, "gold." + name, {"query", "schedule", "target_lag", "after", "write"}));
    GoldSpec gold;
    gold.name = ColumnName(name);
    FIRN_TRY(CheckName(node, gold.name));
    const DocNode* query = node.Find("query");
    if (!query) return Wrong(node, "gold." + name + " has no query");
    FIRN_ASSIGN(gold.query, Text(*query, "query"));
    while (!gold.query.empty() && (std::isspace(static_cast<unsigned char>(gold.query.back())) != 0))
      gold.query.pop_back();
    auto parsed = sql::ParseQuery(gold.query);
    if (!parsed.ok()) return Wrong(*query, "query of gold." + name + ": " + parsed.error().Message());
    if (const DocNode* schedule = node.Find("schedule")) {
      FIRN_ASSIGN(gold.schedule, Text(*schedule, "schedule"));
      auto due = Schedule::Parse(gold.schedule);
      if (!due.ok()) return Wrong(*schedule, due.error().Message());
    }
    if (node.Find("target_lag")) {
      Micros lag = 0;
      FIRN_TRY(TakeDuration(node, "target_lag", Micros{1000000}, kLagMax * 30, &lag));
      if (lag % 1000000 != 0) return Wrong(*node.Find("target_lag"), "target_lag of gold is in whole seconds");
      gold.lag = lag;
    }
    if (const DocNode* after = node.Find("after")) FIRN_TRY(ReadAfter(*after, &gold));
    if (int{!gold.schedule.empty()} + int{gold.lag.has_value()} + int{!gold.after.empty()} > 1) {
      return Wrong(node, "gold." + name + ": one of schedule, target_lag and after");
    }
    FIRN_TRY(ReadWrite(node, name, &gold));
    return gold;
  }

  static Status ReadAfter(const DocNode& after, GoldSpec* gold) {
    if (after.kind != DocNode::Kind::kList || after.items.empty())
      return Wrong(after, "after must be a list of tables");
    for (const DocNode& item : after.items) {
      FIRN_ASSIGN(std::string text, Text(item, "after"));
      auto name = sql::ParseObjectName(text);
      if (!name.ok() || name->parts.size() != 3) return Wrong(item, "after: '" + text + "' is not domain.gold.table");
      gold->after.push_back(text);
    }
    return CheckCount(after, "after", gold->after.size(), kSpecGoldMax);
  }

  static Status ReadWrite(const DocNode& node, const std::string& name, GoldSpec* gold) {
    const DocNode* write = node.Find("write");
    if (!write || write->kind == DocNode::Kind::kNull) return Ok();
    FIRN_TRY(TakeMap(*write, "write", {"mode", "key"}));
    FIRN_TRY(Take(*write, "mode", kGoldModes, &gold->mode));
    if (const DocNode* key = write->Find("key")) {
      if (key->kind != DocNode::Kind::kList) return Wrong(*key, "key must be a list of columns");
      FIRN_TRY(CheckCount(*key, "key", key->items.size(), kSpecKeyColumnsMax));
      for (const DocNode& item : key->items) {
        FIRN_ASSIGN(std::string text, Text(item, "key"));
        gold->key.push_back(ColumnName(text));
      }
    }
    const bool keyed = gold->mode == GoldMode::kMerge || gold->mode == GoldMode::kPartitionOverwrite;
    if (keyed == gold->key.empty()) {
      return Wrong(*write, "gold." + name + ": modes merge and partition_overwrite have a key, the others none");
    }
    if (gold->lag && gold->mode != GoldMode::kOverwrite) {
      return Wrong(*write, "gold." + name + ": a table with target_lag is always overwritten");
    }
    return Ok();
  }

  PipelineSpec spec_;
};

}  // namespace

Result<PipelineSpec> ParseSpecYaml(std::string_view text) {
  FIRN_ASSIGN(DocNode document, ParseYaml(text));
  return SpecReader().Read(document);
}

Result<PipelineSpec> ParseSpecJson(std::string_view text) {
  FIRN_ASSIGN(DocNode document, ParseJson(text));
  return SpecReader().Read(document);
}

Result<SqlType> ParseColumnType(std::string_view text) {
  const std::string upper = Upper(text);
  for (const auto& [name, type] : kTypeNames) {
    if (upper == name) return ParseTypeText(type);
  }
  const size_t open = upper.find('(');
  if (open != std::string::npos && upper.back() != ')') return Error(errors::kInvalidType, {std::string(text)});
  return ParseTypeText(upper);
}

std::string ColumnName(std::string_view text) {
  if (text.size() > 2 && text.front() == '"' && text.back() == '"') {
    return std::string(text.substr(1, text.size() - 2));
  }
  auto fits = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$'; };
  const bool bare = !text.empty() && std::isdigit(static_cast<unsigned char>(text[0])) == 0 && text[0] != '$' &&
                    std::ranges::all_of(text, fits);
  return bare ? Upper(text) : std::string(text);
}

}  // namespace firn::pipeline
