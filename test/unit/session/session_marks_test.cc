#include "session/session_marks.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/ids.h"

namespace firn::session {
namespace {

class SessionMarksTest : public ::testing::Test {
 protected:
  ~SessionMarksTest() override { std::filesystem::remove_all(folder_); }
  const std::string folder_ = std::filesystem::temp_directory_path().string() + "/firn-marks-" + NewUuid();
};

SessionMark Mark() {
  SessionMark mark;
  mark.role = "ACCOUNTADMIN";
  mark.database = "D:1";
  mark.parameters = {{"QUERY_TAG", "x"}};
  return mark;
}

TEST_F(SessionMarksTest, OutlivesTheProcess) {
  SessionMarks(folder_).Write(7, Mark());
  auto read = SessionMarks(folder_).Read(7);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(*read, Mark());
  EXPECT_FALSE(SessionMarks(folder_).Read(8).has_value());
}

TEST_F(SessionMarksTest, IsReplacedAndRemoved) {
  SessionMarks marks(folder_);
  marks.Write(7, Mark());
  SessionMark later = Mark();
  later.lost_with_process = true;
  marks.Write(7, later);
  EXPECT_EQ(marks.Read(7), later);
  marks.Remove(7);
  EXPECT_FALSE(marks.Read(7).has_value());
}

TEST_F(SessionMarksTest, DoesNotBelieveAMarkOfAnotherBootOrATornOne) {
  SessionMarks marks(folder_);
  marks.Write(7, Mark());
  std::string path = folder_ + "/7";
  std::ifstream in(path);
  std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  // Version "1", then the boot's identity: 36 characters and a line end.
  ASSERT_EQ(text.substr(0, 6), "1:137:");
  std::string other = text;
  other[7] = other[7] == 'a' ? 'b' : 'a';
  std::ofstream(path, std::ios::trunc) << other;
  EXPECT_FALSE(marks.Read(7).has_value());
  for (size_t size : {size_t{0}, size_t{3}, text.size() / 2, text.size() - 1}) {
    std::ofstream(path, std::ios::trunc) << text.substr(0, size);
    EXPECT_FALSE(marks.Read(7).has_value()) << size;
  }
}

TEST_F(SessionMarksTest, WithoutAFolderKeepsNothing) {
  SessionMarks marks("");
  marks.Write(7, Mark());
  EXPECT_FALSE(marks.Read(7).has_value());
}

}  // namespace
}  // namespace firn::session
