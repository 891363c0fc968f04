#include "http/core.h"

#include <exception>

#include "base/errors.h"
#include "base/log.h"
#include "http/coding.h"
#include "http/connection.h"
#include "http/head.h"
#include "http/lane.h"

namespace firn::http {

std::optional<Response> DecodeRequest(const Route& route, const Limits& limits, Request* request,
                                      MemoryCharge* charge) {
  if (route.raw_body || request->body.empty()) return std::nullopt;
  const auto coding = request->Header("Content-Encoding");
  if (!coding) return std::nullopt;
  Result<std::string> decoded = DecodeBody(*coding, request->body, limits);
  if (!decoded.ok()) {
    const Error& error = decoded.error();
    const int status = error.Is(errors::kLimit)         ? 413
                       : error.Is(errors::kUnsupported) ? 415
                       : error.Is(errors::kInternal)    ? 500
                                                        : 400;
    Response response = route.Refuse(*request, status, error.Message());
    if (status == 415) response.headers.Add("Accept-Encoding", "gzip, deflate, zstd");
    return response;
  }
  request->body = std::move(*decoded);
  charge->Clear();
  if (!charge->Add(request->body.size())) {
    return route.Refuse(*request, 503, "Too many request bodies are being handled. Try again.");
  }
  return std::nullopt;
}

Response CallHandler(const Route& route, const Handler& handler, Request* request) {
  try {
    return handler(*request);
  } catch (const std::exception& exception) {
    log::error("{} {} failed: {}", request->method, request->path, exception.what());
  } catch (...) {
    log::error("{} {} failed", request->method, request->path);
  }
  return route.Refuse(*request, 500, "The server failed to answer this request.");
}

void CompressBody(const Request& request, Response* response) {
  if (!std::exchange(response->gzip, false) || !StatusHasBody(response->status)) return;
  if (response->headers.Has("Content-Encoding")) return;
  const std::string& body = response->shared_body ? *response->shared_body : response->body;
  if (!response->stream && body.size() <= kGzipMinBytes) return;
  response->headers.Add("Vary", "Accept-Encoding");
  const auto accepted = request.Header("Accept-Encoding");
  if (!accepted || !AcceptsGzip(*accepted)) return;
  response->headers.Add("Content-Encoding", "gzip");
  if (response->stream) {
    response->gzip = true;
    return;
  }
  std::string compressed = GzipEncoder::Make()->Finish(body);
  response->shared_body.reset();
  response->body = std::move(compressed);
}

Exchange::~Exchange() {
  if (!answered) Send(route.Refuse(request, 500, "The server gave up this request without an answer."));
}

void Exchange::Run() {
  if (connection.expired()) {
    answered = true;  // nobody to answer: do not begin
    return;
  }
  try {
    if (auto refusal = DecodeRequest(route, core->limits, &request, &charge)) {
      if (Claim()) Send(std::move(*refusal));
      return;
    }
    if (const auto* handler = std::get_if<Handler>(&route.handler)) {
      Response response = CallHandler(route, *handler, &request);
      CompressBody(request, &response);
      if (Claim()) Send(std::move(response));
      return;
    }
    std::get<DeferredHandler>(route.handler)(request, Responder(shared_from_this()));
  } catch (const std::exception& exception) {
    log::error("{} {} failed: {}", request.method, request.path, exception.what());
    if (Claim()) Send(route.Refuse(request, 500, "The server failed to answer this request."));
  }
}

void Exchange::Send(Response response) {
  if (!lane) return;
  lane->Post([connection = connection, response = std::move(response), slot = std::move(slot)]() mutable {
    if (const auto open = connection.lock()) open->Answer(std::move(response), std::move(slot));
  });
}

namespace {

thread_local AnswerBatch* answer_batch = nullptr;

}  // namespace

AnswerBatch::AnswerBatch() : outer_(std::exchange(answer_batch, this)) {}

AnswerBatch::~AnswerBatch() {
  answer_batch = outer_;
  Responder::SendAll(std::move(answers_));
}

void Responder::OnWorker(std::function<void()> job) const { exchange_->core->workers.Post(std::move(job)); }

int Responder::lane() const { return exchange_->lane ? exchange_->lane->index() : 0; }

void Responder::operator()(Response response) const {
  if (answer_batch != nullptr) {
    if (answer_batch->answers_.empty()) answer_batch->answers_.reserve(32);
    answer_batch->answers_.push_back({*this, std::move(response)});
    return;
  }
  if (!exchange_->Claim()) return;
  CompressBody(exchange_->request, &response);
  exchange_->Send(std::move(response));
}

void Responder::SendAll(std::vector<Answer> answers) {
  std::vector<std::pair<std::shared_ptr<Lane>, std::vector<Delivery>>> batches;
  for (Answer& answer : answers) {
    Exchange& exchange = *answer.responder.exchange_;
    if (!exchange.Claim()) continue;
    CompressBody(exchange.request, &answer.response);
    auto batch = batches.begin();
    while (batch != batches.end() && batch->first != exchange.lane) ++batch;
    if (batch == batches.end()) batch = batches.emplace(batch, exchange.lane, std::vector<Delivery>());
    if (batch->second.empty()) batch->second.reserve(answers.size());
    batch->second.push_back({exchange.connection, std::move(answer.response), std::move(exchange.slot)});
  }
  for (auto& [lane, batch] : batches) {
    if (lane.get() == Lane::Here()) {
      lane->Deliver(std::move(batch));
    } else {
      lane->Post([lane = lane.get(), batch = std::move(batch)]() mutable { lane->Deliver(std::move(batch)); });
    }
  }
}

}  // namespace firn::http
