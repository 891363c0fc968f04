// Session: the state of one connection: who, where, parameters, variables, the open transaction, temporary objects and
// the history of its statements. Made by Sessions (session/sessions.h). Statements of one session run one at a time:
// `statements::Run` holds run_mutex; the rest of the public members is read under it, but for the const facts.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "catalog/catalog.h"
#include "engine/engine.h"
#include "functions/session_facts.h"
#include "session/answer.h"
#include "session/node.h"
#include "session/parameters.h"
#include "session/temporary.h"
#include "session/transaction.h"

namespace firn::session {

/// What a session keeps of a finished statement, for LAST_QUERY_ID, RESULT_SCAN and the children of a multi-statement.
struct HistoryEntry {
  std::string query_id;
  std::string text;
  int statement_type = 0;
  std::vector<OutputColumn> columns;
  std::vector<Row> rows;  ///< of an answer without a stream
  std::optional<DmlCounts> counts;
  /// Of a query: its plan over its pins, so that it can be read again as it was.
  std::shared_ptr<const engine::Statement> plan;
};

constexpr size_t kHistoryLengthMax = 1000;  ///< statements that a session remembers
constexpr size_t kSessionVariablesMax = 10000;
constexpr size_t kVariableBytesMax = 256;  ///< Snowflake's own limit

struct Variable {
  std::string text;
  SqlType type;
  bool is_null = false;
};

class Session {
 public:
  Session(Node& node, int64_t id, std::string user, std::string role);
  ~Session();

  Node& node() { return node_; }
  int64_t id() const { return id_; }
  const std::string& user() const { return user_; }

  std::recursive_mutex run_mutex;
  std::string role;
  std::string secondary_roles = "ALL";
  std::string database;   ///< empty: none
  std::string schema;     ///< empty: none
  std::string warehouse;  ///< empty: none
  std::string client;     ///< CLIENT_APP_ID of the login: "PythonConnector" …
  std::string client_version;
  ParameterValues parameters;
  std::map<std::string, Variable> variables;  ///< names in upper case
  OpenTransaction transaction;
  TemporaryObjects temporary;
  /// Oldest first.
  std::deque<HistoryEntry> history;

  void Remember(HistoryEntry entry);
  const HistoryEntry* FindQuery(const std::string& query_id) const;
  /// What context functions say during one statement that started at `now`.
  functions::SessionFacts Facts(Micros now) const;
  /// Deletes the data files of a temporary table that is given up.
  void DeleteTemporaryFiles(const std::string& table_id);

 private:
  Node& node_;
  int64_t id_;
  std::string user_;
};

}  // namespace firn::session
