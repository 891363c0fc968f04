// DeletionVector: the deleted row positions of one data file, its bytes as blob `deletion-vector-v1`, and the Puffin
// files around it (Puffin spec). Reads files of many blobs; writes one vector a file, because DuckDB 1.5.5 misreads
// more. A vector may be read by any thread while nobody changes it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace firn::iceberg {

class DeletionVector {
 public:
  DeletionVector();
  ~DeletionVector();
  DeletionVector(const DeletionVector& other);
  DeletionVector(DeletionVector&&) noexcept;
  DeletionVector& operator=(const DeletionVector& other);
  DeletionVector& operator=(DeletionVector&&) noexcept;

  /// `position` counts rows of the file from 0; below 2^63.
  void Add(uint64_t position);
  void Add(const std::vector<uint64_t>& positions);
  void AddRange(uint64_t first, uint64_t count);
  void UnionWith(const DeletionVector& other);
  bool Contains(uint64_t position) const;
  uint64_t Cardinality() const;
  bool Empty() const { return Cardinality() == 0; }
  /// The greatest position; none if empty.
  std::optional<uint64_t> Last() const;
  std::vector<uint64_t> Positions() const;  ///< ascending
  void ForEach(const std::function<void(uint64_t)>& visit) const;
  /// For a scan: writes to `kept` the offsets (from 0) of those of the `count` rows from `first` that are not deleted,
  /// and returns how many. `kept` has room for `count`.
  uint32_t Keep(uint64_t first, uint32_t count, uint32_t* kept) const;
  bool operator==(const DeletionVector& other) const;

  /// The blob: length, magic, portable roaring, CRC-32. The roaring part and its magic are also Delta's.
  std::string ToBlob() const;
  /// Length, magic, CRC and bitmap are checked. Errors: kCorrupt; `name` is the file named in it.
  static Result<DeletionVector> FromBlob(std::string_view blob, std::string_view name);

 private:
  struct Bitmaps;
  std::unique_ptr<Bitmaps> bitmaps_;
};

struct PuffinBlob {
  std::string type;  ///< "deletion-vector-v1"
  std::vector<int> fields;
  int64_t snapshot_id = -1;
  int64_t sequence_number = -1;
  int64_t offset = 0;
  int64_t length = 0;
  std::optional<std::string> compression_codec;
  std::map<std::string, std::string> properties;
};

struct PuffinFile {
  std::vector<PuffinBlob> blobs;
  std::map<std::string, std::string> properties;
};

/// Reads the footer out of a whole Puffin file. Errors: kCorrupt; kUnsupported for a compressed footer.
Result<PuffinFile> ParsePuffin(std::string_view bytes, std::string_view name);

struct WrittenVector {
  std::string bytes;  ///< the Puffin file
  int64_t offset = 0;
  int64_t length = 0;
};
/// A Puffin file of the one vector.
WrittenVector WritePuffin(const DeletionVector& vector, const std::string& referenced_data_file);

}  // namespace firn::iceberg
