#include "http/message.h"

#include <boost/beast/core/string.hpp>

#include "http/head.h"

namespace firn::http {

void Headers::Add(std::string_view name, std::string_view value) {
  if (places_.empty()) {  // room for most heads, so that they need not grow
    places_.reserve(8);
    text_.reserve(240);
  }
  const auto name_at = static_cast<uint32_t>(text_.size());
  text_ += name;
  const auto value_at = static_cast<uint32_t>(text_.size());
  text_ += value;
  places_.push_back({name_at, static_cast<uint32_t>(name.size()), value_at, static_cast<uint32_t>(value.size())});
}

Headers::Field Headers::operator[](size_t index) const {
  const Place& place = places_[index];
  const std::string_view text = text_;
  return {text.substr(place.name_at, place.name_size), text.substr(place.value_at, place.value_size)};
}

std::optional<std::string_view> Headers::Find(std::string_view name) const {
  for (const Place& place : places_) {
    if (place.name_size != name.size()) continue;
    if (boost::beast::iequals({text_.data() + place.name_at, place.name_size}, {name.data(), name.size()})) {
      return std::string_view(text_).substr(place.value_at, place.value_size);
    }
  }
  return std::nullopt;
}

void Headers::Clear() {
  text_.clear();
  places_.clear();
}

std::string_view Request::PathParameter(std::string_view name) const {
  for (const auto& [key, value] : path_parameters) {
    if (key == name) return value;
  }
  return {};
}

std::optional<std::string_view> Request::QueryParameter(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return std::nullopt;
}

Response ErrorResponse(int status, std::string_view message) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string json = "{\"error\":{\"code\":" + std::to_string(status) + ",\"type\":\"";
  json += ReasonPhrase(status);
  json += "\",\"message\":\"";
  for (const char c : message) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      json += '\\';
      json += c;
    } else if (byte < 0x20 || byte >= 0x7f) {
      // Beyond ASCII the bytes may be no UTF-8 at all (they echo the request), so they are shown as Latin-1.
      json += "\\u00";
      json += kHex[byte >> 4];
      json += kHex[byte & 15];
    } else {
      json += c;
    }
  }
  json += "\"}}";
  return Response::Json(status, std::move(json));
}

}  // namespace firn::http
