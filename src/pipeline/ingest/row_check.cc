#include "pipeline/ingest/row_check.h"

#include <algorithm>

namespace firn::pipeline {

namespace {

constexpr int kFresh = -1;
constexpr size_t kNameMax = 255;
constexpr size_t kColumnsMax = 2000;
constexpr size_t kOpMax = 255;
constexpr std::string_view kOp = "_op";
constexpr uint32_t kRowsCounted = 1U << 31;  // of some requests, each of fewer
constexpr uint32_t kInt64Digits = 18;        // that surely fit

TypeId TypeOf(const Field& field) {
  switch (field.kind) {
    case JsonKind::kArray:
      return TypeId::kArray;
    case JsonKind::kBoolean:
      return TypeId::kBoolean;
    case JsonKind::kObject:
      return TypeId::kObject;
    case JsonKind::kNumber:
      return field.number.IsInteger() ? TypeId::kInteger : TypeId::kFloat;
    case JsonKind::kNull:
    case JsonKind::kString:
      break;
  }
  return TypeId::kVarchar;
}

/// What holds values of both.
TypeId Join(TypeId a, TypeId b) {
  auto is = [&](TypeId one, TypeId other) { return (a == one && b == other) || (a == other && b == one); };
  if (a == b) return a;
  if (is(TypeId::kInteger, TypeId::kFloat)) return TypeId::kFloat;
  auto nested = [](TypeId id) { return id == TypeId::kArray || id == TypeId::kObject || id == TypeId::kVariant; };
  return nested(a) || nested(b) ? TypeId::kVariant : TypeId::kVarchar;
}

}  // namespace

void RowCheck::Begin(const RowRules& rules) {
  rules_ = &rules;
  new_columns_.clear();
  new_by_fold_.clear();
  wider_.clear();
  if (rules.id() == rules_id_ && row_ < kRowsCounted) return;
  rules_id_ = rules.id();
  row_ = 0;
  seen_.assign(rules.columns().size(), 0);
  valued_.assign(rules.columns().size(), 0);
  guesses_.clear();
}

bool RowCheck::Quarantine(RowCode code, std::string_view column, std::string message) {
  verdict_.fate = RowFate::kQuarantine;
  verdict_.error = {code, std::string(column), std::move(message)};
  return false;
}

int RowCheck::ColumnOf(uint32_t index, std::string_view key) {
  // Rows of one sender mostly have their fields in the same order and spelling.
  if (index >= guesses_.size()) guesses_.resize(index + 1);
  Guess& guess = guesses_[index];
  if (guess.name != key || key.empty()) guess = {std::string(key), rules_->Find(key)};
  return guess.column;
}

const RowVerdict& RowCheck::Check(const BodyRow& row) {
  ++row_;
  verdict_.fate = RowFate::kOk;
  verdict_.op = {};
  verdict_.rescued.clear();
  if (row.error != nullptr) {
    Quarantine(row.error->code, row.error->column, row.error->message);
    return verdict_;
  }
  found_.clear();
  wider_found_.clear();
  for (uint32_t i = 0; i < row.fields.size(); ++i) {
    if (!CheckField(i, row.fields[i])) return verdict_;
  }
  if (CheckNeeded()) Keep(row);
  return verdict_;
}

bool RowCheck::CheckField(uint32_t index, const Field& field) {
  const int column = ColumnOf(index, field.key);
  if (column >= 0) return CheckKnown(index, field, column);
  if (column == RowRules::kConflict) {
    return Quarantine(RowCode::kNameConflict, field.key, "a column has this name in another case");
  }
  if (field.key == kOp) {
    if (field.kind == JsonKind::kNull) return true;
    if (field.kind != JsonKind::kString || field.escaped || field.text().size() > kOpMax) {
      return Quarantine(RowCode::kTypeMismatch, kOp, "_op is a short text without escapes");
    }
    verdict_.op = field.text();
    return true;
  }
  return CheckNew(index, field);
}

bool RowCheck::CheckKnown(uint32_t index, const Field& field, int column) {
  const auto place = static_cast<size_t>(column);
  const ColumnRule& rule = rules_->columns()[place];
  if (seen_[place] == row_) {
    return Quarantine(RowCode::kNameConflict, field.key, "two fields of the row are this column");
  }
  seen_[place] = row_;
  if (field.kind == JsonKind::kNull) return true;
  int precision = 0;
  std::string why;
  const ValueFit fit = CheckValue(rule, field, &precision, &why);
  if (fit == ValueFit::kFits) {
    valued_[place] = row_;
    return true;
  }
  const bool evolves = rules_->policy().mode == EvolveMode::kEvolve;
  if (fit == ValueFit::kWiden && evolves && rules_->policy().widen) {
    valued_[place] = row_;
    wider_found_.push_back({static_cast<uint32_t>(column), SqlType::Number(precision, rule.type.scale)});
    return true;
  }
  // An integer that a double does not hold is refused in every mode.
  const bool inexact = rule.type.id == TypeId::kFloat && field.kind == JsonKind::kNumber;
  if (rules_->policy().mode == EvolveMode::kRescue && !rule.key && !rule.required && !rule.order && !inexact) {
    verdict_.fate = RowFate::kRescued;
    verdict_.rescued.push_back(index);
    return true;
  }
  if (fit == ValueFit::kWiden) why = std::string(field.raw) + ": too large, the column is " + rule.type.Text();
  return Quarantine(RowCode::kTypeMismatch, rule.name, std::move(why));
}

bool RowCheck::CheckNew(uint32_t index, const Field& field) {
  const std::string_view name = field.key;
  if (name.starts_with('_')) return Quarantine(RowCode::kNameConflict, name, "names that begin with '_' are reserved");
  if (name.empty() || name.size() > kNameMax) {
    return Quarantine(RowCode::kNameConflict, name.substr(0, kNameMax), "a column's name has 1 to 255 bytes");
  }
  if (rules_->policy().mode == EvolveMode::kFreeze) {
    return Quarantine(RowCode::kUnknownColumn, name, "the table has no such column, and its columns are frozen");
  }
  if (rules_->policy().mode == EvolveMode::kRescue) {
    verdict_.fate = RowFate::kRescued;
    verdict_.rescued.push_back(index);
    return true;
  }
  auto place = new_by_fold_.find(Upper(name));
  if (place == new_by_fold_.end()) {
    found_.push_back({index, kFresh});
  } else if (new_columns_[static_cast<size_t>(place->second)].name != name) {
    return Quarantine(RowCode::kNameConflict, name, "another row has this name in another case");
  } else {
    found_.push_back({index, place->second});
  }
  return true;
}

bool RowCheck::CheckNeeded() {
  for (uint32_t column : rules_->needed()) {
    if (valued_[column] == row_) continue;
    const ColumnRule& rule = rules_->columns()[column];
    const char* what = seen_[column] == row_ ? " is null" : " is missing";
    if (rule.key) return Quarantine(RowCode::kNullKey, rule.name, "the key column" + std::string(what));
    if (rule.order) return Quarantine(RowCode::kNullOrder, rule.name, "the order_by column" + std::string(what));
    return Quarantine(RowCode::kMissingRequired, rule.name, "the required column" + std::string(what));
  }
  return true;
}

void RowCheck::Keep(const BodyRow& row) {
  for (size_t i = 0; i < found_.size(); ++i) {
    Found& found = found_[i];
    const Field& field = row.fields[found.field];
    if (found.column == kFresh) {
      if (rules_->columns().size() + new_columns_.size() >= kColumnsMax) {
        Quarantine(RowCode::kTooManyColumns, field.key,
                   "a table has at most " + std::to_string(kColumnsMax) + " columns");
        return;
      }
      auto [place, made] = new_by_fold_.emplace(Upper(field.key), static_cast<int>(new_columns_.size()));
      if (!made) {
        Quarantine(RowCode::kNameConflict, field.key, "another field of the row has this name in another case");
        return;
      }
      found.column = place->second;
      new_columns_.push_back({std::string(field.key), false, SqlType::Varchar(), 0, 0, 0});
    }
  }
  for (const Found& found : found_) {
    const Field& field = row.fields[found.field];
    NewColumn& column = new_columns_[static_cast<size_t>(found.column)];
    if (field.kind == JsonKind::kNull) continue;
    const TypeId before = column.type.id == TypeId::kNumber ? TypeId::kInteger : column.type.id;
    const TypeId type = column.typed ? Join(before, TypeOf(field)) : TypeOf(field);
    ++column.rows;
    column.integer_digits = std::max(column.integer_digits, field.number.integer_digits);
    column.fraction_digits = std::max(column.fraction_digits, field.number.fraction_digits);
    column.type =
        type == TypeId::kInteger && column.integer_digits > kInt64Digits ? SqlType::Number(38, 0) : SqlType::Of(type);
    column.typed = true;
  }
  for (const WiderColumn& wider : wider_found_) {
    auto place = std::ranges::find(wider_, wider.column, &WiderColumn::column);
    if (place == wider_.end()) {
      wider_.push_back(wider);
    } else {
      place->type.precision = std::max(place->type.precision, wider.type.precision);
    }
  }
}

}  // namespace firn::pipeline
