// CsvParser: where records end, and what their fields are.
#include "engine/csv_format.h"

#include <gtest/gtest.h>

namespace firn::engine {
namespace {

std::string Fields(CsvParser& parser, std::string_view record) {
  std::vector<CsvField> fields;
  Status split = parser.Split(record, &fields);
  if (!split.ok()) return split.error().Code();
  std::string text;
  for (const CsvField& field : fields) {
    text += "[" + (parser.IsNull(field) ? "NULL" : std::string(field.text)) + "]";
  }
  return text;
}

std::vector<std::string> Records(const CsvParser& parser, std::string_view text) {
  std::vector<std::string> records;
  for (size_t at = 0; at < text.size();) {
    size_t end = parser.RecordEnd(text, at).value_or(text.size());
    records.emplace_back(parser.Trimmed(text.substr(at, end - at)));
    at = end;
  }
  return records;
}

TEST(CsvFormatTest, FieldsWithoutQuotes) {
  CsvParser parser(CsvFormat{});
  EXPECT_EQ(Fields(parser, "1,a,"), "[1][a][NULL]");
  EXPECT_EQ(Fields(parser, ""), "[NULL]");
  EXPECT_EQ(Fields(parser, "\"x\",\\N"), "[\"x\"][NULL]");
  EXPECT_EQ(Fields(parser, "a\\,b,c\\\\"), "[a,b][c\\]");
}

TEST(CsvFormatTest, EnclosedFields) {
  CsvParser parser(CsvFormat{.enclosed = '"'});
  EXPECT_EQ(Fields(parser, "\"a,b\",\"say \"\"x\"\"\",\"\",c\"d"), "[a,b][say \"x\"][][c\"d]");
  EXPECT_EQ(Fields(parser, "\"a\"b,c"), "100065");
  EXPECT_EQ(Fields(parser, "\"a,c"), "100068");
  EXPECT_EQ(Records(parser, "1,\"a\nb\"\n2,c\n").size(), 2U);
  EXPECT_FALSE(parser.RecordEnd("1,\"a\n", 0)) << "the quote may close in what comes later";
  EXPECT_FALSE(parser.RecordEnd("1,\"a\"", 0)) << "the quote may be the first of two";
}

TEST(CsvFormatTest, EscapeInEnclosedFields) {
  CsvParser parser(CsvFormat{.enclosed = '\'', .escape = '\\'});
  EXPECT_EQ(Fields(parser, "'it\\'s',a\\,b"), "[it's][a,b]");
}

TEST(CsvFormatTest, TrimTakesBlanksOutsideOfQuotes) {
  CsvParser parser(CsvFormat{.enclosed = '"', .trim = true});
  EXPECT_EQ(Fields(parser, " a b , \" c \" ,d"), "[a b][ c ][d]");
}

TEST(CsvFormatTest, DelimitersOfSeveralBytes) {
  CsvParser parser(CsvFormat{.field_delimiter = "||", .record_delimiter = ";;"});
  EXPECT_EQ(Records(parser, "a|b||c;;d;e||f;;").size(), 2U);
  EXPECT_EQ(Fields(parser, "a|b||c"), "[a|b][c]");
}

TEST(CsvFormatTest, NewLineTakesCarriageReturnToo) {
  CsvParser parser(CsvFormat{});
  EXPECT_EQ(Records(parser, "a\r\nb\nc"), (std::vector<std::string>{"a", "b", "c"}));
}

TEST(CsvFormatTest, NullIfAndEmptyFields) {
  CsvParser parser(CsvFormat{.enclosed = '"', .null_if = {"NULL", "-"}, .empty_is_null = false});
  EXPECT_EQ(Fields(parser, "NULL,\"-\",,x"), "[NULL][NULL][][x]");
}

TEST(CsvFormatTest, PlacesOfFields) {
  CsvParser parser(CsvFormat{});
  std::vector<CsvField> fields;
  ASSERT_TRUE(parser.Split("10,abc,,d", &fields).ok());
  EXPECT_EQ(fields[1].start, 3U);
  EXPECT_EQ(fields[3].start, 8U);
}

}  // namespace
}  // namespace firn::engine
