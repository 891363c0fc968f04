// lake_scan: deletes under every kind of plan, pruning, evolution by field id, virtual columns, counts from metadata.
#include <gmock/gmock.h>

#include "unit/engine/lake.h"

namespace firn::engine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class ScanTest : public LakeTest {
 protected:
  const std::vector<PinnedColumn> columns_ = {Column("ID", 1, SqlType::Integer()), Column("GRP", 2, SqlType::Integer()),
                                              Column("NAME", 3, SqlType::Varchar())};

  static std::string RangeSql(int from, int to) {
    return "SELECT range AS id, range % 7 AS grp, 'name ' || range AS name FROM range(" + std::to_string(from) + ", " +
           std::to_string(to) + ")";
  }

  /// Four files of 20,000 rows and ten row groups: clean; 10 % deleted; a whole row group, a whole vector, the first
  /// and the last row deleted; all deleted.
  void MakeTables() {
    std::vector<iceberg::LiveFile> clean;
    for (int i = 0; i < 4; ++i) {
      auto target = Target(columns_);
      target.row_group_rows = 2048;
      auto files = TryWrite(RangeSql(i * 20000, (i + 1) * 20000), target);
      ASSERT_TRUE(files.ok()) << files.error().Message();
      ASSERT_EQ(files->size(), 1U);
      clean.push_back({std::make_shared<const iceberg::DataFile>(files->front())});
    }
    auto deleted = clean;
    iceberg::DeletionVector tenth;
    for (uint64_t i = 3; i < 20000; i += 10) tenth.Add(i);
    deleted[1].pending = std::make_shared<const iceberg::DeletionVector>(tenth);
    iceberg::DeletionVector blocks;
    blocks.AddRange(2048, 2048);
    blocks.AddRange(8192, 100);
    blocks.Add(0);
    blocks.Add(19999);
    deleted[2].pending = std::make_shared<const iceberg::DeletionVector>(blocks);
    iceberg::DeletionVector all;
    all.AddRange(0, 20000);
    deleted[3].pending = std::make_shared<const iceberg::DeletionVector>(all);
    clean_ = Pin(columns_, std::move(clean));
    deleted_ = Pin(columns_, std::move(deleted));
  }

  TablePtr clean_;
  TablePtr deleted_;
};

/// The rows of table 0 that table 1 is to have.
constexpr const char* kExpected =
    "(SELECT * FROM lake_scan(0) WHERE NOT (file_index = 3"
    " OR (file_index = 1 AND file_row_number % 10 = 3)"
    " OR (file_index = 2 AND (file_row_number IN (0, 19999) OR file_row_number BETWEEN 2048 AND 4095"
    " OR file_row_number BETWEEN 8192 AND 8291))))";

TEST_F(ScanTest, DeletesHoldUnderEveryPlan) {
  MakeTables();
  const char* queries[] = {
      "SELECT count(*), sum(id), min(name), max(name) FROM {}",
      "SELECT count(*) FROM {} WHERE id >= 40000",
      "SELECT grp, count(*), sum(id) FROM {} GROUP BY grp",
      "SELECT id FROM {} WHERE id BETWEEN 42040 AND 44110 ORDER BY id",
      "SELECT id, name FROM {} ORDER BY id DESC LIMIT 10",
      "SELECT * FROM {} ORDER BY name LIMIT 7 OFFSET 20000",
      "SELECT * FROM {} WHERE grp = 3 ORDER BY id LIMIT 5",
      "SELECT name FROM {} WHERE name LIKE 'name 4010%' ORDER BY 1",
      "SELECT count(*) FROM {} a JOIN {} b ON a.id = b.id + 1",
      "SELECT count(*) FROM {} WHERE id IN (20003, 20004, 40000, 40001, 59999, 59998, 70000)",
      "SELECT min(id), max(id) FROM {}",
      "SELECT id FROM {} WHERE id IN (SELECT range FROM range(42000, 42060)) ORDER BY id",
      "SELECT max(id) OVER (ORDER BY id ROWS 1 PRECEDING) FROM {} WHERE id > 59990 ORDER BY 1",
  };
  for (std::string query : queries) {
    auto fill = [&](const std::string& with) {
      std::string text = query;
      for (size_t at; (at = text.find("{}")) != std::string::npos;) text.replace(at, 2, with);
      return text;
    };
    EXPECT_EQ(SortedRows(fill("lake_scan(1)"), {clean_, deleted_}), SortedRows(fill(kExpected), {clean_, deleted_}))
        << query;
  }
}

