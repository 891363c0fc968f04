#include "base/ids.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "base/clock.h"

namespace firn {

namespace {

void Generate(std::span<uint8_t> out) {
  if (RAND_bytes(out.data(), static_cast<int>(out.size())) != 1) std::abort();  // no entropy: nothing is safe
}

/// Bytes of the generator that a thread has drawn and not given out: a call for 16 costs it as much as one for 1,024.
struct Drawn {
  std::array<uint8_t, 1024> bytes{};
  size_t given = bytes.size();
};

}  // namespace

void RandomBytes(std::span<uint8_t> out) {
  thread_local Drawn drawn;
  if (out.size() > drawn.bytes.size() / 8) return Generate(out);
  if (drawn.bytes.size() - drawn.given < out.size()) {
    Generate(drawn.bytes);
    drawn.given = 0;
  }
  uint8_t* from = drawn.bytes.data() + drawn.given;
  std::copy_n(from, out.size(), out.data());
  OPENSSL_cleanse(from, out.size());  // a secret is in one place only
  drawn.given += out.size();
}

uint64_t RandomU64() {
  uint64_t value = 0;
  RandomBytes({reinterpret_cast<uint8_t*>(&value), sizeof value});
  return value;
}

namespace {

constexpr const char* kLowerDigits = "0123456789abcdef";

void AppendHex(uint8_t byte, const char* digits, std::string* out) {
  *out += digits[byte >> 4];
  *out += digits[byte & 15];
}

std::string Hex(std::span<const uint8_t> bytes, const char* digits) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (uint8_t b : bytes) AppendHex(b, digits, &out);
  return out;
}

std::string Dashed(const uint8_t (&b)[16]) {
  std::string out;
  out.reserve(36);
  for (int i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    AppendHex(b[i], kLowerDigits, &out);
  }
  return out;
}

}  // namespace

std::string NewUuid() {
  uint8_t b[16];
  RandomBytes(b);
  b[6] = static_cast<uint8_t>((b[6] & 0x0f) | 0x40);
  b[8] = static_cast<uint8_t>((b[8] & 0x3f) | 0x80);
  return Dashed(b);
}

std::string NewQueryId() {
  static std::atomic<uint32_t> counter{0};
  uint8_t b[16];
  RandomBytes(b);
  auto millis = static_cast<uint64_t>(Clock::System().Now() / 1000);
  b[0] = 0x01;
  for (int i = 0; i < 6; ++i) b[1 + i] = static_cast<uint8_t>(millis >> (8 * (5 - i)));
  uint32_t n = counter.fetch_add(1);
  b[7] = static_cast<uint8_t>(n >> 8);
  b[8] = static_cast<uint8_t>(n);
  return Dashed(b);
}

bool IsUuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !isxdigit(static_cast<unsigned char>(text[i]))) return false;
  }
  return true;
}

std::string HexLower(std::span<const uint8_t> bytes) { return Hex(bytes, kLowerDigits); }
std::string HexUpper(std::span<const uint8_t> bytes) { return Hex(bytes, "0123456789ABCDEF"); }

std::string Base64(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  int n = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                          reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  out.resize(static_cast<size_t>(n));
  return out;
}

bool FromBase64(std::string_view text, std::string* out) {
  if (text.size() % 4 != 0) return false;
  out->assign(text.size() / 4 * 3 + 1, '\0');
  int n = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out->data()),
                          reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (n < 0) return false;
  size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
  out->resize(static_cast<size_t>(n) - padding);
  return true;
}

std::string Sha256(std::string_view bytes) {
  // Looking the algorithm up takes several times as long as hashing a key.
  static const EVP_MD* const kSha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  std::string out(SHA256_DIGEST_LENGTH, '\0');
  const bool done = EVP_DigestInit_ex(context.get(), kSha256, nullptr) == 1 &&
                    EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) == 1 &&
                    EVP_DigestFinal_ex(context.get(), reinterpret_cast<unsigned char*>(out.data()), nullptr) == 1;
  if (!done) std::abort();  // no memory for it: nothing is safe
  return out;
}

std::string HmacSha256(std::string_view key, std::string_view bytes) {
  std::string out(SHA256_DIGEST_LENGTH, '\0');
  unsigned int n = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(bytes.data()),
       bytes.size(), reinterpret_cast<unsigned char*>(out.data()), &n);
  return out;
}

bool SecretsEqual(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace firn
