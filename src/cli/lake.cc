#include "cli/lake.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "base/errors.h"
#include "functions/register.h"
#include "storage/store.h"

namespace firn::cli {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kS3 = "s3://";
constexpr const char* kLogFolder = "catalog/log/";
constexpr std::chrono::microseconds kS3BatchWait{20'000};  ///< commit-protocol rule 3

bool IsS3(const std::string& data) { return data.starts_with(kS3); }

Result<std::string> RealFolder(const std::string& path, bool make) {
  std::error_code error;
  if (make) fs::create_directories(path, error);
  fs::path real = error ? fs::path() : fs::canonical(path, error);
  if (error) return Error(errors::kInvalidInput, {"folder '" + path + "': " + error.message()});
  if (!fs::is_directory(real)) return Error(errors::kInvalidInput, {"'" + path + "' is not a folder"});
  return real.string();
}

bool IsInside(const std::string& path, const std::string& folder) {
  return path == folder || path.starts_with(folder + "/");
}

Result<std::unique_ptr<storage::Store>> OpenStore(const LakeOptions& options) {
  if (IsS3(options.data)) {
    FIRN_ASSIGN(auto s3, storage::S3OptionsFromEnvironment(options.data));
    return storage::OpenS3Store(std::move(s3));
  }
  FIRN_ASSIGN(std::string root, RealFolder(options.data, true));
  return storage::OpenLocalStore(root);
}

Result<catalog::LocalFolder> OpenLocalFolder(const LakeOptions& options, const std::string& data_folder) {
  if (!options.local.empty()) {
    FIRN_ASSIGN(std::string path, RealFolder(options.local, true));
    return catalog::LocalFolder::Claim(path);
  }
  if (!data_folder.empty()) return catalog::LocalFolder::ClaimUnder(data_folder + "/local");
  // Without --local, what a bucket's node keeps beside it is spill and caches alone.
  return catalog::LocalFolder::ClaimUnder(fs::temp_directory_path().string() + "/firn-local-" +
                                          std::to_string(::getuid()));
}

Result<catalog::Secrets> OpenSecrets(const std::string& data_folder, const std::string& local_folder) {
  if (!data_folder.empty()) return catalog::Secrets::OpenFile(data_folder + "/secret.key");
  const char* key = std::getenv("FIRN_SECRET_KEY");
  if (key != nullptr && *key != '\0') return catalog::Secrets::FromText(key);
  return catalog::Secrets::OpenFile(local_folder + "/secret.key");
}

/// httpfs lies in lib/ beside the program.
std::string ExtensionPath() {
  std::error_code error;
  fs::path program = fs::read_symlink("/proc/self/exe", error);
  return (program.parent_path() / "lib" / "httpfs.duckdb_extension").string();
}

Result<engine::EngineOptions> EngineOptionsOf(const LakeOptions& options, const session::Node& node) {
  engine::EngineOptions engine;
  engine.threads = options.threads;
  engine.memory_limit_bytes = static_cast<int64_t>(options.memory_gib * (1 << 30));
  engine.spill_folder = node.local_folder + "/spill";
  engine.allowed_directories = node.allow_dirs;
  engine.allowed_directories.push_back(node.local_folder);
  engine.allowed_directories.push_back(node.data_folder.empty() ? options.data : node.data_folder);
  if (IsS3(options.data)) {
    FIRN_ASSIGN(engine.s3, storage::S3OptionsFromEnvironment(options.data));
    engine.httpfs_extension = ExtensionPath();
  }
  return engine;
}

Status SetAllowedFolders(const LakeOptions& options, session::Node* node) {
  for (const std::string& folder : options.allow_dirs) {
    FIRN_ASSIGN(std::string real, RealFolder(folder, false));
    if (!node->data_folder.empty() && (IsInside(real, node->data_folder) || IsInside(node->data_folder, real))) {
      return Error(errors::kInvalidInput, {"--allow-dir '" + folder + "' and the data folder lie in each other"});
    }
    node->allow_dirs.push_back(std::move(real));
  }
  return Ok();
}

}  // namespace

Result<bool> IsNewLake(const LakeOptions& options) {
  FIRN_ASSIGN(auto store, OpenStore(options));
  FIRN_ASSIGN(auto entries, store->List(kLogFolder));
  return entries.empty();
}

Result<std::unique_ptr<Lake>> OpenLake(const LakeOptions& options, const std::string& admin_password) {
  auto lake = std::make_unique<Lake>();
  session::Node& node = lake->node;
  bool remote = IsS3(options.data);
  FIRN_ASSIGN(auto store, OpenStore(options));
  node.store = std::move(store);
  if (!remote) {
    FIRN_ASSIGN(node.data_folder, RealFolder(options.data, true));
  }
  FIRN_ASSIGN(auto local, OpenLocalFolder(options, node.data_folder));
  lake->local = std::make_unique<catalog::LocalFolder>(std::move(local));
  node.local_folder = lake->local->path();
  FIRN_TRY(SetAllowedFolders(options, &node));
  FIRN_ASSIGN(auto secrets, OpenSecrets(node.data_folder, node.local_folder));
  catalog::CatalogOptions catalog;
  catalog.admin_password = admin_password;
  catalog.allowed_folders = node.allow_dirs;
  if (remote) catalog.batch_wait = kS3BatchWait;
  FIRN_ASSIGN(node.catalog, catalog::Catalog::Open(node.store, std::move(secrets), std::move(catalog)));
  FIRN_ASSIGN(auto engine_options, EngineOptionsOf(options, node));
  FIRN_ASSIGN(node.engine, engine::Engine::Open(std::move(engine_options)));
  FIRN_TRY(functions::Register(*node.engine));
  delta::MirrorOptions mirror;
  mirror.scratch_folder = node.local_folder;
  lake->mirror = std::make_unique<delta::Mirror>(*node.catalog, *node.engine, std::move(mirror));
  lake->mirror->Start();
  return lake;
}

}  // namespace firn::cli
