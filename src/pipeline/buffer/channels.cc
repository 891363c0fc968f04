#include "pipeline/buffer/channels.h"

namespace firn::pipeline {

const Channel* Channels::Find(std::string_view name) const {
  auto place = channels_.find(name);
  if (place == channels_.end() || place->second.current.deleted || place->second.current.epoch == 0) return nullptr;
  return &place->second;
}

Outcome Channels::Check(const ChannelWrite& write, std::string* message) const {
  const std::string name(write.name);
  const Channel* channel = Find(write.name);
  if (channel == nullptr) {
    *message = "channel '" + name + "' is not open";
    return Outcome::kChannelUnknown;
  }
  const ChannelState& state = channel->current;
  if (write.epoch != state.epoch) {
    *message = "channel '" + name + "' was opened anew: its epoch is " + std::to_string(state.epoch) + ", not " +
               std::to_string(write.epoch);
    return Outcome::kChannelFenced;
  }
  if (write.end < write.start) {
    *message = "end_offset " + std::to_string(write.end) + " is before start_offset " + std::to_string(write.start);
    return Outcome::kInvalid;
  }
  if (state.committed && write.end <= *state.committed) return Outcome::kDuplicate;
  if (state.committed && write.start != *state.committed + 1) {
    *message = "offsets " + std::to_string(write.start) + " to " + std::to_string(write.end) + " " +
               (write.start <= *state.committed ? "overlap" : "leave a gap after") + " the last committed offset " +
               std::to_string(*state.committed);
    return Outcome::kChannelOffset;
  }
  if (!write.continuation.empty() && write.continuation != state.Continuation()) {
    *message = "the continuation token is not the last one of channel '" + name + "'";
    return Outcome::kChannelOffset;
  }
  return Outcome::kDurable;
}

ChannelState Channels::AfterWrite(const ChannelWrite& write) const {
  ChannelState state = channels_.find(write.name)->second.current;
  state.committed = write.end;
  ++state.commits;
  return state;
}

ChannelState Channels::AfterOpen(std::string_view name, uint64_t epoch) const {
  const Channel* channel = Find(name);
  ChannelState state = channel == nullptr ? ChannelState{} : channel->current;
  state.epoch = epoch;
  return state;
}

ChannelState Channels::AfterDelete(std::string_view name) const {
  ChannelState state = channels_.find(name)->second.current;
  state.deleted = true;
  return state;
}

void Channels::SetCurrent(const std::string& name, const ChannelState& state) { channels_[name].current = state; }

void Channels::SetDurable(const std::string& name, const ChannelState& state, uint64_t home) {
  Channel& channel = channels_[name];
  channel.durable = state;
  channel.home = home;
}

void Channels::BackToDurable() {
  for (auto at = channels_.begin(); at != channels_.end();) {
    at->second.current = at->second.durable;
    at = at->second.durable.epoch == 0 ? channels_.erase(at) : std::next(at);
  }
}

std::vector<NamedChannel> Channels::TakeHomesBelow(uint64_t first_kept) {
  std::vector<NamedChannel> out;
  for (auto& [name, channel] : channels_) {
    if (channel.home == 0 || channel.home >= first_kept || channel.durable.epoch == 0) continue;
    channel.home = 0;
    out.push_back({name, channel.durable});
  }
  return out;
}

std::vector<NamedChannel> Channels::Snapshot() {
  std::vector<NamedChannel> out;
  for (auto at = channels_.begin(); at != channels_.end();) {
    const Channel& channel = at->second;
    const bool gone = channel.durable.deleted && channel.home == 0 && channel.current == channel.durable;
    if (channel.durable.epoch != 0 && !gone) out.push_back({at->first, channel.durable});
    at = gone ? channels_.erase(at) : std::next(at);
  }
  return out;
}

std::vector<NamedChannel> Channels::Alive() const {
  std::vector<NamedChannel> out;
  for (const auto& [name, channel] : channels_) {
    if (!channel.durable.deleted && channel.durable.epoch != 0) out.push_back({name, channel.durable});
  }
  return out;
}

}  // namespace firn::pipeline
