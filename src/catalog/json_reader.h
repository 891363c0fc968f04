// JsonReader: members of a parsed JSON object with the first fault kept, so that a codec reads them one after another
// and looks once at the end. For the codecs of this room; one thread.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalog/objects.h"

namespace firn::catalog {

/// The first thing that was wrong in a document.
struct JsonFault {
  std::string document;        ///< named in errors: "catalog/log/…"
  std::optional<Error> error;  ///< kCorrupt or kVersionUnknown

  void Corrupt(const std::string& what);
  void Unknown(const std::string& what);
  Status status() const { return error ? Status(*error) : Ok(); }
};

class JsonReader {
 public:
  /// `value` and `fault` outlive the reader. A value that is no object is a fault.
  JsonReader(const boost::json::value& value, JsonFault* fault);

  bool Has(std::string_view key) const { return object_ && object_->contains(key); }
  /// A missing or mistyped member is a fault and gives "" or 0.
  std::string Text(std::string_view key) const;
  int64_t Number(std::string_view key) const;
  /// A mistyped member is a fault; a missing one gives `otherwise`.
  std::string TextOr(std::string_view key, std::string_view otherwise = "") const;
  int64_t NumberOr(std::string_view key, int64_t otherwise) const;
  bool Flag(std::string_view key, bool otherwise = false) const;
  std::optional<std::string> OptionalText(std::string_view key) const;
  std::optional<int64_t> OptionalNumber(std::string_view key) const;
  std::vector<std::string> Texts(std::string_view key) const;
  OptionMap Options(std::string_view key) const;
  /// An object whose members are all integers; empty where it is missing.
  std::map<std::string, int64_t> Numbers(std::string_view key) const;
  /// An object; a missing one is a fault.
  JsonReader Child(std::string_view key) const;
  /// Each object of an array; none where the array is missing.
  void Each(std::string_view key, const std::function<void(const JsonReader&)>& visit) const;
  /// Each (name, object) of an object; none where it is missing.
  void EachMember(std::string_view key,
                  const std::function<void(std::string_view name, const JsonReader&)>& visit) const;

  JsonFault& fault() const { return *fault_; }

 private:
  const boost::json::value* Member(std::string_view key, bool required) const;

  const boost::json::object* object_;
  JsonFault* fault_;
};

/// Sets a member unless `value` is what its absence means.
void PutText(boost::json::object& out, std::string_view key, const std::string& value);
void PutNumber(boost::json::object& out, std::string_view key, int64_t value, int64_t otherwise = 0);
void PutFlag(boost::json::object& out, std::string_view key, bool value);
void PutTexts(boost::json::object& out, std::string_view key, const std::vector<std::string>& values);
void PutOptions(boost::json::object& out, std::string_view key, const OptionMap& values);

/// Parses a document whose member `version` must be `version`; at most 1,000 levels deep. On a fault null.
boost::json::value ParseDocument(std::string_view bytes, int version, JsonFault* fault);

}  // namespace firn::catalog
