// COPY INTO a location. https://docs.snowflake.com/en/sql-reference/sql/copy-into-location
#include <algorithm>
#include <filesystem>

#include "base/errors.h"
#include "base/ids.h"
#include "planner/resolve.h"
#include "planner/stage_scan.h"
#include "planner/value.h"
#include "sql/printer.h"
#include "statements/execution.h"
#include "statements/file_format.h"
#include "statements/option_values.h"
#include "statements/unload_file.h"

namespace firn::statements {

namespace {

namespace fs = std::filesystem;

constexpr int64_t kFileSize = int64_t{16} << 20;  ///< MAX_FILE_SIZE where none is given
constexpr int64_t kFileSizeMax = int64_t{5} << 30;
constexpr size_t kFlushBytes = size_t{256} << 10;

struct Options {
  bool overwrite = false, single = false, header = false, detailed = false, query_id = false;
  int64_t file_size = kFileSize;
};

struct Written {
  std::string path;    ///< where it is until the end
  std::string target;  ///< where it belongs
  int64_t bytes = 0, rows = 0;
};

Result<Options> OptionsOf(Execution& run, const std::vector<sql::Option>& given) {
  Options options;
  for (const sql::Option& option : given) {
    if (option.name == "OVERWRITE") {
      FIRN_ASSIGN(options.overwrite, OptionBoolean(run, option));
    } else if (option.name == "SINGLE") {
      FIRN_ASSIGN(options.single, OptionBoolean(run, option));
    } else if (option.name == "HEADER") {
      FIRN_ASSIGN(options.header, OptionBoolean(run, option));
    } else if (option.name == "DETAILED_OUTPUT") {
      FIRN_ASSIGN(options.detailed, OptionBoolean(run, option));
    } else if (option.name == "INCLUDE_QUERY_ID") {
      FIRN_ASSIGN(options.query_id, OptionBoolean(run, option));
    } else if (option.name == "MAX_FILE_SIZE") {
      FIRN_ASSIGN(options.file_size, OptionNumber(run, option, 1, kFileSizeMax));
    } else if (option.name == "VALIDATION_MODE") {
      return Error(errors::kUnsupported, {"COPY INTO a location with VALIDATION_MODE"}, option.at);
    } else {
      return Error(errors::kInvalidOption, {option.name, "COPY INTO a location"}, option.at);
    }
  }
  if (options.query_id && (options.overwrite || options.single)) {
    return Error(errors::kInvalidExpression, {"INCLUDE_QUERY_ID is not allowed together with OVERWRITE or SINGLE"});
  }
  return options;
}

Result<planner::FileFormat> FormatOf(Execution& run, sql::CopyIntoLocation& copy) {
  if (copy.file_format.name) FIRN_TRY(planner::SettleName(run.context, &*copy.file_format.name));
  FIRN_ASSIGN(planner::FileFormat format, planner::FormatOf(run.context, copy.target, copy.file_format.name));
  if (!copy.file_format.options.empty()) {
    std::string type = format.type;
    FIRN_ASSIGN(auto given, FormatOptionsOf(run, copy.file_format.options, &type));
    if (type != format.type) format.options.clear();
    format.type = type;
    for (auto& [name, value] : given) format.options[name] = value;
  }
  if (format.type != "CSV" && format.type != "JSON" && format.type != "PARQUET") {
    return Error(errors::kUnsupported, {"COPY INTO files of type " + format.type}, run.statement.at);
  }
  return format;
}

/// DATE_FORMAT and the like are the session's output formats for the time of the statement.
class OutputFormats {
 public:
  explicit OutputFormats(session::Session& session) : session_(session), before_(session.parameters) {}
  ~OutputFormats() { session_.parameters = std::move(before_); }

