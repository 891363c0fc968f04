#include "pipeline/upkeep/leases.h"

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>

#include "base/errors.h"
#include "base/ids.h"

namespace firn::pipeline {

namespace json = boost::json;

namespace {

/// The longest time that a statement of a process that is gone, or is cut off, may go on reading.
constexpr Micros kLapsedCounts = Micros{4} * 3600 * 1000000;
constexpr int kVersion = 1;

struct Lease {
  int64_t position = 0;
  Leases::Held held;
};

std::string TextOf(const Lease& lease) {
  json::object held;
  for (const auto& [table, snapshots] : lease.held) held[table] = json::array(snapshots.begin(), snapshots.end());
  return json::serialize(json::object{{"version", kVersion}, {"position", lease.position}, {"held", std::move(held)}});
}

/// What cannot be read holds everything.
Lease LeaseIn(const std::string& text) {
  Lease lease;
  boost::system::error_code failure;
  json::value value = json::parse(text, failure);
  const json::object* object = failure ? nullptr : value.if_object();
  const json::value* position = object ? object->if_contains("position") : nullptr;
  if (!position || !position->is_int64()) return lease;
  lease.position = position->get_int64();
  const json::value* held = object->if_contains("held");
  if (!held || !held->is_object()) return lease;
  for (const auto& [table, snapshots] : held->get_object()) {
    if (!snapshots.is_array()) continue;
    for (const json::value& snapshot : snapshots.get_array()) {
      if (snapshot.is_int64()) lease.held[table].insert(snapshot.get_int64());
    }
  }
  return lease;
}

/// The name that the file holds; a new one where it holds none.
std::string NameIn(const std::string& file) {
  constexpr size_t kUuidLength = 36;
  std::string name;
  if (!file.empty()) std::getline(std::ifstream(file) >> std::ws, name);
  const bool known = name.size() == kUuidLength && name.find_first_not_of("0123456789abcdef-") == std::string::npos;
  if (known) return name;
  name = NewUuid();
  // Where it cannot be kept the next start has another one, and waits longer for this one to end.
  if (!file.empty()) std::ofstream(file) << name << "\n";
  return name;
}

}  // namespace

Leases::Leases(catalog::Catalog& catalog, Micros lease, const std::string& file, std::function<Held()> cursors)
    : catalog_(catalog),
      lease_(lease),
      name_(NameIn(file)),
      cursors_(cursors ? std::move(cursors) : [] { return Held(); }) {}

Leases::~Leases() {
  if (renewed_ != 0) (void)catalog_.store()->Delete(std::string(kLeaseFolder) + name_).ok();
}

Status Leases::Renew(bool now) {
  const Micros time = catalog_.clock().Now();
  if (!now && renewed_ != 0 && time - renewed_ < lease_ / 6) return Ok();
  const std::string path = std::string(kLeaseFolder) + name_;
  const Lease own{catalog_.pins().Oldest(), cursors_()};
  FIRN_TRY(catalog_.store()->Put(path, TextOf(own)));
  renewed_ = time;
  FIRN_ASSIGN(auto listed, catalog_.store()->List(std::string(kLeaseFolder)));
  // Times are compared by the store's clock alone.
  Micros newest = 0;
  for (const storage::ObjectInfo& lease : listed) newest = std::max(newest, lease.modified);
  std::vector<std::string> alive;
  int64_t oldest = own.position;
  Held held;
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
    Lease other = LeaseIn(*text);
    oldest = std::min(oldest, other.position);
    for (auto& [table, snapshots] : other.held) held[table].merge(snapshots);
  }
  held_ = std::move(held);
  alive_ = std::move(alive);
  oldest_ = oldest;
  store_time_ = newest;
  return Ok();
}

Leases::Held Leases::held() const {
  Held held = held_;
  for (auto& [table, snapshots] : cursors_()) held[table].merge(snapshots);
  return held;
}

bool Leases::IsMine(const std::string& table_id) const {
  if (alive_.size() < 2) return true;
  const std::string hash = Sha256(table_id);
  const size_t owner = static_cast<unsigned char>(hash[0]) % alive_.size();
  return alive_[owner] == name_;
}

}  // namespace firn::pipeline
