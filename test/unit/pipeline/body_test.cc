// Bodies of ingest requests: shapes, bad input by 9.6 of the contract, limits; both ways of reading (whole and in
// parts) agree.
#include "pipeline/ingest/body.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace firn::pipeline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Collect final : public RowSink {
 public:
  void Row(const BodyRow& row) override {
    EXPECT_EQ(row.index, rows.size());
    std::string text(row.raw);
    if (row.error != nullptr) {
      text = NameOf(row.error->code);
      if (!row.error->column.empty()) text += " " + row.error->column;
      messages.push_back(row.error->message);
    }
    rows.push_back(text);
    lines.push_back(row.line);
    for (const Field& field : row.fields) fields.push_back(std::string(field.key) + "=" + std::string(field.raw));
  }
  std::vector<std::string> rows, fields, messages;
  std::vector<uint32_t> lines;
};

std::unique_ptr<Collect> Parse(const std::string& body, std::optional<BodyError>* error = nullptr,
                               BodyFormat format = BodyFormat::kJson, const BodyLimits& limits = {}) {
  auto sink = std::make_unique<Collect>();
  BodyParser parser(limits);
  std::optional<BodyError> found = parser.Parse(body, format, *sink);
  if (error != nullptr) {
    *error = found;
  } else {
    EXPECT_FALSE(found) << found->message << " in " << body;
  }
  return sink;
}

std::vector<std::string> Rows(const std::string& body, BodyFormat format = BodyFormat::kJson) {
  return Parse(body, nullptr, format)->rows;
}

std::string Fault(const std::string& body, BodyFormat format = BodyFormat::kJson, const BodyLimits& limits = {}) {
  std::optional<BodyError> error;
  Parse(body, &error, format, limits);
  if (!error) return "none";
  static const char* const kNames[] = {"BAD_JSON", "EMPTY", "TOO_LARGE", "TOO_MANY_ROWS"};
  return std::string(kNames[static_cast<int>(error->fault)]) + " " + std::to_string(error->offset);
}

TEST(BodyTest, AllShapesGiveTheirRows) {
  EXPECT_THAT(Rows("{\"a\":1}"), ElementsAre("{\"a\":1}"));
  EXPECT_THAT(Rows("  {\"data\": {\"a\":1} } \n"), ElementsAre("{\"a\":1}"));
  EXPECT_THAT(Rows("{\"data\": [{\"a\":1}, {}]}"), ElementsAre("{\"a\":1}", "{}"));
  EXPECT_THAT(Rows("{\"data\": {\"a\":1}, \"id\":2}"), ElementsAre("{\"data\": {\"a\":1}, \"id\":2}"));
  EXPECT_THAT(Rows("{\"data\":5}"), ElementsAre("{\"data\":5}"));
  EXPECT_THAT(Rows("[{\"a\":1} , {\"a\":[1,{\"b\":\"},]\"}]}]"),
              ElementsAre("{\"a\":1}", "{\"a\":[1,{\"b\":\"},]\"}]}"));
  EXPECT_THAT(Rows("{\"records\":[{\"a\":1},{\"a\":2}]}"), ElementsAre("{\"a\":1}", "{\"a\":2}"));
  EXPECT_THAT(Rows("{\"records\":[]}"), IsEmpty());
  EXPECT_THAT(Rows("[]"), IsEmpty());
  EXPECT_THAT(Rows("\xef\xbb\xbf[{}]"), ElementsAre("{}"));
  EXPECT_THAT(Rows("{\"a\":1}\r\n\r\n{\"a\":2}\r\n"), ElementsAre("{\"a\":1}", "{\"a\":2}"));  // seen to be NDJSON
  auto lines = Parse("{\"a\":1}\n\n {\"a\":2}", nullptr, BodyFormat::kNdjson);
  EXPECT_THAT(lines->rows, ElementsAre("{\"a\":1}", "{\"a\":2}"));
  EXPECT_THAT(lines->lines, ElementsAre(1, 3));
}