  Status Set(const planner::FileFormat& format) {
    constexpr std::pair<const char*, const char*> kFormats[] = {{"BINARY_FORMAT", "BINARY_OUTPUT_FORMAT"},
                                                                {"DATE_FORMAT", "DATE_OUTPUT_FORMAT"},
                                                                {"TIME_FORMAT", "TIME_OUTPUT_FORMAT"},
                                                                {"TIMESTAMP_FORMAT", "TIMESTAMP_OUTPUT_FORMAT"},
                                                                {"TIMESTAMP_FORMAT", "TIMESTAMP_NTZ_OUTPUT_FORMAT"},
                                                                {"TIMESTAMP_FORMAT", "TIMESTAMP_LTZ_OUTPUT_FORMAT"},
                                                                {"TIMESTAMP_FORMAT", "TIMESTAMP_TZ_OUTPUT_FORMAT"}};
    for (const auto& [option, parameter] : kFormats) {
      auto given = format.options.find(option);
      if (given == format.options.end() || given->second == "AUTO") continue;
      FIRN_TRY(session_.parameters.Set(parameter, given->second));
    }
    return Ok();
  }

 private:
  session::Session& session_;
  session::ParameterValues before_;
};

Result<UnloadCompression> CompressionOf(const planner::FileFormat& format) {
  const std::string name = format.Text("COMPRESSION", "AUTO");
  if (name == "AUTO" || name == "GZIP") return UnloadCompression::kGzip;
  if (name == "NONE") return UnloadCompression::kNone;
  if (name == "ZSTD") return UnloadCompression::kZstd;
  return Error(errors::kUnsupported, {"COPY INTO files with COMPRESSION = " + name});
}

bool IsDocument(const SqlType& type) {
  return type.id == TypeId::kVariant || type.id == TypeId::kObject || type.id == TypeId::kArray;
}
bool IsBare(const SqlType& type) {
  return type.id == TypeId::kNumber || type.id == TypeId::kInteger || type.id == TypeId::kFloat ||
         type.id == TypeId::kBoolean || type.id == TypeId::kNull;
}

/// A record of a CSV file at a time.
class CsvText {
 public:
  CsvText(engine::CsvFormat format, const std::vector<engine::ResultColumn>& columns) : format_(std::move(format)) {
    for (const engine::ResultColumn& column : columns) enclosed_.push_back(format_.enclosed && !IsBare(column.type));
    null_ = format_.null_if.empty() ? "" : format_.null_if[0];
    bare_escape_ = format_.escape ? format_.escape : format_.escape_bare;
  }

  void Add(const std::optional<std::string>& value, std::string* out) {
    if (field_ > 0) *out += format_.field_delimiter;
    const bool enclosed = enclosed_[field_++];
    if (!value) {
      *out += null_;
    } else if (enclosed) {
      Enclose(*value, out);
    } else {
      Bare(*value, out);
    }
  }
  void AddName(const std::string& name, std::string* out) {
    if (field_++ > 0) *out += format_.field_delimiter;
    format_.enclosed ? Enclose(name, out) : Bare(name, out);
  }
  void End(std::string* out) {
    *out += format_.record_delimiter;
    field_ = 0;
  }

 private:
  void Enclose(const std::string& value, std::string* out) const {
    *out += format_.enclosed;
    for (char c : value) {
      if (c == format_.enclosed) *out += format_.escape ? format_.escape : c;
      if (format_.escape && c == format_.escape) *out += c;
      *out += c;
    }
    *out += format_.enclosed;
  }
  void Bare(const std::string& value, std::string* out) const {
    for (char c : value) {
      const bool special = c == bare_escape_ || Begins(format_.field_delimiter, c) ||
                           Begins(format_.record_delimiter, c) || (format_.enclosed && c == format_.enclosed);
      if (bare_escape_ && special) *out += bare_escape_;
      *out += c;
    }
  }
  static bool Begins(const std::string& mark, char c) { return !mark.empty() && mark[0] == c; }

  const engine::CsvFormat format_;
  std::vector<bool> enclosed_;
  std::string null_;
  char bare_escape_ = '\0';
  size_t field_ = 0;
};

class Unload {
 public:
  Unload(Execution& run, Options options, planner::FileFormat format, std::string target)
      : run_(run), options_(options), format_(std::move(format)), target_(std::move(target)) {}
  ~Unload() {
    for (const Written& file : written_) std::remove(file.path.c_str());  // those that are not in their place
  }
  Unload(const Unload&) = delete;
  Unload& operator=(const Unload&) = delete;

