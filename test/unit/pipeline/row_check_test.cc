// Rows against declared columns: the table of 9.5, mode by mode.
#include "pipeline/ingest/row_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "pipeline/ingest/time_text.h"

namespace firn::pipeline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<ColumnRule> Orders() {
  return {{"order_id", SqlType::Integer(), true, true, false},
          {"status", SqlType::Varchar(), false, false, false},
          {"total", SqlType::Number(18, 2), false, false, false},
          {"updated_at", SqlType::Timestamp(TypeId::kTimestampNtz), false, false, true},
          {"score", SqlType::Of(TypeId::kFloat), false, false, false},
          {"paid", SqlType::Of(TypeId::kBoolean), false, false, false},
          {"day", SqlType::Of(TypeId::kDate), false, false, false},
          {"note", SqlType::Varchar(3), false, false, false},
          {"extra", SqlType::Of(TypeId::kVariant), false, false, false},
          {"tags", SqlType::Of(TypeId::kArray), false, false, false},
          {"LOUD", SqlType::Integer(), false, false, false}};
}

class Checker final : public RowSink {
 public:
  explicit Checker(EvolveMode mode = EvolveMode::kEvolve, bool widen = true)
      : rules(Orders(), {mode, widen}), check(rules) {}

  /// "ok", "rescued a,b" or "CODE column".
  std::string operator()(const std::string& row) {
    BodyParser parser;
    auto error = parser.Parse("[" + row + "]", BodyFormat::kJson, *this);
    EXPECT_FALSE(error) << error->message;
    return last;
  }
  /// A good row with one more field.
  std::string With(const std::string& field) {
    return (*this)("{\"order_id\":1,\"updated_at\":\"2026-01-01T00:00:00Z\"," + field + "}");
  }
  void Row(const BodyRow& row) override {
    const RowVerdict& verdict = check.Check(row);
    op = verdict.op;
    message = verdict.error.message;
    if (verdict.fate == RowFate::kOk) last = "ok";
    if (verdict.fate == RowFate::kQuarantine) {
      last = NameOf(verdict.error.code);
      if (!verdict.error.column.empty()) last += " " + verdict.error.column;
    }
    if (verdict.fate == RowFate::kRescued) {
      last = "rescued";
      for (uint32_t field : verdict.rescued) last += " " + std::string(row.fields[field].key);
    }
  }

  RowRules rules;
  RowCheck check;
  std::string last, message, op;
};

TEST(RowCheckTest, ValuesFitTheirColumnsOrGoToQuarantine) {
  Checker check;
  EXPECT_EQ(check("{\"order_id\":1,\"status\":\"new\",\"total\":9.99,\"updated_at\":\"2026-01-01 10:00:00.123456\"}"),
            "ok");
  struct Case {
    const char* field;
    const char* expected;
  };
  const Case cases[] = {
      {"\"status\":5", "ok"},
      {"\"status\":true", "ok"},
      {"\"status\":null", "ok"},
      {"\"status\":{\"a\":1}", "TYPE_MISMATCH status"},
      {"\"status\":[1]", "TYPE_MISMATCH status"},
      {"\"total\":\"9.99\"", "TYPE_MISMATCH total"},
      {"\"total\":1e3", "ok"},
      {"\"total\":0.005", "ok"},
      {"\"total\":9999999999999999.99", "ok"},
      {"\"total\":1e40", "TYPE_MISMATCH total"},
      {"\"total\":[1]", "TYPE_MISMATCH total"},
      {"\"LOUD\":2.5", "TYPE_MISMATCH LOUD"},
      {"\"LOUD\":2.0", "ok"},
      {"\"LOUD\":25e-1", "TYPE_MISMATCH LOUD"},
      {"\"LOUD\":1.5e1", "ok"},
      {"\"LOUD\":9223372036854775807", "ok"},
      {"\"LOUD\":9223372036854775808", "TYPE_MISMATCH LOUD"},
      {"\"LOUD\":-9223372036854775808", "ok"},
      {"\"LOUD\":\"7\"", "TYPE_MISMATCH LOUD"},
      {"\"LOUD\":true", "TYPE_MISMATCH LOUD"},
      {"\"loud\":7", "ok"},
      {"\"Loud\":7", "ok"},
      {"\"score\":9007199254740992", "ok"},
      {"\"score\":9007199254740993", "TYPE_MISMATCH score"},
      {"\"score\":-9007199254740993", "TYPE_MISMATCH score"},
      {"\"score\":1.5e300", "ok"},
      {"\"score\":\"1\"", "TYPE_MISMATCH score"},
      {"\"paid\":1", "TYPE_MISMATCH paid"},
      {"\"paid\":false", "ok"},
      {"\"day\":\"2024-02-29\"", "ok"},
      {"\"day\":\"2023-02-29\"", "TYPE_MISMATCH day"},
      {"\"day\":20240229", "TYPE_MISMATCH day"},
      {"\"day\":\"yesterday\"", "TYPE_MISMATCH day"},
      {"\"note\":\"abc\"", "ok"},
      {"\"note\":\"\\u00e9\\u00e9\\u00e9\"", "ok"},
      {"\"note\":\"abcd\"", "TYPE_MISMATCH note"},
      {"\"extra\":{\"a\":[1,\"x\"]}", "ok"},
      {"\"extra\":1", "ok"},
      {"\"tags\":[1]", "ok"},
      {"\"tags\":{\"a\":1}", "TYPE_MISMATCH tags"},
      {"\"Status\":\"x\"", "NAME_CONFLICT Status"},
      {"\"_seq\":5", "NAME_CONFLICT _seq"},
      {"\"loud\":7,\"LOUD\":8", "NAME_CONFLICT LOUD"},
      {"\"\":7", "NAME_CONFLICT"},
  };
  for (const Case& one : cases) EXPECT_EQ(check.With(one.field), one.expected) << one.field << ": " << check.message;
  EXPECT_EQ(check.With("\"LOUD\":2.5"), "TYPE_MISMATCH LOUD");
  EXPECT_EQ(check.message, "2.5: a fraction, the column is NUMBER(38,0)");
  EXPECT_TRUE(check.check.new_columns().empty());
}

