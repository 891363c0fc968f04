#include <algorithm>
#include <array>
#include <unordered_map>

#include "base/types.h"
#include "functions/families.h"

namespace firn::functions {

std::span<const Family> Families() {
  static const std::array families = {
      Family{"aggregate", Kind::kAggregate, AggregateFunctions()},
      Family{"bitmap", Kind::kScalar, BitmapFunctions()},
      Family{"bitmap aggregate", Kind::kAggregate, BitmapAggregates()},
      Family{"bitwise", Kind::kScalar, BitwiseFunctions()},
      Family{"conditional", Kind::kScalar, ConditionalFunctions()},
      Family{"context", Kind::kScalar, ContextFunctions()},
      Family{"conversion", Kind::kScalar, ConversionFunctions()},
      Family{"date", Kind::kScalar, DateFunctions()},
      Family{"date parts", Kind::kScalar, DatePartFunctions()},
      Family{"generation", Kind::kScalar, GenerationFunctions()},
      Family{"hash", Kind::kScalar, HashFunctions()},
      Family{"network", Kind::kScalar, NetworkFunctions()},
      Family{"numeric", Kind::kScalar, NumericFunctions()},
      Family{"refused", Kind::kScalar, RefusedFunctions()},
      Family{"regexp", Kind::kScalar, RegexpFunctions()},
      Family{"semi-structured", Kind::kScalar, SemiStructuredFunctions()},
      Family{"semi-structured types", Kind::kScalar, VariantTypeFunctions()},
      Family{"string", Kind::kScalar, StringFunctions()},
      Family{"table", Kind::kTable, TableFunctions()},
      Family{"window", Kind::kWindow, WindowFunctions()},
  };
  return families;
}

Found FindFunction(std::string_view name) {
  static const auto* const index = [] {
    auto* map = new std::unordered_map<std::string_view, Found>();
    for (const Family& family : Families()) {
      for (const Function& row : family.rows) map->emplace(row.name, Found{&row, family.kind});
    }
    return map;
  }();
  auto found = index->find(Upper(name));
  return found == index->end() ? Found{nullptr, Kind::kScalar} : found->second;
}

std::vector<Parameter> ParametersOf(std::string_view signature) {
  std::vector<Parameter> out;
  bool optional = false;
  while (!signature.empty()) {
    size_t end = signature.find(',');
    std::string_view part = signature.substr(0, end);
    signature.remove_prefix(end == std::string_view::npos ? signature.size() : end + 1);
    Parameter parameter;
    std::string text;
    bool quoted = false;
    for (char c : part) {
      if (c == '\'') quoted = !quoted;
      if (c == ' ' && !quoted) continue;
      if (c == '[' || c == ']') {
        // A bracket after the name opens before the next parameter.
        if (c == '[' && text.empty()) optional = true;
        continue;
      }
      text += c;
    }
    parameter.optional = optional;
    if (part.find('[') != std::string_view::npos) optional = true;
    size_t equals = text.find('=');
    if (equals != std::string::npos) parameter.fallback = text.substr(equals + 1);
    parameter.name = text.substr(0, equals);
    if (!parameter.name.empty()) out.push_back(std::move(parameter));
  }
  return out;
}

ArgumentCounts CountsOf(std::string_view signature) {
  ArgumentCounts counts{0, 0};
  for (const Parameter& parameter : ParametersOf(signature)) {
    if (parameter.name == "...") return {counts.least, -1};
    ++counts.most;
    if (!parameter.optional) ++counts.least;
  }
  return counts;
}

}  // namespace firn::functions
