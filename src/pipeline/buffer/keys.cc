#include "pipeline/buffer/keys.h"

namespace firn::pipeline {

uint64_t Keys::SizeOf(const StoredKey& key) {
  return 64 + key.key.size() + key.body_hash.size() + key.answer.size() + key.ack.batch_id.size();
}

std::shared_ptr<StoredKey> Keys::Find(std::string_view key, Micros now) const {
  auto place = keys_.find(key);
  if (place == keys_.end() || (place->second->durable && place->second->expires <= now)) return nullptr;
  return place->second;
}

void Keys::Add(std::shared_ptr<StoredKey> key) {
  if (auto place = keys_.find(key->key); place != keys_.end()) {
    bytes_ -= SizeOf(*place->second);
    keys_.erase(place);
  }
  bytes_ += SizeOf(*key);
  by_age_.push_back(key);
  const std::string_view name = key->key;
  keys_.emplace(name, std::move(key));
}

void Keys::Remove(const std::shared_ptr<StoredKey>& key) {
  auto place = keys_.find(key->key);
  if (place == keys_.end() || place->second != key) return;
  bytes_ -= SizeOf(*key);
  keys_.erase(place);
}

void Keys::Expire(Micros now) {
  while (!by_age_.empty()) {
    std::shared_ptr<StoredKey> oldest = by_age_.front().lock();
    if (oldest && (!oldest->durable || oldest->expires > now)) return;
    by_age_.pop_front();
    if (oldest) Remove(oldest);
  }
}

void Keys::Clear() {
  keys_.clear();
  by_age_.clear();
  bytes_ = 0;
}

std::vector<std::shared_ptr<StoredKey>> Keys::Durable() const {
  std::vector<std::shared_ptr<StoredKey>> out;
  out.reserve(keys_.size());
  for (const auto& [name, key] : keys_) {
    if (key->durable) out.push_back(key);
  }
  return out;
}

}  // namespace firn::pipeline
