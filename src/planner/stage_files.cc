// The files of a stage, and whether they may be read.
#include <algorithm>
#include <filesystem>
#include <regex>

#include "base/errors.h"
#include "base/file_errors.h"
#include "planner/stage_scan.h"
#include "sql/parser.h"

namespace firn::planner {

namespace {

namespace fs = std::filesystem;
constexpr std::string_view kFileScheme = "file://";

bool Under(const std::string& path, const std::string& folder) {
  return !folder.empty() && path.starts_with(folder) &&
         (path.size() == folder.size() || path[folder.size()] == '/' || folder.back() == '/');
}

/// Under an allowed folder, and not in the data folder.
bool Allowed(const StatementContext& context, const std::string& real) {
  const session::Node& node = context.session.node();
  if (Under(real, node.data_folder) || Under(real, node.local_folder)) return false;
  return std::any_of(node.allow_dirs.begin(), node.allow_dirs.end(),
                     [&](const std::string& folder) { return Under(real, folder); });
}

Error NotAllowed(const std::string& path) {
  return Error(errors::kOutsideLocation, {path, "the folders that --allow-dir names"});
}

struct Place {
  std::string root;  ///< of the stage, "/dir/" ; "" for a bare URL
  std::string path;  ///< where to look: a file, a folder, or the beginning of names
};

Result<Place> PlaceOf(StatementContext& context, sql::StageLocation& location) {
  std::string url;
  if (location.kind == sql::StageLocation::Kind::kUrl) {
    url = location.path;
  } else if (location.kind == sql::StageLocation::Kind::kNamed) {
    FIRN_TRY(SettleName(context, &location.name));
    FIRN_ASSIGN(auto stage, FindInSchema(context, location.name, catalog::ObjectKind::kStage));
    url = stage->As<catalog::StageInfo>()->url;
    if (url.empty()) return Error(errors::kUnsupported, {"reading internal stages"}, location.at);
  } else {
    return Error(errors::kUnsupported, {"user and table stages"}, location.at);
  }
  if (!url.starts_with(kFileScheme)) return Error(errors::kUnsupported, {"stages other than file://"}, location.at);
  Place place;
  place.path = url.substr(kFileScheme.size());
  if (location.kind == sql::StageLocation::Kind::kNamed) {
    if (!place.path.ends_with("/")) place.path += "/";
    place.root = place.path;
    place.path += location.path;
  }
  return place;
}

Status AddFile(const StatementContext& context, const Place& place, const fs::path& path,
               std::vector<StageFile>* found) {
  std::error_code error;
  std::string real = fs::canonical(path, error).string();
  if (error || !Allowed(context, real)) return NotAllowed(path.string());
  if (found->size() >= kStageFilesMax) {
    return Error(errors::kLimit, {"the number of files of a stage", std::to_string(kStageFilesMax), "files"});
  }
  StageFile file{.path = real, .name = path.string(), .size = 0, .modified = 0};
  if (!place.root.empty() && file.name.starts_with(place.root)) file.name = file.name.substr(place.root.size());
  file.size = static_cast<int64_t>(fs::file_size(real, error));
  auto written = fs::last_write_time(real, error);
  file.modified =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::file_clock::to_sys(written).time_since_epoch())
          .count();
  found->push_back(std::move(file));
  return Ok();
}

/// All files whose path begins with `place.path`.
Status AddUnder(const StatementContext& context, const Place& place, std::vector<StageFile>* found) {
  std::error_code error;
  fs::path start(place.path);
  if (fs::is_regular_file(start, error)) return AddFile(context, place, start, found);
  fs::path folder = fs::is_directory(start, error) ? start : start.parent_path();
  if (std::string real = fs::weakly_canonical(folder, error).string(); error || !Allowed(context, real)) {
    return NotAllowed(place.path);
  }
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (!it->is_regular_file(error) || !it->path().string().starts_with(place.path)) continue;
    FIRN_TRY(AddFile(context, place, it->path(), found));
  }
  return Ok();
}

}  // namespace

