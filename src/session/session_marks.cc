#include "session/session_marks.h"

#include <sys/stat.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/ids.h"
#include "base/log.h"
#include "session/fields.h"

namespace firn::session {

namespace {

constexpr const char* kVersion = "1";

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

}  // namespace

SessionMarks::SessionMarks(std::string folder) : folder_(std::move(folder)) {
  if (folder_.empty()) return;
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  ::chmod(folder_.c_str(), 0700);
  boot_ = ReadFile("/proc/sys/kernel/random/boot_id");
  if (error || boot_.empty()) folder_.clear();
}

std::string SessionMarks::PathOf(int64_t session_id) const { return folder_ + "/" + std::to_string(session_id); }

void SessionMarks::Write(int64_t session_id, const SessionMark& mark) {
  if (folder_.empty()) return;
  std::string text;
  for (std::string_view field :
       {std::string_view(kVersion), std::string_view(boot_), std::string_view(mark.role),
        std::string_view(mark.secondary_roles), std::string_view(mark.database), std::string_view(mark.schema),
        std::string_view(mark.warehouse), std::string_view(mark.lost_with_process ? "1" : "0")}) {
    AppendField(field, &text);
  }
  for (const auto& [name, value] : mark.parameters) {
    AppendField(name, &text);
    AppendField(value, &text);
  }
  // Not synced: it has to outlive the process, and marks of before a reboot are not believed.
  std::string path = PathOf(session_id), temporary = path + ".new";
  std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  if (!out || std::rename(temporary.c_str(), path.c_str()) != 0) {
    log::warn("cannot write the mark of a session in {}", folder_);
    std::remove(path.c_str());
  }
}

void SessionMarks::Remove(int64_t session_id) {
  if (!folder_.empty()) std::remove(PathOf(session_id).c_str());
}

std::optional<SessionMark> SessionMarks::Read(int64_t session_id) const {
  if (folder_.empty()) return std::nullopt;
  std::string text = ReadFile(PathOf(session_id));
  std::string_view rest = text;
  SessionMark mark;
  std::string version, boot, lost;
  for (std::string* field :
       {&version, &boot, &mark.role, &mark.secondary_roles, &mark.database, &mark.schema, &mark.warehouse, &lost}) {
    auto value = TakeField(&rest);
    if (!value) return std::nullopt;
    *field = *std::move(value);
  }
  if (version != kVersion || boot != boot_) return std::nullopt;
  mark.lost_with_process = lost != "0";
  while (!rest.empty()) {
    auto name = TakeField(&rest), value = TakeField(&rest);
    if (!name || !value) return std::nullopt;
    mark.parameters[*name] = *value;
  }
  return mark;
}

void SessionMarks::RemoveOlder(Micros before) {
  if (folder_.empty()) return;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, error)) {
    struct stat info {};
    if (::stat(entry.path().c_str(), &info) == 0 && Micros{info.st_mtime} * 1'000'000 < before) {
      std::remove(entry.path().c_str());
    }
  }
}

}  // namespace firn::session
