#include "unit/pipeline/silver_fixture.h"

#include "base/ids.h"
#include "pipeline/silver/task_step.h"
#include "storage/store.h"

namespace firn::pipeline::testing {

namespace {

std::string Columns(std::span<const PlainColumn> columns) {
  std::string list;
  for (const PlainColumn& column : columns) {
    list += (list.empty() ? "" : ", ") + std::string(column.name) + " " + std::string(column.type);
  }
  return list;
}

}  // namespace

void SilverTest::SetUp() {
  folder_ = std::filesystem::temp_directory_path() / ("silver_test_" + NewUuid());
  std::filesystem::create_directories(folder_ / "data");
  auto store = storage::OpenLocalStore((folder_ / "data").string());
  ASSERT_TRUE(store.ok());
  node_.store = *std::move(store);
  node_.data_folder = (folder_ / "data").string();
  auto secrets = catalog::Secrets::OpenFile((folder_ / "secret.key").string());
  ASSERT_TRUE(secrets.ok());
  auto catalog = catalog::Catalog::Open(node_.store, *std::move(secrets), {});
  ASSERT_TRUE(catalog.ok());
  node_.catalog = *std::move(catalog);
  engine::EngineOptions options;
  options.threads = 2;
  options.spill_folder = (folder_ / "spill").string();
  options.allowed_directories = {folder_.string()};
  auto engine = engine::Engine::Open(std::move(options));
  ASSERT_TRUE(engine.ok());
  node_.engine = *std::move(engine);
  ASSERT_TRUE(functions::Register(*node_.engine).ok());
  session_ = std::make_unique<session::Session>(node_, 1, "SYSTEM", "ACCOUNTADMIN");
}

void SilverTest::TearDown() {
  session_.reset();
  node_.engine.reset();
  node_.catalog.reset();
  std::filesystem::remove_all(folder_);
}

PipelineSpec SilverTest::Orders() {
  PipelineSpec spec;
  spec.domain = "SALES";
  spec.table = "ORDERS";
  spec.columns = {{.name = "ORDER_ID", .type = SqlType::Integer(), .required = true, .key = true},
                  {.name = "STATUS", .type = SqlType::Varchar()},
                  {.name = "TOTAL", .type = SqlType::Number(9, 2)},
                  {.name = "UPDATED_AT", .type = SqlType::Timestamp(TypeId::kTimestampNtz), .order = true}};
  spec.merge = MergeType::kUpsert;
  spec.order_by = {"UPDATED_AT"};
  return spec;
}

void SilverTest::MakeObjects(const PipelineSpec& spec) {
  Execute("CREATE DATABASE sales");
  for (const char* schema : {"bronze", "silver"}) Execute("CREATE SCHEMA sales." + std::string(schema));
  Execute("CREATE TABLE sales.bronze.orders (" + Columns(kBronzeColumns) + ")");
  Execute("CREATE TABLE sales.bronze.orders__errors (" + Columns(kErrorColumns) + ")");
  Execute("CREATE STREAM sales.bronze.orders_s ON TABLE sales.bronze.orders APPEND_ONLY = TRUE");
  std::string silver, version;
  for (const ColumnRule& column : spec.columns) {
    silver += "\"" + column.name + "\" " + column.type.Text() + (column.required ? " NOT NULL, " : ", ");
    if (column.key || column.order) version += "\"" + column.name + "\" " + column.type.Text() + ", ";
  }
  silver += "_seq BIGINT, _updated_at TIMESTAMP_LTZ(6)";
  if (spec.evolve.mode == EvolveMode::kRescue) silver += ", _rescued VARIANT";
  if (spec.merge == MergeType::kScd2) silver += ", " + Columns(kScdColumns);
  Execute("CREATE TABLE sales.silver.orders (" + silver + ")");
  Execute("CREATE TABLE sales.silver.orders__deleted (" + version + "_seq BIGINT, _deleted_at TIMESTAMP_LTZ(6))");
}

Pipeline SilverTest::MakePipeline(const PipelineSpec& spec) {
  engine::CancelToken cancel;
  auto made = CreatePipeline(node_, {"ADMIN", "ACCOUNTADMIN"}, spec, cancel);
  EXPECT_TRUE(made.ok()) << made.error().Message();
  return Current();
}

Pipeline SilverTest::Current() {
  auto found = FindPipeline(*node_.catalog->Current(), "SALES", "ORDERS");
  EXPECT_TRUE(found.ok());
  return found.ok() ? *std::move(found) : Pipeline();
}

SilverCounts SilverTest::Step() {
  engine::CancelToken cancel;
  Pipeline pipeline = Current();
  auto counts = RunSilverStep({node_, pipeline.merge_task, pipeline.pipe->id, NewUuid(), NewQueryId(), cancel});
  if (counts.ok()) return *std::move(counts);
  ADD_FAILURE() << counts.error().Message();
  return {};
}

std::vector<std::string> SilverTest::Rows(const std::string& text) {
  engine::CancelToken cancel;
  statements::Request request;
  request.text = text;
  request.query_id = NewQueryId();
  auto answer = statements::Run(*session_, request, cancel);
  std::vector<std::string> out;
  if (!answer.ok()) {
    ADD_FAILURE() << text << ": " << answer.error().Message();
    return out;
  }
  while (answer->stream) {
    auto batch = answer->stream->Next();
    if (!batch.ok() || !*batch) {
      EXPECT_TRUE(batch.ok());
      break;
    }
    for (int64_t row = 0; row < (*batch)->rows(); ++row) {
      std::string line;
      for (size_t column = 0; column < answer->stream->columns().size(); ++column) {
        const int at = static_cast<int>(column);
        line += (column ? "|" : "") + ((*batch)->IsNull(at, row) ? "NULL" : (*batch)->Text(at, row));
      }
      out.push_back(std::move(line));
    }
  }
  return out;
}

void SilverTest::Post(const std::vector<std::string>& rows) {
  std::string values;
  for (const std::string& row : rows) {
    const std::string seq = std::to_string(next_seq_++);
    values += (values.empty() ? "SELECT " : " UNION ALL SELECT ") + seq + ", CURRENT_TIMESTAMP(), 'batch-" + seq +
              "', NULL, NULL, PARSE_JSON($$" + row + "$$):_op::VARCHAR, 1, PARSE_JSON($$" + row + "$$)";
  }
  Execute("INSERT INTO sales.bronze.orders " + values);
}

void SilverTest::PostAt(int64_t seq, const std::string& row) {
  const int64_t next = std::exchange(next_seq_, seq);
  Post({row});
  next_seq_ = next;
}

Result<SilverCounts> SilverTest::TryMerge(const PipelineSpec& spec, const std::string& request_id) {
  engine::CancelToken cancel;
  FIRN_ASSIGN(
      SilverResult result,
      MergeSilver(*session_, spec, {.text = "MERGE", .request_id = request_id, .query_id = NewQueryId()}, cancel));
  return std::move(result.counts);
}

SilverCounts SilverTest::Merge(const PipelineSpec& spec) {
  auto counts = TryMerge(spec);
  if (counts.ok()) return *std::move(counts);
  ADD_FAILURE() << counts.error().Message();
  return {};
}

}  // namespace firn::pipeline::testing
