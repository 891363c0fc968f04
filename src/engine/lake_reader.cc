#include "engine/lake_reader.h"

#include <algorithm>
#include <array>
#include <duckdb/common/multi_file/multi_file_states.hpp>
#include <duckdb/function/function_binder.hpp>
#include <duckdb/planner/expression/bound_columnref_expression.hpp>
#include <duckdb/planner/expression/bound_constant_expression.hpp>
#include <duckdb/planner/expression/bound_operator_expression.hpp>
#include <duckdb/planner/expression/bound_reference_expression.hpp>
#include <duckdb/planner/expression_iterator.hpp>

#include "base/errors.h"
#include "engine/connection_pool.h"
#include "engine/lake_list.h"
#include "engine/native.h"

namespace firn::engine {

namespace {

using duckdb::idx_t;
using duckdb::make_uniq;
using duckdb::MultiFileColumnDefinition;
using duckdb::Value;

/// Leaves deleted rows out. Called by several threads on one file.
class PositionFilter : public duckdb::DeleteFilter {
 public:
  explicit PositionFilter(DeleteCache::VectorPtr deleted) : deleted_(std::move(deleted)) {}

  idx_t Filter(duckdb::row_t start, idx_t count, duckdb::SelectionVector& selection) override {
    std::array<uint32_t, STANDARD_VECTOR_SIZE> kept;
    auto rows = deleted_->Keep(static_cast<uint64_t>(start), static_cast<uint32_t>(count), kept.data());
    if (rows == count) return count;
    selection.Initialize(STANDARD_VECTOR_SIZE);
    std::copy_n(kept.data(), rows, selection.data());
    return rows;
  }

