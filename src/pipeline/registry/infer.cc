#include "pipeline/registry/infer.h"

#include <algorithm>
#include <map>

#include "base/errors.h"
#include "pipeline/ingest/time_text.h"
#include "pipeline/registry/spec_text.h"

namespace firn::pipeline {

namespace {

constexpr uint32_t kIntegerDigits = 18;  ///< that a 64-bit integer certainly has
constexpr uint32_t kDecimalDigits = 38;
constexpr uint32_t kScaleMax = 12;  ///< of a NUMBER; numbers with more are measured ones: DOUBLE

/// What the values of one field have been.
struct Evidence {
  size_t order = 0;
  uint64_t seen = 0, nulls = 0, booleans = 0, integers = 0, fractions = 0, texts = 0, lists = 0, objects = 0;
  uint64_t dates = 0, timestamps = 0, zoned = 0;
  uint32_t integer_digits = 0, fraction_digits = 0;
  bool exponent = false;

  void Add(const Field& field) {
    ++seen;
    switch (field.kind) {
      case JsonKind::kNull:
        ++nulls;
        break;
      case JsonKind::kBoolean:
        ++booleans;
        break;
      case JsonKind::kArray:
        ++lists;
        break;
      case JsonKind::kObject:
        ++objects;
        break;
      case JsonKind::kNumber:
        AddNumber(field.number);
        break;
      case JsonKind::kString:
        AddText(field);
        break;
    }
  }

  void AddNumber(const NumberFacts& number) {
    // A fraction with zeros alone (2.0) is a fraction as its writer has it.
    (number.IsInteger() ? integers : fractions) += 1;
    exponent = exponent || number.exponent;
    integer_digits = std::max(integer_digits, number.integer_digits);
    fraction_digits = std::max(fraction_digits, number.fraction_digits);
  }

  void AddText(const Field& field) {
    ++texts;
    if (field.escaped) return;
    const std::string_view text = field.text();
    if (IsDateText(text)) {
      ++dates;
    } else if (CheckTimestampText(text) == TimestampFault::kNone) {
      ++timestamps;
      // Behind the date: an offset or Z.
      const std::string_view time = text.substr(std::min<size_t>(text.size(), 10));
      if (time.find_first_of("Zz+-") != std::string_view::npos) ++zoned;
    }
  }

  SqlType Type() const {
    const uint64_t values = seen - nulls;
    if (booleans == values) return SqlType::Of(TypeId::kBoolean);
    if (integers + fractions == values) return NumberType();
    if (texts == values) return TextType();
    if (lists == values) return SqlType::Of(TypeId::kArray);
    if (objects == values) return SqlType::Of(TypeId::kObject);
    // Texts and numbers by turns are what a text holds without loss.
    if (lists + objects == 0) return SqlType::Varchar();
    return SqlType::Of(TypeId::kVariant);
  }

  SqlType NumberType() const {
    if (fractions == 0) {
      return integer_digits <= kIntegerDigits ? SqlType::Integer() : SqlType::Number(kDecimalDigits, 0);
    }
    if (exponent || fraction_digits > kScaleMax || integer_digits + fraction_digits > kDecimalDigits) {
      return SqlType::Of(TypeId::kFloat);
    }
    return SqlType::Number(kDecimalDigits, static_cast<int>(fraction_digits));
  }

  SqlType TextType() const {
    if (texts < kParsedSamplesMin || dates + timestamps != texts) return SqlType::Varchar();
    if (dates == texts) return SqlType::Of(TypeId::kDate);
    if (zoned == texts) return SqlType::Timestamp(TypeId::kTimestampTz);
    // With and without a zone by turns there is no one meaning.
    return zoned == 0 ? SqlType::Timestamp(TypeId::kTimestampNtz) : SqlType::Varchar();
  }
};

class Collector : public RowSink {
 public:
  void Row(const BodyRow& row) override {
    if (row.error != nullptr) {
      Skip("row " + std::to_string(row.index) + ": it would go to quarantine");
      return;
    }
    ++samples;
    for (const Field& field : row.fields) {
      auto [place, fresh] = fields.try_emplace(std::string(field.key));
      if (fresh) place->second.order = fields.size();
      place->second.Add(field);
    }
  }

  void Skip(std::string why) {
    if (skipped.size() < kSkippedShown) skipped.push_back(std::move(why));
  }

  std::map<std::string, Evidence> fields;
  uint64_t samples = 0;
  std::vector<std::string> skipped;
};

}  // namespace

Result<Inferred> InferColumns(std::string_view body, BodyFormat format) {
  Collector collector;
  BodyParser parser;
  if (auto fault = parser.Parse(body, format, collector)) {
    return Error(errors::kInvalidInput, {"the samples, byte " + std::to_string(fault->offset) + ": " + fault->message});
  }
  if (collector.samples == 0) return Error(errors::kInvalidInput, {"there is no sample"});
  std::vector<std::pair<std::string, const Evidence*>> ordered;
  for (const auto& [name, evidence] : collector.fields) ordered.emplace_back(name, &evidence);
  std::ranges::sort(ordered, {}, [](const auto& one) { return one.second->order; });
  Inferred inferred;
  inferred.samples = collector.samples;
  std::map<std::string, std::string> folded;  // names that differ in case only
  for (const auto& [name, evidence] : ordered) {
    const auto [other, fresh] = folded.emplace(Upper(name), name);
    if (evidence->nulls == evidence->seen) {
      collector.Skip("'" + name + "' is always null");
    } else if (name.empty() || name.starts_with('_') || name.size() > kSpecNameMax) {
      collector.Skip("'" + name + "' is no name of a column");
    } else if (!fresh) {
      collector.Skip("'" + name + "' is '" + other->second + "' but for case");
    } else if (inferred.columns.size() == kSpecColumnsMax) {
      collector.Skip("'" + name + "' is beyond " + std::to_string(kSpecColumnsMax) + " columns");
    } else {
      InferredColumn column;
      column.rule.name = ColumnName(name);
      column.rule.type = evidence->Type();
      column.seen = evidence->seen;
      column.nulls = evidence->nulls;
      inferred.columns.push_back(std::move(column));
    }
  }
  inferred.skipped = std::move(collector.skipped);
  return inferred;
}

}  // namespace firn::pipeline
