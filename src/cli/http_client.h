// HttpClient: one kept connection to a running server. For the shell and the pipeline's commands. One thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace firn::cli {

class HttpClient {
 public:
  static constexpr std::string_view kScheme = "http://";

  /// "http://HOST:PORT". Errors: kInvalidInput for another form, kStorage where it cannot be reached.
  static Result<std::unique_ptr<HttpClient>> Connect(const std::string& url);
  ~HttpClient();

  using Fields = std::vector<std::pair<std::string, std::string>>;
  struct Answer {
    int status = 0;
    std::string body, etag;
  };
  /// Errors: kStorage. A refusal is an answer.
  Result<Answer> Send(const char* method, const std::string& target, const Fields& fields, std::string body);

 private:
  struct Connection;
  HttpClient();
  std::unique_ptr<Connection> connection_;
};

}  // namespace firn::cli
