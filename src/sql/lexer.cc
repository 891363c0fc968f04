#include "sql/lexer.h"

#include <cstring>

#include "base/errors.h"
#include "base/types.h"

namespace firn::sql {

namespace {

constexpr size_t kTokenShownMax = 200;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsWordStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
bool IsWordPart(char c) { return IsWordStart(c) || IsDigit(c) || c == '$'; }
bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v'; }

struct Symbol {
  const char* text;
  TokenKind kind;
};
// Longer symbols before their beginnings.
constexpr Symbol kSymbols[] = {
    {"->>", TokenKind::kFlow},      {"->", TokenKind::kArrow},       {"::", TokenKind::kDoubleColon},
    {":=", TokenKind::kAssign},     {"=>", TokenKind::kFatArrow},    {"||", TokenKind::kConcat},
    {"<>", TokenKind::kNe},         {"!=", TokenKind::kNe},          {"<=", TokenKind::kLe},
    {">=", TokenKind::kGe},         {"(", TokenKind::kLeftParen},    {")", TokenKind::kRightParen},
    {"[", TokenKind::kLeftBracket}, {"]", TokenKind::kRightBracket}, {"{", TokenKind::kLeftBrace},
    {"}", TokenKind::kRightBrace},  {",", TokenKind::kComma},        {";", TokenKind::kSemicolon},
    {".", TokenKind::kDot},         {":", TokenKind::kColon},        {"?", TokenKind::kQuestion},
    {"+", TokenKind::kPlus},        {"-", TokenKind::kMinus},        {"*", TokenKind::kStar},
    {"/", TokenKind::kSlash},       {"%", TokenKind::kPercent},      {"=", TokenKind::kEq},
    {"<", TokenKind::kLt},          {">", TokenKind::kGt},
};

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Result<std::vector<Token>> Run() {
    if (text_.starts_with("\xEF\xBB\xBF")) next_ = counted_ = 3;  // byte order mark
    for (;;) {
      FIRN_TRY(SkipBlanks());
      size_t start = next_;
      Position at = PositionAt(start);
      if (start == text_.size()) {
        tokens_.push_back({TokenKind::kEnd, static_cast<uint32_t>(start), 0, at});
        return std::move(tokens_);
      }
      TokenKind kind = Scan();
      if (unterminated_) return UnexpectedToken(text_.substr(start), at);
      tokens_.push_back({kind, static_cast<uint32_t>(start), static_cast<uint32_t>(next_ - start), at});
    }
  }

 private:
  char Peek(size_t ahead = 0) const { return next_ + ahead < text_.size() ? text_[next_ + ahead] : '\0'; }

  // Offsets are asked for in rising order, so the text is counted once.
  Position PositionAt(size_t offset) {
    for (; counted_ < offset; ++counted_) {
      char c = text_[counted_];
      if (c == '\n') {
        ++at_.line;
        at_.column = 0;
      } else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) {
        ++at_.column;
      }
    }
    return at_;
  }

  Status SkipBlanks() {
    while (next_ < text_.size()) {
      char c = Peek();
      if (IsBlank(c)) {
        ++next_;
      } else if ((c == '-' && Peek(1) == '-') || (c == '/' && Peek(1) == '/')) {
        next_ = std::min(text_.find('\n', next_), text_.size());
      } else if (c == '/' && Peek(1) == '*') {
        size_t end = text_.find("*/", next_ + 2);
        if (end == std::string_view::npos) return UnexpectedToken(text_.substr(next_), PositionAt(next_));
        next_ = end + 2;
      } else {
        break;
      }
    }
    return Ok();
  }

  TokenKind Scan() {
    char c = Peek();
    if ((c == 'x' || c == 'X') && Peek(1) == '\'') {
      ++next_;
      ScanQuoted('\'', false);
      return TokenKind::kHexString;
    }
    if (IsWordStart(c)) return ScanWord();
    if (IsDigit(c) || (c == '.' && IsDigit(Peek(1)) && !AfterName())) return ScanNumber();
    if (c == '\'') {
      ScanQuoted('\'', true);
      return TokenKind::kString;
    }
    if (c == '"') {
      ScanQuoted('"', false);
      return TokenKind::kQuotedWord;
    }
    if (c == '$') return ScanDollar();
    if (c == '@') return ScanStage();
    for (const Symbol& symbol : kSymbols) {
      if (text_.substr(next_).starts_with(symbol.text)) {
        next_ += std::strlen(symbol.text);
        return symbol.kind;
      }
    }
    ++next_;
    return TokenKind::kOther;
  }

