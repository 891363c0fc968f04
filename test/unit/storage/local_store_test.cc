// Rule 1 of the commit protocol on a folder: the order of the fsyncs, what happens when one fails, and what a folder
// may hold besides objects.
#include "storage/local_store.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include "base/errors.h"
#include "unit/storage/stores.h"

namespace firn::storage {
namespace {

namespace fs = std::filesystem;

std::string FileOf(int descriptor) { return fs::read_symlink("/proc/self/fd/" + std::to_string(descriptor)).string(); }

void WriteFile(const std::string& path, const std::string& bytes) {
  fs::create_directories(fs::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

class LocalStoreTest : public testing::Test {
 protected:
  std::unique_ptr<Store> Open(SyncFile sync_file = ::fsync) {
    auto store = OpenLocalStoreWith(root_, std::move(sync_file));
    EXPECT_TRUE(store.ok()) << store.error().Message();
    return std::move(*store);
  }
  /// Fails the fsyncs of what `fails` says yes to.
  SyncFile FailingSync(std::function<bool(const std::string& file)> fails) {
    return [fails](int descriptor) {
      if (!fails(FileOf(descriptor))) return ::fsync(descriptor);
      errno = EIO;
      return -1;
    };
  }
  /// All names in the folder, folders too.
  std::vector<std::string> Everything() {
    std::vector<std::string> out;
    for (const auto& entry : fs::recursive_directory_iterator(root_)) {
      out.push_back(entry.path().lexically_relative(root_).string());
    }
    std::sort(out.begin(), out.end());
    return out;
  }

  TempFolder folder_;
  std::string root_ = fs::canonical(folder_.path()).string() + "/lake";
};

TEST_F(LocalStoreTest, SyncsTheFileThenTheFolderAndNewParentsUpToTheRoot) {
  std::vector<std::string> synced;
  std::vector<bool> named;
  auto store = Open([&](int descriptor) {
    std::string file = FileOf(descriptor);
    bool temp = file.find("/.firn-tmp-") != std::string::npos;
    synced.push_back(temp ? "temp in " + fs::path(file).parent_path().string() : file);
    named.push_back(fs::exists(root_ + "/a/b/c"));
    return ::fsync(descriptor);
  });
  EXPECT_EQ(synced, std::vector<std::string>{fs::path(root_).parent_path().string()});
  synced.clear();
  named.clear();
  ASSERT_TRUE(store->PutIfAbsent("a/b/c", "x").ok());
  EXPECT_EQ(synced, (std::vector<std::string>{root_, root_ + "/a", "temp in " + root_ + "/a/b", root_ + "/a/b"}));
  EXPECT_EQ(named, (std::vector<bool>{false, false, false, true}));
  synced.clear();
  ASSERT_TRUE(store->Put("a/b/c", "y").ok());
  EXPECT_EQ(synced, (std::vector<std::string>{"temp in " + root_ + "/a/b", root_ + "/a/b"}));
  // The name that a loser finds may be of a process that was killed before it synced the folder.
  synced.clear();
  EXPECT_TRUE(store->PutIfAbsent("a/b/c", "z").error().Is(errors::kAlreadyThere));
  EXPECT_EQ(synced, (std::vector<std::string>{"temp in " + root_ + "/a/b", root_ + "/a/b"}));
  EXPECT_EQ(Everything(), (std::vector<std::string>{"a", "a/b", "a/b/c"}));
}

// A folder that another process made may not be durable yet.
TEST_F(LocalStoreTest, SyncsFoldersThatItFound) {
  fs::create_directories(root_ + "/a/b");
  std::vector<std::string> synced;
  auto store = Open([&](int descriptor) {
    synced.push_back(FileOf(descriptor));
    return ::fsync(descriptor);
  });
  WriteFile(root_ + "/a/b/1.parquet", "1");
  WriteFile(root_ + "/a/b/2.parquet", "2");
  ASSERT_TRUE(store->Sync({"a/b/1.parquet", "a/b/2.parquet"}).ok());
  EXPECT_EQ(synced, (std::vector<std::string>{root_ + "/a/b/1.parquet", root_ + "/a/b/2.parquet", root_, root_ + "/a",
                                              root_ + "/a/b"}));
  EXPECT_TRUE(store->Sync({"a/b/1.parquet", "a/b/none"}).error().Is(errors::kNotFound));
}

TEST_F(LocalStoreTest, NobodyHereSeesTheNameBeforeItsFolderIsSynced) {
  std::function<void()> at_folder_sync;
  auto store = Open([&](int descriptor) {
    if (at_folder_sync && FileOf(descriptor) == root_) std::exchange(at_folder_sync, nullptr)();
    return ::fsync(descriptor);
  });
  std::future<Result<std::string>> reader;
  std::future<Result<std::vector<ObjectInfo>>> lister;
  std::future<Status> loser;
  std::atomic<bool> durable{false};
  at_folder_sync = [&] {
    ASSERT_TRUE(fs::exists(root_ + "/entry"));
    auto late = [&](auto call) {
      return std::async(std::launch::async, [&durable, call] {
        auto result = call();
        EXPECT_TRUE(durable);
        return result;
      });
    };
    reader = late([&] { return store->Read("entry"); });
    lister = late([&] { return store->List(""); });
    loser = late([&] { return store->PutIfAbsent("entry", "second"); });
    EXPECT_EQ(reader.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
    durable = true;
  };
  ASSERT_TRUE(store->PutIfAbsent("entry", "first").ok());
  EXPECT_EQ(*reader.get(), "first");
  EXPECT_EQ(lister.get()->size(), 1U);
  EXPECT_TRUE(loser.get().error().Is(errors::kAlreadyThere));
}

TEST_F(LocalStoreTest, FailedSyncOfTheFileStopsTheWriter) {
  bool broken = false;
  auto store = Open(FailingSync([&](const std::string& file) { return broken && file != root_; }));
  ASSERT_TRUE(store->Put("before", "x").ok());
  broken = true;
  Status put = store->PutIfAbsent("entry", "x");
  EXPECT_TRUE(put.error().Is(errors::kWriterStopped));
  EXPECT_NE(put.error().Message().find("Input/output error"), std::string::npos) << put.error().Message();
  broken = false;  // an fsync that works again says nothing about the pages that were lost
  EXPECT_TRUE(store->PutIfAbsent("entry", "x").error().Is(errors::kWriterStopped));
  EXPECT_TRUE(store->Put("entry", "x").error().Is(errors::kWriterStopped));
  EXPECT_TRUE(store->Sync({"before"}).error().Is(errors::kWriterStopped));
  EXPECT_TRUE(store->Delete("before").error().Is(errors::kWriterStopped));
  EXPECT_EQ(*store->Read("before"), "x");
  EXPECT_TRUE(store->Read("entry").error().Is(errors::kNotFound));
  EXPECT_EQ(Everything(), std::vector<std::string>{"before"});
}

TEST_F(LocalStoreTest, FailedSyncOfTheFolderLeavesTheOutcomeUnknownAndTheNameUnseen) {
  for (bool replace : {false, true}) {
    fs::remove_all(root_);
    bool broken = false;
    auto store = Open(FailingSync([&](const std::string& file) { return broken && file == root_; }));
    ASSERT_TRUE(store->Put("before", "x").ok());
    broken = true;
    Status put = replace ? store->Put("entry", "x") : store->PutIfAbsent("entry", "x");
    EXPECT_TRUE(put.error().Is(errors::kOutcomeUnknown)) << put.error().Message();
    EXPECT_TRUE(store->PutIfAbsent("other", "x").error().Is(errors::kWriterStopped));
    EXPECT_TRUE(store->Read("entry").error().Is(errors::kWriterStopped));
    EXPECT_TRUE(store->Head("entry").error().Is(errors::kWriterStopped));
    EXPECT_EQ(store->List("").value().size(), 1U);
    EXPECT_EQ(*Open()->Read("entry"), "x");  // the next process finds it, this time
    EXPECT_EQ(Everything(), (std::vector<std::string>{"before", "entry"}));
  }
}

TEST_F(LocalStoreTest, FailedSyncOfOthersFilesStopsTheWriter) {
  auto store = Open(FailingSync([&](const std::string& file) { return file.ends_with(".parquet"); }));
  WriteFile(root_ + "/t/1.parquet", "1");
  EXPECT_TRUE(store->Sync({"t/1.parquet"}).error().Is(errors::kWriterStopped));
  EXPECT_TRUE(store->PutIfAbsent("entry", "x").error().Is(errors::kWriterStopped));
}

// RLIMIT_FSIZE stands in for a full disk: write(2) fails after some bytes.
TEST_F(LocalStoreTest, FailedWriteLeavesNothing) {
  auto store = Open();
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  auto handler = ::signal(SIGXFSZ, SIG_IGN);
  rlimit small{1000, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  Status put = store->PutIfAbsent("entry", std::string(5000, 'x'));
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  ::signal(SIGXFSZ, handler);
  EXPECT_TRUE(put.error().Is(errors::kStorage));
  EXPECT_TRUE(Everything().empty());
  EXPECT_TRUE(store->PutIfAbsent("entry", "x").ok());
}

// As two processes on one folder, which share no lock.
TEST_F(LocalStoreTest, TwoStoresOnOneFolderHaveOneWinner) {
  auto one = Open(), two = Open();
  constexpr int kNames = 100;
  std::vector<std::atomic<int>> winners(kNames);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 8; ++thread) {
    threads.emplace_back([&, thread] {
      Store& store = thread % 2 == 0 ? *one : *two;
      for (int name = 0; name < kNames; ++name) {
        if (store.PutIfAbsent("log/" + std::to_string(name), std::to_string(thread)).ok()) ++winners[name];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (int name = 0; name < kNames; ++name) EXPECT_EQ(winners[name], 1) << name;
  EXPECT_EQ(Everything().size(), kNames + 1U);
}

TEST_F(LocalStoreTest, ListsObjectsOnly) {
  auto store = Open();
  ASSERT_TRUE(store->Put("a/object", "x").ok());
  WriteFile(root_ + "/a/.firn-tmp-left-by-a-crash", "x");
  WriteFile(root_ + "/a/not-utf8-\xff", "x");
  fs::create_directories(root_ + "/empty/folder");
  fs::create_directory_symlink(root_, root_ + "/a/loop");
  fs::create_symlink("/etc/passwd", root_ + "/a/link");
  ASSERT_EQ(::mkfifo((root_ + "/a/fifo").c_str(), 0600), 0);
  auto objects = store->List("");
  ASSERT_TRUE(objects.ok());
  ASSERT_EQ(objects->size(), 1U);
  EXPECT_EQ((*objects)[0].path, "a/object");
  EXPECT_TRUE(store->Read("a/fifo").error().Is(errors::kNotFound));
  EXPECT_TRUE(store->Read("empty/folder").error().Is(errors::kNotFound));
  EXPECT_TRUE(store->Delete("empty/folder").ok());
  EXPECT_TRUE(fs::exists(root_ + "/empty/folder"));
}

TEST_F(LocalStoreTest, RemovesWhatKilledProcessesLeftLongAgo) {
  for (const std::string folder : {"", "a/"}) {
    WriteFile(root_ + "/" + folder + ".firn-tmp-old", "x");
    fs::last_write_time(root_ + "/" + folder + ".firn-tmp-old",
                        fs::file_time_type::clock::now() - std::chrono::hours(25));
    WriteFile(root_ + "/" + folder + ".firn-tmp-new", "x");
  }
  auto store = Open();
  ASSERT_TRUE(store->Put("a/object", "x").ok());
  EXPECT_EQ(Everything(), (std::vector<std::string>{".firn-tmp-new", "a", "a/.firn-tmp-new", "a/object"}));
}

TEST_F(LocalStoreTest, FileAndFolderOfOneNameAreRefused) {
  auto store = Open();
  ASSERT_TRUE(store->Put("a/b", "x").ok());
  EXPECT_TRUE(store->Put("a", "x").error().Is(errors::kStorage));
  EXPECT_TRUE(store->PutIfAbsent("a", "x").error().Is(errors::kAlreadyThere));
  EXPECT_TRUE(store->Put("a/b/c", "x").error().Is(errors::kStorage));
  EXPECT_TRUE(store->Put(std::string(300, 'n'), "x").error().Is(errors::kStorage));
  EXPECT_EQ(Everything(), (std::vector<std::string>{"a", "a/b"}));
}

TEST_F(LocalStoreTest, FoldersThatSomebodyRemovedAreMadeAgain) {
  auto store = Open();
  ASSERT_TRUE(store->Put("a/b/c", "x").ok());
  fs::remove_all(root_ + "/a");
  EXPECT_TRUE(store->PutIfAbsent("a/b/c", "y").ok());
  EXPECT_EQ(*store->Read("a/b/c"), "y");
}

TEST_F(LocalStoreTest, PathOfTakesTheFormsThatEnginesWrite) {
  auto store = Open();
  EXPECT_EQ(store->Uri("a/b"), "file://" + root_ + "/a/b");
  for (const char* scheme : {"file://", "file:", "file://localhost", ""}) {
    EXPECT_EQ(*store->PathOf(scheme + root_ + "/a/b"), "a/b") << scheme;
  }
  for (const std::string& uri : {"file://otherhost" + root_ + "/a", root_ + "x/a", "s3:/" + root_ + "/a",
                                 "file://" + root_ + "/../lake/a", "/x" + root_ + "/a", "file:" + root_.substr(1)}) {
    EXPECT_TRUE(store->PathOf(uri).error().Is(errors::kOutsideLocation)) << uri;
  }
  // Through a symbolic link, engines may name files by the one or the other.
  fs::create_directory_symlink(root_, folder_.path() + "/link");
  auto linked = OpenLocalStore(folder_.path() + "/link");
  ASSERT_TRUE(linked.ok());
  EXPECT_EQ(*(*linked)->PathOf("file://" + root_ + "/a"), "a");
  EXPECT_EQ(*(*linked)->PathOf(folder_.path() + "/link/a"), "a");
}

TEST_F(LocalStoreTest, Roots) {
  for (const std::string& root : {std::string(), std::string("relative"), std::string("./x"), std::string("/"),
                                  std::string("//."), root_ + "/../x", std::string("/tmp/a\0b", 8)}) {
    EXPECT_TRUE(OpenLocalStore(root).error().Is(errors::kInvalidInput)) << root;
  }
  auto store = OpenLocalStore(root_ + "//new/./lake/");
  ASSERT_TRUE(store.ok());
  EXPECT_EQ((*store)->Uri("x"), "file://" + root_ + "/new/lake/x");
  WriteFile(root_ + "/file", "x");
  EXPECT_TRUE(OpenLocalStore(root_ + "/file").error().Is(errors::kStorage));
  EXPECT_TRUE(OpenLocalStore(root_ + "/file/below").error().Is(errors::kStorage));
}

}  // namespace
}  // namespace firn::storage
