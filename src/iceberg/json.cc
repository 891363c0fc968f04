#include "iceberg/json.h"

#include "base/errors.h"

namespace firn::iceberg {

namespace {

const boost::json::object& EmptyObject() {
  static const boost::json::object empty;
  return empty;
}

}  // namespace

Result<boost::json::value> ParseJson(std::string_view text, std::string_view name) {
  boost::json::parse_options options;
  options.max_depth = 200;
  boost::system::error_code failed;
  boost::json::value parsed = boost::json::parse({text.data(), text.size()}, failed, {}, options);
  if (failed) return Error(errors::kCorrupt, {std::string(name), "it is no JSON: " + failed.message()});
  return parsed;
}

Members::Members(const boost::json::value& json, std::string_view name, std::string_view what)
    : object_(json.if_object()), name_(name), what_(what) {
  if (object_) return;
  object_ = &EmptyObject();
  Fault("is no JSON object");
}

void Members::Fault(std::string sentence) {
  if (fault_.empty()) fault_ = std::string(what_) + " " + std::move(sentence);
}

Status Members::status() const {
  if (fault_.empty()) return Ok();
  return Error(errors::kCorrupt, {std::string(name_), fault_});
}

const boost::json::value* Members::Find(std::string_view key) const {
  const auto* value = object_->if_contains({key.data(), key.size()});
  return value && !value->is_null() ? value : nullptr;
}

std::optional<int64_t> Members::MaybeLong(std::string_view key) {
  const auto* value = Find(key);
  if (!value) return std::nullopt;
  if (const auto* number = value->if_int64()) return *number;
  Fault("has a '" + std::string(key) + "' that is no 64-bit number");
  return std::nullopt;
}

std::optional<int> Members::MaybeInt(std::string_view key) {
  auto number = MaybeLong(key);
  if (!number) return std::nullopt;
  if (*number == static_cast<int32_t>(*number)) return static_cast<int>(*number);
  Fault("has a '" + std::string(key) + "' that is no 32-bit number");
  return std::nullopt;
}

std::optional<std::string> Members::MaybeString(std::string_view key) {
  const auto* value = Find(key);
  if (!value) return std::nullopt;
  if (const auto* text = value->if_string()) return std::string(*text);
  Fault("has a '" + std::string(key) + "' that is no string");
  return std::nullopt;
}

std::optional<bool> Members::MaybeBool(std::string_view key) {
  const auto* value = Find(key);
  if (!value) return std::nullopt;
  if (const auto* flag = value->if_bool()) return *flag;
  Fault("has a '" + std::string(key) + "' that is no boolean");
  return std::nullopt;
}

int64_t Members::Long(std::string_view key) {
  if (!Find(key)) Fault("lacks '" + std::string(key) + "'");
  return MaybeLong(key).value_or(0);
}

int Members::Int(std::string_view key) {
  if (!Find(key)) Fault("lacks '" + std::string(key) + "'");
  return MaybeInt(key).value_or(0);
}

std::string Members::String(std::string_view key) {
  if (!Find(key)) Fault("lacks '" + std::string(key) + "'");
  return MaybeString(key).value_or("");
}

bool Members::Bool(std::string_view key) {
  if (!Find(key)) Fault("lacks '" + std::string(key) + "'");
  return MaybeBool(key).value_or(false);
}

std::map<std::string, std::string> Members::Strings(std::string_view key) {
  std::map<std::string, std::string> out;
  const auto* object = MaybeObject(key);
  if (!object) return out;
  for (const auto& member : *object) {
    const auto& value = member.value();
    if (const auto* text = value.if_string()) {
      out[std::string(member.key())] = std::string(*text);
    } else if (value.is_number() || value.is_bool()) {
      out[std::string(member.key())] = boost::json::serialize(value);
    } else if (!value.is_null()) {
      Fault("has in '" + std::string(key) + "' a value that is no string");
    }
  }
  return out;
}

const boost::json::array* Members::MaybeArray(std::string_view key) {
  const auto* value = Find(key);
  if (!value) return nullptr;
  if (!value->is_array()) Fault("has a '" + std::string(key) + "' that is no array");
  return value->if_array();
}

const boost::json::object* Members::MaybeObject(std::string_view key) {
  const auto* value = Find(key);
  if (!value) return nullptr;
  if (!value->is_object()) Fault("has a '" + std::string(key) + "' that is no object");
  return value->if_object();
}

const boost::json::array& Members::Array(std::string_view key) {
  static const boost::json::array empty;
  const auto* array = MaybeArray(key);
  if (!array) Fault("lacks '" + std::string(key) + "'");
  return array ? *array : empty;
}

std::string Quoted(std::string_view text) {
  return boost::json::serialize(boost::json::string_view(text.data(), text.size()));
}

void ObjectWriter::Key(std::string_view key) {
  if (out_.size() > 1) out_ += ',';
  out_ += Quoted(key);
  out_ += ':';
}

ObjectWriter& ObjectWriter::Add(std::string_view key, std::string_view text) { return AddRaw(key, Quoted(text)); }

ObjectWriter& ObjectWriter::Add(std::string_view key, int64_t number) { return AddRaw(key, std::to_string(number)); }

ObjectWriter& ObjectWriter::Add(std::string_view key, bool value) { return AddRaw(key, value ? "true" : "false"); }

ObjectWriter& ObjectWriter::Add(std::string_view key, const std::map<std::string, std::string>& strings) {
  ObjectWriter inner;
  for (const auto& [name, text] : strings) inner.Add(name, std::string_view(text));
  return AddRaw(key, inner.Take());
}

ObjectWriter& ObjectWriter::AddRaw(std::string_view key, std::string_view json) {
  Key(key);
  out_ += json;
  return *this;
}

std::string ObjectWriter::Take() { return std::move(out_) + "}"; }

}  // namespace firn::iceberg
