// TemporaryObjects: what CREATE TEMPORARY made in one session (commit-protocol rule 16). They hide permanent objects of
// the same name, are never in the log, and their files under tmp/<session>/ go with the session. Under run_mutex.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "catalog/catalog.h"

namespace firn::session {

class TemporaryObjects {
 public:
  /// Null if there is none. Tables and views share one namespace, as in the catalog.
  catalog::ObjectRef Find(const std::string& parent_id, catalog::ObjectKind kind, const std::string& name) const;
  /// Adds or replaces.
  void Put(catalog::ObjectRef object);
  /// Of a table: what it holds. Null for others.
  std::shared_ptr<const catalog::TableVersion> Version(const std::string& table_id) const;
  void SetVersion(const std::string& table_id, std::shared_ptr<const catalog::TableVersion> version);
  void Remove(const std::string& id);
  std::vector<catalog::ObjectRef> All() const;

 private:
  /// Views are filed under tables.
  using Key = std::tuple<std::string, catalog::ObjectKind, std::string>;
  static Key KeyOf(const std::string& parent_id, catalog::ObjectKind kind, const std::string& name);

  std::map<Key, catalog::ObjectRef> objects_;
  std::map<std::string, std::shared_ptr<const catalog::TableVersion>> versions_;
};

}  // namespace firn::session
