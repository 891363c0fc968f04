// The OpenAPI document of published functions (OpenAPI 3.1, https://spec.openapis.org/oas/v3.1.0).
#include <boost/json.hpp>

#include "base/types.h"
#include "faces/pipeline_face/published.h"
#include "faces/pipeline_face/query_page.h"
#include "faces/pipeline_face/row_text.h"
#include "session/node.h"

namespace firn::faces {

namespace {

namespace json = boost::json;

/// What a value of the type is in a JSON answer, or as text in an address.
json::object SchemaOf(const SqlType& type) {
  switch (type.id) {
    case TypeId::kInteger:
      return {{"type", "integer"}};
    case TypeId::kNumber:
      return {{"type", type.scale == 0 ? "integer" : "number"}};
    case TypeId::kFloat:
      return {{"type", "number"}};
    case TypeId::kBoolean:
      return {{"type", "boolean"}};
    case TypeId::kDate:
      return {{"type", "string"}, {"format", "date"}};
    case TypeId::kTimestampLtz:
    case TypeId::kTimestampTz:
      return {{"type", "string"}, {"format", "date-time"}};
    case TypeId::kArray:
    case TypeId::kObject:
    case TypeId::kVariant:
      return {};
    default:
      return {{"type", "string"}};
  }
}

json::object Nullable(json::object schema) {
  if (auto* type = schema.if_contains("type")) *type = json::array{*type, "null"};
  return schema;
}

json::object Reference(const char* to) { return {{"$ref", to}}; }

json::object Page(const catalog::FunctionInfo& info) {
  json::array cells;
  for (const catalog::ColumnInfo& column : info.columns) {
    json::object cell = Nullable(SchemaOf(column.type));
    cell["title"] = column.name;
    cells.push_back(std::move(cell));
  }
  const json::object row{{"type", "array"},
                         {"minItems", info.columns.size()},
                         {"maxItems", info.columns.size()},
                         {"prefixItems", std::move(cells)}};
  return {{"type", "object"},
          {"required", {"columns", "rows", "row_count", "cursor"}},
          {"properties",
           {{"columns", Reference("#/components/schemas/Columns")},
            {"rows", {{"type", "array"}, {"items", row}}},
            {"row_count", {{"type", "integer"}}},
            {"cursor", {{"type", {"string", "null"}}, {"description", "of the next page; null: this is the last"}}}}}};
}

json::array Parameters(const catalog::FunctionInfo& info) {
  json::array parameters;
  parameters.push_back(Reference("#/components/parameters/format"));
  for (const catalog::FunctionArgument& argument : info.arguments) {
    json::object row{{"name", Lower(argument.name)},
                     {"in", "query"},
                     {"required", !argument.default_text.has_value()},
                     {"description", TypeText(argument.type)},
                     {"schema", SchemaOf(argument.type)}};
    if (argument.default_text) {
      row["description"] = TypeText(argument.type) + ", by default " + *argument.default_text;
    }
    parameters.push_back(std::move(row));
  }
  for (const std::string_view option : kPageOptions) {
    parameters.push_back(json::object{{"$ref", "#/components/parameters/" + std::string(option)}});
  }
  return parameters;
}

json::object Operation(const PublishedFunction& function) {
  const catalog::FunctionInfo& info = function.info();
  const json::object text{{"schema", {{"type", "string"}}}};
  const json::object binary{{"schema", json::object{}}};
  json::object content{{"application/json", {{"schema", Page(info)}}},
                       {"application/x-ndjson", text},
                       {"text/csv", text},
                       {"application/vnd.apache.parquet", binary},
                       {"application/vnd.apache.arrow.stream", binary}};
  json::object responses{{"200", {{"description", "Rows"}, {"content", std::move(content)}}},
                         {"304", {{"description", "Not changed since the ETag of If-None-Match"}}}};
  for (const char* status : {"400", "401", "403", "404", "408", "410"}) {
    responses[status] = Reference("#/components/responses/Problem");
  }
  const std::string name = function.domain + "." + function.layer + "." + function.object->name;
  json::object get{{"operationId", name},
                   {"summary", function.object->comment.empty() ? name : function.object->comment},
                   {"tags", json::array{function.domain + "." + function.layer}},
                   {"parameters", Parameters(info)},
                   {"responses", std::move(responses)}};
  return {{"get", std::move(get)}};
}

json::object Option(const char* name, json::object schema, const char* description) {
  return {{"name", name}, {"in", "query"}, {"description", description}, {"schema", std::move(schema)}};
}

json::object Components() {
  const json::object column{
      {"type", "object"},
      {"required", {"name", "type"}},
      {"properties", {{"name", {{"type", "string"}}}, {"type", {{"type", "string"}}}}},
  };
  const json::object problem{{"type", "object"},
                             {"required", {"type", "title", "status", "code", "request_id"}},
                             {"properties",
                              {{"type", {{"type", "string"}}},
                               {"title", {{"type", "string"}}},
                               {"status", {{"type", "integer"}}},
                               {"code", {{"type", "string"}}},
                               {"detail", {{"type", "string"}}},
                               {"request_id", {{"type", "string"}}}}}};
  json::object parameters{
      {"format",
       {{"name", "format"},
        {"in", "path"},
        {"required", true},
        {"schema", {{"type", "string"}, {"enum", {"json", "ndjson", "csv", "parquet", "arrow"}}}}}},
      {"as_of", Option("as_of", {{"type", "string"}}, "Tables as they were then")},
      {"big", Option("big", {{"type", "string"}, {"enum", {"string", "number"}}}, "string: NUMBER as JSON strings")},
      {"cursor", Option("cursor", {{"type", "string"}}, "Of the page before")},
      {"limit", Option("limit", {{"type", "string"}, {"default", std::to_string(kPageRowsDefault)}},
                       "Rows of a page, at most 100000; `all` streams ndjson and csv")},
      {"timeout", Option("timeout", {{"type", "integer"}, {"minimum", 1}, {"maximum", kQuerySecondsMax}}, "Seconds")},
  };
  return {{"securitySchemes",
           {{"key", {{"type", "apiKey"}, {"in", "header"}, {"name", "x-api-key"}}},
            {"bearer", {{"type", "http"}, {"scheme", "bearer"}}},
            {"password", {{"type", "http"}, {"scheme", "basic"}}}}},
          {"parameters", std::move(parameters)},
          {"schemas", {{"Columns", {{"type", "array"}, {"items", column}}}, {"Problem", problem}}},
          {"responses",
           {{"Problem",
             {{"description", "Refused (RFC 9457)"},
              {"content", {{"application/problem+json", {{"schema", Reference("#/components/schemas/Problem")}}}}}}}}}};
}

/// Names in upper case are found by those in lower case.
std::string InAddress(const std::string& name) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (unsigned char c : name == Upper(name) ? Lower(name) : name) {
    const bool plain = std::isalnum(c) != 0 || c == '-' || c == '_' || c == '~';
    if (plain) {
      out += static_cast<char>(c);
    } else {
      out += {'%', kHex[c >> 4], kHex[c & 15]};
    }
  }
  return out;
}

}  // namespace

std::string OpenApiText(const std::vector<PublishedFunction>& functions) {
  json::object paths;
  for (const PublishedFunction& function : functions) {
    paths["/v1/api/" + InAddress(function.domain) + "/" + InAddress(function.layer) + "/" +
          InAddress(function.object->name) + ".{format}"] = Operation(function);
  }
  const json::object key{{"key", json::array{}}}, bearer{{"bearer", json::array{}}},
      password{{"password", json::array{}}};
  return json::serialize(json::object{{"openapi", "3.1.0"},
                                      {"info", {{"title", "Firn"}, {"version", session::kServerVersion}}},
                                      {"security", json::array{key, bearer, password}},
                                      {"paths", std::move(paths)},
                                      {"components", Components()}});
}

}  // namespace firn::faces
