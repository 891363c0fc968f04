#include "base/errors.h"
#include "iceberg/avro.h"
#include "iceberg/json.h"

namespace firn::iceberg {

namespace {

using AvroKind = AvroNode::Kind;

constexpr std::pair<std::string_view, AvroKind> kPrimitives[] = {
    {"null", AvroKind::kNull},   {"boolean", AvroKind::kBoolean}, {"int", AvroKind::kInt},
    {"long", AvroKind::kLong},   {"float", AvroKind::kFloat},     {"double", AvroKind::kDouble},
    {"bytes", AvroKind::kBytes}, {"string", AvroKind::kString},
};

class SchemaParser {
 public:
  explicit SchemaParser(std::string_view name) : name_(name) {}

  Result<AvroSchema> Parse(const boost::json::value& json) {
    FIRN_ASSIGN(schema_.root, Node(json, ""));
    return std::move(schema_);
  }

 private:
  Error Bad(const std::string& sentence) {
    return Error(errors::kCorrupt, {std::string(name_), "its Avro schema " + sentence});
  }

  size_t Add(AvroNode node) {
    schema_.nodes.push_back(std::move(node));
    return schema_.nodes.size() - 1;
  }

  Result<size_t> Named(std::string_view type, const std::string& space) {
    for (const auto& [text, kind] : kPrimitives) {
      if (text == type) {
        AvroNode node;
        node.kind = kind;
        return Add(std::move(node));
      }
    }
    for (const std::string& full :
         {space.empty() ? std::string(type) : space + "." + std::string(type), std::string(type)}) {
      if (auto found = named_.find(full); found != named_.end()) return found->second;
    }
    return Bad("names the unknown type '" + std::string(type) + "'");
  }

  Result<size_t> Node(const boost::json::value& json, const std::string& space) {
    if (const auto* text = json.if_string()) return Named({text->data(), text->size()}, space);
    if (const auto* branches = json.if_array()) {
      AvroNode node;
      node.kind = AvroKind::kUnion;
      for (const auto& branch : *branches) {
        FIRN_ASSIGN(size_t child, Node(branch, space));
        node.children.push_back({"", -1, child});
      }
      return Add(std::move(node));
    }
    Members members(json, name_, "an Avro type");
    const auto* type = members.Find("type");
    if (!type) return Bad("has a type without 'type'");
    const auto* text = type->if_string();
    if (!text) return Node(*type, space);
    return Complex(std::string(*text), &members, space);
  }

  Result<size_t> Complex(const std::string& type, Members* members, const std::string& space) {
    if (type == "array" || type == "map") {
      const auto* inner = members->Find(type == "array" ? "items" : "values");
      if (!inner) return Bad("has a collection without a type");
      FIRN_ASSIGN(size_t child, Node(*inner, space));
      AvroNode node;
      node.kind = type == "array" ? AvroKind::kArray : AvroKind::kMap;
      node.children.push_back({"", -1, child});
      return Add(std::move(node));
    }
    bool decimal = members->Find("logicalType") && members->MaybeString("logicalType") == "decimal";
    if (type != "record" && type != "fixed" && type != "enum") {
      FIRN_ASSIGN(size_t index, Named(type, space));
      if (schema_.nodes[index].kind == AvroKind::kBytes) schema_.nodes[index].is_decimal = decimal;
      return index;
    }
    std::string own_name = members->String("name");
    std::string own_space = members->MaybeString("namespace").value_or(space);
    if (size_t point = own_name.rfind('.'); point != std::string::npos) own_space = own_name.substr(0, point);
    bool qualified = own_name.find('.') != std::string::npos || own_space.empty();
    FIRN_TRY(members->status());
    AvroNode node;
    node.kind = type == "record" ? AvroKind::kRecord : (type == "fixed" ? AvroKind::kFixed : AvroKind::kEnum);
    node.is_decimal = decimal && type == "fixed";
    if (type == "fixed") {
      int size = members->Int("size");
      FIRN_TRY(members->status());
      if (size < 0) return Bad("has a fixed type of negative size");
      node.size = static_cast<size_t>(size);
    }
    // Known before its fields are read, which may name it.
    size_t index = Add(std::move(node));
    named_[qualified ? own_name : own_space + "." + own_name] = index;
    if (type == "record") FIRN_TRY(Fields(index, members, own_space));
    return index;
  }

  Status Fields(size_t record, Members* members, const std::string& space) {
    for (const auto& item : members->Array("fields")) {
      Members field(item, name_, "an Avro field");
      AvroNode::Child child;
      child.name = field.String("name");
      child.field_id = field.MaybeInt("field-id").value_or(-1);
      const auto* type = field.Find("type");
      if (!type) field.Fault("lacks 'type'");
      FIRN_TRY(field.status());
      FIRN_ASSIGN(child.node, Node(*type, space));
      schema_.nodes[record].children.push_back(std::move(child));
    }
    return members->status();
  }

  std::string_view name_;
  AvroSchema schema_;
  std::map<std::string, size_t> named_;
};

}  // namespace

Result<AvroSchema> ParseAvroSchema(std::string_view json, std::string_view name) {
  FIRN_ASSIGN(auto parsed, ParseJson(json, name));
  return SchemaParser(name).Parse(parsed);
}

}  // namespace firn::iceberg
