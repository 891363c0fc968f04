// What a PUT of a pipeline changes: effects, which of them need the silver table to be made anew from bronze (pipeline
// contract 9.5: rename, drop, narrow, another key), and the change itself as one commit. Any thread.
#pragma once

#include <string>
#include <vector>

#include "pipeline/registry/registry.h"
#include "statements/together.h"

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
  bool rebuild = false;  ///< silver is made anew from bronze, beside the one that is there (replay.h)
  bool dry = false;
  std::string cause;  ///< of the new schema version
};
/// Steps for gold tables whose definition differs, or for `all`.
void GoldChanges(const PipelineSpec& before, const PipelineSpec& after, bool all,
                 std::vector<statements::TogetherStep>* steps);
/// Errors: kConflict where the pipe is not at `pipeline`'s version any more, or silver is being made anew;
/// kInvalidInput where a rebuild is needed
/// and not ordered; those of the statements.
Status ChangePipeline(session::Node& node, const Actor& actor, const Pipeline& pipeline, const ChangeOrder& order,
                      engine::CancelToken& cancel);

}  // namespace firn::pipeline
