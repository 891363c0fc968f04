// What a path of a store may look like. For the stores of this room and the fault fake; any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace firn::storage {

/// The local store's own unfinished files begin so; no path may have a part that does.
inline constexpr std::string_view kTempPrefix = ".firn-tmp-";

/// UTF-8, parts between single slashes, none of them empty, `.`, `..` or beginning with kTempPrefix, no NUL.
/// Errors: kOutsideLocation (absolute, or a `..` part), kInvalidInput (anything else).
Status CheckPath(std::string_view path);
/// As CheckPath for the complete parts; the last part may be any beginning of a name, and everything may be empty.
Status CheckPrefix(std::string_view prefix);

/// "a/b" of "a/b/c", "" of "c".
std::string_view FolderOf(std::string_view path);

/// `base` + "/" + `path`, or `path` alone where `base` is empty.
std::string JoinPath(std::string_view base, std::string_view path);

/// `uri` below `root` (no slash at its end), one slash at the end dropped. Errors: kOutsideLocation, the root itself
/// among them.
Result<std::string> PathBelow(std::string_view root, std::string_view uri);

}  // namespace firn::storage
