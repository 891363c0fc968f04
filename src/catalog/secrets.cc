#include "catalog/secrets.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/descriptor.h"
#include "base/errors.h"
#include "base/ids.h"

namespace firn::catalog {

namespace {

constexpr size_t kKeyBytes = 32;
constexpr size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;

/// sodium_init is safe to call again from any thread.
void UseSodium() { [[maybe_unused]] int started = sodium_init(); }

const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

Error Failed(const std::string& path, int error) { return Error(errors::kStorage, {path, std::strerror(error)}); }

/// The bytes of a private file. Errors: kNotFound, kStorage, kInvalidInput (others may read it).
Result<std::string> ReadPrivate(const std::string& path) {
  Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.number() < 0) return errno == ENOENT ? Error(errors::kNotFound, {path}) : Failed(path, errno);
  struct stat facts {};
  if (fstat(file.number(), &facts) != 0) return Failed(path, errno);
  if ((facts.st_mode & 077) != 0) {
    return Error(errors::kInvalidInput, {"the key file '" + path + "' may be read by others; its mode must be 0600"});
  }
  std::array<char, 128> buffer{};
  ssize_t length = read(file.number(), buffer.data(), buffer.size());
  if (length < 0) return Failed(path, errno);
  return std::string(buffer.data(), static_cast<size_t>(length));
}

/// Makes the file whole or not at all: a temporary name is written, synced and linked. True if this call made it.
Result<bool> WritePrivate(const std::string& path, std::string_view bytes) {
  const std::string temporary = path + "." + NewUuid();
  {
    Descriptor file(open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (file.number() < 0) return Failed(temporary, errno);
    ssize_t written = write(file.number(), bytes.data(), bytes.size());
    if (written != static_cast<ssize_t>(bytes.size()) || fsync(file.number()) != 0) {
      int error = written < 0 || errno != 0 ? errno : EIO;
      unlink(temporary.c_str());
      return Failed(temporary, error);
    }
  }
  const int linked = link(temporary.c_str(), path.c_str());
  const int link_error = errno;
  unlink(temporary.c_str());
  if (linked != 0) return link_error == EEXIST ? Result<bool>(false) : Result<bool>(Failed(path, link_error));
  const std::string folder = path.substr(0, path.rfind('/') + 1);
  Descriptor directory(open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.number() < 0 || fsync(directory.number()) != 0) return Failed(folder, errno);
  return true;
}

bool FromHex(std::string_view text, std::string* out) {
  out->assign(text.size() / 2, '\0');
  size_t length = 0;
  const char* end = nullptr;
  return sodium_hex2bin(Bytes(*out), out->size(), text.data(), text.size(), nullptr, &length, &end) == 0 &&
         length == out->size() && end == text.data() + text.size();
}

}  // namespace

Secrets::~Secrets() {
  if (!key_.empty()) sodium_memzero(key_.data(), key_.size());
}

Secrets Secrets::Random() {
  UseSodium();
  std::string key(kKeyBytes, '\0');
  randombytes_buf(key.data(), key.size());
  return Secrets(std::move(key));
}

Result<Secrets> Secrets::FromText(std::string_view text) {
  UseSodium();
  std::string key;
  bool known = (text.size() == 2 * kKeyBytes && FromHex(text, &key)) || FromBase64(text, &key);
  if (!known || key.size() != kKeyBytes) {
    return Error(errors::kInvalidInput, {"FIRN_SECRET_KEY must be 32 bytes, as hex or base64"});
  }
  return Secrets(std::move(key));
}

Result<Secrets> Secrets::OpenFile(const std::string& path) {
  Result<std::string> text = ReadPrivate(path);
  if (!text.ok() && text.error().Is(errors::kNotFound)) {
    Secrets fresh = Random();
    FIRN_TRY(WritePrivate(path, Base64(fresh.key_) + "\n"));
    // Another process may have been first: what is there counts.
    text = ReadPrivate(path);
  }
  FIRN_TRY(text);
  std::string_view line = *text;
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  Result<Secrets> secrets = FromText(line);
  if (!secrets.ok()) return Error(errors::kCorrupt, {path, "it does not hold a key of 32 bytes in base64"});
  return secrets;
}

std::string Secrets::Seal(std::string_view plain, std::string_view context) const {
  std::string sealed(kNonceBytes + plain.size() + kTagBytes, '\0');
  randombytes_buf(sealed.data(), kNonceBytes);
  unsigned long long length = 0;
  const std::string key = DerivedKey("seal");
  crypto_aead_xchacha20poly1305_ietf_encrypt(Bytes(sealed) + kNonceBytes, &length, Bytes(plain), plain.size(),
                                             Bytes(context), context.size(), nullptr, Bytes(sealed), Bytes(key));
  return Base64(sealed);
}

Result<std::string> Secrets::Open(std::string_view sealed, std::string_view context) const {
  const Error refused(errors::kCorrupt,
                      {"a sealed secret", "it was sealed with another key or for another object, or was changed"});
  std::string bytes;
  if (!FromBase64(sealed, &bytes) || bytes.size() < kNonceBytes + kTagBytes) return refused;
  std::string plain(bytes.size() - kNonceBytes - kTagBytes, '\0');
  unsigned long long length = 0;
  const std::string key = DerivedKey("seal");
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(Bytes(plain), &length, nullptr, Bytes(bytes) + kNonceBytes,
                                                 bytes.size() - kNonceBytes, Bytes(context), context.size(),
                                                 Bytes(bytes), Bytes(key)) != 0) {
    return refused;
  }
  return plain;
}

std::string Secrets::DerivedKey(std::string_view purpose) const {
  std::string derived(kKeyBytes, '\0');
  crypto_generichash(Bytes(derived), derived.size(), Bytes(purpose), purpose.size(), Bytes(key_), key_.size());
  return derived;
}

std::string HashPassword(std::string_view password) {
  UseSodium();
  std::array<char, crypto_pwhash_STRBYTES> hash{};
  // Fails only where 64 MiB cannot be had; an empty hash then opens nothing.
  if (crypto_pwhash_str_alg(hash.data(), password.data(), password.size(), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                            crypto_pwhash_MEMLIMIT_INTERACTIVE, crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return "";
  }
  return hash.data();
}

bool VerifyPassword(std::string_view hash, std::string_view password) {
  UseSodium();
  if (hash.empty() || hash.size() >= crypto_pwhash_STRBYTES) return false;
  const std::string terminated(hash);
  return crypto_pwhash_str_verify(terminated.c_str(), password.data(), password.size()) == 0;
}

std::string RandomPassword() {
  UseSodium();
  constexpr std::string_view kLetters = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
  std::string password;
  for (int i = 0; i < 20; ++i) password += kLetters[randombytes_uniform(kLetters.size())];
  return password;
}

}  // namespace firn::catalog
