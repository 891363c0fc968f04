#include <gmock/gmock.h>

#include "pipeline/silver/snapshot.h"
#include "unit/pipeline/silver_fixture.h"

namespace firn::pipeline::testing {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

namespace {

constexpr const char* kOrders =
    "SELECT order_id, status, total, TO_VARCHAR(updated_at, 'HH24:MI'), _seq FROM sales.silver.orders ORDER BY 1";

std::string Order(int id, const std::string& status, int minute, const std::string& more = "") {
  std::string time = "\"2024-01-01T00:" + std::string(minute < 10 ? "0" : "") + std::to_string(minute) + ":00\"";
  return "{\"order_id\":" + std::to_string(id) + ",\"status\":\"" + status + "\",\"updated_at\":" + time + more + "}";
}

std::string Deleted(int id, int minute) { return Order(id, "gone", minute, ",\"_op\":\"d\""); }

}  // namespace

TEST_F(SilverTest, NewestOfABatchWins) {
  MakeObjects(Orders());
  Post({Order(1, "new", 2, ",\"total\":1.5"), Order(1, "newest", 5), Order(1, "old", 1), Order(2, "one", 1)});
  SilverCounts counts = Merge(Orders());
  EXPECT_EQ(counts["rows_read"], 4);
  EXPECT_EQ(counts["rows_inserted"], 2);
  EXPECT_EQ(counts["rows_stale"], 2);
  EXPECT_THAT(Rows(kOrders), ElementsAre("1|newest|NULL|00:05|2", "2|one|NULL|00:01|4"));
  counts = Merge(Orders());
  EXPECT_EQ(counts["rows_read"], 0) << "the stream has moved";
}

TEST_F(SilverTest, LateAndOlderLosesAgainstTheTable) {
  MakeObjects(Orders());
  Post({Order(1, "b", 5)});
  Merge(Orders());
  Post({Order(1, "a", 4), Order(2, "x", 1)});
  SilverCounts counts = Merge(Orders());
  EXPECT_EQ(counts["rows_stale"], 1);
  EXPECT_EQ(counts["rows_inserted"], 1);
  EXPECT_EQ(counts["rows_updated"], 0);
  Post({Order(1, "c", 5)});  // the same order_by: the later _seq is newer
  counts = Merge(Orders());
  EXPECT_EQ(counts["rows_updated"], 1);
  EXPECT_THAT(Rows("SELECT status FROM sales.silver.orders ORDER BY order_id"), ElementsAre("c", "x"));
}

TEST_F(SilverTest, AnUpdateKeepsTheRowId) {
  MakeObjects(Orders());
  Post({Order(1, "a", 1)});
  Merge(Orders());
  Execute("CREATE STREAM sales.silver.s ON TABLE sales.silver.orders");
  Post({Order(1, "b", 2)});
  Merge(Orders());
  EXPECT_THAT(Rows("SELECT status, METADATA$ACTION, METADATA$ISUPDATE FROM sales.silver.s ORDER BY 1"),
              ElementsAre("a|DELETE|true", "b|INSERT|true"));
}

TEST_F(SilverTest, DeletesLeaveTombstones) {
  MakeObjects(Orders());
  Post({Order(1, "a", 1)});
  Merge(Orders());
  Post({Deleted(1, 5)});
  SilverCounts counts = Merge(Orders());
  EXPECT_EQ(counts["rows_deleted"], 1);
  EXPECT_THAT(Rows(kOrders), IsEmpty());
  Post({Order(1, "late", 4)});
  counts = Merge(Orders());
  EXPECT_EQ(counts["rows_stale"], 1);
  EXPECT_THAT(Rows(kOrders), IsEmpty());
  Post({Order(1, "again", 6)});
  counts = Merge(Orders());
  EXPECT_EQ(counts["rows_inserted"], 1);
  EXPECT_THAT(Rows("SELECT status FROM sales.silver.orders"), ElementsAre("again"));
}

TEST_F(SilverTest, DeleteOfAnUnknownKeyIsATombstoneOnly) {
  MakeObjects(Orders());
  Post({Deleted(7, 5), Order(8, "a", 1), Deleted(8, 2)});
  SilverCounts counts = Merge(Orders());
  EXPECT_EQ(counts["rows_deleted"], 0);
  EXPECT_EQ(counts["rows_inserted"], 0);
  EXPECT_THAT(
      Rows("SELECT order_id, TO_VARCHAR(updated_at, 'HH24:MI'), _seq FROM sales.silver.orders__deleted ORDER BY 1"),
      ElementsAre("7|00:05|1", "8|00:02|3"));
  Post({Order(7, "older", 4)});
  EXPECT_EQ(Merge(Orders())["rows_stale"], 1);
}

TEST_F(SilverTest, TheSameVersionTwiceIsNothing) {
  MakeObjects(Orders());
  PostAt(5, Order(1, "a", 1));
  PostAt(5, Order(1, "a", 1));
  SilverCounts counts = Merge(Orders());
  EXPECT_EQ(counts["rows_inserted"], 1);
  EXPECT_EQ(counts["rows_duplicate"], 1);
  PostAt(5, Order(1, "a", 1));
  counts = Merge(Orders());
  EXPECT_EQ(counts["rows_duplicate"], 1);
  EXPECT_EQ(counts["rows_updated"], 0);
  EXPECT_EQ(counts["rows_stale"], 0);
}

TEST_F(SilverTest, MissingIsNullUnlessKept) {
  MakeObjects(Orders());
  Post({Order(1, "a", 1, ",\"total\":5")});
  Merge(Orders());
  Post({R"({"order_id":1,"updated_at":"2024-01-01T00:02:00"})"});
  Merge(Orders());
  EXPECT_THAT(Rows(kOrders), ElementsAre("1|NULL|NULL|00:02|2"));
}

TEST_F(SilverTest, KeepFoldsInTheOrderOfVersions) {
  PipelineSpec spec = Orders();
  spec.on_missing = OnMissing::kKeep;
  MakeObjects(spec);
  Post({Order(1, "a", 1, ",\"total\":5")});
  Merge(spec);
  Post({R"({"order_id":1,"total":7,"updated_at":"2024-01-01T00:04:00"})",
        R"({"order_id":1,"status":"b","total":6,"updated_at":"2024-01-01T00:03:00"})"});
  SilverCounts counts = Merge(spec);
  EXPECT_EQ(counts["rows_updated"], 1);
  EXPECT_EQ(counts["rows_stale"], 0);
  EXPECT_THAT(Rows(kOrders), ElementsAre("1|b|7.00|00:04|2"));
  Post({R"({"order_id":1,"total":null,"updated_at":"2024-01-01T00:05:00"})"});
  Merge(spec);
  EXPECT_THAT(Rows(kOrders), ElementsAre("1|b|NULL|00:05|4")) << "an explicit null clears the value";
  Post({R"({"order_id":1,"status":"stale","updated_at":"2024-01-01T00:00:00"})",
        R"({"order_id":1,"total":1,"updated_at":"2024-01-01T00:06:00"})"});
  counts = Merge(spec);
  EXPECT_EQ(counts["rows_stale"], 1);
  EXPECT_THAT(Rows(kOrders), ElementsAre("1|b|1.00|00:06|6"));
  Post({Deleted(1, 7), R"({"order_id":1,"total":2,"updated_at":"2024-01-01T00:08:00"})"});
  Merge(spec);
  EXPECT_THAT(Rows(kOrders), ElementsAre("1|NULL|2.00|00:08|8")) << "a delete takes all away";
  Post({Deleted(1, 9)});
  Merge(spec);
  EXPECT_THAT(Rows("SELECT TO_VARCHAR(max(updated_at), 'HH24:MI') FROM sales.silver.orders__deleted"),
              ElementsAre("00:09"));
  EXPECT_THAT(Rows(kOrders), IsEmpty());
}

TEST_F(SilverTest, WhatDoesNotFitIsQuarantined) {
  MakeObjects(Orders());
  Post({Order(1, "a", 1), R"({"order_id":2.5,"updated_at":"2024-01-01"})", R"({"order_id":3,"status":"no time"})",
        R"({"status":"no key","updated_at":"2024-01-01"})", R"({"order_id":4,"Order_ID":4,"updated_at":"2024-01-01"})",
        R"({"order_id":5,"updated_at":"2024-01-01","_x":1})", R"([1])"});
  SilverCounts counts = Merge(Orders());
  EXPECT_EQ(counts["rows_inserted"], 1);
  EXPECT_EQ(counts["rows_quarantined"], 6);
  EXPECT_THAT(Rows("SELECT _seq, _stage, _code, _column, _status FROM sales.bronze.orders__errors ORDER BY _seq"),
              ElementsAre("2|merge|TYPE_MISMATCH|ORDER_ID|open", "3|merge|NULL_ORDER|UPDATED_AT|open",
                          "4|merge|NULL_KEY|ORDER_ID|open", "5|merge|NAME_CONFLICT|order_id|open",
                          "6|merge|NAME_CONFLICT|_x|open", "7|merge|NOT_AN_OBJECT|NULL|open"));
  EXPECT_THAT(Rows("SELECT TO_VARCHAR(_raw, 'UTF-8') FROM sales.bronze.orders__errors WHERE _seq = 3"),
              ElementsAre(R"({"order_id":3,"status":"no time"})"));
}

TEST_F(SilverTest, ExpectationsQuarantineWarnOrFail) {
  PipelineSpec spec = Orders();
  spec.expectations = {{.name = "positive", .check = "total >= 0", .on_violation = OnViolation::kQuarantine},
                       {.name = "small", .check = "total < 100", .on_violation = OnViolation::kWarn}};
  MakeObjects(spec);
  Post({Order(1, "a", 1, ",\"total\":-1"), Order(2, "b", 1), Order(3, "c", 1, ",\"total\":100"),
        Order(4, "d", 1, ",\"total\":-5,\"_op\":\"d\"")});
  SilverCounts counts = Merge(spec);
  EXPECT_EQ(counts["rows_quarantined"], 1);
  EXPECT_EQ(counts["rows_inserted"], 2);
  EXPECT_EQ(counts["warned.small"], 1);
  EXPECT_THAT(Rows("SELECT _code, _message FROM sales.bronze.orders__errors"),
              ElementsAre("EXPECTATION|positive: total >= 0 does not hold"));
  spec.expectations[0].on_violation = OnViolation::kFail;
  Post({Order(5, "a", 1), Order(6, "a", 1, ",\"total\":-1")});
  auto failed = TryMerge(spec);
  ASSERT_FALSE(failed.ok());
  EXPECT_THAT(failed.error().Message(), ::testing::HasSubstr("Expectation 'positive' does not hold for 1 rows"));
  EXPECT_THAT(Rows("SELECT COUNT(*) FROM sales.silver.orders"), ElementsAre("2")) << "nothing of a failed run stays";
  spec.expectations.clear();
  EXPECT_EQ(Merge(spec)["rows_inserted"], 2);
}

TEST_F(SilverTest, ARunIsAnsweredTwiceAndDoneOnce) {
  MakeObjects(Orders());
  Post({Order(1, "a", 1)});
  auto first = TryMerge(Orders(), "run/1");
  ASSERT_TRUE(first.ok());
  Post({Order(2, "a", 1)});
  auto again = TryMerge(Orders(), "run/1");
  ASSERT_TRUE(again.ok());
  EXPECT_EQ((*again)["rows_inserted"], 1);
  EXPECT_THAT(Rows("SELECT order_id FROM sales.silver.orders"), ElementsAre("1"));
}

TEST_F(SilverTest, AppendTakesEveryRow) {
  PipelineSpec spec = Orders();
  spec.merge = MergeType::kAppend;
  MakeObjects(spec);
  Post({Order(1, "a", 1), Order(1, "b", 1), Deleted(1, 2)});
  EXPECT_EQ(Merge(spec)["rows_inserted"], 3);
  EXPECT_THAT(Rows("SELECT status, _seq FROM sales.silver.orders ORDER BY _seq"), ElementsAre("a|1", "b|2", "gone|3"));
}

TEST_F(SilverTest, Scd2SplitsIntervals) {
  PipelineSpec spec = Orders();
  spec.merge = MergeType::kScd2;
  MakeObjects(spec);
  const std::string history =
      "SELECT status, TO_VARCHAR(_valid_from, 'MI'), TO_VARCHAR(_valid_to, 'MI'), _is_current FROM sales.silver.orders "
      "WHERE order_id = 1 ORDER BY updated_at, _seq";
  Post({Order(1, "b", 10), Order(1, "a", 5), Order(2, "x", 1)});
  EXPECT_EQ(Merge(spec)["rows_inserted"], 3);
  EXPECT_THAT(Rows(history), ElementsAre("a|05|10|false", "b|10|NULL|true"));
  Post({Order(1, "late", 7), Order(1, "first", 1)});
  SilverCounts counts = Merge(spec);
  EXPECT_EQ(counts["rows_inserted"], 2);
  EXPECT_EQ(counts["rows_updated"], 1);
  EXPECT_THAT(Rows(history), ElementsAre("first|01|05|false", "a|05|07|false", "late|07|10|false", "b|10|NULL|true"));
  Post({Deleted(1, 20)});
  EXPECT_EQ(Merge(spec)["rows_deleted"], 1);
  EXPECT_THAT(Rows("SELECT order_id FROM sales.silver.orders WHERE _is_current"), ElementsAre("2"));
  Post({Order(1, "c", 15), Order(1, "d", 30), Order(1, "e", 20)});
  Merge(spec);
  EXPECT_THAT(Rows(history), ElementsAre("first|01|05|false", "a|05|07|false", "late|07|10|false", "b|10|15|false",
                                         "c|15|20|false", "e|20|30|false", "d|30|NULL|true"));
  PostAt(1, Order(1, "b", 10));
  counts = Merge(spec);
  EXPECT_EQ(counts["rows_duplicate"], 1);
  EXPECT_EQ(counts["rows_inserted"] + counts["rows_updated"], 0);
}

TEST_F(SilverTest, Scd2DeletesLeaveTombstones) {
  PipelineSpec spec = Orders();
  spec.merge = MergeType::kScd2;
  MakeObjects(spec);
  const std::string history =
      "SELECT status, TO_VARCHAR(_valid_from, 'MI'), TO_VARCHAR(_valid_to, 'MI'), _is_current FROM sales.silver.orders "
      "ORDER BY updated_at, _seq";
  Post({Deleted(1, 20)});
  Merge(spec);
  EXPECT_THAT(Rows(history), ElementsAre());
  Post({Order(1, "late", 5)});
  EXPECT_EQ(Merge(spec)["rows_inserted"], 1);
  EXPECT_THAT(Rows(history), ElementsAre("late|05|20|false")) << "it came before the delete";
  Post({Deleted(1, 30)});
  Merge(spec);
  Post({Order(1, "between", 25)});
  Merge(spec);
  EXPECT_THAT(Rows(history), ElementsAre("late|05|20|false", "between|25|30|false"));
  Post({Order(1, "again", 40), Order(1, "first", 3)});
  Merge(spec);
  EXPECT_THAT(Rows(history),
              ElementsAre("first|03|05|false", "late|05|20|false", "between|25|30|false", "again|40|NULL|true"));
  PostAt(1, Deleted(1, 20));
  SilverCounts counts = Merge(spec);
  EXPECT_EQ(counts["rows_duplicate"], 1);
  EXPECT_EQ(counts["rows_deleted"], 0);
  EXPECT_THAT(Rows("SELECT COUNT(*) FROM sales.silver.orders__deleted"), ElementsAre("2"));
}

TEST_F(SilverTest, Scd2KeepsWhatIsMissing) {
  PipelineSpec spec = Orders();
  spec.merge = MergeType::kScd2;
  spec.on_missing = OnMissing::kKeep;
  MakeObjects(spec);
  const std::string history =
      "SELECT status, total, TO_VARCHAR(_valid_from, 'MI'), TO_VARCHAR(_valid_to, 'MI') FROM sales.silver.orders "
      "ORDER BY updated_at, _seq";
  auto patch = [](int minute, const std::string& rest) {
    return R"({"order_id": 1, "updated_at": "2024-01-01T00:)" + std::to_string(minute) + R"(:00Z")" + rest + "}";
  };
  Post({patch(10, R"(, "status": "a", "total": 1)"), patch(20, R"(, "status": "b")"), patch(30, R"(, "total": null)")});
  EXPECT_EQ(Merge(spec)["rows_inserted"], 3);
  EXPECT_THAT(Rows(history), ElementsAre("a|1.00|10|20", "b|1.00|20|30", "b|NULL|30|NULL"));
  Post({patch(40, R"(, "total": 4)"), patch(15, R"(, "total": 15)")});
  EXPECT_EQ(Merge(spec)["rows_inserted"], 2);
  EXPECT_THAT(Rows(history),
              ElementsAre("a|1.00|10|15", "a|15.00|15|20", "b|1.00|20|30", "b|NULL|30|40", "b|4.00|40|NULL"))
      << "what has come already is not folded anew";
  Post({patch(50, R"(, "_op": "d")")});
  Merge(spec);
  Post({patch(59, R"(, "total": 6)"), patch(45, R"(, "status": "c")")});
  Merge(spec);
  EXPECT_THAT(Rows("SELECT status, total, TO_VARCHAR(_valid_from, 'MI'), TO_VARCHAR(_valid_to, 'MI') FROM "
                   "sales.silver.orders WHERE updated_at >= '2024-01-01 00:40:00' ORDER BY updated_at"),
              ElementsAre("b|4.00|40|45", "c|4.00|45|50", "NULL|6.00|59|NULL"))
      << "a delete begins anew";
}

TEST_F(SilverTest, Scd2WithoutTimesHoldsFromArrival) {
  PipelineSpec spec = Orders();
  spec.merge = MergeType::kScd2;
  spec.order_by.clear();
  MakeObjects(spec);
  PostAt(60000000LL * 1024, Order(1, "a", 1));
  PostAt(120000000LL * 1024, Order(1, "b", 1));
  Merge(spec);
  PostAt(90000000LL * 1024, Order(1, "c", 1));
  Merge(spec);
  EXPECT_THAT(Rows("SELECT status, TO_VARCHAR(_valid_from, 'YYYY MI:SS'), TO_VARCHAR(_valid_to, 'MI:SS') FROM "
                   "sales.silver.orders ORDER BY _seq"),
              ElementsAre("a|2020 01:00|01:30", "c|2020 01:30|02:00", "b|2020 02:00|NULL"));
}

TEST_F(SilverTest, WhatASnapshotLacksGoes) {
  PipelineSpec spec = Orders();
  spec.merge = MergeType::kSnapshot;
  MakePipeline(spec);
  engine::CancelToken cancel;
  const Actor actor{"ADMIN", "ACCOUNTADMIN"};
  Post({Order(1, "a", 1)});
  Post({Order(2, "a", 1)});
  EXPECT_FALSE(CommitSnapshot(node_, actor, spec, {"batch-1", "batch-3"}, cancel).ok()) << "batch-3 is not there";
  ASSERT_TRUE(CommitSnapshot(node_, actor, spec, {"batch-1", "batch-2"}, cancel).ok());
  EXPECT_EQ(Step()["rows_inserted"], 2);
  next_seq_ = std::stoll(Rows("SELECT MAX(_seq)::BIGINT + 1 FROM sales.bronze.orders")[0]);
  const std::string batch = "batch-" + std::to_string(next_seq_);
  Post({Order(2, "b", 2)});
  EXPECT_EQ(Step()["rows_updated"], 1);
  EXPECT_THAT(Rows("SELECT order_id, status FROM sales.silver.orders ORDER BY 1"), ElementsAre("1|a", "2|b"))
      << "nothing goes before the snapshot ends";
  ASSERT_TRUE(CommitSnapshot(node_, actor, spec, {batch}, cancel).ok());
  EXPECT_EQ(Step()["rows_deleted"], 1);
  EXPECT_THAT(Rows("SELECT order_id, status FROM sales.silver.orders ORDER BY 1"), ElementsAre("2|b"));
}

TEST_F(SilverTest, WhatIsOlderThanASnapshotDoesNotComeBack) {
  PipelineSpec spec = Orders();
  spec.merge = MergeType::kSnapshot;
  MakePipeline(spec);
  engine::CancelToken cancel;
  const Actor actor{"ADMIN", "ACCOUNTADMIN"};
  const std::string rows = "SELECT order_id, status FROM sales.silver.orders ORDER BY 1";
  next_seq_ = 10;
  Post({Order(1, "a", 1), Deleted(4, 5)});
  const std::string batch = "batch-10";
  ASSERT_TRUE(CommitSnapshot(node_, actor, spec, {batch}, cancel).ok());
  Step();
  EXPECT_THAT(Rows(rows), ElementsAre("1|a"));
  // Late: of before the snapshot, and not of its batch; the second has a key that was never there.
  PostAt(3, Order(1, "older", 0));
  PostAt(4, Order(2, "late", 9));
  PostAt(5, Order(4, "late", 3));
  EXPECT_EQ(Step()["rows_stale"], 3);
  EXPECT_THAT(Rows(rows), ElementsAre("1|a"));
  // Of its batch, but replayed only now; and what came after it.
  Execute(
      "INSERT INTO sales.bronze.orders SELECT 11, CURRENT_TIMESTAMP(), 'batch-10', NULL, NULL, NULL, 1, "
      "PARSE_JSON($$" +
      Order(3, "replayed", 1) + "$$)");
  next_seq_ = std::stoll(Rows("SELECT MAX(_seq)::BIGINT + 1 FROM sales.bronze.orders")[0]);
  Post({Order(2, "new", 1), Order(4, "new", 6)});
  EXPECT_EQ(Step()["rows_inserted"], 3);
  EXPECT_THAT(Rows(rows), ElementsAre("1|a", "2|new", "3|replayed", "4|new"));
}

TEST_F(SilverTest, WhatDoesNotFitIsRescued) {
  PipelineSpec spec = Orders();
  spec.evolve.mode = EvolveMode::kRescue;
  MakeObjects(spec);
  Post({Order(1, "a", 1, R"(,"total":"many","note":{"x":[1]})"), Order(2, "b", 1, ",\"total\":1")});
  EXPECT_EQ(Merge(spec)["rows_inserted"], 2);
  EXPECT_THAT(Rows("SELECT order_id, total, _rescued FROM sales.silver.orders ORDER BY 1"),
              ElementsAre(R"(1|NULL|{"note":{"x":[1]},"total":"many"})", "2|1.00|NULL"));
}

TEST_F(SilverTest, FrozenColumnsQuarantine) {
  PipelineSpec spec = Orders();
  spec.evolve.mode = EvolveMode::kFreeze;
  MakeObjects(spec);
  Post({Order(1, "a", 1, ",\"note\":1"), Order(2, "b", 1, ",\"total\":12345678.9"), Order(3, "c", 1)});
  EXPECT_EQ(Merge(spec)["rows_quarantined"], 2);
  EXPECT_THAT(Rows("SELECT _code, _column FROM sales.bronze.orders__errors ORDER BY _seq"),
              ElementsAre("UNKNOWN_COLUMN|note", "TYPE_MISMATCH|TOTAL"));
}

TEST_F(SilverTest, EveryTypeIsRead) {
  PipelineSpec spec;
  spec.domain = "SALES";
  spec.table = "ORDERS";
  for (const auto& [name, type] :
       std::initializer_list<std::pair<const char*, const char*>>{{"I", "NUMBER(38,0)"},
                                                                  {"N", "NUMBER(20,3)"},
                                                                  {"F", "FLOAT"},
                                                                  {"B", "BOOLEAN"},
                                                                  {"D", "DATE"},
                                                                  {"T", "TIME(9)"},
                                                                  {"NTZ", "TIMESTAMP_NTZ(9)"},
                                                                  {"LTZ", "TIMESTAMP_LTZ(9)"},
                                                                  {"TZ", "TIMESTAMP_TZ(9)"},
                                                                  {"V", "VARIANT"},
                                                                  {"O", "OBJECT"},
                                                                  {"A", "ARRAY"},
                                                                  {"S", "VARCHAR(100)"},
                                                                  {"X", "BINARY(8)"},
                                                                  {"SEQ", "VARCHAR(10)"}}) {
    auto parsed = ParseTypeText(type);
    ASSERT_TRUE(parsed.ok()) << type;
    spec.columns.push_back({.name = name, .type = *parsed});
  }
  spec.columns[0].type = SqlType::Integer();
  MakeObjects(spec);
  Post({R"({"i":1e3,"n":1.2345,"f":1,"b":true,"d":"2024-02-29","t":"23:59","ntz":"2024-02-29T01:02:03.123456000Z",)"
        R"("ltz":"2024-02-29 01:02:03+0200","tz":"2024-02-29T01:02:03+02","v":"text","o":{"b":1,"a":[]},"a":[1,null],)"
        R"("s":"a\"\u00e9\n","x":"00ff","seq":12.50})",
        R"({"i":-9223372036854775808,"n":-0.5,"f":1.5e300,"v":null,"s":true})"});
  EXPECT_EQ(Merge(spec)["rows_inserted"], 2);
  EXPECT_THAT(Rows("SELECT i, n, f, b, d, t, ntz FROM sales.silver.orders ORDER BY _seq"),
              ElementsAre("1000|1.235|1|true|2024-02-29|23:59:00.000000|2024-02-29 01:02:03.123456",
                          "-9223372036854775808|-0.500|1.5e+300|NULL|NULL|NULL|NULL"));
  EXPECT_THAT(Rows("SELECT TO_VARCHAR(CONVERT_TIMEZONE('UTC', ltz), 'YYYY-MM-DD HH24:MI:SS'), TO_VARCHAR(tz), v, o, a, "
                   "s, TO_VARCHAR(x), seq FROM sales.silver.orders ORDER BY _seq LIMIT 1"),
              ElementsAre("2024-02-28 23:02:03|2024-02-29 01:02:03.000 +0200|\"text\"|{\"a\":[],\"b\":1}|[1,null]|"
                          "a\"é\n|00FF|12.5"));
  spec.time_zone = "America/Sao_Paulo";
  Post({R"({"ntz":"2024-02-29T01:02:03Z","ltz":"2024-02-29T01:02:03"})", R"({"ntz":"2024-02-29T01:02:03"})"});
  EXPECT_EQ(Merge(spec)["rows_inserted"], 2);
  Execute("ALTER SESSION SET TIMEZONE = 'UTC'");
  EXPECT_THAT(Rows("SELECT ntz, TO_VARCHAR(ltz, 'HH24:MI:SS') FROM sales.silver.orders WHERE _seq > 2 ORDER BY _seq"),
              ElementsAre("2024-02-28 22:02:03.000000|04:02:03", "2024-02-29 01:02:03.000000|NULL"));
}

}  // namespace firn::pipeline::testing
