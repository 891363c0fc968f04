// DeltaSchema: an Iceberg schema as Delta says it: schemaString, column mapping and the features that its types need.
// Pure; any thread.
#pragma once

#include <map>
#include <string>

#include "base/result.h"
#include "iceberg/table_metadata.h"

namespace firn::delta {

struct DeltaSchema {
  std::string text;                  ///< schemaString
  std::map<int, std::string> names;  ///< physical names of top-level columns, by field id
  bool mapped = false;               ///< column mapping in mode `name`, physicalName = creation name
  bool timestamp_ntz = false;        ///< a column needs the feature timestampNtz
  std::string ntz_column;            ///< the first such column
};

/// `schema` is one of `metadata`. Columns are mapped from the first rename or drop on (`mapped_before`: since an
/// earlier version of the log), or where a name has a character that Delta takes in no plain name. Errors:
/// kUnsupported, naming the column and a type that Delta has no safe form of, or a nested field that was renamed.
Result<DeltaSchema> MakeSchema(const iceberg::TableMetadata& metadata, const iceberg::Schema& schema,
                               bool mapped_before);

}  // namespace firn::delta
