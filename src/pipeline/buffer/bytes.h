// Little-endian numbers and length-prefixed strings in and out of byte strings: the encoding of everything that the
// buffer writes. Inner part of `pipeline/buffer`; any thread.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace firn::pipeline {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "numbers are copied as they lie in memory");

template <class T>
  requires std::is_integral_v<T>
void PutNumber(std::string* out, T value) {
  out->append(reinterpret_cast<const char*>(&value), sizeof value);
}

inline void PutText(std::string* out, std::string_view text) {
  PutNumber(out, static_cast<uint32_t>(text.size()));
  out->append(text);
}

/// Reads what the functions above wrote. After a read beyond the end ok() is false and everything reads as zero.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  template <class T>
    requires std::is_integral_v<T>
  T Number() {
    T value{};
    std::string_view bytes = Take(sizeof value);
    if (bytes.size() == sizeof value) std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }
  std::string_view Text() { return Take(Number<uint32_t>()); }
  std::string_view Take(size_t count) {
    if (count > rest_.size()) {
      ok_ = false;
      rest_ = {};
      return {};
    }
    std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  bool ok() const { return ok_; }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace firn::pipeline
