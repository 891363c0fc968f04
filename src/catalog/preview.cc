#include "catalog/preview.h"

#include "catalog/log_entry.h"
#include "catalog/validate.h"

namespace firn::catalog {

Result<StatePtr> Preview(const CatalogState& base, Micros now, const std::vector<ObjectChange>& objects,
                         const std::vector<OffsetMove>& offsets) {
  StateBuilder builder(base);
  for (ObjectChange change : objects) {
    FIRN_TRY(ValidateChange(builder.state(), now, &change));
    CommitRecord one;
    one.objects.push_back(std::move(change));
    FIRN_TRY(builder.Apply(one, base.position(), now));
  }
  for (const OffsetMove& move : offsets) {
    FIRN_TRY(ValidateOffset(builder.state(), move));
    CommitRecord one;
    one.offsets = {move};
    FIRN_TRY(builder.Apply(one, base.position(), now));
  }
  return builder.Finish();
}

}  // namespace firn::catalog
