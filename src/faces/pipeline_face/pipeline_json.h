// Pipelines as JSON for the routes of this folder. Pure; any thread.
#pragma once

#include <boost/json.hpp>
#include <string>

#include "pipeline/registry/infer.h"
#include "pipeline/registry/registry.h"

namespace firn::faces {

/// {"pipeline":"SALES.ORDERS","version":3,"schema_version":1,"paused":false,"created_on":…,"spec":{…},"objects":{…}}
boost::json::object PipelineJson(const pipeline::Pipeline& pipeline);
/// {"versions":[{"schema_version":1,"time":…,"cause":…,"change":…}]}
boost::json::object VersionsJson(const pipeline::Pipeline& pipeline);
/// {"spec":{…},"samples":120,"columns":[{"name":…,"type":…,"seen":…,"nulls":…}],"skipped":[…]}; the spec is what POST
/// /v1/pipelines takes.
boost::json::object InferredJson(const pipeline::Inferred& inferred, const std::string& name);
/// "2026-01-01T10:00:00.000000Z"; null for 0.
boost::json::value TimeJson(Micros time);

}  // namespace firn::faces
