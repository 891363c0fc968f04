#include "catalog/commit.h"

namespace firn::catalog {

ObjectChange ObjectChange::Create(Object object) { return {Verb::kCreate, std::move(object), "", 0}; }

ObjectChange ObjectChange::Replace(const Object& replaced, Object object) {
  return {Verb::kReplace, std::move(object), replaced.id, replaced.version};
}

ObjectChange ObjectChange::Alter(const Object& old, Object changed) {
  return {Verb::kAlter, std::move(changed), "", old.version};
}

ObjectChange ObjectChange::Drop(const Object& object) { return {Verb::kDrop, object, object.id, object.version}; }

ObjectChange ObjectChange::Undrop(const Object& object) { return {Verb::kUndrop, object, object.id, 0}; }

ObjectChange ObjectChange::Purge(const Object& dropped) { return {Verb::kPurge, dropped, dropped.id, 0}; }

}  // namespace firn::catalog
