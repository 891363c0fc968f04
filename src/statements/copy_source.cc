#include "statements/copy_source.h"

#include <algorithm>

#include "base/errors.h"
#include "functions/rewrite.h"
#include "planner/resolve.h"
#include "planner/value.h"
#include "sql/printer.h"
#include "statements/file_format.h"
#include "statements/option_values.h"

namespace firn::statements {

using planner::FoundTable;

namespace {

Status SetOnError(const std::string& word, const sql::Option& option, CopyOptions* options) {
  using OnError = CopyOptions::OnError;
  if (word == "ABORT_STATEMENT") {
    options->on_error = OnError::kAbort;
  } else if (word == "CONTINUE") {
    options->on_error = OnError::kContinue;
    options->error_limit = -1;
  } else if (word.starts_with("SKIP_FILE")) {
    options->on_error = OnError::kSkipFile;
    options->error_limit = 1;
    std::string rest = word.substr(9);
    if (!rest.empty()) {
      options->limit_is_percent = rest.back() == '%';
      options->error_limit = std::atoll(rest.c_str() + 1);
      if (rest[0] != '_' || options->error_limit < 1) return InvalidOptionValue(option, true);
    }
  } else {
    return InvalidOptionValue(option, true);
  }
  return Ok();
}

/// For each column of the table, the index of the file's column (-1: default).
Result<std::vector<int>> Targets(const FoundTable& table, const std::vector<sql::Ident>& named) {
  const auto& columns = table.info().columns;
  std::vector<int> from(columns.size(), -1);
  if (named.empty()) {
    for (size_t i = 0; i < columns.size(); ++i) from[i] = static_cast<int>(i);
    return from;
  }
  for (size_t i = 0; i < named.size(); ++i) {
    auto found = std::find_if(columns.begin(), columns.end(),
                              [&](const catalog::ColumnInfo& column) { return column.name == named[i].text; });
    if (found == columns.end()) return Error(errors::kInvalidIdentifier, {named[i].text}, named[i].at);
    from[static_cast<size_t>(found - columns.begin())] = static_cast<int>(i);
  }
  return from;
}

Status FillPositional(Execution& run, const FoundTable& table, const std::vector<sql::Ident>& named,
                      CopySource* source) {
  FIRN_ASSIGN(auto from, Targets(table, named));
  source->columns = named.empty() ? from.size() : named.size();
  source->fields = from;
  for (size_t i = 0; i < from.size(); ++i) {
    if (from[i] >= 0) {
      source->values.push_back("c" + std::to_string(from[i]));
    } else {
      FIRN_ASSIGN(sql::ExprPtr value, planner::DefaultValue(run.context, table.info().columns[i]));
      source->values.push_back(sql::Print(*value));
    }
  }
  return Ok();
}

/// A JSON document's members, or a Parquet file's columns, by the columns' names.
Status FillByName(Execution& run, const FoundTable& table, const CopyOptions& options, CopySource* source) {
  if (source->format.type == "PARQUET") {
    for (const catalog::ColumnInfo& column : table.info().columns) {
      source->values.push_back("c" + std::to_string(source->wanted.size()));
      source->wanted.push_back(column.name);
    }
    source->any_case = options.match == CopyOptions::Match::kInsensitive;
    return Ok();
  }
  for (const catalog::ColumnInfo& column : table.info().columns) {
    if (options.match == CopyOptions::Match::kSensitive) {
      source->values.push_back("\"firn$get\"(c0, " + sql::QuoteText(column.name) + ")");
      continue;
    }
    sql::Call call{.name = {.parts = {{"GET_IGNORE_CASE", false, {}}}, .dynamic = nullptr, .at = {}}};
    call.args.push_back({"", sql::MakeExpr(sql::DuckExpr{"c0", {}})});
    call.args.push_back({"", planner::TextLiteral(column.name)});
    FIRN_ASSIGN(sql::ExprPtr value, functions::RewriteCall(std::move(call), {}, run.context.facts));
    source->values.push_back(sql::Print(*value));
  }
  return Ok();
}

/// (SELECT $1, $2:a FROM @stage …): a select list over the stage, perhaps with a WHERE.
Status FillTransformed(Execution& run, const FoundTable& table, sql::CopyIntoTable& copy, CopySource* source) {
  sql::Select* select = copy.transformation->AsSelect();
  if (!select || !select->from || !select->from->As<sql::StageRelation>() || select->group_by || select->distinct ||
      copy.transformation->limit) {
    return Error(errors::kUnsupported, {"a COPY transformation that is more than a select list"}, run.statement.at);
  }
  FIRN_ASSIGN(auto from, Targets(table, copy.columns));
  size_t wanted = copy.columns.empty() ? from.size() : copy.columns.size();
  if (select->items.size() != wanted) {
    return Error(errors::kInsertColumns, {std::to_string(wanted), std::to_string(select->items.size())});
  }
  // The stage is replaced by one file at a time in Read; here it is resolved over a stand-in with the same columns.
  std::string alias = select->from->alias.name ? select->from->alias.name->text : "firn$stage";
  for (size_t i = 0; i < select->items.size(); ++i) {
    FIRN_TRY(planner::ResolveStageColumns(run.context, select->items[i].expr, alias));
    source->select += (i ? ", " : "") + sql::Print(*select->items[i].expr) + " AS c" + std::to_string(i);
  }
  if (select->where) {
    FIRN_TRY(planner::ResolveStageColumns(run.context, select->where, alias));
    source->where = " WHERE " + sql::Print(*select->where);
  }
  source->where = " AS " + sql::QuoteIdent(alias) + source->where;
  FIRN_TRY(FillPositional(run, table, copy.columns, source));
  return Ok();
}

/// Whether a Parquet column of this type reads as it is; others (nested ones, bytes, instants) go by way of JSON.
bool IsPlain(const SqlType& type) {
  switch (type.id) {
    case TypeId::kNumber:
    case TypeId::kFloat:
    case TypeId::kBoolean:
    case TypeId::kDate:
    case TypeId::kTime:
    case TypeId::kTimestampNtz:
    case TypeId::kVarchar:
      return true;
    default:
      return false;
  }
}

/// DuckDB text in FROM: the wanted columns of one Parquet file as c0 …, NULL for one that the file lacks.
Result<std::string> ReadWanted(planner::StatementContext& context, const CopySource& source,
                               const planner::StageFile& file) {
  std::string from = planner::ReadParquet({file});
  auto& engine = *context.session.node().engine;
  FIRN_ASSIGN(auto given, engine.Describe(context.Statement("SELECT * FROM " + from)));
  std::string list;
  for (const std::string& name : source.wanted) {
    auto found = std::find_if(given.begin(), given.end(), [&](const engine::ResultColumn& column) {
      return source.any_case ? EqualsIgnoreCase(column.name, name) : column.name == name;
    });
    std::string value = "NULL";
    if (found != given.end()) value = "p." + sql::QuoteIdent(found->name);
    if (found != given.end() && !IsPlain(found->type)) {
      FIRN_ASSIGN(value, planner::ParsedDocument(context, "CAST(to_json(" + value + ") AS VARCHAR)"));
    }
    list += (list.empty() ? "" : ", ") + value + " AS c" + std::to_string(&name - source.wanted.data());
  }
  return "(SELECT " + list + " FROM " + from + " AS p)";
}

}  // namespace

namespace {

using Match = CopyOptions::Match;
using Validation = CopyOptions::Validation;

Status SetMatch(const std::string& word, const sql::Option& option, CopyOptions* options) {
  if (word == "CASE_SENSITIVE") {
    options->match = Match::kSensitive;
  } else if (word == "CASE_INSENSITIVE") {
    options->match = Match::kInsensitive;
  } else if (word != "NONE") {
    return InvalidOptionValue(option, true);
  }
  return Ok();
}

/// RETURN_n_ROWS, RETURN_ERRORS, RETURN_ALL_ERRORS
Status SetValidation(const std::string& word, const sql::Option& option, CopyOptions* options) {
  if (word == "RETURN_ERRORS" || word == "RETURN_ALL_ERRORS") {
    options->validation = Validation::kErrors;
    return Ok();
  }
  constexpr std::string_view kBefore = "RETURN_", kAfter = "_ROWS";
  if (!word.starts_with(kBefore) || !word.ends_with(kAfter)) return InvalidOptionValue(option, true);
  std::string number = word.substr(kBefore.size(), word.size() - kBefore.size() - kAfter.size());
  options->validation = Validation::kRows;
  options->validation_rows = std::atoll(number.c_str());
  return options->validation_rows > 0 ? Ok() : Status(InvalidOptionValue(option, true));
}

/// Only the words TRUE and FALSE.
Result<bool> Truth(Execution& run, const sql::Option& option) {
  if (option.value.kind == sql::OptionValue::Kind::kString) return InvalidOptionValue(option, true);
  return OptionBoolean(run, option);
}

Status SetCopyOption(Execution& run, const sql::Option& option, CopyOptions* options) {
  const std::string& name = option.name;
  auto word = [&]() -> Result<std::string> {
    FIRN_ASSIGN(std::string text, OptionText(run, option));
    return Upper(text);
  };
  if (name == "ON_ERROR") {
    FIRN_ASSIGN(std::string text, word());
    return SetOnError(text, option, options);
  }
  if (name == "MATCH_BY_COLUMN_NAME") {
    FIRN_ASSIGN(std::string text, word());
    return SetMatch(text, option, options);
  }
  if (name == "VALIDATION_MODE") {
    FIRN_ASSIGN(std::string text, word());
    return SetValidation(text, option, options);
  }
  if (name == "SIZE_LIMIT") {
    FIRN_ASSIGN(options->size_limit, OptionNumber(run, option, 0, INT64_MAX));
    return Ok();
  }
  struct Flag {
    const char* name;
    bool* value;
  };
  // Files whose load status is uncertain are those older than the history; they are loaded.
  bool enforce = !options->truncate_columns, uncertain = false;
  for (const Flag& flag :
       {Flag{"ENFORCE_LENGTH", &enforce}, Flag{"FORCE", &options->force}, Flag{"LOAD_UNCERTAIN_FILES", &uncertain},
        Flag{"PURGE", &options->purge}, Flag{"RETURN_FAILED_ONLY", &options->failed_only},
        Flag{"TRUNCATECOLUMNS", &options->truncate_columns}}) {
    if (name != flag.name) continue;
    FIRN_ASSIGN(*flag.value, Truth(run, option));
    if (name == "ENFORCE_LENGTH") options->truncate_columns = !enforce;
    return Ok();
  }
  return Error(errors::kInvalidOption, {name, "COPY"}, option.at);
}

}  // namespace

Result<CopyOptions> CopyOptions::Of(Execution& run, const std::vector<sql::Option>& given) {
  CopyOptions options;
  for (const sql::Option& option : given) FIRN_TRY(SetCopyOption(run, option, &options));
  return options;
}

bool CopyOptions::TooManyErrors(int64_t errors, int64_t rows) const {
  if (on_error != OnError::kSkipFile || errors == 0) return false;
  return limit_is_percent ? errors * 100 > error_limit * rows : errors >= error_limit;
}

int64_t CopyOptions::LimitOf(int64_t rows) const {
  if (error_limit < 0) return std::max<int64_t>(rows, 1);
  return limit_is_percent ? (error_limit * rows + 99) / 100 : error_limit;
}

Result<CopySource> CopySource::Of(Execution& run, const FoundTable& table, sql::CopyIntoTable& copy,
                                  const CopyOptions& options) {
  CopySource source;
  if (copy.file_format.name) FIRN_TRY(planner::SettleName(run.context, &*copy.file_format.name));
  FIRN_ASSIGN(source.format, planner::FormatOf(run.context, copy.from, copy.file_format.name));
  if (!copy.file_format.options.empty()) {
    std::string type = source.format.type;
    FIRN_ASSIGN(auto given, FormatOptionsOf(run, copy.file_format.options, &type));
    if (type != source.format.type) source.format.options.clear();
    source.format.type = type;
    for (auto& [name, value] : given) source.format.options[name] = value;
  }
  const std::string& type = source.format.type;
  if (type != "CSV" && type != "JSON" && type != "PARQUET") {
    return Error(errors::kUnsupported, {"files of type " + type}, run.statement.at);
  }
  source.match = options.match;
  bool header = type == "CSV" && source.format.Flag("PARSE_HEADER", false);
  if (type == "CSV") {
    FIRN_ASSIGN(source.csv, planner::CsvFormatOf(source.format));
  }
  if (copy.transformation) {
    FIRN_TRY(FillTransformed(run, table, copy, &source));
  } else if (options.match != Match::kNone) {
    if (!copy.columns.empty()) return Error(errors::kUnsupported, {"MATCH_BY_COLUMN_NAME with a list of columns"});
    if (type == "CSV" && !header) {
      return Error(errors::kInvalidExpression,
                   {"match_by_column_name option is not supported for file format CSV without PARSE_HEADER = TRUE"});
    }
    if (type != "CSV") FIRN_TRY(FillByName(run, table, options, &source));
  } else if (type == "CSV") {
    if (header) {
      return Error(errors::kInvalidExpression, {"PARSE_HEADER = TRUE needs MATCH_BY_COLUMN_NAME in COPY INTO a table"});
    }
    FIRN_TRY(FillPositional(run, table, copy.columns, &source));
    if (source.format.Flag("ERROR_ON_COLUMN_COUNT_MISMATCH", true)) source.width = source.columns;
  } else {
    FIRN_TRY(FillPositional(run, table, copy.columns, &source));
    if (source.columns != 1) {
      return Error(errors::kInvalidExpression,
                   {type + " file format can produce one and only one column of variant, object, or array type. Load "
                           "data into separate columns using the MATCH_BY_COLUMN_NAME copy option or copy with "
                           "transformation."});
    }
  }
  if (options.truncate_columns) source.Truncate(table);
  return source;
}

void CopySource::Truncate(const FoundTable& table) {
  truncate = true;
  for (size_t i = 0; i < values.size(); ++i) {
    const SqlType& column = table.info().columns[i].type;
    if (column.id == TypeId::kVarchar) {
      values[i] = "left(CAST(" + values[i] + " AS VARCHAR), " + std::to_string(column.length) + ")";
    }
  }
}

Status CopySource::ReadHeader(Execution& run, const FoundTable& table, const planner::StageFile& file) {
  if (!IsCsv() || match == Match::kNone) return Ok();
  engine::CsvFormat head = csv;
  head.skip_header = 0;
  std::string list = "\"firn$width\"";
  for (size_t i = 0; i < planner::kTransformColumnsMax; ++i) list += ", c" + std::to_string(i);
  std::string call = engine::CsvCall(head, {file.path}, planner::kTransformColumnsMax, 0, false);
  FIRN_ASSIGN(auto batches,
              run.engine().Collect(run.context.Statement("SELECT " + list + " FROM " + call + " LIMIT 1"), run.cancel));
  values.clear();
  fields.assign(table.info().columns.size(), -1);
  bool any = !batches.empty() && batches[0].rows() > 0;
  columns = any ? static_cast<size_t>(batches[0].Int64(0, 0)) : 1;
  width = format.Flag("ERROR_ON_COLUMN_COUNT_MISMATCH", true) ? columns : 0;
  for (size_t c = 0; c < fields.size(); ++c) {
    const std::string& name = table.info().columns[c].name;
    for (size_t i = 0; any && i < std::min(columns, planner::kTransformColumnsMax) && fields[c] < 0; ++i) {
      std::string given =
          batches[0].IsNull(static_cast<int>(i) + 1, 0) ? "" : batches[0].Text(static_cast<int>(i) + 1, 0);
      bool same = match == Match::kSensitive ? given == name : EqualsIgnoreCase(given, name);
      if (same) fields[c] = static_cast<int>(i);
    }
    values.push_back(fields[c] < 0 ? "CAST(NULL AS VARCHAR)" : "c" + std::to_string(fields[c]));
  }
  if (truncate) Truncate(table);
  return Ok();
}

Result<std::string> CopySource::Read(planner::StatementContext& context, const planner::StageFile& file,
                                     bool tolerant) const {
  if (!wanted.empty()) return ReadWanted(context, *this, file);
  if (select.empty() && IsCsv()) return engine::CsvCall(csv, {file.path}, columns, width, tolerant);
  FIRN_ASSIGN(std::string from, planner::ReadStage(context, format, {file}));
  return select.empty() ? from : "(SELECT " + select + " FROM " + from + where + ")";
}

}  // namespace firn::statements
