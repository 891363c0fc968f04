// COPY INTO a table from file:// stages. https://docs.snowflake.com/en/sql-reference/sql/copy-into-table
// Each file is read, cast and written on its own, so that ON_ERROR can drop rows or files; all of them are one commit.
// What was loaded stands in the snapshot's summary (firn.copied), so that a file is not loaded twice.
#include <algorithm>
#include <boost/json.hpp>
#include <cstdio>
#include <set>

#include "base/errors.h"
#include "planner/resolve.h"
#include "planner/stage_scan.h"
#include "planner/value.h"
#include "sql/printer.h"
#include "statements/copy_check.h"
#include "statements/object_names.h"
#include "statements/row_change.h"

namespace firn::statements {

namespace {

using planner::FoundTable;
using planner::StageFile;

constexpr const char* kCopied = "firn.copied";              ///< summary key: JSON list of [path, size, modified]
constexpr int64_t kLoadHistoryMs = int64_t{64} * 86400000;  ///< how long a loaded file is remembered

struct FileOutcome {
  std::string status = "LOADED";
  int64_t parsed = 0, loaded = 0, errors = 0;
  session::Cell first_error, first_line, first_character, first_column;
};

std::string Fingerprint(const StageFile& file) {
  return file.path + "\n" + std::to_string(file.size) + "\n" + std::to_string(file.modified);
}

/// Files that were loaded into the table since it was made or truncated.
std::set<std::string> LoadedBefore(const FoundTable& table, Micros now) {
  std::set<std::string> loaded;
  const auto& snapshots = table.version->metadata->snapshots;
  for (auto it = snapshots.rbegin(); it != snapshots.rend(); ++it) {
    const auto& summary = (**it)->summary;
    if ((**it)->timestamp_ms < now / 1000 - kLoadHistoryMs) break;
    if (auto verb = summary.find("firn.verb"); verb != summary.end() && verb->second == "TRUNCATE") break;
    auto copied = summary.find(kCopied);
    if (copied == summary.end()) continue;
    boost::system::error_code failed;
    auto list = boost::json::parse(copied->second, failed);
    if (failed || !list.is_array()) continue;
    for (const auto& item : list.as_array()) {
      if (item.is_string()) loaded.insert(std::string(item.as_string()));
    }
  }
  return loaded;
}

Answer CopyAnswer(const std::vector<StageFile>& files, const std::vector<FileOutcome>& outcomes,
                  const CopyOptions& options) {
  Answer answer;
  SqlType text = SqlType::Varchar(), number = SqlType::Number(38, 0);
  if (files.empty()) return Answer::StatusLine("Copy executed with 0 files processed.", session::statement_type::kCopy);
  answer.columns = {{"file", text},
                    {"status", text},
                    {"rows_parsed", number},
                    {"rows_loaded", number},
                    {"error_limit", number},
                    {"errors_seen", number},
                    {"first_error", text},
                    {"first_error_line", number},
                    {"first_error_character", number},
                    {"first_error_column_name", text}};
  for (size_t i = 0; i < outcomes.size(); ++i) {
    const FileOutcome& out = outcomes[i];
    if (options.failed_only && out.errors == 0) continue;
    answer.rows.push_back({files[i].Url(), out.status, std::to_string(out.parsed), std::to_string(out.loaded),
                           std::to_string(options.LimitOf(out.parsed)), std::to_string(out.errors), out.first_error,
                           out.first_line, out.first_character, out.first_column});
  }
  return answer;
}

class Copy {
 public:
  Copy(Execution& run, FoundTable table, CopySource source, CopyOptions options)
      : run_(run), table_(std::move(table)), source_(std::move(source)), options_(std::move(options)) {}

  Result<FileOutcome> Load(const StageFile& file, iceberg::TableChange* change);
  /// VALIDATION_MODE: adds the answer's rows.
  Status Validate(const StageFile& file, Answer* answer);

 private:
  Result<FileOutcome> LoadWhole(const StageFile& file, std::vector<iceberg::DataFile>* written);
  Result<FileOutcome> LoadGoodRows(const StageFile& file, std::vector<iceberg::DataFile>* written);
  Status AddRows(const std::string& sql, Answer* answer);

