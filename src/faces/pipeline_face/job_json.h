// Jobs and runs of the catalog, for their routes and those of the older API. A job is a dynamic table or a task of the
// gold layer; the task of table X may be named X_T, as pipelines name it (pipeline/registry/spec.h). Any thread.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "faces/pipeline_face/object_json.h"

namespace firn::faces {

inline constexpr std::string_view kTaskSuffix = "_T";

/// The dynamic table or task of a domain's gold layer; null for none.
catalog::ObjectRef FindJob(const catalog::CatalogState& state, std::string_view domain, std::string_view name);
/// Who runs jobs may see them all; others those whose name they may read.
bool MaySeeJob(const Visit& visit, const catalog::Object& object);
/// The job that the path names, if the caller may see it; null otherwise.
catalog::ObjectRef JobOf(const Visit& visit);
http::Response NoSuchJob(const Visit& visit);
/// All that the caller may see; `gold_only`: else tasks and dynamic tables of every layer.
std::vector<catalog::ObjectRef> JobsOf(const Visit& visit, bool gold_only);
/// The run and its object, if the caller may see them; null otherwise.
std::pair<catalog::RunRef, catalog::ObjectRef> FindRun(const Visit& visit, std::string_view id);
/// Asks for a run now; the runner of any process takes it. Errors: of the commit.
Result<catalog::RunRecord> RequestRun(const Visit& visit, const catalog::Object& job, const char* trigger);
/// Answers DELETE of the job that the path names.
http::Response DropJob(const Visit& visit);

boost::json::object RunJson(const catalog::CatalogState& state, const catalog::RunRecord& run);
boost::json::object JobJson(const catalog::CatalogState& state, const catalog::Object& object);

}  // namespace firn::faces
