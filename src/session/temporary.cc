#include "session/temporary.h"

namespace firn::session {

TemporaryObjects::Key TemporaryObjects::KeyOf(const std::string& parent_id, catalog::ObjectKind kind,
                                              const std::string& name) {
  if (kind == catalog::ObjectKind::kView) kind = catalog::ObjectKind::kTable;
  return {parent_id, kind, name};
}

catalog::ObjectRef TemporaryObjects::Find(const std::string& parent_id, catalog::ObjectKind kind,
                                          const std::string& name) const {
  auto found = objects_.find(KeyOf(parent_id, kind, name));
  return found == objects_.end() ? nullptr : found->second;
}

void TemporaryObjects::Put(catalog::ObjectRef object) {
  for (auto it = objects_.begin(); it != objects_.end();) {
    it = it->second->id == object->id ? objects_.erase(it) : std::next(it);
  }
  Key key = KeyOf(object->parent_id, object->kind(), object->name);
  objects_[std::move(key)] = std::move(object);
}

std::shared_ptr<const catalog::TableVersion> TemporaryObjects::Version(const std::string& table_id) const {
  auto found = versions_.find(table_id);
  return found == versions_.end() ? nullptr : found->second;
}

void TemporaryObjects::SetVersion(const std::string& table_id, std::shared_ptr<const catalog::TableVersion> version) {
  versions_[table_id] = std::move(version);
}

void TemporaryObjects::Remove(const std::string& id) {
  std::erase_if(objects_, [&](const auto& entry) { return entry.second->id == id; });
  versions_.erase(id);
}

std::vector<catalog::ObjectRef> TemporaryObjects::All() const {
  std::vector<catalog::ObjectRef> all;
  for (const auto& [key, object] : objects_) all.push_back(object);
  return all;
}

}  // namespace firn::session
