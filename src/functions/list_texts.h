// Kernels over one LIST of texts. Used inside this room, below Kernel() of bind.h.
#pragma once

#include "functions/kernel.h"

namespace firn::functions {

/// `f(texts)` for each row's list, NULL items left out; a NULL list counts as empty.
template <class R, class F>
duckdb::scalar_function_t MapListTexts(F f) {
  return [f](duckdb::DataChunk& in, duckdb::ExpressionState&, duckdb::Vector& out) {
    Column<std::optional<duckdb::list_entry_t>> lists(in.data[0], in.size());
    auto& child = duckdb::ListVector::GetEntry(in.data[0]);
    Column<std::optional<std::string_view>> items(child, duckdb::ListVector::GetListSize(in.data[0]));
    RunRows<R>(out, in.size(), lists.constant(), [&](duckdb::idx_t row) -> std::optional<R> {
      std::vector<std::string_view> texts;
      auto list = lists.Get(row).value_or(duckdb::list_entry_t{0, 0});
      for (duckdb::idx_t i = 0; i < list.length; ++i) {
        if (auto text = items.Get(list.offset + i)) texts.push_back(*text);
      }
      return f(texts);
    });
  };
}

}  // namespace firn::functions
