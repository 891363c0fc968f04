// A table that commits every second, on a clock of its own: everything about it stays bounded. An hour here; a week
// where FIRN_SIMULATE=week (make check).
#include <cstdlib>
#include <iostream>

#include "base/clock.h"
#include "unit/pipeline/upkeep_lake.h"

namespace firn::pipeline {
namespace {

using catalog::Must;

constexpr int64_t kInsertBytes = 64 << 10;

TEST(UpkeepSimulation, ATableThatCommitsEverySecondStaysSmall) {
  const char* wanted = std::getenv("FIRN_SIMULATE");
  const bool week = wanted && std::string(wanted) == "week";
  const int seconds = week ? 7 * 24 * 3600 : 3600;
  TestClock clock{Micros{1'700'000'000} * kSecond};
  catalog::CatalogOptions options = catalog::TestOptions(&clock);
  options.checkpoint_every = 1000;
  std::shared_ptr<storage::Store> store = storage::OpenMemoryStore(clock);
  auto catalog = Must(catalog::OpenLake(store, options));
  Must(catalog::MakeTable(*catalog, Must(catalog::MakeSchema(*catalog)), "T"));
  KeeperOptions keeping;
  keeping.thread = false;
  Keeper keeper(*catalog, CountingRewrite(*catalog), keeping);
  Must(keeper.Start());
  int64_t deleted = 0;
  size_t most_files = 0, most_manifests = 0, most_objects = 0, most_metadata = 0;
  std::string log_deleted_to;
  for (int second = 0; second < seconds; ++second) {
    Must(InsertSized(*catalog, "T", 100, kInsertBytes));
    clock.Advance(std::chrono::seconds(1));
    if (second % 5 == 4) {
      deleted += Must(DeleteRow(*catalog, "T", 0, static_cast<uint64_t>(second % 100))) ? 1 : 0;
    }
    Must(keeper.Look());
    catalog::TableVersionPtr version = catalog::VersionOf(*catalog, "T");
    most_files = std::max(most_files, version->files->files().size());
    most_manifests = std::max(most_manifests, version->files->manifests().size());
    if (second % 600 != 599) continue;
    auto objects = Must(store->List("data/"));
    most_objects = std::max(most_objects, objects.size());
    for (const storage::ObjectInfo& object : objects) {
      if (MetadataNumber(object.path) >= 0) most_metadata = std::max<size_t>(most_metadata, object.size);
    }
    // The log is never cut; in memory it has to be.
    auto log = Must(store->List("catalog/log/", log_deleted_to));
    for (size_t i = 0; i + 5000 < log.size(); ++i) {
      Must(store->Delete(log[i].path));
      log_deleted_to = log[i].path;
    }
  }
  const int64_t oldest = catalog->Current()->Head(catalog::TableNamed(*catalog, "T")->id)->oldest_sequence;
  catalog::TableVersionPtr version = catalog::VersionOf(*catalog, "T");
  std::cout << "files " << most_files << ", manifests " << most_manifests << ", objects " << most_objects
            << ", metadata bytes " << most_metadata << ", snapshots "
            << version->metadata->last_sequence_number - oldest + 1 << "\n";
  EXPECT_EQ(catalog::RowsOf(*version), int64_t{seconds} * 100 - deleted);
  EXPECT_LE(version->metadata->last_sequence_number - oldest + 1, 1101);
  // Those of the target size, which a week fills 300 of, are three quarters full at least; beside them few small ones.
  const auto whole = static_cast<size_t>(int64_t{seconds} * kInsertBytes / (keeping.limits.target_bytes * 3 / 4));
  EXPECT_LE(most_files, whole + 100);
  EXPECT_LE(most_manifests, 120u);
  EXPECT_LE(most_metadata, size_t{200} << 10);
  EXPECT_LE(most_objects, 20000u);
  EXPECT_TRUE(MissingFiles(*catalog, "T").empty());
}

}  // namespace
}  // namespace firn::pipeline
