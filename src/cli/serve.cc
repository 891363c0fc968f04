#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstdio>

#include "base/errors.h"
#include "base/log.h"
#include "cli/lake.h"
#include "cli/options.h"
#include "cli/password.h"
#include "faces/consumer_face.h"
#include "faces/health.h"
#include "faces/iceberg_face.h"
#include "faces/pipeline_face/ingest.h"
#include "faces/pipeline_face/pipelines.h"
#include "faces/pipeline_face/quarantine.h"
#include "faces/snowflake_face.h"
#include "http/server.h"
#include "pipeline/ingest_node.h"
#include "pipeline/registry/retention.h"
#include "pipeline/silver/task_step.h"
#include "pipeline/task_runner.h"
#include "pipeline/upkeep/keeper.h"
#include "session/sessions.h"

namespace firn::cli {

namespace {

struct Address {
  std::string host;
  uint16_t port = 0;
};

/// "127.0.0.1:8080", "[::1]:8080", "localhost:0".
Result<Address> ParseAddress(const std::string& text) {
  size_t colon = text.rfind(':');
  Address address;
  if (colon == std::string::npos) return Error(errors::kInvalidInput, {"--listen wants HOST:PORT, not '" + text + "'"});
  address.host = text.substr(0, colon);
  if (address.host.size() > 2 && address.host.front() == '[' && address.host.back() == ']') {
    address.host = address.host.substr(1, address.host.size() - 2);
  }
  const char* end = text.data() + text.size();
  auto [at, error] = std::from_chars(text.data() + colon + 1, end, address.port);
  if (address.host.empty() || error != std::errc() || at != end) {
    return Error(errors::kInvalidInput, {"--listen wants HOST:PORT, not '" + text + "'"});
  }
  return address;
}

bool IsLoopback(const std::string& host) { return host == "localhost" || host == "::1" || host.starts_with("127."); }

Status CheckExposure(const ServeOptions& options, const Address& address) {
  if (!options.tls_certificate.empty() || !options.tls_key.empty()) {
    return Error(errors::kUnsupported, {"--tls-cert, --tls-key"});
  }
  if (!IsLoopback(address.host) && !options.insecure) {
    return Error(errors::kInvalidInput, {"'" + address.host +
                                         "' can be reached from outside and there is no TLS: passwords and data would "
                                         "travel in the open. Give --insecure if that is wanted."});
  }
  return Ok();
}

/// The one place where a password is shown: on the terminal, never in the log.
void SayPassword(const Lake& lake, const AdminPassword& password) {
  if (!password.file.empty() && ::access(password.file.c_str(), F_OK) == 0) {
    std::printf("The password of user ADMIN is in %s\n", password.file.c_str());
  } else if (auto made = lake.node.catalog->generated_password()) {
    std::printf("User ADMIN has the password %s (shown this once)\n", made->c_str());
  }
}

std::vector<faces::Metric> Metrics(const http::Server* server, const session::Sessions& sessions,
                                   const faces::SnowflakeFace& snowflake, pipeline::IngestNode& ingest,
                                   const Lake& lake, const pipeline::Keeper& keeper) {
  const session::Node& node = lake.node;
  auto http = server != nullptr ? server->stats() : http::ServerStats{};
  auto queries = snowflake.stats();
  const delta::MirrorStats delta = lake.mirror->stats();
  const pipeline::IngestMetrics rows = ingest.metrics();
  const pipeline::KeeperStats upkeep = keeper.stats();
  auto number = [](auto value) { return static_cast<double>(value); };
  return {
      {"firn_catalog_position", "gauge", "Position of the catalog's log.", number(node.catalog->Current()->position())},
      {"firn_delta_commits_total", "counter", "Versions written to Delta logs.", number(delta.commits)},
      {"firn_delta_failed_total", "counter", "Attempts to publish a table as Delta that failed.", number(delta.failed)},
      {"firn_delta_late_total", "counter", "Commits answered before their Delta mirror was written.",
       number(delta.late)},
      {"firn_delta_stopped", "gauge", "Tables whose Delta log holds what Firn did not write.", number(delta.stopped)},
      {"firn_http_connections", "gauge", "Open connections.", number(http.open_connections)},
      {"firn_http_refused_total", "counter", "Connections and requests refused.", number(http.refused)},
      {"firn_http_requests_total", "counter", "Requests read.", number(http.requests)},
      {"firn_ingest_batches_total", "counter", "Ingest requests that were acknowledged.", number(rows.batches)},
      {"firn_ingest_bronze_commits_total", "counter", "Commits of rows into bronze.", number(rows.bronze.commits)},
      {"firn_ingest_bronze_lag_rows", "gauge", "Rows that are acknowledged and not in bronze.", number(rows.lag_rows)},
      {"firn_ingest_bronze_lag_seconds", "gauge", "Age of the oldest row that is not in bronze.", rows.lag_seconds},
      {"firn_ingest_bronze_rows_total", "counter", "Rows written into bronze.", number(rows.bronze.rows)},
      {"firn_ingest_discarded_rows_total", "counter", "Acknowledged rows whose table was gone for good.",
       number(rows.bronze.discarded)},
      {"firn_ingest_fsync_p99_seconds", "gauge", "Upper bound of 99 % of the buffer's writes with their fsync.",
       rows.sync_p99_seconds},
      {"firn_ingest_fsyncs_total", "counter", "Writes of the buffer with their fsync.", number(rows.syncs)},
      {"firn_ingest_in_flight_bytes", "gauge", "Bytes of rows that are not durable yet.", number(rows.in_flight_bytes)},
      {"firn_ingest_quarantined_total", "counter", "Rows written into quarantine by ingest.",
       number(rows.bronze.quarantined)},
      {"firn_ingest_stuck_tables", "gauge", "Tables whose commits into bronze fail.", number(rows.bronze.failures)},
      {"firn_ingest_wal_bytes", "gauge", "Bytes of the ingest buffer.", number(rows.log_bytes)},
      {"firn_queries_failed_total", "counter", "Statements that failed.", number(queries.queries_failed)},
      {"firn_queries_running", "gauge", "Statements that run.", number(queries.queries_running)},
      {"firn_queries_started_total", "counter", "Statements taken.", number(queries.queries_started)},
      {"firn_queries_succeeded_total", "counter", "Statements that succeeded.", number(queries.queries_succeeded)},
      {"firn_result_memory_bytes", "gauge", "Result chunks in memory.", number(queries.result_bytes_in_memory)},
      {"firn_sessions", "gauge", "Live sessions.", number(sessions.count())},
      {"firn_upkeep_compactions_total", "counter", "Files that came of compactions.", number(upkeep.compactions)},
      {"firn_upkeep_failed_total", "counter", "Looks at a table that failed.", number(upkeep.failed)},
      {"firn_upkeep_files_compacted_total", "counter", "Files that compactions replaced.",
       number(upkeep.files_compacted)},
      {"firn_upkeep_files_deleted_total", "counter", "Files deleted that nothing named any more.",
       number(upkeep.files_deleted)},
      {"firn_upkeep_files_waiting", "gauge", "Files given up and not deleted yet.", number(upkeep.files_waiting)},
      {"firn_upkeep_gave_way_total", "counter", "Compactions given up for writers.", number(upkeep.gave_way)},
      {"firn_upkeep_snapshots_expired_total", "counter", "Snapshots given up.", number(upkeep.snapshots_expired)},
  };
}

std::string WhyNotReady(const session::Node& node, const std::atomic<bool>& stopping) {
  if (stopping) return "stopping";
  if (auto stopped = node.catalog->stopped()) return stopped->Message();
  return "";
}

constexpr Micros kFlushTime = Micros{20} * 1000000;  ///< for the buffer's rows when the server stops

Result<std::unique_ptr<pipeline::IngestNode>> OpenIngest(const ServeOptions& options, session::Node& node,
                                                         std::shared_ptr<pipeline::Bell> bell,
                                                         std::shared_ptr<http::LanePosts> posts) {
  pipeline::IngestOptions ingest;
  ingest.committer.bell = std::move(bell);
  if (!node.data_folder.empty()) ingest.local_parent = node.data_folder + "/local";
  ingest.has_local = !options.lake.local.empty() || !node.data_folder.empty();
  ingest.limits.table_bytes = options.buffer_table_mib << 20;
  ingest.limits.all_bytes = options.buffer_mib << 20;
  ingest.limits.disk_reserve = options.disk_reserve_mib << 20;
  ingest.post_answers = [posts = std::move(posts)](int lane, std::function<void()> run) {
    (*posts)(lane, std::move(run));
  };
  return pipeline::IngestNode::Open(node, std::move(ingest));
}

pipeline::KeeperOptions UpkeepOf(const ServeOptions& options, const session::Node& node, faces::OpenCursors& cursors) {
  pipeline::KeeperOptions upkeep;
  upkeep.limits.garbage_after = static_cast<Micros>(options.garbage_seconds) * pipeline::kSecond;
  upkeep.limits.orphan_age = static_cast<Micros>(options.orphan_seconds) * pipeline::kSecond;
  upkeep.limits.orphans_every = std::min(upkeep.limits.orphans_every, upkeep.limits.orphan_age);
  upkeep.lease_file = node.local_folder + "/lease";
  upkeep.cursors = [&cursors] { return cursors.Held(); };
  return upkeep;
}

/// SIGINT and SIGTERM are taken by one sigwait; threads made from here on inherit the mask.
sigset_t BlockSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return signals;
}

/// Shells start programs with 1,024 descriptors, fewer than there may be connections.
void RaiseDescriptorLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) log::warn("the limit of open files cannot be raised");
}

