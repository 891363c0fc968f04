#include "session/parameter_facts.h"

namespace firn::session {

namespace {

struct Made {
  std::map<std::string, std::string> set;
  std::shared_ptr<const std::map<std::string, std::string>> all;
};

}  // namespace

std::shared_ptr<const std::map<std::string, std::string>> AllParameters(const ParameterValues& values) {
  // A driver's sessions set the same few: comparing those is cheaper than copying the hundred.
  thread_local Made last;
  if (last.all && last.set == values.values()) return last.all;
  auto all = std::make_shared<std::map<std::string, std::string>>();
  for (const ParameterRow& row : Parameters()) all->emplace_hint(all->end(), row.name, row.default_value);
  for (const auto& [name, value] : values.values()) (*all)[name] = value;
  last = Made{values.values(), std::move(all)};
  return last.all;
}

}  // namespace firn::session
