#include "session/parameters.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "base/errors.h"

namespace firn::session {
namespace {

TEST(ParametersTest, RowsAreSortedUniqueAndTheirDefaultsAreAllowed) {
  auto rows = Parameters();
  for (size_t i = 1; i < rows.size(); ++i) EXPECT_LT(std::strcmp(rows[i - 1].name, rows[i].name), 0) << rows[i].name;
  for (const ParameterRow& row : rows) {
    ParameterValues values;
    EXPECT_TRUE(values.Set(row.name, row.default_value).ok()) << row.name;
    EXPECT_EQ(values.Get(row.name), row.default_value) << row.name;
    EXPECT_STRNE(row.description, "") << row.name;
  }
}

TEST(ParametersTest, FindsInAnyCase) {
  ASSERT_NE(FindParameter("timezone"), nullptr);
  EXPECT_STREQ(FindParameter("TimeZone")->name, "TIMEZONE");
  EXPECT_EQ(FindParameter("NO_SUCH"), nullptr);
  EXPECT_EQ(FindParameter(""), nullptr);
}

TEST(ParametersTest, NormalisesValues) {
  ParameterValues values;
  ASSERT_TRUE(values.Set("autocommit", "OFF").ok());
  EXPECT_EQ(values.Get("AUTOCOMMIT"), "false");
  EXPECT_FALSE(values.GetBool("AUTOCOMMIT"));
  ASSERT_TRUE(values.Set("week_start", "7").ok());
  EXPECT_EQ(values.GetNumber("WEEK_START"), 7);
  ASSERT_TRUE(values.Set("TIMESTAMP_TYPE_MAPPING", "timestamp_tz").ok());
  EXPECT_EQ(values.Get("TIMESTAMP_TYPE_MAPPING"), "TIMESTAMP_TZ");
  ASSERT_TRUE(values.Set("PYTHON_CONNECTOR_QUERY_RESULT_FORMAT", "json").ok());
  EXPECT_EQ(values.Get("PYTHON_CONNECTOR_QUERY_RESULT_FORMAT"), "JSON");
}

TEST(ParametersTest, RefusesBadValuesAndNames) {
  ParameterValues values;
  EXPECT_TRUE(values.Set("AUTOCOMMIT", "maybe").error().Is(errors::kInvalidValue));
  EXPECT_TRUE(values.Set("WEEK_START", "8").error().Is(errors::kInvalidValue));
  EXPECT_TRUE(values.Set("WEEK_START", "").error().Is(errors::kInvalidValue));
  EXPECT_TRUE(values.Set("JSON_INDENT", "2x").error().Is(errors::kInvalidValue));
  EXPECT_TRUE(values.Set("BINARY_OUTPUT_FORMAT", "OCTAL").error().Is(errors::kInvalidValue));
  EXPECT_TRUE(values.Set("TIMEZONE", "Middle/Earth").error().Is(errors::kInvalidValue));
  EXPECT_TRUE(values.Set("TIMEZONE", "../../etc/passwd").error().Is(errors::kInvalidValue));
  EXPECT_TRUE(values.Set("QUERY_TAG", std::string(3000, 'x')).error().Is(errors::kInvalidValue));
  EXPECT_TRUE(values.Set("NO_SUCH", "1").error().Is(errors::kInvalidOption));
  EXPECT_TRUE(values.Unset("NO_SUCH").error().Is(errors::kInvalidOption));
  EXPECT_TRUE(values.values().empty());
}

TEST(ParametersTest, UnsetBringsTheDefaultBack) {
  ParameterValues values;
  ASSERT_TRUE(values.Set("TIMEZONE", "Europe/Berlin").ok());
  EXPECT_TRUE(values.IsSet("TIMEZONE"));
  ASSERT_TRUE(values.Unset("timezone").ok());
  EXPECT_FALSE(values.IsSet("TIMEZONE"));
  EXPECT_EQ(values.Get("TIMEZONE"), "America/Los_Angeles");
}

TEST(ParametersTest, DriversAreToldWhatTheyBreakWithout) {
  for (const char* name : {"AUTOCOMMIT", "BINARY_OUTPUT_FORMAT", "CLIENT_RESULT_CHUNK_SIZE", "CLIENT_TELEMETRY_ENABLED",
                           "CLIENT_SESSION_KEEP_ALIVE_HEARTBEAT_FREQUENCY", "SERVICE_NAME", "TIMEZONE",
                           "CLIENT_STAGE_ARRAY_BINDING_THRESHOLD"}) {
    ASSERT_NE(FindParameter(name), nullptr) << name;
    EXPECT_TRUE(FindParameter(name)->at_login) << name;
  }
  EXPECT_STREQ(FindParameter("CLIENT_STAGE_ARRAY_BINDING_THRESHOLD")->default_value, "0");
}

}  // namespace
}  // namespace firn::session
