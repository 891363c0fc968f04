#include "base/errors.h"
#include "base/log.h"
#include "faces/json_text.h"
#include "faces/snowflake/envelope.h"
#include "faces/snowflake/query_answer.h"
#include "faces/snowflake/request_body.h"
#include "faces/snowflake/routes.h"

namespace firn::faces {

namespace {

constexpr int kHealthCheckSeconds = 45;

bool IsPasswordLogin(const std::string& authenticator) {
  return authenticator.empty() || authenticator == "SNOWFLAKE" || authenticator == "PROGRAMMATIC_ACCESS_TOKEN" ||
         authenticator == "USERNAME_PASSWORD_MFA";
}

std::string LoginData(const session::LoggedIn& login) {
  std::string out = "{\"masterToken\":";
  AppendJsonString(login.tokens.master, &out);
  out += ",\"token\":";
  AppendJsonString(login.tokens.session, &out);
  out += ",\"validityInSeconds\":" + std::to_string(session::kSessionTokenSeconds) +
         ",\"masterValidityInSeconds\":" + std::to_string(session::kMasterTokenSeconds) + ",\"displayUserName\":";
  AppendJsonString(login.session->user(), &out);
  out += std::string(",\"serverVersion\":\"") + session::kServerVersion +
         "\",\"firstLogin\":false,\"remMeToken\":null,\"remMeValidityInSeconds\":0,\"healthCheckInterval\":" +
         std::to_string(kHealthCheckSeconds) + ",\"newClientForUpgrade\":null,\"sessionId\":";
  AppendNumber(login.session->id(), &out);
  out += ",\"parameters\":" + ParameterList(login.session->parameters) + ",\"sessionInfo\":{\"databaseName\":";
  AppendJsonStringOrNull(login.database, &out);
  out += ",\"schemaName\":";
  AppendJsonStringOrNull(login.schema, &out);
  out += ",\"warehouseName\":";
  AppendJsonStringOrNull(login.warehouse, &out);
  out += ",\"roleName\":";
  AppendJsonStringOrNull(login.role, &out);
  out +=
      "},\"idToken\":null,\"idTokenValidityInSeconds\":0,\"mfaToken\":null,\"mfaTokenValidityInSeconds\":0,"
      "\"responseData\":null}";
  return out;
}

http::Response LogIn(SnowflakeServices& services, http::Request& request) {
  auto body = ParseLogin(request);
  if (!body.ok()) return Failure(body.error());
  if (!IsPasswordLogin(body->authenticator)) {
    return Failure(Error(errors::kAuthenticatorRefused, {body->authenticator.substr(0, 100)}));
  }
  auto login = services.sessions.LogIn(body->login);
  if (!login.ok()) {
    log::info("login refused from {}: {}", request.remote_address, WireCode(login.error()));
    return Failure(login.error());
  }
  return Success(LoginData(*login));
}

http::Response Renew(SnowflakeServices& services, http::Request& request) {
  auto renewed = services.sessions.Renew(TokenOf(request));
  if (!renewed.ok()) return Failure(renewed.error());
  std::string data = "{\"sessionToken\":";
  AppendJsonString(renewed->tokens.session, &data);
  data += ",\"validityInSecondsST\":" + std::to_string(session::kSessionTokenSeconds) + ",\"masterToken\":";
  AppendJsonString(renewed->tokens.master, &data);
  data += ",\"validityInSecondsMT\":" + std::to_string(session::kMasterTokenSeconds) + ",\"sessionId\":";
  AppendNumber(renewed->session_id, &data);
  return Success(data + "}");
}

http::Response Heartbeat(SnowflakeServices& services, http::Request& request) {
  auto caller = services.sessions.Identify(TokenOf(request));
  if (!caller.ok()) return Failure(caller.error());
  auto session = services.sessions.Find(*caller);
  if (!session.ok()) return Failure(session.error());
  return Success("null");
}

http::Response LogOut(SnowflakeServices& services, http::Request& request) {
  if (EqualsIgnoreCase(request.QueryParameter("delete").value_or(""), "true")) {
    services.sessions.Close(TokenOf(request));
  }
  return Success("null");
}

}  // namespace

std::vector<http::Route> LoginRoutes(SnowflakeServices& services) {
  auto with = [&services](http::Response (*handler)(SnowflakeServices&, http::Request&)) -> http::Handler {
    return [&services, handler](http::Request& request) { return handler(services, request); };
  };
  return {
      {"POST", "/session", with(LogOut), http::RunOn::kWorker, "Ends a session (`delete=true`)."},
      {"POST", "/session/authenticator-request",
       http::Handler([](http::Request&) { return Failure(Error(errors::kAuthenticatorRefused, {"EXTERNALBROWSER"})); }),
       http::RunOn::kIoThread, "Begins a login by browser: refused."},
      {"POST", "/session/heartbeat", with(Heartbeat), http::RunOn::kWorker, "Keeps a session alive."},
      {"POST", "/session/token-request", with(Renew), http::RunOn::kWorker, "Renews the tokens of a session."},
      {"POST", "/session/v1/login-request", with(LogIn), http::RunOn::kWorker, "Begins a session."},
      {"POST", "/telemetry/send", http::Handler([](http::Request&) { return Success("null"); }), http::RunOn::kIoThread,
       "Takes what drivers say of themselves, and drops it."},
  };
}

}  // namespace firn::faces
