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
      if (rest[0] != '_' || options->error_limit < 1) return InvalidOptionValue(option);
    }
  } else {
    return InvalidOptionValue(option);
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

Status FillPositional(Execution& run, const FoundTable& table, const std::vector<sql::Ident>& named, bool trim,
                      CopySource* source) {
  FIRN_ASSIGN(auto from, Targets(table, named));
  source->width = named.empty() ? from.size() : named.size();
  for (size_t i = 0; i < from.size(); ++i) {
    if (from[i] >= 0) {
      std::string raw = "c" + std::to_string(from[i]);
      source->values.push_back(trim ? "trim(" + raw + ")" : raw);
    } else {
      FIRN_ASSIGN(sql::ExprPtr value, planner::DefaultValue(run.context, table.info().columns[i]));
      source->values.push_back(sql::Print(*value));
    }
  }
  return Ok();
}

/// A JSON document's members, or a Parquet file's columns, by the columns' names.
Status FillByName(Execution& run, const FoundTable& table, const CopyOptions& options, CopySource* source) {
  if (source->format.type == "CSV") return Error(errors::kUnsupported, {"MATCH_BY_COLUMN_NAME for CSV files"});
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
  FIRN_TRY(FillPositional(run, table, copy.columns, false, source));
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

Result<CopyOptions> CopyOptions::Of(Execution& run, const std::vector<sql::Option>& given) {
  CopyOptions options;
  for (const sql::Option& option : given) {
    if (option.name == "ON_ERROR") {
      FIRN_ASSIGN(std::string word, OptionText(run, option));
      FIRN_TRY(SetOnError(Upper(word), option, &options));
    } else if (option.name == "FORCE") {
      FIRN_ASSIGN(options.force, OptionBoolean(run, option));
    } else if (option.name == "PURGE") {
      FIRN_ASSIGN(options.purge, OptionBoolean(run, option));
    } else if (option.name == "TRUNCATECOLUMNS") {
      FIRN_ASSIGN(options.truncate_columns, OptionBoolean(run, option));
    } else if (option.name == "ENFORCE_LENGTH") {
      FIRN_ASSIGN(bool enforce, OptionBoolean(run, option));
      options.truncate_columns = !enforce;
    } else if (option.name == "MATCH_BY_COLUMN_NAME") {
      FIRN_ASSIGN(std::string word, OptionText(run, option));
      word = Upper(word);
      if (word == "CASE_SENSITIVE") {
        options.match = Match::kSensitive;
      } else if (word == "CASE_INSENSITIVE") {
        options.match = Match::kInsensitive;
      } else if (word != "NONE") {
        return InvalidOptionValue(option);
      }
    } else if (option.name != "LOAD_UNCERTAIN_FILES" && option.name != "RETURN_FAILED_ONLY") {
      return Error(errors::kUnsupported, {"COPY with " + option.name}, option.at);
    }
  }
  return options;
}

bool CopyOptions::TooManyErrors(int64_t errors, int64_t rows) const {
  if (on_error != OnError::kSkipFile || errors == 0) return false;
  return limit_is_percent ? errors * 100 >= error_limit * rows : errors >= error_limit;
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
  source.header_lines = type == "CSV" ? std::atoll(source.format.Text("SKIP_HEADER", "0").c_str()) : 0;
  if (copy.transformation) {
    FIRN_TRY(FillTransformed(run, table, copy, &source));
  } else if (options.match != CopyOptions::Match::kNone) {
    FIRN_TRY(FillByName(run, table, options, &source));
  } else if (type == "CSV") {
    FIRN_TRY(FillPositional(run, table, copy.columns, source.format.Flag("TRIM_SPACE", false), &source));
  } else {
    FIRN_TRY(FillPositional(run, table, copy.columns, false, &source));
    if (source.width != 1) {
      return Error(errors::kInvalidExpression,
                   {type + " file format can produce one and only one column of variant, object, or array type. Load "
                           "data into separate columns using the MATCH_BY_COLUMN_NAME copy option or copy with "
                           "transformation."});
    }
  }
  if (options.truncate_columns) {
    for (size_t i = 0; i < source.values.size(); ++i) {
      const SqlType& column = table.info().columns[i].type;
      if (column.id == TypeId::kVarchar) {
        source.values[i] = "left(CAST(" + source.values[i] + " AS VARCHAR), " + std::to_string(column.length) + ")";
      }
    }
  }
  return source;
}

Result<std::string> CopySource::Read(planner::StatementContext& context, const planner::StageFile& file,
                                     bool exact) const {
  if (!wanted.empty()) return ReadWanted(context, *this, file);
  std::string from;
  if (format.type == "CSV") {
    size_t columns = select.empty() ? width : planner::kTransformColumnsMax;
    bool strict = exact && select.empty() && format.Flag("ERROR_ON_COLUMN_COUNT_MISMATCH", true);
    FIRN_ASSIGN(from, planner::ReadCsv(format, {file}, columns, strict));
  } else {
    FIRN_ASSIGN(std::string documents, planner::ReadDocuments(format, {file}));
    FIRN_ASSIGN(std::string parsed, planner::ParsedDocument(context, "t"));
    from = "(SELECT " + parsed + " AS c0 FROM " + documents + ")";
  }
  return select.empty() ? from : "(SELECT " + select + " FROM " + from + where + ")";
}

}  // namespace firn::statements
