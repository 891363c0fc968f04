#include "faces/snowflake/query_answer.h"

#include "base/types.h"
#include "faces/json_text.h"
#include "faces/snowflake/wire_type.h"

namespace firn::faces {

namespace {

namespace statement_type = session::statement_type;

/// A driver by its CLIENT_APP_ID: the parameter that overrides its result format, and what it reads best.
struct ClientRow {
  const char* app_id;
  const char* parameter;
  WireFormat format;
};
constexpr ClientRow kClients[] = {
    {".NET", "DOTNET_QUERY_RESULT_FORMAT", WireFormat::kArrow},
    {"C API", "C_API_QUERY_RESULT_FORMAT", WireFormat::kJson},
    {"Go", "GO_QUERY_RESULT_FORMAT", WireFormat::kArrow},
    {"JDBC", "JDBC_QUERY_RESULT_FORMAT", WireFormat::kArrow},
    {"ODBC", "ODBC_QUERY_RESULT_FORMAT", WireFormat::kArrow},
    {"PDO", "C_API_QUERY_RESULT_FORMAT", WireFormat::kJson},
    {"PythonConnector", "PYTHON_CONNECTOR_QUERY_RESULT_FORMAT", WireFormat::kArrow},
};
constexpr const char* kNodeClient = "JavaScript";  ///< reads JSON alone

WireFormat FormatFor(const session::Session& session) {
  if (session.client == kNodeClient) return WireFormat::kJson;
  const char* parameter = "QUERY_RESULT_FORMAT";
  WireFormat format = WireFormat::kJson;
  for (const ClientRow& row : kClients) {
    if (session.client != row.app_id) continue;
    parameter = row.parameter;
    format = row.format;
  }
  if (!session.parameters.IsSet(parameter)) return format;
  return session.parameters.Get(parameter) == "JSON" ? WireFormat::kJson : WireFormat::kArrow;
}

bool MayHaveSetParameters(int type) {
  return type == statement_type::kAlterSession || type == statement_type::kMulti || type == statement_type::kCall;
}

void AppendRowTypes(const session::Answer& answer, std::string* out) {
  *out += ",\"rowtype\":[";
  if (answer.columns.empty()) {
    // Drivers index the first column of every answer.
    AppendRowType({.name = "status", .type = SqlType::Varchar()}, out);
  }
  for (size_t i = 0; i < answer.columns.size(); ++i) {
    if (i > 0) *out += ',';
    AppendRowType(answer.columns[i], out);
  }
  *out += ']';
}

void AppendRows(const WrittenResult& result, const std::string& base_url, std::string* out) {
  if (result.format == WireFormat::kArrow) {
    *out += ",\"rowsetBase64\":\"";
    *out += result.inline_rows;
    *out += '"';
  } else {
    *out += ",\"rowset\":[";
    *out += result.inline_rows;
    *out += ']';
  }
  if (result.chunks.empty()) return;
  *out += ",\"chunkHeaders\":{},\"qrmk\":\"\",\"chunks\":[";
  for (size_t i = 0; i < result.chunks.size(); ++i) {
    const WrittenChunk& chunk = result.chunks[i];
    *out += i == 0 ? "{\"url\":" : ",{\"url\":";
    AppendJsonString(base_url + "/chunks/" + chunk.secret, out);
    *out += ",\"rowCount\":";
    AppendNumber(chunk.rows, out);
    *out += ",\"uncompressedSize\":";
    AppendNumber(static_cast<int64_t>(chunk.bytes), out);
    *out += ",\"compressedSize\":";
    AppendNumber(static_cast<int64_t>(chunk.bytes), out);
    *out += '}';
  }
  *out += ']';
}

void AppendChildren(const session::Answer& answer, std::string* out) {
  if (answer.children.empty()) return;
  std::string ids, types;
  for (size_t i = 0; i < answer.children.size(); ++i) {
    if (i > 0) ids += ',', types += ',';
    ids += answer.children[i];
    types += std::to_string(i < answer.child_types.size() ? answer.child_types[i] : 0);
  }
  *out += ",\"resultIds\":\"" + ids + "\",\"resultTypes\":\"" + types + "\"";
}

void AppendMember(const char* name, const std::string& value, std::string* out) {
  *out += name;
  AppendJsonStringOrNull(value, out);
}

struct CommittedKind {
  const char* kind;
  int type;
};
constexpr CommittedKind kCommittedKinds[] = {
    {"DELETE", statement_type::kDelete},
    {"INSERT", statement_type::kInsert},
    {"MERGE", statement_type::kMerge},
    {"UPDATE", statement_type::kUpdate},
};

}  // namespace

std::string ParameterList(const session::ParameterValues& values) {
  std::string out = "[";
  for (const session::ParameterRow& row : session::Parameters()) {
    if (!row.at_login) continue;
    out += out.size() == 1 ? "{\"name\":\"" : ",{\"name\":\"";
    out += row.name;
    out += "\",\"value\":";
    std::string value = values.Get(row.name);
    if (row.type == session::ParameterType::kString)
      AppendJsonString(value, &out);
    else
      out += value;
    out += '}';
  }
  return out + "]";
}

SessionView ViewOf(const session::Session& session, const std::map<std::string, std::string>& login_parameters,
                   int statement_type) {
  SessionView view;
  view.database = session.database;
  view.schema = session.schema;
  view.warehouse = session.warehouse;
  view.role = session.role;
  // Drivers fall back to the login's list where an answer has none.
  bool same = !MayHaveSetParameters(statement_type) && session.parameters.values() == login_parameters;
  view.parameters = same ? "[]" : ParameterList(session.parameters);
  if (statement_type == statement_type::kSelect) view.format = FormatFor(session);
  view.json_indent = static_cast<int>(session.parameters.GetNumber("JSON_INDENT"));
  return view;
}

std::string AnswerData(const session::Answer& answer, const WrittenResult& result, const SessionView& view,
                       const AnswerPlace& place, bool describe_only) {
  std::string out;
  out.reserve(1024 + 256 * answer.columns.size() + result.inline_rows.size() + 160 * result.chunks.size() +
              view.parameters.size());
  out += "{\"parameters\":";
  out += view.parameters;
  AppendRowTypes(answer, &out);
  AppendRows(result, place.base_url, &out);
  out += ",\"total\":";
  AppendNumber(result.total, &out);
  out += ",\"returned\":";
  AppendNumber(result.total, &out);
  out += ",\"queryId\":\"" + answer.query_id + "\",\"sqlState\":null,\"databaseProvider\":null";
  AppendMember(",\"finalDatabaseName\":", view.database, &out);
  AppendMember(",\"finalSchemaName\":", view.schema, &out);
  AppendMember(",\"finalWarehouseName\":", view.warehouse, &out);
  AppendMember(",\"finalRoleName\":", view.role, &out);
  out += ",\"numberOfBinds\":";
  AppendNumber(answer.bind_count, &out);
  bool array_binds = describe_only && answer.statement_type == statement_type::kInsert && answer.bind_count > 0;
  out += array_binds ? ",\"arrayBindSupported\":true" : ",\"arrayBindSupported\":false";
  out += ",\"statementTypeId\":";
  AppendNumber(answer.statement_type, &out);
  out += ",\"version\":1,\"sendResultTime\":";
  AppendNumber(place.now / 1000, &out);
  AppendChildren(answer, &out);
  if (answer.counts) {
    out += ",\"stats\":{\"numRowsInserted\":" + std::to_string(answer.counts->inserted) +
           ",\"numRowsUpdated\":" + std::to_string(answer.counts->updated) +
           ",\"numRowsDeleted\":" + std::to_string(answer.counts->deleted) + ",\"numDmlDuplicates\":0}";
  }
  out += result.format == WireFormat::kArrow ? ",\"queryResultFormat\":\"arrow\"}" : ",\"queryResultFormat\":\"json\"}";
  return out;
}

session::Answer AnswerOfCommitted(const catalog::StatementInfo& statement) {
  int type = statement_type::kDdl;
  for (const CommittedKind& row : kCommittedKinds) {
    if (statement.kind == row.kind) type = row.type;
  }
  session::Answer answer = session::Answer::StatusLine(
      statement.message.empty() ? "Statement executed successfully." : statement.message, type);
  answer.query_id = statement.query_id;
  if (type == statement_type::kDdl) return answer;
  answer.columns.clear();
  answer.rows.assign(1, {});
  auto count = [&](const char* name, int64_t value) {
    answer.columns.push_back({.name = name, .type = SqlType::Number(19, 0), .nullable = false});
    answer.rows[0].push_back(std::to_string(value));
  };
  bool merge = type == statement_type::kMerge;
  if (merge || type == statement_type::kInsert) count("number of rows inserted", statement.rows_inserted);
  if (merge || type == statement_type::kUpdate) count("number of rows updated", statement.rows_updated);
  if (type == statement_type::kUpdate) count("number of multi-joined rows updated", 0);
  if (merge || type == statement_type::kDelete) count("number of rows deleted", statement.rows_deleted);
  answer.counts = {statement.rows_inserted, statement.rows_updated, statement.rows_deleted, 0};
  return answer;
}

}  // namespace firn::faces
