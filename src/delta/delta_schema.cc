#include "delta/delta_schema.h"

#include <set>

#include "base/errors.h"
#include "iceberg/creation_names.h"
#include "iceberg/json.h"

namespace firn::delta {

namespace {

using iceberg::Field;
using iceberg::Kind;
using iceberg::ObjectWriter;
using iceberg::Type;

constexpr std::string_view kNotPlain = " ,;{}()\n\t=";

class SchemaWriter {
 public:
  explicit SchemaWriter(DeltaSchema* out) : out_(out) {}

  Result<std::string> Fields(const std::vector<Field>& fields, const std::string& path) {
    std::string list;
    for (const Field& field : fields) {
      const std::string full = path.empty() ? field.name : path + "." + field.name;
      FIRN_ASSIGN(std::string type, TypeText(field.type, full));
      ObjectWriter metadata;
      if (!field.doc.empty()) metadata.Add("comment", field.doc);
      if (out_->mapped) {
        auto name = path.empty() ? out_->names.find(field.id) : out_->names.end();
        metadata.Add("delta.columnMapping.id", field.id)
            .Add("delta.columnMapping.physicalName", name == out_->names.end() ? field.name : name->second);
      }
      ObjectWriter object;
      object.Add("name", field.name)
          .AddRaw("type", type)
          .Add("nullable", !field.required)
          .AddRaw("metadata", metadata.Take());
      list += (list.empty() ? "" : ",") + object.Take();
    }
    return R"({"type":"struct","fields":[)" + list + "]}";
  }

 private:
  Result<std::string> TypeText(const Type& type, const std::string& column) {
    switch (type.kind) {
      case Kind::kBoolean:
        return std::string(R"("boolean")");
      case Kind::kInt:
        return std::string(R"("integer")");
      case Kind::kLong:
        return std::string(R"("long")");
      case Kind::kFloat:
        return std::string(R"("float")");
      case Kind::kDouble:
        return std::string(R"("double")");
      case Kind::kDecimal:
        return "\"decimal(" + std::to_string(type.precision) + "," + std::to_string(type.scale) + ")\"";
      case Kind::kString:
        return std::string(R"("string")");
      case Kind::kBinary:
        return std::string(R"("binary")");
      case Kind::kDate:
        return std::string(R"("date")");
      case Kind::kTimestampTz:
        return std::string(R"("timestamp")");
      case Kind::kTimestamp:
        if (!out_->timestamp_ntz) out_->ntz_column = column;
        out_->timestamp_ntz = true;
        return std::string(R"("timestamp_ntz")");
      case Kind::kStruct:
        return Fields(type.children, column);
      case Kind::kList: {
        const Field& element = type.children[0];
        FIRN_ASSIGN(std::string text, TypeText(element.type, column + ".element"));
        ObjectWriter list;
        list.Add("type", "array").AddRaw("elementType", text).Add("containsNull", !element.required);
        return list.Take();
      }
      case Kind::kMap: {
        FIRN_ASSIGN(std::string key, TypeText(type.children[0].type, column + ".key"));
        FIRN_ASSIGN(std::string value, TypeText(type.children[1].type, column + ".value"));
        ObjectWriter map;
        map.Add("type", "map").AddRaw("keyType", key).AddRaw("valueType", value);
        map.Add("valueContainsNull", !type.children[1].required);
        return map.Take();
      }
      default:
        return Error(errors::kUnsupported, {"publishing column " + column + " of type " + type.Text() + " as Delta"});
    }
  }

  DeltaSchema* out_;
};

void NestedNames(const Type& type, const std::string& path, std::map<int, std::string>* names) {
  for (const Field& child : type.children) {
    const std::string full = path + "." + child.name;
    names->emplace(child.id, full);
    NestedNames(child.type, full, names);
  }
}

/// Files carry a nested field's name of the time when they were written.
Status CheckNested(const iceberg::TableMetadata& metadata, const iceberg::Schema& schema) {
  std::map<int, std::string> now;
  for (const Field& field : schema.fields) NestedNames(field.type, "", &now);
  if (now.empty()) return Ok();
  for (const iceberg::Schema& other : metadata.schemas) {
    std::map<int, std::string> then;
    for (const Field& field : other.fields) NestedNames(field.type, "", &then);
    for (const auto& [id, name] : then) {
      auto found = now.find(id);
      if (found == now.end() || found->second == name) continue;
      return Error(errors::kUnsupported, {"publishing the renamed nested field " + found->second.substr(1) +
                                          " (before: " + name.substr(1) + ") as Delta"});
    }
  }
  return Ok();
}

bool IsMapped(const iceberg::TableMetadata& metadata, const iceberg::Schema& schema,
              const std::map<int, std::string>& names) {
  std::set<int> ids;
  for (const Field& field : schema.fields) {
    ids.insert(field.id);
    if (names.at(field.id) != field.name || field.name.find_first_of(kNotPlain) != std::string::npos) return true;
  }
  for (const iceberg::Schema& other : metadata.schemas) {
    if (other.schema_id >= schema.schema_id) continue;
    for (const Field& field : other.fields) {
      if (!ids.contains(field.id)) return true;
    }
  }
  return false;
}

}  // namespace

Result<DeltaSchema> MakeSchema(const iceberg::TableMetadata& metadata, const iceberg::Schema& schema,
                               bool mapped_before) {
  DeltaSchema made;
  std::map<int, std::string> all = iceberg::CreationNames(metadata);
  made.mapped = mapped_before || IsMapped(metadata, schema, all);
  for (const Field& field : schema.fields) made.names[field.id] = all.at(field.id);
  FIRN_TRY(CheckNested(metadata, schema));
  FIRN_ASSIGN(made.text, SchemaWriter(&made).Fields(schema.fields, ""));
  return made;
}

}  // namespace firn::delta
