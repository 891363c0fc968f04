// Partition specs, their transforms, and sort orders (spec "Partitioning", "Sorting", Appendix B). Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "iceberg/schema.h"
#include "iceberg/value.h"

namespace firn::iceberg {

struct Transform {
  enum class Kind : uint8_t { kIdentity, kBucket, kTruncate, kYear, kMonth, kDay, kHour, kVoid, kUnknown };
  Kind kind = Kind::kIdentity;
  int parameter = 0;  ///< buckets, or width
  std::string text;   ///< as written, kept for kUnknown

  static Transform Of(Kind kind, int parameter = 0) { return {kind, parameter, {}}; }
  /// "identity", "bucket[16]", "truncate[4]"
  std::string Text() const;
  /// Whether `source` may be transformed so (spec "Partition Transforms"). Unknown transforms may not be applied.
  bool CanTransform(const Type& source) const;
  /// The type of the result: bucket int, year/month/hour int, day date, others the source's.
  Type ResultType(const Type& source) const;
  /// The partition value; null gives null. `value` fits `source`, and CanTransform(source).
  Value Apply(const Type& source, const Value& value) const;
  bool operator==(const Transform&) const = default;
};
/// Anything that is not known is kept as kUnknown.
Transform ParseTransform(std::string_view text);

/// Murmur3 x86 32-bit with seed 0 of spec Appendix B: the hash under bucket[N].
int32_t BucketHash(const Type& type, const Value& value);

struct PartitionField {
  int source_id = 0;
  int field_id = 0;  ///< from 1000; 0: to be assigned
  std::string name;
  Transform transform;
  bool operator==(const PartitionField&) const = default;
};

struct PartitionSpec {
  int spec_id = 0;
  std::vector<PartitionField> fields;

  bool IsUnpartitioned() const;  ///< no field, or void ones only
  /// Equal but for spec_id and field ids.
  bool SameFields(const PartitionSpec& other) const;
  /// Result type of field `index` over `schema`; string when its source was dropped.
  Type ResultType(const Schema& schema, size_t index) const;
  /// {"spec-id":0,"fields":[…]}
  std::string ToJson() const;
  /// […] alone, as manifests carry it.
  std::string FieldsToJson() const;
};

/// Errors: kCorrupt. Takes the spec object, or the bare array of fields.
Result<PartitionSpec> ParsePartitionSpec(std::string_view json, std::string_view name);

/// Checks sources and transforms against `schema` and gives missing names ("ts_day", "id_bucket_16") and field ids
/// after `last_partition_id`. Returns the new highest id. Errors: kInvalidInput.
Result<int> CompleteSpec(PartitionSpec* spec, const Schema& schema, int last_partition_id);

/// What a WHERE clause says of one column: the rows wanted have a value within the bounds (and in `any_of`, if that is
/// not empty), or are null if `nulls`. Columns of a predicate are joined by AND; what it leaves out is unrestricted.
struct ColumnRange {
  int field_id = 0;
  std::optional<Value> lower;  ///< none: unbounded
  std::optional<Value> upper;
  bool lower_open = false;  ///< `>` instead of `>=`
  bool upper_open = false;
  std::vector<Value> any_of;  ///< IN list, non-null values; empty: no list
  bool values = true;         ///< false: only nulls are wanted (IS NULL)
  bool nulls = false;         ///< nulls are wanted too
};

/// `range` on the source column as a range of `transform`'s values: never narrower than the truth. None: says nothing.
std::optional<ColumnRange> Project(const Transform& transform, const Type& source, const ColumnRange& range);

/// Whether `range` wants a non-null value within [lower, upper] (missing bounds are open ends).
bool Overlaps(const ColumnRange& range, const Value* lower, const Value* upper);

struct SortField {
  int source_id = 0;
  Transform transform;
  bool ascending = true;
  bool nulls_first = true;
  bool operator==(const SortField&) const = default;
};

struct SortOrder {
  int order_id = 0;  ///< 0 is "unsorted"
  std::vector<SortField> fields;
  bool operator==(const SortOrder&) const = default;
  std::string ToJson() const;
};

Result<SortOrder> ParseSortOrder(std::string_view json, std::string_view name);

}  // namespace firn::iceberg
