#include "storage/store_path.h"

#include "base/errors.h"

namespace firn::storage {

namespace {

constexpr const char* kRootName = "the store";

bool IsUtf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    auto first = static_cast<unsigned char>(text[i]);
    if (first < 0x80) {
      ++i;
      continue;
    }
    if (first < 0xc2 || first > 0xf4) return false;
    size_t more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
    if (text.size() - i <= more) return false;
    uint32_t code = first & (0x3f >> more);
    for (size_t k = 1; k <= more; ++k) {
      auto next = static_cast<unsigned char>(text[i + k]);
      if ((next & 0xc0) != 0x80) return false;
      code = (code << 6) | (next & 0x3f);
    }
    // Overlong forms, surrogates, and what lies beyond Unicode.
    if ((more == 2 && code < 0x800) || (more == 3 && (code < 0x10000 || code > 0x10ffff))) return false;
    if (code >= 0xd800 && code <= 0xdfff) return false;
    i += more + 1;
  }
  return true;
}

Error Outside(std::string_view path) { return {errors::kOutsideLocation, {std::string(path), kRootName}}; }

Error NotAPath(std::string_view path, const char* why) {
  return {errors::kInvalidInput, {"'" + std::string(path) + "' is not a path in storage: " + why}};
}

/// Everything but the last part when `last_may_be_partial`.
Status CheckParts(std::string_view path, bool last_may_be_partial) {
  if (path.starts_with('/')) return Outside(path);
  if (path.find('\0') != std::string_view::npos) return NotAPath(path.substr(0, path.find('\0')), "it holds a NUL");
  size_t from = 0;
  while (true) {
    size_t slash = path.find('/', from);
    bool last = slash == std::string_view::npos;
    std::string_view part = path.substr(from, last ? std::string_view::npos : slash - from);
    if (!(last && last_may_be_partial)) {
      if (part == "..") return Outside(path);
      if (part.empty()) return NotAPath(path, "a part is empty");
      if (part == ".") return NotAPath(path, "a part is '.'");
      if (part.starts_with(kTempPrefix)) return NotAPath(path, "a part begins with the name of unfinished files");
    }
    if (last) break;
    from = slash + 1;
  }
  if (!last_may_be_partial && !IsUtf8(path)) return NotAPath(path, "it is not UTF-8");
  return Ok();
}

}  // namespace

Status CheckPath(std::string_view path) { return CheckParts(path, false); }

Status CheckPrefix(std::string_view prefix) { return CheckParts(prefix, true); }

std::string_view FolderOf(std::string_view path) {
  size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

std::string JoinPath(std::string_view base, std::string_view path) {
  if (base.empty()) return std::string(path);
  std::string out(base);
  out += '/';
  out += path;
  return out;
}

Result<std::string> PathBelow(std::string_view root, std::string_view uri) {
  Error outside{errors::kOutsideLocation, {std::string(uri), std::string(root)}};
  if (!uri.starts_with(root)) return outside;
  std::string_view path = uri.substr(root.size());
  if (!path.starts_with('/')) return outside;
  path.remove_prefix(1);
  if (path.ends_with('/')) path.remove_suffix(1);
  if (!CheckPath(path).ok()) return outside;
  return std::string(path);
}

}  // namespace firn::storage
