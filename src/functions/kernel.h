// Row-at-a-time kernels from plain C++ functions: MapRows<Result, Args…>(f) makes a DuckDB vector function of f. NULL
// arguments give NULL without a call, unless the argument is an std::optional; an std::optional result may be NULL.
// Used inside this room, below Kernel() of bind.h.
//   argument types: bool, int32_t, int64_t, double, __int128, std::string_view, duckdb::date_t, dtime_t, timestamp_t …
//   result types:   the same, and std::string
#pragma once

#include <duckdb.hpp>
#include <duckdb/common/vector_operations/unary_executor.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace firn::functions {

using int128 = __int128;

inline int128 ToInt128(duckdb::hugeint_t value) {
  return static_cast<int128>((static_cast<unsigned __int128>(static_cast<uint64_t>(value.upper)) << 64) | value.lower);
}
inline duckdb::hugeint_t ToHugeint(int128 value) {
  duckdb::hugeint_t out;
  out.upper = static_cast<int64_t>(value >> 64);
  out.lower = static_cast<uint64_t>(value);
  return out;
}

template <class T>
struct Cell {
  using Stored = T;
  static T Read(const Stored& stored) { return stored; }
  static Stored Write(duckdb::Vector&, T value) { return value; }
};
template <>
struct Cell<int128> {
  using Stored = duckdb::hugeint_t;
  static int128 Read(const Stored& stored) { return ToInt128(stored); }
  static Stored Write(duckdb::Vector&, int128 value) { return ToHugeint(value); }
};
template <>
struct Cell<std::string_view> {
  using Stored = duckdb::string_t;
  static std::string_view Read(const Stored& stored) { return {stored.GetData(), stored.GetSize()}; }
  static Stored Write(duckdb::Vector& out, std::string_view value) {
    return duckdb::StringVector::AddStringOrBlob(out, value.data(), value.size());
  }
};
template <>
struct Cell<std::string> {
  using Stored = duckdb::string_t;
  static Stored Write(duckdb::Vector& out, const std::string& value) {
    return duckdb::StringVector::AddStringOrBlob(out, value.data(), value.size());
  }
};

template <class T>
struct IsOptional : std::false_type {
  using Inner = T;
};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {
  using Inner = T;
};

/// One argument of a kernel: its vector in unified form.
template <class T>
class Column {
 public:
  using Inner = typename IsOptional<T>::Inner;
  Column(duckdb::Vector& vector, duckdb::idx_t count) {
    constant_ = vector.GetVectorType() == duckdb::VectorType::CONSTANT_VECTOR;
    vector.ToUnifiedFormat(count, format_);
    data_ = duckdb::UnifiedVectorFormat::GetData<typename Cell<Inner>::Stored>(format_);
  }
  bool constant() const { return constant_; }
  /// False where the row's NULL ends the call.
  bool Present(duckdb::idx_t row) const {
    return IsOptional<T>::value || format_.validity.RowIsValid(format_.sel->get_index(row));
  }
  T Get(duckdb::idx_t row) const {
    auto at = format_.sel->get_index(row);
    if constexpr (IsOptional<T>::value) {
      if (!format_.validity.RowIsValid(at)) return std::nullopt;
    }
    return Cell<Inner>::Read(data_[at]);
  }

 private:
  duckdb::UnifiedVectorFormat format_;
  const typename Cell<Inner>::Stored* data_;
  bool constant_;
};

template <class R, class Call>
void RunRows(duckdb::Vector& out, duckdb::idx_t count, bool constant, Call call) {
  using Inner = typename IsOptional<R>::Inner;
  out.SetVectorType(constant ? duckdb::VectorType::CONSTANT_VECTOR : duckdb::VectorType::FLAT_VECTOR);
  auto* data = duckdb::FlatVector::GetDataUnsafe<typename Cell<Inner>::Stored>(out);
  for (duckdb::idx_t row = 0; row < (constant ? 1 : count); ++row) {
    std::optional<Inner> value = call(row);
    if (value) {
      data[row] = Cell<Inner>::Write(out, std::move(*value));
    } else if (constant) {
      duckdb::ConstantVector::SetNull(out, true);
    } else {
      duckdb::FlatVector::SetNull(out, row, true);
    }
  }
}

/// `f(args…)` for each row; f returns R or std::optional<R's value>.
template <class R, class... Args, class F>
duckdb::scalar_function_t MapRows(F f, bool same_for_all = true) {
  return [f, same_for_all](duckdb::DataChunk& in, duckdb::ExpressionState&, duckdb::Vector& out) {
    [&]<size_t... I>(std::index_sequence<I...>) {
      std::tuple<Column<Args>...> columns(Column<Args>(in.data[I], in.size())...);
      bool constant = same_for_all && (std::get<I>(columns).constant() && ... && true);
      RunRows<R>(out, in.size(), constant,
                 [&]([[maybe_unused]] duckdb::idx_t row) -> std::optional<typename IsOptional<R>::Inner> {
                   if (!(std::get<I>(columns).Present(row) && ... && true)) return std::nullopt;
                   return f(std::get<I>(columns).Get(row)...);
                 });
    }(std::index_sequence_for<Args...>{});
  };
}

/// `f(texts)` for each row, over any number of arguments that are all strings underneath; NULLs are seen.
template <class R, class F>
duckdb::scalar_function_t MapTexts(F f) {
  return [f](duckdb::DataChunk& in, duckdb::ExpressionState&, duckdb::Vector& out) {
    std::vector<Column<std::optional<std::string_view>>> columns;
    bool constant = true;
    for (auto& vector : in.data) {
      columns.emplace_back(vector, in.size());
      constant = constant && columns.back().constant();
    }
    std::vector<std::optional<std::string_view>> texts(columns.size());
    RunRows<R>(out, in.size(), constant, [&](duckdb::idx_t row) -> std::optional<typename IsOptional<R>::Inner> {
      for (size_t i = 0; i < columns.size(); ++i) texts[i] = columns[i].Get(row);
      return f(texts);
    });
  };
}

/// Like MapRows, for a result that is a piece of the first argument's text: it is pointed at, not copied.
template <class... Args, class F>
duckdb::scalar_function_t MapSlices(F f) {
  return [f](duckdb::DataChunk& in, duckdb::ExpressionState&, duckdb::Vector& out) {
    [&]<size_t... I>(std::index_sequence<I...>) {
      std::tuple<Column<Args>...> columns(Column<Args>(in.data[I], in.size())...);
      bool constant = (std::get<I>(columns).constant() && ...);
      out.SetVectorType(constant ? duckdb::VectorType::CONSTANT_VECTOR : duckdb::VectorType::FLAT_VECTOR);
      duckdb::StringVector::AddHeapReference(out, in.data[0]);
      auto* data = duckdb::FlatVector::GetDataUnsafe<duckdb::string_t>(out);
      for (duckdb::idx_t row = 0; row < (constant ? 1 : in.size()); ++row) {
        std::optional<std::string_view> value;
        if ((std::get<I>(columns).Present(row) && ...)) value = f(std::get<I>(columns).Get(row)...);
        if (value) {
          data[row] = duckdb::string_t(value->data(), static_cast<uint32_t>(value->size()));
        } else if (constant) {
          duckdb::ConstantVector::SetNull(out, true);
        } else {
          duckdb::FlatVector::SetNull(out, row, true);
        }
      }
    }(std::index_sequence_for<Args...>{});
  };
}

}  // namespace firn::functions
