// Scopes of API keys (AccessToken::scopes, pipeline contract 9.9): what each text means. Checked when a key is made;
// asked by every route of /v1. Values; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace firn::catalog {

enum class Right : uint8_t {
  kIngest,          ///< "ingest:<domain>.<table>"
  kRead,            ///< "read:<domain>.<layer>.<table>"
  kJobsRun,         ///< "jobs:run": runs, retries and cancels jobs
  kPipelinesWrite,  ///< "pipelines:write": makes and changes pipelines and jobs
  kPipelineCreate,  ///< "pipeline:create": `?create=true` of ingest; part of "pipelines:write"
  kAdmin,           ///< "admin": everything
};

/// One scope. In names `*` stands for any one name, at the end for all that follow; other names compare without case,
/// in double quotes exactly.
struct Scope {
  Right right = Right::kAdmin;
  struct Part {
    std::string text;
    bool any = false;
    bool exact = false;
  };
  std::vector<Part> path = {};

  /// `path`: (domain, table) of kIngest, (domain, layer, table) of kRead, else empty.
  bool Allows(Right wanted, const std::vector<std::string_view>& names) const;
};

/// None for a text that is no scope.
std::optional<Scope> ParseScope(std::string_view text);

}  // namespace firn::catalog
