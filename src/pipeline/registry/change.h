// What a PUT of a pipeline changes: effects, which of them need the silver table to be made anew from bronze (pipeline
// contract 9.5: rename, drop, narrow, another key), and the change itself as one commit. Any thread.
#pragma once

#include <string>
#include <vector>

#include "pipeline/registry/registry.h"

namespace firn::pipeline {

struct Effect {
  std::string text;     ///< "ADD COLUMN NOTE VARCHAR(16777216)"
  bool column = false;  ///< of the columns: a new schema version
  bool rebuild = false;
};

/// Nothing where the specs are equal. Pure.
std::vector<Effect> Compare(const PipelineSpec& before, const PipelineSpec& after);
bool NeedsRebuild(const std::vector<Effect>& effects);

struct ChangeOrder {
  PipelineSpec spec;     ///< to be; of the same name
  bool rebuild = false;  ///< silver (and what reads it) is made anew, bronze is replayed
  bool dry = false;
  std::string cause;  ///< of the new schema version
};
/// Errors: kConflict where the pipe is not at `pipeline`'s version any more; kInvalidInput where a rebuild is needed
/// and not ordered; those of the statements.
Status ChangePipeline(session::Node& node, const Actor& actor, const Pipeline& pipeline, const ChangeOrder& order,
                      engine::CancelToken& cancel);

}  // namespace firn::pipeline
