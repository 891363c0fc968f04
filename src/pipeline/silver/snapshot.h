// merge: snapshot. A full set of rows comes in batches; the mark that ends it names them, and every key that none of
// them has goes. For the routes; the merge reads the mark (SnapshotRows). Any thread.
#pragma once

#include <string>
#include <vector>

#include "pipeline/registry/registry.h"

namespace firn::pipeline {

/// Puts the mark into bronze, behind the rows of `batches`, which are in bronze already. Errors: kInvalidInput (another
/// kind of merge, no batch, one that is not in bronze yet); those of the statements.
Status CommitSnapshot(session::Node& node, const Actor& actor, const PipelineSpec& spec,
                      const std::vector<std::string>& batches, engine::CancelToken& cancel);

}  // namespace firn::pipeline
