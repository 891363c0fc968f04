#include "storage/s3_xml.h"

#include <charconv>
#include <cstdio>
#include <ctime>
#include <functional>

#include "base/errors.h"

namespace firn::storage {

namespace {

void AppendUtf8(uint32_t code, std::string* out) {
  if (code < 0x80) {
    *out += static_cast<char>(code);
  } else if (code < 0x800) {
    *out += static_cast<char>(0xc0 | (code >> 6));
    *out += static_cast<char>(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    *out += static_cast<char>(0xe0 | (code >> 12));
    *out += static_cast<char>(0x80 | ((code >> 6) & 0x3f));
    *out += static_cast<char>(0x80 | (code & 0x3f));
  } else {
    *out += static_cast<char>(0xf0 | (code >> 18));
    *out += static_cast<char>(0x80 | ((code >> 12) & 0x3f));
    *out += static_cast<char>(0x80 | ((code >> 6) & 0x3f));
    *out += static_cast<char>(0x80 | (code & 0x3f));
  }
}

/// "lt" and "#x41", without & and ;.
bool AppendEntity(std::string_view name, std::string* out) {
  if (name == "lt") return *out += '<', true;
  if (name == "gt") return *out += '>', true;
  if (name == "amp") return *out += '&', true;
  if (name == "quot") return *out += '"', true;
  if (name == "apos") return *out += '\'', true;
  if (!name.starts_with('#')) return false;
  name.remove_prefix(1);
  int base = 10;
  if (name.starts_with('x')) {
    name.remove_prefix(1);
    base = 16;
  }
  uint32_t code = 0;
  auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), code, base);
  if (error != std::errc() || end != name.data() + name.size() || code > 0x10ffff) return false;
  AppendUtf8(code, out);
  return true;
}

bool AppendText(std::string_view raw, std::string* out) {
  while (!raw.empty()) {
    size_t amp = raw.find('&');
    *out += raw.substr(0, amp);
    if (amp == std::string_view::npos) return true;
    size_t end = raw.find(';', amp);
    if (end == std::string_view::npos || !AppendEntity(raw.substr(amp + 1, end - amp - 1), out)) return false;
    raw.remove_prefix(end + 1);
  }
  return true;
}

/// Calls `leave` at the end of every element with its path ("ListBucketResult/Contents/Key") and its own text. False
/// where the text is not well-formed XML.
bool ScanXml(std::string_view xml, const std::function<void(const std::string&, const std::string&)>& leave) {
  std::vector<std::string> texts;
  std::string path;
  auto close = [&] {
    leave(path, texts.back());
    texts.pop_back();
    size_t slash = path.rfind('/');
    path.resize(slash == std::string::npos ? 0 : slash);
  };
  while (!xml.empty()) {
    size_t open = xml.find('<');
    std::string_view text = xml.substr(0, open);
    if (!texts.empty() && !AppendText(text, &texts.back())) return false;
    if (open == std::string_view::npos) break;
    xml.remove_prefix(open);
    if (xml.starts_with("<![CDATA[")) {
      size_t end = xml.find("]]>");
      if (end == std::string_view::npos || texts.empty()) return false;
      texts.back() += xml.substr(9, end - 9);
      xml.remove_prefix(end + 3);
      continue;
    }
    std::string_view ending = xml.starts_with("<!--") ? "-->" : xml.starts_with("<?") ? "?>" : ">";
    size_t end = xml.find(ending);
    if (end == std::string_view::npos) return false;
    std::string_view tag = xml.substr(1, end - 1);
    xml.remove_prefix(end + ending.size());
    if (tag.starts_with('!') || tag.starts_with('?')) continue;
    if (tag.starts_with('/')) {
      std::string_view name = tag.substr(1, tag.find_first_of(" \t\r\n") - 1);
      std::string_view top = std::string_view(path).substr(path.rfind('/') + 1);
      if (texts.empty() || name != top) return false;
      close();
      continue;
    }
    std::string_view name = tag.substr(0, tag.find_first_of(" \t\r\n/"));
    if (name.empty()) return false;
    if (!path.empty()) path += '/';
    path += name;
    texts.emplace_back();
    if (tag.ends_with('/')) close();
  }
  return texts.empty();
}

/// "2026-11-22T10:11:12.345Z"; 0 where it is no such time.
Micros ParseTime(const std::string& text) {
  std::tm utc{};
  int consumed = 0;
  if (std::sscanf(text.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d%n", &utc.tm_year, &utc.tm_mon, &utc.tm_mday, &utc.tm_hour,
                  &utc.tm_min, &utc.tm_sec, &consumed) != 6) {
    return 0;
  }
  utc.tm_year -= 1900;
  utc.tm_mon -= 1;
  Micros fraction = 0, unit = 100000;
  for (size_t i = consumed + 1; i < text.size() && text[consumed] == '.' && isdigit(text[i]) && unit > 0; ++i) {
    fraction += (text[i] - '0') * unit;
    unit /= 10;
  }
  return static_cast<Micros>(::timegm(&utc)) * 1000000 + fraction;
}

/// As S3 encodes keys under encoding-type=url: a blank is `+`.
std::string UrlDecode(const std::string& text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    unsigned code = 0;
    if (text[i] == '+') {
      out += ' ';
    } else if (text[i] == '%' && i + 2 < text.size() &&
               std::from_chars(&text[i + 1], &text[i + 3], code, 16).ptr == &text[i + 3]) {
      out += static_cast<char>(code);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace

Result<S3ListPage> ParseS3ListPage(std::string_view xml, const std::string& where) {
  S3ListPage page;
  ObjectInfo object;
  bool encoded = false, whole = false, sizes = true;
  bool well_formed = ScanXml(xml, [&](const std::string& path, const std::string& text) {
    if (path == "ListBucketResult/Contents/Key") {
      object.path = text;
    } else if (path == "ListBucketResult/Contents/Size") {
      auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), object.size);
      sizes = sizes && error == std::errc() && end == text.data() + text.size();
    } else if (path == "ListBucketResult/Contents/LastModified") {
      object.modified = ParseTime(text);
    } else if (path == "ListBucketResult/Contents") {
      page.objects.push_back(std::exchange(object, {}));
    } else if (path == "ListBucketResult/IsTruncated") {
      page.truncated = text == "true";
    } else if (path == "ListBucketResult/NextContinuationToken") {
      page.next_token = text;
    } else if (path == "ListBucketResult/EncodingType") {
      encoded = text == "url";
    } else if (path == "ListBucketResult") {
      whole = true;
    }
  });
  if (!well_formed || !whole || !sizes) return Error(errors::kStorage, {where, "the listing is not the XML of S3"});
  if (page.truncated && page.next_token.empty()) {
    return Error(errors::kStorage, {where, "the listing is cut off without a token to go on"});
  }
  if (encoded) {
    for (ObjectInfo& listed : page.objects) listed.path = UrlDecode(listed.path);
  }
  return page;
}

S3ErrorBody ParseS3Error(std::string_view xml) {
  S3ErrorBody out;
  bool well_formed = ScanXml(xml, [&](const std::string& path, const std::string& text) {
    if (path == "Error/Code") out.code = text;
    if (path == "Error/Message") out.message = text;
  });
  return well_formed ? out : S3ErrorBody{};
}

}  // namespace firn::storage
