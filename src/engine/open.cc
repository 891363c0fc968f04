// Engine::Open: DuckDB's settings. The order matters: external access is closed last, and what is to be reachable
// after that (extension, secret, spill folder, allowed folders) is set before.
#include <duckdb.hpp>
#include <filesystem>
#include <thread>

#include "base/errors.h"
#include "engine/bloom_joins.h"
#include "engine/csv_scan.h"
#include "engine/duck_engine.h"
#include "engine/error_map.h"
#include "engine/kept_rows.h"
#include "engine/memory_scan.h"
#include "engine/partition_count.h"
#include "engine/result_types.h"
#include "engine/sequence_function.h"

namespace firn::engine {

namespace {

void Set(duckdb::Connection& connection, const std::string& sql) {
  auto result = connection.Query(sql);
  if (result->HasError()) result->ThrowError();
}

/// "https://host:port" → "host:port" and whether TLS is used.
std::pair<std::string, bool> SplitEndpoint(const std::string& endpoint) {
  for (auto [scheme, tls] : {std::pair{"https://", true}, {"http://", false}}) {
    if (endpoint.starts_with(scheme)) return {endpoint.substr(std::string_view(scheme).size()), tls};
  }
  return {endpoint, true};
}

void OpenS3(duckdb::Connection& connection, const EngineOptions& options) {
  const auto& s3 = *options.s3;
  Set(connection, "LOAD " + QuoteText(options.httpfs_extension));
  Set(connection, "SET GLOBAL httpfs_connection_caching = true");
  // DuckDB's 30 s and three retries make a dead endpoint a hang of two minutes.
  Set(connection, "SET GLOBAL http_timeout = " + std::to_string(std::max<int64_t>(1, s3.timeout_ms / 1000)));
  Set(connection, "SET GLOBAL http_retries = 2");
  auto [host, tls] = SplitEndpoint(s3.endpoint);
  std::string secret = "CREATE SECRET firn_data (TYPE s3, PROVIDER config, KEY_ID " + QuoteText(s3.access_key) +
                       ", SECRET " + QuoteText(s3.secret_key) + ", REGION " + QuoteText(s3.region) + ", URL_STYLE " +
                       (s3.path_style ? "'path'" : "'vhost'") + ", SCOPE " + QuoteText("s3://" + s3.bucket);
  if (!s3.session_token.empty()) secret += ", SESSION_TOKEN " + QuoteText(s3.session_token);
  if (!host.empty()) secret += ", ENDPOINT " + QuoteText(host) + ", USE_SSL " + (tls ? "true" : "false");
  Set(connection, secret + ")");
}

std::string ListOf(const std::vector<std::string>& texts) {
  std::string out = "[";
  for (const auto& text : texts) out += (out.size() > 1 ? ", " : "") + QuoteText(text);
  return out + "]";
}

void Configure(duckdb::Connection& connection, const EngineOptions& options) {
  Set(connection, "SET GLOBAL autoload_known_extensions = false");
  Set(connection, "SET GLOBAL autoinstall_known_extensions = false");
  Set(connection, "SET GLOBAL allow_persistent_secrets = false");
  Set(connection, "SET GLOBAL TimeZone = 'UTC'");
  Set(connection, "SET GLOBAL parquet_metadata_cache = true");
  if (options.s3) OpenS3(connection, options);
  auto allowed = options.allowed_directories;
  if (!options.spill_folder.empty()) {
    Set(connection, "SET GLOBAL temp_directory = " + QuoteText(options.spill_folder));
    allowed.push_back(options.spill_folder);
  }
  if (!allowed.empty()) Set(connection, "SET GLOBAL allowed_directories = " + ListOf(allowed));
  Set(connection, "SET GLOBAL enable_external_access = false");
}

}  // namespace

Result<std::unique_ptr<Engine>> Engine::Open(EngineOptions options) {
  return Caught([&]() -> Result<std::unique_ptr<Engine>> {
    if (!options.spill_folder.empty()) {
      std::error_code failed;
      std::filesystem::create_directories(options.spill_folder, failed);
      if (failed) return Error(errors::kStorage, {options.spill_folder, failed.message()});
    }
    duckdb::DBConfig config;
    // Reading from S3 is waiting: more threads than cores keep more requests on the way.
    if (options.threads <= 0 && options.s3) {
      options.threads = std::max(8, static_cast<int>(2 * std::thread::hardware_concurrency()));
    }
    if (options.threads > 0) config.SetOptionByName("threads", duckdb::Value::BIGINT(options.threads));
    int64_t memory = options.memory_limit_bytes;
    if (memory <= 0) {
      auto files = duckdb::FileSystem::CreateLocal();
      memory = static_cast<int64_t>(duckdb::DBConfig::GetSystemAvailableMemory(*files) / 10 * 7);
    }
    config.SetOptionByName("memory_limit", duckdb::Value(std::to_string(memory) + "B"));
    auto database = std::make_shared<duckdb::DuckDB>(nullptr, &config);
    duckdb::Connection connection(*database);
    Configure(connection, options);
    RegisterBloomJoins(*database->instance);
    RegisterSequenceFunction(connection);
    RegisterCsvScan(connection);
    RegisterKeptScan(connection);
    RegisterMemoryScan(connection);
    RegisterPartitionCount(connection);
    auto engine = std::make_unique<DuckEngine>(std::move(database), options.s3.has_value());
    engine->RegisterOwn();
    return std::unique_ptr<Engine>(std::move(engine));
  });
}

}  // namespace firn::engine
