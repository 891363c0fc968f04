#include "pipeline/ingest_node.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "base/errors.h"
#include "base/ids.h"
#include "base/log.h"
#include "pipeline/buffer/adopt.h"
#include "pipeline/registry/spec_text.h"

namespace firn::pipeline {

using catalog::ObjectKind;
using catalog::ObjectRef;

namespace {

constexpr const char* kBronze = "BRONZE";
constexpr const char* kLeaseFile = "buffer.lease";
constexpr const char* kObjectLeaseFile = "objects.lease";
constexpr const char* kObjects = "ingest/";
constexpr int kObjectSyncThreads = 4;
constexpr std::chrono::seconds kHousekeeping{20};
constexpr Micros kRenewBefore = Micros{400} * 1000000;

std::string KeyOf(std::string_view domain, std::string_view table) {
  std::string key;
  key.reserve(domain.size() + table.size() + 1);
  key.append(domain);
  key += '.';
  key.append(table);
  return key;
}

const char* DurableText(Durability durability) {
  switch (durability) {
    case Durability::kFsync:
      return "fsync";
    case Durability::kObject:
      return "object";
    case Durability::kMemory:
      return "none";
  }
  return "";
}

}  // namespace

struct IngestNode::Medium {
  Medium(std::unique_ptr<Buffers> buffers, BufferLease lease) : lease(std::move(lease)), buffers(std::move(buffers)) {}
  BufferLease lease;
  std::unique_ptr<Buffers> buffers;
};

TableBuffer& IngestTable::HomeOf(std::string_view channel) const {
  if (buffer->FindChannel(channel)) return *buffer;
  for (const auto& other : adopted) {
    if (other->FindChannel(channel)) return *other;
  }
  return *buffer;
}

IngestNode::IngestNode(session::Node& node, IngestOptions options)
    : node_(node), options_(std::move(options)), committer_(node, options_.committer), silver_waits_(node) {
  committer_.WhenGone([this](TableBuffer& gone) { DropBuffer(gone); });
}

Result<std::unique_ptr<IngestNode>> IngestNode::Open(session::Node& node, IngestOptions options) {
  std::unique_ptr<IngestNode> ingest(new IngestNode(node, std::move(options)));
  FIRN_TRY(ingest->OpenLeftovers());
  FIRN_TRY(ingest->AdoptFolders());
  // A bucket that does not answer must not keep the node from starting: tried again by the housekeeper.
  Status adopted = ingest->AdoptObjects();
  if (!adopted.ok()) log::warn("ingest buffers of other processes: {}", adopted.error().Message());
  ingest->housekeeper_ = std::thread([raw = ingest.get()] { raw->Housekeep(); });
  return ingest;
}

IngestNode::~IngestNode() {
  Close();
  Flush(0);
}

Result<IngestNode::MediumPtr> IngestNode::OpenMedium(std::shared_ptr<Files> files, BufferLease lease) {
  BufferOptions buffer;
  buffer.files = std::move(files);
  buffer.number = lease.number();
  buffer.clock = node_.clock;
  buffer.limits = options_.limits;
  buffer.sync_threads = buffer.files->appends() ? 1 : kObjectSyncThreads;
  buffer.on_grown = [this](TableBuffer& table) { committer_.OnGrown(table); };
  buffer.post = options_.post_answers;
  FIRN_ASSIGN(std::unique_ptr<Buffers> buffers, Buffers::Open(std::move(buffer)));
  auto medium = std::make_shared<Medium>(std::move(buffers), std::move(lease));
  FIRN_TRY(Restore(*medium));
  return medium;
}

/// Tells each table what is applied; the rest goes to the committer.
Status IngestNode::Restore(Medium& medium) {
  FIRN_ASSIGN(catalog::StatePtr state, node_.catalog->Head());
  for (const auto& table : medium.buffers->Tables()) {
    const std::string id = table->id();
    if (!state->ById(id)) {
      const uint64_t rows = table->status().lag_rows;
      log::warn("ingest buffer {}: table {} is gone for good; {} rows that waited for it are discarded",
                medium.buffers->id(), id, rows);
      committer_.CountDiscarded(rows);
      FIRN_TRY(medium.buffers->Drop(id));
      continue;
    }
    const TableBufferStatus status = table->status();
    if (!status.damage.empty()) {
      log::error("ingest buffer: {}", status.damage);
      continue;
    }
    FIRN_TRY(table->Free(AppliedPosition(*state, id, medium.buffers->id())));
    committer_.Add(medium.buffers->id(), table);
  }
  return Ok();
}

Status IngestNode::OpenLeftovers() {
  namespace fs = std::filesystem;
  std::lock_guard lock(media_mutex_);
  std::error_code failure;
  const std::string own = node_.local_folder + "/" + kBufferFolder;
  if (fs::is_directory(own, failure)) {
    FIRN_ASSIGN(media_[Durability::kFsync], OpenOwn(Durability::kFsync));
  }
  if (fs::is_regular_file(node_.local_folder + "/" + kObjectLeaseFile, failure)) {
    FIRN_ASSIGN(media_[Durability::kObject], OpenOwn(Durability::kObject));
  }
  return Ok();
}

/// The folders of processes that ended.
Status IngestNode::AdoptFolders() {
  if (options_.local_parent.empty()) return Ok();
  FIRN_ASSIGN(auto folders, ClaimAbandoned(options_.local_parent, node_.local_folder));
  for (catalog::LocalFolder& folder : folders) {
    FIRN_ASSIGN(BufferLease lease, BufferLease::Take(node_, folder.path() + "/" + kLeaseFile));
    FIRN_ASSIGN(auto files, OpenFolderFiles(folder.path() + "/" + kBufferFolder));
    FIRN_ASSIGN(MediumPtr medium, OpenMedium(std::move(files), std::move(lease)));
    log::info("took over the ingest buffer in {}", folder.path());
    Adopt(std::move(medium));
    std::lock_guard lock(media_mutex_);
    folders_.push_back(std::move(folder));
  }
  return Ok();
}

/// Tables that are known look anew who knows their keys and channels.
void IngestNode::Adopt(MediumPtr medium) {
  {
    std::lock_guard lock(media_mutex_);
    adopted_.push_back(std::move(medium));
  }
  std::unique_lock lock(tables_mutex_);
  tables_.clear();
}

void IngestNode::DropBuffer(const TableBuffer& gone) {
  for (const MediumPtr& medium : Media()) {
    for (const auto& table : medium->buffers->Tables()) {
      if (table.get() != &gone) continue;
      Status dropped = medium->buffers->Drop(table->id());
      if (!dropped.ok()) log::warn("ingest buffer of table {}: {}", table->id(), dropped.error().Message());
    }
  }
}

/// The object buffers of processes whose leases have ended.
Status IngestNode::AdoptObjects() {
  FIRN_ASSIGN(auto objects, node_.store->List(kObjects));
  std::set<int> numbers;
  for (const storage::ObjectInfo& object : objects) {
    numbers.insert(std::atoi(object.path.c_str() + std::string_view(kObjects).size()));
  }
  for (int number : numbers) {
    FIRN_ASSIGN(auto lease, BufferLease::TakeOver(node_, number));
    if (!lease) continue;
    auto files = OpenObjectFiles(*node_.store, kObjects + std::to_string(number), *node_.clock);
    FIRN_ASSIGN(MediumPtr medium, OpenMedium(std::move(files), *std::move(lease)));
    log::info("took over the ingest buffer of objects {}", number);
    Adopt(std::move(medium));
  }
  return Ok();
}

Result<IngestNode::MediumPtr> IngestNode::MediumOf(Durability durability) {
  std::lock_guard lock(media_mutex_);
  if (auto found = media_.find(durability); found != media_.end()) return found->second;
  if (closing_) return Error(errors::kCanceled);
  if (durability == Durability::kFsync && !options_.has_local) {
    return Error(errors::kUnsupported, {"durability: fsync without --local; say durability: object"});
  }
  FIRN_ASSIGN(MediumPtr medium, OpenOwn(durability));
  media_[durability] = medium;
  return medium;
}

Result<IngestNode::MediumPtr> IngestNode::OpenOwn(Durability durability) {
  const char* file = durability == Durability::kObject ? kObjectLeaseFile : kLeaseFile;
  FIRN_ASSIGN(BufferLease lease,
              BufferLease::Take(node_, durability == Durability::kMemory ? "" : node_.local_folder + "/" + file));
  std::shared_ptr<Files> files;
  if (durability == Durability::kFsync) {
    FIRN_ASSIGN(files, OpenFolderFiles(node_.local_folder + "/" + kBufferFolder));
  } else if (durability == Durability::kObject) {
    files = OpenObjectFiles(*node_.store, kObjects + std::to_string(lease.number()), *node_.clock);
  } else {
    files = OpenMemoryFiles();
  }
  return OpenMedium(std::move(files), std::move(lease));
}

IngestTablePtr IngestNode::Cached(const std::string& key, const catalog::CatalogState& state) {
  IngestTablePtr table;
  {
    std::shared_lock lock(tables_mutex_);
    auto found = tables_.find(key);
    if (found == tables_.end()) return nullptr;
    table = found->second;
  }
  // The pipe is an immutable value: another one where anything of it changed.
  if (state.ById(table->pipe->id) != table->pipe || !state.IsAlive(*table->pipe)) return nullptr;
  return table;
}

IngestTablePtr IngestNode::Known(std::string_view domain, std::string_view table) {
  return Cached(KeyOf(domain, table), *node_.catalog->Current());
}

Result<IngestTablePtr> IngestNode::Find(std::string_view domain, std::string_view table) {
  const std::string key = KeyOf(domain, table);
  FIRN_ASSIGN(catalog::StatePtr state, node_.catalog->Head());
  if (IngestTablePtr cached = Cached(key, *state)) return cached;
  ObjectRef pipe = state->InSchema(std::string(domain), kBronze, ObjectKind::kPipe, std::string(table));
  const auto* info = pipe ? pipe->As<catalog::PipeInfo>() : nullptr;
  if (!info || info->pipeline.empty()) return Error(errors::kObjectNotFound, {key});
  FIRN_ASSIGN(IngestTablePtr made, Make(state, pipe));
  std::unique_lock lock(tables_mutex_);
  tables_[key] = made;
  return made;
}

Result<IngestTablePtr> IngestNode::Make(const catalog::StatePtr& state, const ObjectRef& pipe) {
  const auto& info = *pipe->As<catalog::PipeInfo>();
  FIRN_ASSIGN(PipelineSpec spec, ParseSpecJson(info.pipeline));
  ObjectRef bronze = state->ById(info.table_id);
  if (!bronze || !state->IsAlive(*bronze)) return Error(errors::kObjectNotFound, {state->FullName(*pipe)});
  auto table = std::make_shared<IngestTable>(std::move(spec));
  table->pipe = pipe;
  table->bronze_id = info.table_id;
  table->paused = info.paused;
  table->schema_version = info.schema_version;
  table->durable = DurableText(table->spec.durability);
  FIRN_ASSIGN(MediumPtr medium, MediumOf(table->spec.durability));
  FIRN_ASSIGN(table->buffer, medium->buffers->Table(info.table_id));
  table->buffer_id = medium->buffers->id();
  committer_.Add(medium->buffers->id(), table->buffer);
  committer_.SetLimits(*table->buffer, table->spec.flush);
  std::lock_guard lock(media_mutex_);
  for (const MediumPtr& other : adopted_) {
    for (const auto& buffer : other->buffers->Tables()) {
      if (buffer->id() == info.table_id) table->adopted.push_back(buffer);
    }
  }
  return IngestTablePtr(std::move(table));
}

namespace {

/// Whose a channel is: an offset of the pipe, whose value tells buffers apart.
std::string ChannelKey(const std::string& channel) { return "channel " + channel; }

int64_t MarkOfBuffer(const std::string& buffer_id) {
  const std::string hash = Sha256(buffer_id);
  int64_t mark = 0;
  for (size_t i = 0; i < 7; ++i) mark = mark << 8 | static_cast<uint8_t>(hash[i]);
  return mark;
}

std::optional<int64_t> OwnerOf(const catalog::CatalogState& state, const IngestTable& table, const std::string& key) {
  const catalog::Offsets offsets = state.OffsetsOf(table.pipe->id);
  const auto found = offsets.find(key);
  return found == offsets.end() ? std::nullopt : std::optional<int64_t>(found->second);
}

}  // namespace

Status IngestNode::ClaimChannel(const IngestTable& table, const std::string& channel) {
  const std::string key = ChannelKey(channel);
  const int64_t own = MarkOfBuffer(table.buffer_id);
  FIRN_ASSIGN(catalog::StatePtr state, node_.catalog->Head());
  const std::optional<int64_t> owner = OwnerOf(*state, table, key);
  if (owner == own) return Ok();
  if (owner) return Error(errors::kConflict, {channel, "its offsets are in the buffer of another process"});
  catalog::Transaction transaction;
  transaction.offsets.push_back({table.pipe->id, key, std::nullopt, own});
  FIRN_TRY(node_.catalog->Commit(std::move(transaction)));
  return Ok();
}

Status IngestNode::ReleaseChannel(const IngestTable& table, const std::string& channel) {
  const std::string key = ChannelKey(channel);
  FIRN_ASSIGN(catalog::StatePtr state, node_.catalog->Head());
  const std::optional<int64_t> owner = OwnerOf(*state, table, key);
  if (!owner) return Ok();
  catalog::Transaction transaction;
  transaction.offsets.push_back({table.pipe->id, key, owner, std::nullopt});
  FIRN_TRY(node_.catalog->Commit(std::move(transaction)));
  return Ok();
}

std::vector<IngestNode::MediumPtr> IngestNode::Media() {
  std::lock_guard lock(media_mutex_);
  std::vector<MediumPtr> media(adopted_);
  for (const auto& [durability, medium] : media_) media.push_back(medium);
  return media;
}

IngestStatus IngestNode::StatusOf(const IngestTable& table) {
  IngestStatus out;
  out.buffer = table.buffer->status();
  out.bronze = committer_.StatusOf(*table.buffer);
  for (const auto& other : table.adopted) {
    const TableBufferStatus status = other->status();
    out.buffer.log_bytes += status.log_bytes;
    out.buffer.lag_rows += status.lag_rows;
    out.buffer.lag_bytes += status.lag_bytes;
    out.buffer.lag = std::max(out.buffer.lag, status.lag);
    out.buffer.last_seq = std::max(out.buffer.last_seq, status.last_seq);
    if (out.bronze.last_error.empty()) out.bronze.last_error = committer_.StatusOf(*other).last_error;
  }
  return out;
}

IngestMetrics IngestNode::metrics() {
  IngestMetrics out;
  out.bronze = committer_.Total();
  std::array<uint64_t, 32> syncs{};
  for (const MediumPtr& medium : Media()) {
    const BufferMetrics metrics = medium->buffers->metrics();
    out.log_bytes += metrics.log_bytes;
    out.in_flight_bytes += metrics.in_flight_bytes;
    out.batches += metrics.appends;
    for (size_t i = 0; i < syncs.size(); ++i) syncs[i] += metrics.sync_micros[i];
    for (const auto& table : medium->buffers->Tables()) {
      const TableBufferStatus status = table->status();
      out.lag_rows += status.lag_rows;
      out.lag_seconds = std::max(out.lag_seconds, static_cast<double>(status.lag) / 1e6);
    }
  }
  for (uint64_t count : syncs) out.syncs += count;
  uint64_t seen = 0;
  for (size_t i = 0; i < syncs.size() && out.syncs > 0; ++i) {
    seen += syncs[i];
    if (seen * 100 < out.syncs * 99) continue;
    out.sync_p99_seconds = static_cast<double>(uint64_t{1} << i) / 1e6;
    break;
  }
  return out;
}

/// Renews the leases, and looks for buffers that processes left.
void IngestNode::Housekeep() {
  std::unique_lock wake(wake_mutex_);
  while (!wake_.wait_for(wake, kHousekeeping, [&] { return closing_.load(); })) {
    wake.unlock();
    for (const MediumPtr& medium : Media()) {
      if (medium->lease.until() - node_.clock->Now() > kRenewBefore) continue;
      Status renewed = medium->lease.Renew();
      if (renewed.ok()) continue;
      log::warn("the lease of ingest buffer {}: {}", medium->lease.number(), renewed.error().Message());
      // Somebody else has the number now: rows under it would not be told apart.
      if (renewed.error().Is(errors::kConflict)) medium->buffers->Close();
    }
    for (const Status& adopted : {AdoptFolders(), AdoptObjects()}) {
      if (!adopted.ok()) log::warn("ingest buffers of other processes: {}", adopted.error().Message());
    }
    wake.lock();
  }
}

void IngestNode::Close() {
  {
    std::lock_guard lock(wake_mutex_);
    closing_ = true;
  }
  wake_.notify_all();
  if (housekeeper_.joinable()) housekeeper_.join();
  for (const MediumPtr& medium : Media()) medium->buffers->Close();
}

void IngestNode::Flush(Micros time) {
  committer_.Stop(time);
  silver_waits_.Stop();
  std::lock_guard lock(media_mutex_);
  for (auto& [durability, medium] : media_) {
    // What an object buffer still holds is found by its number: another process takes both over when the lease ends.
    bool empty = true;
    for (const auto& table : medium->buffers->Tables()) empty = empty && table->status().lag_rows == 0;
    if (durability != Durability::kObject || empty) medium->lease.Release();
  }
  for (const MediumPtr& medium : adopted_) medium->lease.Release();
  media_.clear();
  adopted_.clear();
}

}  // namespace firn::pipeline