  // `.5` behind a name or a bracket is a dot and a number.
  bool AfterName() const {
    if (tokens_.empty() || next_ == 0) return false;
    const Token& last = tokens_.back();
    if (last.offset + last.length != next_) return false;
    return last.kind == TokenKind::kWord || last.kind == TokenKind::kQuotedWord ||
           last.kind == TokenKind::kRightBracket || last.kind == TokenKind::kRightParen;
  }

  TokenKind ScanWord() {
    size_t start = next_;
    while (next_ < text_.size() && IsWordPart(text_[next_])) ++next_;
    if (next_ - start == 4 && Peek() == ':' && Peek(1) == '/' && Peek(2) == '/' &&
        EqualsIgnoreCase(text_.substr(start, 4), "file")) {
      while (next_ < text_.size() && !IsBlank(text_[next_]) && text_[next_] != ';') ++next_;
      return TokenKind::kFileUrl;
    }
    return TokenKind::kWord;
  }

  TokenKind ScanNumber() {
    while (IsDigit(Peek())) ++next_;
    if (Peek() == '.') {
      ++next_;
      while (IsDigit(Peek())) ++next_;
    }
    if (Peek() == 'e' || Peek() == 'E') {
      size_t sign = Peek(1) == '+' || Peek(1) == '-' ? 1 : 0;
      if (IsDigit(Peek(1 + sign))) {
        next_ += 1 + sign;
        while (IsDigit(Peek())) ++next_;
      }
    }
    return TokenKind::kNumber;
  }

  // A doubled quote is part of the text; so is what follows a backslash, where there are escapes.
  void ScanQuoted(char quote, bool escapes) {
    ++next_;
    while (next_ < text_.size()) {
      char c = text_[next_];
      if (escapes && c == '\\') {
        next_ += 2;
      } else if (c != quote) {
        ++next_;
      } else if (Peek(1) == quote) {
        next_ += 2;
      } else {
        ++next_;
        return;
      }
    }
    next_ = text_.size();
    unterminated_ = true;
  }

  TokenKind ScanDollar() {
    ++next_;
    if (Peek() == '$') {
      size_t end = text_.find("$$", next_ + 1);
      unterminated_ = end == std::string_view::npos;
      next_ = unterminated_ ? text_.size() : end + 2;
      return TokenKind::kRawString;
    }
    if (IsDigit(Peek())) {
      while (IsDigit(Peek())) ++next_;
      return TokenKind::kOrdinal;
    }
    if (!IsWordStart(Peek())) return TokenKind::kOther;
    while (next_ < text_.size() && IsWordPart(text_[next_])) ++next_;
    return TokenKind::kVariable;
  }

  // Up to a blank or what ends an operand; quotes may hold these.
  TokenKind ScanStage() {
    ++next_;
    bool quoted = false;
    while (next_ < text_.size()) {
      char c = text_[next_];
      if (c == '"') {
        quoted = !quoted;
      } else if (!quoted && (IsBlank(c) || c == '(' || c == ')' || c == ',' || c == ';' || c == '\'')) {
        break;
      }
      ++next_;
    }
    unterminated_ = quoted;
    return TokenKind::kStage;
  }

  std::string_view text_;
  size_t next_ = 0;
  size_t counted_ = 0;
  Position at_{1, 0};
  bool unterminated_ = false;
  std::vector<Token> tokens_;
};

int HexValue(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Reads `count` digits of `base` at `from`; -1 where they are not there.
int64_t ReadDigits(std::string_view text, size_t from, size_t count, int base) {
  if (from + count > text.size()) return -1;
  int64_t value = 0;
  for (char c : text.substr(from, count)) {
    int digit = HexValue(c);
    if (digit < 0 || digit >= base) return -1;
    value = value * base + digit;
  }
  return value;
}

// `text[i]` follows a backslash. Appends what the escape means; returns the number of bytes that it took.
size_t DecodeEscape(std::string_view text, size_t i, std::string* out) {
  if (int64_t code = ReadDigits(text, i, 3, 8); code >= 0) {
    AppendUtf8(static_cast<uint32_t>(code), out);
    return 3;
  }
  switch (text[i]) {
    case 'b':
      *out += '\b';
      return 1;
    case 'f':
      *out += '\f';
      return 1;
    case 'n':
      *out += '\n';
      return 1;
    case 'r':
      *out += '\r';
      return 1;
    case 't':
      *out += '\t';
      return 1;
    case '0':
      *out += '\0';
      return 1;
    case 'x':
      if (int64_t code = ReadDigits(text, i + 1, 2, 16); code >= 0) {
        AppendUtf8(static_cast<uint32_t>(code), out);
        return 3;
      }
      break;
    case 'u':
      if (int64_t code = ReadDigits(text, i + 1, 4, 16); code >= 0) {
        if (code >= 0xD800 && code < 0xDC00 && text.substr(i + 5, 2) == "\\u") {
          int64_t low = ReadDigits(text, i + 7, 4, 16);
          if (low >= 0xDC00 && low < 0xE000) {
            AppendUtf8(static_cast<uint32_t>(0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)), out);
            return 11;
          }
        }
        AppendUtf8(static_cast<uint32_t>(code), out);
        return 5;
      }
      break;
    default:
      break;
  }
  *out += text[i];  // an unknown escape drops the backslash
  return 1;
}

}  // namespace

