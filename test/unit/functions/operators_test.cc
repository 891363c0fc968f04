// Operators and casts: Snowflake's results, types and errors.
#include <gtest/gtest.h>

#include "functions_fixture.h"

namespace firn::functions {
namespace {

class Operators : public FunctionsTest {
 protected:
  /// The type that a single expression's column is reported with.
  std::string TypeOf(const std::string& expression) {
    std::string result = Rows("SELECT " + expression + " AS x");
    return columns.size() == 1 ? columns[0].type.Text() : result;
  }
};

TEST_F(Operators, DivisionIsDecimal) {
  EXPECT_EQ(Text("1/2"), "0.500000");
  EXPECT_EQ(Text("2/7"), "0.285714");
  EXPECT_EQ(Text("10.1/2.1"), "4.8095238");
  EXPECT_EQ(Text("-2/3"), "-0.666667");
  EXPECT_EQ(Text("2/-3"), "-0.666667");
  EXPECT_EQ(Text("1::FLOAT/4"), "0.25");
  EXPECT_EQ(TypeOf("10.1/2.1"), "NUMBER(10,7)");
  EXPECT_EQ(Text("99999999999999999999999999999999/3"), "33333333333333333333333333333333.000000");
  EXPECT_EQ(Text("1/NULL"), "NULL");
}

TEST_F(Operators, ZeroDivisorFails) {
  EXPECT_EQ(Text("1/0"), "100051: Division by zero");
  EXPECT_EQ(Text("1.5/0"), "100051: Division by zero");
  EXPECT_EQ(Text("1::FLOAT/0"), "100051: Division by zero");
  EXPECT_EQ(Text("5%0"), "100051: Division by zero");
  EXPECT_EQ(Text("CASE WHEN FALSE THEN 1/0 ELSE 7 END"), "7.000000");
  EXPECT_EQ(Text("DIV0(3.5, 0)"), "0.0000000");
}

TEST_F(Operators, MultiplicationScaleIsCapped) {
  EXPECT_EQ(Text("10.01*1.1"), "11.011");
  EXPECT_EQ(Text("0.1234567891::NUMBER(20,10) * 0.1::NUMBER(20,10)"), "0.012345678910");
  EXPECT_EQ(TypeOf("1::NUMBER(20,10) * 1::NUMBER(20,10)"), "NUMBER(32,12)");
  EXPECT_EQ(Text("1.5 * 2::FLOAT"), "3");
}

TEST_F(Operators, IntegersStayIntegers) {
  EXPECT_EQ(Text("2+3"), "5");
  EXPECT_EQ(Text("2147483647 + 1"), "2147483648");
  EXPECT_EQ(Text("7 % 3"), "1");
  EXPECT_EQ(Text("-7 % 3"), "-1");
  EXPECT_EQ(Text("7.5 % 2"), "1.5");
  EXPECT_EQ(Text("9223372036854775807::INT + 1::INT").substr(0, 6), "100039");
  EXPECT_EQ(Text("- (3 + 4)"), "-7");
}

TEST_F(Operators, TextBecomesNumbers) {
  EXPECT_EQ(Text("'3' + 4"), "7");
  EXPECT_EQ(Text("'1.5' * 2"), "3.0");
  EXPECT_EQ(Text("'x' + 1"), "100038: Numeric value 'x' is not recognized");
  EXPECT_EQ(Text("17 || '76'"), "1776");
  EXPECT_EQ(Text("1.50 || 'x'"), "1.5x");
  EXPECT_EQ(Text("NULL || 'x'"), "NULL");
  EXPECT_EQ(Text("TRUE + 1").substr(0, 6), "001044");
}

TEST_F(Operators, Dates) {
  EXPECT_EQ(Text("'2024-04-15'::DATE + 1"), "2024-04-16");
  EXPECT_EQ(Text("'2024-04-15'::DATE - 15"), "2024-03-31");
  EXPECT_EQ(Text("'2024-04-15'::DATE - '2024-04-01'::DATE"), "14");
  EXPECT_EQ(Text("'2019-02-28'::DATE + INTERVAL '1 day, 1 year'"), "2020-03-01");
  EXPECT_EQ(Text("'2019-02-28'::DATE + INTERVAL '1 year, 1 day'"), "2020-02-29");
  EXPECT_EQ(TypeOf("'1998-12-01'::DATE - INTERVAL '90 day'"), "DATE");
  EXPECT_EQ(Text("'2024-01-01'::DATE + INTERVAL '1 hour'"), "2024-01-01 01:00:00.000");
  EXPECT_EQ(Text("'2024-01-31 10:00:00 +0200'::TIMESTAMP_TZ + INTERVAL '1 month'"), "2024-02-29 10:00:00.000 +0200");
  EXPECT_EQ(Text("'2024-04-15'::TIMESTAMP + 1").substr(0, 6), "001044");
}

TEST_F(Operators, Comparisons) {
  EXPECT_EQ(Text("'5.4' > 5"), "true");
  EXPECT_EQ(Text("'10' > 9"), "true");
  EXPECT_EQ(Text("'2024-01-01 00:00:00 +0000'::TIMESTAMP_TZ = '2024-01-01 01:00:00 +0100'::TIMESTAMP_TZ"), "true");
  EXPECT_EQ(Text("PARSE_JSON('5.4') > 5"), "true");
  EXPECT_EQ(Text("PARSE_JSON('{\"a\":\"x\"}'):a = 'x'"), "true");
  EXPECT_EQ(Text("PARSE_JSON('{\"a\":1}') = PARSE_JSON('{ \"a\" : 1.0 }')"), "true");
  EXPECT_EQ(Text("PARSE_JSON('10') > PARSE_JSON('9')"), "true");
  EXPECT_EQ(Text("'2024-01-02'::DATE > '01/01/2024'"), "true");
  EXPECT_EQ(Text("'a' = 'a '"), "false");
  EXPECT_EQ(Text("NULL = 1"), "NULL");
  EXPECT_EQ(Text("PARSE_JSON('3') IN (1, 3)"), "true");
}

TEST_F(Operators, CastsToNumbers) {
  EXPECT_EQ(Text("2.5::FLOAT::INT"), "3");
  EXPECT_EQ(Text("-2.5::INT"), "-3");
  EXPECT_EQ(Text("'12.3456'::NUMBER(10,2)"), "12.35");
  EXPECT_EQ(Text("'1e3'::INT"), "1000");
  EXPECT_EQ(Text("'abc'::INT"), "100038: Numeric value 'abc' is not recognized");
  EXPECT_EQ(Text("'1000'::NUMBER(3,0)"), "100039: Numeric value '1000' is out of range");
  EXPECT_EQ(Text("11.11::NUMBER(3,2)"),
            "100046: Number out of representable range: type FIXED[SB2](3,2){nullable}, value 11.11");
  EXPECT_EQ(Text("12.3::FLOAT::NUMBER(3,2)").substr(0, 6), "100039");
  EXPECT_EQ(Text("TRUE::INT"), "1");
  EXPECT_EQ(Text("TRY_CAST('abc' AS INT)"), "NULL");
  EXPECT_EQ(Text("12345678901234567890123456789012345678"), "12345678901234567890123456789012345678");
}

TEST_F(Operators, CastsToText) {
  EXPECT_EQ(Text("5.000::FLOAT::VARCHAR"), "5");
  EXPECT_EQ(Text("1e18::FLOAT::VARCHAR"), "1e+18");
  EXPECT_EQ(Text("1e-7::FLOAT::VARCHAR"), "1e-07");
  EXPECT_EQ(Text("123456789.123::FLOAT::VARCHAR"), "123456789.123");
  EXPECT_EQ(Text("TRUE::VARCHAR"), "true");
  EXPECT_EQ(Text("'9.8765'::VARCHAR(4)"), "100078: String '9.8765' is too long and would be truncated");
  EXPECT_EQ(Text("123::VARCHAR(2)"), "100078: String '123' is too long and would be truncated");
  EXPECT_EQ(Text("X'ABCD'::VARCHAR"), "ABCD");
  EXPECT_EQ(Text("'ab'::VARCHAR(2)"), "ab");
  EXPECT_EQ(Text("TRY_CAST('abc' AS VARCHAR(2))"), "NULL");
  facts["DATE_OUTPUT_FORMAT"] = "DD.MM.YYYY";
  EXPECT_EQ(Text("'2024-04-15'::DATE"), "15.04.2024");
}

TEST_F(Operators, CastsToDates) {
  EXPECT_EQ(Text("'03-April-2024'::DATE"), "2024-04-03");
  EXPECT_EQ(Text("'04/03/2024'::DATE"), "2024-04-03");
  EXPECT_EQ(Text("'2024/04/03'::DATE"), "100040: Date '2024/04/03' is not recognized");
  EXPECT_EQ(Text("'2024-02-30'::DATE"), "100040: Date '2024-02-30' is not recognized");
  EXPECT_EQ(Text("'x'::TIMESTAMP"), "100035: Timestamp 'x' is not recognized");
  EXPECT_EQ(Text("'25:00'::TIME"), "100108: Time '25:00' is not recognized");
  EXPECT_EQ(Text("'2024-01-02 16:00 +05:00'::TIMESTAMP_NTZ"), "2024-01-02 16:00:00.000");
  EXPECT_EQ(Text("'2024-01-02T16:00:01.123456Z'::TIMESTAMP_TZ"), "2024-01-02 16:00:01.123 +0000");
  EXPECT_EQ(Text("'1487654321321'::TIMESTAMP"), "2017-02-21 05:18:41.321");
  EXPECT_EQ(Text("'Thu, 21 Dec 2000 16:01:07 +0200'::TIMESTAMP_TZ"), "2000-12-21 16:01:07.000 +0200");
  EXPECT_EQ(Text("'2024-01-02 03:04:05.678'::TIMESTAMP::TIME"), "03:04:05");
  EXPECT_EQ(Text("'2024-01-02 03:04:05.678'::TIMESTAMP::DATE"), "2024-01-02");
  facts["DATE_INPUT_FORMAT"] = "DD.MM.YYYY";
  EXPECT_EQ(Text("'03.04.2024'::DATE"), "2024-04-03");
}

TEST_F(Operators, SessionZone) {
  facts["TIMEZONE"] = "America/Los_Angeles";
  EXPECT_EQ(Text("'2024-07-01 12:00:00'::TIMESTAMP_LTZ"), "2024-07-01 12:00:00.000 -0700");
  EXPECT_EQ(Text("'2024-01-01 12:00:00'::TIMESTAMP_TZ"), "2024-01-01 12:00:00.000 -0800");
  EXPECT_EQ(Text("'2024-01-01 12:00:00 +0000'::TIMESTAMP_LTZ"), "2024-01-01 04:00:00.000 -0800");
  EXPECT_EQ(Text("'2024-01-01 12:00:00 +0000'::TIMESTAMP_LTZ::TIMESTAMP_NTZ"), "2024-01-01 04:00:00.000");
  EXPECT_EQ(Text("CONVERT_TIMEZONE('America/New_York', '2024-01-01 12:00:00 +0000'::TIMESTAMP_TZ)"),
            "2024-01-01 07:00:00.000 -0500");
  EXPECT_EQ(Text("DATEADD(month, 6, '2024-01-01 12:00:00 -0800'::TIMESTAMP_TZ)"), "2024-07-01 12:00:00.000 -0800");
  EXPECT_EQ(Text("DATE_TRUNC('day', '2024-01-01 02:00:00 +0000'::TIMESTAMP_LTZ)"), "2023-12-31 00:00:00.000 -0800");
}

TEST_F(Operators, CastsToBoolean) {
  EXPECT_EQ(Text("'On'::BOOLEAN"), "true");
  EXPECT_EQ(Text("'x'::BOOLEAN"), "100037: Boolean value 'x' is not recognized");
  EXPECT_EQ(Text("0.1::BOOLEAN"), "true");
}

TEST_F(Operators, Variants) {
  EXPECT_EQ(Text("TO_JSON('S'::VARIANT)"), "\"S\"");
  EXPECT_EQ(Text("'S'::VARIANT::VARCHAR"), "S");
  EXPECT_EQ(Text("PARSE_JSON('{\"a\":null}'):a::VARCHAR"), "NULL");
  EXPECT_EQ(Text("TO_JSON(PARSE_JSON('{\"a\":null}'):a)"), "null");
  EXPECT_EQ(Text("PARSE_JSON('{\"a\":null}'):b"), "NULL");
  EXPECT_EQ(Text("PARSE_JSON('{\"a\":{\"b\":[1,{\"c\":\"x\"}]}}'):a.b[1].c"), "x");
  EXPECT_EQ(Text("PARSE_JSON('{\"Name\":1}'):name"), "NULL");
  EXPECT_EQ(Text("PARSE_JSON('[1, ,77]')"), "[1,undefined,77]");
  EXPECT_EQ(Text("PARSE_JSON('[-1,false,]')"), "[-1,false,undefined]");
  EXPECT_EQ(Text("PARSE_JSON('{a: \\'x\\', \"b\": 1e2}')"), "{\"a\":\"x\",\"b\":1.000000000000000e+02}");
  EXPECT_EQ(Text("PARSE_JSON('  ')"), "NULL");
  EXPECT_EQ(Text("PARSE_JSON('{\"a\":1,\"a\":2}')").substr(0, 6), "100069");
  EXPECT_EQ(Text("PARSE_JSON('{\"a\":1,\"a\":2}', 'd')"), "{\"a\":2}");
  EXPECT_EQ(Text("PARSE_JSON('12345678901234567890.5')::VARCHAR"), "12345678901234567890.5");
  EXPECT_EQ(Text("PARSE_JSON('\"x\"')::INT"), "100071: Failed to cast variant value \"x\" to FIXED");
  EXPECT_EQ(Text("PARSE_JSON('\"12\"')::INT"), "12");
  EXPECT_EQ(Text("PARSE_JSON('\"2024-01-01\"')::DATE"), "2024-01-01");
  EXPECT_EQ(Text("TO_VARIANT(1.50)::VARCHAR"), "1.5");
  EXPECT_EQ(Text("OBJECT_CONSTRUCT('a', 1.5::FLOAT)::VARCHAR"), "{\"a\":1.500000000000000e+00}");
  EXPECT_EQ(Text("GET(OBJECT_CONSTRUCT('a', 1.5::FLOAT), 'a')::VARCHAR"), "1.5");
  EXPECT_EQ(Text("PARSE_JSON('1e2')::VARCHAR"), "100");
  EXPECT_EQ(Text("[12, 'x', NULL]"), "[12,\"x\",undefined]");
  EXPECT_EQ(Text("{'k': [1], 'a': NULL}"), "{\"k\":[1]}");
  EXPECT_EQ(Text("UPPER(PARSE_JSON('{\"a\":\"x\"}'):a)"), "X");
  EXPECT_EQ(TypeOf("PARSE_JSON('1')"), "VARIANT");
  EXPECT_EQ(TypeOf("[1]"), "ARRAY");
  EXPECT_EQ(TypeOf("{'a': 1}"), "OBJECT");
  EXPECT_EQ(TypeOf("COALESCE(PARSE_JSON('1'), [2])"), "VARIANT");
  EXPECT_EQ(TypeOf("CASE WHEN TRUE THEN PARSE_JSON('1') END"), "VARIANT");
  EXPECT_EQ(TypeOf("MAX(PARSE_JSON('1'))"), "VARIANT");
}

TEST_F(Operators, Refusals) {
  EXPECT_EQ(Text("NO_SUCH(1)"), "002140: SQL compilation error:\nUnknown function NO_SUCH.");
  EXPECT_EQ(Text("AI_COMPLETE('m', 'p')").substr(0, 6), "000002");
  EXPECT_EQ(Text("ABS()").substr(0, 6), "000938");
  EXPECT_EQ(Text("ABS(1, 2)").substr(0, 6), "000939");
  EXPECT_EQ(Text("\"upper\"('a')").substr(0, 6), "002140");
  EXPECT_EQ(Text("DATEADD(nonsense, 1, '2024-01-01'::DATE)").substr(0, 6), "001007");
}

}  // namespace
}  // namespace firn::functions
