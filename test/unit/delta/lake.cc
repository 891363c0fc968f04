#include "unit/delta/lake.h"

#include <boost/json.hpp>
#include <cstdio>

#include "base/ids.h"

namespace firn::delta {

using catalog::Object;
using catalog::ObjectChange;

namespace {

catalog::StatementInfo Statement(const char* kind) {
  catalog::StatementInfo statement;
  statement.query_id = NewQueryId();
  statement.user = "ADMIN";
  statement.kind = kind;
  return statement;
}

/// The folder goes with the program.
struct Folder {
  Folder() : path((std::filesystem::temp_directory_path() / ("firn_delta_" + NewUuid())).string()) {
    std::filesystem::create_directories(path);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  const std::string path;
};

Folder& TheFolder() {
  static Folder folder;
  return folder;
}

}  // namespace

std::string ScratchFolder() { return TheFolder().path; }

engine::Engine& TestEngine() {
  TheFolder();
  static std::unique_ptr<engine::Engine> engine =
      Must(engine::Engine::Open({.threads = 2, .allowed_directories = {ScratchFolder()}}));
  return *engine;
}

iceberg::Field Field(const std::string& name, iceberg::Kind kind) {
  iceberg::Field field;
  field.name = name;
  field.type = iceberg::Type::Of(kind);
  return field;
}

MirrorOptions Lake::Options() {
  MirrorOptions options;
  options.threads = 0;
  options.scratch_folder = ScratchFolder();
  options.log.checkpoint_every = 0;
  return options;
}

Lake::Lake(std::shared_ptr<storage::Store> store, MirrorOptions options, bool start) : store_(std::move(store)) {
  catalog::CatalogOptions catalog;
  catalog.node = "test";
  static const std::string kHash = catalog::HashPassword("secret");
  catalog.admin_password = kHash;
  catalog.checkpoint_every = 0;
  catalog.parallel_writes = 0;
  catalog_ = Must(catalog::Catalog::Open(store_, catalog::Secrets::Random(), catalog));
  if (!Must(catalog_->Head())->Database("DB")) {
    catalog::Transaction transaction;
    Object database = catalog::NewObject(catalog::DatabaseInfo{}, "", "DB", "ACCOUNTADMIN");
    Object schema = catalog::NewObject(catalog::SchemaInfo{}, database.id, "PUBLIC", "ACCOUNTADMIN");
    transaction.objects = {ObjectChange::Create(std::move(database)), ObjectChange::Create(std::move(schema))};
    transaction.statements = {Statement("CREATE_DATABASE")};
    Must(catalog_->Commit(std::move(transaction)));
  }
  if (start) OpenMirror(std::move(options));
}

Lake::~Lake() = default;

void Lake::OpenMirror(MirrorOptions options) {
  mirror_ = std::make_unique<Mirror>(*catalog_, TestEngine(), std::move(options));
  mirror_->Start();
}

Status Lake::Create(const std::string& name, std::vector<iceberg::Field> fields, catalog::OptionMap options) {
  const std::string schema_id = Must(catalog_->Head())->Schema("DB", "PUBLIC")->id;
  Object table = catalog::NewObject(catalog::TableInfo{}, schema_id, name, "ACCOUNTADMIN");
  iceberg::NewTableOptions made;
  made.fields = std::move(fields);
  FIRN_ASSIGN(catalog::TableVersionPtr initial, catalog_->NewTable(table.id, std::move(made)));
  table.As<catalog::TableInfo>()->location = initial->metadata->location;
  table.options = std::move(options);
  catalog::Transaction transaction;
  transaction.statements = {Statement("CREATE_TABLE")};
  transaction.tables = {catalog::PendingTable::New(std::make_shared<const Object>(table), name, initial)};
  transaction.objects = {ObjectChange::Create(std::move(table))};
  FIRN_TRY(catalog_->Commit(std::move(transaction)));
  return Ok();
}

catalog::ObjectRef Lake::Table(const std::string& name) {
  return Must(catalog_->Head())->InSchema("DB", "PUBLIC", catalog::ObjectKind::kTable, name);
}

catalog::TableVersionPtr Lake::Version(const std::string& name) {
  catalog::StatePtr state = Must(catalog_->Head());
  return Must(catalog_->TableAt(*state, *Table(name)));
}

Result<iceberg::DataFile> Lake::MakeFile(const catalog::TableVersion& version, int64_t rows) {
  iceberg::DataFile file;
  file.path = version.metadata->location + "/data/" + NewUuid() + ".parquet";
  FIRN_ASSIGN(std::string path, store_->PathOf(file.path));
  FIRN_TRY(store_->Put(path, "rows"));
  file.record_count = rows;
  file.size = 4;
  const iceberg::Field& field = version.metadata->schema().fields[0];
  iceberg::ColumnMetrics metrics;
  metrics.field_id = field.id;
  metrics.value_count = rows;
  metrics.null_count = 0;
  file.columns = {metrics};
  return file;
}

Result<catalog::CommitResult> Lake::Commit(catalog::Verb verb, const std::string& name, iceberg::TableChange change) {
  catalog::TableVersionPtr version = Version(name);
  catalog::PendingTable pending(Table(name), name);
  FIRN_TRY(pending.Add(verb, version, std::move(change), {}));
  catalog::Transaction transaction;
  transaction.statements = {Statement("TEST")};
  transaction.tables.push_back(std::move(pending));
  return catalog_->Commit(std::move(transaction));
}

Result<catalog::CommitResult> Lake::Insert(const std::string& name, int64_t rows) {
  iceberg::TableChange change;
  FIRN_ASSIGN(iceberg::DataFile file, MakeFile(*Version(name), rows));
  change.added.push_back(std::move(file));
  return Commit(catalog::Verb::kInsert, name, std::move(change));
}

Result<catalog::CommitResult> Lake::Delete(const std::string& name, size_t index,
                                           const std::vector<uint64_t>& positions) {
  catalog::TableVersionPtr version = Version(name);
  const iceberg::LiveFile& file = *version->files->files().at(index);
  auto vector = std::make_shared<iceberg::DeletionVector>();
  FIRN_ASSIGN(auto old, iceberg::LoadDeletes(*store_, file));
  if (old) *vector = *old;
  vector->Add(positions);
  iceberg::TableChange change;
  change.operation = iceberg::Operation::kDelete;
  change.vectors[file.data->path] = vector;
  return Commit(catalog::Verb::kDelete, name, std::move(change));
}

Result<catalog::CommitResult> Lake::Compact(const std::string& name) {
  catalog::TableVersionPtr version = Version(name);
  iceberg::TableChange change;
  change.operation = iceberg::Operation::kReplace;
  for (const iceberg::LiveFilePtr& file : version->files->files()) change.removed.push_back(file->data->path);
  FIRN_ASSIGN(iceberg::DataFile file, MakeFile(*version, Rows(name)));
  file.data_sequence_number = version->metadata->last_sequence_number;
  change.added.push_back(std::move(file));
  return Commit(catalog::Verb::kCompact, name, std::move(change));
}

Result<catalog::CommitResult> Lake::Edit(const std::string& name, catalog::MetadataEdit edit) {
  catalog::PendingTable pending(Table(name), name);
  FIRN_TRY(pending.Edit(catalog::Verb::kAlter, Version(name), std::move(edit)));
  catalog::Transaction transaction;
  transaction.statements = {Statement("ALTER_TABLE")};
  transaction.tables.push_back(std::move(pending));
  return catalog_->Commit(std::move(transaction));
}

Result<catalog::CommitResult> Lake::SetOptions(const std::string& name, catalog::OptionMap options) {
  catalog::ObjectRef table = Table(name);
  Object changed = *table;
  changed.options = std::move(options);
  catalog::Transaction transaction;
  transaction.statements = {Statement("ALTER_TABLE")};
  transaction.objects = {ObjectChange::Alter(*table, std::move(changed))};
  return catalog_->Commit(std::move(transaction));
}

int64_t Lake::Rows(const std::string& name) {
  int64_t rows = 0;
  for (const iceberg::LiveFilePtr& file : Version(name)->files->files()) {
    rows += file->data->record_count - (file->vector ? file->vector->record_count : 0);
  }
  return rows;
}

std::string Lake::LogFile(const std::string& name, const std::string& file) {
  return Must(store_->PathOf(Version(name)->metadata->location + "/_delta_log/" + file));
}

Replayed Lake::Replay(const std::string& name) {
  Replayed log;
  std::map<std::string, int64_t> records;
  for (int version = 0;; ++version) {
    char file[64];
    std::snprintf(file, sizeof file, "%020d.json", version);
    Result<std::string> text = store_->Read(LogFile(name, file));
    if (!text.ok()) break;
    log.commits.push_back(*text);
    std::set<std::string> removed, added;
    size_t begin = 0;
    for (size_t end = text->find('\n'); end != std::string::npos; begin = end + 1, end = text->find('\n', begin)) {
      boost::json::object action = boost::json::parse(text->substr(begin, end - begin)).as_object();
      if (auto* add = action.if_contains("add")) {
        std::string path(add->at("path").as_string());
        if (!added.insert(path).second) log.faults.insert("added twice: " + path);
        auto stats = boost::json::parse(std::string(add->at("stats").as_string()));
        records[path] = stats.at("numRecords").as_int64();
        auto* vector = add->as_object().if_contains("deletionVector");
        log.deleted[path] = vector ? vector->at("cardinality").as_int64() : 0;
        if (stats.at("tightBounds").as_bool() != !vector) log.faults.insert("tightBounds: " + path);
      } else if (auto* remove = action.if_contains("remove")) {
        std::string path(remove->at("path").as_string());
        if (!log.deleted.contains(path) || added.contains(path)) log.faults.insert("removed, not there: " + path);
        log.deleted.erase(path);
      } else if (auto* txn = action.if_contains("txn")) {
        if (txn->at("appId").as_string() == "firn-mirror") log.sequences.push_back(txn->at("version").as_int64());
      } else if (auto* info = action.if_contains("metaData")) {
        log.schema = std::string(info->at("schemaString").as_string());
      } else if (auto* protocol = action.if_contains("protocol")) {
        log.protocol = boost::json::serialize(*protocol);
      }
    }
  }
  for (const auto& [path, deleted] : log.deleted) log.rows += records[path] - deleted;
  return log;
}

}  // namespace firn::delta
