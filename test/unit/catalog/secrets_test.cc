#include "catalog/secrets.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "base/errors.h"
#include "base/ids.h"
#include "catalog/local_folder.h"

namespace firn::catalog {
namespace {

class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / ("firn-" + NewUuid())) {
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

TEST(Secrets, SealedTextOpensWithTheSameKeyAndContextOnly) {
  Secrets secrets = Secrets::Random();
  std::string sealed = secrets.Seal("password", "stage-1");
  EXPECT_EQ(sealed.find("password"), std::string::npos);
  EXPECT_EQ(*secrets.Open(sealed, "stage-1"), "password");
  EXPECT_NE(secrets.Seal("password", "stage-1"), sealed);
  EXPECT_TRUE(secrets.Open(sealed, "stage-2").error().Is(errors::kCorrupt));
  EXPECT_TRUE(Secrets::Random().Open(sealed, "stage-1").error().Is(errors::kCorrupt));
  std::string changed = sealed;
  changed[40] = changed[40] == 'A' ? 'B' : 'A';
  EXPECT_TRUE(secrets.Open(changed, "stage-1").error().Is(errors::kCorrupt));
  EXPECT_TRUE(secrets.Open("", "stage-1").error().Is(errors::kCorrupt));
  EXPECT_NE(secrets.DerivedKey("a"), secrets.DerivedKey("b"));
  EXPECT_EQ(secrets.DerivedKey("a").size(), 32u);
}

TEST(Secrets, TheKeyFileIsMadeOnceAndPrivate) {
  Folder folder;
  const std::string path = folder / "secret.key";
  std::vector<std::string> keys(8);
  std::vector<std::thread> threads;
  for (std::string& key : keys) {
    threads.emplace_back([&] { key = Secrets::OpenFile(path)->DerivedKey("token"); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& key : keys) EXPECT_EQ(key, keys[0]);
  struct stat facts {};
  ASSERT_EQ(stat(path.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600u);
  chmod(path.c_str(), 0644);
  EXPECT_TRUE(Secrets::OpenFile(path).error().Is(errors::kInvalidInput));
  chmod(path.c_str(), 0600);
  std::ofstream(path) << "short";
  EXPECT_TRUE(Secrets::OpenFile(path).error().Is(errors::kCorrupt));
}

TEST(Secrets, AKeyFromTextIsHexOrBase64OfThirtyTwoBytes) {
  std::string hex(64, 'a');
  std::string bytes(32, '\xaa');
  EXPECT_EQ(Secrets::FromText(hex)->DerivedKey("x"), Secrets::FromText(Base64(bytes))->DerivedKey("x"));
  EXPECT_FALSE(Secrets::FromText("abc").ok());
  EXPECT_FALSE(Secrets::FromText(Base64("too short")).ok());
}

TEST(Passwords, AreArgon2idAndVerify) {
  std::string hash = HashPassword("correct horse");
  EXPECT_TRUE(hash.starts_with("$argon2id$"));
  EXPECT_TRUE(VerifyPassword(hash, "correct horse"));
  EXPECT_FALSE(VerifyPassword(hash, "correct horsf"));
  EXPECT_FALSE(VerifyPassword("", ""));
  EXPECT_FALSE(VerifyPassword(std::string(500, 'x'), "correct horse"));
  EXPECT_EQ(RandomPassword().size(), 20u);
  EXPECT_NE(RandomPassword(), RandomPassword());
}

TEST(LocalFolder, EachProcessGetsItsOwn) {
  Folder folder;
  const std::string parent = folder / "local";
  Result<LocalFolder> first = LocalFolder::ClaimUnder(parent);
  Result<LocalFolder> second = LocalFolder::ClaimUnder(parent);
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(first->path(), parent + "/0");
  EXPECT_EQ(second->path(), parent + "/1");
  EXPECT_TRUE(LocalFolder::Claim(parent + "/1").error().Is(errors::kInvalidInput));
  first = Error(errors::kInternal);
  EXPECT_EQ(LocalFolder::ClaimUnder(parent)->path(), parent + "/0");
}

}  // namespace
}  // namespace firn::catalog
