// RunTogether: definitions that become one commit, each seeing what those before it made. For what expands to many
// objects (pipelines); one thread, on a session of its own.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "catalog/commit.h"
#include "statements/run.h"

namespace firn::statements {

/// One step: its text is made when its turn comes, over the state so far; an empty text is left out.
struct TogetherStep {
  std::function<Result<std::string>(const catalog::CatalogState& so_far)> text;
  bool check_only = false;  ///< a query that is only described: is it valid?
};
TogetherStep Define(std::string text);
TogetherStep Check(std::string query);

/// Runs the steps in order, then `complete`, which may add changes of its own, then commits; `dry` forgets all instead.
/// A lost race runs everything again. Errors: those of the statements, of `complete` and of Catalog::Commit.
/// kInternal for a statement that defines nothing.
using Complete = std::function<Status(session::OpenTransaction& transaction, const catalog::CatalogState& so_far)>;
Status RunTogether(session::Session& session, const std::vector<TogetherStep>& steps, const Complete& complete,
                   engine::CancelToken& cancel, bool dry = false);

}  // namespace firn::statements
