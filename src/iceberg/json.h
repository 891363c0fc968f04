// Reading checked members out of JSON objects, and writing JSON text. Of this room, and of faces that read the same
// objects. Pure; one thread an object.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace firn::iceberg {

/// Parses hostile text (depth at most 200). Errors: kCorrupt; `name` is the file named in it.
Result<boost::json::value> ParseJson(std::string_view text, std::string_view name);

/// Members of one object. The first fault is kept and told by status(); getters then give empty values, so that a
/// reader takes all members first and asks once.
class Members {
 public:
  /// `what` names the object in errors: "the snapshot".
  Members(const boost::json::value& json, std::string_view name, std::string_view what);

  int64_t Long(std::string_view key);
  int Int(std::string_view key);
  std::string String(std::string_view key);
  bool Bool(std::string_view key);
  std::optional<int64_t> MaybeLong(std::string_view key);
  std::optional<int> MaybeInt(std::string_view key);
  std::optional<std::string> MaybeString(std::string_view key);
  std::optional<bool> MaybeBool(std::string_view key);
  /// An object of strings (numbers and booleans are taken as text); empty if absent.
  std::map<std::string, std::string> Strings(std::string_view key);
  /// Null if absent or JSON null; a fault if of another kind.
  const boost::json::array* MaybeArray(std::string_view key);
  const boost::json::object* MaybeObject(std::string_view key);
  /// An empty array after a fault.
  const boost::json::array& Array(std::string_view key);
  /// Null if absent.
  const boost::json::value* Find(std::string_view key) const;
  const boost::json::object& object() const { return *object_; }

  void Fault(std::string sentence);
  Status status() const;

 private:
  const boost::json::object* object_;
  std::string_view name_;
  std::string_view what_;
  std::string fault_;
};

/// Text of one JSON object, members in the order in which they are added.
class ObjectWriter {
 public:
  ObjectWriter& Add(std::string_view key, std::string_view text);
  ObjectWriter& Add(std::string_view key, const char* text) { return Add(key, std::string_view(text)); }
  ObjectWriter& Add(std::string_view key, int64_t number);
  ObjectWriter& Add(std::string_view key, int number) { return Add(key, static_cast<int64_t>(number)); }
  ObjectWriter& Add(std::string_view key, bool value);
  ObjectWriter& Add(std::string_view key, const std::map<std::string, std::string>& strings);
  template <class T>
  ObjectWriter& Add(std::string_view key, const std::optional<T>& value) {
    return value ? Add(key, *value) : *this;
  }
  /// `json` is JSON text.
  ObjectWriter& AddRaw(std::string_view key, std::string_view json);
  /// Ends the object.
  std::string Take();

 private:
  void Key(std::string_view key);
  std::string out_ = "{";
};

struct Schema;
struct PartitionSpec;
struct SortOrder;
struct Snapshot;
/// The parsers of schema.h and partition_spec.h, for JSON that is parsed already.
Result<Schema> ReadSchema(const boost::json::value& json, std::string_view name);
Result<PartitionSpec> ReadPartitionSpec(const boost::json::value& json, std::string_view name);
Result<SortOrder> ReadSortOrder(const boost::json::value& json, std::string_view name);
Result<Snapshot> ReadSnapshot(const boost::json::value& json, std::string_view name);

/// A JSON string with its quotes.
std::string Quoted(std::string_view text);
/// "[a,b,c]" of what `text(item)` gives.
template <class Items, class Text>
std::string JsonArray(const Items& items, Text text) {
  std::string out = "[";
  for (const auto& item : items) {
    if (out.size() > 1) out += ',';
    out += text(item);
  }
  return out + "]";
}

}  // namespace firn::iceberg
