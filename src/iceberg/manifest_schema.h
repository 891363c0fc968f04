// The Avro schemas of manifests and manifest lists, as text, with the field ids of the spec. Of this room only.
#pragma once

#include <string>
#include <vector>

#include "iceberg/partition_spec.h"
#include "iceberg/schema.h"

namespace firn::iceberg {

/// One field of the partition tuple.
struct PartitionColumn {
  int field_id = 0;
  std::string name;
  Type type;
};
std::vector<PartitionColumn> PartitionColumns(const PartitionSpec& spec, const Schema& schema);

/// Schema of `manifest_entry` for version 2 or 3.
std::string ManifestEntrySchema(int format_version, const std::vector<PartitionColumn>& partition);
/// Schema of `manifest_file` for version 2 or 3.
std::string ManifestFileSchema(int format_version);

/// Bytes of the Avro fixed that holds a decimal of `precision` digits (spec Appendix A).
int DecimalBytesRequired(int precision);

}  // namespace firn::iceberg
