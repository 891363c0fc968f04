// A buffer over the fault files, with a clock that the test moves, and appends that are waited for.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "fault_files.h"
#include "pipeline/buffer/buffers.h"

namespace firn::pipeline {

inline constexpr Micros kStart = 1767225600000000;  // 2026-01-01

inline std::string HashOf(const std::string& body) { return Sha256(body); }

struct Sent {
  std::vector<std::string> rows;
  std::string key;
  std::string body;  ///< whose hash goes with the key
  std::string channel;
  uint64_t epoch = 0;
  int64_t start = 0;
  int64_t end = 0;
  std::string continuation;
};

inline std::future<AppendResult> Send(TableBuffer& table, const Sent& sent) {
  auto promise = std::make_shared<std::promise<AppendResult>>();
  std::future<AppendResult> future = promise->get_future();
  std::vector<BatchRow> rows;
  for (const std::string& row : sent.rows) rows.push_back({row, 0, "u", {}});
  Batch batch;
  batch.rows = rows;
  const std::string batch_id = sent.rows.empty() ? "empty" : "batch of " + sent.rows.front();
  batch.batch_id = batch_id;
  batch.schema_version = 7;
  const std::string hash = HashOf(sent.body);
  const std::string answer = "answer to " + sent.body;
  if (!sent.key.empty()) batch.key = RequestKey{sent.key, hash, answer};
  if (!sent.channel.empty()) {
    batch.channel = ChannelWrite{sent.channel, sent.epoch, sent.start, sent.end, sent.continuation};
  }
  table.Append(batch, [promise](AppendResult result) { promise->set_value(std::move(result)); });
  return future;
}

inline AppendResult SendAndWait(TableBuffer& table, const Sent& sent) { return Send(table, sent).get(); }

inline AppendResult Open(TableBuffer& table, const std::string& channel) {
  std::promise<AppendResult> promise;
  table.OpenChannel(channel, [&](AppendResult result) { promise.set_value(std::move(result)); });
  return promise.get_future().get();
}

inline AppendResult Delete(TableBuffer& table, const std::string& channel) {
  std::promise<AppendResult> promise;
  table.DeleteChannel(channel, [&](AppendResult result) { promise.set_value(std::move(result)); });
  return promise.get_future().get();
}

inline std::vector<std::string> RowsFrom(TableBuffer& table, uint64_t position = 0) {
  std::vector<std::string> out;
  while (true) {
    auto chunk = table.ReadFrom(position, 1 << 20, 1000);
    if (!chunk.ok()) {
      ADD_FAILURE() << chunk.error().Message();
      return out;
    }
    if (chunk->rows.empty()) return out;
    for (const ChunkRow& row : chunk->rows) out.emplace_back(row.raw);
    position = chunk->next;
  }
}

class BufferTest : public ::testing::Test {
 protected:
  std::unique_ptr<Buffers> OpenBuffers(int number = 5) {
    BufferOptions options;
    options.files = files_;
    options.number = number;
    options.clock = &clock_;
    options.limits = limits_;
    auto buffers = Buffers::Open(options);
    if (!buffers.ok()) {
      ADD_FAILURE() << buffers.error().Message();
      return nullptr;
    }
    return std::move(*buffers);
  }
  static std::shared_ptr<TableBuffer> TableOf(Buffers& buffers, const std::string& id = "t1") {
    return *buffers.Table(id);
  }

  TestClock clock_{kStart};
  BufferLimits limits_;
  std::shared_ptr<FaultFiles> files_ = std::make_shared<FaultFiles>();
};

}  // namespace firn::pipeline
