#include "iceberg/data_file.h"

#include <algorithm>

#include "iceberg/table_metadata.h"

namespace firn::iceberg {

namespace {

std::optional<Value> Decode(const std::optional<std::string>& bytes, const Type& type) {
  if (!bytes) return std::nullopt;
  auto value = FromBinary(type, *bytes);
  if (!value.ok() || IsNan(*value)) return std::nullopt;
  return *std::move(value);
}

/// As Overlaps for texts and a range without a list, without a copy of the bounds.
bool TextOverlaps(const ColumnRange& range, const ColumnMetrics& metrics) {
  if (range.lower && metrics.upper) {
    int order = metrics.upper->compare(std::get<std::string>(*range.lower));
    if (order < 0 || (order == 0 && range.lower_open)) return false;
  }
  if (range.upper && metrics.lower) {
    int order = metrics.lower->compare(std::get<std::string>(*range.upper));
    if (order > 0 || (order == 0 && range.upper_open)) return false;
  }
  return true;
}

bool IsText(const std::optional<Value>& bound) { return !bound || std::holds_alternative<std::string>(*bound); }

bool ColumnMayMatch(const DataFile& file, const ColumnRange& range, const Type& type) {
  const ColumnMetrics* metrics = file.Column(range.field_id);
  if (!metrics) return true;
  bool all_null = metrics->value_count >= 0 && metrics->null_count == metrics->value_count;
  if (range.nulls && metrics->null_count != 0) return true;
  if (all_null || !range.values) return false;
  bool is_text = type.kind == Kind::kString || type.kind == Kind::kBinary;
  if (is_text && range.any_of.empty() && IsText(range.lower) && IsText(range.upper))
    return TextOverlaps(range, *metrics);
  std::optional<Value> lower = Decode(metrics->lower, type);
  std::optional<Value> upper = Decode(metrics->upper, type);
  // Bounds leave NaN out, which is the greatest value.
  bool may_be_nan = (type.kind == Kind::kFloat || type.kind == Kind::kDouble) && metrics->nan_count != 0;
  if (may_be_nan) upper.reset();
  return Overlaps(range, lower ? &*lower : nullptr, upper ? &*upper : nullptr);
}

}  // namespace

const ColumnMetrics* DataFile::Column(int field_id) const {
  auto at = std::lower_bound(columns.begin(), columns.end(), field_id,
                             [](const ColumnMetrics& column, int id) { return column.field_id < id; });
  return at != columns.end() && at->field_id == field_id ? &*at : nullptr;
}

std::optional<Value> DataFile::LowerBound(int field_id, const Type& type) const {
  const ColumnMetrics* metrics = Column(field_id);
  return metrics ? Decode(metrics->lower, type) : std::nullopt;
}

std::optional<Value> DataFile::UpperBound(int field_id, const Type& type) const {
  const ColumnMetrics* metrics = Column(field_id);
  return metrics ? Decode(metrics->upper, type) : std::nullopt;
}

FilePruner::FilePruner(const TableMetadata& metadata, const Schema& schema, std::vector<ColumnRange> predicate) {
  for (ColumnRange& range : predicate) {
    const Field* field = schema.FindById(range.field_id);
    if (!field || field->type.IsNested()) continue;
    for (const PartitionSpec& spec : metadata.partition_specs) {
      for (size_t i = 0; i < spec.fields.size(); ++i) {
        if (spec.fields[i].source_id != range.field_id) continue;
        auto projected = Project(spec.fields[i].transform, field->type, range);
        if (!projected) continue;
        auto at = std::find_if(specs_.begin(), specs_.end(),
                               [&](const SpecRanges& ranges) { return ranges.spec_id == spec.spec_id; });
        if (at == specs_.end()) at = specs_.insert(specs_.end(), SpecRanges{spec.spec_id, {}});
        at->ranges.push_back({i, *std::move(projected)});
      }
    }
    columns_.push_back({std::move(range), field->type});
  }
}

bool FilePruner::MayMatch(const DataFile& file) const {
  for (const SpecRanges& spec : specs_) {
    if (spec.spec_id != file.spec_id) continue;
    for (const PartitionRange& partition : spec.ranges) {
      if (partition.index >= file.partition.size()) continue;
      const Value& value = file.partition[partition.index];
      if (IsNull(value) ? !partition.range.nulls : !Overlaps(partition.range, &value, &value)) return false;
    }
  }
  return std::all_of(columns_.begin(), columns_.end(),
                     [&](const SourceColumn& column) { return ColumnMayMatch(file, column.range, column.type); });
}

}  // namespace firn::iceberg
