#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <iostream>
#include <iterator>
#include <memory>

#include "base/errors.h"
#include "cli/lake.h"
#include "cli/options.h"
#include "cli/password.h"
#include "cli/remote.h"
#include "cli/result_print.h"
#include "cli/statement_split.h"
#include "faces/direct_answer.h"
#include "session/sessions.h"

namespace firn::cli {

namespace {

/// Where statements go, and further parts of their results come from.
struct Target {
  std::function<Result<std::string>(const std::string& text)> run;
  FetchChunk fetch;
};

/// Runs statement after statement until one fails.
Status RunScript(const Target& target, PrintFormat format, const std::string& script, bool* failed) {
  for (const std::string& statement : SplitStatements(script)) {
    FIRN_ASSIGN(std::string body, target.run(statement));
    FIRN_ASSIGN(bool good, PrintAnswer(body, format, target.fetch, stdout));
    std::fflush(stdout);
    if (!good) *failed = true;
    if (!good) return Ok();
  }
  return Ok();
}

/// A person types: a statement runs when its line ends with a semicolon; a failure does not end the shell.
Status Converse(const Target& target, PrintFormat format) {
  std::string pending, line;
  std::printf("End statements with a semicolon; Ctrl-D leaves.\n");
  while (true) {
    std::printf(pending.empty() ? "firn> " : "   -> ");
    std::fflush(stdout);
    if (!std::getline(std::cin, line)) break;
    pending += line + "\n";
    size_t last = line.find_last_not_of(" \t\r");
    if (last == std::string::npos || line[last] != ';') continue;
    bool failed = false;
    FIRN_TRY(RunScript(target, format, pending, &failed));
    pending.clear();
  }
  std::printf("\n");
  return Ok();
}

Status RunAll(const Target& target, const ShellOptions& options, bool* failed) {
  PrintFormat format = options.format == "csv" ? PrintFormat::kCsv : PrintFormat::kTable;
  if (!options.commands.empty()) {
    for (const std::string& command : options.commands) {
      FIRN_TRY(RunScript(target, format, command, failed));
      if (*failed) return Ok();
    }
    return Ok();
  }
  if (::isatty(STDIN_FILENO) != 0) return Converse(target, format);
  std::string script((std::istreambuf_iterator<char>(std::cin)), std::istreambuf_iterator<char>());
  return RunScript(target, format, script, failed);
}

Status RunOnServer(const ShellOptions& options, bool* failed) {
  const char* given = std::getenv("FIRN_PASSWORD");
  std::string password = given == nullptr ? "" : given;
  if (!options.password_file.empty()) {
    FIRN_ASSIGN(password, ReadPasswordFile(options.password_file));
  }
  if (password.empty()) return Error(errors::kInvalidInput, {"give --password-file or FIRN_PASSWORD"});
  FIRN_ASSIGN(auto remote, Remote::Connect(options, password));
  Target target{[&](const std::string& text) { return remote->Run(text); },
                [&](const std::string& url) { return remote->Fetch(url); }};
  return RunAll(target, options, failed);
}

Status RunOnLake(const ShellOptions& options, bool* failed) {
  FIRN_ASSIGN(bool is_new, IsNewLake(options.lake));
  if (is_new)
    return Error(errors::kInvalidInput, {"there is no lake in '" + options.lake.data + "': firn serve makes one"});
  FIRN_ASSIGN(auto lake, OpenLake(options.lake, ""));
  session::Sessions sessions(lake->node);
  FIRN_ASSIGN(auto session, sessions.Open(options.user));
  if (!options.role.empty()) session->role = options.role;
  if (!options.warehouse.empty()) session->warehouse = options.warehouse;
  engine::CancelToken cancel;
  Target target{
      [&](const std::string& text) -> Result<std::string> { return faces::DirectAnswer(*session, text, cancel); },
      [](const std::string&) -> Result<std::string> {
        return Error(errors::kInternal, {"a direct answer has no further parts"});
      }};
  bool use_failed = false;
  std::string place;
  if (!options.database.empty()) place = "USE DATABASE \"" + options.database + "\"";
  if (!options.schema.empty()) place += "; USE SCHEMA \"" + options.schema + "\"";
  for (const std::string& statement : SplitStatements(place)) {
    FIRN_ASSIGN(std::string body, target.run(statement));
    use_failed = use_failed || body.find("\"success\":false") != std::string::npos;
  }
  if (use_failed) return Error(errors::kInvalidInput, {"database or schema is not there"});
  return RunAll(target, options, failed);
}

}  // namespace

int Shell(const ShellOptions& options) {
  bool failed = false;
  Status status = options.url.empty() ? RunOnLake(options, &failed) : RunOnServer(options, &failed);
  if (status.ok()) return failed ? 1 : 0;
  std::fprintf(stderr, "firn: %s\n", status.error().Message().c_str());
  return 1;
}

}  // namespace firn::cli
