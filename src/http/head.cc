#include "http/head.h"

#include <charconv>
#include <cstdio>
#include <ctime>

namespace firn::http {

std::string_view ReasonPhrase(int status) {
  switch (status) {
    case 100:
      return "Continue";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    case 507:
      return "Insufficient Storage";
    default:
      return "Unknown";
  }
}

bool StatusHasBody(int status) { return status >= 200 && status != 204 && status != 304; }

namespace {

void AppendNumber(uint64_t number, std::string* out) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out->append(digits, end);
}

void AppendValue(std::string_view value, std::string* out) {
  for (const char c : value) out->push_back(c == '\r' || c == '\n' || c == '\0' ? ' ' : c);
}

}  // namespace

void AppendHead(const Response& response, const Framing& framing, std::string_view date_line, std::string* out) {
  *out += framing.http10 ? "HTTP/1.0 " : "HTTP/1.1 ";
  AppendNumber(static_cast<uint64_t>(response.status), out);
  *out += ' ';
  *out += ReasonPhrase(response.status);
  *out += "\r\n";
  *out += date_line;
  if (!response.content_type.empty() && StatusHasBody(response.status)) {
    *out += "Content-Type: ";
    AppendValue(response.content_type, out);
    *out += "\r\n";
  }
  if (framing.content_length) {
    *out += "Content-Length: ";
    AppendNumber(*framing.content_length, out);
    *out += "\r\n";
  } else if (framing.chunked) {
    *out += "Transfer-Encoding: chunked\r\n";
  }
  if (framing.close) {
    *out += "Connection: close\r\n";
  } else if (framing.http10) {
    *out += "Connection: keep-alive\r\n";
  }
  for (size_t i = 0; i < response.headers.size(); ++i) {
    const Headers::Field field = response.headers[i];
    AppendValue(field.name, out);
    *out += ": ";
    AppendValue(field.value, out);
    *out += "\r\n";
  }
  *out += "\r\n";
}

std::string DateLine(Micros now) {
  constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto seconds = static_cast<std::time_t>(now / 1'000'000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[64];
  const int size = std::snprintf(text, sizeof text, "Date: %s, %02d %s %d %02d:%02d:%02d GMT\r\n", kDays[parts.tm_wday],
                                 parts.tm_mday, kMonths[parts.tm_mon], parts.tm_year + 1900, parts.tm_hour,
                                 parts.tm_min, parts.tm_sec);
  return std::string(text, static_cast<size_t>(size));
}

}  // namespace firn::http
