// What every store owes its callers (storage/store.h), held against each of them.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/errors.h"
#include "base/ids.h"
#include "faults/fault_store.h"
#include "storage/store.h"
#include "unit/storage/stores.h"

namespace firn::storage {
namespace {

std::vector<std::string> Paths(const std::vector<ObjectInfo>& objects) {
  std::vector<std::string> out;
  for (const ObjectInfo& object : objects) out.push_back(object.path);
  return out;
}

class StoreContract : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (GetParam() == "Memory") {
      store_ = OpenMemoryStore();
    } else if (GetParam() == "Fault") {
      store_ = std::move(*faults::FaultStore::OnMemory());
    } else if (GetParam() == "S3") {
      auto options = TestS3Options();
      if (!options) GTEST_SKIP() << kNoS3;
      auto opened = OpenS3Store(*options);
      ASSERT_TRUE(opened.ok()) << opened.error().Message();
      store_ = std::move(*opened);
    } else {
      auto opened = OpenLocalStore(folder_.path() + "/new/lake");
      ASSERT_TRUE(opened.ok()) << opened.error().Message();
      store_ = std::move(*opened);
    }
  }

  std::string MustRead(const std::string& path) {
    auto bytes = store_->Read(path);
    EXPECT_TRUE(bytes.ok()) << bytes.error().Message();
    return bytes.ok() ? *bytes : "";
  }

  TempFolder folder_;
  std::unique_ptr<Store> store_;
};

INSTANTIATE_TEST_SUITE_P(Stores, StoreContract, testing::Values("Local", "Memory", "Fault", "S3"),
                         [](const auto& info) { return info.param; });

TEST_P(StoreContract, ReadsWhatWasPut) {
  std::string bytes("a\0b\xff\r\n", 6);
  ASSERT_TRUE(store_->Put("x/y/z.bin", bytes).ok());
  EXPECT_EQ(MustRead("x/y/z.bin"), bytes);
  ASSERT_TRUE(store_->Put("x/y/z.bin", "second").ok());
  EXPECT_EQ(MustRead("x/y/z.bin"), "second");
  ASSERT_TRUE(store_->Put("empty", "").ok());
  EXPECT_EQ(MustRead("empty"), "");
  auto info = store_->Head("x/y/z.bin");
  ASSERT_TRUE(info.ok());
  EXPECT_EQ(info->path, "x/y/z.bin");
  EXPECT_EQ(info->size, 6U);
  EXPECT_LT(std::abs(info->modified - Clock::System().Now()), 600LL * 1000000);
}

TEST_P(StoreContract, ReadsRanges) {
  ASSERT_TRUE(store_->Put("r", "0123456789").ok());
  EXPECT_EQ(*store_->ReadRange("r", 0, 3), "012");
  EXPECT_EQ(*store_->ReadRange("r", 7, 3), "789");
  EXPECT_EQ(*store_->ReadRange("r", 8, 100), "89");
  EXPECT_EQ(*store_->ReadRange("r", 8, UINT64_MAX), "89");
  EXPECT_EQ(*store_->ReadRange("r", 10, 1), "");
  EXPECT_EQ(*store_->ReadRange("r", 1000, 1), "");
  EXPECT_EQ(*store_->ReadRange("r", 3, 0), "");
  ASSERT_TRUE(store_->Put("nothing", "").ok());
  EXPECT_EQ(*store_->ReadRange("nothing", 0, 5), "");
}

TEST_P(StoreContract, AbsentIsNotFound) {
  ASSERT_TRUE(store_->Put("folder/file", "x").ok());
  for (const char* path : {"none", "folder", "folder/none", "folder/file/below", "none/none"}) {
    auto bytes = store_->Read(path);
    ASSERT_FALSE(bytes.ok()) << path;
    EXPECT_TRUE(bytes.error().Is(errors::kNotFound)) << path << ": " << bytes.error().Message();
    EXPECT_TRUE(store_->ReadRange(path, 0, 0).error().Is(errors::kNotFound)) << path;
    EXPECT_TRUE(store_->Head(path).error().Is(errors::kNotFound)) << path;
  }
  EXPECT_TRUE(store_->Delete("none").ok());
  EXPECT_TRUE(store_->Delete("none/below").ok());
}

