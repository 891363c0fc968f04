// The cursor of the parser: words, names, strings, types.
#include <charconv>

#include "sql/parse.h"

namespace firn::sql {

bool Parser::IsWord(std::string_view word, size_t ahead) const {
  const Token& token = Peek(ahead);
  return token.kind == TokenKind::kWord && token.length == word.size() && EqualsIgnoreCase(Source(token), word);
}

bool Parser::IsAnyWord(std::initializer_list<std::string_view> words, size_t ahead) const {
  if (!Is(TokenKind::kWord, ahead)) return false;
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return IsWord(word, ahead); });
}

bool Parser::Accept(TokenKind kind) {
  if (!Is(kind)) return false;
  Advance();
  return true;
}

bool Parser::AcceptPhrase(std::string_view phrase) {
  size_t count = 0;
  while (!phrase.empty()) {
    size_t end = std::min(phrase.find(' '), phrase.size());
    if (!IsWord(phrase.substr(0, end), count)) return false;
    ++count;
    phrase.remove_prefix(std::min(end + 1, phrase.size()));
  }
  Advance(count);
  return true;
}

Status Parser::Expect(TokenKind kind) {
  if (!Accept(kind)) return Unexpected();
  return Ok();
}

std::string_view Parser::ShownSource(size_t ahead) const {
  return Is(TokenKind::kEnd, ahead) ? std::string_view("<EOF>") : Source(Peek(ahead));
}

std::string Parser::TextFrom(size_t mark) const {
  if (mark >= next_) return {};
  size_t from = tokens_[mark].offset;
  const Token& last = tokens_[next_ - 1];
  return std::string(text_.substr(from, last.offset + last.length - from));
}

Status Parser::CheckDepth() const {
  if (depth_ <= kNestingDepthMax && height_ <= kNestingDepthMax) return Ok();
  return Error(errors::kLimit, {"the nesting of the statement", std::to_string(kNestingDepthMax), "levels"}, At());
}

bool Parser::AtIdentifier(size_t ahead) const {
  if (Is(TokenKind::kQuotedWord, ahead)) return true;
  return Is(TokenKind::kWord, ahead) && !IsReserved(Source(Peek(ahead)));
}

Result<Ident> Parser::Identifier() {
  if (!AtIdentifier()) return Unexpected();
  const Token& token = Peek();
  Ident ident{{}, token.kind == TokenKind::kQuotedWord, token.at};
  ident.text = ident.quoted ? DecodeQuotedWord(Source(token)) : Upper(Source(token));
  if (ident.text.empty()) return Unexpected();
  Advance();
  return ident;
}

Result<std::vector<Ident>> Parser::BareIdentifierList() {
  std::vector<Ident> list;
  do {
    FIRN_ASSIGN(Ident ident, Identifier());
    list.push_back(std::move(ident));
  } while (Accept(TokenKind::kComma));
  return list;
}

Result<std::vector<Ident>> Parser::IdentifierList() {
  FIRN_TRY(Expect(TokenKind::kLeftParen));
  FIRN_ASSIGN(std::vector<Ident> list, BareIdentifierList());
  FIRN_TRY(Expect(TokenKind::kRightParen));
  return list;
}

// a.b.c, where `a..c` leaves the middle part empty.
Result<std::vector<Ident>> Parser::NameParts(size_t most) {
  std::vector<Ident> parts;
  FIRN_ASSIGN(Ident first, Identifier());
  parts.push_back(std::move(first));
  while (parts.size() < most && Is(TokenKind::kDot)) {
    if (Is(TokenKind::kDot, 1) && parts.size() == 1 && most >= 3) {
      Advance();
      parts.push_back({{}, false, At()});
    }
    if (!AtIdentifier(1)) return Unexpected(1);
    Advance();
    FIRN_ASSIGN(Ident part, Identifier());
    parts.push_back(std::move(part));
  }
  return parts;
}

