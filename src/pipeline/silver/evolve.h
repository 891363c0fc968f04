// Evolution of a pipeline's columns (pipeline contract 9.5): what the rows of a batch need is added to silver, to the
// spec and to its history as one commit, before the rows are merged. For the silver step; any thread.
#pragma once

#include <string>

#include "pipeline/registry/registry.h"
#include "pipeline/silver/silver.h"

namespace firn::pipeline {

/// The spec as it is then: what others have added meanwhile is not added again. `seen`: the spec whose columns
/// `needs.wider` counts. Errors: kKindNotFound (no such pipeline any more); those of ALTER TABLE and of the commit.
Result<PipelineSpec> EvolvePipeline(session::Node& node, const Actor& actor, const std::string& pipe_id,
                                    const PipelineSpec& seen, const SchemaNeeds& needs, engine::CancelToken& cancel);

}  // namespace firn::pipeline
