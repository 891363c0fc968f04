// JobDefinition: a job as a client describes it, made of the same objects as the gold part of a pipeline
// (pipeline/registry/expansion.h): a dynamic table, or a table and the task that writes it. Any thread.
#pragma once

#include <boost/json.hpp>
#include <string>

#include "faces/pipeline_face/object_json.h"
#include "pipeline/registry/spec.h"

namespace firn::faces {

struct JobDefinition {
  std::string domain;
  pipeline::GoldSpec gold;
};

/// {domain, name, query, schedule | target_lag | after: […], write: {mode, key: […]}}. Errors: kInvalidInput.
Result<JobDefinition> ReadJob(const boost::json::value& body);
/// Of the older API: {domain, job_name, query, write_mode, unique_key, schedule_type, cron_schedule, dependencies}. A
/// job that depends on tables which are no jobs follows them as a dynamic table. Errors: kInvalidInput.
Result<JobDefinition> ReadOldJob(const catalog::CatalogState& state, const boost::json::value& body);

/// Makes the job, as one commit. `replace`: in place of the one of that name, whose table stays as it is where the
/// query has its columns; with `rebuild` it is made anew. The objects' job afterwards, or a refusal.
struct MadeJob {
  catalog::StatePtr state;
  catalog::ObjectRef job;
};
std::optional<http::Response> MakeJob(const Visit& visit, JobDefinition definition, bool replace, MadeJob* made);

}  // namespace firn::faces