TEST_F(ScanTest, CountComesFromMetadata) {
  MakeTables();
  EXPECT_THAT(Rows("SELECT count(*) FROM lake_scan(0)", {deleted_}), ElementsAre("55850"));
  EXPECT_THAT(Explain("SELECT count(*) FROM lake_scan(0)", {deleted_}), Not(HasSubstr("LAKE_SCAN")));
  EXPECT_THAT(Explain("SELECT count(*) FROM lake_scan(0) WHERE id >= 20000", {deleted_}), Not(HasSubstr("LAKE_SCAN")));
  EXPECT_THAT(Explain("SELECT min(id), max(id) FROM lake_scan(0)", {clean_}), Not(HasSubstr("LAKE_SCAN")));
  EXPECT_THAT(Rows("SELECT min(id), max(id) FROM lake_scan(0)", {clean_}), ElementsAre("0|79999"));
  EXPECT_THAT(Rows("SELECT min(id), max(id) FROM lake_scan(0)", {deleted_}), ElementsAre("0|59998"));
  EXPECT_THAT(Rows("SELECT count(*) FROM lake_scan(0)", {Pin(columns_, {})}), ElementsAre("0"));
  EXPECT_THAT(Rows("SELECT id FROM lake_scan(0)", {Pin(columns_, {})}), ElementsAre());
}

TEST_F(ScanTest, PrunesFilesByBounds) {
  MakeTables();
  EXPECT_THAT(Explain("SELECT name FROM lake_scan(0) WHERE id = 25000", {clean_}), HasSubstr("1/4"));
  EXPECT_THAT(Explain("SELECT name FROM lake_scan(0) WHERE id < 30000", {clean_}), HasSubstr("2/4"));
  EXPECT_THAT(Explain("SELECT id FROM lake_scan(0) WHERE name = 'name 25000'", {clean_}), HasSubstr("2/4"));
  EXPECT_THAT(Explain("SELECT name FROM lake_scan(0) WHERE id < 0", {clean_}), HasSubstr("0/4"));
  EXPECT_THAT(Rows("SELECT name FROM lake_scan(0) WHERE id = 25000", {clean_}), ElementsAre("name 25000"));
  EXPECT_THAT(Rows("SELECT count(*) FROM lake_scan(0) WHERE id IS NULL", {clean_}), ElementsAre("0"));
  EXPECT_THAT(Rows("SELECT a.id FROM lake_scan(0) a JOIN (SELECT 61000 AS id) b USING (id)", {clean_}),
              ElementsAre("61000"));
}

TEST_F(ScanTest, VirtualColumnsAreStable) {
  MakeTables();
  EXPECT_THAT(Rows("SELECT file_index, file_row_number, id FROM lake_scan(0) WHERE id = 45000", {clean_}),
              ElementsAre("2|5000|45000"));
  EXPECT_THAT(Rows("SELECT id FROM lake_scan(0) WHERE file_index = 2 AND file_row_number = 5000", {deleted_}),
              ElementsAre("45000"));
  EXPECT_THAT(Rows("SELECT DISTINCT file_index FROM lake_scan(0) a JOIN (SELECT 41000 AS id) b USING (id)", {clean_}),
              ElementsAre("2"));
  EXPECT_THAT(Rows("SELECT file_index, count(*) FROM lake_scan(0) GROUP BY ALL ORDER BY 1", {deleted_}),
              ElementsAre("0|20000", "1|18000", "2|17850"));
  EXPECT_THAT(Rows("SELECT file_index, file_row_number FROM lake_scan(0) ORDER BY id DESC LIMIT 1", {deleted_}),
              ElementsAre("2|19998"));
}

