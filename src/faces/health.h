// /healthz, /readyz and /metrics (Prometheus text format 0.0.4). Made by `cli`; what it looks at must outlive the
// server.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "http/routes.h"

namespace firn::faces {

struct Metric {
  const char* name;  ///< "firn_queries_total"
  const char* kind;  ///< "counter" or "gauge"
  const char* help;
  double value = 0;
};

struct Health {
  /// Empty: ready. Else why not, in one sentence.
  std::function<std::string()> not_ready;
  std::function<std::vector<Metric>()> metrics;
};

std::vector<http::Route> HealthRoutes(Health health);

}  // namespace firn::faces
