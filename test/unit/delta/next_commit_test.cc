// The pure part: schemas, stats and the commits between two states of a table.
#include "delta/next_commit.h"

#include <gmock/gmock.h>

#include <cmath>

#include "base/errors.h"
#include "base/ids.h"
#include "delta/delta_schema.h"
#include "delta/file_stats.h"
#include "iceberg/creation_names.h"
#include "iceberg/metadata_update.h"
#include "unit/delta/lake.h"

namespace firn::delta {
namespace {

using iceberg::Kind;
using iceberg::SchemaChange;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

iceberg::TableMetadata NewMetadata(std::vector<iceberg::Field> fields) {
  iceberg::NewTableOptions options;
  options.uuid = NewUuid();
  options.location = "memory://lake/t";
  options.fields = std::move(fields);
  options.timestamp_ms = 1;
  return Must(iceberg::NewTable(std::move(options)));
}

void Change(iceberg::TableMetadata* metadata, const std::function<Status(SchemaChange&)>& step) {
  SchemaChange change(metadata->schema(), metadata->last_column_id, metadata->format_version);
  Must(step(change));
  Must(iceberg::SetSchema(metadata, change.schema(), change.last_column_id(), 2));
}

TEST(CreationNames, StayAndAreNeverUsedTwice) {
  iceberg::TableMetadata metadata = NewMetadata({Field("A", Kind::kLong), Field("B", Kind::kLong)});
  Change(&metadata, [](SchemaChange& change) { return change.RenameColumn("A", "C"); });
  Change(&metadata, [](SchemaChange& change) { return change.AddColumn("", Field("a", Kind::kLong)); });
  Change(&metadata, [](SchemaChange& change) { return change.DropColumn("B"); });
  Change(&metadata, [](SchemaChange& change) { return change.AddColumn("", Field("B", Kind::kString)); });
  EXPECT_THAT(iceberg::CreationNames(metadata),
              UnorderedElementsAre(Pair(1, "A"), Pair(2, "B"), Pair(3, "a_3"), Pair(4, "B_4")));
}

TEST(DeltaSchema, SaysEveryTypeThatDeltaHas) {
  iceberg::Field list = Field("L", Kind::kLong);
  list.type = iceberg::Type::List(Field("element", Kind::kString));
  iceberg::Field map = Field("M", Kind::kLong);
  map.type = iceberg::Type::Map(Field("key", Kind::kString), Field("value", Kind::kDouble));
  iceberg::Field decimal = Field("D", Kind::kLong);
  decimal.type = iceberg::Type::Decimal(10, 2);
  decimal.required = true;
  iceberg::Field nested = Field("S", Kind::kLong);
  nested.type = iceberg::Type::Struct({Field("x", Kind::kInt), Field("y", Kind::kTimestampTz)});
  iceberg::TableMetadata metadata =
      NewMetadata({Field("I", Kind::kInt), decimal, Field("F", Kind::kFloat), Field("B", Kind::kBinary),
                   Field("O", Kind::kBoolean), Field("A", Kind::kDate), list, map, nested});
  DeltaSchema schema = Must(MakeSchema(metadata, metadata.schema(), false));
  EXPECT_FALSE(schema.mapped);
  EXPECT_FALSE(schema.timestamp_ntz);
  EXPECT_EQ(
      schema.text,
      R"({"type":"struct","fields":[)"
      R"({"name":"I","type":"integer","nullable":true,"metadata":{}},)"
      R"x({"name":"D","type":"decimal(10,2)","nullable":false,"metadata":{}},)x"
      R"({"name":"F","type":"float","nullable":true,"metadata":{}},)"
      R"({"name":"B","type":"binary","nullable":true,"metadata":{}},)"
      R"({"name":"O","type":"boolean","nullable":true,"metadata":{}},)"
      R"({"name":"A","type":"date","nullable":true,"metadata":{}},)"
      R"({"name":"L","type":{"type":"array","elementType":"string","containsNull":true},"nullable":true,"metadata":{}},)"
      R"({"name":"M","type":{"type":"map","keyType":"string","valueType":"double","valueContainsNull":true},)"
      R"("nullable":true,"metadata":{}},)"
      R"({"name":"S","type":{"type":"struct","fields":[)"
      R"({"name":"x","type":"integer","nullable":true,"metadata":{}},)"
      R"({"name":"y","type":"timestamp","nullable":true,"metadata":{}}]},"nullable":true,"metadata":{}}]})");
}

TEST(DeltaSchema, NamesTheColumnThatDeltaHasNoTypeFor) {
  for (Kind kind : {Kind::kTime, Kind::kUuid, Kind::kTimestampNs, Kind::kVariant}) {
    iceberg::TableMetadata metadata = NewMetadata({Field("A", Kind::kLong), Field("ODD", kind)});
    Result<DeltaSchema> schema = MakeSchema(metadata, metadata.schema(), false);
    ASSERT_FALSE(schema.ok());
    EXPECT_TRUE(schema.error().Is(errors::kUnsupported));
    EXPECT_THAT(schema.error().Message(), HasSubstr("column ODD of type " + iceberg::Type::Of(kind).Text()));
  }
}

TEST(DeltaSchema, MapsFromTheFirstRenameOrDropOn) {
  iceberg::TableMetadata metadata = NewMetadata({Field("A", Kind::kLong), Field("B", Kind::kTimestamp)});
  EXPECT_FALSE(Must(MakeSchema(metadata, metadata.schema(), false)).mapped);
  EXPECT_TRUE(Must(MakeSchema(metadata, metadata.schema(), false)).timestamp_ntz);
  iceberg::TableMetadata dropped = metadata;
  Change(&dropped, [](SchemaChange& change) { return change.DropColumn("B"); });
  EXPECT_TRUE(Must(MakeSchema(dropped, dropped.schema(), false)).mapped);
  Change(&metadata, [](SchemaChange& change) { return change.RenameColumn("A", "Z"); });
  DeltaSchema renamed = Must(MakeSchema(metadata, metadata.schema(), false));
  EXPECT_TRUE(renamed.mapped);
  EXPECT_THAT(renamed.text, HasSubstr(R"("name":"Z","type":"long","nullable":true,"metadata":)"
                                      R"({"delta.columnMapping.id":1,"delta.columnMapping.physicalName":"A"})"));
}

TEST(DeltaSchema, RefusesARenamedNestedField) {
  iceberg::Field nested = Field("S", Kind::kLong);
  nested.type = iceberg::Type::Struct({Field("x", Kind::kInt)});
  iceberg::TableMetadata metadata = NewMetadata({nested});
  Change(&metadata, [](SchemaChange& change) { return change.RenameColumn("S.x", "y"); });
  Result<DeltaSchema> schema = MakeSchema(metadata, metadata.schema(), false);
  ASSERT_FALSE(schema.ok());
  EXPECT_THAT(schema.error().Message(), HasSubstr("nested field y (before: x)"));
}

// --- stats -----------------------------------------------------------------------------------------------------------

std::string StatsOf(Kind kind, const iceberg::Value& low, const iceberg::Value& high, int64_t nan_count = 0) {
  iceberg::Schema schema;
  schema.fields = {Field("C", kind)};
  schema.fields[0].id = 1;
  if (kind == Kind::kDecimal) schema.fields[0].type = iceberg::Type::Decimal(38, 2);
  iceberg::DataFile file;
  file.record_count = 7;
  iceberg::ColumnMetrics metrics;
  metrics.field_id = 1;
  metrics.null_count = 2;
  metrics.nan_count = nan_count;
  metrics.lower = iceberg::ToBinary(schema.fields[0].type, low);
  metrics.upper = iceberg::ToBinary(schema.fields[0].type, high);
  file.columns = {metrics};
  return FileStats(file, schema, {{1, "P"}}, true);
}

std::string Wanted(const std::string& low, const std::string& high) {
  auto member = [](const std::string& text) { return text.empty() ? "{}" : "{\"P\":" + text + "}"; };
  return R"({"numRecords":7,"minValues":)" + member(low) + R"(,"maxValues":)" + member(high) +
         R"(,"nullCount":{"P":2},"tightBounds":true})";
}

TEST(FileStats, SayWhatIcebergKnows) {
  EXPECT_EQ(StatsOf(Kind::kLong, int64_t{-9223372036854775807}, int64_t{5}), Wanted("-9223372036854775807", "5"));
  EXPECT_EQ(StatsOf(Kind::kDecimal, iceberg::Int128{-105}, iceberg::Int128{1420}), Wanted("-1.05", "14.20"));
  EXPECT_EQ(StatsOf(Kind::kString, std::string("a\"b"), std::string("z\n")), Wanted(R"("a\"b")", R"("z\n")"));
  EXPECT_EQ(StatsOf(Kind::kDate, int32_t{-1}, int32_t{17486}), Wanted("\"1969-12-31\"", "\"2017-11-16\""));
  EXPECT_EQ(StatsOf(Kind::kDouble, 0.1, 2.5e300), Wanted("0.1", "2.5e+300"));
  EXPECT_EQ(StatsOf(Kind::kBinary, std::string("a"), std::string("b")), Wanted("", ""));
}

TEST(FileStats, CutTimestampsToMillisecondsOutwards) {
  EXPECT_EQ(StatsOf(Kind::kTimestampTz, int64_t{1'510'871'468'123'456}, int64_t{1'510'871'468'123'001}),
            Wanted("\"2017-11-16T22:31:08.123Z\"", "\"2017-11-16T22:31:08.124Z\""));
  EXPECT_EQ(StatsOf(Kind::kTimestamp, int64_t{-1}, int64_t{-1'000}),
            Wanted("\"1969-12-31T23:59:59.999\"", "\"1969-12-31T23:59:59.999\""));
  EXPECT_EQ(StatsOf(Kind::kTimestamp, int64_t{0}, INT64_MAX), Wanted("\"1970-01-01T00:00:00.000\"", ""));
}

TEST(FileStats, LeaveOutWhatNaNMakesUncertain) {
  EXPECT_EQ(StatsOf(Kind::kDouble, 1.0, 2.0, -1), Wanted("1", ""));
  EXPECT_EQ(StatsOf(Kind::kFloat, 1.5F, 2.0F, 3), Wanted("1.5", ""));
  EXPECT_EQ(StatsOf(Kind::kDouble, -INFINITY, INFINITY), Wanted("", ""));
}

TEST(LogActions, Z85IsThatOfTheSpecification) {
  // https://rfc.zeromq.org/spec/32/
  EXPECT_EQ(Z85("\x86\x4F\xD2\x6F\xB5\x59\xF7\x5B"), "HelloWorld");
  EXPECT_EQ(Z85(std::string("\0\0\0", 3)), "00000");
}

TEST(LogActions, PathsAreUrlEncoded) {
  EXPECT_EQ(UrlEncoded("data/a b+ä%.parquet"), "data/a%20b%2B%C3%A4%25.parquet");
  EXPECT_EQ(UrlDecoded("data/a%20b%2B%C3%A4%25.parquet"), "data/a b+ä%.parquet");
}

TEST(LogState, TakesBackWhatItSays) {
  LogState state;
  state.version = 7;
  state.sequence = 5;
  state.position = 12;
  state.protocol = {true, true, false};
  state.info = TableInfo{"id", "{\"type\":\"struct\"}", {{"k", "v"}}, 99};
  state.files["data/a"] = {"data/a", 10, 20, "{}", "v@4", VectorPlace{"u", "x", 1, 2, 3}};
  state.removed.push_back({"data/b", 1, 2, VectorPlace{"i", "y", std::nullopt, 2, 3}});
  LogState back;
  ASSERT_TRUE(Must(back.Restore(state.CheckpointLines(), 7, "checkpoint")));
  EXPECT_EQ(back.CheckpointLines(), state.CheckpointLines());
  EXPECT_EQ(back.protocol, state.protocol);
  // The same through Parquet.
  LogParquet parquet(TestEngine(), ScratchFolder());
  LogState unpacked;
  ASSERT_TRUE(Must(unpacked.Restore(Must(parquet.Unpack(Must(parquet.Pack(state.CheckpointLines())))), 7, "x")));
  EXPECT_EQ(unpacked.CheckpointLines(), state.CheckpointLines());
}

TEST(LogState, KnowsWhatTheMirrorDidNotWrite) {
  LogState state;
  EXPECT_FALSE(Must(state.Apply(R"({"txn":{"appId":"spark","version":1}})", "x")));
  EXPECT_FALSE(Must(state.Apply(R"({"txn":{"appId":"firn-mirror","version":1}}
{"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["v2Checkpoint"]}})",
                                "x")));
  EXPECT_EQ(state.version, -1);
  EXPECT_TRUE(Must(state.Apply(R"({"txn":{"appId":"firn-mirror","version":4}})", "x")));
  EXPECT_EQ(state.version, 0);
  EXPECT_EQ(state.sequence, 4);
}

// --- commits ---------------------------------------------------------------------------------------------------------

class NextCommitTest : public ::testing::Test {
 protected:
  NextCommitTest() : metadata_(NewMetadata({Field("A", Kind::kLong)})) {
    outside_.place = [](const catalog::TableVersion&, const iceberg::LiveFile& file) -> Result<VectorPlace> {
      return VectorPlace{"i", "vector", std::nullopt, 8, file.vector->record_count};
    };
    outside_.column_names = [this](const std::string&) -> Result<std::map<int, std::string>> { return in_files_; };
  }

  static iceberg::LiveFilePtr File(const std::string& path, int64_t deleted = 0) {
    auto data = std::make_shared<iceberg::DataFile>();
    data->path = path;
    data->record_count = 10;
    data->size = 100;
    auto file = std::make_shared<iceberg::LiveFile>();
    file->data = data;
    if (deleted > 0) {
      auto vector = std::make_shared<iceberg::DataFile>();
      vector->path = path + ".puffin-" + std::to_string(deleted);
      vector->record_count = deleted;
      vector->content_offset = 4;
      file->vector = vector;
    }
    return file;
  }

  Result<std::optional<std::string>> Step(std::vector<iceberg::LiveFilePtr> files, const char* operation = "append") {
    auto version = std::make_shared<catalog::TableVersion>();
    version->metadata = std::make_shared<const iceberg::TableMetadata>(metadata_);
    version->files =
        std::make_shared<const iceberg::TableFiles>(std::vector<iceberg::LoadedManifestPtr>(), std::move(files));
    version->schema = std::make_shared<const iceberg::Schema>(metadata_.schema());
    snapshot_.summary["operation"] = operation;
    snapshot_.timestamp_ms = 1000;
    Target target;
    target.name = "T";
    target.version = version;
    target.snapshot = &snapshot_;
    target.sequence = ++sequence_;
    target.follows = true;
    target.reader_one = reader_one_;
    auto text = NextCommit(state_, target, outside_, 5000);
    if (text.ok() && *text) EXPECT_TRUE(Must(state_.Apply(**text, "commit")));
    if (text.ok() && *text) commit_ = **text;
    return text;
  }

  /// Lines of the last commit that have `action`.
  std::vector<std::string> Lines(const std::string& action) const {
    std::vector<std::string> lines;
    size_t begin = 0;
    for (size_t end = commit_.find('\n'); end != std::string::npos; begin = end + 1, end = commit_.find('\n', begin)) {
      if (commit_.compare(begin, action.size() + 3, "{\"" + action + "\"") == 0) {
        lines.push_back(commit_.substr(begin, end - begin));
      }
    }
    return lines;
  }

  iceberg::TableMetadata metadata_;
  iceberg::Snapshot snapshot_;
  LogState state_;
  Outside outside_;
  std::map<int, std::string> in_files_;
  std::string commit_;
  int64_t sequence_ = 0;
  bool reader_one_ = false;
};

TEST_F(NextCommitTest, BeginsWithProtocolOneTwo) {
  Must(Step({File("memory://lake/t/data/a b.parquet")}));
  EXPECT_THAT(Lines("protocol"), testing::ElementsAre(R"({"protocol":{"minReaderVersion":1,"minWriterVersion":2}})"));
  EXPECT_EQ(Lines("metaData").size(), 1U);
  EXPECT_THAT(Lines("txn")[0], R"({"txn":{"appId":"firn-mirror","version":1}})");
  ASSERT_EQ(Lines("add").size(), 1U);
  EXPECT_THAT(Lines("add")[0], HasSubstr(R"("path":"data/a%20b.parquet","partitionValues":{},"size":100)"));
  EXPECT_THAT(Lines("add")[0], HasSubstr(R"("modificationTime":1000,"dataChange":true)"));
}

TEST_F(NextCommitTest, AnAppendSaysTheNewFilesAlone) {
  Must(Step({File("memory://lake/t/data/a")}));
  Must(Step({File("memory://lake/t/data/a"), File("memory://lake/t/data/b")}));
  EXPECT_TRUE(Lines("protocol").empty());
  EXPECT_TRUE(Lines("metaData").empty());
  ASSERT_EQ(Lines("add").size(), 1U);
  EXPECT_THAT(Lines("add")[0], HasSubstr("data/b"));
}

TEST_F(NextCommitTest, ADeleteReplacesTheVectorAndRaisesTheProtocol) {
  Must(Step({File("memory://lake/t/data/a")}));
  Must(Step({File("memory://lake/t/data/a", 3)}, "delete"));
  EXPECT_THAT(Lines("protocol")[0],
              R"({"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["deletionVectors"],)"
              R"("writerFeatures":["deletionVectors"]}})");
  EXPECT_THAT(Lines("metaData")[0], HasSubstr(R"("delta.enableDeletionVectors":"true")"));
  EXPECT_THAT(Lines("remove")[0], Not(HasSubstr("deletionVector")));
  EXPECT_THAT(
      Lines("add")[0],
      HasSubstr(R"("deletionVector":{"storageType":"i","pathOrInlineDv":"vector","sizeInBytes":8,"cardinality":3})"));
  EXPECT_THAT(Lines("add")[0], HasSubstr(R"(\"tightBounds\":false)"));
  Must(Step({File("memory://lake/t/data/a", 5)}, "delete"));
  EXPECT_THAT(Lines("remove")[0], HasSubstr(R"("cardinality":3)"));
  EXPECT_THAT(Lines("add")[0], HasSubstr(R"("cardinality":5)"));
}

TEST_F(NextCommitTest, CompactionIsNoChangeOfData) {
  Must(Step({File("memory://lake/t/data/a"), File("memory://lake/t/data/b")}));
  Must(Step({File("memory://lake/t/data/c")}, "replace"));
  ASSERT_EQ(Lines("remove").size(), 2U);
  for (const std::string& line : Lines("remove")) EXPECT_THAT(line, HasSubstr(R"("dataChange":false)"));
  EXPECT_THAT(Lines("add")[0], HasSubstr(R"("dataChange":false)"));
}

TEST_F(NextCommitTest, WhatTheLogSaysAlreadyIsNoCommit) {
  Must(Step({File("memory://lake/t/data/a", 2)}));
  --sequence_;
  EXPECT_EQ(Must(Step({File("memory://lake/t/data/a", 2)})), std::nullopt);
}

TEST_F(NextCommitTest, AFileWithOtherColumnNamesStopsTheMirror) {
  Must(Step({File("memory://lake/t/data/a")}));
  Change(&metadata_, [](SchemaChange& change) { return change.RenameColumn("A", "Z"); });
  in_files_ = {{1, "A"}};
  Must(Step({File("memory://lake/t/data/a"), File("memory://lake/t/data/b")}));
  EXPECT_THAT(Lines("metaData")[0],
              HasSubstr(R"("delta.columnMapping.maxColumnId":"1","delta.columnMapping.mode":"name")"));
  in_files_ = {{1, "Z"}};
  auto step = Step({File("memory://lake/t/data/a"), File("memory://lake/t/data/foreign")});
  ASSERT_FALSE(step.ok());
  EXPECT_THAT(step.error().Message(), HasSubstr("data/foreign column 1 is called Z and not A"));
}

TEST_F(NextCommitTest, FilesOfACloneAreRefused) {
  auto step = Step({File("memory://lake/other/data/a")});
  ASSERT_FALSE(step.ok());
  EXPECT_THAT(step.error().Message(), HasSubstr("outside its location (memory://lake/other/data/a)"));
}

TEST_F(NextCommitTest, ADefaultOfOlderRowsIsRefused) {
  Must(Step({File("memory://lake/t/data/a")}));
  Change(&metadata_, [](SchemaChange& change) {
    iceberg::Field field = Field("B", Kind::kLong);
    field.initial_default = iceberg::Value(int64_t{4});
    field.write_default = field.initial_default;
    return change.AddColumn("", field);
  });
  auto step = Step({File("memory://lake/t/data/b")});
  ASSERT_FALSE(step.ok());
  EXPECT_THAT(step.error().Message(), HasSubstr("column B as Delta, whose default"));
}

TEST_F(NextCommitTest, ReaderOneStaysWhatEveryReaderKnows) {
  reader_one_ = true;
  Must(Step({File("memory://lake/t/data/a")}));
  EXPECT_FALSE(Step({File("memory://lake/t/data/a", 1)}).ok());
  Change(&metadata_, [](SchemaChange& change) { return change.AddColumn("", Field("T", Kind::kTimestamp)); });
  auto step = Step({File("memory://lake/t/data/a")});
  ASSERT_FALSE(step.ok());
  EXPECT_THAT(step.error().Message(), HasSubstr("column T of type timestamp"));
}

}  // namespace
}  // namespace firn::delta
