#include "statements/table_columns.h"

#include <set>

#include "base/errors.h"
#include "iceberg/creation_names.h"

namespace firn::statements {

using iceberg::Kind;
using iceberg::Type;

Type IcebergType(const SqlType& type) {
  switch (type.id) {
    case TypeId::kBinary:
      return Type::Of(Kind::kBinary);
    case TypeId::kBoolean:
      return Type::Of(Kind::kBoolean);
    case TypeId::kDate:
      return Type::Of(Kind::kDate);
    case TypeId::kFloat:
      return Type::Of(Kind::kDouble);
    case TypeId::kInteger:
      return Type::Of(Kind::kLong);
    case TypeId::kNumber:
      return Type::Decimal(type.precision, type.scale);
    case TypeId::kTime:
      return Type::Of(Kind::kTime);
    case TypeId::kTimestampLtz:
      return Type::Of(Kind::kTimestampTz);
    case TypeId::kTimestampNtz:
      return Type::Of(Kind::kTimestamp);
    case TypeId::kTimestampTz:
      return Type::Struct({iceberg::Field{.name = "instant", .type = Type::Of(Kind::kTimestamp)},
                           iceberg::Field{.name = "offset_minutes", .type = Type::Of(Kind::kInt)}});
    default:
      return Type::Of(Kind::kString);
  }
}

Result<SqlType> SqlTypeOf(const Type& type) {
  switch (type.kind) {
    case Kind::kBoolean:
      return SqlType::Of(TypeId::kBoolean);
    case Kind::kInt:
    case Kind::kLong:
      return SqlType::Integer();
    case Kind::kFloat:
    case Kind::kDouble:
      return SqlType::Of(TypeId::kFloat);
    case Kind::kDecimal:
      return SqlType::Number(type.precision, type.scale);
    case Kind::kDate:
      return SqlType::Of(TypeId::kDate);
    case Kind::kTime:
      return SqlType::Timestamp(TypeId::kTime, 6);
    case Kind::kTimestamp:
      return SqlType::Timestamp(TypeId::kTimestampNtz, 6);
    case Kind::kTimestampNs:
      return SqlType::Timestamp(TypeId::kTimestampNtz, 9);
    case Kind::kTimestampTz:
      return SqlType::Timestamp(TypeId::kTimestampLtz, 6);
    case Kind::kTimestampTzNs:
      return SqlType::Timestamp(TypeId::kTimestampLtz, 9);
    case Kind::kString:
    case Kind::kUuid:
    case Kind::kUnknown:
      return SqlType::Varchar(kVarcharMaxLength);
    case Kind::kFixed:
    case Kind::kBinary:
      return SqlType::Of(TypeId::kBinary);
    case Kind::kStruct:
    case Kind::kMap:
      return SqlType::Of(TypeId::kObject);
    case Kind::kList:
      return SqlType::Of(TypeId::kArray);
    default:
      return Error(errors::kUnsupported, {"Iceberg columns of type " + type.Text()});
  }
}

Result<std::vector<catalog::ColumnInfo>> ColumnsOf(const std::vector<sql::ColumnDef>& definitions) {
  std::vector<catalog::ColumnInfo> columns;
  std::set<std::string> names;
  for (const sql::ColumnDef& definition : definitions) {
    if (!names.insert(Upper(definition.name.text)).second) {
      return Error(errors::kDuplicateColumn, {definition.name.text}, definition.name.at);
    }
    catalog::ColumnInfo column;
    column.name = definition.name.text;
    column.type = definition.type.value_or(SqlType::Varchar());
    column.nullable = !definition.not_null && !definition.primary_key;
    if (definition.default_value) column.default_text = definition.default_text;
    if (definition.identity) {
      column.autoincrement = catalog::Autoincrement{.sequence_id = "",
                                                    .start = definition.identity->start,
                                                    .step = definition.identity->step,
                                                    .ordered = definition.identity->ordered};
    }
    column.comment = definition.comment.value_or("");
    column.collation = definition.collation.value_or("");
    column.primary_key = definition.primary_key;
    column.unique = definition.unique;
    columns.push_back(std::move(column));
  }
  return columns;
}

Result<std::vector<catalog::ColumnInfo>> ColumnsOf(const std::vector<engine::ResultColumn>& results) {
  std::vector<catalog::ColumnInfo> columns;
  std::set<std::string> names;
  for (const engine::ResultColumn& result : results) {
    if (!names.insert(Upper(result.name)).second) return Error(errors::kDuplicateColumn, {result.name});
    catalog::ColumnInfo column;
    column.name = result.name;
    column.type = result.type.id == TypeId::kNull ? SqlType::Varchar() : result.type;
    columns.push_back(std::move(column));
  }
  return columns;
}

iceberg::Field FieldOf(const catalog::ColumnInfo& column) {
  return {.id = column.field_id,
          .name = column.name,
          .required = !column.nullable,
          .type = IcebergType(column.type),
          .doc = column.comment};
}

void TakeFieldIds(std::vector<catalog::ColumnInfo>* columns, const iceberg::Schema& schema) {
  for (catalog::ColumnInfo& column : *columns) {
    if (const iceberg::Field* field = schema.FindByName(column.name)) column.field_id = field->id;
  }
}

std::optional<std::string> InheritedOption(const catalog::CatalogState& state, const catalog::Object& object,
                                           const char* name) {
  if (auto found = object.options.find(name); found != object.options.end()) return found->second;
  catalog::ObjectRef parent = state.ById(object.parent_id);
  return parent ? InheritedOption(state, *parent, name) : std::nullopt;
}

std::optional<int64_t> TargetFileBytes(const catalog::CatalogState& state, const catalog::Object& table) {
  // "16MB" … "128MB", or AUTO.
  const int64_t megabytes = std::atoll(InheritedOption(state, table, "TARGET_FILE_SIZE").value_or("").c_str());
  return megabytes > 0 ? std::optional(megabytes << 20) : std::nullopt;
}

engine::WriteTarget TargetOf(const catalog::CatalogState& state, const planner::FoundTable& table) {
  engine::WriteTarget target;
  if (auto bytes = TargetFileBytes(state, *table.object)) {
    // A file is at least one row group, so those of small files are small.
    constexpr int64_t kUsualGroupFrom = 64 << 20, kLeastGroups = 4;
    target.file_bytes_max = *bytes;
    target.row_group_rows /= std::clamp<int64_t>(kUsualGroupFrom / *bytes, 1, kLeastGroups);
  }
  target.columns = planner::MakePinned(table)->columns;
  // Files keep the names that columns were created with: readers by name (Delta's) find them after a rename.
  const std::map<int, std::string> names = iceberg::CreationNames(*table.version->metadata);
  for (engine::PinnedColumn& column : target.columns) {
    if (auto name = names.find(column.field_id); name != names.end()) column.name = name->second;
  }
  target.folder_uri = table.info().location + "/data";
  target.store = table.version->store;
  target.schema = std::make_shared<const iceberg::Schema>(table.version->metadata->schema());
  target.spec = std::make_shared<const iceberg::PartitionSpec>(table.version->metadata->spec());
  return target;
}

}  // namespace firn::statements
