// Values: both serialisations against the spec's tables, and the order of values.
#include "iceberg/value.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/errors.h"
#include "iceberg/schema.h"

namespace firn::iceberg {
namespace {

std::string Hex(std::string_view bytes) {
  std::string out;
  for (unsigned char c : bytes) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", c);
    out += digits;
  }
  return out;
}

const Type kTypes[] = {
    Type::Of(Kind::kBoolean),     Type::Of(Kind::kInt),         Type::Of(Kind::kLong),
    Type::Of(Kind::kFloat),       Type::Of(Kind::kDouble),      Type::Decimal(38, 9),
    Type::Of(Kind::kDate),        Type::Of(Kind::kTime),        Type::Of(Kind::kTimestamp),
    Type::Of(Kind::kTimestampTz), Type::Of(Kind::kTimestampNs), Type::Of(Kind::kTimestampTzNs),
    Type::Of(Kind::kString),      Type::Of(Kind::kUuid),        Type::Fixed(4),
    Type::Of(Kind::kBinary),
};

std::vector<Value> Examples(const Type& type) {
  switch (type.kind) {
    case Kind::kBoolean:
      return {true, false};
    case Kind::kInt:
      return {0, -1, std::numeric_limits<int32_t>::min(), std::numeric_limits<int32_t>::max()};
    case Kind::kDate:
      return {0, -1, 17486, -719162, std::numeric_limits<int32_t>::max()};
    case Kind::kFloat:
      return {0.0f, -1.5f, 3.4e38f};
    case Kind::kDouble:
      return {0.0, 0.1, -1e300, 5e-324};
    case Kind::kDecimal:
      return {Int128{0}, Int128{-1}, Int128{128}, Int128{-129}, Int128{1} << 120, -(Int128{1} << 120)};
    case Kind::kTime:
      return {int64_t{0}, int64_t{86'399'999'999}};
    case Kind::kString:
      return {std::string(), std::string("icéberg \"\n")};
    case Kind::kUuid:
      return {std::string("\xF7\x9C\x3E\x09\x67\x7C\x4B\xBD\xA4\x79\x3F\x34\x9C\xB7\x85\xE7")};
    case Kind::kFixed:
      return {std::string("\0\1\2\xff", 4)};
    case Kind::kBinary:
      return {std::string(), std::string("\0\1\2\xff", 4)};
    default:
      return {int64_t{0}, int64_t{-1}, int64_t{1'510'871'468'123'456}, std::numeric_limits<int64_t>::max()};
  }
}

TEST(Value, SurvivesBothSerialisations) {
  for (const Type& type : kTypes) {
    for (const Value& value : Examples(type)) {
      EXPECT_TRUE(Fits(type, value)) << type.Text();
      auto binary = FromBinary(type, ToBinary(type, value));
      ASSERT_TRUE(binary.ok()) << type.Text();
      EXPECT_EQ(*binary, value) << type.Text();
      auto json = FromJson(type, ToJson(type, value));
      ASSERT_TRUE(json.ok()) << type.Text() << " " << ToJson(type, value);
      EXPECT_EQ(*json, value) << type.Text() << " " << ToJson(type, value);
    }
    EXPECT_EQ(ToJson(type, Value()), "null");
  }
}

TEST(Value, BinaryFormsOfTheSpec) {
  EXPECT_EQ(Hex(ToBinary(Type::Of(Kind::kInt), 34)), "22000000");
  EXPECT_EQ(Hex(ToBinary(Type::Of(Kind::kLong), int64_t{34})), "2200000000000000");
  EXPECT_EQ(Hex(ToBinary(Type::Decimal(9, 2), Int128{1420})), "058c");
  EXPECT_EQ(Hex(ToBinary(Type::Decimal(9, 2), Int128{-1})), "ff");
  EXPECT_EQ(Hex(ToBinary(Type::Decimal(9, 2), Int128{128})), "0080");
  EXPECT_EQ(Hex(ToBinary(Type::Decimal(9, 2), Int128{-128})), "80");
  EXPECT_EQ(Hex(ToBinary(Type::Of(Kind::kBoolean), true)), "01");
}

TEST(Value, JsonFormsOfTheSpec) {
  EXPECT_EQ(ToJson(Type::Of(Kind::kDate), 17486), "\"2017-11-16\"");
  EXPECT_EQ(ToJson(Type::Of(Kind::kTime), int64_t{81'068'123'456}), "\"22:31:08.123456\"");
  EXPECT_EQ(ToJson(Type::Of(Kind::kTimestamp), int64_t{1'510'871'468'123'456}), "\"2017-11-16T22:31:08.123456\"");
  EXPECT_EQ(ToJson(Type::Of(Kind::kTimestampTz), int64_t{1'510'871'468'123'456}),
            "\"2017-11-16T22:31:08.123456+00:00\"");
  EXPECT_EQ(ToJson(Type::Of(Kind::kTimestampNs), int64_t{1'510'871'468'123'456'789}),
            "\"2017-11-16T22:31:08.123456789\"");
  EXPECT_EQ(ToJson(Type::Of(Kind::kTimestamp), int64_t{-1}), "\"1969-12-31T23:59:59.999999\"");
  EXPECT_EQ(ToJson(Type::Decimal(9, 2), Int128{1420}), "\"14.20\"");
  EXPECT_EQ(ToJson(Type::Decimal(9, 2), Int128{-5}), "\"-0.05\"");
  EXPECT_EQ(ToJson(Type::Of(Kind::kFloat), 1.0f), "1.0");
  EXPECT_EQ(ToJson(Type::Of(Kind::kUuid), Examples(Type::Of(Kind::kUuid))[0]),
            "\"f79c3e09-677c-4bbd-a479-3f349cb785e7\"");
  EXPECT_EQ(ToJson(Type::Fixed(4), std::string("\0\1\2\xff", 4)), "\"000102ff\"");
}

TEST(Value, JsonOfAnotherTypeIsRefused) {
  const std::pair<Type, const char*> bad[] = {
      {Type::Of(Kind::kInt), "2147483648"},
      {Type::Of(Kind::kInt), "\"1\""},
      {Type::Of(Kind::kBoolean), "1"},
      {Type::Of(Kind::kDate), "\"2017-02-30\""},
      {Type::Of(Kind::kDate), "\"2017-11-16 \""},
      {Type::Of(Kind::kTime), "\"24:00:00\""},
      {Type::Of(Kind::kTimestamp), "\"2017-11-16T22:31:08+00:00\""},
      {Type::Of(Kind::kTimestampTz), "\"2017-11-16T22:31:08\""},
      {Type::Of(Kind::kTimestamp), "\"2017-11-16T22:31:08.1234567\""},
      {Type::Decimal(4, 2), "\"100.00\""},
      {Type::Decimal(4, 2), "\"1.001\""},
      {Type::Of(Kind::kUuid), "\"f79c3e09\""},
      {Type::Fixed(4), "\"0001\""},
      {Type::Of(Kind::kBinary), "\"0g\""},
      {Type::Of(Kind::kString), "{"},
  };
  for (const auto& [type, json] : bad) {
    auto value = FromJson(type, json);
    ASSERT_FALSE(value.ok()) << type.Text() << " " << json;
    EXPECT_TRUE(value.error().Is(errors::kCorrupt));
  }
}

TEST(Value, BinaryOfAnotherLengthIsRefused) {
  for (const Type& type : kTypes) {
    if (type.kind == Kind::kString || type.kind == Kind::kBinary || type.kind == Kind::kDecimal) continue;
    EXPECT_FALSE(FromBinary(type, "123").ok()) << type.Text();
  }
  EXPECT_FALSE(FromBinary(Type::Decimal(9, 2), "").ok());
  EXPECT_FALSE(FromBinary(Type::Decimal(9, 2), std::string(17, '\0')).ok());
  EXPECT_FALSE(FromBinary(Type::Of(Kind::kVariant), "x").ok());
}

TEST(Value, BoundsFromBeforeAPromotion) {
  EXPECT_EQ(*FromBinary(Type::Of(Kind::kLong), ToBinary(Type::Of(Kind::kInt), -34)), Value(int64_t{-34}));
  EXPECT_EQ(*FromBinary(Type::Of(Kind::kDouble), ToBinary(Type::Of(Kind::kFloat), 1.5f)), Value(1.5));
  EXPECT_EQ(*FromBinary(Type::Of(Kind::kTimestamp), ToBinary(Type::Of(Kind::kDate), 1)),
            Value(int64_t{86'400'000'000}));
}

TEST(Value, Order) {
  double nan = std::nan("");
  const std::vector<Value> rising[] = {
      {-INFINITY, -1.0, -0.0, 0.0, 1.0, static_cast<double>(INFINITY), nan},
      {std::string(), std::string("a"), std::string("ab"), std::string("b"), std::string("\xc3\xa9")},
      {Int128{-1} << 100, Int128{-1}, Int128{0}, Int128{1} << 100},
      {-2, int64_t{-1}, 0, int64_t{1} << 40},
      {false, true},
      {Value(), Value(1)},
  };
  for (const auto& values : rising) {
    for (size_t i = 0; i < values.size(); ++i) {
      for (size_t j = 0; j < values.size(); ++j) {
        EXPECT_EQ(Compare(values[i], values[j]), i <=> j) << i << " " << j;
      }
    }
  }
  EXPECT_TRUE(Compare(1.5f, 1.5) == 0);
}

TEST(Value, Decimals) {
  Int128 out = 0;
  EXPECT_TRUE(ParseDecimal("2E+20", 0, &out));
  EXPECT_EQ(DecimalText(out, 0), "200000000000000000000");
  EXPECT_TRUE(ParseDecimal("-99999999999999999999999999999999999999", 0, &out));
  EXPECT_EQ(DecimalText(out, 0), "-99999999999999999999999999999999999999");
  EXPECT_FALSE(ParseDecimal("100000000000000000000000000000000000000", 0, &out));
  EXPECT_FALSE(ParseDecimal("10000000000000000000000000000000000000", 1, &out));
  EXPECT_TRUE(ParseDecimal(".5", 2, &out));
  EXPECT_EQ(DecimalText(out, 2), "0.50");
  for (const char* bad : {"", ".", "1.2.3", "1e", "x", "1.005", "--1"}) EXPECT_FALSE(ParseDecimal(bad, 2, &out)) << bad;
}

}  // namespace
}  // namespace firn::iceberg
