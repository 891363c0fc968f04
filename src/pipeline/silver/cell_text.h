// The value of a JSON field as text that the engine's own cast to the column's type reads. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "pipeline/ingest/row_rules.h"

namespace firn::pipeline {

/// Of a field that fits `rule` (CheckValue) and is not null. The view lives as long as the field and `*buffer`.
std::string_view CellText(const ColumnRule& rule, const Field& field, std::string* buffer);

}  // namespace firn::pipeline