  Execution& run_;
  FoundTable table_;
  CopySource source_;
  CopyOptions options_;
};

/// Errors of rows, not of the statement, the files or the storage.
bool IsOfRow(const Error& error) { return error.row().code >= 100000 && error.row().code < 101000; }

Result<FileOutcome> Copy::LoadWhole(const StageFile& file, std::vector<iceberg::DataFile>* written) {
  FIRN_ASSIGN(std::string from, source_.Read(run_.context, file, false));
  std::string sql = "SELECT " + CastList(table_, source_.values) + " FROM " + from;
  FIRN_ASSIGN(*written, WriteRows(run_, table_, run_.context.Statement(std::move(sql))));
  FileOutcome out;
  for (const iceberg::DataFile& data : *written) out.loaded += data.record_count;
  out.parsed = out.loaded;
  return out;
}

/// Rows that cannot be cast, or have no value where one is needed, are left out and counted.
Result<FileOutcome> Copy::LoadGoodRows(const StageFile& file, std::vector<iceberg::DataFile>* written) {
  FileOutcome out;
  auto checked = CheckedFile::Read(run_, table_, source_, file);
  if (!checked.ok()) {
    // A file that cannot be read at all: its rows cannot be told apart.
    if (!IsOfRow(checked.error())) return std::move(checked).error();
    out.status = "LOAD_FAILED";
    out.errors = 1;
    out.first_error = checked.error().Message();
    return out;
  }
  out.parsed = checked->parsed();
  out.errors = checked->bad();
  if (out.errors > 0) {
    FIRN_ASSIGN(auto bad, checked->Bad(1));
    out.first_error = bad[0].error.Message();
    out.first_line = std::to_string(bad[0].line);
    out.first_character = std::to_string(bad[0].character);
    if (!bad[0].column.empty()) out.first_column = bad[0].column;
  }
  bool none = options_.TooManyErrors(out.errors, out.parsed);
  out.status = out.errors == 0 ? "LOADED" : none ? "LOAD_FAILED" : "PARTIALLY_LOADED";
  if (none) return out;
  FIRN_ASSIGN(*written, WriteRows(run_, table_, run_.context.Statement(checked->GoodSql(-1))));
  out.loaded = out.parsed - out.errors;
  return out;
}

Result<FileOutcome> Copy::Load(const StageFile& file, iceberg::TableChange* change) {
  FIRN_TRY(source_.ReadHeader(run_, table_, file));
  std::vector<iceberg::DataFile> written;
  Result<FileOutcome> out =
      options_.on_error == CopyOptions::OnError::kAbort ? LoadWhole(file, &written) : LoadGoodRows(file, &written);
  if (out.ok()) {
    for (iceberg::DataFile& data : written) change->added.push_back(std::move(data));
  }
  return out;
}

Status Copy::AddRows(const std::string& sql, Answer* answer) {
  FIRN_ASSIGN(auto batches, run_.engine().Collect(run_.context.Statement(sql), run_.cancel));
  for (const engine::Batch& batch : batches) {
    for (int64_t at = 0; at < batch.rows(); ++at) {
      session::Row row;
      for (size_t c = 0; c < table_.info().columns.size(); ++c) {
        int column = static_cast<int>(c);
        row.push_back(batch.IsNull(column, at) ? session::Cell() : session::Cell(batch.Text(column, at)));
      }
      answer->rows.push_back(std::move(row));
    }
  }
  return Ok();
}

Status Copy::Validate(const StageFile& file, Answer* answer) {
  constexpr int64_t kErrorsMax = 10000;  ///< rows of RETURN_ERRORS of one file
  FIRN_TRY(source_.ReadHeader(run_, table_, file));
  FIRN_ASSIGN(CheckedFile checked, CheckedFile::Read(run_, table_, source_, file));
  bool rows = options_.validation == CopyOptions::Validation::kRows;
  FIRN_ASSIGN(auto bad, checked.Bad(rows ? 1 : kErrorsMax));
  if (rows) {
    if (!bad.empty()) return std::move(bad[0].error);
    int64_t left = options_.validation_rows - static_cast<int64_t>(answer->rows.size());
    std::string casts;
    for (const catalog::ColumnInfo& column : table_.info().columns) {
      sql::ExprPtr value = sql::MakeExpr(sql::DuckExpr{sql::QuoteIdent(column.name), {}});
      casts += (casts.empty() ? "" : ", ") + sql::Print(*planner::CastTo(std::move(value), SqlType::Varchar()));
    }
    return AddRows("SELECT " + casts + " FROM (" + checked.GoodSql(left) + ")", answer);
  }
  for (const BadRow& row : bad) {
    constexpr int kParsing[] = {100065, 100068, 100080, 100088};
    bool parsing = std::find(std::begin(kParsing), std::end(kParsing), row.error.row().code) != std::end(kParsing);
    answer->rows.push_back({row.error.Message(), file.Url(), std::to_string(row.line), std::to_string(row.character),
                            std::to_string(row.offset), parsing ? "parsing" : "conversion", row.error.Code(),
                            row.error.SqlState(), row.column, std::to_string(row.row), std::to_string(row.line),
                            row.record});
  }
  return Ok();
}

/// VALIDATION_MODE: no row is loaded.
Result<Answer> ValidateFiles(const FoundTable& table, const CopyOptions& options, const std::vector<StageFile>& files,
                             Copy* loader) {
  Answer answer;
  SqlType text = SqlType::Varchar(), number = SqlType::Number(38, 0);
  if (options.validation == CopyOptions::Validation::kErrors) {
    answer.columns = {
        {"ERROR", text},         {"FILE", text},         {"LINE", number},           {"CHARACTER", number},
        {"BYTE_OFFSET", number}, {"CATEGORY", text},     {"CODE", number},           {"SQL_STATE", text},
        {"COLUMN_NAME", text},   {"ROW_NUMBER", number}, {"ROW_START_LINE", number}, {"REJECTED_RECORD", text}};
  } else {
    for (const catalog::ColumnInfo& column : table.info().columns) answer.columns.push_back({column.name, text});
  }
  for (const StageFile& file : files) FIRN_TRY(loader->Validate(file, &answer));
  return answer;
}

/// Removes what was loaded, when it is durable: an open transaction could still be rolled back.
Status Purge(Execution& run, const std::vector<StageFile>& files, const std::vector<FileOutcome>& outcomes) {
  FIRN_TRY(CommitNow(run));
  for (size_t i = 0; i < outcomes.size(); ++i) {
    // A file that cannot be removed stays: its rows are loaded all the same.
    if (outcomes[i].status == "LOADED") std::remove(files[i].path.c_str());
  }
  return Ok();
}

/// DATE_FORMAT and the like are the session's input formats for the time of the statement.
class ScopedFormats {
 public:
  explicit ScopedFormats(session::Session& session) : session_(session), before_(session.parameters) {}
  ~ScopedFormats() { session_.parameters = std::move(before_); }

