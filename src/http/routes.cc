#include "http/routes.h"

#include <algorithm>
#include <boost/url.hpp>
#include <set>

#include "base/errors.h"

namespace firn::http {

namespace {

/// "/a/b" is {"a", "b"}, "/" is {""}.
std::vector<std::string_view> Segments(std::string_view path) {
  std::vector<std::string_view> segments;
  path.remove_prefix(1);
  for (;;) {
    const size_t slash = path.find('/');
    segments.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

Error Bad(const Route& route, const char* why) {
  return Error(errors::kInvalidInput, {"The route " + route.method + " " + route.pattern + " " + why + "."});
}

}  // namespace

struct RouteTable::Search {
  std::string_view method;
  std::vector<std::string> segments;
  std::vector<std::string> values;
  std::set<std::string> allowed;
};

Result<std::unique_ptr<RouteTable>> RouteTable::Build(std::vector<Route> rows) {
  auto table = std::make_unique<RouteTable>();
  table->rows_ = std::move(rows);
  for (const Route& route : table->rows_) FIRN_TRY(table->Add(route));
  return table;
}

Status RouteTable::Add(const Route& route) {
  if (route.method.empty() || !std::ranges::all_of(route.method, [](char c) { return c >= 'A' && c <= 'Z'; })) {
    return Bad(route, "needs a method in upper case");
  }
  if (!route.pattern.starts_with('/')) return Bad(route, "needs a path that begins with '/'");
  if (std::visit([](const auto& handler) { return !handler; }, route.handler)) return Bad(route, "has no handler");
  Row row{&route, {}};
  Node* node = &root_;
  bool rest = false;
  for (const std::string_view segment : Segments(route.pattern)) {
    if (rest) return Bad(route, "has segments after {rest...}");
    if (!segment.starts_with('{')) {
      if (segment.find_first_of("{}%") != std::string_view::npos) return Bad(route, "has '{', '}' or '%' in a literal");
      auto& next = node->literals[std::string(segment)];
      if (!next) next = std::make_unique<Node>();
      node = next.get();
      continue;
    }
    if (!segment.ends_with('}')) return Bad(route, "has a segment that is only partly a parameter");
    std::string_view name = segment.substr(1, segment.size() - 2);
    rest = name.ends_with("...");
    if (rest) name.remove_suffix(3);
    if (name.empty() || name.find_first_of("{}.") != std::string_view::npos) return Bad(route, "has a bad parameter");
    if (std::ranges::find(row.names, name) != row.names.end()) return Bad(route, "names a parameter twice");
    row.names.emplace_back(name);
    if (rest) continue;
    if (!node->any) node->any = std::make_unique<Node>();
    node = node->any.get();
  }
  std::vector<Row>& rows = rest ? node->rest_rows : node->rows;
  for (const Row& other : rows) {
    if (other.route->method == route.method) return Bad(route, "is there twice");
  }
  if (row.names.empty()) exact_[route.method + ' ' + route.pattern] = &route;
  rows.push_back(std::move(row));
  return Ok();
}

const RouteTable::Row* RouteTable::Choose(const std::vector<Row>& rows, Search* search) {
  const Row* get = nullptr;
  for (const Row& row : rows) {
    if (row.route->method == search->method) return &row;
    if (row.route->method == "GET") get = &row;
  }
  if (get && search->method == "HEAD") return get;
  for (const Row& row : rows) search->allowed.insert(row.route->method);
  if (get) search->allowed.insert("HEAD");
  return nullptr;
}

const RouteTable::Row* RouteTable::Visit(const Node& node, size_t depth, Search* search) {
  if (depth == search->segments.size()) return Choose(node.rows, search);
  const std::string& segment = search->segments[depth];
  if (const auto literal = node.literals.find(segment); literal != node.literals.end()) {
    if (const Row* row = Visit(*literal->second, depth + 1, search)) return row;
  }
  const size_t values = search->values.size();
  if (node.any && !segment.empty()) {
    search->values.push_back(segment);
    if (const Row* row = Visit(*node.any, depth + 1, search)) return row;
    search->values.resize(values);
  }
  if (const Row* row = Choose(node.rest_rows, search)) {
    std::string rest = segment;
    for (size_t i = depth + 1; i < search->segments.size(); ++i) (rest += '/') += search->segments[i];
    search->values.push_back(std::move(rest));
    return row;
  }
  return nullptr;
}

RouteTable::Match RouteTable::Find(std::string_view method, std::string_view encoded_path) const {
  std::string key;
  key.reserve(method.size() + 1 + encoded_path.size());
  ((key += method) += ' ') += encoded_path;
  if (const auto exact = exact_.find(key); exact != exact_.end()) return {exact->second, {}, {}};
  Search search;
  search.method = method;
  for (const std::string_view segment : Segments(encoded_path)) {
    search.segments.push_back(PercentDecode(segment, false));
  }
  Match match;
  if (const Row* row = Visit(root_, 0, &search)) {
    match.route = row->route;
    for (size_t i = 0; i < row->names.size(); ++i) {
      match.path_parameters.emplace_back(row->names[i], std::move(search.values[i]));
    }
    return match;
  }
  for (const std::string& allowed : search.allowed) (match.allowed += match.allowed.empty() ? "" : ", ") += allowed;
  return match;
}

std::string PercentDecode(std::string_view text, bool plus_is_blank) {
  if (text.find_first_of(plus_is_blank ? "%+" : "%") == std::string_view::npos) return std::string(text);
  const auto view = boost::urls::make_pct_string_view(boost::urls::string_view(text.data(), text.size()));
  if (!view) return std::string(text);
  return view->decode(boost::urls::encoding_opts(plus_is_blank));
}

namespace {

std::string_view View(boost::urls::string_view text) { return {text.data(), text.size()}; }

Error BadTarget() { return Error(errors::kInvalidInput, {"The request target is not a valid path and query."}); }

}  // namespace

Result<std::string> ParseTarget(Request* request) {
  const boost::urls::string_view target(request->target.data(), request->target.size());
  auto url = request->target.starts_with('/') ? boost::urls::parse_origin_form(target)
                                              : boost::urls::parse_absolute_uri(target);
  if (!url) return BadTarget();
  std::string encoded(View(url->encoded_path()));
  if (encoded.empty()) encoded.push_back('/');
  if (!encoded.starts_with('/')) return BadTarget();
  for (const std::string_view segment : Segments(encoded)) {
    const std::string decoded = PercentDecode(segment, false);
    // No client sends these (they resolve them first), and they would be a trap for handlers that open files.
    if (decoded == "." || decoded == "..") return BadTarget();
  }
  request->path = PercentDecode(encoded, false);
  if (request->path.find('\0') != std::string::npos) return BadTarget();
  if (url->has_query() && !url->encoded_query().empty()) {
    for (const auto& parameter : url->encoded_params()) {
      request->query.emplace_back(PercentDecode(View(parameter.key), true), PercentDecode(View(parameter.value), true));
    }
  }
  return encoded;
}

}  // namespace firn::http
