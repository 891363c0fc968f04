#include "engine/file_metrics.h"

#include <algorithm>
#include <charconv>

#include "engine/result_types.h"
#include "engine/value_convert.h"

namespace firn::engine {

namespace {

using iceberg::Kind;
using Statistics = std::map<std::string, std::string>;

std::map<std::string, duckdb::Value> Entries(const duckdb::Value& map) {
  std::map<std::string, duckdb::Value> entries;
  if (map.IsNull()) return entries;
  for (const auto& entry : duckdb::MapValue::GetChildren(map)) {
    const auto& pair = duckdb::StructValue::GetChildren(entry);
    entries[duckdb::StringValue::Get(pair[0])] = pair[1];
  }
  return entries;
}

Statistics Texts(const duckdb::Value& map) {
  Statistics texts;
  for (const auto& [key, value] : Entries(map)) {
    if (!value.IsNull()) texts[key] = value.ToString();
  }
  return texts;
}

int64_t Number(const Statistics& statistics, const char* name) {
  auto found = statistics.find(name);
  int64_t number = -1;
  if (found != statistics.end()) {
    std::from_chars(found->second.data(), found->second.data() + found->second.size(), number);
  }
  return number;
}

/// Bytes from the beginning of `text` that hold `count` characters.
size_t PrefixOf(const std::string& text, size_t count) {
  size_t at = 0;
  while (at < text.size() && count > 0) {
    ++at;
    while (at < text.size() && (static_cast<uint8_t>(text[at]) & 0xC0) == 0x80) ++at;
    --count;
  }
  return at;
}

uint32_t Decode(const std::string& character) {
  auto first = static_cast<uint8_t>(character[0]);
  if (character.size() == 1) return first;
  uint32_t code = first & (0x7F >> character.size());
  for (size_t i = 1; i < character.size(); ++i) code = code << 6 | (static_cast<uint8_t>(character[i]) & 0x3F);
  return code;
}

std::string Encode(uint32_t code) {
  if (code < 0x80) return {static_cast<char>(code)};
  if (code < 0x800) return {static_cast<char>(0xC0 | code >> 6), static_cast<char>(0x80 | (code & 0x3F))};
  if (code < 0x10000) {
    return {static_cast<char>(0xE0 | code >> 12), static_cast<char>(0x80 | (code >> 6 & 0x3F)),
            static_cast<char>(0x80 | (code & 0x3F))};
  }
  return {static_cast<char>(0xF0 | code >> 18), static_cast<char>(0x80 | (code >> 12 & 0x3F)),
          static_cast<char>(0x80 | (code >> 6 & 0x3F)), static_cast<char>(0x80 | (code & 0x3F))};
}

/// The next character above `code` that text may hold; 0 if there is none.
uint32_t Above(uint32_t code) {
  ++code;
  if (code >= 0xD800 && code <= 0xDFFF) return 0xE000;
  return code > 0x10FFFF ? 0 : code;
}

/// 0.0 and -0.0 are equal for the writer, and -0.0 is less for Iceberg.
void WidenZero(bool lower, iceberg::Value* value) {
  if (auto* number = std::get_if<double>(value); number != nullptr && *number == 0) *number = lower ? -0.0 : 0.0;
  if (auto* number = std::get_if<float>(value); number != nullptr && *number == 0) *number = lower ? -0.0F : 0.0F;
}

std::optional<std::string> Bound(const Statistics& statistics, const iceberg::Type& type, bool lower) {
  auto found = statistics.find(lower ? "min" : "max");
  if (found == statistics.end()) return std::nullopt;
  const auto& text = found->second;
  switch (type.kind) {
    case Kind::kString:
      if (lower) return CutLowerText(text);
      return CutUpperText(text);
    case Kind::kBoolean:
    case Kind::kInt:
    case Kind::kLong:
    case Kind::kFloat:
    case Kind::kDouble:
    case Kind::kDecimal:
    case Kind::kDate:
    case Kind::kTime:
    case Kind::kTimestamp:
    case Kind::kTimestampTz: {
      auto value = FromDuck(type, duckdb::Value(text));
      if (!value || iceberg::IsNull(*value)) return std::nullopt;
      WidenZero(lower, &*value);
      return iceberg::ToBinary(type, *value);
    }
    default:
      return std::nullopt;
  }
}

void AddMetrics(const WrittenFile& file, const std::string& path, int field_id, const iceberg::Type& type, bool bounds,
                std::vector<iceberg::ColumnMetrics>* metrics) {
  if (type.kind == Kind::kStruct) {
    for (const auto& child : type.children) {
      AddMetrics(file, path + "." + QuoteName(child.name), child.id, child.type, bounds, metrics);
    }
    return;
  }
  auto found = file.statistics.find(path);
  if (type.IsNested() || found == file.statistics.end()) return;
  const auto& statistics = found->second;
  iceberg::ColumnMetrics column;
  column.field_id = field_id;
  column.column_size = Number(statistics, "column_size_bytes");
  column.value_count = Number(statistics, "num_values");
  column.null_count = Number(statistics, "null_count");
  bool floating = type.kind == Kind::kFloat || type.kind == Kind::kDouble;
  if (auto nan = statistics.find("has_nan"); floating && nan != statistics.end() && nan->second != "true") {
    column.nan_count = 0;
  }
  if (bounds) {
    column.lower = Bound(statistics, type, true);
    column.upper = Bound(statistics, type, false);
  }
  metrics->push_back(std::move(column));
}

}  // namespace

WrittenFile ReadWrittenFile(const duckdb::MaterializedQueryResult& result, duckdb::idx_t row) {
  auto& rows = const_cast<duckdb::MaterializedQueryResult&>(result);  // GetValue reads alone, and is not const
  WrittenFile file;
  file.path = rows.GetValue(0, row).ToString();
  file.rows = rows.GetValue(1, row).GetValue<int64_t>();
  file.size = rows.GetValue(2, row).GetValue<int64_t>();
  for (const auto& [column, statistics] : Entries(rows.GetValue(4, row))) file.statistics[column] = Texts(statistics);
  file.partition = Texts(rows.GetValue(5, row));
  return file;
}

std::vector<iceberg::ColumnMetrics> Metrics(const WrittenFile& file, const std::vector<WrittenColumn>& columns) {
  std::vector<iceberg::ColumnMetrics> metrics;
  for (const auto& column : columns) {
    AddMetrics(file, QuoteName(column.name), column.field_id, column.type, !column.sql.IsSemiStructured(), &metrics);
  }
  std::sort(metrics.begin(), metrics.end(), [](const auto& a, const auto& b) { return a.field_id < b.field_id; });
  return metrics;
}

std::string CutLowerText(const std::string& text) { return text.substr(0, PrefixOf(text, kBoundLength)); }

std::optional<std::string> CutUpperText(const std::string& text) {
  size_t end = PrefixOf(text, kBoundLength);
  if (end == text.size()) return text;
  while (end > 0) {
    size_t begin = end - 1;
    while (begin > 0 && (static_cast<uint8_t>(text[begin]) & 0xC0) == 0x80) --begin;
    if (uint32_t next = Above(Decode(text.substr(begin, end - begin)))) return text.substr(0, begin) + Encode(next);
    end = begin;
  }
  return std::nullopt;
}

}  // namespace firn::engine
