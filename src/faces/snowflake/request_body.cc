#include "faces/snowflake/request_body.h"

#include <boost/json.hpp>

#include "base/errors.h"
#include "base/types.h"

namespace firn::faces {

namespace {

namespace json = boost::json;

constexpr size_t kBodyDepthMax = 64;

Error Malformed(std::string_view what) {
  return Error(errors::kInvalidInput, {"The body of the request is no valid JSON: " + std::string(what)});
}

/// The body as an object, kept in `memory`.
Result<json::object> ParseObject(std::string_view body, json::storage_ptr memory) {
  json::error_code code;
  json::parse_options options;
  options.max_depth = kBodyDepthMax;
  json::value value = json::parse(json::string_view(body.data(), body.size()), code, std::move(memory), options);
  if (code) return Malformed(code.message());
  if (!value.is_object()) return Malformed("an object is wanted");
  return std::move(value.get_object());
}

const json::value* Member(const json::object& object, std::string_view name) {
  const json::value* found = object.if_contains(json::string_view(name.data(), name.size()));
  return found != nullptr && !found->is_null() ? found : nullptr;
}

std::string Text(const json::value& value) {
  if (value.is_string()) return std::string(value.get_string().data(), value.get_string().size());
  return json::serialize(value);
}

std::string TextMember(const json::object& object, std::string_view name) {
  const json::value* value = Member(object, name);
  return value == nullptr ? std::string() : Text(*value);
}

bool TrueMember(const json::object& object, std::string_view name) {
  return EqualsIgnoreCase(TextMember(object, name), "true");
}

/// Scalar members by name; objects and arrays are left out (JDBC sends one, of no use to a server).
std::map<std::string, std::string> ScalarMembers(const json::object& object) {
  std::map<std::string, std::string> out;
  for (const auto& [name, value] : object) {
    if (!value.is_structured() && !value.is_null()) out.emplace(name, Text(value));
  }
  return out;
}

Result<std::optional<std::string>> BindText(const json::value& value, std::string_view name) {
  if (value.is_null()) return std::optional<std::string>();
  if (value.is_structured()) return Malformed("value of binding " + std::string(name));
  return std::optional<std::string>(Text(value));
}

Result<session::Binding> ParseBinding(const json::value& value, std::string_view name) {
  if (!value.is_object()) return Malformed("binding " + std::string(name));
  const json::object& object = value.get_object();
  session::Binding binding;
  binding.type = TextMember(object, "type");
  const json::value* given = object.if_contains("value");
  if (given != nullptr && given->is_array()) {
    binding.is_array = true;
    binding.values.reserve(given->get_array().size());
    for (const json::value& element : given->get_array()) {
      FIRN_ASSIGN(auto text, BindText(element, name));
      binding.values.push_back(std::move(text));
    }
  } else {
    FIRN_ASSIGN(auto text,
                given == nullptr ? Result<std::optional<std::string>>(std::nullopt) : BindText(*given, name));
    binding.values.push_back(std::move(text));
  }
  return binding;
}

}  // namespace

Result<LoginBody> ParseLogin(const http::Request& request) {
  FIRN_ASSIGN(json::object body, ParseObject(request.body, {}));
  const json::value* data = Member(body, "data");
  if (data == nullptr || !data->is_object()) return Malformed("member data is missing");
  const json::object& object = data->get_object();
  LoginBody out;
  session::Login& login = out.login;
  out.authenticator = Upper(TextMember(object, "AUTHENTICATOR"));
  login.user = TextMember(object, "LOGIN_NAME");
  login.secret = TextMember(object, "PASSWORD");
  if (out.authenticator == "PROGRAMMATIC_ACCESS_TOKEN" && login.secret.empty()) {
    login.secret = TextMember(object, "TOKEN");
  }
  login.client = TextMember(object, "CLIENT_APP_ID");
  login.client_version = TextMember(object, "CLIENT_APP_VERSION");
  const json::value* parameters = Member(object, "SESSION_PARAMETERS");
  if (parameters != nullptr && parameters->is_object()) {
    login.parameters = ScalarMembers(parameters->get_object());
    login.validate_names = TrueMember(parameters->get_object(), "CLIENT_VALIDATE_DEFAULT_PARAMETERS");
  }
  auto query = [&](std::string_view name) { return std::string(request.QueryParameter(name).value_or("")); };
  login.database = query("databaseName");
  login.schema = query("schemaName");
  login.warehouse = query("warehouse");
  login.role = query("roleName");
  login.remote_address = request.remote_address;
  return out;
}

Result<QueryBody> ParseQuery(std::string_view body) {
  json::monotonic_resource memory;
  FIRN_ASSIGN(json::object object, ParseObject(body, &memory));
  QueryBody out;
  const json::value* text = Member(object, "sqlText");
  if (text == nullptr || !text->is_string()) return Malformed("member sqlText is missing");
  out.request.text = Text(*text);
  out.async = TrueMember(object, "asyncExec");
  out.request.describe_only = TrueMember(object, "describeOnly");
  if (Member(object, "bindStage") != nullptr) {
    return Error(errors::kUnsupported, {"bind values in a stage; CLIENT_STAGE_ARRAY_BINDING_THRESHOLD is 0 here"});
  }
  if (const json::value* parameters = Member(object, "parameters"); parameters != nullptr && parameters->is_object()) {
    for (auto& [name, value] : ScalarMembers(parameters->get_object())) out.request.parameters[Upper(name)] = value;
  }
  if (const json::value* bindings = Member(object, "bindings"); bindings != nullptr && bindings->is_object()) {
    for (const auto& [name, value] : bindings->get_object()) {
      FIRN_ASSIGN(auto binding, ParseBinding(value, std::string_view(name.data(), name.size())));
      out.request.bindings.emplace(std::string(name), std::move(binding));
    }
  }
  return out;
}

Result<std::string> ParseTextMember(std::string_view body, std::string_view name) {
  if (body.empty()) return std::string();
  FIRN_ASSIGN(json::object object, ParseObject(body, {}));
  return TextMember(object, name);
}

}  // namespace firn::faces