Status Run(const ServeOptions& options) {
  FIRN_ASSIGN(Address address, ParseAddress(options.listen));
  FIRN_TRY(CheckExposure(options, address));
  sigset_t signals = BlockSignals();
  RaiseDescriptorLimit();
  FIRN_ASSIGN(AdminPassword password, FindAdminPassword(options.lake, options.password_file));
  FIRN_ASSIGN(auto lake, OpenLake(options.lake, password.text));
  faces::OpenCursors cursors(*lake->node.clock);
  pipeline::Keeper keeper(*lake->node.catalog, pipeline::EngineRewrite(lake->node),
                          UpkeepOf(options, lake->node, cursors));
  FIRN_TRY(keeper.Start());
  session::Sessions sessions(lake->node);
  faces::SnowflakeFace snowflake(lake->node, sessions);
  faces::Gate gate(lake->node, sessions);
  const auto bell = std::make_shared<pipeline::Bell>();
  const auto posts = std::make_shared<http::LanePosts>();
  FIRN_ASSIGN(const std::shared_ptr<pipeline::IngestNode> ingest, OpenIngest(options, lake->node, bell, posts));
  keeper.GiveWayTo([node = std::weak_ptr(ingest)](const std::string& table_id) {
    const auto there = node.lock();
    return there && there->IsBehind(table_id);
  });
  std::atomic<bool> stopping{false};
  std::unique_ptr<http::Server> server;
  std::vector<http::Route> routes = snowflake.Routes();
  for (auto& route : faces::IcebergRoutes(lake->node, sessions)) routes.push_back(std::move(route));
  for (std::vector<http::Route> api :
       {faces::ConsumerRoutes(lake->node, sessions, cursors), faces::PipelineRoutes(lake->node, sessions),
        faces::QuarantineRoutes(lake->node, sessions)}) {
    for (auto& route : api) {
      route.refusal = faces::ServerRefusal;
      routes.push_back(std::move(route));
    }
  }
  for (auto& route : faces::IngestRoutes(*ingest, gate)) routes.push_back(std::move(route));
  faces::Health health;
  health.not_ready = [&] { return WhyNotReady(lake->node, stopping); };
  health.metrics = [&] { return Metrics(server.get(), sessions, snowflake, *ingest, *lake, keeper); };
  for (auto& route : faces::HealthRoutes(std::move(health))) routes.push_back(std::move(route));
  http::ServerOptions listen;
  listen.host = address.host;
  listen.port = address.port;
  listen.posts = posts;
  listen.refusal = faces::NoRouteRefusal;
  server = std::make_unique<http::Server>(std::move(listen), std::move(routes));
  FIRN_TRY(server->Start());
  pipeline::TaskRunner tasks(lake->node, {.step = pipeline::RunSilverStep, .bell = bell});
  pipeline::RetentionSweep retention(lake->node);
  SayPassword(*lake, password);
  std::printf("Firn listens on http://%s (data in %s)\n", server->address().c_str(), options.lake.data.c_str());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&signals, &signal);
  log::info("stopping");
  stopping = true;
  ingest->Close();
  snowflake.Stop();
  server->Stop();
  ingest->Flush(kFlushTime);
  return Ok();
}

}  // namespace

int Serve(const ServeOptions& options) {
  Status status = Run(options);
  if (status.ok()) return 0;
  std::fprintf(stderr, "firn: %s\n", status.error().Message().c_str());
  return 1;
}

}  // namespace firn::cli
