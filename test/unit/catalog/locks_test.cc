#include "catalog/locks.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "base/errors.h"

namespace firn::catalog {
namespace {

constexpr Micros kLong = 60'000'000;

class LocksTest : public ::testing::Test {
 protected:
  Locks::Request Request(const std::string& table, const std::string& owner, Micros wait = kLong) {
    return {table, table, owner, "query-" + owner, Clock::System().Now() + wait};
  }
  Locks locks_{Clock::System()};
};

TEST_F(LocksTest, OneHolderAtATimeWhoMayLockAgain) {
  ASSERT_TRUE(locks_.Lock(Request("t", "a")).ok());
  ASSERT_TRUE(locks_.Lock(Request("t", "a")).ok());
  EXPECT_TRUE(locks_.Holds("t", "a"));
  Status late = locks_.Lock(Request("t", "b", 0));
  ASSERT_TRUE(late.error().Is(errors::kLockTimeout));
  EXPECT_NE(late.error().Message().find("query-a"), std::string::npos);
  late = locks_.Lock(Request("t", "b", 50'000));
  EXPECT_TRUE(late.error().Is(errors::kLockTimeout));
  locks_.ReleaseAll("a");
  EXPECT_TRUE(locks_.Lock(Request("t", "b", 0)).ok());
  locks_.ReleaseAll("b");
  EXPECT_FALSE(locks_.Holds("t", "b"));
}

TEST_F(LocksTest, EveryWaiterHasItsTurn) {
  int value = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, owner = std::to_string(i)] {
      for (int k = 0; k < 50; ++k) {
        ASSERT_TRUE(locks_.Lock(Request("t", owner)).ok());
        ++value;
        locks_.ReleaseAll(owner);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(value, 400);
}

TEST_F(LocksTest, ADeadlockFailsTheOneThatClosesTheCircle) {
  ASSERT_TRUE(locks_.Lock(Request("t1", "a")).ok());
  ASSERT_TRUE(locks_.Lock(Request("t2", "b")).ok());
  ASSERT_TRUE(locks_.Lock(Request("t3", "c")).ok());
  std::atomic<int> got = 0;
  std::thread first([&] { got += locks_.Lock(Request("t2", "a")).ok(); });
  std::thread second([&] { got += locks_.Lock(Request("t3", "b")).ok(); });
  // Once both wait, the third closes the circle; before that it is only refused, because it does not wait.
  Status third = Ok();
  do {
    third = locks_.Lock(Request("t1", "c", 0));
  } while (third.error().Is(errors::kLockTimeout));
  EXPECT_TRUE(third.error().Is(errors::kDeadlock)) << third.error().Message();
  locks_.ReleaseAll("c");
  second.join();
  locks_.ReleaseAll("b");
  first.join();
  EXPECT_EQ(got, 2);
}

TEST_F(LocksTest, AWaiterCanBeCanceled) {
  ASSERT_TRUE(locks_.Lock(Request("t", "a")).ok());
  std::atomic<bool> cancel = false;
  Status waited = Ok();
  std::thread waiter([&] { waited = locks_.Lock(Request("t", "b"), [&] { return cancel.load(); }); });
  cancel = true;
  waiter.join();
  EXPECT_TRUE(waited.error().Is(errors::kCanceled));
  locks_.ReleaseAll("a");
  EXPECT_TRUE(locks_.Lock(Request("t", "c", 0)).ok());
}

}  // namespace
}  // namespace firn::catalog
