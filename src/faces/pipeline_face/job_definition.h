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

/// How one of the two APIs writes a job.
struct JobForm {
  const char* name;  ///< the member that names it
  Result<JobDefinition> (*read)(const catalog::CatalogState& state, const boost::json::value& body);
  boost::json::object (*show)(const catalog::CatalogState& state, const catalog::Object& job);
};
/// Answers POST of jobs: makes the one of the body, as one commit. `replace`, for PUT: in place of the one that the
/// path names, whose table stays as it is where the query has its columns; with `?rebuild=true` it is made anew.
http::Response PutJob(const Visit& visit, bool replace, const JobForm& form);

}  // namespace firn::faces