Result<std::vector<StageFile>> ListStage(StatementContext& context, sql::StageLocation& location,
                                         const std::vector<std::string>& files,
                                         const std::optional<std::string>& pattern) {
  FIRN_ASSIGN(Place place, PlaceOf(context, location));
  std::vector<StageFile> found;
  for (const std::string& name : files) {
    fs::path path = fs::path(place.path) / name;
    std::error_code error;
    if (!fs::is_regular_file(path, error)) {
      return Error(errors::kFileNotFound, {location.text + (location.text.ends_with("/") ? "" : "/") + name},
                   location.at);
    }
    FIRN_TRY(AddFile(context, place, path, &found));
  }
  if (files.empty()) FIRN_TRY(AddUnder(context, place, &found));
  if (pattern) {
    try {
      std::regex wanted(*pattern);
      std::erase_if(found, [&](const StageFile& file) { return !std::regex_match(file.name, wanted); });
    } catch (const std::regex_error& error) {
      return Error(errors::kInvalidValue, {*pattern, "PATTERN"}, location.at);
    }
  }
  std::sort(found.begin(), found.end(), [](const StageFile& a, const StageFile& b) { return a.name < b.name; });
  return found;
}

Result<std::string> StageTarget(StatementContext& context, sql::StageLocation& location) {
  FIRN_ASSIGN(Place place, PlaceOf(context, location));
  const size_t slash = place.path.rfind('/');
  if (slash == std::string::npos) return NotAllowed(place.path);
  const std::string name = place.path.substr(slash + 1);
  std::error_code error;
  // As far as it is there already, with its links followed; then as it is.
  if (std::string real = fs::weakly_canonical(place.path.substr(0, slash + 1), error).string();
      error || !Allowed(context, real) || name == "." || name == "..") {
    return NotAllowed(place.path);
  }
  fs::create_directories(place.path.substr(0, slash + 1), error);
  if (error) return Error(errors::kStorage, {place.path, error.message()});
  const std::string real = fs::canonical(place.path.substr(0, slash + 1), error).string();
  if (error || !Allowed(context, real)) return NotAllowed(place.path);
  return real + "/" + name;
}

std::string FileFormat::Text(const std::string& name, const char* otherwise) const {
  auto found = options.find(name);
  return found == options.end() ? otherwise : found->second;
}

bool FileFormat::Flag(const std::string& name, bool otherwise) const {
  return Text(name, otherwise ? "true" : "false") == "true";
}

namespace {

Status TakeNamed(StatementContext& context, const sql::ObjectName& name, FileFormat* format) {
  FIRN_ASSIGN(auto object, FindInSchema(context, name, catalog::ObjectKind::kFileFormat));
  const auto& info = *object->As<catalog::FileFormatInfo>();
  format->type = info.type;
  format->options = info.options;
  return Ok();
}

}  // namespace

Result<FileFormat> FormatOf(StatementContext& context, sql::StageLocation& location,
                            const std::optional<sql::ObjectName>& name) {
  FileFormat format;
  if (location.kind == sql::StageLocation::Kind::kNamed && !name) {
    FIRN_ASSIGN(auto stage, FindInSchema(context, location.name, catalog::ObjectKind::kStage));
    catalog::OptionMap options = stage->As<catalog::StageInfo>()->file_format;
    if (auto named = options.find("FORMAT_NAME"); named != options.end()) {
      FIRN_ASSIGN(sql::ObjectName parsed, sql::ParseObjectName(named->second));
      FIRN_TRY(TakeNamed(context, parsed, &format));
    } else if (!options.empty()) {
      if (!options["TYPE"].empty()) format.type = options["TYPE"];
      options.erase("TYPE");
      format.options = std::move(options);
    }
  }
  if (name) FIRN_TRY(TakeNamed(context, *name, &format));
  return format;
}

std::vector<std::string> ListOption(const FileFormat& format, const std::string& name, const char* otherwise) {
  std::string text = format.Text(name, otherwise);
  std::vector<std::string> items;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\'') continue;
    std::string item;
    for (++i; i < text.size(); ++i) {
      if (text[i] == '\'' && (i + 1 >= text.size() || text[i + 1] != '\'')) break;
      if (text[i] == '\'') ++i;
      item += text[i];
    }
    items.push_back(std::move(item));
  }
  return items;
}

}  // namespace firn::planner
