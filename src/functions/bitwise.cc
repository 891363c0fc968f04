// Bits of integers: docs.snowflake.com/en/sql-reference/expressions-byte-bit
#include <array>

#include "functions/families.h"
#include "functions/rows.h"

namespace firn::functions {

namespace {

int64_t BitAnd(int64_t a, int64_t b) { return a & b; }
int64_t BitOr(int64_t a, int64_t b) { return a | b; }
int64_t BitXor(int64_t a, int64_t b) { return a ^ b; }
int64_t BitNot(int64_t a) { return ~a; }
int64_t ShiftLeft(int64_t a, int64_t n) {
  return n < 0 || n > 63 ? 0 : static_cast<int64_t>(static_cast<uint64_t>(a) << n);
}
int64_t ShiftRight(int64_t a, int64_t n) { return n < 0 ? 0 : n > 63 ? (a < 0 ? -1 : 0) : a >> n; }
int64_t GetBit(int64_t a, int64_t n) {
  if (n < 0 || n > 63) Raise(errors::kInvalidValue, {std::to_string(n), "bit position"});
  return (a >> n) & 1;
}

/// Byte by byte; both of one length.
template <int64_t (*F)(int64_t, int64_t)>
BinaryOut Bytewise(Binary a, Binary b) {
  if (a.bytes.size() != b.bytes.size()) {
    Raise(errors::kInvalidValue, {std::to_string(b.bytes.size()) + " bytes", "length of the binary"});
  }
  std::string out(a.bytes);
  for (size_t i = 0; i < out.size(); ++i) out[i] = static_cast<char>(F(out[i], b.bytes[i]));
  return {out};
}
BinaryOut NotBytes(Binary a) {
  std::string out(a.bytes);
  for (char& c : out) c = static_cast<char>(~c);
  return {out};
}
template <int64_t (*F)(int64_t, int64_t)>
BoundNode BindPair(BindCall& call) {
  bool binary = ShapeOf(call.Type(0)) == Shape::kBinary && ShapeOf(call.Type(1)) == Shape::kBinary;
  return binary ? Rows<Bytewise<F>>(call) : Rows<F>(call);
}
BoundNode BindNot(BindCall& call) {
  return ShapeOf(call.Type(0)) == Shape::kBinary ? Rows<NotBytes>(call) : Rows<BitNot>(call);
}

// clang-format off
constexpr std::array kBitwise = {
    Function{"BITAND", "a, b", Native{BindPair<BitAnd>}, "BITAND(1, 3)", "1", "functions/bitand"},
    Function{"BITNOT", "a", Native{BindNot}, "BITNOT(1)", "-2", "functions/bitnot"},
    Function{"BITOR", "a, b", Native{BindPair<BitOr>}, "BITOR(1, 2)", "3", "functions/bitor"},
    Function{"BITSHIFTLEFT", "a, n", Native{Rows<ShiftLeft>}, "BITSHIFTLEFT(2, 1)", "4", "functions/bitshiftleft"},
    Function{"BITSHIFTRIGHT", "a, n", Native{Rows<ShiftRight>}, "BITSHIFTRIGHT(16, 2)", "4", "functions/bitshiftright"},
    Function{"BITXOR", "a, b", Native{BindPair<BitXor>}, "BITXOR(1, 3)", "2", "functions/bitxor"},
    Function{"BIT_AND", "a, b", Native{BindPair<BitAnd>}, "BIT_AND(1, 3)", "1", "functions/bitand"},
    Function{"BIT_NOT", "a", Native{BindNot}, "BIT_NOT(1)", "-2", "functions/bitnot"},
    Function{"BIT_OR", "a, b", Native{BindPair<BitOr>}, "BIT_OR(1, 2)", "3", "functions/bitor"},
    Function{"BIT_SHIFTLEFT", "a, n", Native{Rows<ShiftLeft>}, "BIT_SHIFTLEFT(2, 1)", "4", "functions/bitshiftleft"},
    Function{"BIT_SHIFTRIGHT", "a, n", Native{Rows<ShiftRight>}, "BIT_SHIFTRIGHT(16, 2)", "4", "functions/bitshiftright"},
    Function{"BIT_XOR", "a, b", Native{BindPair<BitXor>}, "BIT_XOR(1, 3)", "2", "functions/bitxor"},
    Function{"GETBIT", "a, n", Native{Rows<GetBit>}, "GETBIT(11, 2)", "0", "functions/getbit"},
};
// clang-format on

}  // namespace

std::span<const Function> BitwiseFunctions() { return kBitwise; }

}  // namespace firn::functions
