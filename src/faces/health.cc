#include "faces/health.h"

#include <charconv>
#include <utility>

namespace firn::faces {

namespace {

std::string MetricsText(const std::vector<Metric>& metrics) {
  std::string out;
  for (const Metric& metric : metrics) {
    char digits[40];
    auto [end, error] = std::to_chars(digits, digits + sizeof digits, metric.value);
    std::string name = metric.name;
    out += "# HELP " + name + " " + metric.help + "\n# TYPE " + name + " " + metric.kind + "\n" + name + " ";
    out.append(digits, static_cast<size_t>(end - digits));
    out += '\n';
  }
  return out;
}

}  // namespace

std::vector<http::Route> HealthRoutes(Health health) {
  constexpr auto kIoThread = http::RunOn::kIoThread;
  return {
      {"GET", "/healthz", http::Handler([](http::Request&) { return http::Response::Text(200, "ok\n"); }), kIoThread,
       "Whether the process lives."},
      {"GET", "/metrics", http::Handler([metrics = std::move(health.metrics)](http::Request&) {
         http::Response response = http::Response::Text(200, MetricsText(metrics()));
         response.content_type = "text/plain; version=0.0.4";
         return response;
       }),
       kIoThread, "Counters for Prometheus."},
      {"GET", "/readyz", http::Handler([not_ready = std::move(health.not_ready)](http::Request&) {
         std::string why = not_ready();
         if (why.empty()) return http::Response::Text(200, "ready\n");
         return http::Response::Text(503, why + "\n");
       }),
       kIoThread, "Whether statements are taken."},
  };
}

}  // namespace firn::faces
