// Every row's example against its expected result, as a statement of the engine.
#include <gtest/gtest.h>

#include <algorithm>

#include "functions_fixture.h"

namespace firn::functions {
namespace {

class Examples : public FunctionsTest {};

TEST_F(Examples, EachRowGivesWhatItsDocumentationSays) {
  int shown = 0;
  for (const Family& family : Families()) {
    for (const Function& row : family.rows) {
      if (std::string_view(row.example).empty()) continue;
      ++shown;
      EXPECT_EQ(Text(row.example), row.expected) << row.name << ": " << row.example;
    }
  }
  EXPECT_GT(shown, 200);
}

TEST_F(Examples, RowsAreSortedAndUnique) {
  for (const Family& family : Families()) {
    for (size_t i = 1; i < family.rows.size(); ++i) {
      EXPECT_LT(std::string_view(family.rows[i - 1].name), std::string_view(family.rows[i].name)) << family.name;
    }
    for (const Function& row : family.rows) EXPECT_EQ(FindFunction(row.name).row, &row) << row.name;
  }
}

TEST_F(Examples, SignaturesGiveCounts) {
  auto counts = [](const char* signature) { return std::pair(CountsOf(signature).least, CountsOf(signature).most); };
  EXPECT_EQ(counts(""), std::pair(0, 0));
  EXPECT_EQ(counts("a"), std::pair(1, 1));
  EXPECT_EQ(counts("a [, b = ' '] [, c]"), std::pair(1, 3));
  EXPECT_EQ(counts("a, ..."), std::pair(1, -1));
  EXPECT_EQ(counts("[a,] ..."), std::pair(0, -1));
  EXPECT_EQ(ParametersOf("a [, b = ' '] [, c = 1]")[1].fallback, "' '");
}

}  // namespace
}  // namespace firn::functions