TEST(BodyTest, FieldsAreThoseOfTheOutermostObject) {
  auto parsed = Parse("[{\"a\" : 1.50 , \"b\\u00e9\":{\"c\":[null]},\"d\":\"x\\\"y\", \"e\":true}]");
  EXPECT_THAT(parsed->fields, ElementsAre("a=1.50", "b\xc3\xa9={\"c\":[null]}", "d=\"x\\\"y\"", "e=true"));
  EXPECT_EQ(Unescape("a\\n\\u00e9\\ud83d\\ude00\\\\\\/"), "a\n\xc3\xa9\xf0\x9f\x98\x80\\/");
}

TEST(BodyTest, ABodyThatIsNoJsonIsRefusedWithItsOffset) {
  EXPECT_EQ(Fault(""), "EMPTY 0");
  EXPECT_EQ(Fault(" \n "), "EMPTY 0");
  EXPECT_EQ(Fault("hello"), "BAD_JSON 0");
  EXPECT_EQ(Fault("5"), "BAD_JSON 0");
  EXPECT_EQ(Fault("[{\"a\":1}"), "BAD_JSON 8");
  EXPECT_EQ(Fault("[{\"a\":1},]"), "BAD_JSON 9");
  EXPECT_EQ(Fault("[{\"a\":1}{\"a\":2}]"), "BAD_JSON 8");
  EXPECT_EQ(Fault("[{\"a\" 1}]"), "BAD_JSON 6");
  EXPECT_EQ(Fault("[{\"a\":01}]"), "BAD_JSON 6");
  EXPECT_EQ(Fault("[{\"a\":1.}]"), "BAD_JSON 6");
  EXPECT_EQ(Fault("[{\"a\":1e+-5}]"), "BAD_JSON 6");
  EXPECT_EQ(Fault("[{\"a\":.5}]"), "BAD_JSON 6");
  EXPECT_EQ(Fault("[{\"a\":nul}]"), "BAD_JSON 6");
  EXPECT_EQ(Fault("[{\"a\":\"\\q\"}]"), "BAD_JSON 7");
  EXPECT_EQ(Fault("[{\"a\":\"x\ny\"}]"), "BAD_JSON 8");
  EXPECT_EQ(Fault("[{\"a\":\"x}]"), "BAD_JSON 6");
  EXPECT_EQ(Fault("[{a:1}]"), "BAD_JSON 2");
  EXPECT_EQ(Fault("{\"a\":1"), "BAD_JSON 6");
  EXPECT_EQ(Fault("{\"a\":1}}"), "BAD_JSON 7");
  EXPECT_EQ(Fault("{\"a\":1} {\"a\":2}"), "BAD_JSON 8");
  EXPECT_EQ(Fault("{\"a\":[1}"), "BAD_JSON 7");
}

