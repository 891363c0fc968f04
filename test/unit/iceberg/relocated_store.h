// A store whose URIs begin with a prefix of the test's choice: tables that were made elsewhere are read where they lie.
#pragma once

#include <memory>
#include <string>

#include "base/errors.h"
#include "storage/store.h"

namespace firn::iceberg {

class RelocatedStore : public storage::Store {
 public:
  /// `prefix` ends with a slash: "file:///tmp/x/".
  RelocatedStore(std::unique_ptr<storage::Store> inner, std::string prefix)
      : inner_(std::move(inner)), prefix_(std::move(prefix)) {}

  Result<std::string> Read(const std::string& path) override { return inner_->Read(path); }
  Result<std::string> ReadRange(const std::string& path, uint64_t offset, uint64_t length) override {
    return inner_->ReadRange(path, offset, length);
  }
  Result<storage::ObjectInfo> Head(const std::string& path) override { return inner_->Head(path); }
  Result<std::vector<storage::ObjectInfo>> List(const std::string& prefix, const std::string& start_after) override {
    return inner_->List(prefix, start_after);
  }
  Status Put(const std::string& path, std::string_view bytes) override { return inner_->Put(path, bytes); }
  Status PutIfAbsent(const std::string& path, std::string_view bytes) override {
    return inner_->PutIfAbsent(path, bytes);
  }
  Status Sync(const std::vector<std::string>& paths) override { return inner_->Sync(paths); }
  Status Delete(const std::string& path) override { return inner_->Delete(path); }
  std::string Uri(const std::string& path) const override { return prefix_ + path; }
  Result<std::string> PathOf(std::string_view uri) const override {
    if (!uri.starts_with(prefix_)) return Error(errors::kOutsideLocation, {std::string(uri), prefix_});
    return std::string(uri.substr(prefix_.size()));
  }

 private:
  std::unique_ptr<storage::Store> inner_;
  std::string prefix_;
};

}  // namespace firn::iceberg
