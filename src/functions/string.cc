// Strings: docs.snowflake.com/en/sql-reference/functions-string
#include <array>
#include <cctype>
#include <clocale>
#include <cwctype>

#include "functions/families.h"
#include "functions/operators.h"
#include "functions/rows.h"
#include "functions/split_text.h"
#include "functions/tree.h"
#include "functions/utf8.h"
#include "functions/variant_text.h"

namespace firn::functions {

namespace {

constexpr int64_t kTextMost = 16 << 20;  ///< bytes that LPAD, RPAD, SPACE and REPEAT may make

void CheckSize(int64_t bytes) {
  if (bytes > kTextMost) Raise(errors::kLobTooLarge, {std::to_string(bytes)});
}

int64_t Ascii(std::string_view text) { return text.empty() ? 0 : static_cast<unsigned char>(text[0]); }

bool ContainsBytes(Binary whole, Binary piece) { return whole.bytes.find(piece.bytes) != std::string_view::npos; }
BoundNode BindContains(BindCall& call) {
  if (ShapeOf(call.Type(0)) == Shape::kBinary) return Rows<ContainsBytes>(call);
  for (auto& arg : call.args) arg = ToText(call.context, Plain(call.context, std::move(arg)));
  return Duck(call.context, "contains", std::move(call.args));
}

int64_t CharIndex(std::string_view piece, std::string_view text, int64_t start) {
  if (start < 1) start = 1;
  size_t from = CharOffset(text, start - 1);
  if (piece.empty()) return start <= CharCount(text) + 1 ? start : 0;
  size_t found = text.find(piece, from);
  return found == std::string_view::npos ? 0 : CharCount(text.substr(0, found)) + 1;
}

int64_t ByteIndex(Binary piece, Binary whole, int64_t start) {
  size_t found = whole.bytes.find(piece.bytes, start < 1 ? 0 : static_cast<size_t>(start - 1));
  return found == std::string_view::npos ? 0 : static_cast<int64_t>(found) + 1;
}
BoundNode BindCharIndex(BindCall& call) {
  return ShapeOf(call.Type(1)) == Shape::kBinary ? Rows<ByteIndex>(call) : Rows<CharIndex>(call);
}

std::string Chr(int64_t code) {
  if (code < 0 || code > 0x10FFFF) Raise(errors::kInvalidValue, {std::to_string(code), "CHR"});
  std::string out;
  AppendCodePoint(&out, code);
  return out;
}

BoundNode BindConcat(BindCall& call) {
  BoundExpr out = call.size() == 1 ? ToText(call.context, Plain(call.context, call.Take(0))) : call.Take(0);
  for (size_t i = 1; i < call.size(); ++i) out = Concat(call.context, std::move(out), call.Take(i));
  return out;
}

BoundNode BindConcatWs(BindCall& call) {
  for (auto& arg : call.args) arg = ToText(call.context, Plain(call.context, std::move(arg)));
  auto run = MapTexts<std::optional<std::string>>(
      [](const std::vector<std::optional<std::string_view>>& texts) -> std::optional<std::string> {
        std::string out;
        for (size_t i = 0; i < texts.size(); ++i) {
          if (!texts[i]) return std::nullopt;
          if (i > 1) out += *texts[0];
          if (i > 0) out += *texts[i];
        }
        return out;
      });
  return Kernel("firn concat_ws", LogicalType::VARCHAR, std::move(call.args), std::move(run), {.sees_nulls = true});
}

int64_t EditDistance(std::string_view a, std::string_view b, std::optional<int64_t> most) {
  auto x = CharsOf(a), y = CharsOf(b);
  std::vector<int64_t> row(y.size() + 1);
  for (size_t j = 0; j <= y.size(); ++j) row[j] = static_cast<int64_t>(j);
  for (size_t i = 1; i <= x.size(); ++i) {
    int64_t diagonal = row[0];
    row[0] = static_cast<int64_t>(i);
    for (size_t j = 1; j <= y.size(); ++j) {
      int64_t above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (x[i - 1] == y[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return most && row.back() > *most ? *most : row.back();
}

locale_t UnicodeLocale() {
  static const locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return locale;
}

std::string InitCap(std::string_view text, std::optional<std::string_view> delimiters) {
  static constexpr std::string_view kDelimiters = " \t\n\r\f\v!?@\"^#$&~_,.:;+-*%/|\\[](){}<>";
  std::string_view between = delimiters.value_or(kDelimiters);
  std::string out;
  bool start = true;
  for (std::string_view c : CharsOf(text)) {
    bool delimiter = between.find(c) != std::string_view::npos;
    auto letter = static_cast<wint_t>(CodePoint(c));
    AppendCodePoint(&out, start ? towupper_l(letter, UnicodeLocale()) : towlower_l(letter, UnicodeLocale()));
    start = delimiter;
  }
  return out;
}

std::string Insert(std::string_view base, int64_t position, int64_t length, std::string_view piece) {
  if (position < 1) Raise(errors::kInvalidValue, {std::to_string(position), "INSERT"});
  if (length < 0) Raise(errors::kInvalidValue, {std::to_string(length), "INSERT"});
  size_t begin = CharOffset(base, position - 1);
  size_t end = begin + CharOffset(base.substr(begin), length);
  return std::string(base.substr(0, begin)) + std::string(piece) + std::string(base.substr(end));
}

int64_t JaroWinkler(std::string_view a, std::string_view b) {
  std::string x = Lower(a), y = Lower(b);
  auto p = CharsOf(x), q = CharsOf(y);
  if (p.empty() && q.empty()) return 0;
  int64_t range = std::max<int64_t>(0, static_cast<int64_t>(std::max(p.size(), q.size())) / 2 - 1);
  std::vector<bool> p_used(p.size()), q_used(q.size());
  double matches = 0;
  for (size_t i = 0; i < p.size(); ++i) {
    auto low = static_cast<size_t>(std::max<int64_t>(0, static_cast<int64_t>(i) - range));
    for (size_t j = low; j < std::min(q.size(), i + static_cast<size_t>(range) + 1); ++j) {
      if (q_used[j] || p[i] != q[j]) continue;
      p_used[i] = q_used[j] = true;
      ++matches;
      break;
    }
  }
  if (matches == 0) return 0;
  int out_of_place = 0;
  for (size_t i = 0, j = 0; i < p.size(); ++i) {
    if (!p_used[i]) continue;
    while (!q_used[j]) ++j;
    if (p[i] != q[j++]) ++out_of_place;
  }
  const int transpositions = out_of_place / 2;  // rounded down
  double jaro = (matches / static_cast<double>(p.size()) + matches / static_cast<double>(q.size()) +
                 (matches - transpositions) / matches) /
                3;
  size_t prefix = 0;
  while (prefix < 4 && prefix < p.size() && prefix < q.size() && p[prefix] == q[prefix]) ++prefix;
  return static_cast<int64_t>((jaro + static_cast<double>(prefix) * 0.1 * (1 - jaro)) * 100);
}

std::string_view Left(std::string_view text, int64_t count) { return CharSlice(text, 0, count); }
std::string_view Right(std::string_view text, int64_t count) {
  return CharSlice(text, std::max<int64_t>(0, CharCount(text) - std::max<int64_t>(0, count)), count);
}

std::string Padding(std::string_view pad, int64_t count) {
  std::string out;
  auto chars = CharsOf(pad);
  CheckSize(count);
  for (int64_t i = 0; i < count && !chars.empty(); ++i) out += chars[static_cast<size_t>(i) % chars.size()];
  return out;
}
std::string LeftPad(std::string_view text, int64_t length, std::string_view pad) {
  int64_t have = CharCount(text);
  if (length <= have) return std::string(CharSlice(text, 0, length));
  return Padding(pad, length - have) + std::string(text);
}
std::string RightPad(std::string_view text, int64_t length, std::string_view pad) {
  int64_t have = CharCount(text);
  if (length <= have) return std::string(CharSlice(text, 0, length));
  return std::string(text) + Padding(pad, length - have);
}
template <bool Left>
BinaryOut PadBytes(Binary value, int64_t length, Binary pad) {
  CheckSize(length);
  auto have = static_cast<int64_t>(value.bytes.size());
  if (length <= have) return {std::string(value.bytes.substr(0, static_cast<size_t>(std::max<int64_t>(0, length))))};
  std::string padding;
  for (size_t i = 0; !pad.bytes.empty() && static_cast<int64_t>(i) < length - have; ++i) {
    padding += pad.bytes[i % pad.bytes.size()];
  }
  return {Left ? padding + std::string(value.bytes) : std::string(value.bytes) + padding};
}
template <bool Left>
BoundNode BindPad(BindCall& call) {
  if (ShapeOf(call.Type(0)) == Shape::kBinary) return Rows<PadBytes<Left>>(call);
  return Left ? Rows<LeftPad>(call) : Rows<RightPad>(call);
}

BoundNode BindLength(BindCall& call) {
  if (ShapeOf(call.Type(0)) == Shape::kBinary) return Duck(call.context, "octet_length", call.Take(0));
  return Duck(call.context, "length", ToText(call.context, Plain(call.context, call.Take(0))));
}

BoundNode BindOctetLength(BindCall& call) {
  if (ShapeOf(call.Type(0)) == Shape::kBinary) return Duck(call.context, "octet_length", call.Take(0));
  return Duck(call.context, "strlen", ToText(call.context, Plain(call.context, call.Take(0))));
}
BoundNode BindBitLength(BindCall& call) {
  BoundExpr bytes = BindOctetLength(call).expr;
  return Multiply(call.context, std::move(bytes), Constant(Value::BIGINT(8)));
}

std::string Repeat(std::string_view text, int64_t times) {
  std::string out;
  times = std::max<int64_t>(0, times);
  if (!text.empty()) CheckSize(times > kTextMost ? times : times * static_cast<int64_t>(text.size()));
  for (int64_t i = 0; i < times && !text.empty(); ++i) out += text;
  return out;
}
std::string Space(int64_t count) { return Repeat(" ", count); }

int64_t RightTrimmedLength(std::string_view text) {
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return CharCount(text);
}

template <bool KeepsSecond>
std::string Soundex(std::string_view text) {
  constexpr std::string_view kCodes = "01230120022455012623010202";  // A to Z
  std::string out;
  char last = '0';
  for (char c : text) {
    if (!std::isalpha(static_cast<unsigned char>(c))) continue;
    char upper = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    char code = kCodes[static_cast<size_t>(upper - 'A')];
    if (out.empty()) {
      out += upper;
    } else if (code != '0' && code != last) {
      out += code;
    }
    // H and W do not part equal codes; vowels do.
    if (upper != 'H' && upper != 'W') last = KeepsSecond && out.size() == 1 ? '0' : code;
    if (out.size() == 4) break;
  }
  if (!out.empty()) out.resize(4, '0');
  return out;
}

ArrayOut Split(std::string_view text, std::string_view separator) {
  std::string out = "[";
  for (std::string_view part : SplitBy(text, separator)) {
    if (out.size() > 1) out += ',';
    AppendQuoted(&out, part);
  }
  return {out + "]"};
}
std::string SplitPart(std::string_view text, std::string_view separator, int64_t number) {
  auto parts = SplitBy(text, separator);
  auto count = static_cast<int64_t>(parts.size());
  if (number == 0) number = 1;
  if (number < 0) number = count + number + 1;
  return number < 1 || number > count ? std::string() : std::string(parts[static_cast<size_t>(number - 1)]);
}

std::optional<std::string> StrTok(std::string_view text, std::string_view delimiters, int64_t number) {
  auto tokens = TokensOf(text, delimiters);
  if (number < 1 || number > static_cast<int64_t>(tokens.size())) return std::nullopt;
  return std::string(tokens[static_cast<size_t>(number - 1)]);
}
ArrayOut StrTokToArray(std::string_view text, std::string_view delimiters) {
  std::string out = "[";
  for (std::string_view token : TokensOf(text, delimiters)) {
    if (out.size() > 1) out += ',';
    AppendQuoted(&out, token);
  }
  return {out + "]"};
}

std::string_view Substring(std::string_view text, int64_t start, int64_t length) {
  if (start == 0) start = 1;
  if (start < 0) {
    start = CharCount(text) + start + 1;
    if (start < 1) return {};
  }
  return CharSlice(text, start - 1, length);
}
BoundNode BindSubstring(BindCall& call) {
  bool binary = ShapeOf(call.Type(0)) == Shape::kBinary;
  if (call.size() == 2) call.args.push_back(Constant(Value::BIGINT(std::numeric_limits<int32_t>::max())));
  auto start = ConstantOf(call.context, *call.args[1]), length = ConstantOf(call.context, *call.args[2]);
  auto at_least = [](const std::optional<Value>& value, int64_t least) {
    return value && !value->IsNull() && ShapeOf(value->type()) == Shape::kNumber &&
           value->DefaultCastAs(LogicalType::BIGINT).GetValue<int64_t>() >= least;
  };
  if (binary) {
    call.args[0] = BinaryToText(call.context, call.Take(0), "HEX");
    for (size_t i : {size_t{1}, size_t{2}}) {
      call.args[i] = ToInteger(call.context, call.Take(i), OnFailure::kRaise);
    }
    // Two digits a byte.
    call.args[1] = Subtract(call.context, Multiply(call.context, call.Take(1), Constant(Value::BIGINT(2))),
                            Constant(Value::BIGINT(1)));
    call.args[2] = Multiply(call.context, call.Take(2), Constant(Value::BIGINT(2)));
    return ToBinary(call.context, Rows<Substring>(call).expr, "HEX", OnFailure::kRaise);
  }
  if (!at_least(start, 1) || !at_least(length, 0)) return Rows<Substring>(call);
  std::vector<BoundExpr> args;
  args.push_back(ToText(call.context, Plain(call.context, call.Take(0))));
  for (size_t i : {size_t{1}, size_t{2}}) args.push_back(DuckCast(call.context, call.Take(i), LogicalType::BIGINT));
  return Duck(call.context, "substring", std::move(args));
}

std::string Translate(std::string_view text, std::string_view from, std::string_view to) {
  auto sources = CharsOf(from), targets = CharsOf(to);
  std::string out;
  for (std::string_view c : CharsOf(text)) {
    auto found = std::find(sources.begin(), sources.end(), c);
    auto index = static_cast<size_t>(found - sources.begin());
    if (found == sources.end()) {
      out += c;
    } else if (index < targets.size()) {
      out += targets[index];
    }
  }
  return out;
}

/// LIKE(text, pattern [, escape]) is the operator.
template <sql::Like::Kind Kind>
Result<sql::ExprPtr> LikeCall(sql::Call&& call, const RewriteContext& context) {
  sql::Like like{Kind, sql::Like::Match::kOne, false, std::move(call.args[0].value), {}, nullptr};
  like.patterns.push_back(std::move(call.args[1].value));
  if (call.args.size() > 2) like.escape = std::move(call.args[2].value);
  return sql::MakeExpr(std::move(like), context.at);
}
Result<sql::ExprPtr> CollateCall(sql::Call&& call, const RewriteContext& context) {
  auto name = WordOf(*call.args[1].value);
  if (!name) return Error(errors::kInvalidExpression, {"Function COLLATE takes a constant collation"}, context.at);
  return sql::MakeExpr(sql::Collate{std::move(call.args[0].value), *name}, context.at);
}

int64_t Unicode(std::string_view text) { return text.empty() ? 0 : CodePoint(text); }

// clang-format off
constexpr std::array kString = {
    Function{"ASCII", "text", Native{Rows<Ascii>}, "ASCII('!')", "33", "functions/ascii"},
    Function{"BIT_LENGTH", "text", Native{BindBitLength}, "BIT_LENGTH('abc')", "24", "functions/bit_length"},
    Function{"CHAR", "code", Native{Rows<Chr>}, "CHAR(83)", "S", "functions/chr"},
    Function{"CHARINDEX", "piece, text [, start = 1]", Native{BindCharIndex}, "CHARINDEX('an', 'banana', 3)", "4", "functions/charindex"},
    Function{"CHR", "code", Native{Rows<Chr>}, "CHR(8364)", "€", "functions/chr"},
    Function{"COLLATE", "text, collation", Rewrite{CollateCall}, "COLLATE('ABC', 'en-ci') = 'abc'", "true", "functions/collate"},
    Function{"CONCAT", "value, ...", Native{BindConcat}, "CONCAT('George Washington ', 'Carver')", "George Washington Carver", "functions/concat"},
    Function{"CONCAT_WS", "separator, value, ...", Native{BindConcatWs}, "CONCAT_WS(',', 'one', 'two', 'three')", "one,two,three", "functions/concat_ws"},
    Function{"CONTAINS", "text, piece", Native{BindContains}, "CONTAINS('coffee', 'ff')", "true", "functions/contains"},
    Function{"EDITDISTANCE", "a, b [, most = NULL]", Native{Rows<EditDistance>}, "EDITDISTANCE('Gute nacht', 'Ich weis nicht')", "8", "functions/editdistance"},
    Function{"ENDSWITH", "text, piece", Rename{"suffix", "tt"}, "ENDSWITH('coffee', 'ee')", "true", "functions/endswith"},
    Function{"ILIKE", "text, pattern [, escape]", Rewrite{LikeCall<sql::Like::Kind::kILike>}, "ILIKE('John Dough', '%j%h%do%')", "true", "functions/ilike"},
    Function{"INITCAP", "text [, delimiters = NULL]", Native{Rows<InitCap>}, "INITCAP('The Quick Gray Fox')", "The Quick Gray Fox", "functions/initcap"},
    Function{"INSERT", "base, position, length, piece", Native{Rows<Insert>}, "INSERT('abcdef', 3, 2, 'zzz')", "abzzzef", "functions/insert"},
    Function{"JAROWINKLER_SIMILARITY", "a, b", Native{Rows<JaroWinkler>}, "JAROWINKLER_SIMILARITY('Snowflake', 'Oracle')", "61", "functions/jarowinkler_similarity"},
    Function{"LEFT", "text, count", Native{Rows<Left>}, "LEFT('ABCDEF', 3)", "ABC", "functions/left"},
    Function{"LEN", "text", Native{BindLength}, "LEN('Joyeux Noël')", "11", "functions/length"},
    Function{"LENGTH", "text", Native{BindLength}, "LENGTH('asdf')", "4", "functions/length"},
    Function{"LIKE", "text, pattern [, escape]", Rewrite{LikeCall<sql::Like::Kind::kLike>}, "LIKE('John Dough', '%Jo%oh%')", "false", "functions/like"},
    Function{"LOWER", "text", Same{"t"}, "LOWER('Ab')", "ab", "functions/lower"},
    Function{"LPAD", "text, length [, pad = ' ']", Native{BindPad<true>}, "LPAD('123.50', 19, '*_')", "*_*_*_*_*_*_*123.50", "functions/lpad"},
    Function{"LTRIM", "text [, characters]", Same{"tt"}, "LTRIM('#000000123', '0#')", "123", "functions/ltrim"},
    Function{"OCTET_LENGTH", "text", Native{BindOctetLength}, "OCTET_LENGTH('abc')", "3", "functions/octet_length"},
    Function{"POSITION", "piece, text [, start = 1]", Native{BindCharIndex}, "POSITION('an', 'banana', 1)", "2", "functions/position"},
    Function{"REPEAT", "text, times", Native{Rows<Repeat>}, "REPEAT('xy', 5)", "xyxyxyxyxy", "functions/repeat"},
    Function{"REPLACE", "text, from [, to = '']", Same{"ttt"}, "REPLACE('down', 'down', 'up')", "up", "functions/replace"},
    Function{"REVERSE", "text", Same{"t"}, "REVERSE('Hello, world!')", "!dlrow ,olleH", "functions/reverse"},
    Function{"RIGHT", "text, count", Native{Rows<Right>}, "RIGHT('ABCDEFG', 3)", "EFG", "functions/right"},
    Function{"RPAD", "text, length [, pad = ' ']", Native{BindPad<false>}, "RPAD('123.50', 19, '*_')", "123.50*_*_*_*_*_*_*", "functions/rpad"},
    Function{"RTRIM", "text [, characters]", Same{"tt"}, "RTRIM('$125.00', '0.')", "$125", "functions/rtrim"},
    Function{"RTRIMMED_LENGTH", "text", Native{Rows<RightTrimmedLength>}, "RTRIMMED_LENGTH(' ABCD ')", "5", "functions/rtrimmed_length"},
    Function{"SOUNDEX", "text", Native{Rows<Soundex<false>>}, "SOUNDEX('Marsha')", "M620", "functions/soundex"},
    Function{"SOUNDEX_P123", "text", Native{Rows<Soundex<true>>}, "SOUNDEX_P123('Pfister')", "P123", "functions/soundex_p123"},
    Function{"SPACE", "count", Native{Rows<Space>}, "SPACE(3)", "   ", "functions/space"},
    Function{"SPLIT", "text, separator", Native{Rows<Split>}, "SPLIT('127.0.0.1', '.')", "[\"127\",\"0\",\"0\",\"1\"]", "functions/split"},
    Function{"SPLIT_PART", "text, separator, number", Native{Rows<SplitPart>}, "SPLIT_PART('11.22.33', '.', 0)", "11", "functions/split_part"},
    Function{"STARTSWITH", "text, piece", Rename{"prefix", "tt"}, "STARTSWITH('coffee', 'co')", "true", "functions/startswith"},
    Function{"STRTOK", "text [, delimiters = ' '] [, number = 1]", Native{Rows<StrTok>}, "STRTOK('user@snowflake.com', '@.', 2)", "snowflake", "functions/strtok"},
    Function{"STRTOK_TO_ARRAY", "text [, delimiters = ' ']", Native{Rows<StrTokToArray>}, "STRTOK_TO_ARRAY('user@snowflake.com', '.@')", "[\"user\",\"snowflake\",\"com\"]", "functions/strtok_to_array"},
    Function{"SUBSTR", "text, start [, length]", Native{BindSubstring}, "SUBSTR('mystring', 0, 3)", "mys", "functions/substr"},
    Function{"SUBSTRING", "text, start [, length]", Native{BindSubstring}, "SUBSTRING('testing 1 2 3', 9, 5)", "1 2 3", "functions/substr"},
    Function{"TRANSLATE", "text, from, to", Native{Rows<Translate>}, "TRANSLATE('❄a❄bX❄dX❄', 'Xad❄', 'X?')", "?bXX", "functions/translate"},
    Function{"TRIM", "text [, characters]", Same{"tt"}, "TRIM('*-*ABC-*-', '*-')", "ABC", "functions/trim"},
    Function{"UNICODE", "text", Native{Rows<Unicode>}, "UNICODE('❄')", "10052", "functions/unicode"},
    Function{"UPPER", "text", Same{"t"}, "UPPER('i am my brother''s keeper')", "I AM MY BROTHER'S KEEPER", "functions/upper"},
};
// clang-format on

}  // namespace

std::span<const Function> StringFunctions() { return kString; }

}  // namespace firn::functions
