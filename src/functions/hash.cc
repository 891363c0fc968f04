// Digests, encodings: docs.snowflake.com/en/sql-reference/functions-string#cryptographic-hash. HASH is this server's
// own 64-bit hash: stable within a version of Firn, not equal to Snowflake's.
#include <openssl/evp.h>

#include <array>

#include "base/ids.h"
#include "functions/families.h"
#include "functions/rows.h"

namespace firn::functions {

namespace {

std::string Digest(const EVP_MD* algorithm, std::string_view bytes) {
  std::string out(static_cast<size_t>(EVP_MD_size(algorithm)), '\0');
  unsigned length = 0;
  EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(out.data()), &length, algorithm, nullptr);
  return out;
}
std::span<const uint8_t> BytesOf(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}
const EVP_MD* Sha2Of(int64_t bits) {
  switch (bits) {
    case 0:
    case 256:
      return EVP_sha256();
    case 224:
      return EVP_sha224();
    case 384:
      return EVP_sha384();
    case 512:
      return EVP_sha512();
    default:
      Raise(errors::kInvalidValue, {std::to_string(bits), "digest size"});
  }
}

std::string Md5Hex(Binary value) { return HexLower(BytesOf(Digest(EVP_md5(), value.bytes))); }
BinaryOut Md5Binary(Binary value) { return {Digest(EVP_md5(), value.bytes)}; }
int128 HalfOf(std::string_view digest, size_t from) {
  uint64_t out = 0;
  for (size_t i = from; i < from + 8; ++i) out = out << 8 | static_cast<unsigned char>(digest[i]);
  return out;
}
int128 Md5Upper(Binary value) { return HalfOf(Digest(EVP_md5(), value.bytes), 0); }
int128 Md5Lower(Binary value) { return HalfOf(Digest(EVP_md5(), value.bytes), 8); }
std::string Sha1Hex(Binary value) { return HexLower(BytesOf(Digest(EVP_sha1(), value.bytes))); }
BinaryOut Sha1Binary(Binary value) { return {Digest(EVP_sha1(), value.bytes)}; }
std::string Sha2Hex(Binary value, int64_t bits) { return HexLower(BytesOf(Digest(Sha2Of(bits), value.bytes))); }
BinaryOut Sha2Binary(Binary value, int64_t bits) { return {Digest(Sha2Of(bits), value.bytes)}; }

/// FNV-1a over the canonical texts, with a final mix; NULL counts as a byte of its own.
BoundNode BindHash(BindCall& call) {
  for (auto& arg : call.args) arg = ToVariant(call.context, Plain(call.context, std::move(arg)));
  auto run = MapTexts<int64_t>([](const std::vector<std::optional<std::string_view>>& texts) {
    uint64_t hash = 14695981039346656037ull;
    auto take = [&](unsigned char byte) { hash = (hash ^ byte) * 1099511628211ull; };
    for (const auto& text : texts) {
      take(text ? 1 : 0);
      for (char c : text.value_or("")) take(static_cast<unsigned char>(c));
    }
    hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9ull;
    hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebull;
    return static_cast<int64_t>(hash ^ (hash >> 31));
  });
  return Kernel("firn hash", LogicalType::BIGINT, std::move(call.args), std::move(run), {.sees_nulls = true});
}

std::string Base64Encode(Binary value, int64_t line, std::string_view alphabet) {
  std::string text = Base64(value.bytes);
  constexpr std::string_view kStandard = "+/=";
  for (char& c : text) {
    size_t index = kStandard.find(c);
    if (index != std::string_view::npos && index < alphabet.size()) c = alphabet[index];
  }
  if (line <= 0) return text;
  std::string out;
  for (size_t at = 0; at < text.size(); at += static_cast<size_t>(line)) {
    if (at > 0) out += '\n';
    out += text.substr(at, static_cast<size_t>(line));
  }
  return out;
}
std::optional<std::string> Base64Decoded(std::string_view text, std::string_view alphabet) {
  constexpr std::string_view kStandard = "+/=";
  std::string plain, out;
  for (char c : text) {
    if (c == '\n' || c == '\r') continue;
    size_t index = alphabet.find(c);
    plain += index < kStandard.size() ? kStandard[index] : c;
  }
  if (!FromBase64(plain, &out)) return std::nullopt;
  return out;
}
std::optional<std::string> HexDecoded(std::string_view text) {
  std::string out;
  auto digit = [](char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
  };
  if (text.size() % 2 != 0) return std::nullopt;
  for (size_t i = 0; i < text.size(); i += 2) {
    int high = digit(text[i]), low = digit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
  }
  return out;
}
std::string Checked(std::optional<std::string> bytes, const ErrorRow& row, std::string_view text) {
  if (!bytes) Raise(row, {Shown(text)});
  return std::move(*bytes);
}
std::optional<std::string> Utf8(std::optional<std::string> bytes, bool raise) {
  if (!bytes || Value::StringIsValid(bytes->data(), bytes->size())) return bytes;
  if (!raise) return std::nullopt;
  Raise(errors::kInvalidUtf8, {HexUpper(BytesOf(*bytes))});
}
std::optional<BinaryOut> Bytes(std::optional<std::string> bytes) {
  if (!bytes) return std::nullopt;
  return BinaryOut{std::move(*bytes)};
}

BinaryOut Base64DecodeBinary(std::string_view text, std::string_view alphabet) {
  return {Checked(Base64Decoded(text, alphabet), errors::kBadBase64, text)};
}
std::optional<std::string> Base64DecodeString(std::string_view text, std::string_view alphabet) {
  return Utf8(Checked(Base64Decoded(text, alphabet), errors::kBadBase64, text), true);
}
std::optional<BinaryOut> TryBase64DecodeBinary(std::string_view text, std::string_view alphabet) {
  return Bytes(Base64Decoded(text, alphabet));
}
std::optional<std::string> TryBase64DecodeString(std::string_view text, std::string_view alphabet) {
  return Utf8(Base64Decoded(text, alphabet), false);
}
std::string HexEncode(Binary value, int64_t upper) {
  return upper != 0 ? HexUpper(BytesOf(value.bytes)) : HexLower(BytesOf(value.bytes));
}
BinaryOut HexDecodeBinary(std::string_view text) { return {Checked(HexDecoded(text), errors::kBadHex, text)}; }
std::optional<std::string> HexDecodeString(std::string_view text) {
  return Utf8(Checked(HexDecoded(text), errors::kBadHex, text), true);
}
std::optional<BinaryOut> TryHexDecodeBinary(std::string_view text) { return Bytes(HexDecoded(text)); }
std::optional<std::string> TryHexDecodeString(std::string_view text) { return Utf8(HexDecoded(text), false); }

// clang-format off
constexpr std::array kHash = {
    Function{"BASE64_DECODE_BINARY", "text [, alphabet = '+/=']", Native{Rows<Base64DecodeBinary>}, "BASE64_DECODE_BINARY('SEVMTE8=')", "48454C4C4F", "functions/base64_decode_binary"},
    Function{"BASE64_DECODE_STRING", "text [, alphabet = '+/=']", Native{Rows<Base64DecodeString>}, "BASE64_DECODE_STRING('U25vd2ZsYWtl')", "Snowflake", "functions/base64_decode_string"},
    Function{"BASE64_ENCODE", "value [, line = 0] [, alphabet = '+/=']", Native{Rows<Base64Encode>}, "BASE64_ENCODE('Snowflake')", "U25vd2ZsYWtl", "functions/base64_encode"},
    Function{"HASH", "value, ...", Native{BindHash}, "HASH(1) = HASH(1.0)", "true", "functions/hash"},
    Function{"HEX_DECODE_BINARY", "text", Native{Rows<HexDecodeBinary>}, "HEX_DECODE_BINARY('536E6F77')", "536E6F77", "functions/hex_decode_binary"},
    Function{"HEX_DECODE_STRING", "text", Native{Rows<HexDecodeString>}, "HEX_DECODE_STRING('536E6F77666C616B65')", "Snowflake", "functions/hex_decode_string"},
    Function{"HEX_ENCODE", "value [, upper = 1]", Native{Rows<HexEncode>}, "HEX_ENCODE('SNOW')", "534E4F57", "functions/hex_encode"},
    Function{"MD5", "value", Native{Rows<Md5Hex>}, "MD5('Snowflake')", "edf1439075a83a447fb8b630ddc9c8de", "functions/md5"},
    Function{"MD5_BINARY", "value", Native{Rows<Md5Binary>}, "MD5_BINARY('Snowflake')", "EDF1439075A83A447FB8B630DDC9C8DE", "functions/md5_binary"},
    Function{"MD5_HEX", "value", Native{Rows<Md5Hex>}, "MD5_HEX('Snowflake')", "edf1439075a83a447fb8b630ddc9c8de", "functions/md5"},
    Function{"MD5_NUMBER_LOWER64", "value", Native{Rows<Md5Lower>}, "MD5_NUMBER_LOWER64('Snowflake')", "9203306159527282910", "functions/md5_number_lower64"},
    Function{"MD5_NUMBER_UPPER64", "value", Native{Rows<Md5Upper>}, "MD5_NUMBER_UPPER64('Snowflake')", "17145559544104499780", "functions/md5_number_upper64"},
    Function{"SHA1", "value", Native{Rows<Sha1Hex>}, "SHA1('Snowflake')", "fda76b0bcc1e87cf259b1d1e3271d76f590fb5dd", "functions/sha1"},
    Function{"SHA1_BINARY", "value", Native{Rows<Sha1Binary>}, "SHA1_BINARY('Snowflake')", "FDA76B0BCC1E87CF259B1D1E3271D76F590FB5DD", "functions/sha1_binary"},
    Function{"SHA1_HEX", "value", Native{Rows<Sha1Hex>}, "SHA1_HEX('Snowflake')", "fda76b0bcc1e87cf259b1d1e3271d76f590fb5dd", "functions/sha1"},
    Function{"SHA2", "value [, bits = 256]", Native{Rows<Sha2Hex>}, "SHA2('Snowflake', 224)", "6267d3d7a59929e6864dd4b737d98e3ef8569d9f88a7466647838532", "functions/sha2"},
    Function{"SHA2_BINARY", "value [, bits = 256]", Native{Rows<Sha2Binary>}, "SHA2_BINARY('Snowflake', 224)", "6267D3D7A59929E6864DD4B737D98E3EF8569D9F88A7466647838532", "functions/sha2_binary"},
    Function{"SHA2_HEX", "value [, bits = 256]", Native{Rows<Sha2Hex>}, "SHA2_HEX('Snowflake', 224)", "6267d3d7a59929e6864dd4b737d98e3ef8569d9f88a7466647838532", "functions/sha2"},
    Function{"TRY_BASE64_DECODE_BINARY", "text [, alphabet = '+/=']", Native{Rows<TryBase64DecodeBinary>}, "TRY_BASE64_DECODE_BINARY('A')", "NULL", "functions/try_base64_decode_binary"},
    Function{"TRY_BASE64_DECODE_STRING", "text [, alphabet = '+/=']", Native{Rows<TryBase64DecodeString>}, "TRY_BASE64_DECODE_STRING('SEVMTE8=')", "HELLO", "functions/try_base64_decode_string"},
    Function{"TRY_HEX_DECODE_BINARY", "text", Native{Rows<TryHexDecodeBinary>}, "TRY_HEX_DECODE_BINARY('4')", "NULL", "functions/try_hex_decode_binary"},
    Function{"TRY_HEX_DECODE_STRING", "text", Native{Rows<TryHexDecodeString>}, "TRY_HEX_DECODE_STRING('41')", "A", "functions/try_hex_decode_string"},
};
// clang-format on

}  // namespace

std::span<const Function> HashFunctions() { return kHash; }

}  // namespace firn::functions