TEST_F(ScanTest, RowIdsAreInheritedOrStored) {
  auto inherits = WriteOne(RangeSql(0, 5), columns_);
  auto data = *inherits.data;
  data.first_row_id = 1000;
  inherits.data = std::make_shared<const iceberg::DataFile>(data);
  auto with_id = columns_;
  with_id.push_back(Column("_row_id", iceberg::kRowId, SqlType::Integer()));
  auto stores =
      WriteOne("SELECT range + 10, 0, 'x', CASE WHEN range = 1 THEN NULL ELSE 77 + range END FROM range(3)", with_id);
  data = *stores.data;
  data.first_row_id = 2000;
  stores.data = std::make_shared<const iceberg::DataFile>(data);
  auto table = Pin(columns_, {inherits, stores});
  EXPECT_THAT(Rows("SELECT id, _row_id FROM lake_scan(0) WHERE id >= 3 ORDER BY id", {table}),
              ElementsAre("3|1003", "4|1004", "10|77", "11|2001", "12|79"));
  EXPECT_THAT(Rows("SELECT id FROM lake_scan(0) WHERE _row_id = 1002", {table}), ElementsAre("2"));
  EXPECT_THAT(Rows("SELECT id FROM lake_scan(0) WHERE _row_id = 2001", {table}), ElementsAre("11"));
  EXPECT_THAT(Rows("SELECT name FROM lake_scan(0) WHERE _row_id > 1003 AND _row_id < 2001", {table}),
              ElementsAre("name 4"));
  EXPECT_THAT(Rows("SELECT id FROM lake_scan(0) WHERE _row_id IS NULL", {table}), ElementsAre());
  EXPECT_THAT(Rows("SELECT id FROM lake_scan(0) WHERE _row_id IN (79, 2001) ORDER BY id", {table}),
              ElementsAre("11", "12"));
  EXPECT_THAT(Rows("SELECT id FROM lake_scan(0) t JOIN (SELECT unnest([79, 2001, 1003]) AS r) ON r = t._row_id"
                   " ORDER BY id",
                   {table}),
              ElementsAre("3", "11", "12"));
  EXPECT_THAT(
      Rows("SELECT name, id + _row_id FROM lake_scan(0) WHERE _row_id > 1003 AND id < 12 OR _row_id = 77 ORDER BY 2",
           {table}),
      ElementsAre("x|87", "name 4|1008", "x|2012"));
  EXPECT_THAT(Rows("SELECT id, file_row_number, _row_id, name FROM lake_scan(0) ORDER BY id DESC LIMIT 2", {table}),
              ElementsAre("12|2|79|x", "11|1|2001|x"));
  EXPECT_THAT(Rows("SELECT _row_id FROM lake_scan(0) LIMIT 1", {Pin(columns_, {WriteOne(RangeSql(0, 1), columns_)})}),
              ElementsAre("NULL"));
}

TEST_F(ScanTest, ColumnsEvolveByFieldId) {
  std::vector<PinnedColumn> old = {Column("A", 1, SqlType::Integer()), Column("B", 2, SqlType::Number(9, 2)),
                                   Column("GONE", 3, SqlType::Varchar())};
  auto file = WriteOne("SELECT range, range / 4, 'old' FROM range(4)", old);
  std::vector<PinnedColumn> now = {Column("B2", 2, SqlType::Number(18, 2)), Column("GONE", 4, SqlType::Varchar()),
                                   Column("A", 1, SqlType::Integer()), Column("NEW", 5, SqlType::Number(10, 1)),
                                   Column("SINCE", 6, SqlType::Of(TypeId::kDate))};
  now[3].initial_default = "7.5";
  now[4].initial_default = "DATE '2024-02-29'";
  auto table = Pin(now, {file});
  EXPECT_THAT(Rows("SELECT * FROM lake_scan(0) ORDER BY a", {table}),
              ElementsAre("0.00|NULL|0|7.5|2024-02-29", "0.25|NULL|1|7.5|2024-02-29", "0.50|NULL|2|7.5|2024-02-29",
                          "0.75|NULL|3|7.5|2024-02-29"));
  EXPECT_THAT(Rows("SELECT a FROM lake_scan(0) WHERE new = 7.5 AND b2 > 0.5 AND gone IS NULL", {table}),
              ElementsAre("3"));
  EXPECT_THAT(Rows("SELECT a FROM lake_scan(0) WHERE b2 < 123456789012.34 AND a = 1", {table}), ElementsAre("1"));
  EXPECT_THAT(Rows("SELECT count(*) FROM lake_scan(0) WHERE new <> 7.5", {table}), ElementsAre("0"));
}

