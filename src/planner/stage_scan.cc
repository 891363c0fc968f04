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

/// "NONE" and "" are no character.
std::string Character(const FileFormat& format, const char* name, const char* otherwise) {
  std::string text = format.Text(name, otherwise);
  return text == "NONE" ? "" : text;
}

}  // namespace

Result<std::string> ReadCsv(const FileFormat& format, const std::vector<StageFile>& files, size_t columns, bool exact) {
  std::string quote = Character(format, "FIELD_OPTIONALLY_ENCLOSED_BY", "NONE");
  std::string escape = Character(format, "ESCAPE", "NONE");
  std::string delimiter = Character(format, "FIELD_DELIMITER", ",");
  std::string record = format.Text("RECORD_DELIMITER", "\n");
  if (record != "\n" && record != "\r\n" && record != "\r" && record != "NONE") {
    return Error(errors::kUnsupported, {"RECORD_DELIMITER = " + sql::QuoteText(record)});
  }
  if (std::string encoding = Upper(format.Text("ENCODING", "UTF8")); encoding != "UTF8" && encoding != "UTF-8") {
    return Error(errors::kUnsupported, {"files in " + encoding});
  }
  FIRN_ASSIGN(std::string compression, Compression(format));
  std::string names, nulls;
  for (size_t i = 0; i < columns; ++i) {
    names += (i ? ", " : "") + ("'c" + std::to_string(i) + "': 'VARCHAR'");
  }
  for (const std::string& text : ListOption(format, "NULL_IF", "('\\N')")) {
    nulls += (nulls.empty() ? "" : ", ") + sql::QuoteText(text);
  }
  if (format.Flag("EMPTY_FIELD_AS_NULL", true)) nulls += nulls.empty() ? "''" : ", ''";
  std::string text =
      "read_csv(" + PathList(files) + ", columns = {" + names +
      "}, auto_detect = false, delim = " + sql::QuoteText(delimiter.empty() ? "\x01" : delimiter) +
      ", quote = " + sql::QuoteText(quote) + ", escape = " + sql::QuoteText(!escape.empty() ? escape : quote) +
      ", header = false, skip = " + format.Text("SKIP_HEADER", "0") + ", compression = '" + compression +
      "', allow_quoted_nulls = false, strict_mode = " + (exact ? "true" : "false") +
      ", null_padding = " + (exact ? "false" : "true") + ", max_line_size = 16777216, hive_partitioning = false";
  if (!nulls.empty()) text += ", nullstr = [" + nulls + "]";
  return text + ")";
}

Result<std::string> ReadDocuments(const FileFormat& format, const std::vector<StageFile>& files) {
  if (format.type == "PARQUET") {
    return "(SELECT CAST(to_json(p) AS VARCHAR) AS t FROM " + ReadParquet(files) + " AS p)";
  }
  FIRN_ASSIGN(std::string compression, Compression(format));
  bool strip = format.Flag("STRIP_OUTER_ARRAY", false);
  return "(SELECT CAST(json AS VARCHAR) AS t FROM read_json_objects(" + PathList(files) + ", format = '" +
         (strip ? "array" : "unstructured") + "', compression = '" +
         (compression == "auto" ? "auto_detect" : compression) +
         "', maximum_object_size = 134217728, hive_partitioning = false))";
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

Status PlanStageFiles(StatementContext& context, sql::RelationPtr& relation, const FileFormat& format,
                      const std::vector<StageFile>& files, std::vector<std::string>* columns) {
  if (files.empty()) {
    return Error(errors::kInvalidExpression, {"no file is at that location of the stage"}, relation->at);
  }
  std::string text;
  if (format.type == "CSV") {
    FIRN_ASSIGN(text, ReadCsv(format, files, kTransformColumnsMax, false));
    for (size_t i = 0; i < kTransformColumnsMax; ++i) columns->push_back("c" + std::to_string(i));
  } else if (format.type == "JSON" || format.type == "PARQUET") {
    FIRN_ASSIGN(text, ReadDocuments(format, files));
    FIRN_ASSIGN(std::string parsed, ParsedDocument(context, "t"));
    text = "(SELECT " + parsed + " AS c0 FROM " + text + ")";
    columns->push_back("c0");
  } else {
    return Error(errors::kUnsupported, {"files of type " + format.type}, relation->at);
  }
  relation->node = sql::DuckRelation{std::move(text), {}, false};
  if (!relation->alias.name) relation->alias.name = sql::Ident{"firn$stage", true, {}};
  return Ok();
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
  return PlanStageFiles(context, relation, format, files, columns);
}

}  // namespace firn::planner
