#include "catalog/json_reader.h"

#include <limits>

#include "base/errors.h"

namespace firn::catalog {

namespace json = boost::json;

void JsonFault::Corrupt(const std::string& what) {
  if (!error) error = Error(errors::kCorrupt, {document, what});
}

void JsonFault::Unknown(const std::string& what) {
  if (!error) error = Error(errors::kVersionUnknown, {document, what});
}

JsonReader::JsonReader(const json::value& value, JsonFault* fault) : object_(value.if_object()), fault_(fault) {
  if (!object_) fault_->Corrupt("an object was expected");
}

const json::value* JsonReader::Member(std::string_view key, bool required) const {
  const json::value* value = object_ ? object_->if_contains(key) : nullptr;
  if (!value && required) fault_->Corrupt("the member '" + std::string(key) + "' is missing");
  return value;
}

std::optional<std::string> JsonReader::OptionalText(std::string_view key) const {
  const json::value* value = Member(key, false);
  if (!value) return std::nullopt;
  if (const json::string* text = value->if_string()) return std::string(*text);
  fault_->Corrupt("the member '" + std::string(key) + "' is no text");
  return std::nullopt;
}

std::optional<int64_t> JsonReader::OptionalNumber(std::string_view key) const {
  const json::value* value = Member(key, false);
  if (!value) return std::nullopt;
  if (const int64_t* number = value->if_int64()) return *number;
  fault_->Corrupt("the member '" + std::string(key) + "' is no whole number");
  return std::nullopt;
}

std::string JsonReader::Text(std::string_view key) const {
  if (!Member(key, true)) return "";
  return OptionalText(key).value_or("");
}

int64_t JsonReader::Number(std::string_view key) const {
  if (!Member(key, true)) return 0;
  return OptionalNumber(key).value_or(0);
}

std::string JsonReader::TextOr(std::string_view key, std::string_view otherwise) const {
  return OptionalText(key).value_or(std::string(otherwise));
}

int64_t JsonReader::NumberOr(std::string_view key, int64_t otherwise) const {
  return OptionalNumber(key).value_or(otherwise);
}

bool JsonReader::Flag(std::string_view key, bool otherwise) const {
  const json::value* value = Member(key, false);
  if (!value) return otherwise;
  if (const bool* flag = value->if_bool()) return *flag;
  fault_->Corrupt("the member '" + std::string(key) + "' is neither true nor false");
  return otherwise;
}

std::vector<std::string> JsonReader::Texts(std::string_view key) const {
  std::vector<std::string> texts;
  const json::value* value = Member(key, false);
  if (!value) return texts;
  const json::array* array = value->if_array();
  if (!array) fault_->Corrupt("the member '" + std::string(key) + "' is no array");
  for (size_t i = 0; array && i < array->size(); ++i) {
    const json::string* text = (*array)[i].if_string();
    if (!text) {
      fault_->Corrupt("the member '" + std::string(key) + "' holds something that is no text");
      break;
    }
    texts.emplace_back(*text);
  }
  return texts;
}

OptionMap JsonReader::Options(std::string_view key) const {
  OptionMap options;
  const json::value* value = Member(key, false);
  if (!value) return options;
  const json::object* object = value->if_object();
  if (!object) {
    fault_->Corrupt("the member '" + std::string(key) + "' is no object");
    return options;
  }
  for (const auto& [name, member] : *object) {
    const json::string* text = member.if_string();
    if (!text) {
      fault_->Corrupt("the member '" + std::string(key) + "' holds something that is no text");
      break;
    }
    options.emplace(std::string(name), std::string(*text));
  }
  return options;
}

std::map<std::string, int64_t> JsonReader::Numbers(std::string_view key) const {
  std::map<std::string, int64_t> numbers;
  const json::value* value = Member(key, false);
  if (!value) return numbers;
  const json::object* object = value->if_object();
  if (!object) {
    fault_->Corrupt("the member '" + std::string(key) + "' is no object");
    return numbers;
  }
  for (const auto& [name, member] : *object) {
    if (!member.is_int64()) {
      fault_->Corrupt("the member '" + std::string(key) + "' holds something that is no integer");
      break;
    }
    numbers.emplace(std::string(name), member.get_int64());
  }
  return numbers;
}

JsonReader JsonReader::Child(std::string_view key) const {
  static const json::value kEmpty = json::object();
  const json::value* value = Member(key, true);
  return JsonReader(value ? *value : kEmpty, fault_);
}

void JsonReader::Each(std::string_view key, const std::function<void(const JsonReader&)>& visit) const {
  const json::value* value = Member(key, false);
  if (!value) return;
  const json::array* array = value->if_array();
  if (!array) {
    fault_->Corrupt("the member '" + std::string(key) + "' is no array");
    return;
  }
  for (const json::value& item : *array) {
    if (fault_->error) return;
    visit(JsonReader(item, fault_));
  }
}

void JsonReader::EachMember(std::string_view key,
                            const std::function<void(std::string_view, const JsonReader&)>& visit) const {
  const json::value* value = Member(key, false);
  if (!value) return;
  const json::object* object = value->if_object();
  if (!object) {
    fault_->Corrupt("the member '" + std::string(key) + "' is no object");
    return;
  }
  for (const auto& [name, member] : *object) {
    if (fault_->error) return;
    visit(name, JsonReader(member, fault_));
  }
}

void PutText(json::object& out, std::string_view key, const std::string& value) {
  if (!value.empty()) out[key] = value;
}

void PutNumber(json::object& out, std::string_view key, int64_t value, int64_t otherwise) {
  if (value != otherwise) out[key] = value;
}

void PutFlag(json::object& out, std::string_view key, bool value) {
  if (value) out[key] = true;
}

void PutTexts(json::object& out, std::string_view key, const std::vector<std::string>& values) {
  if (values.empty()) return;
  json::array array;
  for (const std::string& value : values) array.emplace_back(value);
  out[key] = std::move(array);
}

void PutOptions(json::object& out, std::string_view key, const OptionMap& values) {
  if (values.empty()) return;
  json::object object;
  for (const auto& [name, value] : values) object[name] = value;
  out[key] = std::move(object);
}

json::value ParseDocument(std::string_view bytes, int version, JsonFault* fault) {
  json::parse_options options;
  options.max_depth = 1000;
  boost::system::error_code failure;
  json::value value = json::parse(bytes, failure, {}, options);
  if (failure) {
    fault->Corrupt("it is no JSON: " + failure.message());
    return nullptr;
  }
  JsonReader reader(value, fault);
  int64_t found = reader.Number("version");
  if (!fault->error && found != version) fault->Unknown("version " + std::to_string(found));
  return fault->error ? json::value(nullptr) : value;
}

}  // namespace firn::catalog
