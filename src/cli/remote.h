// Remote: a session on a running server, over HTTP. For the shell. One thread.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "cli/http_client.h"
#include "cli/options.h"

namespace firn::cli {

class Remote {
 public:
  /// Logs in. Errors: kInvalidInput with what the server said, kStorage where it cannot be reached.
  static Result<std::unique_ptr<Remote>> Connect(const ShellOptions& options, const std::string& password);
  ~Remote();

  /// The body of the answer to a statement, long polls done.
  Result<std::string> Run(const std::string& text);
  /// A further part of a result.
  Result<std::string> Fetch(const std::string& url);

 private:
  Remote() = default;
  std::unique_ptr<HttpClient> http_;
  std::string token_;
};

}  // namespace firn::cli
