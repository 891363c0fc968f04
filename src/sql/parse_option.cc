// Options, stage locations and kinds of objects, as the statement families share them.
#include "sql/parse.h"

namespace firn::sql {

bool OptionValue::Is(std::string_view word) const {
  return (kind == Kind::kWord || kind == Kind::kString || kind == Kind::kBoolean) && EqualsIgnoreCase(text, word);
}

const Option* FindOption(const std::vector<Option>& options, std::string_view name) {
  for (const Option& option : options) {
    if (option.name == name) return &option;
  }
  return nullptr;
}

namespace {

// The name at the beginning of a location, and what follows its first slash.
Status SplitLocation(std::string_view rest, StageLocation* location) {
  size_t end = 0;
  bool quoted = false;
  while (end < rest.size() && (quoted || rest[end] != '/')) quoted ^= rest[end++] == '"';
  std::string_view name = rest.substr(0, end);
  if (end < rest.size()) location->path = rest.substr(end + 1);
  if (name == "~") {
    location->kind = StageLocation::Kind::kUser;
    return Ok();
  }
  if (size_t percent = name.find('%'); percent != std::string_view::npos && !name.starts_with('"')) {
    // @%t, or @db.schema.%t
    location->kind = StageLocation::Kind::kTable;
    std::string table = std::string(name.substr(0, percent)) + std::string(name.substr(percent + 1));
    FIRN_ASSIGN(location->name, ParseObjectName(table));
    return Ok();
  }
  FIRN_ASSIGN(location->name, ParseObjectName(name));
  return Ok();
}

}  // namespace

Result<StageLocation> ParseStageLocation(std::string_view text) {
  StageLocation location;
  if (text.find("://") != std::string_view::npos) {
    location.kind = StageLocation::Kind::kUrl;
    location.path = text;
    location.text = text;
    return location;
  }
  location.text = text.starts_with('@') ? std::string(text) : "@" + std::string(text);
  Status status = SplitLocation(std::string_view(location.text).substr(1), &location);
  if (!status.ok()) return UnexpectedToken(location.text, {1, 0});
  return location;
}

Result<StageLocation> Parser::Location() {
  Position at = At();
  std::string text;
  if (Is(TokenKind::kQuestion) || Is(TokenKind::kVariable) || (Is(TokenKind::kColon) && !Is(TokenKind::kEnd, 1))) {
    StageLocation location;
    location.kind = StageLocation::Kind::kValue;
    location.at = at;
    FIRN_ASSIGN(ExprPtr value, Binary(8));
    location.value = std::shared_ptr<Expr>(std::move(value));
    return location;
  }
  if (Is(TokenKind::kStage) || Is(TokenKind::kFileUrl)) {
    text = Source(Peek());
    Advance();
  } else {
    if (!AtString()) return Unexpected();
    FIRN_ASSIGN(text, String());
    if (!text.starts_with('@') && text.find("://") == std::string::npos) return UnexpectedToken("'" + text + "'", at);
  }
  Result<StageLocation> location = ParseStageLocation(text);
  if (!location.ok()) return UnexpectedToken(text, at);
  location->at = at;
  return location;
}

// A word or a dotted name; SKIP_FILE_10% takes its percent sign.
static Status WordValue(Parser* parser, OptionValue* value) {
  size_t mark = parser->Mark();
  if (parser->AtIdentifier()) {
    FIRN_ASSIGN(value->name, parser->Name());
  } else {
    parser->Advance();  // a reserved word: ALL, NULL …
  }
  parser->Accept(TokenKind::kPercent);
  value->text = Upper(parser->TextFrom(mark));
  return Ok();
}

Result<OptionValue> Parser::Value() {
  Level level(this);
  FIRN_TRY(CheckDepth());
  OptionValue value;
  if (AtString()) {
    value.kind = OptionValue::Kind::kString;
    FIRN_ASSIGN(value.text, String());
  } else if (Is(TokenKind::kNumber) || Is(TokenKind::kMinus) || Is(TokenKind::kPlus)) {
    value.kind = OptionValue::Kind::kNumber;
    if (Accept(TokenKind::kMinus)) value.text = "-";
    Accept(TokenKind::kPlus);
    if (!Is(TokenKind::kNumber)) return Unexpected();
    value.text += Source(Peek());
    Advance();
  } else if (IsWord("TRUE") || IsWord("FALSE")) {
    value.kind = OptionValue::Kind::kBoolean;
    value.text = IsWord("TRUE") ? "true" : "false";
    Advance();
  } else if (AcceptWords("NULL")) {
    value.kind = OptionValue::Kind::kNull;
  } else if (Is(TokenKind::kVariable) || Is(TokenKind::kQuestion) || Is(TokenKind::kColon)) {
    value.kind = OptionValue::Kind::kValue;
    FIRN_ASSIGN(value.value, Binary(8));
  } else if (Is(TokenKind::kWord) || Is(TokenKind::kQuotedWord)) {
    FIRN_TRY(WordValue(this, &value));
  } else if (Is(TokenKind::kStage)) {
    value.kind = OptionValue::Kind::kString;
    value.text = Source(Peek());
    Advance();
  } else if (Accept(TokenKind::kLeftParen)) {
    if (AtOption()) {
      value.kind = OptionValue::Kind::kOptions;
      FIRN_ASSIGN(value.options, Options());
    } else {
      value.kind = OptionValue::Kind::kList;
      while (!Is(TokenKind::kRightParen)) {
        FIRN_ASSIGN(OptionValue item, Value());
        value.items.push_back(std::move(item));
        Accept(TokenKind::kComma);
      }
    }
    FIRN_TRY(Expect(TokenKind::kRightParen));
  } else {
    return Unexpected();
  }
  return value;
}

Status Parser::AddOption(Option option, std::vector<Option>* options) {
  if (FindOption(*options, option.name) != nullptr) {
    return Error(errors::kInvalidExpression, {"duplicate property '" + option.name + "';"}, option.at);
  }
  options->push_back(std::move(option));
  return Ok();
}

Status Parser::AddFlag(std::string name, bool value, std::vector<Option>* options) {
  Option option;
  option.name = std::move(name);
  option.at = At();
  option.value.kind = OptionValue::Kind::kBoolean;
  option.value.text = value ? "true" : "false";
  return AddOption(std::move(option), options);
}

Status Parser::OneOption(std::vector<Option>* options) {
  if (!Is(TokenKind::kWord)) return Unexpected();
  Option option;
  option.at = At();
  option.name = Upper(Source(Peek()));
  Advance();
  FIRN_TRY(Expect(TokenKind::kEq));
  FIRN_ASSIGN(option.value, Value());
  return AddOption(std::move(option), options);
}

Result<std::vector<Option>> Parser::Options() {
  std::vector<Option> options;
  while (AtOption()) {
    FIRN_TRY(OneOption(&options));
    if (Is(TokenKind::kComma) && Is(TokenKind::kWord, 1) && Is(TokenKind::kEq, 2)) Advance();
  }
  return options;
}

// Behind FILE_FORMAT =
Result<FileFormatChoice> Parser::FileFormat() {
  FileFormatChoice format;
  Position at = At();
  FIRN_ASSIGN(OptionValue value, Value());
  auto choose = [&](OptionValue& name) -> Status {
    if (name.kind == OptionValue::Kind::kString) {
      FIRN_ASSIGN(format.name, ParseObjectName(name.text));
    } else if (name.kind == OptionValue::Kind::kWord && !name.name.parts.empty()) {
      format.name = std::move(name.name);
    } else {
      return Error(errors::kInvalidValue, {name.text, "FILE_FORMAT"}, at);
    }
    return Ok();
  };
  if (value.kind == OptionValue::Kind::kOptions) {
    for (Option& option : value.options) {
      if (option.name == "FORMAT_NAME") {
        FIRN_TRY(choose(option.value));
      } else {
        format.options.push_back(std::move(option));
      }
    }
  } else if (value.kind == OptionValue::Kind::kList && value.items.empty()) {
    return format;
  } else {
    FIRN_TRY(choose(value));
  }
  return format;
}

const KindRow* Parser::TakeKind(bool plural) {
  const KindRow* best = nullptr;
  size_t best_words = 0;
  size_t mark = Mark();
  for (const KindRow& row : Kinds()) {
    if (AcceptPhrase(plural ? row.plural : row.words)) {
      size_t words = Mark() - mark;
      if (words > best_words) {
        best = &row;
        best_words = words;
      }
      Reset(mark);
    }
  }
  Advance(best_words);
  return best;
}

}  // namespace firn::sql
