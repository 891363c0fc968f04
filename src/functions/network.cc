// URLs and addresses: docs.snowflake.com/en/sql-reference/functions/parse_url, /parse_ip
#include <arpa/inet.h>

#include <array>
#include <charconv>

#include "base/ids.h"
#include "functions/families.h"
#include "functions/rows.h"
#include "functions/variant_text.h"

namespace firn::functions {

namespace {

using Members = std::vector<std::pair<std::string, std::string>>;

ObjectOut ObjectOf(const Members& members) {
  std::vector<std::pair<std::string, std::string_view>> views;
  for (const auto& [key, value] : members) views.emplace_back(key, value);
  return {ObjectText(std::move(views))};
}

/// Cuts `rest` behind the last character before `mark` and gives what stood behind it; nullopt where there is none.
std::optional<std::string_view> CutAt(std::string_view* rest, char mark) {
  size_t at = rest->find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view behind = rest->substr(at + 1);
  *rest = rest->substr(0, at);
  return behind;
}
std::string OrNull(const std::optional<std::string_view>& text) { return text ? Quoted(*text) : "null"; }

std::string ParametersIn(std::optional<std::string_view> query) {
  if (!query || query->empty()) return "null";
  Members members;
  std::string_view rest = *query;
  while (!rest.empty()) {
    std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    auto value = CutAt(&pair, '=');
    std::erase_if(members, [&](const auto& member) { return member.first == pair; });
    members.emplace_back(std::string(pair), Quoted(value.value_or("")));
  }
  return ObjectOf(members).text;
}

ObjectOut ParseUrl(std::string_view url, int64_t permissive) {
  std::string_view rest = url;
  size_t colon = url.find(':');
  bool scheme = colon != std::string_view::npos && colon > 0 &&
                url.substr(0, colon).find_first_of("/?#.") == std::string_view::npos;
  if (!scheme) {
    if (permissive == 0) Raise(errors::kInvalidValue, {std::string(url) + ": scheme not specified", "URL"});
    return ObjectOf({{"error", Quoted("scheme not specified")}});
  }
  rest.remove_prefix(colon + 1);
  auto fragment = CutAt(&rest, '#');
  auto query = CutAt(&rest, '?');
  std::optional<std::string_view> host, port;
  if (rest.starts_with("//")) {
    rest.remove_prefix(2);
    std::string_view authority = rest.substr(0, rest.find('/'));
    rest.remove_prefix(std::min(rest.size(), authority.size() + 1));
    size_t mark = authority.rfind(':');
    bool has_port = mark != std::string_view::npos && mark + 1 < authority.size() &&
                    authority.find_first_not_of("0123456789", mark + 1) == std::string_view::npos;
    host = authority.substr(0, has_port ? mark : authority.size());
    if (has_port) port = authority.substr(mark + 1);
  }
  return ObjectOf({{"fragment", OrNull(fragment)},
                   {"host", OrNull(host)},
                   {"parameters", ParametersIn(query)},
                   {"path", Quoted(rest)},
                   {"port", OrNull(port)},
                   {"query", OrNull(query)},
                   {"scheme", Quoted(Lower(url.substr(0, colon)))}});
}

/// The bytes of an address with the bits behind the first `kept` set to `bit`.
template <size_t N>
std::array<uint8_t, N> WithTail(std::array<uint8_t, N> bytes, int kept, bool bit) {
  for (size_t i = 0; i < N; ++i) {
    int whole = std::clamp(kept - static_cast<int>(i) * 8, 0, 8);
    auto mask = static_cast<uint8_t>(0xFF >> whole);
    bytes[i] = static_cast<uint8_t>(bit ? bytes[i] | mask : bytes[i] & ~mask);
  }
  return bytes;
}
uint32_t WordAt(const uint8_t* bytes) {
  return static_cast<uint32_t>(bytes[0]) << 24 | static_cast<uint32_t>(bytes[1]) << 16 |
         static_cast<uint32_t>(bytes[2]) << 8 | bytes[3];
}
template <size_t N>
std::string HexOf(const std::array<uint8_t, N>& bytes) {
  return Quoted(Upper(HexLower(bytes)));
}

/// 'INET' alone is a type; a prefix length behind a slash gives the range too.
ObjectOut ParseIp(std::string_view text, std::string_view type, int64_t permissive) {
  if (!EqualsIgnoreCase(type, "INET")) Raise(errors::kInvalidValue, {std::string(type), "type"});
  std::string_view host = text;
  auto prefix = CutAt(&host, '/');
  std::array<uint8_t, 4> v4{};
  std::array<uint8_t, 16> v6{};
  std::string address(host);
  bool is_v4 = inet_pton(AF_INET, address.c_str(), v4.data()) == 1;
  bool known = is_v4 || inet_pton(AF_INET6, address.c_str(), v6.data()) == 1;
  int length = is_v4 ? 32 : 128;
  if (prefix) {
    int given = -1;
    auto read = std::from_chars(prefix->data(), prefix->data() + prefix->size(), given);
    known =
        known && read.ec == std::errc() && read.ptr == prefix->data() + prefix->size() && given >= 0 && given <= length;
    length = given;
  }
  if (!known) {
    if (permissive == 0) Raise(errors::kInvalidValue, {std::string(text), "IP address"});
    return ObjectOf({{"error", Quoted("not a valid IP address")}});
  }
  std::string fields = is_v4 ? std::to_string(WordAt(v4.data())) + ",0,0,0" : "";
  for (size_t i = 0; i < 16 && !is_v4; i += 4) fields += (i > 0 ? "," : "") + std::to_string(WordAt(v6.data() + i));
  Members out = {{"family", is_v4 ? "4" : "6"},
                 {"host", Quoted(host)},
                 {"ip_fields", "[" + fields + "]"},
                 {"ip_type", "\"inet\""},
                 {"netmask_prefix_length", prefix ? std::to_string(length) : "null"},
                 {"snowflake$type", "\"ip_address\""}};
  out.emplace_back(is_v4 ? "ipv4" : "hex_ipv6", is_v4 ? std::to_string(WordAt(v4.data())) : HexOf(v6));
  for (bool end : {false, true}) {
    if (!prefix) break;
    std::string name = std::string(is_v4 ? "ipv4" : "hex_ipv6") + (end ? "_range_end" : "_range_start");
    out.emplace_back(
        name, is_v4 ? std::to_string(WordAt(WithTail(v4, length, end).data())) : HexOf(WithTail(v6, length, end)));
  }
  return ObjectOf(out);
}

// clang-format off
constexpr std::array kNetwork = {
    Function{"PARSE_IP", "text, type [, permissive = 0]", Native{Rows<ParseIp>}, "PARSE_IP('192.168.242.188/24', 'INET'):ipv4_range_end", "3232297727", "functions/parse_ip"},
    Function{"PARSE_URL", "text [, permissive = 0]", Native{Rows<ParseUrl>}, "PARSE_URL('https://www.snowflake.com/'):host", "www.snowflake.com", "functions/parse_url"},
};
// clang-format on

}  // namespace

std::span<const Function> NetworkFunctions() { return kNetwork; }

}  // namespace firn::functions
