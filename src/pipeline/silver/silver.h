// The silver step: what the stream on a pipeline's bronze table holds is merged into its silver table (pipeline
// contract 9.4). One commit writes silver, its tombstones, the quarantined rows and the move of the stream, so that it
// happens once, whatever is killed when. For the task runner; one step of a pipeline at a time, others lose the race.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/result.h"
#include "engine/engine.h"
#include "pipeline/registry/spec.h"
#include "session/session.h"

namespace firn::pipeline {

struct SilverRequest {
  std::string text;        ///< of the task, for the log entry
  std::string request_id;  ///< of the run: asked again, its committed counts are answered (commit-protocol rule 7)
  std::string query_id;
};

/// rows_read, rows_inserted, rows_updated, rows_deleted, rows_stale, rows_duplicate, rows_quarantined; one
/// "warned.<name>" an expectation that only warns.
using SilverCounts = std::map<std::string, int64_t>;

/// Merges what the stream holds. Nothing there: no commit, no counts but zeros.
/// Errors: kInvalidInput where an expectation that fails the run does not hold (nothing is written), or the stream is
/// stale; those of the engine and of Catalog::Commit.
Result<SilverCounts> MergeSilver(session::Session& session, const PipelineSpec& spec, const SilverRequest& request,
                                 engine::CancelToken& cancel);

}  // namespace firn::pipeline
