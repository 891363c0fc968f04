// COPY INTO and the statements about the files of stages: LIST, REMOVE, PUT, GET.
#include "sql/parse_statement.h"

namespace firn::sql {

namespace {

Result<std::vector<std::string>> StringList(Parser& p) {
  std::vector<std::string> list;
  FIRN_TRY(p.Expect(TokenKind::kLeftParen));
  do {
    FIRN_ASSIGN(std::string text, p.String());
    list.push_back(std::move(text));
  } while (p.Accept(TokenKind::kComma));
  FIRN_TRY(p.Expect(TokenKind::kRightParen));
  return list;
}

// Takes `word =`.
bool AcceptOption(Parser& p, std::string_view word) {
  if (!p.IsWord(word) || !p.Is(TokenKind::kEq, 1)) return false;
  p.Advance(2);
  return true;
}

// The stage in FROM of a transformation.
Status FindStage(Position at, const Query& query, StageLocation* from) {
  const Select* select = query.AsSelect();
  const StageRelation* stage =
      select != nullptr && select->from != nullptr ? select->from->As<StageRelation>() : nullptr;
  const NamedRelation* named =
      select != nullptr && select->from != nullptr ? select->from->As<NamedRelation>() : nullptr;
  if (named != nullptr && named->name.dynamic != nullptr) {
    from->kind = StageLocation::Kind::kValue;
    from->value = named->name.dynamic;
    from->at = named->name.at;
    return Ok();
  }
  if (stage == nullptr) return Error(errors::kUnsupported, {"COPY INTO a table FROM a query that reads no stage"}, at);
  FIRN_ASSIGN(*from, ParseStageLocation(stage->location));
  from->at = select->from->at;
  return Ok();
}

Result<StatementNode> CopyIntoATable(Parser& p) {
  CopyIntoTable copy;
  FIRN_ASSIGN(copy.target, p.Name());
  if (p.Is(TokenKind::kLeftParen)) {
    FIRN_ASSIGN(copy.columns, p.IdentifierList());
  }
  if (p.AcceptWords("FROM")) {
    Position at = p.At();
    if (p.Accept(TokenKind::kLeftParen)) {
      FIRN_ASSIGN(copy.transformation, p.ParseWholeQuery());
      FIRN_TRY(p.Expect(TokenKind::kRightParen));
      FIRN_TRY(FindStage(at, *copy.transformation, &copy.from));
    } else {
      FIRN_ASSIGN(copy.from, p.Location());
    }
  } else {
    copy.from.kind = StageLocation::Kind::kTable;
    copy.from.name = copy.target;
    copy.from.text = "@%" + copy.target.Text();
  }
  while (!p.AtEnd()) {
    if (AcceptOption(p, "FILES")) {
      FIRN_ASSIGN(copy.files, StringList(p));
    } else if (AcceptOption(p, "PATTERN")) {
      FIRN_ASSIGN(copy.pattern, p.String());
    } else if (AcceptOption(p, "FILE_FORMAT")) {
      FIRN_ASSIGN(copy.file_format, p.FileFormat());
    } else {
      FIRN_TRY(p.OneOption(&copy.options));
    }
    p.Accept(TokenKind::kComma);
  }
  return copy;
}

Result<StatementNode> Unload(Parser& p) {
  CopyIntoLocation copy;
  FIRN_ASSIGN(copy.target, p.Location());
  FIRN_TRY(p.ExpectWords("FROM"));
  if (p.Accept(TokenKind::kLeftParen)) {
    FIRN_ASSIGN(copy.query, p.ParseWholeQuery());
    FIRN_TRY(p.Expect(TokenKind::kRightParen));
  } else {
    FIRN_ASSIGN(copy.table, p.Name());
  }
  while (!p.AtEnd()) {
    if (AcceptOption(p, "FILE_FORMAT")) {
      FIRN_ASSIGN(copy.file_format, p.FileFormat());
    } else if (p.AcceptWords("PARTITION", "BY")) {
      FIRN_ASSIGN(copy.partition_by, p.Expression());
    } else if (p.IsWord("HEADER") && !p.Is(TokenKind::kEq, 1)) {
      FIRN_TRY(p.AddFlag("HEADER", true, &copy.options));
      p.Advance();
    } else {
      FIRN_TRY(p.OneOption(&copy.options));
    }
    p.Accept(TokenKind::kComma);
  }
  return copy;
}

Result<std::optional<std::string>> Pattern(Parser& p) {
  std::optional<std::string> pattern;
  if (p.IsWord("PATTERN")) {
    p.Advance();
    p.Accept(TokenKind::kEq);
    FIRN_ASSIGN(pattern, p.String());
  }
  return pattern;
}

// file:///path, with or without quotes
Result<std::string> FileUrl(Parser& p) {
  if (p.Is(TokenKind::kFileUrl)) {
    std::string url(p.Source(p.Peek()));
    p.Advance();
    return url;
  }
  if (!p.AtString()) return p.Unexpected();
  Error error = p.Unexpected();
  FIRN_ASSIGN(std::string url, p.String());
  if (!url.starts_with("file://")) return error;
  return url;
}

}  // namespace

Result<StatementNode> ParseCopy(Parser& p) {
  if (p.IsWords("FILES", "INTO")) return p.Unsupported("COPY FILES");
  FIRN_TRY(p.ExpectWords("INTO"));
  if (p.Is(TokenKind::kStage) || p.AtString()) return Unload(p);
  return CopyIntoATable(p);
}

Result<StatementNode> ParseList(Parser& p) {
  ListStage list;
  FIRN_ASSIGN(list.location, p.Location());
  FIRN_ASSIGN(list.pattern, Pattern(p));
  return list;
}

Result<StatementNode> ParseRemove(Parser& p) {
  RemoveStage remove;
  FIRN_ASSIGN(remove.location, p.Location());
  FIRN_ASSIGN(remove.pattern, Pattern(p));
  return remove;
}

Result<StatementNode> ParsePut(Parser& p) {
  Put put;
  FIRN_ASSIGN(put.file, FileUrl(p));
  FIRN_ASSIGN(put.location, p.Location());
  FIRN_ASSIGN(put.options, p.Options());
  return put;
}

Result<StatementNode> ParseGet(Parser& p) {
  Get get;
  FIRN_ASSIGN(get.location, p.Location());
  FIRN_ASSIGN(get.file, FileUrl(p));
  FIRN_ASSIGN(get.options, p.Options());
  return get;
}

}  // namespace firn::sql
