#include "faces/snowflake/chunk_store.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/ids.h"

namespace firn::faces {
namespace {

class ChunkStoreTest : public ::testing::Test {
 protected:
  ~ChunkStoreTest() override { std::filesystem::remove_all(folder_); }

  static std::string Bytes(const ChunkStore::Chunk& chunk) {
    if (chunk.bytes) return *chunk.bytes;
    auto file = ChunkFile::Open(chunk.file);
    std::string out;
    while (auto piece = *file->Next(7)) out += *piece;
    return out;
  }

  TestClock clock_{1'000'000'000};
  const std::string folder_ = std::filesystem::temp_directory_path().string() + "/firn-chunks-" + NewUuid();
};

TEST_F(ChunkStoreTest, SecretsAre128BitsAndOpenOneChunk) {
  ChunkStore store(folder_, clock_);
  std::string a = store.Add("first"), b = store.Add("second");
  EXPECT_EQ(a.size(), 32);
  EXPECT_NE(a, b);
  EXPECT_EQ(Bytes(*store.Find(a)), "first");
  EXPECT_EQ(Bytes(*store.Find(b)), "second");
  EXPECT_FALSE(store.Find("").has_value());
  EXPECT_FALSE(store.Find(std::string(32, '0')).has_value());
}

TEST_F(ChunkStoreTest, ForgetsAfterItsTime) {
  ChunkStore store(folder_, clock_, {.kept_seconds = 60});
  std::string secret = store.Add("x");
  clock_.Advance(std::chrono::seconds(59));
  EXPECT_TRUE(store.Find(secret).has_value());
  clock_.Advance(std::chrono::seconds(2));
  EXPECT_FALSE(store.Find(secret).has_value());
  store.Sweep();
  EXPECT_EQ(store.memory_bytes(), 0);
}

TEST_F(ChunkStoreTest, MovesTheOldestToFiles) {
  ChunkStore store(folder_, clock_, {.memory_bytes = 100});
  std::vector<std::string> secrets;
  for (int i = 0; i < 10; ++i) secrets.push_back(store.Add(std::string(40, static_cast<char>('a' + i))));
  EXPECT_LE(store.memory_bytes(), 100);
  EXPECT_EQ(store.Find(secrets[0])->bytes, nullptr);
  EXPECT_NE(store.Find(secrets[9])->bytes, nullptr);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(Bytes(*store.Find(secrets[static_cast<size_t>(i)])), std::string(40, static_cast<char>('a' + i)));
  }
}

TEST_F(ChunkStoreTest, DropsTheOldestWhenFilesTakeTooMuch) {
  ChunkStore store(folder_, clock_, {.memory_bytes = 50, .file_bytes = 100});
  std::vector<std::string> secrets;
  for (int i = 0; i < 10; ++i) secrets.push_back(store.Add(std::string(40, 'x')));
  EXPECT_FALSE(store.Find(secrets[0]).has_value());
  EXPECT_TRUE(store.Find(secrets[9]).has_value());
  size_t files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder_)) ++files;
  EXPECT_LE(files, 2);
}

TEST_F(ChunkStoreTest, WithoutAFolderKeepsToItsMemory) {
  ChunkStore store("", clock_, {.memory_bytes = 100});
  std::string first = store.Add(std::string(60, 'x'));
  std::string second = store.Add(std::string(60, 'y'));
  EXPECT_FALSE(store.Find(first).has_value());
  EXPECT_TRUE(store.Find(second).has_value());
  EXPECT_LE(store.memory_bytes(), 100);
}

TEST_F(ChunkStoreTest, LeavesNoFilesBehind) {
  { ChunkStore(folder_, clock_, {.memory_bytes = 0}).Add("x"); }
  EXPECT_FALSE(std::filesystem::exists(folder_));
}

}  // namespace
}  // namespace firn::faces