  Status Write(engine::Statement source) {
    FIRN_ASSIGN(columns_, run_.engine().Describe(source));
    FIRN_TRY(CheckFree());
    if (format_.type == "PARQUET") return WriteParquet(std::move(source));
    FIRN_ASSIGN(compression_, CompressionOf(format_));
    if (format_.type == "CSV") {
      FIRN_ASSIGN(engine::CsvFormat csv, planner::CsvFormatOf(format_));
      if (csv.encoding != "UTF8" && csv.encoding != "UTF-8") {
        return Error(errors::kUnsupported, {"COPY INTO files with ENCODING = " + csv.encoding});
      }
      csv_.emplace(std::move(csv), columns_);
    } else if (columns_.size() != 1 || !IsDocument(columns_[0].type)) {
      return Error(errors::kInvalidExpression,
                   {"JSON file format can produce one and only one column of type variant, object, or array. Use CSV "
                    "file format if you want to unload more than one column."},
                   run_.statement.at);
    }
    return WriteText(std::move(source));
  }

  /// Puts the files where they belong.
  Status Publish() {
    FIRN_TRY(CheckFree());
    for (Written& file : written_) {
      std::error_code error;
      fs::rename(file.path, file.target, error);
      if (error) return Error(errors::kStorage, {file.target, error.message()});
    }
    done_ = std::exchange(written_, {});
    return Ok();
  }

  Answer Report() const {
    Answer answer;
    const SqlType number = SqlType::Number(38, 0);
    if (options_.detailed) {
      answer.columns = {{"FILE_NAME", SqlType::Varchar()}, {"FILE_SIZE", number}, {"ROW_COUNT", number}};
      for (const Written& file : done_) {
        answer.rows.push_back(
            {fs::path(file.target).filename().string(), std::to_string(file.bytes), std::to_string(file.rows)});
      }
      return answer;
    }
    int64_t rows = 0, bytes = 0;
    for (const Written& file : done_) {
      rows += file.rows;
      bytes += file.bytes;
    }
    answer.columns = {{"rows_unloaded", number}, {"input_bytes", number}, {"output_bytes", number}};
    answer.rows.push_back(
        {std::to_string(rows), std::to_string(text_bytes_ ? text_bytes_ : bytes), std::to_string(bytes)});
    return answer;
  }

 private:
  std::string Extension() const {
    if (format_.type == "PARQUET") return IsSnappy() ? ".snappy.parquet" : ".parquet";
    if (std::string given = format_.Text("FILE_EXTENSION", ""); !given.empty()) {
      return given.starts_with('.') ? given : "." + given;
    }
    const char* packed = compression_ == UnloadCompression::kGzip   ? ".gz"
                         : compression_ == UnloadCompression::kZstd ? ".zst"
                                                                    : "";
    return "." + Lower(format_.type) + packed;
  }
  bool IsSnappy() const {
    return format_.Text("COMPRESSION", "AUTO") != "NONE" && format_.Flag("SNAPPY_COMPRESSION", true);
  }

  std::string Folder() const { return target_.substr(0, target_.rfind('/') + 1); }
  std::string Prefix() const {
    const std::string name = target_.substr(target_.rfind('/') + 1);
    return name.empty() ? "data" : name;
  }
  std::string TargetName(size_t number) const {
    if (options_.single) return Folder() + Prefix();
    return Folder() + Prefix() + "_" + (options_.query_id ? run_.query_id + "_" : "") + "0_0_" +
           std::to_string(number) + Extension();
  }

  /// Files that the statement would replace are not there, unless it may.
  Status CheckFree() const {
    if (options_.overwrite) return Ok();
    for (size_t i = 0; i < std::max<size_t>(written_.size(), 1); ++i) {
      std::error_code error;
      if (!fs::exists(fs::symlink_status(TargetName(i), error))) continue;
      return Error(errors::kInvalidExpression,
                   {"Files already existing at the unload destination: file://" + target_ +
                    ". Use overwrite option to force unloading."},
                   run_.statement.at);
    }
    return Ok();
  }

  Written& Begin() {
    const std::string name = ".firn-unload-" + NewUuid();
    return written_.emplace_back(Written{Folder() + name, TargetName(written_.size())});
  }

