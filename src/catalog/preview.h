// Preview: the state as it would be after changes that nobody has committed, so that statements of one transaction see
// what those before them define. Pure; any thread.
#pragma once

#include <vector>

#include "base/result.h"
#include "catalog/commit.h"
#include "catalog/state.h"

namespace firn::catalog {

/// `base` with the changes on top; its position stays. A table that is made there has no head. Errors: those that a
/// commit of the changes would meet now (kObjectExists, kConflict …).
Result<StatePtr> Preview(const CatalogState& base, Micros now, const std::vector<ObjectChange>& objects,
                         const std::vector<OffsetMove>& offsets);

}  // namespace firn::catalog
