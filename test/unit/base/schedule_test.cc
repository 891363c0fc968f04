#include "base/schedule.h"

#include <gtest/gtest.h>

namespace firn {
namespace {

constexpr Micros kSecond = 1000000;

Micros At(int64_t unix_seconds) { return unix_seconds * kSecond; }

Micros Next(const char* text, int64_t after) {
  auto schedule = Schedule::Parse(text);
  EXPECT_TRUE(schedule.ok()) << text;
  if (!schedule.ok()) return -1;
  return schedule->Next(At(after)).value_or(-1) / kSecond;
}

TEST(Schedule, SixInSaoPauloIsNineInUtc) {
  // 2026-11-23 08:00:00 UTC is 05:00 there.
  EXPECT_EQ(Next("USING CRON 0 6 * * * America/Sao_Paulo", 1795420800), 1795424400);
  EXPECT_EQ(Next("USING CRON 0 6 * * * America/Sao_Paulo", 1795424400), 1795424400 + 86400);
}

TEST(Schedule, FieldsAreListsRangesAndSteps) {
  const int64_t midnight = 1795392000;  // Monday 2026-11-23 00:00 UTC
  EXPECT_EQ(Next("USING CRON */15 * * * * UTC", midnight), midnight + 900);
  EXPECT_EQ(Next("USING CRON 5,35 2-3 * * * UTC", midnight), midnight + 2 * 3600 + 300);
  EXPECT_EQ(Next("USING CRON 0 0 * * SUN UTC", midnight), midnight + 6 * 86400);
  EXPECT_EQ(Next("USING CRON 0 0 * * 7 UTC", midnight), midnight + 6 * 86400);
  EXPECT_EQ(Next("USING CRON 0 0 L * * UTC", midnight), midnight + 7 * 86400);     // the 30th
  EXPECT_EQ(Next("USING CRON 0 0 1 JAN * UTC", midnight), midnight + 39 * 86400);  // 2027-01-01
  EXPECT_EQ(Next("USING CRON 0 0 25 * TUE UTC", midnight), midnight + 86400);      // either day
}

TEST(Schedule, ChangesOfClocks) {
  // Berlin 2026-03-29: 02:00 becomes 03:00 at 01:00 UTC (1774746000).
  EXPECT_EQ(Next("USING CRON 30 2 * * * Europe/Berlin", 1774740000), 1774746000);
  // Berlin 2026-10-25: 02:30 comes twice, first at 00:30 UTC (1792888200); the next is a day and an hour later.
  EXPECT_EQ(Next("USING CRON 30 2 * * * Europe/Berlin", 1792880000), 1792888200);
  EXPECT_EQ(Next("USING CRON 30 2 * * * Europe/Berlin", 1792888200), 1792888200 + 25 * 3600);
}

TEST(Schedule, Intervals) {
  EXPECT_EQ(Next("5 MINUTES", 100), 400);
  EXPECT_EQ(Next("1 minute", 100), 160);
  EXPECT_EQ(Next("30 SECONDS", 100), 130);
}

TEST(Schedule, WhatIsWrongIsSaid) {
  for (const char* text : {"", "daily", "USING CRON 0 6 * *", "USING CRON 0 6 * * * Mars/Olympus",
                           "USING CRON 60 6 * * * UTC", "USING CRON 0 24 * * * UTC", "USING CRON 0 0 0 * * UTC",
                           "USING CRON 0 0 * 13 * UTC", "USING CRON 5-1 0 * * * UTC", "USING CRON */0 0 * * * UTC",
                           "0 MINUTES", "5 SECONDS", "20000 MINUTES", "5 parsecs", "x MINUTES"}) {
    EXPECT_FALSE(Schedule::Parse(text).ok()) << text;
  }
  auto never = Schedule::Parse("USING CRON 0 0 30 FEB * UTC");
  ASSERT_TRUE(never.ok());
  EXPECT_EQ(never->Next(0), std::nullopt);
}

}  // namespace
}  // namespace firn
