// What one process knows of keys that another one makes and revokes; a database stands for a key here.
#include "session/key_watch.h"

#include <gtest/gtest.h>

#include "faults/fault_store.h"
#include "unit/catalog/lake.h"

namespace firn::session {
namespace {

using catalog::MakeSchema;
using catalog::Must;

class KeyWatchTest : public ::testing::Test {
 protected:
  KeyWatchTest()
      : store_(Must(faults::FaultStore::OnMemory())),
        here_(Must(catalog::OpenLake(store_))),
        elsewhere_(Must(catalog::OpenLake(store_->AnotherProcess()))),
        watch_(*here_, clock_) {}

  void MakeElsewhere(const std::string& name) { Must(MakeSchema(*elsewhere_, name)); }
  static bool Has(const catalog::StatePtr& state, const std::string& name) { return state->Database(name) != nullptr; }

  TestClock clock_{1'700'000'000'000'000};  ///< of the watch alone
  std::shared_ptr<faults::FaultStore> store_;
  std::unique_ptr<catalog::Catalog> here_, elsewhere_;
  KeyWatch watch_;
};

TEST_F(KeyWatchTest, WhatIsKnownIsLookedAtAgainAfterItsTime) {
  MakeElsewhere("NEW");
  ASSERT_NE(watch_.Known(), nullptr);
  EXPECT_FALSE(Has(watch_.Known(), "NEW"));
  clock_.Advance(std::chrono::microseconds(kKeysKnownFor - 1));
  EXPECT_FALSE(Has(Must(watch_.Recent()), "NEW"));
  clock_.Advance(std::chrono::microseconds(1));
  EXPECT_EQ(watch_.Known(), nullptr);
  EXPECT_TRUE(Has(Must(watch_.Recent()), "NEW"));
  EXPECT_NE(watch_.Known(), nullptr);
}

TEST_F(KeyWatchTest, AClockThatWasSetBackIsNoReasonToWait) {
  clock_.Advance(std::chrono::hours(-1));
  EXPECT_EQ(watch_.Known(), nullptr);
  MakeElsewhere("NEW");
  EXPECT_TRUE(Has(Must(watch_.Recent()), "NEW"));
  EXPECT_NE(watch_.Known(), nullptr);
}

TEST_F(KeyWatchTest, UnknownKeysAreLookedForAtOnceButNotTooOften) {
  for (int i = 0; i < kUnknownKeyLooks; ++i) {
    const std::string name = "NEW" + std::to_string(i);
    MakeElsewhere(name);
    EXPECT_TRUE(Has(Must(watch_.ForUnknown(name)), name));
  }
  MakeElsewhere("LATE");
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(Has(Must(watch_.ForUnknown("LATE")), "LATE"));
  clock_.Advance(std::chrono::seconds(1));
  EXPECT_TRUE(Has(Must(watch_.ForUnknown("LATE")), "LATE"));
}

TEST_F(KeyWatchTest, AWrongKeyThatIsRepeatedHidesNoOther) {
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(Has(Must(watch_.ForUnknown("WRONG")), "WRONG"));
  MakeElsewhere("NEW");
  EXPECT_TRUE(Has(Must(watch_.ForUnknown("NEW")), "NEW"));
}

TEST_F(KeyWatchTest, WrongKeysAreNotKeptWithoutEnd) {
  Must(watch_.ForUnknown("WRONG"));
  MakeElsewhere("SECOND");
  EXPECT_FALSE(Has(Must(watch_.ForUnknown("WRONG")), "SECOND")) << "it was looked for before";
  for (size_t i = 0; i < kWrongKeysKept; ++i) {
    clock_.Advance(std::chrono::seconds(1));
    Must(watch_.ForUnknown(std::to_string(i)));
  }
  MakeElsewhere("THIRD");
  EXPECT_TRUE(Has(Must(watch_.ForUnknown("WRONG")), "THIRD")) << "it was forgotten";
}

TEST_F(KeyWatchTest, WithoutTheLogWhatWasKnownCountsForAWhile) {
  store_->CutAtStep(store_->steps());
  clock_.Advance(std::chrono::microseconds(kKeysKnownFor));
  EXPECT_EQ(watch_.Known(), nullptr);
  EXPECT_TRUE(watch_.Recent().ok());
  EXPECT_NE(watch_.Known(), nullptr) << "nobody waits for a log that does not answer";
  EXPECT_TRUE(watch_.ForUnknown("WRONG").ok());
  clock_.Advance(std::chrono::microseconds(kKeysKnownWithoutLog));
  EXPECT_EQ(watch_.Known(), nullptr);
  EXPECT_FALSE(watch_.Recent().ok());
  EXPECT_FALSE(watch_.ForUnknown("WRONG").ok()) << "a look that failed does not count";
}

}  // namespace
}  // namespace firn::session