  Status Set(const planner::FileFormat& format) {
    constexpr std::pair<const char*, const char*> kFormats[] = {{"BINARY_FORMAT", "BINARY_INPUT_FORMAT"},
                                                                {"DATE_FORMAT", "DATE_INPUT_FORMAT"},
                                                                {"TIMESTAMP_FORMAT", "TIMESTAMP_INPUT_FORMAT"},
                                                                {"TIME_FORMAT", "TIME_INPUT_FORMAT"}};
    for (const auto& [option, parameter] : kFormats) {
      auto given = format.options.find(option);
      if (given != format.options.end()) FIRN_TRY(session_.parameters.Set(parameter, given->second));
    }
    return Ok();
  }

 private:
  session::Session& session_;
  session::ParameterValues before_;
};

}  // namespace

Result<Answer> Execute(Execution& run, sql::CopyIntoTable& copy) {
  FIRN_TRY(planner::SettleName(run.context, &copy.target));
  FIRN_ASSIGN(FoundTable table, planner::FindTable(run.context, copy.target, "COPY"));
  FIRN_TRY(CheckWritable(table));
  FIRN_ASSIGN(CopyOptions options, CopyOptions::Of(run, copy.options));
  bool validate = options.validation != CopyOptions::Validation::kNone;
  if (validate && copy.transformation) {
    return Error(errors::kInvalidExpression, {"VALIDATION_MODE does not support COPY with transform."});
  }
  if (options.purge && run.transaction().open()) {
    return Error(errors::kUnsupported, {"COPY with PURGE = TRUE in an open transaction"}, run.statement.at);
  }
  if (run.request.describe_only) return CopyAnswer({}, {}, options);
  FIRN_ASSIGN(auto files, planner::ListStage(run.context, copy.from, copy.files, copy.pattern));
  FIRN_ASSIGN(CopySource source, CopySource::Of(run, table, copy, options));
  ScopedFormats formats(run.session);
  FIRN_TRY(formats.Set(source.format));
  Copy loader(run, table, source, options);
  if (validate) return ValidateFiles(table, options, files, &loader);
  if (!options.force) {
    auto before = LoadedBefore(table, run.context.now);
    std::erase_if(files, [&](const StageFile& file) { return before.contains(Fingerprint(file)); });
  }
  iceberg::TableChange change;
  boost::json::array copied;
  std::vector<FileOutcome> outcomes;
  int64_t bytes = 0;
  for (const StageFile& file : files) {
    if (options.size_limit && !outcomes.empty() && bytes >= *options.size_limit) break;
    FIRN_ASSIGN(FileOutcome out, loader.Load(file, &change));
    bytes += file.size;
    run.info.rows_inserted += out.loaded;
    if (out.status != "LOAD_FAILED") copied.emplace_back(Fingerprint(file));
    outcomes.push_back(std::move(out));
  }
  if (!change.added.empty()) {
    change.summary[kCopied] = boost::json::serialize(copied);
    FIRN_TRY(AddChange(run, table, catalog::Verb::kCopy, std::move(change)));
  }
  if (options.purge) FIRN_TRY(Purge(run, files, outcomes));
  return CopyAnswer(files, outcomes, options);
}

}  // namespace firn::statements
