// `firn buffer repair`: see pipeline/buffer/repair.h.
#include <cstdio>
#include <filesystem>

#include "base/errors.h"
#include "catalog/local_folder.h"
#include "cli/options.h"
#include "pipeline/buffer/adopt.h"
#include "pipeline/buffer/repair.h"

namespace firn::cli {

namespace {

namespace fs = std::filesystem;

Result<std::vector<pipeline::RepairedTable>> Repair(const BufferOptions& options) {
  std::error_code failure;
  fs::path folder = fs::canonical(options.folder, failure);
  if (failure) return Error(errors::kInvalidInput, {options.folder + ": " + failure.message()});
  if (folder.filename() == pipeline::kBufferFolder) folder = folder.parent_path();
  if (!fs::is_directory(folder / pipeline::kBufferFolder, failure)) {
    return Error(errors::kInvalidInput, {"there is no ingest buffer in " + folder.string()});
  }
  // Held until the end: no server may have it.
  FIRN_ASSIGN(auto lock, catalog::LocalFolder::Claim(folder.string()));
  FIRN_ASSIGN(auto files, pipeline::OpenFolderFiles((folder / pipeline::kBufferFolder).string()));
  return pipeline::RepairBuffer(*files, options.table);
}

void Print(const pipeline::RepairedTable& table) {
  if (table.files.empty()) {
    std::printf("%s: not damaged\n", table.table_id.c_str());
    return;
  }
  std::printf("%s: %llu rows are kept\n", table.table_id.c_str(), static_cast<unsigned long long>(table.rows_kept));
  for (const pipeline::RepairedFile& file : table.files) {
    std::printf("  %s: %llu records kept, %llu bytes and at least %llu rows lost; %s%s\n", file.file.c_str(),
                static_cast<unsigned long long>(file.records_kept), static_cast<unsigned long long>(file.bytes_lost),
                static_cast<unsigned long long>(file.rows_lost),
                file.moved_to.empty() ? "it was missing" : "as it was: ", file.moved_to.c_str());
  }
}

}  // namespace

int RepairBuffer(const BufferOptions& options) {
  auto repaired = Repair(options);
  if (!repaired.ok()) {
    std::fprintf(stderr, "firn: %s\n", repaired.error().Message().c_str());
    return 1;
  }
  for (const pipeline::RepairedTable& table : *repaired) Print(table);
  return 0;
}

}  // namespace firn::cli
