#include "unit/catalog/lake.h"

#include <filesystem>

#include "base/ids.h"
#include "iceberg/value.h"

namespace firn::catalog {

std::string NewFolderPath() {
  const std::filesystem::path memory = "/dev/shm";
  const std::filesystem::path parent =
      std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path();
  return (parent / ("firn-" + NewUuid())).string();
}

CatalogOptions TestOptions(Clock* clock) {
  CatalogOptions options;
  options.clock = clock;
  options.node = "test";
  // Hashing takes 0.1 s, and these tests make hundreds of accounts.
  static const std::string kHash = HashPassword("secret");
  options.admin_password = kHash;
  options.checkpoint_every = 0;
  options.parallel_writes = 0;
  return options;
}

Result<std::unique_ptr<Catalog>> OpenLake(std::shared_ptr<storage::Store> store, const CatalogOptions& options) {
  return Catalog::Open(std::move(store), Secrets::Random(), options);
}

StatementInfo Statement(std::string kind, std::string request_id) {
  StatementInfo statement;
  statement.query_id = NewQueryId();
  statement.request_id = std::move(request_id);
  statement.user = "ADMIN";
  statement.kind = std::move(kind);
  return statement;
}

Result<std::string> MakeSchema(Catalog& catalog, const std::string& database) {
  Transaction transaction;
  Object parent = NewObject(DatabaseInfo{}, "", database, "ACCOUNTADMIN");
  Object schema = NewObject(SchemaInfo{}, parent.id, "PUBLIC", "ACCOUNTADMIN");
  std::string id = schema.id;
  transaction.objects = {ObjectChange::Create(std::move(parent)), ObjectChange::Create(std::move(schema))};
  transaction.statements = {Statement("CREATE_DATABASE")};
  FIRN_TRY(catalog.Commit(std::move(transaction)));
  return id;
}

Transaction NewTableTransaction(Catalog& catalog, const std::string& schema_id, const std::string& name,
                                const std::vector<int64_t>& rows_of_files, int format_version) {
  Object table = NewObject(TableInfo{}, schema_id, name, "ACCOUNTADMIN");
  iceberg::NewTableOptions options;
  iceberg::Field field;
  field.name = "N";
  field.type = iceberg::Type::Of(iceberg::Kind::kLong);
  options.fields = {field};
  options.format_version = format_version;
  TableVersionPtr initial = Must(catalog.NewTable(table.id, std::move(options)));
  TableInfo info;
  info.location = initial->metadata->location;
  info.format_version = format_version;
  ColumnInfo column;
  column.field_id = initial->metadata->schema().fields[0].id;
  column.name = "N";
  column.type = SqlType::Integer();
  info.columns = {column};
  table.info = std::move(info);

  Transaction transaction;
  transaction.statements = {Statement("CREATE_TABLE")};
  PendingTable pending = PendingTable::New(std::make_shared<const Object>(table), name, initial);
  if (!rows_of_files.empty()) {
    iceberg::TableChange change;
    for (int64_t rows : rows_of_files) change.added.push_back(Must(MakeFile(catalog, *initial, rows)));
    Must(pending.Add(Verb::kInsert, initial, std::move(change), {}));
  }
  transaction.tables.push_back(std::move(pending));
  transaction.objects = {ObjectChange::Create(std::move(table))};
  return transaction;
}

Result<ObjectRef> MakeTable(Catalog& catalog, const std::string& schema_id, const std::string& name,
                            int format_version) {
  Transaction transaction = NewTableTransaction(catalog, schema_id, name, {}, format_version);
  std::string id = transaction.objects[0].object.id;
  FIRN_TRY(catalog.Commit(std::move(transaction)));
  return catalog.Current()->ById(id);
}

Result<iceberg::DataFile> MakeFile(Catalog& catalog, const TableVersion& version, int64_t rows, int64_t least,
                                   int64_t greatest) {
  iceberg::DataFile file;
  file.path = version.metadata->location + "/data/" + NewUuid() + ".parquet";
  FIRN_ASSIGN(std::string path, catalog.store()->PathOf(file.path));
  std::string bytes(static_cast<size_t>(rows), 'r');
  FIRN_TRY(catalog.store()->Put(path, bytes));
  file.record_count = rows;
  file.size = static_cast<int64_t>(bytes.size());
  const iceberg::Field& field = version.metadata->schema().fields[0];
  iceberg::ColumnMetrics metrics;
  metrics.field_id = field.id;
  metrics.value_count = rows;
  metrics.null_count = 0;
  metrics.lower = iceberg::ToBinary(field.type, iceberg::Value(least));
  metrics.upper = iceberg::ToBinary(field.type, iceberg::Value(greatest));
  file.columns = {metrics};
  return file;
}

ObjectRef TableNamed(Catalog& catalog, const std::string& name) {
  return Must(catalog.Head())->InSchema("DB", "PUBLIC", ObjectKind::kTable, name);
}

TableVersionPtr VersionOf(Catalog& catalog, const std::string& name) {
  StatePtr state = Must(catalog.Head());
  ObjectRef table = state->InSchema("DB", "PUBLIC", ObjectKind::kTable, name);
  if (!table) return nullptr;
  return Must(catalog.TableAt(*state, *table));
}

int64_t RowsOf(const TableVersion& version) {
  int64_t rows = 0;
  for (const iceberg::LiveFilePtr& file : version.files->files()) {
    rows += file->data->record_count;
    if (file->pending) {
      rows -= static_cast<int64_t>(file->pending->Cardinality());
    } else if (file->vector) {
      rows -= file->vector->record_count;
    }
  }
  return rows;
}

int64_t RowsOf(Catalog& catalog, const std::string& name) { return RowsOf(*VersionOf(catalog, name)); }

Result<CommitResult> Insert(Catalog& catalog, const std::string& name, int64_t rows, std::string request_id) {
  FIRN_ASSIGN(StatePtr state, catalog.Head());
  ObjectRef table = state->InSchema("DB", "PUBLIC", ObjectKind::kTable, name);
  FIRN_ASSIGN(TableVersionPtr version, catalog.TableAt(*state, *table));
  iceberg::TableChange change;
  FIRN_ASSIGN(iceberg::DataFile file, MakeFile(catalog, *version, rows));
  change.added.push_back(std::move(file));
  PendingTable pending(table, name);
  FIRN_TRY(pending.Add(Verb::kInsert, version, std::move(change), {}));
  Transaction transaction;
  transaction.statements = {Statement("INSERT", std::move(request_id))};
  transaction.statements[0].rows_inserted = rows;
  transaction.tables.push_back(std::move(pending));
  return catalog.Commit(std::move(transaction));
}

Result<CommitResult> InsertAll(Catalog& catalog, const std::vector<std::string>& names, int64_t rows) {
  FIRN_ASSIGN(StatePtr state, catalog.Head());
  Transaction transaction;
  transaction.explicit_transaction = true;
  for (const std::string& name : names) {
    ObjectRef table = state->InSchema("DB", "PUBLIC", ObjectKind::kTable, name);
    FIRN_ASSIGN(TableVersionPtr version, catalog.TableAt(*state, *table));
    iceberg::TableChange change;
    FIRN_ASSIGN(iceberg::DataFile file, MakeFile(catalog, *version, rows));
    change.added.push_back(std::move(file));
    PendingTable pending(table, name);
    FIRN_TRY(pending.Add(Verb::kInsert, version, std::move(change), {}));
    transaction.statements.push_back(Statement("INSERT"));
    transaction.tables.push_back(std::move(pending));
  }
  return catalog.Commit(std::move(transaction));
}

Result<CommitResult> CountOnce(Catalog& catalog, const std::string& name) {
  FIRN_ASSIGN(StatePtr state, catalog.Head());
  ObjectRef table = state->InSchema("DB", "PUBLIC", ObjectKind::kTable, name);
  FIRN_ASSIGN(TableVersionPtr version, catalog.TableAt(*state, *table));
  const iceberg::DataFile& old = *version->files->files().at(0)->data;
  iceberg::TableChange change;
  change.operation = iceberg::Operation::kOverwrite;
  FIRN_ASSIGN(iceberg::DataFile file, MakeFile(catalog, *version, old.record_count + 1));
  change.added.push_back(std::move(file));
  change.removed = {old.path};
  iceberg::ReadSet reads;
  reads.touched = {old.path};
  PendingTable pending(table, name);
  FIRN_TRY(pending.Add(Verb::kUpdate, version, std::move(change), std::move(reads)));
  Transaction transaction;
  transaction.statements = {Statement("UPDATE")};
  transaction.tables.push_back(std::move(pending));
  return catalog.Commit(std::move(transaction));
}

}  // namespace firn::catalog
