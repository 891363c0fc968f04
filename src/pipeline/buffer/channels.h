// Channels: exactly-once streams of batches into one table. Each has what was appended last and what of that is
// durable; a batch must follow what was appended. Inner part of `pipeline/buffer`; the owner locks.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/buffer/batch_record.h"

namespace firn::pipeline {

struct Channel {
  ChannelState current;
  ChannelState durable;  ///< epoch 0: nothing
  uint64_t home = 0;     ///< serial of the segment that shows `durable`; 0: a state segment
};

class Channels {
 public:
  /// Null where it is unknown or deleted.
  const Channel* Find(std::string_view name) const;
  /// Whether `write` may be appended: kDurable (yes), kDuplicate, or a refusal, with its sentence.
  Outcome Check(const ChannelWrite& write, std::string* message) const;
  /// The state after `write`, after an opening with `epoch`, after a deletion.
  ChannelState AfterWrite(const ChannelWrite& write) const;
  ChannelState AfterOpen(std::string_view name, uint64_t epoch) const;
  ChannelState AfterDelete(std::string_view name) const;

  void SetCurrent(const std::string& name, const ChannelState& state);
  void SetDurable(const std::string& name, const ChannelState& state, uint64_t home);
  /// Takes back what was appended and not written.
  void BackToDurable();
  void Clear() { channels_.clear(); }

  /// The durable states that only the segments with `first_kept` > serial > 0 show; they count as in a state segment
  /// from now on.
  std::vector<NamedChannel> TakeHomesBelow(uint64_t first_kept);
  /// All durable states that are not deletions; deletions that only state segments show are forgotten.
  std::vector<NamedChannel> Snapshot();
  std::vector<NamedChannel> Alive() const;
  size_t size() const { return channels_.size(); }

 private:
  std::map<std::string, Channel, std::less<>> channels_;
};

}  // namespace firn::pipeline
