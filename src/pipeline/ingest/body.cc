#include "pipeline/ingest/body.h"

#include <algorithm>
#include <cstring>

#include "pipeline/ingest/row_reader.h"
#include "pipeline/ingest/token_index.h"

namespace firn::pipeline {

namespace {

constexpr std::string_view kBlanks = " \n\r\t";
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
/// So much is indexed at once: the index takes up to four times that.
constexpr size_t kWindow = 4 << 20;
constexpr size_t kLinesWindow = 1 << 20;

std::string_view TrimFront(std::string_view text) {
  const size_t at = text.find_first_not_of(kBlanks);
  return at == std::string_view::npos ? text.substr(text.size()) : text.substr(at);
}

std::string_view Trim(std::string_view text) {
  text = TrimFront(text);
  return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

/// Behind the value that `text` begins with, by brackets and quotes alone; npos where it is not closed.
size_t ValueEnd(std::string_view text) {
  size_t open = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    switch (text[i]) {
      case '"':
        ++i;
        while (true) {
          i = text.find_first_of("\"\\", i);
          if (i == std::string_view::npos) return i;
          if (text[i] == '"') break;
          i += 2;
        }
        break;
      case '{':
      case '[':
        ++open;
        continue;
      case '}':
      case ']':
        if (open == 0) return i;
        --open;
        break;
      case ',':
      case ' ':
      case '\n':
      case '\r':
      case '\t':
        if (open == 0) return i;
        continue;
      default:
        continue;
    }
    if (open == 0) return i + 1;
  }
  return open == 0 ? text.size() : std::string_view::npos;
}

/// Where a string is not closed or has a control character.
const char* StringFault(std::string_view text) {
  for (size_t i = text.find('"'); i != std::string_view::npos; i = text.find('"', i + 1)) {
    const size_t begin = i;
    for (++i; i < text.size() && text[i] != '"'; ++i) {
      if (static_cast<uint8_t>(text[i]) < 0x20) return text.data() + i;
      if (text[i] == '\\') ++i;
    }
    if (i >= text.size()) return text.data() + begin;
  }
  return text.data() + text.size();
}

}  // namespace

class BodyParser::Impl {
 public:
  explicit Impl(const BodyLimits& limits) : limits_(limits), reader_(limits) {}

  std::optional<BodyError> Parse(std::string_view body, BodyFormat format, RowSink& sink) {
    begin_ = body.data();
    sink_ = &sink;
    rows_ = 0;
    fault_.reset();
    if (body.size() > limits_.body_bytes) {
      return BodyError{
          BodyFault::kTooLarge, limits_.body_bytes,
          "the body has " + std::to_string(body.size()) + " bytes; at most " + std::to_string(limits_.body_bytes)};
    }
    if (body.starts_with(kByteOrderMark)) body.remove_prefix(kByteOrderMark.size());
    const std::string_view text = Trim(body);
    if (text.empty()) return BodyError{BodyFault::kEmpty, 0, "the body is empty"};
    if (format == BodyFormat::kNdjson) {
      Lines(body);
    } else if (text.front() == '[') {
      Array(text);
    } else if (text.front() == '{') {
      Object(text);
    } else {
      Refuse(text.data(), "expected an object or an array");
    }
    return std::move(fault_);
  }

 private:
  bool Refuse(const char* at, const char* text) {
    const auto offset = static_cast<size_t>(at - begin_);
    fault_ = BodyError{BodyFault::kBadJson, offset, std::string(text) + " at byte " + std::to_string(offset)};
    return false;
  }

  bool Object(std::string_view text) {
    if (auto inner = Envelope(text)) return inner->front() == '[' ? Array(*inner) : Elements(*inner);
    const size_t end = ValueEnd(text);
    if (end == std::string_view::npos) {
      if (text.size() > kWindow) return Refuse(text.data(), "an object is not closed");
      return Elements(text);  // which finds where
    }
    std::string_view rest = text.substr(end);
    std::string_view next = TrimFront(rest);
    if (next.empty()) return Elements(text);
    const std::string_view between = rest.substr(0, rest.size() - next.size());
    if (between.find('\n') == std::string_view::npos) return Refuse(next.data(), "expected the end of the body");
    return Lines(text);
  }

