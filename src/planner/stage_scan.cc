#include "planner/stage_scan.h"

#include "base/errors.h"
#include "functions/rewrite.h"
#include "sql/parser.h"
#include "sql/printer.h"

namespace firn::planner {

namespace {

std::string PathList(const std::vector<StageFile>& files) {
  std::string list = "[";
  for (const StageFile& file : files) list += (list.size() > 1 ? ", " : "") + sql::QuoteText(file.path);
  return list + "]";
}

Result<std::string> Compression(const FileFormat& format) {
  std::string word = format.Text("COMPRESSION", "AUTO");
  if (word == "AUTO") return std::string("auto");
  if (word == "GZIP") return std::string("gzip");
  if (word == "ZSTD") return std::string("zstd");
  if (word == "NONE") return std::string("none");
  return Error(errors::kUnsupported, {"files compressed with " + word});
}

/// An option's characters: "NONE" is none, "0x7C", "\\x7C", "\\174" and "\\t" are what they stand for.
std::string Characters(const FileFormat& format, const char* name, const char* otherwise) {
  std::string text = format.Text(name, otherwise);
  if (text == "NONE") return "";
  if (text.size() % 2 == 0 && text.size() > 2 && (text.starts_with("0x") || text.starts_with("0X"))) {
    std::string out;
    for (size_t i = 2; i + 1 < text.size(); i += 2) {
      out += static_cast<char>(std::strtol(text.substr(i, 2).c_str(), nullptr, 16));
    }
    return out;
  }
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 >= text.size()) {
      out += text[i];
      continue;
    }
    constexpr std::string_view kLetters = "bfnrt", kMeanings = "\b\f\n\r\t";
    char next = text[++i];
    if (size_t at = kLetters.find(next); at != std::string_view::npos) {
      out += kMeanings[at];
    } else if (next == 'x' && i + 2 < text.size()) {
      out += static_cast<char>(std::strtol(text.substr(i + 1, 2).c_str(), nullptr, 16));
      i += 2;
    } else if (next >= '0' && next <= '7' && i + 2 < text.size()) {
      out += static_cast<char>(std::strtol(text.substr(i, 3).c_str(), nullptr, 8));
      i += 2;
    } else {
      out += next;
    }
  }
  return out;
}

Result<char> OneCharacter(const FileFormat& format, const char* name, const char* otherwise) {
  std::string text = Characters(format, name, otherwise);
  if (text.size() > 1) return Error(errors::kInvalidValue, {format.Text(name, otherwise), name});
  return text.empty() ? '\0' : text[0];
}

/// Options whose other values would change what is read, and are not done.
Status RefuseOthers(const FileFormat& format, std::initializer_list<std::pair<const char*, const char*>> only) {
  for (const auto& [name, value] : only) {
    if (std::string given = format.Text(name, value); given != value) {
      return Error(errors::kUnsupported, {std::string("FILE_FORMAT with ") + name + " = " + given});
    }
  }
  return Ok();
}

}  // namespace

Result<engine::CsvFormat> CsvFormatOf(const FileFormat& format) {
  FIRN_TRY(RefuseOthers(format, {{"MULTI_LINE", "true"}}));
  engine::CsvFormat csv;
  csv.field_delimiter = Characters(format, "FIELD_DELIMITER", ",");
  csv.record_delimiter = Characters(format, "RECORD_DELIMITER", "\n");
  if (csv.record_delimiter == "\r\n") csv.record_delimiter = "\n";
  FIRN_ASSIGN(csv.enclosed, OneCharacter(format, "FIELD_OPTIONALLY_ENCLOSED_BY", "NONE"));
  FIRN_ASSIGN(csv.escape, OneCharacter(format, "ESCAPE", "NONE"));
  std::string bare = format.Text("ESCAPE_UNENCLOSED_FIELD", "\\");
  if (bare == "\\" || bare == "\\\\") {
    csv.escape_bare = '\\';
  } else {
    FIRN_ASSIGN(csv.escape_bare, OneCharacter(format, "ESCAPE_UNENCLOSED_FIELD", "NONE"));
  }
  csv.null_if = ListOption(format, "NULL_IF", "('\\N')");
  csv.empty_is_null = format.Flag("EMPTY_FIELD_AS_NULL", true);
  csv.trim = format.Flag("TRIM_SPACE", false);
  csv.skip_blank = format.Flag("SKIP_BLANK_LINES", false);
  csv.replace_invalid = format.Flag("REPLACE_INVALID_CHARACTERS", false) || !format.Flag("VALIDATE_UTF8", true);
  csv.skip_byte_order_mark = format.Flag("SKIP_BYTE_ORDER_MARK", true);
  csv.skip_header = std::strtoll(format.Text("SKIP_HEADER", "0").c_str(), nullptr, 10);
  if (format.Flag("PARSE_HEADER", false)) {
    if (csv.skip_header != 0) {
      return Error(errors::kInvalidExpression, {"SKIP_HEADER is not allowed together with PARSE_HEADER = TRUE"});
    }
    csv.skip_header = 1;
  }
  csv.encoding = format.Text("ENCODING", "UTF8");
  FIRN_ASSIGN(csv.compression, Compression(format));
  return csv;
}