TEST_F(ScanTest, TypesComeBackAsTheyWere) {
  std::vector<PinnedColumn> columns = {Column("V", 1, SqlType::Of(TypeId::kVariant)),
                                       Column("O", 2, SqlType::Of(TypeId::kObject)),
                                       Column("TZ", 3, SqlType::Timestamp(TypeId::kTimestampTz)),
                                       Column("L", 4, SqlType::Timestamp(TypeId::kTimestampLtz)),
                                       Column("F", 5, SqlType::Of(TypeId::kFloat)),
                                       Column("B", 6, SqlType::Of(TypeId::kBinary)),
                                       Column("T", 7, SqlType::Of(TypeId::kTime)),
                                       Column("BO", 8, SqlType::Of(TypeId::kBoolean))};
  auto file = WriteOne(
      "SELECT '\"text\"', '{\"a\":1}', {'instant': TIMESTAMP '2024-01-01 10:00:00', 'offset_minutes': 60},"
      " TIMESTAMPTZ '2024-01-01 10:00:00+02', 'NaN'::DOUBLE, '\\xAB'::BLOB, TIME '01:02:03.000004', true"
      " UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL",
      columns);
  auto table = Pin(columns, {file});
  auto described = engine_->Describe({.sql = "SELECT * FROM lake_scan(0)", .tables = {table}});
  ASSERT_TRUE(described.ok()) << described.error().Message();
  for (size_t i = 0; i < columns.size(); ++i) EXPECT_EQ((*described)[i].type.id, columns[i].type.id) << i;
  EXPECT_THAT(Rows("SELECT v, o, CAST(tz AS STRUCT(instant TIMESTAMP, offset_minutes INTEGER)).offset_minutes, l, f, "
                   "b, t, bo FROM lake_scan(0) WHERE v IS NOT NULL",
                   {table}),
              ElementsAre("\"text\"|{\"a\":1}|60|2024-01-01 08:00:00.000000Z|nan|AB|01:02:03.000004|true"));
  EXPECT_THAT(Rows("SELECT count(*) FROM lake_scan(0) WHERE f > 1e300", {table}), ElementsAre("1"));
  EXPECT_THAT(Rows("SELECT count(*) FROM lake_scan(0) WHERE tz IS NULL", {table}), ElementsAre("1"));
}

TEST_F(ScanTest, ForeignNestedColumnsHaveNaturalTypes) {
  std::vector<PinnedColumn> columns = {
      Column("L", 1, SqlType::Of(TypeId::kArray)), Column("S", 2, SqlType::Of(TypeId::kObject)),
      Column("M", 3, SqlType::Of(TypeId::kObject)), Column("I", 4, SqlType::Integer())};
  auto schema = std::make_shared<iceberg::Schema>();
  auto of = [](iceberg::Kind kind) { return iceberg::Type::Of(kind); };
  schema->fields = {{1, "L", false, iceberg::Type::List({11, "element", false, of(iceberg::Kind::kInt)})},
                    {2, "S", false,
                     iceberg::Type::Struct(
                         {{21, "x", false, of(iceberg::Kind::kInt)}, {22, "y", false, of(iceberg::Kind::kString)}})},
                    {3, "M", false,
                     iceberg::Type::Map({31, "key", true, of(iceberg::Kind::kString)},
                                        {32, "value", false, of(iceberg::Kind::kLong)})},
                    {4, "I", false, of(iceberg::Kind::kInt)}};
  auto target = Target(columns);
  target.schema = schema;
  auto files = TryWrite("SELECT [1, 2], {'x': 1, 'y': 'a'}, MAP {'k': 5::BIGINT}, 2147483647", target);
  ASSERT_TRUE(files.ok()) << files.error().Message();
  auto table = std::make_shared<PinnedTable>(
      *Pin(columns, {iceberg::LiveFile{std::make_shared<const iceberg::DataFile>(files->front())}}));
  table->schema = schema;
  EXPECT_THAT(Rows("SELECT * FROM lake_scan(0)", {table}),
              ElementsAre("[1,2]|{\"x\":1,\"y\":\"a\"}|{\"k\":5}|2147483647"));
  EXPECT_THAT(Rows("SELECT s.y, l[2], i + 1 FROM lake_scan(0) WHERE s.x = 1", {table}), ElementsAre("a|2|2147483648"));
}

