#include "delta/file_stats.h"

#include <charconv>
#include <cmath>
#include <cstdio>

#include "iceberg/json.h"

namespace firn::delta {

namespace {

using iceberg::Field;
using iceberg::Kind;
using iceberg::Quoted;
using iceberg::Type;
using iceberg::Value;

template <class T>
std::string NumberText(T number) {
  char text[64];
  auto [end, error] = std::to_chars(text, text + sizeof text, number);
  return std::string(text, end);
}

/// "2017-11-16"; "" for a year that is not of four digits.
std::string DateText(int64_t days) {
  if (days < -719162 || days > 2932896) return "";
  return iceberg::ToText(Type::Of(Kind::kDate), Value(static_cast<int32_t>(days)));
}

/// "2017-11-16T22:31:08.123", with Z where the column is an instant; "" beyond four-digit years.
std::string TimestampText(int64_t micros, bool upper, bool instant) {
  constexpr int64_t kMillisOfDay = 86'400'000;
  int64_t millis = micros / 1000;
  if (micros % 1000 < 0) --millis;
  if (upper && micros % 1000 != 0) ++millis;
  int64_t days = millis / kMillisOfDay;
  int64_t rest = millis % kMillisOfDay;
  if (rest < 0) {
    rest += kMillisOfDay;
    --days;
  }
  std::string date = DateText(days);
  if (date.empty()) return "";
  char time[32];
  std::snprintf(time, sizeof time, "T%02d:%02d:%02d.%03d", static_cast<int>(rest / 3'600'000),
                static_cast<int>(rest / 60'000 % 60), static_cast<int>(rest / 1000 % 60),
                static_cast<int>(rest % 1000));
  return date + time + (instant ? "Z" : "");
}

/// JSON text of a bound; "" where there is none to tell.
std::string BoundText(const Type& type, const std::optional<Value>& value, bool upper) {
  if (!value || iceberg::IsNull(*value) || iceberg::IsNan(*value)) return "";
  auto quoted = [](const std::string& text) { return text.empty() ? text : "\"" + text + "\""; };
  switch (type.kind) {
    case Kind::kInt:
      return NumberText(std::get<int32_t>(*value));
    case Kind::kLong:
      return NumberText(std::get<int64_t>(*value));
    case Kind::kFloat:
      return std::isfinite(std::get<float>(*value)) ? NumberText(std::get<float>(*value)) : "";
    case Kind::kDouble:
      return std::isfinite(std::get<double>(*value)) ? NumberText(std::get<double>(*value)) : "";
    case Kind::kDecimal:
      return iceberg::DecimalText(std::get<iceberg::Int128>(*value), type.scale);
    case Kind::kString:
      return Quoted(std::get<std::string>(*value));
    case Kind::kDate:
      return quoted(DateText(std::get<int32_t>(*value)));
    case Kind::kTimestamp:
      return quoted(TimestampText(std::get<int64_t>(*value), upper, false));
    case Kind::kTimestampTz:
      return quoted(TimestampText(std::get<int64_t>(*value), upper, true));
    default:
      return "";
  }
}

struct Texts {
  std::string least, greatest, nulls;  ///< members of the three objects, separated by commas
};

void AddMember(const std::string& name, const std::string& json, std::string* members) {
  if (json.empty()) return;
  *members += (members->empty() ? "" : ",") + Quoted(name) + ":" + json;
}

void AddField(const iceberg::DataFile& file, const Field& field, const std::string& name, Texts* texts) {
  if (field.type.kind == Kind::kStruct) {
    Texts inner;
    for (const Field& child : field.type.children) AddField(file, child, child.name, &inner);
    auto braced = [](const std::string& members) { return members.empty() ? members : "{" + members + "}"; };
    AddMember(name, braced(inner.least), &texts->least);
    AddMember(name, braced(inner.greatest), &texts->greatest);
    AddMember(name, braced(inner.nulls), &texts->nulls);
    return;
  }
  const iceberg::ColumnMetrics* metrics = file.Column(field.id);
  if (!metrics || field.type.IsNested()) return;
  if (metrics->null_count >= 0) AddMember(name, std::to_string(metrics->null_count), &texts->nulls);
  AddMember(name, BoundText(field.type, file.LowerBound(field.id, field.type), false), &texts->least);
  // Iceberg's bounds leave NaN out, which is the greatest value for Delta's readers.
  const bool floating = field.type.kind == Kind::kFloat || field.type.kind == Kind::kDouble;
  if (floating && metrics->nan_count != 0) return;
  AddMember(name, BoundText(field.type, file.UpperBound(field.id, field.type), true), &texts->greatest);
}

}  // namespace

std::string FileStats(const iceberg::DataFile& file, const iceberg::Schema& schema,
                      const std::map<int, std::string>& names, bool tight) {
  Texts texts;
  for (const Field& field : schema.fields) {
    auto name = names.find(field.id);
    AddField(file, field, name == names.end() ? field.name : name->second, &texts);
  }
  iceberg::ObjectWriter stats;
  stats.Add("numRecords", file.record_count)
      .AddRaw("minValues", "{" + texts.least + "}")
      .AddRaw("maxValues", "{" + texts.greatest + "}")
      .AddRaw("nullCount", "{" + texts.nulls + "}")
      .Add("tightBounds", tight);
  return stats.Take();
}

}  // namespace firn::delta