TEST_P(StoreContract, PutIfAbsentKeepsTheFirst) {
  ASSERT_TRUE(store_->PutIfAbsent("log/1", "first").ok());
  auto second = store_->PutIfAbsent("log/1", "second");
  ASSERT_FALSE(second.ok());
  EXPECT_TRUE(second.error().Is(errors::kAlreadyThere));
  EXPECT_EQ(MustRead("log/1"), "first");
  ASSERT_TRUE(store_->Delete("log/1").ok());
  EXPECT_TRUE(store_->Read("log/1").error().Is(errors::kNotFound));
  EXPECT_TRUE(store_->PutIfAbsent("log/1", "third").ok());
  EXPECT_EQ(MustRead("log/1"), "third");
}

TEST_P(StoreContract, ListsInByteOrderOfWholePaths) {
  // '-' < '.' < '/' < '0': walking folders one after the other would give another order.
  std::vector<std::string> paths = {
      "a-b", "a.b", "a/b", "a/b/c-d", "a/b!", "a0", "b/c", "\xc3\xbc", "a/\xf0\x9f\x90\xbb", "aa/x y+&=~"};
  if (GetParam() == "Local" || GetParam() == "S3")
    std::erase(paths, "a/b");  // a file cannot be a folder too, nor in versitygw
  for (const std::string& path : paths) ASSERT_TRUE(store_->Put(path, path).ok()) << path;
  std::sort(paths.begin(), paths.end());
  auto all = store_->List("");
  ASSERT_TRUE(all.ok()) << all.error().Message();
  EXPECT_EQ(Paths(*all), paths);
  for (const ObjectInfo& object : *all) EXPECT_EQ(object.size, object.path.size());

  for (const std::string prefix : {"a", "a/", "a/b", "a/b/", "a/b/c", "a/b/c-d", "b", "zzz", "zzz/", "a/\xf0\x9f"}) {
    std::vector<std::string> expected;
    for (const std::string& path : paths) {
      if (path.starts_with(prefix)) expected.push_back(path);
    }
    EXPECT_EQ(Paths(*store_->List(prefix)), expected) << prefix;
    for (const std::string after : {"a", "a-b", "a/", "a/b", "a/b/c-d", "a/b/zzz", "a/b0", "b", "zz"}) {
      std::vector<std::string> later;
      for (const std::string& path : expected) {
        if (path > after) later.push_back(path);
      }
      EXPECT_EQ(Paths(*store_->List(prefix, after)), later) << prefix << " after " << after;
    }
  }
}

TEST_P(StoreContract, RefusesHostilePaths) {
  ASSERT_TRUE(store_->Put("a/b", "x").ok());
  for (const std::string& path : {std::string("../x"), std::string("a/../../x"), std::string("/etc/passwd"),
                                  std::string(".."), std::string("a/.."), std::string("/"), std::string("//x")}) {
    EXPECT_TRUE(store_->Read(path).error().Is(errors::kOutsideLocation)) << path;
    EXPECT_TRUE(store_->Put(path, "x").error().Is(errors::kOutsideLocation)) << path;
    EXPECT_TRUE(store_->PutIfAbsent(path, "x").error().Is(errors::kOutsideLocation)) << path;
    EXPECT_TRUE(store_->Delete(path).error().Is(errors::kOutsideLocation)) << path;
    EXPECT_FALSE(store_->Sync({path}).ok()) << path;
  }
  for (const std::string& path :
       {std::string(), std::string("a//b"), std::string("a/"), std::string("./a"), std::string("a/./b"),
        std::string("."), std::string("a\0b", 3), std::string("a/.firn-tmp-1"), std::string("\xff"),
        std::string("\xc0\xaf"), std::string("\xed\xa0\x80"), std::string("\xe2\x82"),
        std::string("\xf4\x90\x80\x80")}) {
    EXPECT_TRUE(store_->Read(path).error().Is(errors::kInvalidInput)) << path;
    EXPECT_TRUE(store_->Put(path, "x").error().Is(errors::kInvalidInput)) << path;
    EXPECT_TRUE(store_->PutIfAbsent(path, "x").error().Is(errors::kInvalidInput)) << path;
    EXPECT_TRUE(store_->Head(path).error().Is(errors::kInvalidInput)) << path;
    EXPECT_TRUE(store_->Delete(path).error().Is(errors::kInvalidInput)) << path;
  }
  for (const char* prefix : {"../", "a/../", "/", "a//", "./"}) EXPECT_FALSE(store_->List(prefix).ok()) << prefix;
  for (const char* path : {"..a", "a..", "...", "a/...b", ".hidden", "C:\\x", "~", "\xed\x9f\xbf", "\xee\x80\x80"}) {
    EXPECT_TRUE(store_->Put(path, "fine").ok()) << path;
    EXPECT_EQ(MustRead(path), "fine") << path;
  }
}

