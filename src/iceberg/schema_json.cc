// Schemas as JSON (spec Appendix C, "Schemas").
#include <set>

#include "base/errors.h"
#include "iceberg/json.h"
#include "iceberg/schema.h"

namespace firn::iceberg {

namespace {

std::string TypeJson(const Type& type);

std::string FieldJson(const Field& field) {
  ObjectWriter writer;
  writer.Add("id", field.id).Add("name", std::string_view(field.name)).Add("required", field.required);
  writer.AddRaw("type", TypeJson(field.type));
  if (!field.doc.empty()) writer.Add("doc", std::string_view(field.doc));
  if (field.initial_default) writer.AddRaw("initial-default", ToJson(field.type, *field.initial_default));
  if (field.write_default) writer.AddRaw("write-default", ToJson(field.type, *field.write_default));
  return writer.Take();
}

std::string TypeJson(const Type& type) {
  ObjectWriter writer;
  switch (type.kind) {
    case Kind::kStruct:
      writer.Add("type", "struct").AddRaw("fields", JsonArray(type.children, FieldJson));
      return writer.Take();
    case Kind::kList: {
      const Field& element = type.children[0];
      writer.Add("type", "list").Add("element-id", element.id).AddRaw("element", TypeJson(element.type));
      writer.Add("element-required", element.required);
      return writer.Take();
    }
    case Kind::kMap: {
      const Field& key = type.children[0];
      const Field& value = type.children[1];
      writer.Add("type", "map").Add("key-id", key.id).AddRaw("key", TypeJson(key.type));
      writer.Add("value-id", value.id).AddRaw("value", TypeJson(value.type)).Add("value-required", value.required);
      return writer.Take();
    }
    default:
      return Quoted(type.Text());
  }
}

Result<Type> ParseType(const boost::json::value& json, std::string_view name);

Result<std::optional<Value>> ParseDefault(const boost::json::value* json, const Field& field, std::string_view name) {
  if (!json) return std::optional<Value>();
  // The one default of a nested or shapeless type is null.
  if (field.type.IsNested()) return Error(errors::kUnsupported, {"a default for the nested column " + field.name});
  auto value = FromJson(field.type, boost::json::serialize(*json));
  if (!value.ok()) {
    return Error(errors::kCorrupt,
                 {std::string(name), "column '" + field.name + "' has a default that is no " + field.type.Text()});
  }
  return std::optional<Value>(*std::move(value));
}

Result<Field> ParseField(const boost::json::value& json, std::string_view name) {
  Members members(json, name, "a schema field");
  Field field;
  field.id = members.Int("id");
  field.name = members.String("name");
  field.required = members.Bool("required");
  field.doc = members.MaybeString("doc").value_or("");
  if (!members.Find("type")) members.Fault("lacks 'type'");
  FIRN_TRY(members.status());
  FIRN_ASSIGN(field.type, ParseType(*members.Find("type"), name));
  FIRN_ASSIGN(field.initial_default, ParseDefault(members.Find("initial-default"), field, name));
  FIRN_ASSIGN(field.write_default, ParseDefault(members.Find("write-default"), field, name));
  return field;
}

Result<std::vector<Field>> ParseFields(const boost::json::array& json, std::string_view name) {
  std::vector<Field> fields;
  for (const auto& item : json) {
    FIRN_ASSIGN(Field field, ParseField(item, name));
    fields.push_back(std::move(field));
  }
  return fields;
}

Result<Type> ParseType(const boost::json::value& json, std::string_view name) {
  if (const auto* text = json.if_string()) {
    auto type = ParsePrimitive(*text);
    if (!type.ok()) return Error(errors::kCorrupt, {std::string(name), "'" + std::string(*text) + "' is no type"});
    return type;
  }
  Members members(json, name, "a type");
  std::string kind = members.String("type");
  if (kind == "struct") {
    const auto& items = members.Array("fields");
    FIRN_TRY(members.status());
    FIRN_ASSIGN(auto fields, ParseFields(items, name));
    return Type::Struct(std::move(fields));
  }
  if (kind == "list") {
    Field element;
    element.id = members.Int("element-id");
    element.required = members.Bool("element-required");
    if (!members.Find("element")) members.Fault("lacks 'element'");
    FIRN_TRY(members.status());
    FIRN_ASSIGN(element.type, ParseType(*members.Find("element"), name));
    return Type::List(std::move(element));
  }
  if (kind == "map") {
    Field key, value;
    key.id = members.Int("key-id");
    value.id = members.Int("value-id");
    value.required = members.Bool("value-required");
    if (!members.Find("key") || !members.Find("value")) members.Fault("lacks 'key' or 'value'");
    FIRN_TRY(members.status());
    FIRN_ASSIGN(key.type, ParseType(*members.Find("key"), name));
    FIRN_ASSIGN(value.type, ParseType(*members.Find("value"), name));
    return Type::Map(std::move(key), std::move(value));
  }
  FIRN_TRY(members.status());
  return Error(errors::kCorrupt, {std::string(name), "'" + kind + "' is no type"});
}

bool DistinctIds(const std::vector<Field>& fields, std::set<int>* seen) {
  for (const Field& field : fields) {
    if (field.id < 0 || !seen->insert(field.id).second || !DistinctIds(field.type.children, seen)) return false;
  }
  return true;
}

}  // namespace

std::string Schema::ToJson() const {
  ObjectWriter writer;
  writer.Add("type", "struct").Add("schema-id", schema_id);
  if (!identifier_field_ids.empty()) {
    writer.AddRaw("identifier-field-ids", JsonArray(identifier_field_ids, [](int id) { return std::to_string(id); }));
  }
  writer.AddRaw("fields", JsonArray(fields, FieldJson));
  return writer.Take();
}

Result<Schema> ParseSchema(std::string_view json, std::string_view name) {
  FIRN_ASSIGN(auto parsed, ParseJson(json, name));
  return ReadSchema(parsed, name);
}

Result<Schema> ReadSchema(const boost::json::value& json, std::string_view name) {
  Members members(json, name, "a schema");
  Schema schema;
  schema.schema_id = members.MaybeInt("schema-id").value_or(0);
  const auto& fields = members.Array("fields");
  if (const auto* ids = members.MaybeArray("identifier-field-ids")) {
    for (const auto& id : *ids) {
      if (id.is_int64()) {
        schema.identifier_field_ids.push_back(static_cast<int>(id.get_int64()));
      } else {
        members.Fault("has an identifier field id that is no number");
      }
    }
  }
  FIRN_TRY(members.status());
  FIRN_ASSIGN(schema.fields, ParseFields(fields, name));
  std::set<int> seen;
  if (!DistinctIds(schema.fields, &seen)) {
    return Error(errors::kCorrupt, {std::string(name), "a schema has one field id twice"});
  }
  return schema;
}

}  // namespace firn::iceberg