TEST(BodyTest, RowsThatNoTableTakesAreToldOneByOne) {
  const std::string good = "{\"a\":1}";
  auto one = [&](const std::string& row) {
    auto rows = Rows("[" + good + "," + row + "," + good + "]");
    EXPECT_EQ(rows.size(), 3) << row;
    EXPECT_EQ(rows.front(), good);
    EXPECT_EQ(rows.back(), good);
    return rows.size() == 3 ? rows[1] : "";
  };
  EXPECT_EQ(one("5"), "NOT_AN_OBJECT");
  EXPECT_EQ(one("null"), "NOT_AN_OBJECT");
  EXPECT_EQ(one("[{}]"), "NOT_AN_OBJECT");
  EXPECT_EQ(one("\"x\""), "NOT_AN_OBJECT");
  EXPECT_EQ(one("{\"a\":\"\xff\"}"), "INVALID_UTF8");
  EXPECT_EQ(one("{\"a\":1,\"b\":2,\"a\":3}"), "DUPLICATE_KEY a");
  EXPECT_EQ(one("{\"a\":1,\"\\u0061\":3}"), "DUPLICATE_KEY a");
  EXPECT_EQ(one("{\"a\":{\"b\":[{\"c\":1,\"c\":1}]}}"), "DUPLICATE_KEY c");
  EXPECT_EQ(one("{\"a\":1,\"a\":1}"), "DUPLICATE_KEY a");
  EXPECT_EQ(one("[{\"a\":1},{\"a\":1,\"a\":1}]"), "DUPLICATE_KEY a");
  EXPECT_EQ(one("{\"a\":NaN}"), "NOT_A_NUMBER");
  EXPECT_EQ(one("{\"a\":-Infinity}"), "NOT_A_NUMBER");
  EXPECT_EQ(one("{\"a\":1e400}"), "NUMBER_OVERFLOW");
  EXPECT_EQ(one("{\"a\":[-1E+309]}"), "NUMBER_OVERFLOW");
  EXPECT_EQ(one("{\"a\":" + std::string(39, '9') + "}"), "NUMBER_OVERFLOW");
  EXPECT_EQ(one("{\"a\":0e999,\"b\":1e-999}"), "{\"a\":0e999,\"b\":1e-999}");
  EXPECT_EQ(one("{\"a\":" + std::string(38, '9') + "}"), "{\"a\":" + std::string(38, '9') + "}");
  EXPECT_EQ(one("{\"a\":\"\\ud800\"}"), "LONE_SURROGATE");
  EXPECT_EQ(one("{\"a\":\"\\udc00\\ud800\"}"), "LONE_SURROGATE");
  EXPECT_EQ(one("{\"a\":\"\\ud83d\\ude00\"}"), "{\"a\":\"\\ud83d\\ude00\"}");
  EXPECT_EQ(one("{\"a\":\"x\\u0000y\"}"), "NUL_IN_STRING");
  auto nested = [](int depth) {
    return "{\"a\":" + std::string(depth - 1, '[') + "1" + std::string(depth - 1, ']') + "}";
  };
  EXPECT_EQ(one(nested(64)), nested(64));
  EXPECT_EQ(one(nested(65)), "TOO_DEEP");
  EXPECT_EQ(one(nested(100000)), "TOO_DEEP");
  std::string wide = "{";
  for (int i = 0; i < 2001; ++i) wide += "\"c" + std::to_string(i) + "\":1,";
  wide.back() = '}';
  EXPECT_EQ(one(wide), "TOO_MANY_COLUMNS");
  wide.insert(1, "\"c1999\":0,");
  EXPECT_EQ(one(wide), "TOO_MANY_COLUMNS");
  EXPECT_EQ(one("{\"a\":\"" + std::string(1 << 20, 'x') + "\"}"), "ROW_TOO_LARGE");
}

TEST(BodyTest, BrokenLinesAreToldWithTheirNumber) {
  const std::string body =
      "{\"a\":1}\n{\"a\":1\n{\"a\":\"open\n{\"a\":2}\n5\n{\"a\":3} {}\nnonsense\n\n{\"a\":\"\xff\"}\n{\"a\":4}\n{\"a";
  auto parsed = Parse(body, nullptr, BodyFormat::kNdjson);
  EXPECT_THAT(parsed->rows, ElementsAre("{\"a\":1}", "BAD_JSON", "BAD_JSON", "{\"a\":2}", "NOT_AN_OBJECT", "BAD_JSON",
                                        "BAD_JSON", "INVALID_UTF8", "{\"a\":4}", "BAD_JSON"));
  EXPECT_THAT(parsed->lines, ElementsAre(1, 2, 3, 4, 5, 6, 7, 9, 10, 11));
  EXPECT_THAT(parsed->messages[0], HasSubstr("line 2, byte 6: "));
  // Without a broken string the window is read as a whole: the same answers.
  auto whole = Parse("{\"a\":1}\n{\"a\":1\n{\"a\":2}\n}\n{\"a\":3}", nullptr, BodyFormat::kNdjson);
  EXPECT_THAT(whole->rows, ElementsAre("{\"a\":1}", "BAD_JSON", "{\"a\":2}", "BAD_JSON", "{\"a\":3}"));
}

