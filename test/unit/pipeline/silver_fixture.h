// A lake in a temporary folder with the objects of the pipeline SALES.ORDERS made by plain SQL: bronze rows come by
// INSERT, the merge is called as the task runner calls it. One test each.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "functions/register.h"
#include "pipeline/registry/registry.h"
#include "pipeline/silver/silver.h"
#include "session/node.h"
#include "session/session.h"
#include "statements/run.h"

namespace firn::pipeline::testing {

class SilverTest : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  /// ORDER_ID (key), STATUS, TOTAL NUMBER(9,2), UPDATED_AT TIMESTAMP_NTZ (order_by); upsert.
  static PipelineSpec Orders();
  void MakeObjects(const PipelineSpec& spec);
  /// The same by the registry: a whole pipeline.
  Pipeline MakePipeline(const PipelineSpec& spec);
  Pipeline Current();
  /// As the task runner does it: until the stream is empty, with evolution.
  SilverCounts Step();
  void Execute(const std::string& text) { (void)Rows(text); }
  /// The rows of a query: cells joined by "|", NULL for none.
  std::vector<std::string> Rows(const std::string& text);
  /// One bronze commit; `rows` are JSON objects, `_op` in them. `_seq` counts on from 1.
  void Post(const std::vector<std::string>& rows);
  void PostAt(int64_t seq, const std::string& row);
  SilverCounts Merge(const PipelineSpec& spec);
  Result<SilverCounts> TryMerge(const PipelineSpec& spec, const std::string& request_id = "");

  session::Node node_;
  std::unique_ptr<session::Session> session_;
  std::filesystem::path folder_;
  int64_t next_seq_ = 1;
};

}  // namespace firn::pipeline::testing
