// Identifiers: random UUIDs, query ids, random bytes. Any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace firn {

/// Fills from the operating system's generator (RAND_bytes).
void RandomBytes(std::span<uint8_t> out);
uint64_t RandomU64();

/// Version 4 (RFC 9562): "f81d4fae-7dec-41d0-a765-00a0c91e6bf6".
std::string NewUuid();
/// A time-ordered query id in UUID syntax (8-4-4-4-12 hex), as drivers want it.
std::string NewQueryId();
bool IsUuid(std::string_view text);

std::string HexLower(std::span<const uint8_t> bytes);
std::string HexUpper(std::span<const uint8_t> bytes);
std::string Base64(std::string_view bytes);
/// False where `text` is not base64 (padding required).
bool FromBase64(std::string_view text, std::string* out);
/// 32 raw bytes.
std::string Sha256(std::string_view bytes);
std::string HmacSha256(std::string_view key, std::string_view bytes);
/// Equal in constant time.
bool SecretsEqual(std::string_view a, std::string_view b);

}  // namespace firn
