#include "cli/result_print.h"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <optional>
#include <vector>

#include "base/errors.h"
#include "base/types.h"
#include "faces/snowflake/cell_text.h"

namespace firn::cli {

namespace {

namespace json = boost::json;

constexpr size_t kCellWidthMax = 60;  ///< of a table; CSV has no limit
constexpr int64_t kSecondsADay = 86400;
constexpr int kTimeZoneBias = 1440;

struct Column {
  std::string name, type;
};
using Row = std::vector<std::optional<std::string>>;

std::string Padded(int64_t value, int digits) {
  std::string text = std::to_string(value);
  if (text.size() < static_cast<size_t>(digits)) text.insert(0, static_cast<size_t>(digits) - text.size(), '0');
  return text;
}

/// Howard Hinnant, "chrono-compatible low-level date algorithms": civil_from_days.
std::string DateText(int64_t days) {
  days += 719468;
  int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  auto day_of_era = static_cast<unsigned>(days - era * 146097);
  unsigned year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  unsigned shifted = (5 * day_of_year + 2) / 153;
  unsigned day = day_of_year - (153 * shifted + 2) / 5 + 1;
  unsigned month = shifted < 10 ? shifted + 3 : shifted - 9;
  int64_t year = static_cast<int64_t>(year_of_era) + era * 400 + (month <= 2 ? 1 : 0);
  return Padded(year, 4) + "-" + Padded(month, 2) + "-" + Padded(day, 2);
}

/// "3600.500000000" to whole seconds, towards the past, and the digits after the point.
struct Seconds {
  int64_t whole = 0;
  std::string fraction;
};

Seconds SplitSeconds(std::string_view text) {
  size_t dot = std::min(text.find('.'), text.size());
  int digits = static_cast<int>(text.size() - std::min(text.size(), dot + 1));
  faces::Int128 unit = 1;
  for (int i = 0; i < digits; ++i) unit *= 10;
  faces::Int128 scaled = faces::ParseDecimal(text, digits).value_or(0);
  faces::Int128 whole = scaled / unit - (scaled % unit < 0 ? 1 : 0);
  auto rest = static_cast<int64_t>(scaled - whole * unit);
  return {static_cast<int64_t>(whole), digits == 0 ? "" : "." + Padded(rest, digits)};
}

std::string TimeText(const Seconds& seconds) {
  int64_t of_day = ((seconds.whole % kSecondsADay) + kSecondsADay) % kSecondsADay;
  return Padded(of_day / 3600, 2) + ":" + Padded(of_day / 60 % 60, 2) + ":" + Padded(of_day % 60, 2) + seconds.fraction;
}

std::string TimestampText(const Seconds& seconds) {
  int64_t days = seconds.whole / kSecondsADay - (seconds.whole % kSecondsADay < 0 ? 1 : 0);
  return DateText(days) + " " + TimeText(seconds);
}

int64_t Number(std::string_view text) {
  int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// A cell of the protocol as a person writes it.
std::string Shown(const Column& column, const std::string& cell) {
  if (column.type == "boolean") return cell == "1" ? "TRUE" : "FALSE";
  if (column.type == "date") return DateText(Number(cell));
  if (column.type == "time") return TimeText(SplitSeconds(cell));
  if (column.type == "timestamp_ntz") return TimestampText(SplitSeconds(cell));
  if (column.type == "timestamp_ltz") return TimestampText(SplitSeconds(cell)) + " Z";
  if (column.type != "timestamp_tz") return cell;
  size_t blank = std::min(cell.find(' '), cell.size());
  int64_t offset = Number(std::string_view(cell).substr(std::min(blank + 1, cell.size()))) - kTimeZoneBias;
  Seconds seconds = SplitSeconds(std::string_view(cell).substr(0, blank));
  seconds.whole += offset * 60;
  int64_t distance = offset < 0 ? -offset : offset;
  return TimestampText(seconds) + (offset < 0 ? " -" : " +") + Padded(distance / 60, 2) + Padded(distance % 60, 2);
}

std::string Text(const json::value& value) {
  return value.is_string() ? std::string(value.get_string().data(), value.get_string().size()) : json::serialize(value);
}

Error NoAnswer() { return Error(errors::kInvalidInput, {"the server's answer is not of the Snowflake protocol"}); }

Status AppendRows(const json::value& rows, const std::vector<Column>& columns, std::vector<Row>* out) {
  if (!rows.is_array()) return NoAnswer();
  for (const json::value& row : rows.get_array()) {
    if (!row.is_array() || row.get_array().size() != columns.size()) return NoAnswer();
    Row& shown = out->emplace_back();
    for (size_t i = 0; i < columns.size(); ++i) {
      const json::value& cell = row.get_array()[i];
      shown.push_back(cell.is_null() ? std::nullopt : std::optional(Shown(columns[i], Text(cell))));
    }
  }
  return Ok();
}

/// Characters, not bytes.
size_t Width(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

/// On one line and not too wide.
std::string Squeezed(const std::string& text) {
  std::string out;
  size_t width = 0;
  for (char c : text) {
    if ((c & 0xC0) != 0x80 && ++width > kCellWidthMax) return out + "…";
    out += c == '\n' || c == '\r' || c == '\t' ? ' ' : c;
  }
  return out;
}

void PrintTable(const std::vector<Column>& columns, const std::vector<Row>& rows, std::FILE* out) {
  std::vector<std::vector<std::string>> lines(1);
  for (const Column& column : columns) lines[0].push_back(Squeezed(column.name));
  for (const Row& row : rows) {
    auto& line = lines.emplace_back();
    for (const auto& cell : row) line.push_back(cell ? Squeezed(*cell) : "NULL");
  }
  std::vector<size_t> widths(columns.size());
  for (const auto& line : lines) {
    for (size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], Width(line[i]));
  }
  for (size_t n = 0; n < lines.size(); ++n) {
    std::string text;
    for (size_t i = 0; i < columns.size(); ++i) {
      size_t pad = widths[i] - Width(lines[n][i]);
      bool right = n > 0 && (columns[i].type == "fixed" || columns[i].type == "real");
      text += i == 0 ? " " : " | ";
      if (right) text.append(pad, ' ');
      text += lines[n][i];
      if (!right && i + 1 < columns.size()) text.append(pad, ' ');
    }
    std::fprintf(out, "%s\n", text.c_str());
    if (n > 0) continue;
    std::string rule;
    for (size_t i = 0; i < columns.size(); ++i) rule += (i == 0 ? "" : "+") + std::string(widths[i] + 2, '-');
    std::fprintf(out, "%s\n", rule.c_str());
  }
  std::fprintf(out, "(%zu %s)\n", rows.size(), rows.size() == 1 ? "row" : "rows");
}

std::string CsvCell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos && !text.empty()) return text;
  std::string out = "\"";
  for (char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

void PrintCsv(const std::vector<Column>& columns, const std::vector<Row>& rows, std::FILE* out) {
  std::string line;
  for (const Column& column : columns) line += (line.empty() ? "" : ",") + CsvCell(column.name);
  std::fprintf(out, "%s\n", line.c_str());
  for (const Row& row : rows) {
    line.clear();
    for (size_t i = 0; i < row.size(); ++i) line += (i == 0 ? "" : ",") + (row[i] ? CsvCell(*row[i]) : "");
    std::fprintf(out, "%s\n", line.c_str());
  }
}

Result<json::value> Parse(std::string_view text) {
  json::error_code code;
  json::value value = json::parse(json::string_view(text.data(), text.size()), code);
  if (code) return NoAnswer();
  return value;
}

Result<std::vector<Row>> Rows(const json::object& data, const std::vector<Column>& columns, const FetchChunk& fetch) {
  std::vector<Row> rows;
  const json::value* first = data.if_contains("rowset");
  if (first == nullptr) return NoAnswer();
  FIRN_TRY(AppendRows(*first, columns, &rows));
  const json::value* chunks = data.if_contains("chunks");
  if (chunks == nullptr || !chunks->is_array()) return rows;
  for (const json::value& chunk : chunks->get_array()) {
    const json::value* url = chunk.is_object() ? chunk.get_object().if_contains("url") : nullptr;
    if (url == nullptr) return NoAnswer();
    FIRN_ASSIGN(std::string text, fetch(Text(*url)));
    FIRN_ASSIGN(json::value part, Parse("[" + text + "]"));
    FIRN_TRY(AppendRows(part, columns, &rows));
  }
  return rows;
}

}  // namespace

Result<bool> PrintAnswer(const std::string& body, PrintFormat format, const FetchChunk& fetch, std::FILE* out) {
  FIRN_ASSIGN(json::value answer, Parse(body));
  if (!answer.is_object()) return NoAnswer();
  const json::object& object = answer.get_object();
  const json::value *success = object.if_contains("success"), *data = object.if_contains("data");
  if (success == nullptr || data == nullptr) return NoAnswer();
  if (*success != json::value(true)) {
    const json::value *code = object.if_contains("code"), *message = object.if_contains("message");
    std::fprintf(stderr, "%s: %s\n", code ? Text(*code).c_str() : "error", message ? Text(*message).c_str() : "");
    return false;
  }
  const json::value* types = data->is_object() ? data->get_object().if_contains("rowtype") : nullptr;
  if (types == nullptr || !types->is_array()) return NoAnswer();
  std::vector<Column> columns;
  for (const json::value& type : types->get_array()) {
    const json::value* name = type.is_object() ? type.get_object().if_contains("name") : nullptr;
    const json::value* word = type.is_object() ? type.get_object().if_contains("type") : nullptr;
    if (name == nullptr || word == nullptr) return NoAnswer();
    columns.push_back({Text(*name), Text(*word)});
  }
  FIRN_ASSIGN(auto rows, Rows(data->get_object(), columns, fetch));
  (format == PrintFormat::kCsv ? PrintCsv : PrintTable)(columns, rows, out);
  return true;
}

void PrintRows(const std::vector<std::string>& names, const std::vector<std::vector<std::optional<std::string>>>& rows,
               std::FILE* out) {
  std::vector<Column> columns;
  for (const std::string& name : names) columns.push_back({name, "text"});
  PrintTable(columns, rows, out);
}

}  // namespace firn::cli
