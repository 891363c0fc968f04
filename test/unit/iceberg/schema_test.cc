#include "iceberg/schema.h"

#include <gtest/gtest.h>

#include "base/errors.h"

namespace firn::iceberg {
namespace {

Field Make(const std::string& name, Type type, bool required = false) {
  Field field;
  field.name = name;
  field.type = std::move(type);
  field.required = required;
  return field;
}

/// id long not null, name string, address struct<zip int, tags list<string>>, m map<string, struct<x float>>
Schema Sample() {
  Schema schema;
  schema.fields = {
      Make("id", Type::Of(Kind::kLong), true),
      Make("name", Type::Of(Kind::kString)),
      Make("address", Type::Struct({Make("zip", Type::Of(Kind::kInt)),
                                    Make("tags", Type::List(Make("", Type::Of(Kind::kString))))})),
      Make("m",
           Type::Map(Make("", Type::Of(Kind::kString)), Make("", Type::Struct({Make("x", Type::Of(Kind::kFloat))})))),
  };
  AssignFieldIds(&schema.fields, 0);
  return schema;
}

TEST(Schema, IdsAreGivenLevelByLevel) {
  Schema schema = Sample();
  EXPECT_EQ(schema.FindByName("id")->id, 1);
  EXPECT_EQ(schema.FindByName("m")->id, 4);
  EXPECT_EQ(schema.FindByName("address.zip")->id, 5);
  EXPECT_EQ(schema.FindByName("address.tags")->id, 6);
  EXPECT_EQ(schema.FindByName("address.tags.element")->id, 7);
  EXPECT_EQ(schema.FindByName("m.key")->id, 8);
  EXPECT_EQ(schema.FindByName("m.value")->id, 9);
  EXPECT_EQ(schema.FindByName("m.value.x")->id, 10);
  EXPECT_EQ(schema.HighestFieldId(), 10);
  EXPECT_EQ(schema.FindById(10)->name, "x");
  EXPECT_EQ(schema.FindByName("address.none"), nullptr);
  EXPECT_EQ(schema.FindById(11), nullptr);
}

TEST(Schema, JsonBothWays) {
  Schema schema = Sample();
  schema.schema_id = 7;
  schema.identifier_field_ids = {1};
  schema.fields[1].doc = "the \"name\"";
  schema.fields[1].initial_default = schema.fields[1].write_default = Value(std::string("none"));
  schema.fields.push_back(Make("price", Type::Decimal(12, 2)));
  schema.fields.back().id = 11;
  schema.fields.back().write_default = Value(Int128{-150});
  auto parsed = ParseSchema(schema.ToJson(), "x");
  ASSERT_TRUE(parsed.ok()) << parsed.error().Message();
  EXPECT_EQ(parsed->fields, schema.fields);
  EXPECT_EQ(parsed->schema_id, 7);
  EXPECT_EQ(parsed->identifier_field_ids, schema.identifier_field_ids);
  EXPECT_EQ(parsed->ToJson(), schema.ToJson());
}

TEST(Schema, EveryPrimitiveIsReadBack) {
  for (const char* text : {"boolean",
                           "int",
                           "long",
                           "float",
                           "double",
                           "decimal(38, 0)",
                           "date",
                           "time",
                           "timestamp",
                           "timestamptz",
                           "timestamp_ns",
                           "timestamptz_ns",
                           "string",
                           "uuid",
                           "fixed[16]",
                           "binary",
                           "variant",
                           "unknown",
                           "geometry(srid:4326)",
                           "geography(srid:4326, spherical)"}) {
    auto type = ParsePrimitive(text);
    ASSERT_TRUE(type.ok()) << text;
    EXPECT_EQ(type->Text(), text);
  }
  EXPECT_EQ(ParsePrimitive("decimal(9,2)")->scale, 2);
  for (const char* bad :
       {"", "int32", "decimal", "decimal(39,0)", "decimal(2,3)", "decimal(2", "fixed[]", "fixed(2)", "fixed[-1]"}) {
    EXPECT_FALSE(ParsePrimitive(bad).ok()) << bad;
  }
}

TEST(Schema, DamagedJsonIsTold) {
  const char* bad[] = {
      "",
      "[]",
      R"({"type":"struct"})",
      R"({"fields":[{"id":1,"name":"a","required":true}]})",
      R"({"fields":[{"id":1,"name":"a","required":true,"type":"in"}]})",
      R"({"fields":[{"id":"1","name":"a","required":true,"type":"int"}]})",
      R"({"fields":[{"id":99999999999,"name":"a","required":true,"type":"int"}]})",
      R"({"fields":[{"id":1,"name":"a","required":true,"type":"int"},{"id":1,"name":"b","required":true,"type":"int"}]})",
      R"({"fields":[{"id":1,"name":"a","required":true,"type":"int","initial-default":"x"}]})",
      R"({"fields":[{"id":1,"name":"a","required":true,"type":{"type":"list","element-id":2,"element-required":true}}]})",
  };
  for (const char* json : bad) {
    auto schema = ParseSchema(json, "metadata.json");
    ASSERT_FALSE(schema.ok()) << json;
    EXPECT_TRUE(schema.error().Is(errors::kCorrupt)) << json;
    EXPECT_NE(schema.error().Message().find("metadata.json"), std::string::npos);
  }
  std::string deep;
  for (int i = 0; i < 100000; ++i) deep += R"({"type":"list","element":)";
  EXPECT_FALSE(ParseSchema(deep, "x").ok());
}

TEST(SchemaChange, AddsWithFreshIds) {
  SchemaChange change(Sample(), 20, 3);
  ASSERT_TRUE(change.AddColumn("", Make("s", Type::Struct({Make("a", Type::Of(Kind::kInt))}))).ok());
  EXPECT_EQ(change.schema().FindByName("s")->id, 21);
  EXPECT_EQ(change.schema().FindByName("s.a")->id, 22);
  ASSERT_TRUE(
      change.AddColumn("address", Make("city", Type::Of(Kind::kString)), {ColumnPosition::Where::kFirst, ""}).ok());
  EXPECT_EQ(change.schema().FindByName("address")->type.children[0].name, "city");
  ASSERT_TRUE(change.AddColumn("m", Make("y", Type::Of(Kind::kInt))).ok());
  EXPECT_EQ(change.schema().FindByName("m.value.y")->id, 24);
  ASSERT_TRUE(change.AddColumn("", Make("t", Type::Of(Kind::kInt)), {ColumnPosition::Where::kAfter, "id"}).ok());
  EXPECT_EQ(change.schema().fields[1].name, "t");
  EXPECT_EQ(change.last_column_id(), 25);
}

TEST(SchemaChange, DefaultsNeedVersionThree) {
  Field with_default = Make("d", Type::Of(Kind::kInt), true);
  with_default.write_default = Value(5);
  SchemaChange v3(Sample(), 10, 3);
  ASSERT_TRUE(v3.AddColumn("", with_default).ok());
  EXPECT_EQ(v3.schema().FindByName("d")->initial_default, Value(5));
  ASSERT_TRUE(v3.SetDefault("d", Value(6)).ok());
  EXPECT_EQ(v3.schema().FindByName("d")->initial_default, Value(5));
  EXPECT_EQ(v3.schema().FindByName("d")->write_default, Value(6));
  EXPECT_FALSE(v3.SetDefault("d", Value(int64_t{6})).ok());
  EXPECT_FALSE(v3.AddColumn("", Make("r", Type::Of(Kind::kInt), true)).ok());
  SchemaChange v2(Sample(), 10, 2);
  EXPECT_FALSE(v2.AddColumn("", with_default).ok());
  EXPECT_FALSE(v2.AddColumn("", Make("v", Type::Of(Kind::kVariant))).ok());
}

TEST(SchemaChange, RefusesWhatTheSpecForbids) {
  Schema base = Sample();
  base.identifier_field_ids = {1};
  SchemaChange change(base, 10, 3);
  EXPECT_FALSE(change.AddColumn("", Make("name", Type::Of(Kind::kInt))).ok());
  EXPECT_FALSE(change.AddColumn("none", Make("x", Type::Of(Kind::kInt))).ok());
  EXPECT_FALSE(change.AddColumn("name", Make("x", Type::Of(Kind::kInt))).ok());
  EXPECT_FALSE(change.DropColumn("id").ok());
  EXPECT_FALSE(change.DropColumn("none").ok());
  EXPECT_FALSE(change.DropColumn("address.tags.element").ok());
  EXPECT_FALSE(change.RenameColumn("name", "id").ok());
  EXPECT_FALSE(change.RenameColumn("m.key", "k").ok());
  EXPECT_FALSE(change.SetOptional("id").ok());
  EXPECT_FALSE(change.SetOptional("m.key").ok());
  EXPECT_FALSE(change.PromoteType("name", Type::Of(Kind::kInt)).ok());
  EXPECT_FALSE(change.PromoteType("id", Type::Of(Kind::kInt)).ok());
  EXPECT_FALSE(change.MoveColumn("id", {ColumnPosition::Where::kAfter, "none"}).ok());
  EXPECT_FALSE(change.MoveColumn("id", {ColumnPosition::Where::kAfter, "id"}).ok());
  EXPECT_EQ(change.schema().fields, base.fields);
}

TEST(SchemaChange, EvolvesById) {
  SchemaChange change(Sample(), 10, 2);
  ASSERT_TRUE(change.RenameColumn("address.zip", "code").ok());
  ASSERT_TRUE(change.PromoteType("address.code", Type::Of(Kind::kLong)).ok());
  ASSERT_TRUE(change.PromoteType("m.value.x", Type::Of(Kind::kDouble)).ok());
  EXPECT_EQ(change.schema().FindByName("address.code")->id, 5);
  ASSERT_TRUE(change.DropColumn("address.tags").ok());
  EXPECT_EQ(change.schema().FindById(7), nullptr);
  EXPECT_FALSE(change.DropColumn("address.code").ok());  // the only field left
  ASSERT_TRUE(change.MoveColumn("m", {ColumnPosition::Where::kFirst, ""}).ok());
  EXPECT_EQ(change.schema().fields[0].name, "m");
  ASSERT_TRUE(change.MoveColumn("m", {ColumnPosition::Where::kBefore, "address"}).ok());
  EXPECT_EQ(change.schema().fields[2].name, "m");
  ASSERT_TRUE(change.SetRequired("name").ok());
  EXPECT_TRUE(change.schema().FindByName("name")->required);
  ASSERT_TRUE(change.SetOptional("name").ok());
  EXPECT_FALSE(change.schema().FindByName("name")->required);
  ASSERT_TRUE(change.SetDoc("name", "text").ok());
  EXPECT_EQ(change.schema().FindByName("name")->doc, "text");
}

TEST(SchemaChange, Identifiers) {
  SchemaChange change(Sample(), 10, 3);
  ASSERT_TRUE(change.SetIdentifiers({"id"}).ok());
  EXPECT_EQ(change.schema().identifier_field_ids, std::vector<int>{1});
  for (const char* name : {"name", "address", "m.key", "none"})
    EXPECT_FALSE(change.SetIdentifiers({name}).ok()) << name;
  EXPECT_EQ(change.schema().identifier_field_ids, std::vector<int>{1});
  ASSERT_TRUE(change.SetIdentifiers({}).ok());
  EXPECT_TRUE(change.DropColumn("id").ok());
}

TEST(SchemaChange, DecimalsWidenOnly) {
  Schema schema;
  schema.fields = {Make("d", Type::Decimal(9, 2)), Make("e", Type::Of(Kind::kInt))};
  AssignFieldIds(&schema.fields, 0);
  SchemaChange change(schema, 2, 2);
  EXPECT_FALSE(change.PromoteType("d", Type::Decimal(8, 2)).ok());
  EXPECT_FALSE(change.PromoteType("d", Type::Decimal(12, 3)).ok());
  EXPECT_TRUE(change.PromoteType("d", Type::Decimal(12, 2)).ok());
}

}  // namespace
}  // namespace firn::iceberg
