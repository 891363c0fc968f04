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

// clang-format off
constexpr std::array kBitwise = {
    Function{"BITAND", "a, b", Native{Rows<BitAnd>}, "BITAND(1, 3)", "1", "functions/bitand"},
    Function{"BITNOT", "a", Native{Rows<BitNot>}, "BITNOT(1)", "-2", "functions/bitnot"},
    Function{"BITOR", "a, b", Native{Rows<BitOr>}, "BITOR(1, 2)", "3", "functions/bitor"},
    Function{"BITSHIFTLEFT", "a, n", Native{Rows<ShiftLeft>}, "BITSHIFTLEFT(2, 1)", "4", "functions/bitshiftleft"},
    Function{"BITSHIFTRIGHT", "a, n", Native{Rows<ShiftRight>}, "BITSHIFTRIGHT(16, 2)", "4", "functions/bitshiftright"},
    Function{"BITXOR", "a, b", Native{Rows<BitXor>}, "BITXOR(1, 3)", "2", "functions/bitxor"},
    Function{"GETBIT", "a, n", Native{Rows<GetBit>}, "GETBIT(11, 2)", "0", "functions/getbit"},
};
// clang-format on

}  // namespace

std::span<const Function> BitwiseFunctions() { return kBitwise; }

}  // namespace firn::functions
