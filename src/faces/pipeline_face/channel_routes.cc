// Channels: exactly-once streams of rows (9.3 of the pipeline contract). A channel lives in the buffer that took it.
#include <charconv>
#include <utility>

#include "base/errors.h"
#include "base/log.h"
#include "faces/json_text.h"
#include "faces/pipeline_face/ingest.h"

namespace firn::faces {

using pipeline::AppendResult;

namespace {

constexpr const char* kChannel = "/v1/ingest/{domain}/{table}/channels/{channel}";

struct Channel {
  pipeline::IngestTablePtr table;
  pipeline::TableBuffer* buffer = nullptr;
  std::string name;
};

/// Who may write the table, and where the channel is.
std::optional<Channel> FindChannel(IngestRequests& requests, const http::Request& request, http::Response* refusal) {
  const std::string domain(request.PathParameter("domain")), table(request.PathParameter("table"));
  if (!requests.gate().Admit(request, Right::kIngest, {domain, table}, refusal)) return std::nullopt;
  Channel channel;
  channel.name = request.PathParameter("channel");
  channel.table = requests.FindTable(request, domain, table, refusal);
  if (!channel.table) return std::nullopt;
  channel.buffer = &channel.table->HomeOf(channel.name);
  return channel;
}

http::Response StateAnswer(const Channel& channel, const pipeline::ChannelState& state) {
  return http::Response::Json(
      200, "{" + ChannelJson(channel.name, state) + ",\"durable\":\"" + channel.table->durable + "\"}");
}

void Open(IngestRequests& requests, http::Request& request, const http::Responder& respond) {
  http::Response refusal;
  auto channel = FindChannel(requests, request, &refusal);
  if (!channel) return respond(std::move(refusal));
  if (!channel->buffer->FindChannel(channel->name)) {
    // Two processes that each begin at nothing would both take the same rows.
    Status claimed = requests.ingest().ClaimChannel(*channel->table, channel->name);
    if (!claimed.ok() && claimed.error().Is(errors::kConflict)) {
      return respond(ProblemAnswer(request, problems::kChannelElsewhere,
                                   "Another process has the channel's offsets: open it there, or try again when that "
                                   "process has ended and its buffer was taken over."));
    }
    if (!claimed.ok()) return respond(FailureAnswer(request, claimed.error()));
  }
  channel->buffer->OpenChannel(
      channel->name, [&requests, &request, respond, channel = *channel](const AppendResult& result) {
        if (result.ok()) return respond(StateAnswer(channel, result.channel));
        respond(AppendProblem(request, result, *channel.buffer, requests.ingest().limits().table_bytes));
      });
}

void Delete(IngestRequests& requests, http::Request& request, const http::Responder& respond) {
  http::Response refusal;
  auto channel = FindChannel(requests, request, &refusal);
  if (!channel) return respond(std::move(refusal));
  channel->buffer->DeleteChannel(
      channel->name, [&requests, &request, respond, channel = *channel](const AppendResult& result) {
        if (!result.ok()) {
          return respond(AppendProblem(request, result, *channel.buffer, requests.ingest().limits().table_bytes));
        }
        respond.OnWorker([&requests, respond, channel] {
          Status released = requests.ingest().ReleaseChannel(*channel.table, channel.name);
          if (!released.ok()) log::warn("channel '{}': {}", channel.name, released.error().Message());
          http::Response gone;
          gone.status = 204;
          gone.content_type.clear();
          respond(std::move(gone));
        });
      });
}

http::Response Get(IngestRequests& requests, http::Request& request) {
  http::Response refusal;
  auto channel = FindChannel(requests, request, &refusal);
  if (!channel) return refusal;
  if (auto state = channel->buffer->FindChannel(channel->name)) return StateAnswer(*channel, *state);
  return ProblemAnswer(request, problems::kChannelNotFound, "Open the channel with PUT first.");
}

std::optional<int64_t> Offset(const http::Request& request, const char* name) {
  const auto text = request.QueryParameter(name);
  int64_t value = 0;
  if (!text) return std::nullopt;
  auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  return error == std::errc() && end == text->data() + text->size() ? std::optional<int64_t>(value) : std::nullopt;
}

/// The epoch is the number before the colon of the continuation token.
std::optional<uint64_t> EpochOf(std::string_view continuation) {
  uint64_t epoch = 0;
  auto [end, error] = std::from_chars(continuation.data(), continuation.data() + continuation.size(), epoch);
  return error == std::errc() && end != continuation.data() + continuation.size() && *end == ':'
             ? std::optional<uint64_t>(epoch)
             : std::nullopt;
}

void Rows(IngestRequests& requests, http::Request& request, const http::Responder& respond) {
  auto call = std::make_shared<IngestCall>();
  call->domain = request.PathParameter("domain");
  call->table = request.PathParameter("table");
  if (auto refusal = IngestRequests::ReadOptions(request, call.get())) return respond(std::move(*refusal));
  const auto start = Offset(request, "start_offset"), end = Offset(request, "end_offset");
  const auto continuation = request.QueryParameter("continuation");
  const auto epoch = continuation ? EpochOf(*continuation) : std::nullopt;
  if (!start || !end || !epoch || *end < *start) {
    return respond(ProblemAnswer(request, problems::kBadRequest,
                                 "Rows of a channel have start_offset, end_offset (integers, the end not before the "
                                 "start) and the continuation of the last answer."));
  }
  call->channel = pipeline::ChannelWrite{.name = request.PathParameter("channel"),
                                         .epoch = *epoch,
                                         .start = *start,
                                         .end = *end,
                                         .continuation = *continuation};
  requests.Take(request, respond, std::move(call));
}

}  // namespace

std::vector<http::Route> ChannelRoutes(const std::shared_ptr<IngestRequests>& requests) {
  auto deferred = [&](auto* handler) {
    return http::DeferredHandler(
        [requests, handler](http::Request& request, http::Responder respond) { handler(*requests, request, respond); });
  };
  constexpr auto kWorker = http::RunOn::kWorker;
  return {
      {"PUT", kChannel, deferred(Open), kWorker, "Opens a channel; an earlier writer of it is fenced off."},
      {"GET", kChannel, http::Handler([requests](http::Request& request) { return Get(*requests, request); }), kWorker,
       "How far a channel has come."},
      {"DELETE", kChannel, deferred(Delete), kWorker, "Forgets a channel."},
      IngestRoute(std::string(kChannel) + "/rows", deferred(Rows),
                  "Takes rows of a channel: each offset once, in order."),
  };
}

}  // namespace firn::faces