  /// Columns as text, documents as they are.
  std::string TextSelect(const std::string& sql) const {
    std::string list, names;
    for (size_t i = 0; i < columns_.size(); ++i) {
      const std::string name = "c" + std::to_string(i);
      sql::ExprPtr value = planner::Column("s", name);
      const SqlType& type = columns_[i].type;
      if (!IsDocument(type) && type.id != TypeId::kVarchar)
        value = planner::CastTo(std::move(value), SqlType::Varchar());
      list += (i ? ", " : "") + sql::Print(*value);
      names += (i ? ", " : "") + name;
    }
    return "SELECT " + list + " FROM (" + sql + ") AS s(" + names + ")";
  }

  Status WriteText(engine::Statement source) {
    source.sql = TextSelect(source.sql);
    FIRN_ASSIGN(auto stream, run_.engine().Run(std::move(source), run_.cancel));
    std::string text;
    while (true) {
      FIRN_ASSIGN(auto batch, stream->Next());
      if (!batch) break;
      for (int64_t row = 0; row < batch->rows(); ++row) {
        if (!file_) FIRN_TRY(Open(&text));
        AddRow(*batch, row, &text);
        ++written_.back().rows;
        if (text.size() >= kFlushBytes || IsFull(text)) FIRN_TRY(Flush(&text));
        if (!options_.single && IsFull(text)) FIRN_TRY(Close());
      }
    }
    if (!file_) return Ok();
    FIRN_TRY(Flush(&text));
    return Close();
  }

  bool IsFull(const std::string& text) const {
    return file_->bytes() + static_cast<int64_t>(text.size()) >= options_.file_size;
  }

  Status Open(std::string* text) {
    FIRN_ASSIGN(file_, UnloadFile::Create(Begin().path, compression_));
    if (!csv_ || !options_.header) return Ok();
    for (const engine::ResultColumn& column : columns_) csv_->AddName(column.name, text);
    csv_->End(text);
    return Ok();
  }

  void AddRow(const engine::Batch& batch, int64_t row, std::string* text) {
    for (size_t i = 0; i < columns_.size(); ++i) {
      const int column = static_cast<int>(i);
      const bool is_null = batch.IsNull(column, row);
      if (csv_) {
        csv_->Add(is_null ? std::nullopt : std::optional<std::string>(batch.Text(column, row)), text);
      } else {
        *text += is_null ? "null" : batch.Text(column, row);
      }
    }
    csv_ ? csv_->End(text) : text->push_back('\n');
  }

  Status Flush(std::string* text) {
    text_bytes_ += static_cast<int64_t>(text->size());
    FIRN_TRY(file_->Write(*text));
    text->clear();
    return Ok();
  }

  Status Close() {
    FIRN_TRY(file_->Finish());
    written_.back().bytes = file_->bytes();
    file_.reset();
    return CheckSingle();
  }

  Status CheckSingle() const {
    if (!options_.single || written_.back().bytes <= options_.file_size) return Ok();
    return Error(errors::kLimit,
                 {"the file of SINGLE = TRUE", std::to_string(options_.file_size), "bytes, MAX_FILE_SIZE"},
                 run_.statement.at);
  }

  Status WriteParquet(engine::Statement source) {
    std::string list, names;
    for (size_t i = 0; i < columns_.size(); ++i) {
      const TypeId type = columns_[i].type.id;
      if (type == TypeId::kTimestampTz || type == TypeId::kTimestampLtz) {
        return Error(errors::kUnsupported, {"unloading TIMESTAMP_TZ and TIMESTAMP_LTZ to Parquet"}, run_.statement.at);
      }
      const std::string name = "c" + std::to_string(i);
      // A sum of integers is wider than what Parquet has for them.
      const std::string value = type == TypeId::kInteger ? "CAST(s." + name + " AS DECIMAL(38,0))" : "s." + name;
      list += (i ? ", " : "") + value + " AS " +
              sql::QuoteIdent(options_.header ? columns_[i].name : "_COL_" + std::to_string(i));
      names += (i ? ", " : "") + name;
    }
    const std::string rows = "SELECT " + list + " FROM (" + source.sql + ") AS s(" + names + ")";
    const std::string options =
        " (FORMAT parquet, WRITE_EMPTY_FILE false, COMPRESSION " + std::string(IsSnappy() ? "snappy" : "uncompressed");
    if (options_.single) {
      source.sql = "COPY (" + rows + ") TO " + sql::QuoteText(Begin().path) + options + ")";
      FIRN_TRY(run_.engine().Collect(std::move(source), run_.cancel));
    } else {
      FIRN_TRY(WriteParquetFolder(std::move(source), rows, options));
    }
    for (Written& file : written_) FIRN_TRY(MeasureParquet(&file));
    std::erase_if(written_, [](const Written& file) { return file.rows == 0; });
    return written_.empty() ? Ok() : CheckSingle();
  }