 private:
  DeleteCache::VectorPtr deleted_;
};

size_t FileOf(const duckdb::OpenFileInfo& info) {
  return info.extended_info->options.at(kFileOption).GetValue<uint64_t>();
}

bool HasFieldId(const MultiFileColumnDefinition& column) {
  return !column.identifier.IsNull() && column.identifier.type().id() == duckdb::LogicalTypeId::INTEGER;
}

/// Files without ids would read as NULL in every column.
void CheckFieldIds(const duckdb::vector<MultiFileColumnDefinition>& columns, const std::string& path) {
  if (columns.empty() || std::any_of(columns.begin(), columns.end(), HasFieldId)) return;
  throw SnowflakeException(Error(errors::kUnsupported, {"Parquet files without field ids: " + path}));
}

/// Gives the file's columns the aliases (VARIANT …) of the table's, where they are otherwise of the same type: no cast
/// then stands between them, which another room may have given a meaning of its own.
void TakeAliases(const duckdb::vector<MultiFileColumnDefinition>& global,
                 duckdb::vector<MultiFileColumnDefinition>* local) {
  for (auto& column : *local) {
    if (!HasFieldId(column)) continue;
    auto same = std::find_if(global.begin(), global.end(), [&](const auto& other) {
      return other.type.HasAlias() && other.identifier == column.identifier;
    });
    if (same == global.end() || same->type.id() != column.type.id()) continue;
    auto aliased = column.type;
    aliased.SetAlias(same->type.GetAlias());
    if (aliased == same->type) column.type = same->type;
  }
}

duckdb::unique_ptr<duckdb::Expression> Sum(duckdb::ClientContext& context, int64_t first,
                                           duckdb::unique_ptr<duckdb::Expression> second) {
  duckdb::vector<duckdb::unique_ptr<duckdb::Expression>> children;
  children.push_back(make_uniq<duckdb::BoundConstantExpression>(Value::BIGINT(first)));
  children.push_back(std::move(second));
  duckdb::FunctionBinder binder(context);
  duckdb::ErrorData error;
  auto sum = binder.BindScalarFunction(DEFAULT_SCHEMA, "+", std::move(children), error, true, nullptr);
  if (error.HasError()) error.Throw();
  return sum;
}

/// The file's own column of row lineage, by its field id.
auto Stored(const duckdb::vector<MultiFileColumnDefinition>& columns, int field_id) {
  return std::find_if(columns.begin(), columns.end(), [&](const auto& column) {
    return HasFieldId(column) && column.GetIdentifierFieldId() == field_id;
  });
}

/// Puts a COALESCE of one argument around each _row_id: only bare columns are pushed down.
void Shield(const duckdb::MultiFilePushdownInfo& info, duckdb::unique_ptr<duckdb::Expression>* expression) {
  auto& node = **expression;
  if (node.GetExpressionClass() == duckdb::ExpressionClass::BOUND_COLUMN_REF) {
    const auto& binding = node.Cast<duckdb::BoundColumnRefExpression>().binding;
    if (binding.table_index != info.table_index || info.column_ids[binding.column_index] != kRowIdColumn) return;
    auto shield =
        make_uniq<duckdb::BoundOperatorExpression>(duckdb::ExpressionType::OPERATOR_COALESCE, node.return_type);
    shield->children.push_back(std::move(*expression));
    *expression = std::move(shield);
    return;
  }
  duckdb::ExpressionIterator::EnumerateChildren(
      node, [&](duckdb::unique_ptr<duckdb::Expression>& child) { Shield(info, &child); });
}

}  // namespace

LakeReader::LakeReader(std::shared_ptr<DeleteCache> deletes)
    : deletes_(std::move(deletes)),
      stored_row_id_("_stored_row_id", duckdb::LogicalType::BIGINT),
      stored_update_("_stored_last_updated", duckdb::LogicalType::BIGINT) {
  stored_row_id_.identifier = Value::INTEGER(iceberg::kRowId);
  stored_update_.identifier = Value::INTEGER(iceberg::kLastUpdatedId);
}

duckdb::unique_ptr<duckdb::MultiFileReader> LakeReader::Create(const duckdb::TableFunction& function) {
  return make_uniq<LakeReader>(function.function_info->Cast<LakeServices>().deletes);
}

duckdb::vector<std::string> LakeReader::ParsePaths(const Value& input) {
  if (input.IsNull()) throw duckdb::BinderException("lake_scan needs the number of a pinned table");
  return {input.ToString()};
}

duckdb::shared_ptr<duckdb::MultiFileList> LakeReader::CreateFileList(duckdb::ClientContext& context,
                                                                     const duckdb::vector<std::string>& paths,
                                                                     const duckdb::FileGlobInput&) {
  auto pinned = StatementState::TableAt(context, std::stoll(paths[0]));
  return duckdb::make_shared_ptr<LakeList>(LakeTable::Make(context, std::move(pinned)));
}

bool LakeReader::Bind(duckdb::MultiFileOptions&, duckdb::MultiFileList& files,
                      duckdb::vector<duckdb::LogicalType>& return_types, duckdb::vector<std::string>& names,
                      duckdb::MultiFileReaderBindData& bind_data) {
  table_ = files.Cast<LakeList>().table();
  bind_data.schema = table_->definitions();
  bind_data.mapping = duckdb::MultiFileColumnMappingMode::BY_FIELD_ID;
  for (const auto& column : bind_data.schema) {
    names.push_back(column.name);
    return_types.push_back(column.type);
  }
  return true;
}

void LakeReader::BindOptions(duckdb::MultiFileOptions&, duckdb::MultiFileList&, duckdb::vector<duckdb::LogicalType>&,
                             duckdb::vector<std::string>&, duckdb::MultiFileReaderBindData&) {
  // No hive partitions, no file name column: the folders of a lake mean nothing.
}

duckdb::unique_ptr<duckdb::MultiFileList> LakeReader::ComplexFilterPushdown(
    duckdb::ClientContext& context, duckdb::MultiFileList& files, const duckdb::MultiFileOptions& options,
    duckdb::MultiFilePushdownInfo& info, duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& filters) {
  for (auto& filter : filters) Shield(info, &filter);
  return MultiFileReader::ComplexFilterPushdown(context, files, options, info, filters);
}

duckdb::ReaderInitializeType LakeReader::InitializeReader(
    duckdb::MultiFileReaderData& reader_data, const duckdb::MultiFileBindData& bind_data,
    const duckdb::vector<MultiFileColumnDefinition>& global_columns,
    const duckdb::vector<duckdb::ColumnIndex>& global_column_ids,
    duckdb::optional_ptr<duckdb::TableFilterSet> table_filters, duckdb::ClientContext& context,
    duckdb::MultiFileGlobalState& gstate) {
  auto& reader = *reader_data.reader;
  auto index = FileOf(reader.file);
  const auto& file = *table_->files()[index];
  CheckFieldIds(reader.columns, reader.file.path);
  TakeAliases(global_columns, &reader.columns);
  if (auto deleted = ValueOrThrow(deletes_->Get(*table_->pinned().store, file))) {
    if (deleted->Cardinality() >= static_cast<uint64_t>(file.data->record_count)) {
      return duckdb::ReaderInitializeType::SKIP_READING_FILE;
    }
    if (!deleted->Empty()) reader.deletion_filter = make_uniq<PositionFilter>(std::move(deleted));
  }
  // DuckDB's own file_index counts the files of the pruned list; the first entry of the map wins over it.
  for (size_t i = 0; i < global_column_ids.size(); ++i) {
    auto constant = [&](Value value) {
      reader_data.constant_map.Add(duckdb::MultiFileGlobalIndex(i), std::move(value));
    };
    const Value none(duckdb::LogicalType::BIGINT);
    auto column = global_column_ids[i].GetPrimaryIndex();
    if (column == COLUMN_IDENTIFIER_FILE_INDEX) constant(Value::UBIGINT(index));
    if (column == kFirstRowIdColumn) {
      constant(file.data->first_row_id ? Value::BIGINT(*file.data->first_row_id) : none);
    }
    if (column == kDataSequenceColumn) constant(Value::BIGINT(file.data->data_sequence_number));
    for (auto [stored, id] :
         {std::pair(kStoredRowIdColumn, iceberg::kRowId), std::pair(kStoredUpdateColumn, iceberg::kLastUpdatedId)}) {
      if (column == stored && Stored(reader.columns, id) == reader.columns.end()) constant(none);
    }
  }
  // What is still pushed down on _row_id comes from joins (ComplexFilterPushdown), which test the rows again.
  duckdb::unique_ptr<duckdb::TableFilterSet> filters = table_filters ? table_filters->Copy() : nullptr;
  if (filters) {
    std::erase_if(filters->filters,
                  [&](const auto& entry) { return global_column_ids[entry.first].GetPrimaryIndex() == kRowIdColumn; });
  }
  return MultiFileReader::InitializeReader(reader_data, bind_data, global_columns, global_column_ids, filters.get(),
                                           context, gstate);
}

duckdb::unique_ptr<duckdb::Expression> LakeReader::GetVirtualColumnExpression(
    duckdb::ClientContext& context, duckdb::MultiFileReaderData& reader_data,
    const duckdb::vector<MultiFileColumnDefinition>& local_columns, idx_t& column_id, const duckdb::LogicalType& type,
    duckdb::MultiFileLocalIndex local_index, duckdb::optional_ptr<MultiFileColumnDefinition>& global_column_reference) {
  if (column_id == kStoredRowIdColumn || column_id == kStoredUpdateColumn) {
    global_column_reference = column_id == kStoredRowIdColumn ? &stored_row_id_ : &stored_update_;
    return nullptr;
  }
  if (column_id != kRowIdColumn) {
    return MultiFileReader::GetVirtualColumnExpression(context, reader_data, local_columns, column_id, type,
                                                       local_index, global_column_reference);
  }
  auto& reader = *reader_data.reader;
  const auto& data = *table_->files()[FileOf(reader.file)]->data;
  auto stored = Stored(local_columns, iceberg::kRowId);
  if (stored == local_columns.end() && !data.first_row_id) {
    return make_uniq<duckdb::BoundConstantExpression>(Value(duckdb::LogicalType::BIGINT));
  }
  // The row number of the file is what the reader adds for this column.
  column_id = COLUMN_IDENTIFIER_FILE_ROW_NUMBER;
  idx_t position = local_index.GetIndex();
  if (stored == local_columns.end()) {
    return Sum(context, *data.first_row_id, make_uniq<duckdb::BoundReferenceExpression>(type, position));
  }
  // Rows that were written with an id keep it; the others inherit theirs. The stored column comes before the number.
  auto local = static_cast<idx_t>(stored - local_columns.begin());
  reader.column_ids.push_back(duckdb::MultiFileLocalColumnId(local));
  reader.column_indexes.push_back(duckdb::ColumnIndex(local));
  auto either = make_uniq<duckdb::BoundOperatorExpression>(duckdb::ExpressionType::OPERATOR_COALESCE, type);
  either->children.push_back(make_uniq<duckdb::BoundReferenceExpression>(type, position));
  if (data.first_row_id) {
    auto number = make_uniq<duckdb::BoundReferenceExpression>(type, position + 1);
    either->children.push_back(Sum(context, *data.first_row_id, std::move(number)));
  }
  return either;
}

duckdb::unique_ptr<duckdb::MultiFileReader> LakeReader::Copy() const {
  auto copy = make_uniq<LakeReader>(deletes_);
  copy->table_ = table_;
  return copy;
}

}  // namespace firn::engine