void AppendUtf8(uint32_t code, std::string* out) {
  if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) code = 0xFFFD;
  if (code < 0x80) {
    *out += static_cast<char>(code);
  } else if (code < 0x800) {
    *out += static_cast<char>(0xC0 | (code >> 6));
    *out += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    *out += static_cast<char>(0xE0 | (code >> 12));
    *out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    *out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    *out += static_cast<char>(0xF0 | (code >> 18));
    *out += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
    *out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    *out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

bool IsUtf8(std::string_view text, size_t* bad) {
  size_t i = 0;
  while (i < text.size()) {
    auto lead = static_cast<unsigned char>(text[i]);
    size_t length = lead < 0x80                   ? 1
                    : lead >= 0xC2 && lead < 0xE0 ? 2
                    : lead >= 0xE0 && lead < 0xF0 ? 3
                    : lead >= 0xF0 && lead < 0xF5 ? 4
                                                  : 0;
    *bad = i;
    if (length == 0 || i + length > text.size()) return false;
    uint32_t code = length == 1 ? lead : lead & (0x7Fu >> length);
    for (size_t k = 1; k < length; ++k) {
      auto c = static_cast<unsigned char>(text[i + k]);
      if ((c & 0xC0) != 0x80) return false;
      code = (code << 6) | (c & 0x3F);
    }
    bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
    if (overlong || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return false;
    i += length;
  }
  return true;
}

Error UnexpectedToken(std::string_view token, Position at) {
  std::string shown(token);
  if (shown.size() > kTokenShownMax) {
    size_t cut = kTokenShownMax;
    while (cut > 0 && (static_cast<unsigned char>(shown[cut]) & 0xC0) == 0x80) --cut;
    shown.resize(cut);
    shown += "…";
  }
  return Error(errors::kSyntax, {shown, std::to_string(at.line), std::to_string(at.column)}, at);
}

Result<std::vector<Token>> Lex(std::string_view text) {
  size_t bad = 0;
  if (!IsUtf8(text, &bad)) {
    return Error(errors::kInvalidInput, {"the SQL text is not valid UTF-8 at byte " + std::to_string(bad)});
  }
  if (size_t nul = text.find('\0'); nul != std::string_view::npos) {
    return Error(errors::kInvalidInput, {"the SQL text has a NUL at byte " + std::to_string(nul)});
  }
  return Lexer(text).Run();
}

Result<std::string> DecodeString(TokenKind kind, std::string_view source) {
  if (kind == TokenKind::kRawString) return std::string(source.substr(2, source.size() - 4));
  std::string out;
  if (kind == TokenKind::kHexString) {
    std::string_view digits = source.substr(2, source.size() - 3);
    for (size_t i = 0; i < digits.size(); i += 2) {
      int64_t byte = ReadDigits(digits, i, 2, 16);
      if (byte < 0) {
        return Error(errors::kInvalidExpression,
                     {"The following string is not a legal hex-encoded value: '" + std::string(digits) + "'"});
      }
      out += static_cast<char>(byte);
    }
    return out;
  }
  std::string_view body = source.substr(1, source.size() - 2);
  if (body.find_first_of("\\'") == std::string_view::npos) return std::string(body);
  out.reserve(body.size());
  for (size_t i = 0; i < body.size();) {
    if (body[i] == '\\' && i + 1 < body.size()) {
      i += 1 + DecodeEscape(body, i + 1, &out);
    } else {
      out += body[i];
      i += body[i] == '\'' ? 2 : 1;
    }
  }
  return out;
}

std::string DecodeQuotedWord(std::string_view source) {
  std::string_view body = source.substr(1, source.size() - 2);
  std::string out;
  for (size_t i = 0; i < body.size(); ++i) {
    out += body[i];
    if (body[i] == '"') ++i;
  }
  return out;
}

}  // namespace firn::sql
