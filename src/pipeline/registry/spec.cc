#include "pipeline/registry/spec.h"

namespace firn::pipeline {

std::vector<std::string> PipelineSpec::KeyColumns() const {
  std::vector<std::string> names;
  for (const ColumnRule& column : columns) {
    if (column.key) names.push_back(column.name);
  }
  return names;
}

}  // namespace firn::pipeline
