#include "session/key_watch.h"

#include "base/ids.h"
#include "base/log.h"

namespace firn::session {

namespace {

constexpr Micros kSecond = 1'000'000;

}  // namespace

KeyWatch::~KeyWatch() {
  if (!thread_.joinable()) return;
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void KeyWatch::Start() {
  thread_ = std::thread([this] { Run(); });
}

void KeyWatch::Run() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, std::chrono::microseconds(kKeyLookEvery), [this] { return closing_; })) {
    if (!used_.exchange(false)) continue;
    lock.unlock();
    const bool failed_before = failing_;
    if (auto looked = Look(); !looked.ok() && !failed_before) {
      log::warn("keys count as they were known last, for the log cannot be read: {}", looked.error().Message());
    }
    lock.lock();
  }
}

Result<catalog::StatePtr> KeyWatch::Look() {
  const Micros begun = clock_.Now();
  auto state = catalog_.Head();
  failing_ = !state.ok();
  if (state.ok()) looked_at_ = begun;
  return state;
}

/// A clock that was set back says nothing of it.
bool KeyWatch::KnownFor(Micros most) const {
  const Micros age = clock_.Now() - looked_at_;
  return age >= 0 && age < most;
}

catalog::StatePtr KeyWatch::Known() {
  if (!used_.load(std::memory_order_relaxed)) used_ = true;
  return KnownFor(failing_ ? kKeysKnownWithoutLog : kKeysKnownFor) ? catalog_.Current() : nullptr;
}

Result<catalog::StatePtr> KeyWatch::Recent() {
  if (catalog::StatePtr known = Known()) return known;
  auto looked = Look();
  if (looked.ok() || !KnownFor(kKeysKnownWithoutLog)) return looked;
  return catalog_.Current();
}

bool KeyWatch::MayLookFor(const std::string& hash) {
  std::lock_guard lock(mutex_);
  if (looked_for_.contains(hash)) return false;
  const Micros now = clock_.Now();
  if (now < second_begun_ || now - second_begun_ >= kSecond) {
    second_begun_ = now;
    looks_in_second_ = 0;
  }
  return ++looks_in_second_ <= kUnknownKeyLooks;
}

void KeyWatch::LookedFor(const std::string& hash) {
  std::lock_guard lock(mutex_);
  if (looked_for_.size() >= kWrongKeysKept) looked_for_.clear();
  looked_for_.insert(hash);
}

Result<catalog::StatePtr> KeyWatch::ForUnknown(std::string_view key) {
  const std::string hash = Sha256(key);
  if (!MayLookFor(hash)) return catalog_.Current();
  auto looked = Look();
  if (looked.ok()) LookedFor(hash);
  if (looked.ok() || !KnownFor(kKeysKnownWithoutLog)) return looked;
  return catalog_.Current();
}

}  // namespace firn::session