TEST(RowCheckTest, WhatMustBeThereIs) {
  Checker check;
  EXPECT_EQ(check("{\"updated_at\":\"2026-01-01\"}"), "NULL_KEY order_id");
  EXPECT_EQ(check("{\"order_id\":null,\"updated_at\":\"2026-01-01\"}"), "NULL_KEY order_id");
  EXPECT_EQ(check("{\"order_id\":1}"), "NULL_ORDER updated_at");
  EXPECT_EQ(check("{\"order_id\":1,\"updated_at\":null}"), "NULL_ORDER updated_at");
  RowRules rules({{"a", SqlType::Integer(), true, false, false}}, {});
  RowCheck required(rules);
  BodyRow empty;
  EXPECT_EQ(required.Check(empty).error.code, RowCode::kMissingRequired);
  EXPECT_EQ(check("5"), "NOT_AN_OBJECT");
}

TEST(RowCheckTest, TheOperationIsTold) {
  Checker check;
  EXPECT_EQ(check.With("\"_op\":\"d\""), "ok");
  EXPECT_EQ(check.op, "d");
  EXPECT_EQ(check.With("\"_op\":null"), "ok");
  EXPECT_EQ(check.op, "");
  EXPECT_EQ(check.With("\"_op\":5"), "TYPE_MISMATCH _op");
}

TEST(RowCheckTest, NewColumnsAreTypedFromAllGoodRows) {
  Checker check;
  EXPECT_EQ(check.With("\"n\":null,\"i\":1,\"f\":1,\"m\":1,\"o\":{},\"t\":\"2026-01-01\",\"b\":true"), "ok");
  EXPECT_EQ(check.With("\"n\":null,\"i\":-5,\"f\":2.25,\"m\":\"x\",\"o\":[1]"), "ok");
  EXPECT_EQ(check.With("\"LOUD\":\"bad\",\"unseen\":1"), "TYPE_MISMATCH LOUD");
  EXPECT_EQ(check.With("\"big\":12345678901234567890"), "ok");
  EXPECT_EQ(check.With("\"big\":1"), "ok");
  EXPECT_EQ(check.With("\"I\":1"), "NAME_CONFLICT I");
  EXPECT_EQ(check.With("\"x\":1,\"X\":2"), "NAME_CONFLICT X");
  std::vector<std::string> told;
  for (const NewColumn& column : check.check.new_columns()) {
    told.push_back(column.name + " " + (column.typed ? column.type.Text() : "untyped"));
  }
  EXPECT_THAT(told, ElementsAre("n untyped", "i NUMBER(38,0)", "f FLOAT", "m VARCHAR(16777216)", "o VARIANT",
                                "t VARCHAR(16777216)", "b BOOLEAN", "big NUMBER(38,0)", "x untyped"));
  EXPECT_EQ(check.check.new_columns()[1].type.id, TypeId::kInteger);
  EXPECT_EQ(check.check.new_columns()[7].type.id, TypeId::kNumber);
  EXPECT_EQ(check.check.new_columns()[2].fraction_digits, 2);
}

