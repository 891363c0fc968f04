// The program `firn`.
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "cli/options.h"

namespace {

constexpr const char* kVersion = "0.1.0";

void AddLakeOptions(CLI::App& app, firn::cli::LakeOptions& lake) {
  app.add_option("--data", lake.data, "Folder or s3://bucket/prefix with the tables and the catalog")
      ->capture_default_str();
  app.add_option("--local", lake.local, "Folder of this process for spill and caches");
  app.add_option("--allow-dir", lake.allow_dirs, "Folder that file:// stages may reach; may be given several times");
  app.add_option("--threads", lake.threads, "Threads of the engine; 0: one a core")->check(CLI::Range(0, 1024));
  app.add_option("--memory", lake.memory_gib, "Memory of the engine in GiB; 0: 70 % of the machine's")
      ->check(CLI::Range(0.0, 65536.0));
}

/// One row a command on a running server's pipelines.
struct PipelineCommand {
  CLI::App* app;
  int (*run)(const firn::cli::PipelineOptions& options);
};

std::vector<PipelineCommand> AddPipelineCommands(CLI::App& app, firn::cli::PipelineOptions& options) {
  auto add = [&](const char* name, const char* doc) {
    CLI::App* command = app.add_subcommand(name, doc);
    command->add_option("--url", options.url, "Server")->capture_default_str();
    command->add_option("--user", options.user, "User of the server")->capture_default_str();
    command->add_option("--password-file", options.password_file, "Its password; else FIRN_API_KEY, FIRN_PASSWORD");
    command->add_flag("--json", options.json, "JSON instead of tables");
    return command;
  };
  CLI::App* apply = add("apply", "Makes or changes pipelines from YAML files");
  apply->add_option("-f,--file", options.files, "YAML file; may be given several times")->required();
  apply->add_flag("--dry-run", options.dry_run, "Only says what would happen");
  apply->add_flag("--rebuild", options.rebuild, "Makes silver anew from bronze where a change needs that");
  apply->add_flag("--wait", options.wait, "Waits until silver has caught up with bronze");
  CLI::App* diff = add("diff", "What apply would change");
  diff->add_option("-f,--file", options.files, "YAML file; may be given several times")->required();
  CLI::App* list = add("pipelines", "Lists pipelines");
  CLI::App* quarantine = add("quarantine", "Rows that a pipeline refused");
  quarantine->add_option("pipeline", options.pipeline, "domain.table")->required();
  quarantine->add_flag("--replay", options.replay, "Tries the open ones again");
  quarantine->add_flag("--discard", options.discard, "Gives the open ones up");
  quarantine->add_option("--limit", options.limit, "Rows listed")->check(CLI::Range(1, 1000));
  CLI::App* runs = add("runs", "Runs of tasks, merges and refreshes");
  runs->add_option("--job", options.job, "Of this job alone");
  runs->add_option("--state", options.state, "In this state alone");
  runs->add_option("--limit", options.limit, "Runs listed")->check(CLI::Range(1, 1000));
  return {{apply, firn::cli::Apply},
          {diff, firn::cli::Diff},
          {list, firn::cli::ListPipelines},
          {quarantine, firn::cli::Quarantine},
          {runs, firn::cli::ListRuns}};
}

}  // namespace

int main(int argc, char** argv) {
  spdlog::set_default_logger(spdlog::stderr_logger_mt("firn"));
  CLI::App app("Firn: a Snowflake-compatible lakehouse on Apache Iceberg");
  app.require_subcommand(1);

  firn::cli::ServeOptions serve;
  CLI::App* serve_command = app.add_subcommand("serve", "Serves a lake");
  AddLakeOptions(*serve_command, serve.lake);
  serve_command->add_option("--listen", serve.listen, "HOST:PORT; port 0 takes a free one")->capture_default_str();
  serve_command->add_flag("--insecure", serve.insecure, "Listen on other addresses than loopback, without TLS");
  serve_command->add_option("--password-file", serve.password_file,
                            "File with ADMIN's password; made on the first start of a lake");
  serve_command->add_option("--tls-cert", serve.tls_certificate, "Not there yet");
  serve_command->add_option("--tls-key", serve.tls_key, "Not there yet");

  serve_command->add_option("--buffer-table-mib", serve.buffer_table_mib, "Ingest buffer of one table, in MiB")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  serve_command->add_option("--buffer-mib", serve.buffer_mib, "Ingest buffer of all tables, in MiB")
      ->check(CLI::Range(1, 1 << 24))
      ->capture_default_str();
  serve_command->add_option("--disk-reserve-mib", serve.disk_reserve_mib, "Rows are refused when less is free")
      ->check(CLI::Range(0, 1 << 24))
      ->capture_default_str();

  constexpr uint64_t kYear = 365 * 86400;
  serve_command
      ->add_option("--garbage-seconds", serve.garbage_seconds,
                   "Files that no snapshot names any more stay so long for readers that are no Firn")
      ->check(CLI::Range(uint64_t{0}, kYear))
      ->capture_default_str();
  serve_command
      ->add_option("--orphan-seconds", serve.orphan_seconds,
                   "Files that no snapshot ever named stay so long: longer than any statement takes")
      ->check(CLI::Range(uint64_t{1}, kYear))
      ->capture_default_str();

  firn::cli::BufferOptions buffer;
  CLI::App* buffer_command = app.add_subcommand("buffer", "Looks after an ingest buffer while no server has it");
  buffer_command->require_subcommand(1);
  CLI::App* repair_command = buffer_command->add_subcommand("repair", "Keeps what is whole in damaged tables");
  repair_command->add_option("folder", buffer.folder, "The server's local folder (DATA/local/0)")->required();
  repair_command->add_option("table", buffer.table, "Id of the table; without it all are looked at");

  firn::cli::ShellOptions shell;
  CLI::App* shell_command = app.add_subcommand("sql", "Runs statements on a server, or straight on a lake");
  AddLakeOptions(*shell_command, shell.lake);
  shell_command->add_option("--url", shell.url, "Server, such as http://127.0.0.1:8080; without it --data is opened");
  shell_command->add_option("--user", shell.user, "User of the server")->capture_default_str();
  shell_command->add_option("--password-file", shell.password_file, "Its password; else FIRN_PASSWORD");
  shell_command->add_option("--database", shell.database, "Current database");
  shell_command->add_option("--schema", shell.schema, "Current schema");
  shell_command->add_option("--warehouse", shell.warehouse, "Current warehouse");
  shell_command->add_option("--role", shell.role, "Current role");
  shell_command->add_option("-c,--command", shell.commands, "Statements; without it they are read from the input");
  shell_command->add_option("--format", shell.format, "table or csv")->check(CLI::IsMember({"csv", "table"}));

  firn::cli::PipelineOptions pipeline;
  const std::vector<PipelineCommand> pipeline_commands = AddPipelineCommands(app, pipeline);

  app.add_subcommand("version", "Prints the version");

  CLI11_PARSE(app, argc, argv);
  if (serve_command->parsed()) return firn::cli::Serve(serve);
  if (repair_command->parsed()) return firn::cli::RepairBuffer(buffer);
  if (shell_command->parsed()) return firn::cli::Shell(shell);
  for (const PipelineCommand& command : pipeline_commands) {
    if (command.app->parsed()) return command.run(pipeline);
  }
  std::printf("firn %s\n", kVersion);
  return 0;
}
