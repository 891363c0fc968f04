// The recursive-descent parser behind sql/parser.h: a cursor over tokens, with names, options, expressions and queries.
// The statement families (parse_*.cc) build on it; nothing outside this folder includes it.
//
// Nesting is bounded twice: `depth_` counts the productions that are open (parentheses, CASE, subqueries), `height_`
// the nodes above one another in what was built, so that a chain like a+a+a… cannot overflow the stack of whoever walks
// or destroys the tree. AND, OR and || are associative: their chains become balanced trees.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/errors.h"
#include "sql/lexer.h"
#include "sql/parser.h"
#include "sql/words.h"

namespace firn::sql {

class Parser {
 public:
  Parser(std::string_view text, std::vector<Token> tokens, const ParseOptions& options)
      : text_(text), tokens_(std::move(tokens)), options_(options) {}

  // --- cursor --------------------------------------------------------------------------------------------------------
  const Token& Peek(size_t ahead = 0) const { return tokens_[std::min(next_ + ahead, tokens_.size() - 1)]; }
  std::string_view Source(const Token& token) const { return text_.substr(token.offset, token.length); }
  Position At() const { return Peek().at; }
  bool Is(TokenKind kind, size_t ahead = 0) const { return Peek(ahead).kind == kind; }
  /// Whether the word (upper case) stands there, without quotes.
  bool IsWord(std::string_view word, size_t ahead = 0) const;
  bool IsAnyWord(std::initializer_list<std::string_view> words, size_t ahead = 0) const;
  template <class... Words>
  bool IsWords(const Words&... words) const {
    size_t ahead = 0;
    return (IsWord(words, ahead++) && ...);
  }
  void Advance(size_t count = 1) { next_ = std::min(next_ + count, tokens_.size() - 1); }
  bool Accept(TokenKind kind);
  template <class... Words>
  bool AcceptWords(const Words&... words) {
    if (!IsWords(words...)) return false;
    Advance(sizeof...(words));
    return true;
  }
  /// Blank-separated words: "IF NOT EXISTS". Takes all of them or none.
  bool AcceptPhrase(std::string_view phrase);
  Status Expect(TokenKind kind);
  template <class... Words>
  Status ExpectWords(const Words&... words) {
    for (std::string_view word : {std::string_view(words)...}) {
      if (!AcceptWords(word)) return Unexpected();
    }
    return Ok();
  }
  bool AtEnd() const { return Is(TokenKind::kEnd) || Is(TokenKind::kSemicolon); }
  /// kSyntax at the token there.
  Error Unexpected(size_t ahead = 0) const { return UnexpectedToken(ShownSource(ahead), Peek(ahead).at); }
  /// kUnsupported at the token there.
  Error Unsupported(std::string what) const { return Error(errors::kUnsupported, {std::move(what)}, At()); }
  /// A mark of the token there, and the source text from a mark to the token taken last.
  size_t Mark() const { return next_; }
  void Reset(size_t mark) { next_ = mark; }
  std::string TextFrom(size_t mark) const;
  const Token& TokenAt(size_t mark) const { return tokens_[mark]; }

  // --- names, literals, types, options (parse_cursor.cc, parse_option.cc) --------------------------------------------
  /// A name of anything; words that are reserved are refused.
  Result<Ident> Identifier();
  bool AtIdentifier(size_t ahead = 0) const;
  /// (a, b, c)
  Result<std::vector<Ident>> IdentifierList();
  /// a, b, c without parentheses
  Result<std::vector<Ident>> BareIdentifierList();
  Result<ObjectName> Name();
  Result<std::string> String();
  bool AtString(size_t ahead = 0) const;
  /// [+ | -] digits
  Result<int64_t> Integer();
  Result<SqlType> Type();
  /// (type, type), perhaps with names of arguments
  Result<std::vector<SqlType>> Signature();

