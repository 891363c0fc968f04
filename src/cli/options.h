// What the command line says. Values; see main.cc for the words.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace firn::cli {

struct LakeOptions {
  std::string data = "./lake";          ///< a folder, or s3://bucket/prefix
  std::string local;                    ///< empty: by commit-protocol rule 17
  std::vector<std::string> allow_dirs;  ///< what file:// stages may reach
  int threads = 0;                      ///< of the engine; 0: one a core
  double memory_gib = 0;                ///< of the engine; 0: 70 % of the machine's
};

struct ServeOptions {
  LakeOptions lake;
  std::string listen = "127.0.0.1:8080";
  bool insecure = false;      ///< may listen on more than loopback, without TLS
  std::string password_file;  ///< ADMIN's password: read, or made and written there on the first start
  std::string tls_certificate, tls_key;
  uint64_t buffer_table_mib = 1024;  ///< log of one table's ingest buffer; beyond: 429
  uint64_t buffer_mib = 8192;        ///< of all tables
  uint64_t disk_reserve_mib = 512;   ///< that must stay free on the buffer's disk; below: 503
  uint64_t garbage_seconds = 300;    ///< files that a table gave up stay so long
  uint64_t orphan_seconds = 259200;  ///< and those that none ever named
};

struct BufferOptions {
  std::string folder;  ///< a process's local folder, or the buffer in it
  std::string table;   ///< id; empty: all
};

struct ShellOptions {
  std::string url;  ///< of a running server; empty: straight on lake.data
  std::string user = "ADMIN";
  std::string password_file;  ///< else the environment's FIRN_PASSWORD
  std::string database, schema, warehouse, role;
  std::vector<std::string> commands;  ///< -c; empty: standard input
  std::string format = "table";       ///< or "csv"
  LakeOptions lake;
};

/// What works on a running server's pipelines.
struct PipelineOptions {
  std::string url = "http://127.0.0.1:8080";
  std::string user = "ADMIN";
  std::string password_file;                            ///< else FIRN_API_KEY, else FIRN_PASSWORD
  bool json = false;                                    ///< for scripts
  std::vector<std::string> files;                       ///< apply, diff
  bool dry_run = false, rebuild = false, wait = false;  ///< apply
  std::string pipeline;                                 ///< quarantine: "sales.orders"
  bool replay = false, discard = false;                 ///< quarantine
  std::string job, state;                               ///< runs
  int limit = 50;                                       ///< of lists
};

/// Each runs until it is done and gives the exit code; what went wrong is on standard error.
int Serve(const ServeOptions& options);
int Shell(const ShellOptions& options);
int Apply(const PipelineOptions& options);
int Diff(const PipelineOptions& options);
int ListPipelines(const PipelineOptions& options);
int Quarantine(const PipelineOptions& options);
int ListRuns(const PipelineOptions& options);
/// `firn buffer repair`.
int RepairBuffer(const BufferOptions& options);

}  // namespace firn::cli
