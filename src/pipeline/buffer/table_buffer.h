// TableBuffer: the durable buffer of one table: batches are appended, acknowledged once they are on the medium, read by
// the bronze committer and freed when its commit holds them. Made by Buffers. Any thread may append, look up keys and
// channels, and ask for the status, without ever waiting for a disk; ReadFrom and Free belong to the table's one
// committer, on its own thread.
//
// Positions count the rows ever appended to this table in this buffer. The commit that applies a chunk carries
// {Buffers::id → Chunk::next} (rule 9); a start tells it to Free. Rows at or behind that position are never read again,
// those after it always are, so each acknowledged row is applied exactly once.
//
// A batch is in one record: it is there as a whole, with its key, answer and channel offsets, or not at all. Batches
// whose write failed (kUnwritten) leave nothing; those in flight when the process dies or an fsync fails may be there
// or not, as with any lost answer: a key or a channel makes the repetition safe.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "pipeline/buffer/batch.h"
#include "pipeline/buffer/channels.h"
#include "pipeline/buffer/core.h"
#include "pipeline/buffer/keys.h"
#include "pipeline/buffer/segment.h"

namespace firn::pipeline {

struct TableBufferStatus {
  uint64_t log_bytes = 0;  ///< of its segments and what is in flight
  uint64_t segments = 0;
  uint64_t applied = 0;    ///< position: what Free was told
  uint64_t durable = 0;    ///< position: what is acknowledged
  uint64_t lag_rows = 0;   ///< durable - applied
  uint64_t lag_bytes = 0;  ///< about: of the log after `applied`
  Micros lag = 0;          ///< age of the oldest row that is not applied; 0: none
  int64_t last_seq = 0;    ///< of the rows acknowledged
  uint64_t keys = 0;
  uint64_t channels = 0;
  std::string damage;  ///< not empty: the table takes and gives nothing
};

class TableBuffer : public std::enable_shared_from_this<TableBuffer> {
 public:
  TableBuffer(std::shared_ptr<BufferCore> core, std::string id);

  const std::string& id() const { return id_; }

  /// `lane` is handed to BufferOptions::post with the answer.
  void Append(const Batch& batch, OnAppended on_appended, int lane = 0);
  /// What Append would answer at once because of the key (kReplayed, kKeyMismatch, kKeyInFlight); nothing: it is new.
  std::optional<AppendResult> FindKey(std::string_view key, std::string_view body_hash);

  /// Makes the channel or opens it anew: its epoch grows, so that older writers are fenced. 1 to 255 bytes of name.
  void OpenChannel(const std::string& name, OnAppended on_open, int lane = 0);
  void DeleteChannel(const std::string& name, OnAppended on_deleted, int lane = 0);
  /// Durable state; nothing where it is unknown.
  std::optional<ChannelState> FindChannel(std::string_view name);
  std::vector<NamedChannel> ListChannels();

  /// Durable rows from `position` on: at least one if there is any, then until `max_rows` or about `max_bytes`.
  /// The memory of `last`, a chunk that is not used any more, is used again.
  /// Errors: kCorrupt (the table stops, `message` names file, offset and command), kStorage.
  Result<Chunk> ReadFrom(uint64_t position, size_t max_bytes, size_t max_rows, Chunk last = {});
  /// A commit holds all before `up_to`, or a start found it so. Segments go when nothing in them is needed; keys and
  /// channels that they showed are copied first. `up_to` beyond the end (the log was lost) moves the end.
  Status Free(uint64_t up_to);

  TableBufferStatus status();

 private:
  friend class Buffers;
  friend class SyncThread;

  struct IndexEntry {
    uint64_t position;
    uint64_t offset;
    Micros at;
  };
  struct Segment {
    uint64_t serial = 0;
    uint64_t first = 0;  ///< positions of its rows: [first, end)
    uint64_t end = 0;
    uint64_t header_end = 0;
    uint64_t bytes = 0;             ///< durable
    bool zeros = false;             ///< found with zeros behind them
    std::vector<IndexEntry> index;  ///< one a group
    std::vector<std::shared_ptr<StoredKey>> keys;
  };
  struct Waiter {
    OnAppended done;
    int lane = 0;
    AppendResult result;
    std::shared_ptr<StoredKey> key;
    std::string channel;  ///< whose state becomes durable
  };
  /// What one write and sync make durable.
  struct Group {
    std::string bytes;  ///< kSyncedSize for its kSynced record, then records; empty: nothing to write
    std::vector<Waiter> waiters;
    uint64_t end = 0;  ///< position after it
    uint64_t appends = 0;
    int64_t last_seq = 0;
    Micros first_at = 0;
  };
  struct Writing {
    Group group;
    uint64_t offset = 0;  ///< in the active file
    bool new_file = false;
    uint64_t header_end = 0;
  };
  struct Done {
    OnAppended done;
    AppendResult result;
    int lane = 0;
  };
  struct Freed {
    std::vector<uint64_t> serials;
    std::string state;
    bool snapshot = false;
    uint64_t bytes = 0;
  };