TEST(RowCheckTest, DecimalsWiden) {
  Checker check;
  EXPECT_EQ(check.With("\"total\":12345678901234567.5"), "ok");
  EXPECT_EQ(check.With("\"total\":9999999999999999.995"), "ok");  // rounds up into one digit more
  EXPECT_EQ(check.With("\"total\":123456789012345678"), "ok");
  ASSERT_EQ(check.check.wider_columns().size(), 1);
  EXPECT_EQ(check.check.wider_columns()[0].column, 2);
  EXPECT_EQ(check.check.wider_columns()[0].type, SqlType::Number(20, 2));
  EXPECT_EQ(check.With("\"total\":1234567890123456789012345678901234567"), "TYPE_MISMATCH total");
  Checker narrow(EvolveMode::kEvolve, false);
  EXPECT_EQ(narrow.With("\"total\":12345678901234567.5"), "TYPE_MISMATCH total");
}

TEST(RowCheckTest, FreezeTakesNoNewColumns) {
  Checker check(EvolveMode::kFreeze);
  EXPECT_EQ(check.With("\"fresh\":1"), "UNKNOWN_COLUMN fresh");
  EXPECT_EQ(check.With("\"total\":12345678901234567.5"), "TYPE_MISMATCH total");
  EXPECT_EQ(check.With("\"total\":1"), "ok");
}

TEST(RowCheckTest, RescueKeepsTheRow) {
  Checker check(EvolveMode::kRescue);
  EXPECT_EQ(check.With("\"fresh\":1,\"status\":[],\"total\":\"x\""), "rescued fresh status total");
  EXPECT_EQ(check("{\"order_id\":\"x\",\"updated_at\":\"2026-01-01\"}"), "TYPE_MISMATCH order_id");
  EXPECT_EQ(check.With("\"_x\":1"), "NAME_CONFLICT _x");
  EXPECT_TRUE(check.check.new_columns().empty());
}

TEST(RowNoteTest, ANoteComesBack) {
  auto back = DecodeNote(EncodeNote({RowCode::kTypeMismatch, "total", "a fraction"}));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->code, RowCode::kTypeMismatch);
  EXPECT_EQ(back->column, "total");
  EXPECT_EQ(back->message, "a fraction");
  EXPECT_FALSE(DecodeNote("nonsense"));
}

TEST(TimeTextTest, IsIso8601) {
  for (const char* good : {"2026-01-01", "2026-01-01T10:11", "2026-01-01T10:11:12", "2026-01-01 10:11:12.123456Z",
                           "2026-01-01t10:11:12.123456000z", "2026-01-01T10:11:12+02", "2026-01-01T10:11:12-0330",
                           "2026-01-01T10:11:12.5+05:45"}) {
    EXPECT_EQ(CheckTimestampText(good), TimestampFault::kNone) << good;
  }
  for (const char* bad : {"", "2026-13-01", "2026-00-10", "2026-01-32", "2026-1-1", "0000-01-01", "2026-01-01T", "x",
                          "2026-01-01T24:00:00", "2026-01-01T10:60:00", "2026-01-01T10:11:60", "2026-01-01T10:11:12.",
                          "2026-01-01T10:11:12.1234567890", "2026-01-01T10:11:12+2", "2026-01-01T10:11:12Zx",
                          "2026-01-01T10:11:12 Z", "20260101T101112"}) {
    EXPECT_EQ(CheckTimestampText(bad), TimestampFault::kNotIso) << bad;
  }
  EXPECT_EQ(CheckTimestampText("2026-01-01T10:11:12.1234567Z"), TimestampFault::kTooPrecise);
  EXPECT_TRUE(IsTimeText("10:11:12.5"));
  EXPECT_FALSE(IsTimeText("10:11:12.5Z"));
}

}  // namespace
}  // namespace firn::pipeline
