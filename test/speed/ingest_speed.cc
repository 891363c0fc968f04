// How fast the lower half of ingest is: bodies of 500 rows of 200 bytes with 8 columns parsed, checked and appended to
// a buffer in a folder, acknowledged after fdatasync; then single events. Prints figures, asserts nothing.
//   ingest_speed [folder] [seconds]
#include <atomic>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "pipeline/buffer/buffers.h"
#include "pipeline/ingest/row_check.h"

namespace firn::pipeline {
namespace {

std::string RowText(int64_t id) {
  char text[400];
  int n = std::snprintf(text, sizeof text,
                        "{\"order_id\":%lld,\"customer\":%lld,\"status\":\"shipped\",\"total\":%lld.%02lld,"
                        "\"score\":0.5,\"paid\":true,\"updated_at\":\"2026-01-01T10:11:12.123456Z\",\"note\":\"",
                        static_cast<long long>(1000000000 + id), static_cast<long long>(id % 5000),
                        static_cast<long long>(id % 1000), static_cast<long long>(id % 100));
  std::string row(text, static_cast<size_t>(n));
  if (row.size() < 198) row.append(198 - row.size(), 'n');
  return row + "\"}";
}

class Sink final : public RowSink {
 public:
  explicit Sink(const RowRules& rules) : check(rules) {}
  void Row(const BodyRow& row) override {
    const RowVerdict& verdict = check.Check(row);
    rows.push_back({row.raw, verdict.fate == RowFate::kQuarantine ? kRowQuarantined : uint8_t{0}, verdict.op, {}});
  }
  RowCheck check;
  std::vector<BatchRow> rows;
};

double ThreadSeconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

void Measure(const char* what, Buffers& buffers, const RowRules& rules, const std::string& body, int rows_a_body,
             double seconds, int outstanding) {
  auto table = *buffers.Table(std::string("t") + std::to_string(rows_a_body));
  BodyParser parser;
  std::atomic<int> in_flight{0};
  std::atomic<int64_t> acked{0};
  int64_t sent = 0;
  const Micros began = Clock::System().Now();
  const double cpu = ThreadSeconds();
  uint64_t applied = 0;
  while (static_cast<double>(Clock::System().Now() - began) < seconds * 1e6) {
    Sink sink(rules);
    sink.rows.reserve(static_cast<size_t>(rows_a_body));
    if (auto error = parser.Parse(body, BodyFormat::kJson, sink)) std::abort();
    Batch batch;
    batch.rows = sink.rows;
    batch.batch_id = "0190c9c2-7a3e-7000-8000-000000000000";
    while (in_flight.load() >= outstanding) std::this_thread::yield();
    ++in_flight;
    sent += rows_a_body;
    table->Append(batch, [&](const AppendResult& result) {
      if (!result.ok()) std::abort();
      acked += rows_a_body;
      --in_flight;
    });
    if (static_cast<uint64_t>(sent) - applied > 500000) (void)table->Free(applied = table->status().durable);
  }
  while (in_flight.load() > 0) std::this_thread::yield();
  const double took = static_cast<double>(Clock::System().Now() - began) * 1e-6;
  std::printf("%-34s %9.0f rows/s by the wall, %9.0f rows/s of processor time\n", what,
              static_cast<double>(acked.load()) / took, static_cast<double>(acked.load()) / (ThreadSeconds() - cpu));
}

int Main(int argc, char** argv) {
  const std::string folder = std::filesystem::absolute(argc > 1 ? argv[1] : "ingest-speed").string();
  const double seconds = argc > 2 ? std::atof(argv[2]) : 5;
  const RowRules rules({{"order_id", SqlType::Integer(), true, true, false},
                        {"customer", SqlType::Integer()},
                        {"status", SqlType::Varchar()},
                        {"total", SqlType::Number(18, 2)},
                        {"score", SqlType::Of(TypeId::kFloat)},
                        {"paid", SqlType::Of(TypeId::kBoolean)},
                        {"updated_at", SqlType::Timestamp(TypeId::kTimestampNtz), false, false, true},
                        {"note", SqlType::Varchar()}},
                       {});
  std::string body = "[";
  for (int i = 0; i < 500; ++i) body += (i == 0 ? "" : ",") + RowText(i);
  body += "]";
  {
    BodyParser parser;
    const double cpu = ThreadSeconds();
    int64_t rows = 0;
    while (ThreadSeconds() - cpu < 1) {
      Sink sink(rules);
      (void)parser.Parse(body, BodyFormat::kJson, sink);
      for (const BatchRow& row : sink.rows) rows += row.flags == 0 ? 1 : 0;
    }
    std::printf("%-34s %9.0f rows/s of processor time\n", "parse and check, bodies of 500",
                static_cast<double>(rows) / (ThreadSeconds() - cpu));
  }
  BufferOptions options;
  auto files = OpenFolderFiles(folder);
  if (!files.ok()) return 1;
  options.files = std::move(*files);
  options.limits.disk_reserve = 0;
  auto buffers = std::move(*Buffers::Open(options));
  Measure("bodies of 500, 16 outstanding", *buffers, rules, body, 500, seconds, 16);
  Measure("single events, 64 outstanding", *buffers, rules, RowText(7), 1, seconds, 64);
  buffers.reset();
  std::filesystem::remove_all(folder);
  return 0;
}

}  // namespace
}  // namespace firn::pipeline

int main(int argc, char** argv) { return firn::pipeline::Main(argc, argv); }
