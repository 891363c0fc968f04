// JSON of objects and their changes, as log entries and checkpoints hold it. Members that are at their default are left
// out. For the codecs of this room; pure.
#pragma once

#include <boost/json.hpp>

#include "catalog/commit.h"
#include "catalog/json_reader.h"
#include "catalog/objects.h"

namespace firn::catalog {

boost::json::object ToJson(const Object& object);
/// Faults: kVersionUnknown for an unknown kind, kCorrupt.
Object ReadObject(const JsonReader& reader);

boost::json::object ToJson(const StatementInfo& statement);
StatementInfo ReadStatement(const JsonReader& reader);

boost::json::object ToJson(const RunRecord& run);
RunRecord ReadRun(const JsonReader& in);

}  // namespace firn::catalog
