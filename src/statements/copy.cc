// COPY INTO a table from file:// stages. https://docs.snowflake.com/en/sql-reference/sql/copy-into-table
// Each file is read, cast and written on its own, so that ON_ERROR can drop rows or files; all of them are one commit.
// What was loaded stands in the snapshot's summary (firn.copied), so that a file is not loaded twice.
#include <boost/json.hpp>
#include <cstdio>
#include <set>

#include "base/errors.h"
#include "planner/resolve.h"
#include "planner/scratch.h"
#include "planner/stage_scan.h"
#include "planner/value.h"
#include "sql/printer.h"
#include "statements/copy_source.h"
#include "statements/row_change.h"

namespace firn::statements {

namespace {

using planner::FileFormat;
using planner::FoundTable;
using planner::StageFile;

constexpr const char* kCopied = "firn.copied";            ///< summary key: JSON list of [path, size, modified]
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

Answer CopyAnswer(const std::vector<StageFile>& files, const std::vector<FileOutcome>& outcomes, int64_t limit) {
  Answer answer;
  SqlType text = SqlType::Varchar(), number = SqlType::Number(38, 0);
  if (files.empty()) return Answer::StatusLine("Copy executed with 0 files processed.", session::statement_type::kCopy);
  answer.columns = {{"file", text},        {"status", text},           {"rows_parsed", number},
                    {"rows_loaded", number}, {"error_limit", number},  {"errors_seen", number},
                    {"first_error", text}, {"first_error_line", number}, {"first_error_character", number},
                    {"first_error_column_name", text}};
  for (size_t i = 0; i < files.size(); ++i) {
    const FileOutcome& out = outcomes[i];
    answer.rows.push_back({files[i].name, out.status, std::to_string(out.parsed), std::to_string(out.loaded),
                           std::to_string(limit < 0 ? std::max<int64_t>(out.parsed, 1) : limit),
                           std::to_string(out.errors), out.first_error, out.first_line, out.first_character,
                           out.first_column});
  }
  return answer;
}

class Copy {
 public:
  Copy(Execution& run, FoundTable table, CopySource source, CopyOptions options)
      : run_(run), table_(std::move(table)), source_(std::move(source)), options_(std::move(options)) {}

  Result<FileOutcome> Load(const StageFile& file, iceberg::TableChange* change);

 private:
  Result<FileOutcome> LoadWhole(const StageFile& file, std::vector<iceberg::DataFile>* written);
  Result<FileOutcome> LoadGoodRows(const StageFile& file, std::vector<iceberg::DataFile>* written);
  Result<int64_t> Count(const std::string& sql);

