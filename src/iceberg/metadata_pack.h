// metadata.json as gzip, made of parts that are compressed once: each full run of snapshots and of log entries keeps
// its compressed bytes from commit to commit, so that a table with thousands of snapshots does not write its history
// anew. The parts end on byte borders (zlib's full flush) and join into one gzip member. Of this room only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "iceberg/table_metadata.h"

namespace firn::iceberg {

/// A stretch of text as raw deflate that refers to nothing before it.
struct PackedPart {
  std::string deflated;
  uint32_t crc = 0;   ///< of the text
  size_t length = 0;  ///< of the text
};

/// The parts of earlier packings, reused where the lists still hold the same items.
struct PackedLists {
  struct Snapshots {
    SnapshotPtr first, last;
    PackedPart part;
  };
  struct Log {
    std::vector<SnapshotLogEntry> entries;
    PackedPart part;
  };
  std::vector<std::shared_ptr<const Snapshots>> snapshots;
  std::vector<std::shared_ptr<const Log>> log;
};

/// `metadata` as gzip of what ToJson gives; keeps the parts in `metadata->packed`.
std::string PackMetadata(TableMetadata* metadata);

/// The text around the two long lists: ToJson is head, snapshots, middle, log, tail.
struct MetadataFrame {
  std::string head;    ///< up to and with `"snapshots":[`
  std::string middle;  ///< `],"snapshot-log":[`
  std::string tail;
};
MetadataFrame FrameOf(const TableMetadata& metadata);
std::string LogEntryJson(const SnapshotLogEntry& entry);

}  // namespace firn::iceberg