Result<std::string> ReadDocuments(const FileFormat& format, const std::vector<StageFile>& files) {
  FIRN_TRY(RefuseOthers(format, {{"ALLOW_DUPLICATE", "false"},
                                 {"BINARY_AS_TEXT", "true"},
                                 {"ENABLE_OCTAL", "false"},
                                 {"IGNORE_UTF8_ERRORS", "false"},
                                 {"NULL_IF", "()"},
                                 {"REPLACE_INVALID_CHARACTERS", "false"},
                                 {"STRIP_NULL_VALUES", "false"},
                                 {"TRIM_SPACE", "false"}}));
  if (format.type == "PARQUET") {
    return "(SELECT CAST(to_json(p) AS VARCHAR) AS t, p.filename AS f, p.file_row_number + 1 AS r FROM " +
           ReadParquet(files) + " AS p)";
  }
  FIRN_ASSIGN(std::string compression, Compression(format));
  bool strip = format.Flag("STRIP_OUTER_ARRAY", false);
  return "(SELECT CAST(p.json AS VARCHAR) AS t, p.filename AS f, NULL AS r FROM read_json_objects(" + PathList(files) +
         ", format = '" + (strip ? "array" : "unstructured") + "', compression = '" +
         (compression == "auto" ? "auto_detect" : compression) +
         "', maximum_object_size = 134217728, hive_partitioning = false) AS p)";
}

std::string ReadParquet(const std::vector<StageFile>& files) {
  return "read_parquet(" + PathList(files) + ", hive_partitioning = false)";
}

Result<std::string> ParsedDocument(StatementContext& context, const std::string& text) {
  sql::Call call{.name = {.parts = {{"PARSE_JSON", false, {}}}, .dynamic = nullptr, .at = {}}};
  call.args.push_back({"", sql::MakeExpr(sql::DuckExpr{text, {}})});
  FIRN_ASSIGN(sql::ExprPtr parsed, functions::RewriteCall(std::move(call), {}, context.facts));
  return sql::Print(*parsed);
}

Result<std::string> ReadStage(StatementContext& context, const FileFormat& format,
                              const std::vector<StageFile>& files) {
  const std::string metadata = " AS \"METADATA$FILENAME\", ";
  if (format.type == "CSV") {
    FIRN_ASSIGN(engine::CsvFormat csv, CsvFormatOf(format));
    if (files.empty()) {
      std::string nothing;
      for (size_t i = 0; i < kTransformColumnsMax; ++i)
        nothing += "CAST(NULL AS VARCHAR) AS c" + std::to_string(i) + ", ";
      return "(SELECT " + nothing + "CAST(NULL AS VARCHAR)" + metadata +
             "CAST(NULL AS BIGINT) AS \"METADATA$FILE_ROW_NUMBER\" WHERE false)";
    }
    std::vector<std::string> paths;
    for (const StageFile& file : files) paths.push_back(file.path);
    return "(SELECT *, \"firn$file\"" + metadata + "\"firn$row\" AS \"METADATA$FILE_ROW_NUMBER\" FROM " +
           engine::CsvCall(csv, paths, kTransformColumnsMax, 0, false) + ")";
  }
  if (format.type != "JSON" && format.type != "PARQUET") {
    return Error(errors::kUnsupported, {"files of type " + format.type});
  }
  std::string documents = "(SELECT CAST(NULL AS VARCHAR) AS t, CAST(NULL AS VARCHAR) AS f, NULL AS r WHERE false)";
  if (!files.empty()) {
    FIRN_ASSIGN(documents, ReadDocuments(format, files));
  }
  FIRN_ASSIGN(std::string parsed, ParsedDocument(context, "t"));
  return "(SELECT " + parsed + " AS c0, f" + metadata + "r AS \"METADATA$FILE_ROW_NUMBER\" FROM " + documents + ")";
}

Status PlanStageRelation(StatementContext& context, sql::RelationPtr& relation, std::vector<std::string>* columns) {
  auto& stage = *relation->As<sql::StageRelation>();
  FIRN_ASSIGN(sql::StageLocation location, sql::ParseStageLocation(stage.location));
  std::optional<sql::ObjectName> name;
  std::optional<std::string> pattern;
  for (const sql::Argument& option : stage.options) {
    FIRN_ASSIGN(session::Cell text, context.Evaluate(*option.value, SqlType::Varchar()));
    if (option.name == "PATTERN") {
      pattern = text;
    } else if (option.name == "FILE_FORMAT") {
      FIRN_ASSIGN(name, sql::ParseObjectName(text.value_or("")));
    } else {
      return Error(errors::kInvalidOption, {option.name, "a stage"}, relation->at);
    }
  }
  FIRN_ASSIGN(auto files, ListStage(context, location, {}, pattern));
  FIRN_ASSIGN(FileFormat format, FormatOf(context, location, name));
  auto text = ReadStage(context, format, files);
  if (!text.ok()) return std::move(text).error().At(relation->at);
  for (size_t i = 0; i < (format.type == "CSV" ? kTransformColumnsMax : 1); ++i) {
    columns->push_back("c" + std::to_string(i));
  }
  relation->node = sql::DuckRelation{*std::move(text), {}, false};
  if (!relation->alias.name) relation->alias.name = sql::Ident{"firn$stage", true, {}};
  return Ok();
}

}  // namespace firn::planner
