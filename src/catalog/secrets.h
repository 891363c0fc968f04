// Secrets: the account's key (never in the bucket), what is sealed with it in the log, token keys, and passwords
// (rules 15 and 17). libsodium: XChaCha20-Poly1305, argon2id, BLAKE2b key derivation. Immutable; any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace firn::catalog {

class Secrets {
 public:
  /// The key of FIRN_SECRET_KEY: base64 or hex of 32 bytes. Errors: kInvalidInput.
  static Result<Secrets> FromText(std::string_view text);
  /// The key in `path` (DATA/secret.key; for an S3 lake of one node a file under --local), made with mode 0600 if
  /// absent; two processes that start at once get the same. Errors: kStorage, kCorrupt (not 32 bytes), kInvalidInput
  /// (others may read the file).
  static Result<Secrets> OpenFile(const std::string& path);
  /// A new key that nobody keeps, for tests.
  static Secrets Random();
  ~Secrets();
  Secrets(Secrets&&) noexcept = default;
  Secrets& operator=(Secrets&&) noexcept = default;

  /// Base64 text of `plain`, sealed. `context` (the object's id) must be given again to open it.
  std::string Seal(std::string_view plain, std::string_view context) const;
  /// Errors: kCorrupt (another key, another context, changed text).
  Result<std::string> Open(std::string_view sealed, std::string_view context) const;
  /// 32 bytes for a purpose: "session-token" …; the same on every node with this key.
  std::string DerivedKey(std::string_view purpose) const;

 private:
  explicit Secrets(std::string key) : key_(std::move(key)) {}
  std::string key_;
};

/// argon2id string ("$argon2id$v=19$…"), libsodium's interactive limits (64 MiB, about 0.1 s).
std::string HashPassword(std::string_view password);
/// In constant time; false for an empty hash.
bool VerifyPassword(std::string_view hash, std::string_view password);
/// 20 random letters and digits, none that look alike.
std::string RandomPassword();

}  // namespace firn::catalog