TEST(BodyTest, LimitsAreTold) {
  BodyLimits limits;
  limits.rows = 2;
  limits.body_bytes = 50;
  EXPECT_EQ(Fault("[{},{}]", BodyFormat::kJson, limits), "none");
  EXPECT_EQ(Fault("[{},{},{}]", BodyFormat::kJson, limits), "TOO_MANY_ROWS 7");
  EXPECT_EQ(Fault("{}\n{}\n{}", BodyFormat::kNdjson, limits), "TOO_MANY_ROWS 6");
  EXPECT_EQ(Fault("[" + std::string(50, ' ') + "]", BodyFormat::kJson, limits), "TOO_LARGE 50");
}

TEST(BodyTest, LargeBodiesAreReadInParts) {
  std::string array = "[";
  std::string lines;
  std::vector<std::string> expected;
  for (int i = 0; i < 60000; ++i) {
    std::string row = "{\"id\":" + std::to_string(i) + ",\"text\":\"" + std::string(90 + i % 7, 'x') + "\"}";
    if (i == 30000) row = "{\"big\":\"" + std::string(3 << 20, 'y') + "\"}";
    if (i == 40000) row = "{\"a\":\"\xff\"}";
    array += (i == 0 ? "" : " ,\n") + row;
    lines += row + "\n";
    expected.push_back(i == 30000 ? "ROW_TOO_LARGE" : i == 40000 ? "INVALID_UTF8" : row);
  }
  ASSERT_GT(array.size(), 8U << 20);
  EXPECT_EQ(Rows(array + "]"), expected);
  EXPECT_EQ(Rows("{\"records\":" + array + "]}"), expected);
  EXPECT_EQ(Rows(lines, BodyFormat::kNdjson), expected);
  EXPECT_EQ(Fault(array), "BAD_JSON " + std::to_string(array.size()));
  EXPECT_EQ(Fault(array + ",]"), "BAD_JSON " + std::to_string(array.size() + 1));
  EXPECT_EQ(Fault(array + " x]"), "BAD_JSON " + std::to_string(array.size() + 1));
  EXPECT_EQ(Fault(array + ",{\"a\":01}]"), "BAD_JSON " + std::to_string(array.size() + 6));
}

TEST(BodyTest, HostileBodiesEndInAnAnswer) {
  EXPECT_EQ(Fault(std::string(20 << 20, '[')).substr(0, 8), "BAD_JSON");
  EXPECT_EQ(Fault(std::string(20 << 20, '{')).substr(0, 8), "BAD_JSON");
  EXPECT_EQ(Fault("[" + std::string(20 << 20, '"') + "]").substr(0, 8), "BAD_JSON");
  EXPECT_THAT(Rows("[" + std::string(10 << 20, '[') + std::string(10 << 20, ']') + "]"), ElementsAre("ROW_TOO_LARGE"));
  const std::string seed = "[{\"a\":1,\"b\":[true,null,\"x\\u0041\"],\"c\":{\"d\":-1.5e3}},{\"a\":2}]";
  BodyParser parser;
  for (size_t i = 0; i < seed.size(); ++i) {
    for (char c : std::string("\"\\{}[],:0-e \n\x01\xff") + '\0') {
      std::string body = seed;
      body[i] = c;
      Collect sink;
      (void)parser.Parse(body, BodyFormat::kJson, sink);
      (void)parser.Parse(body.substr(0, i), BodyFormat::kNdjson, sink = Collect());
    }
  }
}

}  // namespace
}  // namespace firn::pipeline
