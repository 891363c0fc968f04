// Regular expressions: docs.snowflake.com/en/sql-reference/functions-regexp. RE2, as DuckDB has it, through DuckDB's
// functions; parameters and patterns are checked by RE2 itself.
#include "functions/regexp.h"

#include <array>
#include <duckdb/common/enums/expression_type.hpp>
#include <duckdb/common/re2_regex.hpp>

#include "functions/cast.h"
#include "functions/families.h"
#include "functions/kernel.h"
#include "functions/number.h"
#include "functions/operators.h"
#include "functions/semi_structured.h"
#include "functions/utf8.h"

namespace firn::functions {

namespace {

/// Snowflake's letters as DuckDB's options; `extract` is whether 'e' was among them.
std::string Options(const std::string& parameters, bool* extract = nullptr) {
  bool ignore_case = false, multi_line = false, dot_newline = false;
  for (char c : parameters) {
    switch (c) {
      case 'c':
        ignore_case = false;
        break;
      case 'i':
        ignore_case = true;
        break;
      case 'm':
        multi_line = true;
        break;
      case 's':
        dot_newline = true;
        break;
      case 'e':
        if (extract != nullptr) *extract = true;
        break;
      default:
        Raise(errors::kInvalidValue, {parameters, "regular expression parameters"});
    }
  }
  // DuckDB's 'm' is RE2's one_line off; inline flags say the same for both, so they go in front of the pattern.
  std::string flags = std::string(ignore_case ? "i" : "") + (multi_line ? "m" : "") + (dot_newline ? "s" : "");
  return flags.empty() ? "" : "(?" + flags + ")";
}

BoundExpr Pattern(ClientContext& context, BoundExpr pattern, const std::string& flags) {
  pattern = ToText(context, Plain(context, std::move(pattern)));
  if (flags.empty()) return Fold(context, std::move(pattern));
  return Fold(context, Duck(context, "||", Constant(Value(flags)), std::move(pattern)));
}

BoundExpr TextAt(BindCall& call, size_t i) { return ToText(call.context, Plain(call.context, call.Take(i))); }
std::string LettersAt(BindCall& call, size_t i) { return call.size() > i ? ConstantText(call, i) : std::string("c"); }
BoundExpr Integer(int64_t value) { return Constant(Value::BIGINT(value)); }
BoundExpr Text(const char* value) { return Constant(Value(value)); }

/// The subject from character `position` (from 1) on.
BoundExpr From(BindCall& call, BoundExpr text, size_t i) {
  int64_t position = call.size() > i ? ConstantInt(call, i) : 1;
  if (position < 1) Raise(errors::kInvalidValue, {std::to_string(position), "position"});
  if (position == 1) return text;
  return Duck(call.context, "substring", std::move(text), Integer(position));
}

/// All matches of the pattern's group as a LIST.
BoundExpr Matches(BindCall& call, BoundExpr text, BoundExpr pattern, int64_t group) {
  // An empty pattern matches nothing.
  BoundExpr empty = Compare(duckdb::ExpressionType::COMPARE_EQUAL, pattern->Copy(), Text(""));
  BoundExpr list = Duck(call.context, "regexp_extract_all", std::move(text), std::move(pattern),
                        Constant(Value::INTEGER(static_cast<int32_t>(group))));
  auto type = list->return_type;
  return If(Fold(call.context, std::move(empty)), Constant(Value::LIST(LogicalType::VARCHAR, {})),
            DuckCast(call.context, std::move(list), LogicalType::LIST(LogicalType::VARCHAR)));
}

BoundNode BindLike(BindCall& call) {
  std::string letters = LettersAt(call, 2);
  return MatchWhole(call.context, call.Take(0), call.Take(1), letters);
}

/// (text, pattern [, position [, parameters]])
BoundNode BindCount(BindCall& call) {
  std::string flags = Options(LettersAt(call, 3));
  BoundExpr text = From(call, TextAt(call, 0), 2);
  BoundExpr pattern = Pattern(call.context, call.Take(1), flags);
  return Duck(call.context, "len", Matches(call, std::move(text), std::move(pattern), 0));
}

/// (text, pattern [, position [, occurrence [, parameters [, group]]]])
struct Search {
  BoundExpr text, pattern;
  int64_t occurrence = 1;
  int64_t group = 0;
};
Search SearchOf(BindCall& call, size_t occurrence, size_t letters, size_t group) {
  Search out;
  bool extract = false;
  std::string flags = Options(LettersAt(call, letters), &extract);
  out.text = From(call, TextAt(call, 0), 2);
  out.pattern = Pattern(call.context, call.Take(1), flags);
  out.occurrence = call.size() > occurrence ? ConstantInt(call, occurrence) : 1;
  if (out.occurrence < 1) Raise(errors::kInvalidValue, {std::to_string(out.occurrence), "occurrence"});
  if (call.size() > group)
    out.group = ConstantInt(call, group);
  else if (extract)
    out.group = 1;
  return out;
}
BoundNode BindSubstr(BindCall& call) {
  Search search = SearchOf(call, 3, 4, 5);
  BoundExpr list = Matches(call, std::move(search.text), std::move(search.pattern), search.group);
  return Duck(call.context, "list_extract", std::move(list), Integer(search.occurrence));
}
BoundNode BindSubstrAll(BindCall& call) {
  Search search = SearchOf(call, 3, 4, 5);
  BoundExpr list = Matches(call, std::move(search.text), std::move(search.pattern), search.group);
  list = Duck(call.context, "list_slice", std::move(list), Integer(search.occurrence), Integer(1 << 30));
  return Retype(ToVariant(call.context, std::move(list)), ArrayType());
}

/// All matches in `text`. An empty pattern matches nothing. The last pattern of the thread stays compiled.
duckdb::vector<duckdb_re2::Match> FindAll(std::string_view text, std::string_view pattern) {
  if (pattern.empty()) return {};
  thread_local std::string last;
  thread_local std::unique_ptr<duckdb_re2::Regex> regex;
  if (!regex || last != pattern) {
    try {
      regex = std::make_unique<duckdb_re2::Regex>(std::string(pattern));
    } catch (const std::exception&) {
      Raise(errors::kInvalidValue, {Shown(pattern), "regular expression"});
    }
    last = pattern;
  }
  return duckdb_re2::RegexFindAll(std::string(text), *regex);
}

/// (text, pattern [, position [, occurrence [, option [, parameters [, group]]]]]): the place of the match, or of the
/// character behind it.
BoundNode BindInstr(BindCall& call) {
  int64_t position = call.size() > 2 ? ConstantInt(call, 2) : 1;
  int64_t option = call.size() > 4 ? ConstantInt(call, 4) : 0;
  if (option != 0 && option != 1) Raise(errors::kInvalidValue, {std::to_string(option), "option"});
  Search search = SearchOf(call, 3, 5, 6);
  auto n = static_cast<size_t>(search.occurrence - 1), group = static_cast<size_t>(search.group);
  std::vector<BoundExpr> args;
  args.push_back(std::move(search.text));
  args.push_back(std::move(search.pattern));
  std::string identity = "firn regexp_instr";
  for (int64_t fact : {position, search.occurrence, option, search.group}) identity += " " + std::to_string(fact);
  return Kernel(
      identity, LogicalType::BIGINT, std::move(args),
      MapRows<int64_t, std::string_view, std::string_view>([=](std::string_view text, std::string_view pattern) {
        auto matches = FindAll(text, pattern);
        if (n >= matches.size() || group >= matches[n].groups.size()) return int64_t{0};
        const auto& found = matches[n].groups[group];
        size_t end = found.position + (option == 1 ? found.text.size() : 0);
        return CharCount(text.substr(0, end)) + position;
      }));
}

/// Replaces the n-th match (from 0); \1 … in the replacement are its groups.
std::string ReplaceOne(std::string_view text, std::string_view pattern, std::string_view replacement, size_t n) {
  auto matches = FindAll(text, pattern);
  if (n >= matches.size()) return std::string(text);
  auto& groups = matches[n].groups;
  std::string out(text.substr(0, groups[0].position));
  for (size_t i = 0; i < replacement.size(); ++i) {
    bool reference = replacement[i] == '\\' && i + 1 < replacement.size();
    size_t group = reference ? static_cast<size_t>(replacement[i + 1] - '0') : 10;
    if (group > 9) {
      out += replacement[i];
    } else {
      if (group < groups.size()) out += groups[group].text;
      ++i;
    }
  }
  return out + std::string(text.substr(groups[0].position + groups[0].text.size()));
}

/// Snowflake writes \1 or $1... as \\1 in literals; RE2 takes \1 as it is.
/// (text, pattern [, replacement [, position [, occurrence [, parameters]]]])
BoundNode BindReplace(BindCall& call) {
  ClientContext& context = call.context;
  std::string flags = Options(LettersAt(call, 5));
  int64_t position = call.size() > 3 ? ConstantInt(call, 3) : 1;
  int64_t occurrence = call.size() > 4 ? ConstantInt(call, 4) : 0;
  if (position < 1) Raise(errors::kInvalidValue, {std::to_string(position), "position"});
  if (occurrence < 0) Raise(errors::kInvalidValue, {std::to_string(occurrence), "occurrence"});
  BoundExpr text = TextAt(call, 0);
  BoundExpr pattern = Pattern(context, call.Take(1), flags);
  BoundExpr replacement = call.size() > 2 ? TextAt(call, 2) : Text("");
  BoundExpr head;
  if (position > 1) {
    head = Duck(context, "substring", text->Copy(), Integer(1), Integer(position - 1));
    text = Duck(context, "substring", std::move(text), Integer(position));
  }
  if (occurrence > 1) {
    std::vector<BoundExpr> args;
    args.push_back(std::move(text));
    args.push_back(std::move(pattern));
    args.push_back(std::move(replacement));
    auto n = static_cast<size_t>(occurrence - 1);
    BoundExpr one =
        Kernel("firn regexp_replace " + std::to_string(n), LogicalType::VARCHAR, std::move(args),
               MapRows<std::string, std::string_view, std::string_view, std::string_view>(
                   [n](std::string_view t, std::string_view p, std::string_view r) { return ReplaceOne(t, p, r, n); }));
    return head ? Duck(context, "||", std::move(head), std::move(one)) : std::move(one);
  }
  BoundExpr empty = Compare(duckdb::ExpressionType::COMPARE_EQUAL, pattern->Copy(), Text(""));
  BoundExpr same = text->Copy();
  BoundExpr out = Duck(context, "regexp_replace", std::move(text), std::move(pattern), std::move(replacement),
                       Text(occurrence == 0 ? "g" : ""));
  out = If(Fold(context, std::move(empty)), std::move(same), std::move(out));
  return head ? Duck(context, "||", std::move(head), std::move(out)) : std::move(out);
}

// clang-format off
constexpr std::array kRegexp = {
    Function{"REGEXP", "text, pattern [, parameters]", Native{BindLike}, "REGEXP('San Francisco', 'San.*')", "true", "functions/regexp"},
    Function{"REGEXP_COUNT", "text, pattern [, position] [, parameters]", Native{BindCount}, "REGEXP_COUNT('It was the best of times, it was the worst of times', '\\\\bwas\\\\b', 1)", "2", "functions/regexp_count"},
    Function{"REGEXP_EXTRACT_ALL", "text, pattern [, position] [, occurrence] [, parameters] [, group]", Native{BindSubstrAll}, "REGEXP_EXTRACT_ALL('a1_a2', 'a[[:digit:]]')", "[\"a1\",\"a2\"]", "functions/regexp_substr_all"},
    Function{"REGEXP_INSTR", "text, pattern [, position] [, occurrence] [, option] [, parameters] [, group]", Native{BindInstr}, "REGEXP_INSTR('It was the best of times, it was the worst of times', 'was', 1, 2)", "30", "functions/regexp_instr"},
    Function{"REGEXP_LIKE", "text, pattern [, parameters]", Native{BindLike}, "REGEXP_LIKE('SAN JOSE', 'san.*', 'i')", "true", "functions/regexp_like"},
    Function{"REGEXP_REPLACE", "text, pattern [, replacement] [, position] [, occurrence] [, parameters]", Native{BindReplace}, "REGEXP_REPLACE('firstname middlename lastname', '(.*) (.*) (.*)', '\\\\3, \\\\1 \\\\2')", "lastname, firstname middlename", "functions/regexp_replace"},
    Function{"REGEXP_SUBSTR", "text, pattern [, position] [, occurrence] [, parameters] [, group]", Native{BindSubstr}, "REGEXP_SUBSTR('Release 24', 'Release\\\\W+(\\\\d+)', 1, 1, 'e')", "24", "functions/regexp_substr"},
    Function{"REGEXP_SUBSTR_ALL", "text, pattern [, position] [, occurrence] [, parameters] [, group]", Native{BindSubstrAll}, "REGEXP_SUBSTR_ALL('a1_a2a3_a4A5a6', 'a[[:digit:]]')", "[\"a1\",\"a2\",\"a3\",\"a4\",\"a6\"]", "functions/regexp_substr_all"},
    Function{"RLIKE", "text, pattern [, parameters]", Native{BindLike}, "RLIKE('800-456-7891', '[2-9]\\\\d{2}-\\\\d{3}-\\\\d{4}')", "true", "functions/rlike"},
};
// clang-format on

}  // namespace

BoundExpr MatchWhole(ClientContext& context, BoundExpr text, BoundExpr pattern, const std::string& parameters) {
  text = ToText(context, Plain(context, std::move(text)));
  return Duck(context, "regexp_full_match", std::move(text), Pattern(context, std::move(pattern), Options(parameters)));
}

std::span<const Function> RegexpFunctions() { return kRegexp; }

}  // namespace firn::functions
