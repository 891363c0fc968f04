// The routing table. Rows are plain values given to the Server at its start; looked up on io threads, never changed.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "http/message.h"

namespace firn::http {

/// Answers by returning. The request may be moved from (its body, say).
using Handler = std::function<Response(Request&)>;
/// Answers later, from any thread, by the Responder (which keeps the request alive).
using DeferredHandler = std::function<void(Request&, Responder)>;

enum class RunOn {
  kIoThread,  ///< must be quick and never block: it holds up every connection of its io thread. Requests with a larger
              ///< compressed body go to a worker all the same, to be decoded there
  kWorker,    ///< may block
};

/// One HTTP route: one row.
struct Route {
  std::string method;   ///< upper case. A GET row answers HEAD too, unless HEAD has its own row
  std::string pattern;  ///< "/v1/{table}/rows"; the last segment may be "{rest...}": one or more segments
  std::variant<Handler, DeferredHandler> handler;
  RunOn run_on = RunOn::kWorker;
  std::string doc;        ///< one sentence for the documentation
  size_t body_limit = 0;  ///< bytes as sent; 0: the server's
  bool raw_body = false;  ///< leave the body in its Content-Encoding
  /// Shapes what the server itself refuses (a body that is too large or cannot be decoded …); none: ErrorResponse.
  std::function<Response(const Request&, int status, std::string_view message)> refusal = {};

  Response Refuse(const Request& request, int status, std::string_view message) const {
    return refusal ? refusal(request, status, message) : ErrorResponse(status, message);
  }
};

class RouteTable {
 public:
  /// Errors: kInvalidInput for a bad method or pattern, or two rows for the same method and shape of path.
  static Result<std::unique_ptr<RouteTable>> Build(std::vector<Route> rows);

  struct Match {
    const Route* route = nullptr;
    Parameters path_parameters;
    /// Without a route: the methods that the path has ("GET, POST"), empty if the path is unknown.
    std::string allowed;
  };
  /// `encoded_path` as in the request target, beginning with '/' and validly percent-encoded. A literal segment wins
  /// over {name}, that over {rest...}; a row of another method never hides one that fits. {name} takes no empty
  /// segment. In {rest...} the decoded segments are joined by '/'.
  Match Find(std::string_view method, std::string_view encoded_path) const;

  const std::vector<Route>& rows() const { return rows_; }

 private:
  struct Row {
    const Route* route;
    std::vector<std::string> names;  ///< of its parameters, from left to right
  };
  struct Node {
    std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
    std::unique_ptr<Node> any;
    std::vector<Row> rows;
    std::vector<Row> rest_rows;
  };
  struct Search;

  Status Add(const Route& route);
  static const Row* Visit(const Node& node, size_t depth, Search* search);
  static const Row* Choose(const std::vector<Row>& rows, Search* search);

  std::vector<Route> rows_;
  Node root_;
  /// Rows without parameters by "GET /path": most requests end here.
  std::unordered_map<std::string, const Route*> exact_;
};

/// Percent-decodes one path segment or, with `plus_is_blank`, part of a query. Input must be validly encoded.
std::string PercentDecode(std::string_view text, bool plus_is_blank);

/// Takes request.target apart: fills path and query and gives the path as encoded in it. Origin form ("/a?b") and
/// absolute form ("http://h/a?b") are taken. Errors: kInvalidInput (also for "." and ".." segments and NUL).
Result<std::string> ParseTarget(Request* request);

}  // namespace firn::http
