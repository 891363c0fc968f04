#include "pipeline/silver/cell_text.h"

namespace firn::pipeline {

namespace {

constexpr size_t kMicroDigits = 6;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

/// At most six digits of a second (CheckTimestampText lets zeros follow), a blank for the T, and "+hh:mm" for "Z" and
/// the short forms of a zone.
std::string_view TimestampText(std::string_view text, std::string* buffer) {
  *buffer = text;
  if (buffer->size() > 10 && ((*buffer)[10] == 'T' || (*buffer)[10] == 't')) (*buffer)[10] = ' ';
  size_t zone = buffer->find_first_of("Zz+-", std::min<size_t>(10, buffer->size()));
  std::string offset;
  if (zone != std::string::npos) {
    offset = buffer->substr(zone);
    buffer->resize(zone);
    if (offset == "Z" || offset == "z") offset = "+00:00";
    if (offset.size() == 3) offset += ":00";
    if (offset.size() == 5) offset.insert(3, ":");
  }
  const size_t point = buffer->find('.');
  if (point != std::string::npos && buffer->size() > point + 1 + kMicroDigits) buffer->resize(point + 1 + kMicroDigits);
  *buffer += offset;
  return *buffer;
}

std::string_view TimeOfDayText(std::string_view text, std::string* buffer) {
  *buffer = text;
  if (buffer->size() == 5) *buffer += ":00";
  const size_t point = buffer->find('.');
  if (point != std::string::npos && buffer->size() > point + 1 + kMicroDigits) buffer->resize(point + 1 + kMicroDigits);
  return *buffer;
}

/// An integer with an exponent or a fraction of zeros, written out: what CheckValue lets through is below 10^19.
std::string_view IntegerText(const Field& field, std::string* buffer) {
  if (!field.number.exponent && field.raw.find('.') == std::string_view::npos) return field.raw;
  std::string_view text = field.raw.substr(field.number.negative ? 1 : 0);
  const size_t mark = std::min(text.find_first_of("eE"), text.size());
  long exponent = 0;
  if (mark < text.size()) exponent = std::strtol(std::string(text.substr(mark + 1)).c_str(), nullptr, 10);
  text = text.substr(0, mark);
  const size_t point = std::min(text.find('.'), text.size());
  std::string digits;
  for (char c : text) {
    if (IsDigit(c)) digits += c;
  }
  if (digits.find_first_not_of('0') == std::string::npos) return *buffer = "0";
  const long places = static_cast<long>(point) + exponent;  // before the point
  digits.resize(static_cast<size_t>(std::max<long>(places, 1)), '0');
  *buffer = (field.number.negative ? "-" : "") + digits;
  return *buffer;
}

}  // namespace

std::string_view CellText(const ColumnRule& rule, const Field& field, std::string* buffer) {
  switch (rule.type.id) {
    case TypeId::kInteger:
      return IntegerText(field, buffer);
    case TypeId::kVariant:
    case TypeId::kObject:
    case TypeId::kArray:
      return field.raw;
    default:
      break;
  }
  if (field.kind != JsonKind::kString) return field.raw;
  std::string_view text = field.text();
  std::string unescaped;
  if (field.escaped) text = unescaped = Unescape(text);
  switch (rule.type.id) {
    case TypeId::kTimestampLtz:
    case TypeId::kTimestampNtz:
    case TypeId::kTimestampTz:
      return TimestampText(text, buffer);
    case TypeId::kTime:
      return TimeOfDayText(text, buffer);
    default:
      break;
  }
  if (!field.escaped) return text;
  *buffer = std::move(unescaped);
  return *buffer;
}

}  // namespace firn::pipeline