  /// The value of {"data": …} or {"records": […]}, if that is all there is.
  static std::optional<std::string_view> Envelope(std::string_view text) {
    std::string_view rest = TrimFront(text.substr(1));
    bool records = false;
    if (rest.starts_with("\"records\"")) {
      records = true;
      rest.remove_prefix(9);
    } else if (rest.starts_with("\"data\"")) {
      rest.remove_prefix(6);
    } else {
      return std::nullopt;
    }
    rest = TrimFront(rest);
    if (!rest.starts_with(':')) return std::nullopt;
    rest = TrimFront(rest.substr(1));
    if (!rest.starts_with('[') && (records || !rest.starts_with('{'))) return std::nullopt;
    const size_t end = ValueEnd(rest);
    if (end == std::string_view::npos || Trim(rest.substr(end)) != "}") return std::nullopt;
    return rest.substr(0, end);
  }

  bool Array(std::string_view text) {
    if (text.size() < 2 || text.back() != ']') {
      const size_t end = ValueEnd(text);
      if (end == std::string_view::npos) return Refuse(text.data() + text.size(), "an array is not closed");
      return Refuse(TrimFront(text.substr(end)).data(), "expected the end after the array");
    }
    std::string_view inner = Trim(text.substr(1, text.size() - 2));
    if (inner.empty()) return true;
    if (inner.size() <= kWindow) return Elements(inner);
    while (true) {
      bool too_large = false;
      const size_t end = NextWindow(inner, &too_large);
      if (end == 0) return false;
      if (too_large ? !TooLarge(inner.substr(0, end), 0) : !Elements(inner.substr(0, end))) return false;
      inner = TrimFront(inner.substr(end));
      if (inner.empty()) return true;
      if (inner.front() != ',') return Refuse(inner.data(), "expected ',' or ']' after a value");
      inner = TrimFront(inner.substr(1));
      if (inner.empty()) return Refuse(inner.data(), "expected a value");
    }
  }

  /// The end of as many elements as are indexed together, or of the first, if it is larger than a row may be; 0: a
  /// fault.
  size_t NextWindow(std::string_view inner, bool* too_large) {
    size_t end = 0;
    for (std::string_view rest = inner; end < kLinesWindow;) {
      const size_t value = ValueEnd(rest);
      if (value == std::string_view::npos || value == 0) {
        Refuse(rest.data(), "expected a value");
        return 0;
      }
      *too_large = value > limits_.row_bytes;
      if (*too_large && end > 0) {
        *too_large = false;
        return end;
      }
      end = static_cast<size_t>(rest.data() - inner.data()) + value;
      if (*too_large) return end;
      rest = TrimFront(inner.substr(end));
      if (!rest.starts_with(',')) return end;
      rest = TrimFront(rest.substr(1));
    }
    return end;
  }

  /// Values with commas between them, up to the end of `text`.
  bool Elements(std::string_view text) {
    const IndexFault fault = index_.Build(text);
    if (fault == IndexFault::kNoMemory) {
      fault_ = BodyError{BodyFault::kTooLarge, 0, "there is not enough memory for this body"};
      return false;
    }
    if (fault == IndexFault::kBadString) {
      return Refuse(StringFault(text), "a string is not closed or has a control character");
    }
    TokenRange tokens{text.data(), index_.tokens().data(), index_.tokens().data() + index_.tokens().size(),
                      text.data() + text.size()};
    while (true) {
      if (!reader_.Read(&tokens)) return Refuse(reader_.error_at(), reader_.error_text());
      if (!Emit(reader_.raw(), 0, fault == IndexFault::kInvalidUtf8)) return false;
      if (tokens.empty()) return true;
      if (tokens.Char() != ',') return Refuse(tokens.Here(), "expected ',' or the end after a value");
      ++tokens.at;
    }
  }

  bool Lines(std::string_view text) {
    uint32_t line = 0;
    while (!text.empty()) {
      std::string_view window = text;
      if (window.size() > kLinesWindow) {
        size_t end = window.find('\n', kLinesWindow);
        window = window.substr(0, end == std::string_view::npos ? window.size() : end + 1);
      }
      if (!Window(window, &line)) return false;
      text.remove_prefix(window.size());
    }
    return true;
  }

