// CREATE STAGE and CREATE FILE FORMAT. https://docs.snowflake.com/en/sql-reference/sql/create-stage,
// …/create-file-format
#include <boost/json.hpp>

#include "base/errors.h"
#include "sql/parser.h"
#include "statements/file_format.h"
#include "statements/object_names.h"
#include "statements/object_options.h"
#include "statements/option_values.h"
#include "statements/stage_options.h"

namespace firn::statements {

namespace {

using catalog::Object;
using catalog::StageInfo;
using OptionKind = sql::OptionValue::Kind;

Status SetUrl(Execution& run, const sql::Option& option, StageInfo* stage) {
  FIRN_ASSIGN(std::string url, OptionText(run, option));
  if (url.starts_with("s3://") || url.starts_with("file://")) {
    stage->url = std::move(url);
    return Ok();
  }
  for (const char* other : {"azure://", "gcs://", "s3gov://", "s3china://", "s3compat://"}) {
    if (url.starts_with(other)) return Error(errors::kUnsupported, {std::string("stages at ") + other}, option.at);
  }
  return Error(errors::kInvalidExpression, {"invalid URL prefix found in: '" + url + "'"});
}

Status SetCredentials(Execution& run, const sql::Option& option, Object* stage) {
  boost::json::object values;
  for (const sql::Option& part : option.value.options) {
    bool known = part.name == "AWS_KEY_ID" || part.name == "AWS_SECRET_KEY" || part.name == "AWS_TOKEN";
    if (!known) return Error(errors::kUnsupported, {"CREDENTIALS with " + part.name}, part.at);
    FIRN_ASSIGN(std::string text, OptionText(run, part));
    values[part.name] = text;
  }
  auto* info = stage->As<StageInfo>();
  info->credentials = values.empty() ? "" : run.catalog().secrets().Seal(boost::json::serialize(values), stage->id);
  return Ok();
}

/// Files are kept as they are: what a stage's own store does to them at rest is not Firn's.
Status CheckEncryption(Execution& run, const sql::Option& option) {
  for (const sql::Option& part : option.value.options) {
    FIRN_ASSIGN(std::string text, OptionText(run, part));
    std::string type = Upper(text);
    bool plain = part.name == "TYPE" &&
                 (type == "NONE" || type == "SNOWFLAKE_SSE" || type == "SNOWFLAKE_FULL" || type == "AWS_SSE_S3");
    if (!plain) return Error(errors::kUnsupported, {"ENCRYPTION with " + part.name + " = '" + text + "'"}, part.at);
  }
  return Ok();
}

Status SetDirectory(Execution& run, const sql::Option& option, StageInfo* stage) {
  for (const sql::Option& part : option.value.options) {
    if (part.name != "ENABLE" && part.name != "REFRESH_ON_CREATE" && part.name != "AUTO_REFRESH") {
      return Error(errors::kInvalidOption, {part.name, "DIRECTORY"});
    }
    FIRN_ASSIGN(bool value, OptionBoolean(run, part));
    if (part.name == "ENABLE") stage->directory = value;
    if (part.name == "AUTO_REFRESH" && value) return Error(errors::kUnsupported, {"AUTO_REFRESH"}, part.at);
  }
  return Ok();
}

Status SetFormat(Execution& run, std::optional<sql::ObjectName> name, const std::vector<sql::Option>& options,
                 StageInfo* stage) {
  if (name) {
    FIRN_ASSIGN(auto format, FindObject(run, catalog::ObjectKind::kFileFormat, &*name, "CREATE STAGE"));
    FIRN_ASSIGN(ObjectPlace place, PlaceOf(run, catalog::ObjectKind::kFileFormat, &*name, "CREATE STAGE"));
    place.name.name = format->name;
    stage->file_format = {{"FORMAT_NAME", place.Shown()}};
    return Ok();
  }
  std::string type;
  FIRN_ASSIGN(stage->file_format, FormatOptionsOf(run, options, &type));
  stage->file_format["TYPE"] = type;
  return Ok();
}

/// FILE_FORMAT among the options of ALTER STAGE.
Status SetFormatOption(Execution& run, const sql::Option& option, StageInfo* stage) {
  auto parse = [&](const sql::Option& named) -> Result<sql::ObjectName> {
    if (named.value.kind == OptionKind::kWord) return named.value.name;
    FIRN_ASSIGN(std::string text, OptionText(run, named));
    return sql::ParseObjectName(text);
  };
  if (option.value.kind != OptionKind::kOptions) {
    FIRN_ASSIGN(sql::ObjectName name, parse(option));
    return SetFormat(run, std::move(name), {}, stage);
  }
  if (const sql::Option* named = sql::FindOption(option.value.options, "FORMAT_NAME")) {
    FIRN_ASSIGN(sql::ObjectName name, parse(*named));
    return SetFormat(run, std::move(name), {}, stage);
  }
  return SetFormat(run, std::nullopt, option.value.options, stage);
}

Status SetCopyOptions(Execution& run, const sql::Option& option, StageInfo* stage) {
  for (const sql::Option& part : option.value.options) {
    FIRN_ASSIGN(std::string text, OptionText(run, part));
    stage->copy_options[part.name] = std::move(text);
  }
  return Ok();
}

}  // namespace

Status SetStageOptions(Execution& run, const std::vector<sql::Option>& options, Object* stage) {
  auto* info = stage->As<StageInfo>();
  for (const sql::Option& option : options) {
    if (option.name == "URL") {
      FIRN_TRY(SetUrl(run, option, info));
    } else if (option.name == "CREDENTIALS") {
      FIRN_TRY(SetCredentials(run, option, stage));
    } else if (option.name == "ENCRYPTION") {
      FIRN_TRY(CheckEncryption(run, option));
    } else if (option.name == "DIRECTORY") {
      FIRN_TRY(SetDirectory(run, option, info));
    } else if (option.name == "FILE_FORMAT") {
      FIRN_TRY(SetFormatOption(run, option, info));
    } else if (option.name == "COPY_OPTIONS") {
      FIRN_TRY(SetCopyOptions(run, option, info));
    } else if (option.name == "STORAGE_INTEGRATION") {
      return Error(errors::kUnsupported, {"STORAGE_INTEGRATION"}, option.at);
    } else {
      FIRN_TRY(SetObjectOption(run, option, stage));
    }
  }
  return Ok();
}

Status SetFileFormatOptions(Execution& run, const std::vector<sql::Option>& options, Object* format) {
  if (const sql::Option* comment = sql::FindOption(options, "COMMENT")) {
    FIRN_TRY(SetObjectOption(run, *comment, format));
  }
  auto* info = format->As<catalog::FileFormatInfo>();
  std::string type = info->type;
  FIRN_ASSIGN(catalog::OptionMap changed, FormatOptionsOf(run, options, &type));
  if (type != info->type) info->options.clear();
  info->type = type;
  for (auto& [name, value] : changed) info->options[name] = value;
  return Ok();
}

Result<std::map<std::string, std::string>> StageCredentials(catalog::Catalog& catalog, const Object& stage) {
  std::map<std::string, std::string> values;
  const std::string& sealed = stage.As<StageInfo>()->credentials;
  if (sealed.empty()) return values;
  FIRN_ASSIGN(std::string opened, catalog.secrets().Open(sealed, stage.id));
  boost::system::error_code error;
  boost::json::value parsed = boost::json::parse(opened, error);
  if (error || !parsed.is_object()) return Error(errors::kCorrupt, {"credentials of stage " + stage.name, "no object"});
  for (const auto& member : parsed.get_object()) {
    if (const auto* text = member.value().if_string()) values[std::string(member.key())] = std::string(*text);
  }
  return values;
}

Result<Answer> Execute(Execution& run, sql::CreateStage& create) {
  FIRN_ASSIGN(Creation creation, BeginCreate(run, catalog::ObjectKind::kStage, &create.name, create.mode,
                                             "CREATE STAGE", create.temporary));
  if (creation.done) return AlreadyThere(run, creation);
  Object stage = catalog::NewObject(StageInfo{}, creation.place.parent_id, creation.place.name.name, run.session.role);
  if (create.file_format.name || !create.file_format.options.empty()) {
    FIRN_TRY(SetFormat(run, create.file_format.name, create.file_format.options, stage.As<StageInfo>()));
  }
  FIRN_TRY(SetStageOptions(run, create.options, &stage));
  return FinishCreate(run, creation, std::move(stage));
}

Result<Answer> Execute(Execution& run, sql::CreateFileFormat& create) {
  FIRN_ASSIGN(Creation creation, BeginCreate(run, catalog::ObjectKind::kFileFormat, &create.name, create.mode,
                                             "CREATE FILE FORMAT", create.persistence == sql::Persistence::kTemporary));
  if (creation.done) return AlreadyThere(run, creation);
  Object format = catalog::NewObject(catalog::FileFormatInfo{}, creation.place.parent_id, creation.place.name.name,
                                     run.session.role);
  FIRN_TRY(SetFileFormatOptions(run, create.options, &format));
  return FinishCreate(run, creation, std::move(format));
}

}  // namespace firn::statements
