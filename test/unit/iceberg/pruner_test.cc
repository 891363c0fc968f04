// Pruning by bounds, counts and partitions, and the join of data files with deletes.
#include <gtest/gtest.h>

#include <cmath>

#include "base/errors.h"
#include "unit/iceberg/table_fixture.h"

namespace firn::iceberg {
namespace {

TableMetadata OneColumn(Type type, std::vector<std::pair<std::string, Transform>> partition_by = {}) {
  NewTableOptions options;
  options.location = "memory://lake/t";
  options.fields = {MakeField("x", std::move(type))};
  options.partition_by = std::move(partition_by);
  return *NewTable(std::move(options));
}

DataFile WithBounds(const Type& type, std::optional<Value> lower, std::optional<Value> upper, int64_t nulls = 0,
                    int64_t nans = -1) {
  DataFile file;
  file.record_count = 10;
  ColumnMetrics column;
  column.field_id = 1;
  column.value_count = 10;
  column.null_count = nulls;
  column.nan_count = nans;
  if (lower) column.lower = ToBinary(type, *lower);
  if (upper) column.upper = ToBinary(type, *upper);
  file.columns = {column};
  return file;
}

ColumnRange Between(std::optional<Value> lower, std::optional<Value> upper, bool lower_open = false,
                    bool upper_open = false) {
  ColumnRange range;
  range.field_id = 1;
  range.lower = std::move(lower);
  range.upper = std::move(upper);
  range.lower_open = lower_open;
  range.upper_open = upper_open;
  return range;
}

TEST(FilePruner, Ranges) {
  Type type = Type::Of(Kind::kLong);
  TableMetadata table = OneColumn(type);
  DataFile file = WithBounds(type, Value(int64_t{10}), Value(int64_t{20}));
  auto match = [&](ColumnRange range) { return FilePruner(table, table.schema(), {std::move(range)}).MayMatch(file); };
  auto at = [](int64_t v) { return std::optional<Value>(v); };
  EXPECT_TRUE(match(Between(at(20), {})));
  EXPECT_FALSE(match(Between(at(20), {}, true)));
  EXPECT_FALSE(match(Between(at(21), {})));
  EXPECT_TRUE(match(Between({}, at(10))));
  EXPECT_FALSE(match(Between({}, at(10), false, true)));
  EXPECT_FALSE(match(Between({}, at(9))));
  EXPECT_TRUE(match(Between(at(0), at(100))));
  ColumnRange in = Between({}, {});
  in.any_of = {Value(int64_t{5}), Value(int64_t{25})};
  EXPECT_FALSE(match(in));
  in.any_of.push_back(Value(int64_t{15}));
  EXPECT_TRUE(match(in));
  // A value of another type says nothing.
  EXPECT_TRUE(match(Between(Value(std::string("zzz")), {})));
  // An unknown column says nothing.
  ColumnRange unknown = Between(at(100), {});
  unknown.field_id = 99;
  EXPECT_TRUE(match(unknown));
  file.columns.clear();
  EXPECT_TRUE(match(Between(at(100), {})));
}

TEST(FilePruner, Nulls) {
  Type type = Type::Of(Kind::kLong);
  TableMetadata table = OneColumn(type);
  auto match = [&](int64_t nulls, bool want_values, bool want_nulls) {
    DataFile file = WithBounds(type, {}, {}, nulls);
    ColumnRange range = Between({}, {});
    range.values = want_values;
    range.nulls = want_nulls;
    return FilePruner(table, table.schema(), {range}).MayMatch(file);
  };
  EXPECT_FALSE(match(0, false, true));
  EXPECT_TRUE(match(1, false, true));
  EXPECT_TRUE(match(-1, false, true));
  EXPECT_FALSE(match(10, true, false));
  EXPECT_TRUE(match(10, true, true));
  EXPECT_TRUE(match(9, true, false));
}

TEST(FilePruner, NanIsTheGreatestValue) {
  Type type = Type::Of(Kind::kDouble);
  TableMetadata table = OneColumn(type);
  auto match = [&](int64_t nans, ColumnRange range) {
    DataFile file = WithBounds(type, Value(1.0), Value(2.0), 0, nans);
    return FilePruner(table, table.schema(), {std::move(range)}).MayMatch(file);
  };
  EXPECT_TRUE(match(-1, Between(Value(5.0), {})));  // not known
  EXPECT_TRUE(match(3, Between(Value(5.0), {})));
  EXPECT_FALSE(match(0, Between(Value(5.0), {})));
  EXPECT_TRUE(match(3, Between(Value(std::nan("")), Value(std::nan("")))));
  EXPECT_FALSE(match(3, Between({}, Value(0.5))));
}

TEST(FilePruner, Partitions) {
  Type type = Type::Of(Kind::kString);
  TableMetadata table = OneColumn(type, {{"x", ParseTransform("truncate[2]")}});
  DataFile file;
  file.spec_id = table.default_spec_id;
  auto match = [&](Value partition, ColumnRange range) {
    file.partition = {std::move(partition)};
    return FilePruner(table, table.schema(), {std::move(range)}).MayMatch(file);
  };
  auto text = [](const char* t) { return Value(std::string(t)); };
  EXPECT_TRUE(match(text("ab"), Between(text("abc"), text("abc"))));
  EXPECT_FALSE(match(text("ac"), Between(text("abc"), text("abc"))));
  EXPECT_TRUE(match(text("ab"), Between({}, text("abc"), false, true)));
  EXPECT_FALSE(match(Value(), Between(text("a"), {})));
  ColumnRange is_null = Between({}, {});
  is_null.values = false;
  is_null.nulls = true;
  EXPECT_TRUE(match(Value(), is_null));
  EXPECT_FALSE(match(text("ab"), is_null));
}

DataFile Deletes(const std::string& path, FileContent content, int64_t sequence, std::vector<Value> partition) {
  DataFile file;
  file.content = content;
  file.path = path;
  file.record_count = 1;
  file.data_sequence_number = file.file_sequence_number = sequence;
  file.partition = std::move(partition);
  return file;
}

TEST(TableFiles, DeletesApplyByAgeAndPartition) {
  auto data = std::make_shared<LoadedManifest>();
  for (int i = 1; i <= 3; ++i) {
    DataFile file;
    file.path = "d" + std::to_string(i);
    file.data_sequence_number = i;
    file.partition = {Value(i % 2)};
    data->live.push_back(std::make_shared<const DataFile>(file));
  }
  auto deletes = std::make_shared<LoadedManifest>();
  deletes->file.content = ManifestContent::kDeletes;
  auto add = [&](DataFile file) { deletes->live.push_back(std::make_shared<const DataFile>(std::move(file))); };
  DataFile bounded = Deletes("bounded", FileContent::kPositionDeletes, 3, {Value(int64_t{1})});
  ColumnMetrics paths;
  paths.field_id = kFilePathId;
  paths.lower = "d3";
  paths.upper = "d4";
  bounded.columns = {paths};
  add(bounded);
  add(Deletes("same-age", FileContent::kPositionDeletes, 1, {Value(1)}));
  add(Deletes("equality", FileContent::kEqualityDeletes, 2, {Value(0)}));
  add(Deletes("global", FileContent::kEqualityDeletes, 2, {}));
  DataFile vector = Deletes("v", FileContent::kPositionDeletes, 3, {Value(0)});
  vector.format = FileFormat::kPuffin;
  vector.referenced_data_file = "d2";
  add(vector);
  DataFile early = vector;
  early.path = "early";
  early.referenced_data_file = "d3";
  early.data_sequence_number = 2;
  add(early);
  TableFiles files({data, deletes});
  EXPECT_EQ(Describe(files), (std::vector<std::string>{
                                 "d1 rows=0 seq=1/-1 rowid=- snap=-1 pos=same-age eq=global",
                                 "d2 rows=0 seq=2/-1 rowid=- snap=-1 dv=v#3",
                                 "d3 rows=0 seq=3/-1 rowid=- snap=-1 pos=bounded",
                             }));
  auto store = storage::OpenMemoryStore();
  EXPECT_TRUE(LoadDeletes(*store, **files.Find("d1")).error().Is(errors::kUnsupported));
}

}  // namespace
}  // namespace firn::iceberg
