#include "iceberg/creation_names.h"

#include <algorithm>
#include <set>
#include <vector>

#include "base/types.h"

namespace firn::iceberg {

std::map<int, std::string> CreationNames(const TableMetadata& metadata) {
  std::vector<const Schema*> schemas;
  for (const Schema& schema : metadata.schemas) schemas.push_back(&schema);
  std::sort(schemas.begin(), schemas.end(), [](auto* a, auto* b) { return a->schema_id < b->schema_id; });
  std::map<int, std::string> names;
  // Files may carry the rows' ids under that name.
  std::set<std::string> taken{"_ROW_ID"};
  for (const Schema* schema : schemas) {
    for (const Field& field : schema->fields) {
      if (names.contains(field.id)) continue;
      std::string name = field.name;
      while (!taken.insert(Upper(name)).second) name += "_" + std::to_string(field.id);
      names[field.id] = std::move(name);
    }
  }
  return names;
}

}  // namespace firn::iceberg