  bool Window(std::string_view window, uint32_t* line) {
    // A line that is larger than a row may be must not be indexed.
    IndexFault fault = window.size() > 2 * kLinesWindow ? IndexFault::kBadString : index_.Build(window);
    const bool together = fault == IndexFault::kNone || fault == IndexFault::kInvalidUtf8;
    TokenRange tokens{window.data(), index_.tokens().data(), index_.tokens().data() + index_.tokens().size(), nullptr};
    const uint32_t* all_end = tokens.end;
    for (size_t begin = 0; begin < window.size();) {
      const size_t end = std::min(window.find('\n', begin), window.size());
      const std::string_view one = Trim(window.substr(begin, end - begin));
      begin = end + 1;
      ++*line;
      if (one.empty()) continue;
      if (one.size() > limits_.row_bytes) {
        if (!TooLarge(one, *line)) return false;
        continue;
      }
      IndexFault of_line = fault;
      if (together) {
        const auto first = static_cast<uint32_t>(one.data() - window.data());
        tokens.at = std::lower_bound(tokens.at, all_end, first);
        tokens.end = std::lower_bound(tokens.at, all_end, first + static_cast<uint32_t>(one.size()));
      } else {
        of_line = index_.Build(one);
        tokens = {one.data(), index_.tokens().data(), index_.tokens().data() + index_.tokens().size(), nullptr};
      }
      tokens.text_end = one.data() + one.size();
      if (!Line(one, *line, of_line, &tokens)) return false;
    }
    return true;
  }

  bool Line(std::string_view text, uint32_t line, IndexFault fault, TokenRange* tokens) {
    const char* at = nullptr;
    const char* why = "";
    if (fault != IndexFault::kNone && fault != IndexFault::kInvalidUtf8) {
      at = StringFault(text);
      why = "a string is not closed or has a control character";
    } else if (!reader_.Read(tokens)) {
      at = reader_.error_at();
      why = reader_.error_text();
    } else if (!tokens->empty()) {
      at = tokens->Here();
      why = "expected the end of the line";
    } else {
      return Emit(reader_.raw(), line, fault == IndexFault::kInvalidUtf8);
    }
    reader_.error() = {RowCode::kBadJson, "",
                       "line " + std::to_string(line) + ", byte " + std::to_string(at - text.data()) + ": " + why};
    return Send(text, line, &reader_.error());
  }

  bool TooLarge(std::string_view raw, uint32_t line) {
    reader_.error() = {
        RowCode::kRowTooLarge, "",
        "the row has " + std::to_string(raw.size()) + " bytes; at most " + std::to_string(limits_.row_bytes)};
    return Send(raw, line, &reader_.error());
  }

  bool Emit(std::string_view raw, uint32_t line, bool check_utf8) {
    if (raw.size() > limits_.row_bytes) return TooLarge(raw, line);
    if (check_utf8 && !IsUtf8(raw)) reader_.error() = {RowCode::kInvalidUtf8, "", "the row is not UTF-8"};
    return Send(raw, line, reader_.error().code == RowCode::kNone ? nullptr : &reader_.error());
  }

  bool Send(std::string_view raw, uint32_t line, const RowError* error) {
    if (rows_ >= limits_.rows) {
      fault_ = BodyError{BodyFault::kTooManyRows, static_cast<size_t>(raw.data() - begin_),
                         "more than " + std::to_string(limits_.rows) + " rows"};
      return false;
    }
    BodyRow row;
    row.index = rows_++;
    row.line = line;
    row.raw = raw;
    row.error = error;
    if (error == nullptr) row.fields = reader_.fields();
    sink_->Row(row);
    return true;
  }

  const BodyLimits limits_;
  TokenIndex index_;
  RowReader reader_;
  RowSink* sink_ = nullptr;
  const char* begin_ = nullptr;
  uint32_t rows_ = 0;
  std::optional<BodyError> fault_;
};

BodyParser::BodyParser(const BodyLimits& limits) : impl_(std::make_unique<Impl>(limits)) {}
BodyParser::~BodyParser() = default;

std::optional<BodyError> BodyParser::Parse(std::string_view body, BodyFormat format, RowSink& sink) {
  return impl_->Parse(body, format, sink);
}

}  // namespace firn::pipeline