TEST_P(StoreContract, UriAndBack) {
  std::string uri = store_->Uri("db/schema/t/data/a b=1.parquet");
  EXPECT_EQ(*store_->PathOf(uri), "db/schema/t/data/a b=1.parquet");
  EXPECT_EQ(*store_->PathOf(store_->Uri("db/t") + "/"), "db/t");
  std::string root = store_->Uri("x");
  root.resize(root.size() - 2);
  std::vector<std::string> foreign = {root,
                                      root + "/",
                                      root + "x/y",
                                      root + "/../x",
                                      root + "/a/../b",
                                      root + "/a//b",
                                      root + "/a/..",
                                      "s3://other-bucket/",
                                      "",
                                      "/",
                                      "file:///",
                                      "file:///etc/passwd",
                                      "http://x/y",
                                      "x",
                                      "gs://b/x"};
  for (const std::string& uri : foreign) {
    auto path = store_->PathOf(uri);
    ASSERT_FALSE(path.ok()) << uri;
    EXPECT_TRUE(path.error().Is(errors::kOutsideLocation)) << uri;
  }
}

// Rule 1 and 2: of any number of writers exactly one wins, and what is stored is the winner's.
TEST_P(StoreContract, PutIfAbsentHasExactlyOneWinner) {
  constexpr int kThreads = 50;
  constexpr int kNames = 200;
  std::vector<std::atomic<int>> winners(kNames), winner(kNames), others(kNames);
  std::atomic<int> losers_that_read_nothing{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int name = 0; name < kNames; ++name) {
        std::string path = "catalog/log/" + std::to_string(name);
        Status put = store_->PutIfAbsent(path, std::to_string(thread));
        if (put.ok()) {
          ++winners[name];
          winner[name] = thread;
        } else if (put.error().Is(errors::kAlreadyThere)) {
          if (!store_->Read(path).ok()) ++losers_that_read_nothing;
        } else {
          ++others[name];
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(losers_that_read_nothing, 0);
  for (int name = 0; name < kNames; ++name) {
    EXPECT_EQ(winners[name], 1) << name;
    EXPECT_EQ(others[name], 0) << name;
    EXPECT_EQ(MustRead("catalog/log/" + std::to_string(name)), std::to_string(winner[name]));
  }
  EXPECT_EQ(store_->List("").value().size(), static_cast<size_t>(kNames));
}

TEST_P(StoreContract, ReadersSeeWholeObjectsWhileTheyAreReplaced) {
  std::string a(100000, 'a'), b(70000, 'b');
  ASSERT_TRUE(store_->Put("x", a).ok());
  std::atomic<bool> stop{false};
  std::atomic<int> torn{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 4; ++i) {
    readers.emplace_back([&] {
      while (!stop) {
        auto bytes = store_->Read("x");
        if (!bytes.ok() || (*bytes != a && *bytes != b)) ++torn;
      }
    });
  }
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(store_->Put("x", i % 2 == 0 ? b : a).ok());
  stop = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(torn, 0);
}

}  // namespace
}  // namespace firn::storage