  Result<OptionValue> Value();
  /// Whether `NAME =` stands there.
  bool AtOption() const { return Is(TokenKind::kWord) && Is(TokenKind::kEq, 1); }
  /// Any number of NAME = value, with or without commas. Errors: kSyntax, duplicate properties.
  Result<std::vector<Option>> Options();
  /// One NAME = value, added to `options`.
  Status OneOption(std::vector<Option>* options);
  Status AddOption(Option option, std::vector<Option>* options);
  /// A flag without a value.
  Status AddFlag(std::string name, bool value, std::vector<Option>* options);
  Result<FileFormatChoice> FileFormat();
  Result<StageLocation> Location();
  /// The longest kind of object whose words stand there, taken; null where there is none.
  const KindRow* TakeKind(bool plural = false);

  // --- expressions (parse_expression.cc, parse_primary.cc, parse_call.cc) --------------------------------------------
  Result<ExprPtr> Expression();
  /// Operators that bind at least as tightly as `level`.
  Result<ExprPtr> Binary(int level);
  /// a, b, c
  Result<std::vector<ExprPtr>> ExpressionList();
  /// (a, b, c), perhaps empty
  Result<std::vector<ExprPtr>> ParenthesisedList();
  Result<std::vector<OrderItem>> OrderItems();
  /// * or t.*, if it stands there, with its modifiers
  [[gnu::noinline]] Result<ExprPtr> StarExpression(std::vector<Ident> qualifier);
  /// The arguments of a call behind its name: ( … ), not what follows.
  Result<std::vector<Argument>> Arguments(Call* call);
  Result<ExprPtr> CallBehindName(ObjectName name, Position at);
  /// An expression or DEFAULT.
  Result<ExprPtr> ExpressionOrDefault();

  // --- queries (parse_query.cc, parse_relation.cc) -------------------------------------------------------------------
  bool AtQuery(size_t ahead = 0) const;
  Result<QueryPtr> ParseWholeQuery();
  /// Carries on a query that was read in parentheses: set operations, ORDER BY, LIMIT.
  Result<QueryPtr> ContinueQuery(QueryPtr first);
  bool AtQueryTail() const;
  Result<std::vector<std::vector<ExprPtr>>> ValuesRows();
  /// The list behind FROM.
  Result<RelationPtr> FromList();
  Result<RelationPtr> JoinTree();
  Result<std::optional<TimeTravel>> Travel();
  Result<std::optional<Ident>> TableName();

  /// Counts the nodes of a production that holds others: `adds` is 0 where it makes none, `depth` what it takes.
  class Level {
   public:
    explicit Level(Parser* parser, int adds = 1, int depth = 1)
        : parser_(parser), saved_(parser->height_), adds_(adds), depth_(depth) {
      parser_->depth_ += depth_;
      parser_->height_ = 0;
    }
    ~Level() {
      parser_->depth_ -= depth_;
      parser_->height_ = std::max(saved_, parser_->height_ + adds_);
    }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

   private:
    Parser* parser_;
    int saved_, adds_, depth_;
  };
  /// Counts the nodes of a chain of operators.
  class Chain {
   public:
    explicit Chain(Parser* parser) : parser_(parser), saved_(parser->height_) { parser_->height_ = 0; }
    ~Chain() { parser_->height_ = std::max(saved_, parser_->height_); }
    Chain(const Chain&) = delete;
    Chain& operator=(const Chain&) = delete;
    /// One more node on top.
    Status Link(int count = 1) {
      parser_->height_ += count;
      return parser_->CheckDepth();
    }

   private:
    Parser* parser_;
    int saved_;
  };
  Status CheckDepth() const;

  int binds = 0;  ///< of the statement at hand

 private:
  std::string_view ShownSource(size_t ahead) const;
  Result<std::vector<Ident>> NameParts(size_t most);
  Result<std::string> TypeWords();

