#include "session/session.h"

namespace firn::session {

Session::Session(Node& node, int64_t id, std::string user, std::string role)
    : role(std::move(role)), node_(node), id_(id), user_(std::move(user)) {}

Session::~Session() {
  transaction.Rollback(*node_.catalog);
  for (const catalog::ObjectRef& object : temporary.All()) DeleteTemporaryFiles(object->id);
}

void Session::DeleteTemporaryFiles(const std::string& table_id) {
  auto version = temporary.Version(table_id);
  if (!version || !version->files) return;
  for (const auto& file : version->files->files()) {
    // A file that stays is an orphan under tmp/, which every start of a node sweeps.
    if (auto path = version->store->PathOf(file->data->path); path.ok()) (void)version->store->Delete(*path);
  }
}

void Session::Remember(HistoryEntry entry) {
  if (history.size() >= kHistoryLengthMax) history.pop_front();
  history.push_back(std::move(entry));
}

const HistoryEntry* Session::FindQuery(const std::string& query_id) const {
  for (auto it = history.rbegin(); it != history.rend(); ++it) {
    if (it->query_id == query_id) return &*it;
  }
  return nullptr;
}

functions::SessionFacts Session::Facts(Micros now) const {
  functions::SessionFacts facts;
  auto optional = [](const std::string& name) { return name.empty() ? std::nullopt : std::optional(name); };
  facts.user = user_;
  facts.role = role;
  facts.available_roles = {role};
  facts.database = optional(database);
  facts.schema = optional(schema);
  facts.warehouse = optional(warehouse);
  facts.session_id = id_;
  facts.account = node_.account;
  facts.organization = node_.account;
  facts.region = "FIRN_LOCAL";
  facts.version = kServerVersion;
  facts.client = client.empty() ? "" : client + " " + client_version;
  facts.last_transaction_id = transaction.last_id();
  facts.statement_start = now;
  facts.query_id = [this](int64_t index) -> std::optional<std::string> {
    auto size = static_cast<int64_t>(history.size());
    int64_t at = index < 0 ? size + index : index - 1;
    if (at < 0 || at >= size) return std::nullopt;
    return history[static_cast<size_t>(at)].query_id;
  };
  for (const auto& [name, variable] : variables) facts.variables[name] = variable.text;
  return facts;
}

}  // namespace firn::session
