#include "pipeline/registry/document.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <boost/json.hpp>

#include "base/errors.h"

namespace firn::pipeline {

namespace {

namespace json = boost::json;

Error TooLarge(const char* what, size_t most, size_t is) {
  return Error(errors::kLimit, {what, std::to_string(most), std::to_string(is)});
}

Status AddField(DocNode* map, std::string name, DocNode value) {
  if (map->Find(name)) {
    std::string where = value.at.line > 0 ? "line " + std::to_string(value.at.line) + ": " : "";
    return Error(errors::kInvalidInput, {where + "'" + name + "' is there twice"}, value.at);
  }
  map->fields.push_back({std::move(name), std::move(value)});
  return Ok();
}

class YamlReader {
 public:
  Result<DocNode> Read(const YAML::Node& node, int depth) {
    if (++nodes_ > kDocumentNodesMax) return TooLarge("the values of the document", kDocumentNodesMax, nodes_);
    if (depth > kDocumentDepthMax) return TooLarge("the depth of the document", kDocumentDepthMax, depth);
    DocNode out;
    out.at = {node.Mark().line + 1, node.Mark().column + 1};
    if (node.IsScalar()) {
      out.kind = DocNode::Kind::kScalar;
      out.text = node.Scalar();
      out.quoted = node.Tag() == "!";  // yaml-cpp's tag of a scalar in quotes
    } else if (node.IsSequence()) {
      out.kind = DocNode::Kind::kList;
      for (const YAML::Node& item : node) {
        FIRN_ASSIGN(DocNode value, Read(item, depth + 1));
        out.items.push_back(std::move(value));
      }
    } else if (node.IsMap()) {
      out.kind = DocNode::Kind::kMap;
      for (const auto& field : node) {
        if (!field.first.IsScalar()) {
          return Error(errors::kInvalidInput, {"line " + std::to_string(out.at.line) + ": a key that is no text"});
        }
        if (field.second.IsNull() && JoinType(&out, field.first.Scalar())) continue;
        FIRN_ASSIGN(DocNode value, Read(field.second, depth + 1));
        FIRN_TRY(AddField(&out, field.first.Scalar(), std::move(value)));
      }
    }
    return out;
  }

 private:
  /// {type: decimal(18,2)} is, to YAML, the type "decimal(18" and the key "2)": put together again.
  static bool JoinType(DocNode* map, const std::string& rest) {
    if (map->fields.empty()) return false;
    DocNode& before = map->fields.back().node;
    const auto count = [&](char c) { return std::ranges::count(before.text, c); };
    if (before.kind != DocNode::Kind::kScalar || before.quoted || count('(') <= count(')')) return false;
    before.text += "," + rest;
    return true;
  }

  size_t nodes_ = 0;
};

Result<DocNode> FromJson(const json::value& value, int depth) {
  if (depth > kDocumentDepthMax) return TooLarge("the depth of the document", kDocumentDepthMax, depth);
  DocNode out;
  if (value.is_null()) return out;
  if (const auto* items = value.if_array()) {
    out.kind = DocNode::Kind::kList;
    for (const json::value& item : *items) {
      FIRN_ASSIGN(DocNode node, FromJson(item, depth + 1));
      out.items.push_back(std::move(node));
    }
    return out;
  }
  if (const auto* fields = value.if_object()) {
    out.kind = DocNode::Kind::kMap;
    for (const auto& field : *fields) {
      FIRN_ASSIGN(DocNode node, FromJson(field.value(), depth + 1));
      FIRN_TRY(AddField(&out, std::string(field.key()), std::move(node)));
    }
    return out;
  }
  out.kind = DocNode::Kind::kScalar;
  out.quoted = value.is_string();
  out.text = value.is_string() ? std::string(value.get_string()) : json::serialize(value);
  return out;
}

}  // namespace

const DocNode* DocNode::Find(std::string_view name) const {
  for (const auto& [key, value] : fields) {
    if (key == name) return &value;
  }
  return nullptr;
}

Result<DocNode> ParseYaml(std::string_view text) {
  if (text.size() > kDocumentBytesMax) return TooLarge("the bytes of the document", kDocumentBytesMax, text.size());
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(std::string(text));
    if (documents.size() != 1) {
      return Error(errors::kInvalidInput, {std::to_string(documents.size()) + " YAML documents; one is wanted"});
    }
    return YamlReader().Read(documents[0], 0);
  } catch (const YAML::Exception& error) {
    const Position at{error.mark.line + 1, error.mark.column + 1};
    return Error(errors::kInvalidInput,
                 {"line " + std::to_string(at.line) + ", column " + std::to_string(at.column) + ": " + error.msg}, at);
  }
}

Result<DocNode> ParseJson(std::string_view text) {
  if (text.size() > kDocumentBytesMax) return TooLarge("the bytes of the document", kDocumentBytesMax, text.size());
  json::error_code code;
  json::stream_parser parser;
  const size_t read = parser.write_some(text.data(), text.size(), code);
  if (!code) parser.finish(code);
  if (code || read != text.size()) {
    const std::string why = code ? code.message() : "text behind its end";
    return Error(errors::kInvalidInput, {"no JSON at byte " + std::to_string(read) + ": " + why});
  }
  return FromJson(parser.release(), 0);
}

}  // namespace firn::pipeline
