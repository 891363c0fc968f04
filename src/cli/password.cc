#include "cli/password.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "base/errors.h"
#include "catalog/secrets.h"
#include "cli/lake.h"

namespace firn::cli {

namespace {

Error FileError(const std::string& file) { return Error(errors::kStorage, {file, std::strerror(errno)}); }

Status WritePasswordFile(const std::string& file, const std::string& password) {
  int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) return FileError(file);
  std::string line = password + "\n";
  bool written =
      ::write(descriptor, line.data(), line.size()) == static_cast<ssize_t>(line.size()) && ::fsync(descriptor) == 0;
  ::close(descriptor);
  if (!written) return FileError(file);
  return Ok();
}

}  // namespace

Result<std::string> ReadPasswordFile(const std::string& file) {
  struct stat info {};
  if (::stat(file.c_str(), &info) != 0) return FileError(file);
  if ((info.st_mode & 077) != 0) {
    return Error(errors::kInvalidInput, {"password file '" + file + "' may be read by others: chmod 600 it"});
  }
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  if (line.empty()) return Error(errors::kInvalidInput, {"password file '" + file + "' is empty"});
  return line;
}

Result<AdminPassword> FindAdminPassword(const LakeOptions& lake, const std::string& file) {
  AdminPassword password;
  password.file = file;
  const char* given = std::getenv("FIRN_ADMIN_PASSWORD");
  if (given != nullptr) password.text = given;
  if (file.empty()) return password;
  if (::access(file.c_str(), F_OK) == 0) {
    if (password.text.empty()) {
      FIRN_ASSIGN(password.text, ReadPasswordFile(file));
    }
    return password;
  }
  FIRN_ASSIGN(bool is_new, IsNewLake(lake));
  if (!is_new) return password;
  if (password.text.empty()) password.text = catalog::RandomPassword();
  FIRN_TRY(WritePasswordFile(file, password.text));
  return password;
}

}  // namespace firn::cli
