// Result<T>: how every function of Firn fails. An Error is a row of the error table (base/errors.h), the row's
// arguments, and where there is one a position in the SQL text. Errors are values up to `faces`, which shapes them for
// the wire. Any thread may hold one; nothing here locks.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace firn {

/// One kind of error. Rows are constants in base/errors.h and are compared by address.
struct ErrorRow {
  int code;              ///< Snowflake's number, printed with six digits; see the sections of base/errors.h
  const char* sqlstate;  ///< five characters
  const char* text;      ///< `{0}`, `{1}` … are the arguments
};

/// A place in the SQL text: line from 1, column from 0 (Snowflake's own way). line 0 means "none".
struct Position {
  int line = 0;
  int column = 0;
  bool operator==(const Position&) const = default;
};

class [[nodiscard]] Error {
 public:
  Error(const ErrorRow& row, std::vector<std::string> args, Position at = {})
      : row_(&row), args_(std::move(args)), at_(at) {}
  explicit Error(const ErrorRow& row) : row_(&row) {}

  bool Is(const ErrorRow& row) const { return row_ == &row; }
  const ErrorRow& row() const { return *row_; }
  const std::vector<std::string>& args() const { return args_; }
  Position at() const { return at_; }
  Error At(Position at) && {
    if (at_.line == 0) at_ = at;
    return std::move(*this);
  }

  /// The row's text with its arguments, and for compilation errors Snowflake's prefix and position.
  std::string Message() const;
  /// "002003"
  std::string Code() const;
  const char* SqlState() const { return row_->sqlstate; }

 private:
  const ErrorRow* row_;
  std::vector<std::string> args_;
  Position at_;
};

template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit by design
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT
  template <class U>
    requires(std::is_convertible_v<U, T> && !std::is_same_v<std::decay_t<U>, T> &&
             !std::is_same_v<std::decay_t<U>, Error> && !std::is_same_v<std::decay_t<U>, Result<T>>)
  Result(U&& value) : state_(std::in_place_index<0>, T(std::forward<U>(value))) {}  // NOLINT

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }
  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  Error& error() & { return std::get<1>(state_); }
  const Error& error() const& { return std::get<1>(state_); }
  Error&& error() && { return std::get<1>(std::move(state_)); }

 private:
  std::variant<T, Error> state_;
};

/// Result of something that returns nothing: `return Ok();`
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT
  bool ok() const { return !error_; }
  explicit operator bool() const { return ok(); }
  Error& error() & { return *error_; }
  const Error& error() const& { return *error_; }
  Error&& error() && { return *std::move(error_); }

 private:
  std::optional<Error> error_;
};
using Status = Result<void>;
inline Status Ok() { return {}; }

#define FIRN_CONCAT_INNER(a, b) a##b
#define FIRN_CONCAT(a, b) FIRN_CONCAT_INNER(a, b)

/// FIRN_TRY(expr); returns its error from the enclosing function, if it has one.
#define FIRN_TRY(expr)                                    \
  do {                                                    \
    if (auto firn_status_ = (expr); !firn_status_.ok()) { \
      return std::move(firn_status_).error();             \
    }                                                     \
  } while (false)

/// FIRN_ASSIGN(auto x, expr); the value of expr, or its error returned.
#define FIRN_ASSIGN(declaration, expr) FIRN_ASSIGN_INNER(FIRN_CONCAT(firn_result_, __LINE__), declaration, expr)
#define FIRN_ASSIGN_INNER(result, declaration, expr)  \
  auto result = (expr);                               \
  if (!result.ok()) return std::move(result).error(); \
  declaration = std::move(result).value()

}  // namespace firn
