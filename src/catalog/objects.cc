#include "catalog/objects.h"

#include <array>

#include "base/ids.h"

namespace firn::catalog {

namespace {
constexpr std::array<std::string_view, kObjectKinds> kNames = {
    "DATABASE",  "SCHEMA", "TABLE", "VIEW", "STAGE",  "FILE FORMAT", "SEQUENCE",
    "WAREHOUSE", "USER",   "ROLE",  "PIPE", "STREAM", "TASK",        "FUNCTION"};
}

std::string_view Name(ObjectKind kind) { return kNames[static_cast<size_t>(kind)]; }

std::optional<ObjectKind> ObjectKindOf(std::string_view name) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<ObjectKind>(i);
  }
  return std::nullopt;
}

bool IsAccountLevel(ObjectKind kind) {
  return kind == ObjectKind::kDatabase || kind == ObjectKind::kWarehouse || kind == ObjectKind::kUser ||
         kind == ObjectKind::kRole;
}

const ColumnInfo* TableInfo::Column(std::string_view name) const {
  for (const ColumnInfo& column : columns) {
    if (column.name == name) return &column;
  }
  return nullptr;
}

Object NewObject(ObjectInfo info, std::string parent_id, std::string name, std::string owner) {
  Object object;
  object.id = NewUuid();
  object.parent_id = std::move(parent_id);
  object.name = std::move(name);
  object.owner = std::move(owner);
  object.info = std::move(info);
  return object;
}

}  // namespace firn::catalog
