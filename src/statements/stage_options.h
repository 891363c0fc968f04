// Options of stages and file formats, as CREATE and ALTER share them, and how a stage's credentials are kept.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "statements/execution.h"

namespace firn::statements {

/// URL, CREDENTIALS, ENCRYPTION, DIRECTORY, FILE_FORMAT, COPY_OPTIONS, COMMENT. CREDENTIALS are sealed under the
/// object's id. Errors: kInvalidOption, kInvalidValue, kUnsupported (integrations, other clouds, other encryption).
Status SetStageOptions(Execution& run, const std::vector<sql::Option>& options, catalog::Object* stage);
/// TYPE and the options of that type, over those that are kept. Another TYPE forgets the options of the old one.
Status SetFileFormatOptions(Execution& run, const std::vector<sql::Option>& options, catalog::Object* format);

/// What CREDENTIALS = (…) of the stage said, by option name; empty if nothing. Errors: kCorrupt (another key).
Result<std::map<std::string, std::string>> StageCredentials(catalog::Catalog& catalog, const catalog::Object& stage);

}  // namespace firn::statements
