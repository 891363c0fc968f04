// Transforms against the vectors of spec Appendix B, and projections of ranges.
#include <gtest/gtest.h>

#include "base/errors.h"
#include "iceberg/partition_spec.h"

namespace firn::iceberg {
namespace {

using K = Transform::Kind;
const Type kInt = Type::Of(Kind::kInt);
const Type kLong = Type::Of(Kind::kLong);
const Type kString = Type::Of(Kind::kString);
const Type kTimestamp = Type::Of(Kind::kTimestamp);

Value Parsed(const Type& type, const std::string& json) { return *FromJson(type, json); }

TEST(Transform, HashesOfAppendixB) {
  const std::tuple<Type, const char*, int32_t> vectors[] = {
      {kInt, "34", 2017239379},
      {kLong, "34", 2017239379},
      {Type::Decimal(9, 2), "\"14.20\"", -500754589},
      {Type::Of(Kind::kDate), "\"2017-11-16\"", -653330422},
      {Type::Of(Kind::kTime), "\"22:31:08\"", -662762989},
      {kTimestamp, "\"2017-11-16T22:31:08\"", -2047944441},
      {kTimestamp, "\"2017-11-16T22:31:08.000001\"", -1207196810},
      {Type::Of(Kind::kTimestampTz), "\"2017-11-16T22:31:08+00:00\"", -2047944441},
      {Type::Of(Kind::kTimestampNs), "\"2017-11-16T22:31:08.000001001\"", -1207196810},
      {kString, "\"iceberg\"", 1210000089},
      {Type::Of(Kind::kUuid), "\"f79c3e09-677c-4bbd-a479-3f349cb785e7\"", 1488055340},
      {Type::Fixed(4), "\"00010203\"", -188683207},
      {Type::Of(Kind::kBinary), "\"00010203\"", -188683207},
  };
  for (const auto& [type, json, hash] : vectors) {
    EXPECT_EQ(BucketHash(type, Parsed(type, json)), hash) << type.Text() << " " << json;
    EXPECT_EQ(Transform::Of(K::kBucket, 16).Apply(type, Parsed(type, json)), Value((hash & 0x7fffffff) % 16));
  }
}

TEST(Transform, Truncates) {
  Transform ten = Transform::Of(K::kTruncate, 10);
  EXPECT_EQ(ten.Apply(kInt, 1), Value(0));
  EXPECT_EQ(ten.Apply(kInt, -1), Value(-10));
  EXPECT_EQ(ten.Apply(kLong, int64_t{-11}), Value(int64_t{-20}));
  EXPECT_EQ(Transform::Of(K::kTruncate, 50).Apply(Type::Decimal(9, 2), Int128{1065}), Value(Int128{1050}));
  Transform three = Transform::Of(K::kTruncate, 3);
  EXPECT_EQ(three.Apply(kString, std::string("iceberg")), Value(std::string("ice")));
  EXPECT_EQ(three.Apply(kString, std::string("éééé")), Value(std::string("ééé")));
  EXPECT_EQ(three.Apply(Type::Of(Kind::kBinary), std::string("\1\2\3\4", 4)), Value(std::string("\1\2\3")));
}

TEST(Transform, Times) {
  Value before = Parsed(kTimestamp, "\"1969-12-31T22:59:59.999999\"");
  EXPECT_EQ(Transform::Of(K::kYear).Apply(kTimestamp, before), Value(-1));
  EXPECT_EQ(Transform::Of(K::kMonth).Apply(kTimestamp, before), Value(-1));
  EXPECT_EQ(Transform::Of(K::kDay).Apply(kTimestamp, before), Value(-1));
  EXPECT_EQ(Transform::Of(K::kHour).Apply(kTimestamp, before), Value(-2));
  Value after = Parsed(kTimestamp, "\"2017-12-01T10:12:55.038194\"");
  EXPECT_EQ(Transform::Of(K::kYear).Apply(kTimestamp, after), Value(47));
  EXPECT_EQ(Transform::Of(K::kMonth).Apply(kTimestamp, after), Value(575));
  EXPECT_EQ(Transform::Of(K::kDay).Apply(kTimestamp, after), Value(17501));
  EXPECT_EQ(Transform::Of(K::kHour).Apply(kTimestamp, after), Value(420034));
  EXPECT_EQ(Transform::Of(K::kMonth).Apply(Type::Of(Kind::kDate), 17501), Value(575));
}

TEST(Transform, NullStaysNullAndVoidGivesIt) {
  for (const char* text : {"identity", "bucket[4]", "truncate[4]", "void"}) {
    EXPECT_TRUE(IsNull(ParseTransform(text).Apply(kInt, Value()))) << text;
  }
  EXPECT_TRUE(IsNull(Transform::Of(K::kVoid).Apply(kInt, 5)));
}

TEST(Transform, Text) {
  for (const char* text : {"identity", "bucket[16]", "truncate[4]", "year", "month", "day", "hour", "void"}) {
    EXPECT_NE(ParseTransform(text).kind, K::kUnknown);
    EXPECT_EQ(ParseTransform(text).Text(), text);
  }
  for (const char* text : {"zorder", "bucket[0]", "bucket[x]", "bucket[4", "truncate[-1]"}) {
    EXPECT_EQ(ParseTransform(text).kind, K::kUnknown) << text;
    EXPECT_EQ(ParseTransform(text).Text(), text);
    EXPECT_FALSE(ParseTransform(text).CanTransform(kInt));
  }
}

/// A projection keeps every row: where the range wants v, the projected range wants T(v).
TEST(Transform, ProjectionsNeverLoseARow) {
  const Transform transforms[] = {Transform::Of(K::kIdentity), Transform::Of(K::kBucket, 4),
                                  Transform::Of(K::kTruncate, 7)};
  for (const Transform& transform : transforms) {
    for (int64_t lower = -20; lower < 20; ++lower) {
      for (int64_t upper = lower; upper < 20; upper += 3) {
        for (bool open : {false, true}) {
          ColumnRange range;
          range.field_id = 1;
          range.lower = lower;
          range.upper = upper;
          range.lower_open = range.upper_open = open;
          auto projected = Project(transform, kLong, range);
          ASSERT_TRUE(projected);
          for (int64_t v = -25; v < 25; ++v) {
            Value value = v;
            Value target = transform.Apply(kLong, value);
            if (Overlaps(range, &value, &value)) {
              EXPECT_TRUE(Overlaps(*projected, &target, &target));
            }
          }
        }
      }
    }
  }
}

TEST(Transform, ProjectionsPrune) {
  ColumnRange day;
  day.field_id = 1;
  day.lower = Parsed(kTimestamp, "\"2024-05-01T00:00:00\"");
  day.upper = Parsed(kTimestamp, "\"2024-05-02T00:00:00\"");
  auto projected = Project(Transform::Of(K::kDay), kTimestamp, day);
  ASSERT_TRUE(projected);
  Value inside = 19844, outside = 19846;
  EXPECT_TRUE(Overlaps(*projected, &inside, &inside));
  EXPECT_FALSE(Overlaps(*projected, &outside, &outside));

  ColumnRange in;
  in.any_of = {Value(int64_t{34})};
  auto buckets = Project(Transform::Of(K::kBucket, 16), kLong, in);
  ASSERT_TRUE(buckets);
  ASSERT_EQ(buckets->any_of.size(), 1u);
  EXPECT_EQ(buckets->any_of[0], Value(2017239379 % 16));
  EXPECT_FALSE(Project(Transform::Of(K::kVoid), kLong, in));
  EXPECT_FALSE(Project(ParseTransform("zorder"), kLong, in));
}

TEST(Transform, ProjectionsOfTheLeastNumberAreOpen) {
  ColumnRange range;
  range.lower = std::numeric_limits<int64_t>::min();
  range.upper = std::numeric_limits<int64_t>::max();
  for (const Transform& transform : {Transform::Of(K::kTruncate, 10)}) {
    auto projected = Project(transform, kLong, range);
    Value zero = int64_t{0};
    EXPECT_TRUE(Overlaps(*projected, &zero, &zero));
  }
  auto hours = Project(Transform::Of(K::kHour), kTimestamp, range);
  Value zero = 0;
  EXPECT_TRUE(Overlaps(*hours, &zero, &zero));
}

TEST(PartitionSpec, JsonBothWays) {
  const std::string json =
      R"({"spec-id":3,"fields":[{"source-id":4,"field-id":1000,"name":"ts_day","transform":"day"},)"
      R"({"source-id":1,"field-id":1001,"name":"id_bucket","transform":"bucket[16]"}]})";
  auto spec = ParsePartitionSpec(json, "x");
  ASSERT_TRUE(spec.ok());
  EXPECT_EQ(spec->ToJson(), json);
  auto bare = ParsePartitionSpec(spec->FieldsToJson(), "x");
  ASSERT_TRUE(bare.ok());
  EXPECT_EQ(bare->fields, spec->fields);
  auto old = ParsePartitionSpec(
      R"([{"source-id":4,"name":"a","transform":"day"},{"source-id":5,"name":"b","transform":"day"}])", "x");
  ASSERT_TRUE(old.ok());
  EXPECT_EQ(old->fields[1].field_id, 1001);
  for (const char* bad : {"{}", "[{}]", "3", R"([{"source-id":"x","name":"a","transform":"day"}])"}) {
    auto spec_or = ParsePartitionSpec(bad, "x");
    ASSERT_FALSE(spec_or.ok()) << bad;
    EXPECT_TRUE(spec_or.error().Is(errors::kCorrupt));
  }
}

TEST(SortOrder, JsonBothWays) {
  const std::string json =
      R"({"order-id":1,"fields":[{"transform":"identity","source-id":2,"direction":"asc","null-order":"nulls-first"},)"
      R"({"transform":"bucket[4]","source-id":3,"direction":"desc","null-order":"nulls-last"}]})";
  auto order = ParseSortOrder(json, "x");
  ASSERT_TRUE(order.ok());
  EXPECT_EQ(order->ToJson(), json);
}

}  // namespace
}  // namespace firn::iceberg
