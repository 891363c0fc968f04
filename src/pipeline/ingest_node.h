// IngestNode: ingest in this process: its buffers (one a medium: local folder, objects, memory), those adopted from
// processes that ended, the committer that carries them into bronze, and the pipelines' rules by name. Made by `cli`
// after the lake is open; routes call it from any thread.
//
//   auto table = ingest.Known("sales", "orders");              // on an io thread: no I/O
//   if (!table) table = *ingest.Find("sales", "orders");       // on a worker: looks at the head, opens the buffer
//   table->buffer->Append(batch, [](AppendResult result) { … });
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/result.h"
#include "catalog/local_folder.h"
#include "pipeline/bronze/committer.h"
#include "pipeline/buffer/buffers.h"
#include "pipeline/buffer_lease.h"
#include "pipeline/registry/spec.h"
#include "pipeline/silver_waits.h"
#include "session/node.h"

namespace firn::pipeline {

/// What ingest knows of a pipeline: immutable, made anew when its pipe changes.
struct IngestTable {
  IngestTable(PipelineSpec spec_in) : spec(std::move(spec_in)), rules(spec.Rules()) {}

  const PipelineSpec spec;
  const RowRules rules;
  catalog::ObjectRef pipe;
  std::string bronze_id;  ///< the bronze table's
  bool paused = false;
  int32_t schema_version = 0;
  const char* durable = "fsync";  ///< of answers: "fsync", "object", "none"
  std::shared_ptr<TableBuffer> buffer;
  std::string buffer_id;  ///< of `buffer`'s folder: whose a channel is
  /// Buffers of processes that ended, which may know channels and keys of this table.
  std::vector<std::shared_ptr<TableBuffer>> adopted;

  /// Where the channel is; its own buffer for one that nobody knows.
  TableBuffer& HomeOf(std::string_view channel) const;
};
using IngestTablePtr = std::shared_ptr<const IngestTable>;

struct IngestOptions {
  /// Folder of the local folders (DATA/local), whose abandoned buffers are adopted. Empty: a bucket's node, none.
  std::string local_parent;
  /// Without it (a bucket without --local) `durability: fsync` is refused.
  bool has_local = true;
  BufferLimits limits = {};
  CommitterOptions committer = {};
  /// BufferOptions::post
  std::function<void(int lane, std::function<void()> run)> post_answers = {};
};

/// Of one table in all buffers of this process.
struct IngestStatus {
  TableBufferStatus buffer;  ///< sums; lag is the longest
  CommitterStatus bronze;
};

struct IngestMetrics {
  uint64_t log_bytes = 0;
  uint64_t in_flight_bytes = 0;
  uint64_t syncs = 0;
  uint64_t batches = 0;
  double sync_p99_seconds = 0;
  double lag_seconds = 0;  ///< age of the oldest row that is not in bronze
  uint64_t lag_rows = 0;
  CommitterStatus bronze;
};

class IngestNode {
 public:
  /// Opens what earlier processes left in the local folder and its abandoned sisters, and begins to carry it into
  /// bronze. Errors: kStorage; kCorrupt where a buffer's id cannot be read.
  static Result<std::unique_ptr<IngestNode>> Open(session::Node& node, IngestOptions options);
  ~IngestNode();

  /// The pipeline as this process knows it; null: unknown to it, or changed (call Find on a thread that may wait).
  IngestTablePtr Known(std::string_view domain, std::string_view table);
  /// Errors: kObjectNotFound; kUnsupported (durability that this process cannot give); those of opening a buffer.
  Result<IngestTablePtr> Find(std::string_view domain, std::string_view table);

  /// See Committer::WhenApplied: rows before `position` of the table's buffer are in bronze.
  void WhenInBronze(TableBuffer& buffer, uint64_t position, std::function<void(Status)> done) {
    committer_.WhenApplied(buffer, position, std::move(done));
  }
  /// Calls `done` once, when what is in the pipeline's bronze table now is merged into silver. Errors: kTimeout after
  /// a minute; kCanceled when this process stops.
  void WhenInSilver(const catalog::ObjectRef& pipe, std::function<void(const Status&)> done) {
    silver_waits_.Add(pipe, std::move(done));
  }
  /// A channel that the table's buffer does not know yet becomes its own, in the log: no other process opens it then.
  /// Errors: kConflict where it is another's; those of Catalog::Commit.
  Status ClaimChannel(const IngestTable& table, const std::string& channel);
  /// It was deleted.
  Status ReleaseChannel(const IngestTable& table, const std::string& channel);
  IngestStatus StatusOf(const IngestTable& table);
  IngestMetrics metrics();
  /// See Committer::IsBehind, of a bronze table.
  bool IsBehind(const std::string& table_id) { return committer_.IsBehind(table_id); }
  session::Node& node() { return node_; }
  const BufferLimits& limits() const { return options_.limits; }

  /// Takes nothing more: appends are answered kClosing.
  void Close();
  /// Carries what is there into bronze, for at most `time`, and ends the threads. After Close.
  void Flush(Micros time);

 private:
  struct Medium;
  using MediumPtr = std::shared_ptr<Medium>;

  IngestNode(session::Node& node, IngestOptions options);
  Status OpenLeftovers();
  Status AdoptFolders();
  void Adopt(MediumPtr medium);
  void DropBuffer(const TableBuffer& gone);
  Status AdoptObjects();
  Result<MediumPtr> OpenMedium(std::shared_ptr<Files> files, BufferLease lease);
  Result<MediumPtr> MediumOf(Durability durability);
  Result<MediumPtr> OpenOwn(Durability durability);
  Status Restore(Medium& medium);
  Result<IngestTablePtr> Make(const catalog::StatePtr& state, const catalog::ObjectRef& pipe);
  IngestTablePtr Cached(const std::string& key, const catalog::CatalogState& state);
  /// Those that take rows, and the adopted ones.
  std::vector<MediumPtr> Media();
  void Housekeep();

  session::Node& node_;
  const IngestOptions options_;
  Committer committer_;
  SilverWaits silver_waits_;

  std::shared_mutex tables_mutex_;
  std::map<std::string, IngestTablePtr, std::less<>> tables_;  ///< by "domain.table" as asked for

  std::mutex media_mutex_;
  std::map<Durability, MediumPtr> media_;  ///< those that take rows
  std::vector<MediumPtr> adopted_;
  std::vector<catalog::LocalFolder> folders_;  ///< of `adopted_`, locked

  std::mutex wake_mutex_;
  std::condition_variable wake_;
  std::atomic<bool> closing_{false};  ///< set under wake_mutex_, read under either
  std::thread housekeeper_;
};

}  // namespace firn::pipeline
