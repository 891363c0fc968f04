// Rows<F>: a bind step made from a plain C++ function F. The types of F's parameters say what each argument is coerced
// to, F's result says the type of the call; NULL arguments give NULL unless the parameter is an std::optional.
// For the family files.
#pragma once

#include "functions/cast.h"
#include "functions/kernel.h"

namespace firn::functions {

/// Arguments and results that are text underneath.
struct Variant {
  std::string_view text;
};
struct Array {
  std::string_view text;
};
struct Object {
  std::string_view text;
};
struct Binary {
  std::string_view bytes;
};
struct VariantText {
  std::string text;
};
struct ArrayOut {
  std::string text;
};
struct ObjectOut {
  std::string text;
};
struct BinaryOut {
  std::string bytes;
};

template <class T, std::string_view T::*Member>
struct ViewCell {
  using Stored = duckdb::string_t;
  static T Read(const Stored& stored) { return T{std::string_view(stored.GetData(), stored.GetSize())}; }
};
template <class T, std::string T::*Member>
struct TextCell {
  using Stored = duckdb::string_t;
  static Stored Write(duckdb::Vector& out, const T& value) {
    return duckdb::StringVector::AddStringOrBlob(out, (value.*Member).data(), (value.*Member).size());
  }
};
template <>
struct Cell<Variant> : ViewCell<Variant, &Variant::text> {};
template <>
struct Cell<Array> : ViewCell<Array, &Array::text> {};
template <>
struct Cell<Object> : ViewCell<Object, &Object::text> {};
template <>
struct Cell<Binary> : ViewCell<Binary, &Binary::bytes> {};
template <>
struct Cell<VariantText> : TextCell<VariantText, &VariantText::text> {};
template <>
struct Cell<ArrayOut> : TextCell<ArrayOut, &ArrayOut::text> {};
template <>
struct Cell<ObjectOut> : TextCell<ObjectOut, &ObjectOut::text> {};
template <>
struct Cell<BinaryOut> : TextCell<BinaryOut, &BinaryOut::bytes> {};

/// Coerces an argument to a parameter's type.
template <class T>
BoundExpr CoerceFor(BindCall& call, size_t i) {
  using Inner = typename IsOptional<T>::Inner;
  ClientContext& context = call.context;
  BoundExpr arg = Plain(context, call.Take(i));
  if constexpr (std::is_same_v<Inner, std::string_view>) return ToText(context, std::move(arg));
  if constexpr (std::is_same_v<Inner, int64_t>) return ToInteger(context, std::move(arg), OnFailure::kRaise);
  if constexpr (std::is_same_v<Inner, double>) return ToDouble(context, std::move(arg));
  if constexpr (std::is_same_v<Inner, bool>) return ToBoolean(context, std::move(arg));
  if constexpr (std::is_same_v<Inner, duckdb::date_t>) return ToDate(context, std::move(arg), "", OnFailure::kRaise);
  if constexpr (std::is_same_v<Inner, duckdb::timestamp_t>) {
    return ToTimestamp(context, std::move(arg), TypeId::kTimestampNtz, "", OnFailure::kRaise);
  }
  if constexpr (std::is_same_v<Inner, Variant>) return ToVariant(context, std::move(arg));
  if constexpr (std::is_same_v<Inner, Array>) {
    // Only arrays, and VARIANTs that hold one.
    if (ShapeOf(arg->return_type) != Shape::kNull && !IsSemi(ShapeOf(arg->return_type))) {
      Raise(errors::kInvalidArgumentTypes, {call.name, TypeName(arg->return_type)});
    }
    return ShapeOf(arg->return_type) == Shape::kNull ? NullOf(ArrayType()) : std::move(arg);
  }
  if constexpr (std::is_same_v<Inner, Object>) return ToObject(context, std::move(arg), OnFailure::kRaise);
  if constexpr (std::is_same_v<Inner, Binary>) {
    Shape shape = ShapeOf(arg->return_type);
    return shape == Shape::kBinary ? std::move(arg) : ToText(context, std::move(arg));
  }
}

template <class T>
LogicalType ResultTypeFor() {
  using Inner = typename IsOptional<T>::Inner;
  if constexpr (std::is_same_v<Inner, bool>) return LogicalType::BOOLEAN;
  if constexpr (std::is_same_v<Inner, int64_t>) return LogicalType::BIGINT;
  if constexpr (std::is_same_v<Inner, int128>) return LogicalType::HUGEINT;
  if constexpr (std::is_same_v<Inner, double>) return LogicalType::DOUBLE;
  if constexpr (std::is_same_v<Inner, duckdb::date_t>) return LogicalType::DATE;
  if constexpr (std::is_same_v<Inner, duckdb::dtime_t>) return LogicalType::TIME;
  if constexpr (std::is_same_v<Inner, duckdb::timestamp_t>) return LogicalType::TIMESTAMP;
  if constexpr (std::is_same_v<Inner, VariantText>) return VariantType();
  if constexpr (std::is_same_v<Inner, ArrayOut>) return ArrayType();
  if constexpr (std::is_same_v<Inner, ObjectOut>) return ObjectType();
  if constexpr (std::is_same_v<Inner, BinaryOut>) return LogicalType::BLOB;
  if constexpr (std::is_same_v<Inner, std::string> || std::is_same_v<Inner, std::string_view>) {
    return LogicalType::VARCHAR;
  }
}

template <class F>
struct Signature;
template <class R, class... Args>
struct Signature<R (*)(Args...)> {
  template <R (*F)(Args...)>
  static BoundNode Bind(BindCall& call) {
    if (call.size() != sizeof...(Args)) call.BadTypes();
    std::vector<BoundExpr> args;
    size_t i = 0;
    (args.push_back(CoerceFor<Args>(call, i++)), ...);
    bool sees_nulls = (IsOptional<Args>::value || ... || false);
    return Kernel(std::string("firn ") + call.name, ResultTypeFor<R>(), std::move(args), MapRows<R, Args...>(F),
                  {.sees_nulls = sees_nulls});
  }
};

template <auto F>
BoundNode Rows(BindCall& call) {
  return Signature<decltype(F)>::template Bind<F>(call);
}

}  // namespace firn::functions
