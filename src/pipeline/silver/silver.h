// The silver step: what the stream on a pipeline's bronze table holds is merged into its silver table (pipeline
// contract 9.4). One commit writes silver, its tombstones, the quarantined rows and the move of the stream, so that it
// happens once, whatever is killed when. For the task runner; one step of a pipeline at a time, others lose the race.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/engine.h"
#include "pipeline/ingest/row_check.h"
#include "pipeline/registry/spec.h"
#include "session/session.h"

namespace firn::pipeline {

/// Endings of the names of what a merge reads and writes.
struct SilverNames {
  const char* stream = "_S";
  const char* silver = "";
  const char* deleted = "__DELETED";
  bool replay = false;  ///< bronze is read again: what is in the quarantine already is not put there once more
};

struct SilverRequest {
  std::string text;        ///< of the task, for the log entry
  std::string request_id;  ///< of the run: asked again, its committed counts are answered (commit-protocol rule 7)
  std::string query_id;
  SilverNames names = {};
};

/// rows_read, rows_inserted, rows_updated, rows_deleted, rows_stale, rows_duplicate, rows_quarantined; one
/// "warned.<name>" an expectation that only warns.
using SilverCounts = std::map<std::string, int64_t>;

struct SilverResult {
  SilverCounts counts;
  bool more = false;  ///< the stream holds more than one step takes
};

/// Columns that the rows of a batch need and the pipeline has not (9.5).
struct SchemaNeeds {
  std::string batch_id;  ///< the cause
  std::vector<NewColumn> columns;
  std::vector<WiderColumn> wider;
};
/// Makes the pipeline's tables and its spec fit, in a commit of its own; gives the new spec. None: such columns are
/// left out, and values of too many digits are quarantined.
using Evolve = std::function<Result<PipelineSpec>(const PipelineSpec& spec, const SchemaNeeds& needs)>;

/// Merges what the stream holds, or the oldest part of it. Nothing there: no commit, no counts but zeros.
/// Errors: kInvalidInput where an expectation that fails the run does not hold (nothing is written), or the stream is
/// stale; those of the engine, of `evolve` and of Catalog::Commit.
Result<SilverResult> MergeSilver(session::Session& session, PipelineSpec spec, const SilverRequest& request,
                                 engine::CancelToken& cancel, const Evolve& evolve = {});

}  // namespace firn::pipeline
