#include "engine/csv_format.h"

#include <algorithm>

#include "base/file_errors.h"

namespace firn::engine {

namespace {

bool IsBlank(char c) { return c == ' ' || c == '\t'; }

/// What an escaped character means.
char Meaning(char c) {
  switch (c) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return c;
  }
}

}  // namespace

CsvParser::CsvParser(const CsvFormat& format)
    : format_(format), bare_escape_(format.escape != '\0' ? format.escape : format.escape_bare) {
  auto mark = [&](char c) { special_[static_cast<unsigned char>(c)] = true; };
  if (!format_.field_delimiter.empty()) mark(format_.field_delimiter[0]);
  if (!format_.record_delimiter.empty()) mark(format_.record_delimiter[0]);
  if (bare_escape_ != '\0') mark(bare_escape_);
}

size_t CsvParser::EnclosedEnd(std::string_view text, size_t from) const {
  size_t i = from + 1;
  for (; i < text.size(); ++i) {
    if (format_.escape != '\0' && text[i] == format_.escape && format_.escape != format_.enclosed) {
      ++i;
    } else if (text[i] == format_.enclosed) {
      if (i + 1 < text.size() && text[i + 1] == format_.enclosed) {
        ++i;
      } else {
        return i + 1;
      }
    }
  }
  return std::string_view::npos;
}

std::optional<size_t> CsvParser::RecordEnd(std::string_view text, size_t from) const {
  if (format_.record_delimiter.empty()) return std::nullopt;
  bool field_start = true;
  for (size_t i = from; i < text.size();) {
    char c = text[i];
    if (field_start && format_.enclosed != '\0' && c == format_.enclosed) {
      size_t end = EnclosedEnd(text, i);
      // A quote as the last byte that is there may be the first half of a doubled one.
      if (end == std::string_view::npos || end == text.size()) return std::nullopt;
      i = end;
      field_start = false;
      continue;
    }
    if (!special_[static_cast<unsigned char>(c)]) {
      field_start = field_start && format_.trim && IsBlank(c);
      ++i;
    } else if (bare_escape_ != '\0' && c == bare_escape_) {
      i += 2;
      field_start = false;
    } else if (At(text, i, format_.record_delimiter)) {
      return i + format_.record_delimiter.size();
    } else if (At(text, i, format_.field_delimiter)) {
      i += format_.field_delimiter.size();
      field_start = true;
    } else {
      ++i;
      field_start = false;
    }
  }
  return std::nullopt;
}

std::string_view CsvParser::Trimmed(std::string_view record) const {
  if (!format_.record_delimiter.empty() && record.ends_with(format_.record_delimiter)) {
    record.remove_suffix(format_.record_delimiter.size());
  }
  if (format_.record_delimiter == "\n" && record.ends_with('\r')) record.remove_suffix(1);
  return record;
}

std::string_view CsvParser::Unescaped(std::string_view raw, char escape, bool doubled) {
  bool any = (escape != '\0' && raw.find(escape) != std::string_view::npos) ||
             (doubled && raw.find(format_.enclosed) != std::string_view::npos);
  if (!any) return raw;
  if (used_ == memory_.size()) memory_.emplace_back();
  std::string& out = memory_[used_++];
  out.clear();
  for (size_t i = 0; i < raw.size(); ++i) {
    if (escape != '\0' && raw[i] == escape && i + 1 < raw.size()) {
      out += Meaning(raw[++i]);
    } else {
      out += raw[i];
      if (doubled && raw[i] == format_.enclosed && i + 1 < raw.size() && raw[i + 1] == format_.enclosed) ++i;
    }
  }
  return out;
}

Status CsvParser::Split(std::string_view record, std::vector<CsvField>* fields) {
  fields->clear();
  used_ = 0;
  size_t at = 0;
  while (true) {
    CsvField field{.text = {}, .enclosed = false, .start = at};
    size_t from = at;
    while (format_.trim && from < record.size() && IsBlank(record[from])) ++from;
    size_t end = from;
    if (format_.enclosed != '\0' && from < record.size() && record[from] == format_.enclosed) {
      end = EnclosedEnd(record, from);
      if (end == std::string_view::npos) return Error(errors::kEndOfRecord, {std::to_string(fields->size() + 1)});
      field.enclosed = true;
      field.text = Unescaped(record.substr(from + 1, end - from - 2), format_.escape, true);
      while (format_.trim && end < record.size() && IsBlank(record[end])) ++end;
      if (end < record.size() && !At(record, end, format_.field_delimiter)) {
        return Error(errors::kFoundCharacter, {std::string(1, record[end]), format_.field_delimiter});
      }
    } else {
      while (end < record.size() && !At(record, end, format_.field_delimiter)) {
        end += bare_escape_ != '\0' && record[end] == bare_escape_ ? 2 : 1;
      }
      end = std::min(end, record.size());
      std::string_view raw = record.substr(from, end - from);
      while (format_.trim && !raw.empty() && IsBlank(raw.back())) raw.remove_suffix(1);
      bool null = std::find(format_.null_if.begin(), format_.null_if.end(), raw) != format_.null_if.end();
      field.text = null ? raw : Unescaped(raw, bare_escape_, false);
    }
    fields->push_back(field);
    if (end >= record.size()) return Ok();
    at = end + format_.field_delimiter.size();
  }
}

bool CsvParser::IsNull(const CsvField& field) const {
  if (field.text.empty() && !field.enclosed && format_.empty_is_null) return true;
  return std::find(format_.null_if.begin(), format_.null_if.end(), field.text) != format_.null_if.end();
}

namespace {

std::string Quoted(std::string_view text) {
  std::string out = "'";
  for (char c : text) out += c == '\'' ? "''" : std::string(1, c);
  return out + "'";
}

std::string List(const std::vector<std::string>& texts) {
  std::string out = "CAST([";
  for (const std::string& text : texts) out += (out.back() == '[' ? "" : ", ") + Quoted(text);
  return out + "] AS VARCHAR[])";
}

std::string Character(char c) { return c == '\0' ? "''" : Quoted(std::string(1, c)); }

}  // namespace

std::string CsvCall(const CsvFormat& format, const std::vector<std::string>& paths, size_t columns, size_t width,
                    bool tolerant) {
  auto truth = [](bool value) { return value ? "true" : "false"; };
  std::string call = "\"firn$csv\"(" + List(paths) + ", columns = " + std::to_string(columns);
  call += ", width = " + std::to_string(width) + ", tolerant = " + truth(tolerant);
  call += ", field_delimiter = " + Quoted(format.field_delimiter);
  call += ", record_delimiter = " + Quoted(format.record_delimiter);
  call += ", enclosed = " + Character(format.enclosed) + ", escape = " + Character(format.escape);
  call += ", escape_bare = " + Character(format.escape_bare) + ", null_if = " + List(format.null_if);
  call += std::string(", empty_is_null = ") + truth(format.empty_is_null) + ", trim = " + truth(format.trim);
  call += std::string(", skip_blank = ") + truth(format.skip_blank);
  call += std::string(", replace_invalid = ") + truth(format.replace_invalid);
  call += std::string(", skip_byte_order_mark = ") + truth(format.skip_byte_order_mark);
  call += ", skip_header = " + std::to_string(format.skip_header) + ", encoding = " + Quoted(format.encoding);
  return call + ", compression = " + Quoted(format.compression) + ")";
}

}  // namespace firn::engine
