#include "pipeline/upkeep/leases.h"

#include <algorithm>
#include <boost/json.hpp>

#include "base/errors.h"
#include "base/ids.h"

namespace firn::pipeline {

namespace json = boost::json;

namespace {

/// The longest time that a statement of a process that is gone, or is cut off, may go on reading.
constexpr Micros kLapsedCounts = Micros{4} * 3600 * 1000000;
constexpr int kVersion = 1;

std::optional<int64_t> PositionIn(const std::string& text) {
  boost::system::error_code failure;
  json::value value = json::parse(text, failure);
  const json::object* object = failure ? nullptr : value.if_object();
  const json::value* position = object ? object->if_contains("position") : nullptr;
  if (!position || !position->is_int64()) return std::nullopt;
  return position->get_int64();
}

}  // namespace

Leases::Leases(catalog::Catalog& catalog, Micros lease) : catalog_(catalog), lease_(lease), name_(NewUuid()) {}

Leases::~Leases() {
  if (renewed_ != 0) (void)catalog_.store()->Delete(std::string(kLeaseFolder) + name_).ok();
}

Status Leases::Renew(bool now) {
  const Micros time = catalog_.clock().Now();
  if (!now && renewed_ != 0 && time - renewed_ < lease_ / 6) return Ok();
  json::object own;
  own["version"] = kVersion;
  own["position"] = catalog_.pins().Oldest();
  const std::string path = std::string(kLeaseFolder) + name_;
  FIRN_TRY(catalog_.store()->Put(path, json::serialize(own)));
  renewed_ = time;
  FIRN_ASSIGN(auto listed, catalog_.store()->List(std::string(kLeaseFolder)));
  // Times are compared by the store's clock alone.
  Micros newest = 0;
  for (const storage::ObjectInfo& lease : listed) newest = std::max(newest, lease.modified);
  std::vector<std::string> alive;
  int64_t oldest = own["position"].as_int64();
  for (const storage::ObjectInfo& lease : listed) {
    const Micros age = newest - lease.modified;
    if (age > kLapsedCounts) {
      (void)catalog_.store()->Delete(lease.path).ok();
      continue;
    }
    if (age <= lease_) alive.push_back(lease.path.substr(kLeaseFolder.size()));
    if (lease.path == path) continue;
    auto text = catalog_.store()->Read(lease.path);
    if (!text.ok() && text.error().Is(errors::kNotFound)) continue;
    if (!text.ok()) return std::move(text).error();
    // What cannot be read holds everything.
    oldest = std::min(oldest, PositionIn(*text).value_or(0));
  }
  alive_ = std::move(alive);
  oldest_ = oldest;
  store_time_ = newest;
  return Ok();
}

bool Leases::IsMine(const std::string& table_id) const {
  if (alive_.size() < 2) return true;
  const std::string hash = Sha256(table_id);
  const size_t owner = static_cast<unsigned char>(hash[0]) % alive_.size();
  return alive_[owner] == name_;
}

}  // namespace firn::pipeline
