// Evolution of schemas (spec "Schema Evolution").
#include <algorithm>

#include "base/errors.h"
#include "iceberg/schema.h"

namespace firn::iceberg {

namespace {

Error Refused(std::string sentence) { return Error(errors::kInvalidInput, {std::move(sentence)}); }

/// The list that holds the field at `path`, and its place in it.
struct Place {
  std::vector<Field>* level = nullptr;
  size_t index = 0;
  Field* parent = nullptr;  ///< null at the top
  Field& field() const { return (*level)[index]; }
};

bool Locate(std::vector<Field>* level, std::string_view path, Field* parent, Place* out) {
  for (size_t i = 0; i < level->size(); ++i) {
    Field& field = (*level)[i];
    if (field.name == path) {
      *out = {level, i, parent};
      return true;
    }
    if (path.size() > field.name.size() && path.starts_with(field.name) && path[field.name.size()] == '.' &&
        Locate(&field.type.children, path.substr(field.name.size() + 1), &field, out)) {
      return true;
    }
  }
  return false;
}

Result<Place> Locate(Schema* schema, std::string_view path) {
  Place place;
  if (Locate(&schema->fields, path, nullptr, &place)) return place;
  return Refused("column '" + std::string(path) + "' does not exist");
}

bool InStruct(const Place& place) { return !place.parent || place.parent->type.kind == Kind::kStruct; }

bool HasName(const std::vector<Field>& level, std::string_view name) {
  return std::any_of(level.begin(), level.end(), [&](const Field& field) { return field.name == name; });
}

bool MayPromote(const Type& from, const Type& to, int format_version) {
  if (from == to) return true;
  switch (from.kind) {
    case Kind::kInt:
      return to.kind == Kind::kLong;
    case Kind::kFloat:
      return to.kind == Kind::kDouble;
    case Kind::kDecimal:
      return to.kind == Kind::kDecimal && to.scale == from.scale && to.precision > from.precision;
    case Kind::kUnknown:
      return format_version >= 3 && !to.IsNested();
    default:
      return false;
  }
}

bool NeedsNullDefault(const Type& type) {
  return type.IsNested() || type.kind == Kind::kUnknown || type.kind == Kind::kVariant ||
         type.kind == Kind::kGeometry || type.kind == Kind::kGeography;
}

Status CheckDefault(const Field& field, const Value& value, int format_version) {
  if (format_version < 3) return Refused("a column default needs a table of Iceberg version 3");
  if (NeedsNullDefault(field.type)) return Refused("a column of type " + field.type.Text() + " cannot have a default");
  if (!Fits(field.type, value) || IsNan(value)) {
    return Refused("the default of column '" + field.name + "' is no " + field.type.Text());
  }
  return Ok();
}

Status Insert(std::vector<Field>* level, Field field, const ColumnPosition& position) {
  auto at = level->end();
  if (position.where == ColumnPosition::Where::kFirst) at = level->begin();
  if (position.where == ColumnPosition::Where::kBefore || position.where == ColumnPosition::Where::kAfter) {
    at = std::find_if(level->begin(), level->end(), [&](const Field& other) { return other.name == position.column; });
    if (at == level->end()) return Refused("column '" + position.column + "' does not exist");
    if (position.where == ColumnPosition::Where::kAfter) ++at;
  }
  level->insert(at, std::move(field));
  return Ok();
}

bool Holds(const Field& field, int id) {
  return field.id == id || std::any_of(field.type.children.begin(), field.type.children.end(),
                                       [&](const Field& f) { return Holds(f, id); });
}

}  // namespace

Status SchemaChange::AddColumn(std::string_view parent, Field field, const ColumnPosition& position) {
  std::vector<Field>* level = &schema_.fields;
  if (!parent.empty()) {
    FIRN_ASSIGN(Place place, Locate(&schema_, parent));
    Field* target = &place.field();
    // A list's element and a map's value are meant when they are structs.
    if (target->type.kind == Kind::kList) target = &target->type.children[0];
    if (target->type.kind == Kind::kMap) target = &target->type.children[1];
    if (target->type.kind != Kind::kStruct) return Refused("column '" + std::string(parent) + "' is no struct");
    level = &target->type.children;
  }
  if (field.name.empty()) return Refused("a column needs a name");
  if (HasName(*level, field.name)) return Refused("column '" + field.name + "' already exists");
  if (MinimumFormatVersion(field.type) > format_version_) {
    return Refused("type " + field.type.Text() + " needs a table of Iceberg version 3");
  }
  if (!field.write_default) field.write_default = field.initial_default;
  if (!field.initial_default) field.initial_default = field.write_default;
  if (field.write_default && IsNull(*field.write_default)) field.initial_default = field.write_default = std::nullopt;
  if (field.write_default) FIRN_TRY(CheckDefault(field, *field.write_default, format_version_));
  if (field.initial_default) FIRN_TRY(CheckDefault(field, *field.initial_default, format_version_));
  if (field.required && !field.initial_default) {
    return Refused("column '" + field.name + "' cannot be added as NOT NULL without a default");
  }
  std::vector<Field> one;
  one.push_back(std::move(field));
  int last = AssignFieldIds(&one, last_column_id_);
  FIRN_TRY(Insert(level, std::move(one[0]), position));
  last_column_id_ = last;
  return Ok();
}

Status SchemaChange::DropColumn(std::string_view path) {
  FIRN_ASSIGN(Place place, Locate(&schema_, path));
  if (!InStruct(place)) return Refused("'" + std::string(path) + "' is part of a list or map and cannot be dropped");
  if (place.level->size() == 1) return Refused("'" + std::string(path) + "' is the only column and cannot be dropped");
  for (int id : schema_.identifier_field_ids) {
    if (Holds(place.field(), id))
      return Refused("'" + std::string(path) + "' is an identifier column and cannot be dropped");
  }
  place.level->erase(place.level->begin() + static_cast<std::ptrdiff_t>(place.index));
  return Ok();
}

Status SchemaChange::RenameColumn(std::string_view path, std::string_view new_name) {
  FIRN_ASSIGN(Place place, Locate(&schema_, path));
  if (!InStruct(place)) return Refused("'" + std::string(path) + "' is part of a list or map and cannot be renamed");
  if (new_name.empty()) return Refused("a column needs a name");
  if (place.field().name == new_name) return Ok();
  if (HasName(*place.level, new_name)) return Refused("column '" + std::string(new_name) + "' already exists");
  place.field().name = std::string(new_name);
  return Ok();
}

Status SchemaChange::PromoteType(std::string_view path, const Type& type) {
  FIRN_ASSIGN(Place place, Locate(&schema_, path));
  Field& field = place.field();
  if (!MayPromote(field.type, type, format_version_)) {
    return Refused("column '" + std::string(path) + "' cannot change from " + field.type.Text() + " to " + type.Text());
  }
  for (auto* value : {&field.initial_default, &field.write_default}) {
    if (!*value) continue;
    if (auto* narrow = std::get_if<int32_t>(&**value); narrow && type.kind == Kind::kLong) **value = int64_t{*narrow};
    if (auto* narrow = std::get_if<float>(&**value); narrow && type.kind == Kind::kDouble) **value = double{*narrow};
  }
  field.type = type;
  return Ok();
}

Status SchemaChange::SetRequired(std::string_view path) {
  FIRN_ASSIGN(Place place, Locate(&schema_, path));
  if (place.field().type.kind == Kind::kUnknown) return Refused("a column of type unknown cannot be NOT NULL");
  place.field().required = true;
  return Ok();
}

Status SchemaChange::SetOptional(std::string_view path) {
  FIRN_ASSIGN(Place place, Locate(&schema_, path));
  for (int id : schema_.identifier_field_ids) {
    if (Holds(place.field(), id))
      return Refused("'" + std::string(path) + "' is an identifier column and stays NOT NULL");
  }
  if (place.parent && place.parent->type.kind == Kind::kMap && place.index == 0) {
    return Refused("'" + std::string(path) + "' is the key of a map and stays NOT NULL");
  }
  place.field().required = false;
  return Ok();
}

Status SchemaChange::SetDoc(std::string_view path, std::string_view doc) {
  FIRN_ASSIGN(Place place, Locate(&schema_, path));
  place.field().doc = std::string(doc);
  return Ok();
}

Status SchemaChange::SetDefault(std::string_view path, const std::optional<Value>& value) {
  FIRN_ASSIGN(Place place, Locate(&schema_, path));
  if (value && !IsNull(*value)) {
    FIRN_TRY(CheckDefault(place.field(), *value, format_version_));
    place.field().write_default = value;
  } else {
    place.field().write_default = std::nullopt;
  }
  return Ok();
}

Status SchemaChange::MoveColumn(std::string_view path, const ColumnPosition& position) {
  FIRN_ASSIGN(Place place, Locate(&schema_, path));
  if (!InStruct(place)) return Refused("'" + std::string(path) + "' is part of a list or map and cannot be moved");
  if (place.field().name == position.column) return Refused("a column cannot be moved beside itself");
  std::vector<Field> changed = *place.level;
  Field moved = std::move(changed[place.index]);
  changed.erase(changed.begin() + static_cast<std::ptrdiff_t>(place.index));
  FIRN_TRY(Insert(&changed, std::move(moved), position));
  *place.level = std::move(changed);
  return Ok();
}

Status SchemaChange::SetIdentifiers(const std::vector<std::string>& paths) {
  std::vector<int> ids;
  for (const std::string& path : paths) {
    FIRN_ASSIGN(Place place, Locate(&schema_, path));
    const Field& field = place.field();
    if (!field.required || field.type.IsNested() || field.type.kind == Kind::kFloat ||
        field.type.kind == Kind::kDouble || !InStruct(place)) {
      return Refused("column '" + path +
                     "' cannot be an identifier: it must be NOT NULL and neither floating nor nested");
    }
    ids.push_back(field.id);
  }
  schema_.identifier_field_ids = std::move(ids);
  return Ok();
}

}  // namespace firn::iceberg
