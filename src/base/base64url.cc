#include "base/base64url.h"

#include "base/ids.h"

namespace firn {

std::string Base64Url(std::string_view bytes) {
  std::string out = Base64(bytes);
  for (char& c : out) c = c == '+' ? '-' : c == '/' ? '_' : c;
  while (out.ends_with('=')) out.pop_back();
  return out;
}

bool FromBase64Url(std::string_view text, std::string* out) {
  std::string base64(text);
  for (char& c : base64) c = c == '-' ? '+' : c == '_' ? '/' : c;
  base64.append((4 - base64.size() % 4) % 4, '=');
  return FromBase64(base64, out) && Base64Url(*out) == text;
}

}  // namespace firn
