#include "iceberg/schema.h"

#include <algorithm>
#include <charconv>

#include "base/errors.h"

namespace firn::iceberg {

namespace {

struct PrimitiveName {
  Kind kind;
  std::string_view name;
};

constexpr PrimitiveName kPrimitives[] = {
    {Kind::kBoolean, "boolean"},
    {Kind::kInt, "int"},
    {Kind::kLong, "long"},
    {Kind::kFloat, "float"},
    {Kind::kDouble, "double"},
    {Kind::kDate, "date"},
    {Kind::kTime, "time"},
    {Kind::kTimestamp, "timestamp"},
    {Kind::kTimestampTz, "timestamptz"},
    {Kind::kTimestampNs, "timestamp_ns"},
    {Kind::kTimestampTzNs, "timestamptz_ns"},
    {Kind::kString, "string"},
    {Kind::kUuid, "uuid"},
    {Kind::kBinary, "binary"},
    {Kind::kVariant, "variant"},
    {Kind::kUnknown, "unknown"},
    {Kind::kGeometry, "geometry"},
    {Kind::kGeography, "geography"},
};

Error BadType(std::string_view text) {
  return Error(errors::kCorrupt, {"a schema", "'" + std::string(text) + "' is no type"});
}

std::string_view Trim(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

bool ParseInt(std::string_view text, int* out) {
  text = Trim(text);
  auto result = std::from_chars(text.data(), text.data() + text.size(), *out);
  return result.ec == std::errc() && result.ptr == text.data() + text.size() && !text.empty();
}

const Field* FindField(const std::vector<Field>& fields, int id) {
  for (const Field& field : fields) {
    if (field.id == id) return &field;
    if (const Field* inner = FindField(field.type.children, id)) return inner;
  }
  return nullptr;
}

const Field* FindField(const std::vector<Field>& fields, std::string_view name) {
  for (const Field& field : fields) {
    if (field.name == name) return &field;
    // A name may itself hold points, so each field that begins the name is tried.
    if (name.size() > field.name.size() && name.starts_with(field.name) && name[field.name.size()] == '.') {
      if (const Field* inner = FindField(field.type.children, name.substr(field.name.size() + 1))) return inner;
    }
  }
  return nullptr;
}

int Highest(const std::vector<Field>& fields) {
  int highest = 0;
  for (const Field& field : fields) highest = std::max({highest, field.id, Highest(field.type.children)});
  return highest;
}

}  // namespace

Type Type::Of(Kind kind) {
  Type type;
  type.kind = kind;
  return type;
}

Type Type::Decimal(int precision, int scale) {
  Type type = Of(Kind::kDecimal);
  type.precision = precision;
  type.scale = scale;
  return type;
}

Type Type::Fixed(int length) {
  Type type = Of(Kind::kFixed);
  type.length = length;
  return type;
}

Type Type::Struct(std::vector<Field> fields) {
  Type type = Of(Kind::kStruct);
  type.children = std::move(fields);
  return type;
}

Type Type::List(Field element) {
  Type type = Of(Kind::kList);
  element.name = "element";
  type.children.push_back(std::move(element));
  return type;
}

Type Type::Map(Field key, Field value) {
  Type type = Of(Kind::kMap);
  key.name = "key";
  key.required = true;
  value.name = "value";
  type.children.push_back(std::move(key));
  type.children.push_back(std::move(value));
  return type;
}

std::string Type::Text() const {
  switch (kind) {
    case Kind::kDecimal:
      return "decimal(" + std::to_string(precision) + ", " + std::to_string(scale) + ")";
    case Kind::kFixed:
      return "fixed[" + std::to_string(length) + "]";
    case Kind::kList:
      return "list<" + children[0].type.Text() + ">";
    case Kind::kMap:
      return "map<" + children[0].type.Text() + ", " + children[1].type.Text() + ">";
    case Kind::kStruct: {
      std::string out = "struct<";
      for (const Field& field : children) {
        if (out.size() > 7) out += ", ";
        out += std::to_string(field.id) + ": " + field.name + ": " + (field.required ? "required " : "optional ") +
               field.type.Text();
      }
      return out + ">";
    }
    default:
      for (const PrimitiveName& primitive : kPrimitives) {
        if (primitive.kind == kind) {
          return std::string(primitive.name) + (parameters.empty() ? "" : "(" + parameters + ")");
        }
      }
  }
  return "unknown";
}

bool operator==(const Type& a, const Type& b) {
  return a.kind == b.kind && a.precision == b.precision && a.scale == b.scale && a.length == b.length &&
         a.parameters == b.parameters && a.children == b.children;
}

bool operator==(const Field& a, const Field& b) {
  return a.id == b.id && a.name == b.name && a.required == b.required && a.type == b.type && a.doc == b.doc &&
         a.initial_default == b.initial_default && a.write_default == b.write_default;
}

Result<Type> ParsePrimitive(std::string_view text) {
  for (const PrimitiveName& primitive : kPrimitives) {
    if (text == primitive.name) return Type::Of(primitive.kind);
  }
  size_t open = text.find_first_of("([");
  if (open == std::string_view::npos || open + 1 >= text.size()) return BadType(text);
  std::string_view name = Trim(text.substr(0, open));
  std::string_view inner = text.substr(open + 1, text.size() - open - 2);
  if (text.back() != (text[open] == '(' ? ')' : ']')) return BadType(text);
  if ((name == "fixed") != (text[open] == '[')) return BadType(text);
  if (name == "geometry" || name == "geography") {
    Type type = Type::Of(name == "geometry" ? Kind::kGeometry : Kind::kGeography);
    type.parameters = std::string(inner);
    return type;
  }
  if (name == "fixed") {
    int length = 0;
    if (!ParseInt(inner, &length) || length < 0) return BadType(text);
    return Type::Fixed(length);
  }
  size_t comma = inner.find(',');
  int precision = 0, scale = 0;
  if (name != "decimal" || comma == std::string_view::npos || !ParseInt(inner.substr(0, comma), &precision) ||
      !ParseInt(inner.substr(comma + 1), &scale) || precision < 1 || precision > 38 || scale < 0 || scale > precision) {
    return BadType(text);
  }
  return Type::Decimal(precision, scale);
}

const Field* Schema::FindById(int id) const { return FindField(fields, id); }

const Field* Schema::FindByName(std::string_view name) const { return FindField(fields, name); }

int Schema::HighestFieldId() const { return Highest(fields); }

bool Schema::SameColumns(const Schema& other) const {
  return fields == other.fields && identifier_field_ids == other.identifier_field_ids;
}

int AssignFieldIds(std::vector<Field>* fields, int last_id) {
  for (Field& field : *fields) field.id = ++last_id;
  for (Field& field : *fields) last_id = AssignFieldIds(&field.type.children, last_id);
  return last_id;
}

int MinimumFormatVersion(const Type& type) {
  switch (type.kind) {
    case Kind::kVariant:
    case Kind::kUnknown:
    case Kind::kTimestampNs:
    case Kind::kTimestampTzNs:
    case Kind::kGeometry:
    case Kind::kGeography:
      return 3;
    default:
      break;
  }
  int version = 1;
  for (const Field& field : type.children) version = std::max(version, MinimumFormatVersion(field.type));
  return version;
}

}  // namespace firn::iceberg