Result<ObjectName> Parser::Name() {
  ObjectName name;
  name.at = At();
  if (IsWord("IDENTIFIER") && Is(TokenKind::kLeftParen, 1)) {
    Advance(2);
    if (AtString()) {
      FIRN_ASSIGN(std::string text, String());
      FIRN_ASSIGN(ObjectName inner, ParseObjectName(text));
      name.parts = std::move(inner.parts);
    } else if (Is(TokenKind::kVariable) || Is(TokenKind::kQuestion) || Is(TokenKind::kColon)) {
      FIRN_ASSIGN(ExprPtr value, Binary(8));
      name.dynamic = std::shared_ptr<Expr>(std::move(value));
    } else {
      FIRN_ASSIGN(name.parts, NameParts(3));
    }
    FIRN_TRY(Expect(TokenKind::kRightParen));
    return name;
  }
  FIRN_ASSIGN(name.parts, NameParts(3));
  return name;
}

bool Parser::AtString(size_t ahead) const { return Is(TokenKind::kString, ahead) || Is(TokenKind::kRawString, ahead); }

Result<std::string> Parser::String() {
  if (!AtString()) return Unexpected();
  FIRN_ASSIGN(std::string text, DecodeString(Peek().kind, Source(Peek())));
  Advance();
  return text;
}

Result<int64_t> Parser::Integer() {
  size_t ahead = Is(TokenKind::kMinus) || Is(TokenKind::kPlus) ? 1 : 0;
  if (!Is(TokenKind::kNumber, ahead)) return Unexpected(ahead);
  std::string text = (Is(TokenKind::kMinus) ? "-" : "") + std::string(Source(Peek(ahead)));
  int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return Unexpected(ahead);
  Advance(ahead + 1);
  return value;
}

// The words of a type, several of which some have: DOUBLE PRECISION, TIMESTAMP WITHOUT TIME ZONE.
Result<std::string> Parser::TypeWords() {
  if (!AtIdentifier() || Is(TokenKind::kQuotedWord)) return Unexpected();
  std::string name = Upper(Source(Peek()));
  Advance();
  if (name == "DOUBLE" && AcceptWords("PRECISION")) return name + " PRECISION";
  if ((name == "CHAR" || name == "NCHAR" || name == "CHARACTER") && AcceptWords("VARYING")) {
    return name == "NCHAR" ? std::string("NCHAR VARYING") : std::string("CHAR VARYING");
  }
  if (name == "TIMESTAMP") {
    for (const char* tail : {"WITHOUT TIME ZONE", "WITH TIME ZONE", "WITH LOCAL TIME ZONE"}) {
      if (AcceptPhrase(tail)) return "TIMESTAMP " + std::string(tail);
    }
  }
  return name;
}

Result<SqlType> Parser::Type() {
  Position at = At();
  FIRN_ASSIGN(std::string name, TypeWords());
  std::vector<int64_t> parameters;
  if (Is(TokenKind::kLeftParen)) {
    if (!Is(TokenKind::kNumber, 1) && (name == "ARRAY" || name == "OBJECT" || name == "MAP" || name == "VECTOR")) {
      return Error(errors::kUnsupported, {"structured type " + name}, at);
    }
    Advance();
    do {
      FIRN_ASSIGN(int64_t parameter, Integer());
      parameters.push_back(parameter);
    } while (Accept(TokenKind::kComma));
    FIRN_TRY(Expect(TokenKind::kRightParen));
  }
  if (name == "TIMESTAMP") {  // TIMESTAMP(3) WITH TIME ZONE
    for (const char* tail : {"WITHOUT TIME ZONE", "WITH TIME ZONE", "WITH LOCAL TIME ZONE"}) {
      if (AcceptPhrase(tail)) name += " " + std::string(tail);
    }
  }
  Result<SqlType> type = ParseType(name, parameters, options_.timestamp_mapping);
  if (!type.ok()) return std::move(type).error().At(at);
  return type;
}

Result<std::vector<SqlType>> Parser::Signature() {
  std::vector<SqlType> types;
  FIRN_TRY(Expect(TokenKind::kLeftParen));
  while (!Is(TokenKind::kRightParen)) {
    if (AtIdentifier() && Is(TokenKind::kWord, 1) && !IsAnyWord({"PRECISION", "VARYING", "WITH", "WITHOUT"}, 1)) {
      Advance();  // the name of an argument
    }
    FIRN_ASSIGN(SqlType type, Type());
    types.push_back(type);
    if (!Accept(TokenKind::kComma)) break;
  }
  FIRN_TRY(Expect(TokenKind::kRightParen));
  return types;
}

}  // namespace firn::sql