TEST_F(ScanTest, PinsAreOfTheStatement) {
  auto table = Pin(columns_, {WriteOne(RangeSql(0, 3), columns_)});
  EXPECT_THAT(Rows("SELECT count(id) FROM lake_scan(0)", {table}), ElementsAre("3"));
  EXPECT_THAT(Rows("SELECT count(id) FROM lake_scan(0)").front(), HasSubstr("pins no table 0"));
  EXPECT_THAT(Rows("SELECT count(id) FROM lake_scan(1)", {table}).front(), HasSubstr("pins no table 1"));
}

TEST_F(ScanTest, RefusesWhatItWouldReadWrong) {
  auto file = WriteOne(RangeSql(0, 3), columns_);
  auto equality = file;
  equality.equality_deletes.push_back(file.data);
  EXPECT_THAT(Rows("SELECT count(*) FROM lake_scan(0)", {Pin(columns_, {equality})}).front(),
              HasSubstr("equality deletes"));
  auto data = *file.data;
  data.format = iceberg::FileFormat::kOrc;
  EXPECT_THAT(
      Rows("SELECT * FROM lake_scan(0)", {Pin(columns_, {{std::make_shared<const iceberg::DataFile>(data)}})}).front(),
      HasSubstr("other than Parquet"));
  data = *file.data;
  data.path += ".gone";
  EXPECT_THAT(
      Rows("SELECT * FROM lake_scan(0)", {Pin(columns_, {{std::make_shared<const iceberg::DataFile>(data)}})}).front(),
      HasSubstr("storage failed"));
}

TEST_F(ScanTest, ReadsVectorsAndPositionDeletes) {
  auto file = WriteOne(RangeSql(0, 1000), columns_);
  iceberg::DeletionVector vector;
  vector.AddRange(10, 5);
  auto puffin = iceberg::WritePuffin(vector, file.data->path);
  ASSERT_TRUE(store_->Put("data/dv.puffin", puffin.bytes).ok());
  iceberg::DataFile deletes;
  deletes.content = iceberg::FileContent::kPositionDeletes;
  deletes.format = iceberg::FileFormat::kPuffin;
  deletes.path = store_->Uri("data/dv.puffin");
  deletes.record_count = 5;
  deletes.size = static_cast<int64_t>(puffin.bytes.size());
  deletes.referenced_data_file = file.data->path;
  deletes.content_offset = puffin.offset;
  deletes.content_size = puffin.length;
  auto with_vector = file;
  with_vector.vector = std::make_shared<const iceberg::DataFile>(deletes);
  auto v3 = Pin(columns_, {with_vector});
  EXPECT_THAT(Rows("SELECT count(*) FROM lake_scan(0)", {v3}), ElementsAre("995"));
  EXPECT_THAT(Rows("SELECT count(id), min(id) FROM lake_scan(0) WHERE id >= 9", {v3}), ElementsAre("986|9"));

  auto written = engine_->WritePositionDeletes({{file.data->path, {7, 3, 999}}}, Target(columns_), cancel_);
  ASSERT_TRUE(written.ok()) << written.error().Message();
  ASSERT_EQ(written->size(), 1U);
  EXPECT_EQ(written->front().record_count, 3);
  auto read = engine_->ReadPositionDeletes(written->front().path);
  ASSERT_TRUE(read.ok()) << read.error().Message();
  ASSERT_EQ(read->size(), 3U);
  EXPECT_EQ((*read)[0], std::make_pair(file.data->path, uint64_t{3}));
  EXPECT_EQ((*read)[2], std::make_pair(file.data->path, uint64_t{999}));
  auto with_positions = file;
  with_positions.position_deletes.push_back(std::make_shared<const iceberg::DataFile>(written->front()));
  auto v2 = Pin(columns_, {with_positions});
  EXPECT_THAT(Rows("SELECT count(*) FROM lake_scan(0)", {v2}), ElementsAre("997"));
  EXPECT_THAT(Rows("SELECT max(id), count(*) FROM lake_scan(0) WHERE id > 2", {v2}), ElementsAre("998|994"));
}

}  // namespace
}  // namespace firn::engine
