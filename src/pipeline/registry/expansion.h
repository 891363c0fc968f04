// What a PipelineSpec expands to: the SQL statements that make its objects (pipeline contract 9.1), and the texts of
// its tasks. The texts are what GET_DDL prints; what merges is C++ (pipeline/silver). Pure but for the catalog's state
// that gold tables' columns are read from; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pipeline/registry/spec.h"
#include "statements/together.h"

namespace firn::pipeline {

inline constexpr const char* kBronzeSchema = "BRONZE";
inline constexpr const char* kSilverSchema = "SILVER";
inline constexpr const char* kGoldSchema = "GOLD";
/// Object options that the pipeline's objects carry.
inline constexpr const char* kErrorTableOption = "ERROR_TABLE";  ///< of the bronze table: the quarantine's id
inline constexpr const char* kPipelineOption = "PIPELINE";   ///< of the merge task and the silver tables: the pipe's id
inline constexpr const char* kGoldOption = "PIPELINE_GOLD";  ///< of gold tables and their tasks: the pipe's id
/// Of a silver table that is made beside the one it will replace: the spec that gold was made by, as JSON.
inline constexpr const char* kRebuildOption = "PIPELINE_REBUILD";

/// Bare where it could be written so and is no reserved word, else in quotes.
std::string SqlName(std::string_view name);

/// Names of the pipeline's objects, as they stand in the catalog.
struct ObjectNames {
  explicit ObjectNames(const PipelineSpec& spec);
  std::string database;
  std::string bronze, errors, pipe, stream;                           ///< in BRONZE
  std::string silver, deleted, merge_task;                            ///< in SILVER
  std::string replay_stream;                                          ///< in BRONZE, while bronze is read again
  std::string new_silver, new_deleted;                                ///< in SILVER, until they take the others' places
  std::string In(const char* schema, const std::string& name) const;  ///< full, for SQL
};
std::string GoldTaskName(const GoldSpec& gold);

/// The statements' parts.
std::string BronzeColumnsSql();
std::string SilverColumnsSql(const PipelineSpec& spec);
std::string MergeSql(const PipelineSpec& spec);
/// `columns` of the gold table.
std::string GoldTaskSql(const PipelineSpec& spec, const GoldSpec& gold, const std::vector<std::string>& columns);
/// Before those that read it or come after it.
std::vector<const GoldSpec*> GoldInOrder(const PipelineSpec& spec);

/// Steps by layer. `spec` must outlive them.
std::vector<statements::TogetherStep> BronzeSteps(const PipelineSpec& spec);
/// `aside`: under the names that a rebuild uses.
std::vector<statements::TogetherStep> SilverSteps(const PipelineSpec& spec, bool aside = false);
/// A stream of all that bronze holds and will hold.
statements::TogetherStep StreamStep(const PipelineSpec& spec, const std::string& name);
std::vector<statements::TogetherStep> MergeSteps(const PipelineSpec& spec);  ///< stream and task
std::vector<statements::TogetherStep> GoldSteps(const PipelineSpec& spec, const GoldSpec& gold);
/// Whether expectations and delete_when mean something over the silver table.
std::vector<statements::TogetherStep> CheckSteps(const PipelineSpec& spec);

}  // namespace firn::pipeline