  // table_append.cc; under mutex_.
  Outcome Admit(const Batch& batch, uint64_t size, Micros now, AppendResult* result);
  Outcome AdmitKey(const RequestKey& key, AppendResult* result);
  bool TakesNothing(AppendResult* result);
  void Enqueue(const Batch& batch, uint64_t size, Micros now, Waiter waiter);
  void EnqueueChannel(const std::string& name, const ChannelState& after, OnAppended done, int lane);
  std::string* PendingBytes(Micros now);
  void WakeLocked();

  // table_write.cc; by the sync thread.
  void WriteGroup(std::vector<Done>* done);
  void SyncGroup(std::vector<Done>* done);
  Status OpenActive(Writing* writing);
  void Publish(Writing writing, std::vector<Done>* done);
  /// How long answers wait (BufferLimits::pace_most).
  Micros Pause();
  void FailAll(Group group, Outcome outcome, const std::string& why, std::vector<Done>* done);

  // table_read.cc
  /// Where bytes of a segment's file are.
  struct Extent {
    uint64_t serial = 0;
    uint64_t offset = 0;
    uint64_t length = 0;  ///< 0: nothing is there
  };
  Result<Extent> FindGroups(uint64_t position, size_t max_bytes, size_t max_rows);
  Error Damaged(const std::string& file, uint64_t offset, const std::string& what);

  // table_recover.cc; before anyone else knows the table.
  Status Recover();
  Status RecoverState(const SegmentName& name, bool is_last);
  Status RecoverBatches(const SegmentName& name, bool is_last);
  bool ApplyState(const Record& record);
  bool ApplyBatches(const Record& record, Segment* segment);
  void NoteMark(const Mark& mark);
  Status FenceOthers();
  Status Discard();

  // table_free.cc
  Freed PlanFree(uint64_t up_to);
  std::string SnapshotState();
  Status WriteState(const std::string& bytes, bool snapshot);

  std::string PathOf(uint64_t serial, SegmentKind kind) const { return id_ + "/" + FileOf(serial, kind); }
  Mark MarkLocked() const { return {durable_, core_->sequence.last(), epochs_}; }

  const std::shared_ptr<BufferCore> core_;
  const std::string id_;

  std::mutex mutex_;
  Group pending_;
  bool listed_ = false;  ///< on the sync thread's list
  std::optional<Writing> writing_;
  std::deque<Segment> segments_;  ///< those with something durable, by serial
  std::unique_ptr<File> active_;  ///< open file of the last segment; null: the next group begins one
  uint64_t next_serial_ = 1;
  uint64_t next_ = 0;  ///< position after all that was appended
  uint64_t durable_ = 0;
  uint64_t applied_ = 0;
  uint64_t replayed_ = 0;  ///< position after the batches read back so far; a state file may be ahead
  int64_t last_seq_ = 0;
  uint64_t epochs_ = 0;
  uint64_t log_bytes_ = 0;
  uint64_t in_flight_ = 0;
  Keys keys_;
  Channels channels_;
  std::string damage_;
  bool folder_made_ = false;
  struct Hole {
    uint64_t serial, from, to;
    const char* what;
  };
  std::vector<Hole> holes_;  ///< rows that are not in the segments: harmless if they are applied

  std::mutex free_mutex_;  ///< of Free and the state files
  std::unique_ptr<File> state_file_;
  std::vector<uint64_t> state_serials_;
  uint64_t next_state_ = 1;
  uint64_t state_bytes_ = 0;
  uint64_t state_file_bytes_ = 0;
  bool snapshot_needed_ = false;  ///< a state write failed
};

}  // namespace firn::pipeline
