#include "faces/json_text.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace firn::faces {
namespace {

std::string Quoted(std::string_view text) {
  std::string out;
  AppendJsonString(text, &out);
  return out;
}

std::string Indented(std::string_view json, int indent = 2) {
  std::string out;
  AppendIndentedJson(json, indent, &out);
  return out;
}

TEST(JsonTextTest, EscapesWhatJsonWants) {
  EXPECT_EQ(Quoted("plain"), "\"plain\"");
  EXPECT_EQ(Quoted("a\"b\\c\n\r\t"), "\"a\\\"b\\\\c\\n\\r\\t\"");
  EXPECT_EQ(Quoted(std::string_view("\0\x1f", 2)), "\"\\u0000\\u001f\"");
  EXPECT_EQ(Quoted("ü€😀"), "\"ü€😀\"");
}

TEST(JsonTextTest, ReplacesWhatIsNoUtf8) {
  EXPECT_EQ(Quoted("a\xff"
                   "b"),
            "\"a\xEF\xBF\xBD"
            "b\"");
  // An overlong slash, half a surrogate pair, a cut-off sequence.
  for (std::string_view bad : {"\xc0\xaf", "\xed\xa0\x80", "\xe2\x82", "\xf5\x80\x80\x80"}) {
    boost::json::error_code code;
    boost::json::parse(Quoted(bad), code);
    EXPECT_FALSE(code) << code.message();
  }
}

TEST(JsonTextTest, IndentsAsSnowflakePrints) {
  EXPECT_EQ(Indented(R"({"a":1,"b":[1,"x",null],"c":{}})"),
            "{\n  \"a\": 1,\n  \"b\": [\n    1,\n    \"x\",\n    null\n  ],\n  \"c\": {}\n}");
  EXPECT_EQ(Indented("[]"), "[]");
  EXPECT_EQ(Indented("[1,undefined]"), "[\n  1,\n  undefined\n]");
  EXPECT_EQ(Indented("\"a: [1, {\\\"}\""), "\"a: [1, {\\\"}\"");
  EXPECT_EQ(Indented(" { \"a\" : 1 } ", 0), "{\"a\":1}");
}

TEST(JsonTextTest, DoesNotRunOverTheEndOfBrokenText) {
  for (std::string_view text : {"\"abc", "\"abc\\", "[", "{\"a\":", "]", "}}"}) Indented(text);
}

}  // namespace
}  // namespace firn::faces