  Execution& run_;
  FoundTable table_;
  CopySource source_;
  CopyOptions options_;
};

Result<int64_t> Copy::Count(const std::string& sql) {
  FIRN_ASSIGN(auto batches, run_.engine().Collect(run_.context.Statement(sql), run_.cancel));
  return batches.empty() || batches[0].rows() == 0 || batches[0].IsNull(0, 0) ? 0 : batches[0].Int64(0, 0);
}

Result<FileOutcome> Copy::LoadWhole(const StageFile& file, std::vector<iceberg::DataFile>* written) {
  FIRN_ASSIGN(std::string from, source_.Read(run_.context, file, true));
  std::string sql = "SELECT " + CastList(table_, source_.values) + " FROM " + from;
  FIRN_ASSIGN(*written, WriteRows(run_, table_, run_.context.Statement(std::move(sql))));
  FileOutcome out;
  for (const iceberg::DataFile& data : *written) out.loaded += data.record_count;
  out.parsed = out.loaded;
  return out;
}

/// Rows that cannot be cast, or have no value where one is needed, are left out and counted.
Result<FileOutcome> Copy::LoadGoodRows(const StageFile& file, std::vector<iceberg::DataFile>* written) {
  FIRN_ASSIGN(std::string from, source_.Read(run_.context, file, false));
  const auto& columns = table_.info().columns;
  std::string select = "SELECT row_number() OVER () AS \"firn$line\"", bad_column = "CASE", bad_value = "CASE";
  for (size_t i = 0; i < columns.size(); ++i) {
    std::string raw = "CAST((" + source_.values[i] + ") AS VARCHAR)";
    sql::ExprPtr source = sql::MakeExpr(sql::DuckExpr{source_.values[i], {}});
    auto tried = sql::MakeExpr(sql::Cast{std::move(source), columns[i].type, true});
    std::string value = sql::Print(*tried);
    std::string bad = "((" + value + ") IS NULL AND " + (columns[i].nullable ? raw + " IS NOT NULL)" : "true)");
    select += ", " + value + " AS " + sql::QuoteIdent(columns[i].name);
    bad_column += " WHEN " + bad + " THEN " + sql::QuoteText(columns[i].name);
    bad_value += " WHEN " + bad + " THEN coalesce(" + raw + ", 'NULL')";
  }
  select += ", " + bad_column + " END AS \"firn$column\", " + bad_value + " END AS \"firn$value\" FROM " + from;
  FIRN_ASSIGN(auto scratch, planner::Scratch::Make(run_.engine(), run_.context.Statement(select), run_.cancel));
  std::string rows = " FROM memory.main." + scratch->name();
  FileOutcome out;
  FIRN_ASSIGN(out.parsed, Count("SELECT count(*)" + rows));
  FIRN_ASSIGN(out.errors, Count("SELECT count(*)" + rows + " WHERE \"firn$column\" IS NOT NULL"));
  if (out.errors > 0) {
    std::string first = "SELECT \"firn$line\", \"firn$column\", \"firn$value\"" + rows +
                        " WHERE \"firn$column\" IS NOT NULL ORDER BY 1 LIMIT 1";
    FIRN_ASSIGN(auto batches, run_.engine().Collect(run_.context.Statement(first), run_.cancel));
    out.first_line = std::to_string(batches[0].Int64(0, 0) + source_.header_lines);
    out.first_column = sql::QuoteIdent(Upper(table_.name.name)) + "[" + sql::QuoteIdent(batches[0].Text(1, 0)) + "]";
    out.first_error = "Value '" + batches[0].Text(2, 0) + "' cannot be loaded into the column";
    out.first_character = "1";
  }
  bool none = options_.TooManyErrors(out.errors, out.parsed);
  out.status = out.errors == 0 ? "LOADED" : none ? "LOAD_FAILED" : "PARTIALLY_LOADED";
  if (none) return out;
  std::string names;
  for (const catalog::ColumnInfo& column : columns) names += (names.empty() ? "" : ", ") + sql::QuoteIdent(column.name);
  std::string good = "SELECT " + names + rows + " WHERE \"firn$column\" IS NULL";
  FIRN_ASSIGN(*written, WriteRows(run_, table_, run_.context.Statement(std::move(good))));
  out.loaded = out.parsed - out.errors;
  return out;
}

Result<FileOutcome> Copy::Load(const StageFile& file, iceberg::TableChange* change) {
  std::vector<iceberg::DataFile> written;
  Result<FileOutcome> out = options_.on_error == CopyOptions::OnError::kAbort ? LoadWhole(file, &written)
                                                                              : LoadGoodRows(file, &written);
  if (out.ok()) {
    for (iceberg::DataFile& data : written) change->added.push_back(std::move(data));
  }
  return out;
}

}  // namespace

Result<Answer> Execute(Execution& run, sql::CopyIntoTable& copy) {
  FIRN_TRY(planner::SettleName(run.context, &copy.target));
  FIRN_ASSIGN(FoundTable table, planner::FindTable(run.context, copy.target, "COPY"));
  FIRN_TRY(CheckWritable(table));
  FIRN_ASSIGN(CopyOptions options, CopyOptions::Of(run, copy.options));
  if (run.request.describe_only) return CopyAnswer({}, {}, 1);
  FIRN_ASSIGN(auto files, planner::ListStage(run.context, copy.from, copy.files, copy.pattern));
  FIRN_ASSIGN(CopySource source, CopySource::Of(run, table, copy, options));
  if (!options.force) {
    auto before = LoadedBefore(table, run.context.now);
    std::erase_if(files, [&](const StageFile& file) { return before.contains(Fingerprint(file)); });
  }
  Copy loader(run, table, std::move(source), options);
  iceberg::TableChange change;
  boost::json::array copied;
  std::vector<FileOutcome> outcomes;
  for (const StageFile& file : files) {
    FIRN_ASSIGN(FileOutcome out, loader.Load(file, &change));
    run.info.rows_inserted += out.loaded;
    if (out.status != "LOAD_FAILED") copied.emplace_back(Fingerprint(file));
    outcomes.push_back(std::move(out));
  }
  if (!change.added.empty()) {
    change.summary[kCopied] = boost::json::serialize(copied);
    FIRN_TRY(AddChange(run, table, catalog::Verb::kCopy, std::move(change)));
  }
  if (options.purge) {
    for (const StageFile& file : files) std::remove(file.path.c_str());
  }
  return CopyAnswer(files, outcomes, options.error_limit);
}

Result<Answer> Execute(Execution& run, sql::CopyIntoLocation&) {
  return Error(errors::kUnsupported, {"COPY INTO a location"}, run.statement.at);
}

}  // namespace firn::statements