  /// As many files as their size asks for, one after the other.
  Status WriteParquetFolder(engine::Statement source, const std::string& rows, const std::string& options) {
    const std::string folder = Folder() + ".firn-unload-" + NewUuid();
    std::error_code error;
    if (!fs::create_directory(folder, error)) return Error(errors::kStorage, {folder, error.message()});
    source.sql = "COPY (" + rows + ") TO " + sql::QuoteText(folder) + options + ", FILE_SIZE_BYTES " +
                 std::to_string(options_.file_size) + ", FILENAME_PATTERN 'part_{i}')";
    auto tried = run_.engine().Collect(std::move(source), run_.cancel);
    for (size_t i = 0; tried.ok() && !error; ++i) {
      const std::string part = folder + "/part_" + std::to_string(i) + ".parquet";
      if (!fs::exists(part)) break;
      fs::rename(part, Begin().path, error);
    }
    std::error_code ignored;  // what stays is a folder of a hidden name
    fs::remove_all(folder, ignored);
    if (error) return Error(errors::kStorage, {folder, error.message()});
    return tried.ok() ? Ok() : Status(std::move(tried).error());
  }

  Status MeasureParquet(Written* file) {
    std::error_code error;
    if (!fs::exists(file->path)) return Ok();  // no rows
    file->bytes = static_cast<int64_t>(fs::file_size(file->path, error));
    if (error) return Error(errors::kStorage, {file->path, error.message()});
    engine::Statement ask =
        run_.context.Statement("SELECT num_rows FROM parquet_file_metadata(" + sql::QuoteText(file->path) + ")");
    FIRN_ASSIGN(auto found, run_.engine().Collect(std::move(ask), run_.cancel));
    if (!found.empty() && found[0].rows() > 0) file->rows = found[0].Int64(0, 0);
    return Ok();
  }

  Execution& run_;
  const Options options_;
  const planner::FileFormat format_;
  const std::string target_;  ///< the folder with the beginning of the files' names
  std::vector<engine::ResultColumn> columns_;
  UnloadCompression compression_ = UnloadCompression::kNone;
  std::optional<CsvText> csv_;
  std::unique_ptr<UnloadFile> file_;
  std::vector<Written> written_, done_;
  int64_t text_bytes_ = 0;
};

Result<engine::Statement> SourceOf(Execution& run, sql::CopyIntoLocation& copy) {
  if (copy.query) return planner::PlanQuery(run.context, *copy.query);
  sql::Query query;
  sql::Select select;
  select.items.push_back({sql::MakeExpr(sql::Star{}), std::nullopt, ""});
  sql::NamedRelation named;
  named.name = *copy.table;
  select.from = sql::MakeRelation(std::move(named), {}, copy.table->at);
  query.body = std::move(select);
  return planner::PlanQuery(run.context, query);
}

}  // namespace

Result<Answer> Execute(Execution& run, sql::CopyIntoLocation& copy) {
  if (copy.partition_by) {
    return Error(errors::kUnsupported, {"COPY INTO a location with PARTITION BY"}, copy.partition_by->at);
  }
  FIRN_ASSIGN(Options options, OptionsOf(run, copy.options));
  FIRN_ASSIGN(std::string target, planner::StageTarget(run.context, copy.target));
  FIRN_ASSIGN(planner::FileFormat format, FormatOf(run, copy));
  OutputFormats formats(run.session);
  FIRN_TRY(formats.Set(format));
  FIRN_ASSIGN(engine::Statement source, SourceOf(run, copy));
  Unload unload(run, options, std::move(format), std::move(target));
  FIRN_TRY(unload.Write(std::move(source)));
  FIRN_TRY(unload.Publish());
  Answer answer = unload.Report();
  return answer;
}

}  // namespace firn::statements