  // What leads away from the recursion is not inlined: it would widen every frame of it.
  Result<ExprPtr> Prefix(int level);
  Result<ExprPtr> Postfix(ExprPtr expr);
  Result<ExprPtr> Predicate(ExprPtr left, bool negated);
  Result<ExprPtr> InPredicate(ExprPtr left, bool negated);
  Result<ExprPtr> LikePredicate(ExprPtr left, bool negated, Like::Kind kind);
  Result<ExprPtr> IsPredicate(ExprPtr left);
  Result<ExprPtr> Comparison(ExprPtr left, BinaryOp op, Position at);
  Result<ExprPtr> Associative(ExprPtr first, BinaryOp op, int level, Position at);
  Result<ExprPtr> Primary();
  Result<ExprPtr> WordPrimary();
  Result<ExprPtr> KeywordPrimary(bool* taken);
  Result<ExprPtr> NamePrimary();
  [[gnu::noinline]] Result<ExprPtr> ExistsPrimary();
  [[gnu::noinline]] Result<ExprPtr> RootPrimary();
  [[gnu::noinline]] Result<ExprPtr> BareCall();
  [[gnu::noinline]] Result<ExprPtr> TypedLiteral();
  [[gnu::noinline]] Result<ExprPtr> IdentifierPrimary();
  Result<ExprPtr> Parenthesised();
  [[gnu::noinline]] Result<ExprPtr> CaseExpression();
  [[gnu::noinline]] Result<ExprPtr> CastExpression(bool try_cast);
  [[gnu::noinline]] Result<ExprPtr> Interval();
  [[gnu::noinline]] Result<ExprPtr> BindPrimary();
  [[gnu::noinline]] Result<ExprPtr> ArrayPrimary();
  [[gnu::noinline]] Result<ExprPtr> ObjectPrimary();
  [[gnu::noinline]] Result<ExprPtr> SpecialCall(bool* taken);
  Status Operand(Call* call);
  Status TrimArguments(Call* call);
  Result<ExprPtr> PathStep(ExprPtr base, Position at);
  Status BehindCall(Call* call);
  Result<Window> WindowDefinition();
  [[gnu::noinline]] Result<WindowFrame> Frame();
  Result<FrameBound> Bound();

  Result<QueryPtr> SetOperations(int level);
  Result<QueryPtr> SetTail(QueryPtr left, int level);
  Result<QueryPtr> UnionAll(QueryPtr first, Position at);
  Result<QueryPtr> WithTail(QueryPtr query, std::vector<CommonTable> with, bool recursive);
  Result<QueryPtr> QueryTerm();
  Result<QueryPtr> SelectCore();
  Status QueryTail(Query* query);
  Result<std::vector<CommonTable>> CommonTables();
  Result<SelectItem> Item();
  std::string LabelFrom(size_t mark) const;
  Status SelectClauses(Select* select);
  Result<GroupBy> Grouping();
  Result<std::vector<std::vector<ExprPtr>>> GroupingElement(GroupBy::Kind* kind);

  Result<RelationPtr> TableFactor();
  Result<RelationPtr> BareTableFactor();
  Result<RelationPtr> NamedFactor();
  Result<RelationPtr> TableFunction(bool lateral);
  Result<RelationPtr> ParenthesisedRelation(bool lateral);
  Result<RelationPtr> RelationTail(RelationPtr relation);
  Result<RelationPtr> PivotTail(RelationPtr source);
  Result<RelationPtr> UnpivotTail(RelationPtr source);
  Result<RelationPtr> StageFactor();
  Status JoinCondition(JoinRelation* join);
  Result<bool> TakeJoin(JoinRelation* join);
  Status AliasAndSample(Relation* relation);
  Result<Sample> SampleClause();
  bool AtBareAlias() const;
  bool AtSample() const;
  bool AtBareColumnAlias() const;
  bool AtClauseOperand(size_t ahead) const;

  std::string_view text_;
  std::vector<Token> tokens_;
  ParseOptions options_;
  size_t next_ = 0;
  int depth_ = 0;
  int height_ = 0;
};

}  // namespace firn::sql
