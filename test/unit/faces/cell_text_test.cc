#include "faces/snowflake/cell_text.h"

#include <gtest/gtest.h>

#include <limits>

namespace firn::faces {
namespace {

std::string Scaled(Int128 value, int scale) {
  std::string out;
  AppendScaled(value, scale, &out);
  return out;
}

std::string SecondsOf(Micros micros, int scale) {
  std::string out;
  AppendSeconds(micros, scale, &out);
  return out;
}

std::string Real(double value) {
  std::string out;
  AppendReal(value, &out);
  return out;
}

TEST(CellTextTest, WritesExactlyTheScalesDigits) {
  EXPECT_EQ(Scaled(0, 0), "0");
  EXPECT_EQ(Scaled(0, 2), "0.00");
  EXPECT_EQ(Scaled(5, 2), "0.05");
  EXPECT_EQ(Scaled(-5, 2), "-0.05");
  EXPECT_EQ(Scaled(1234, 2), "12.34");
  EXPECT_EQ(Scaled(-100, 0), "-100");
  EXPECT_EQ(Scaled(std::numeric_limits<int64_t>::min(), 0), "-9223372036854775808");
  Int128 wide = 1;
  for (int i = 0; i < 37; ++i) wide *= 10;
  EXPECT_EQ(Scaled(wide, 0), "1" + std::string(37, '0'));
  EXPECT_EQ(Scaled(wide, 37), "1." + std::string(37, '0'));
  EXPECT_EQ(Scaled(wide * 9 + 1, 37), "9." + std::string(36, '0') + "1");
  EXPECT_EQ(Scaled(Int128{1} << 64, 19), "1.8446744073709551616");
  EXPECT_EQ(Scaled(Int128{1} << 64, 20), "0.18446744073709551616");
}

TEST(CellTextTest, WritesSecondsAsTheSameDecimalNumber) {
  EXPECT_EQ(SecondsOf(3'600'000'000, 9), "3600.000000000");
  EXPECT_EQ(SecondsOf(-1'500'000, 9), "-1.500000000");
  EXPECT_EQ(SecondsOf(1'234'567, 6), "1.234567");
  EXPECT_EQ(SecondsOf(1'234'567, 3), "1.234");
  EXPECT_EQ(SecondsOf(1'999'999, 0), "1");
  EXPECT_EQ(SecondsOf(-1, 0), "-1");
}

TEST(CellTextTest, WritesRealsShortest) {
  EXPECT_EQ(Real(1.5), "1.5");
  EXPECT_EQ(Real(1e300), "1e+300");
  EXPECT_EQ(Real(0.1), "0.1");
  EXPECT_EQ(Real(std::numeric_limits<double>::quiet_NaN()), "NaN");
  EXPECT_EQ(Real(-std::numeric_limits<double>::infinity()), "-inf");
}

TEST(CellTextTest, ReadsDatesAndTimes) {
  EXPECT_EQ(ParseDate("1970-01-01"), 0);
  EXPECT_EQ(ParseDate("2000-03-01"), 11017);
  EXPECT_EQ(ParseDate("1969-12-31"), -1);
  EXPECT_EQ(ParseDate("0001-01-01"), -719162);
  EXPECT_EQ(ParseDate("2000-13-01"), std::nullopt);
  EXPECT_EQ(ParseDate("2000-01-01x"), std::nullopt);
  EXPECT_EQ(ParseTime("01:00:00.5"), 3'600'500'000);
  EXPECT_EQ(ParseTime("25"), std::nullopt);
}

TEST(CellTextTest, ReadsTimestampsWithOffsets) {
  EXPECT_EQ(ParseTimestamp("1970-01-01 00:00:01.25")->micros, 1'250'000);
  auto east = ParseTimestamp("1970-01-01 01:00:00 +01:00");
  ASSERT_TRUE(east.has_value());
  EXPECT_EQ(east->micros, 0);
  EXPECT_EQ(east->offset_minutes, 60);
  auto west = ParseTimestamp("1969-12-31 16:00:00.000000-0800");
  ASSERT_TRUE(west.has_value());
  EXPECT_EQ(west->micros, 0);
  EXPECT_EQ(west->offset_minutes, -480);
  EXPECT_EQ(ParseTimestamp("1970-01-01 00:00:00Z")->micros, 0);
  EXPECT_FALSE(ParseTimestamp("1970-01-01 nonsense").has_value());
}

TEST(CellTextTest, ReadsDecimals) {
  EXPECT_TRUE(ParseDecimal("12.34", 2) == Int128{1234});
  EXPECT_TRUE(ParseDecimal("12.3", 2) == Int128{1230});
  EXPECT_TRUE(ParseDecimal("-12", 2) == Int128{-1200});
  EXPECT_TRUE(ParseDecimal("12.3400", 2) == Int128{1234});
  EXPECT_FALSE(ParseDecimal("12.345", 2).has_value());
  EXPECT_FALSE(ParseDecimal("", 0).has_value());
  EXPECT_FALSE(ParseDecimal("1e5", 0).has_value());
}

}  // namespace
}  // namespace firn::faces
