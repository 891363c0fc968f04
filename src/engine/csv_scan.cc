#include "engine/csv_scan.h"

#include <algorithm>
#include <duckdb/catalog/catalog.hpp>
#include <duckdb/parser/parsed_data/create_table_function_info.hpp>

#include "base/errors.h"
#include "engine/csv_blocks.h"
#include "engine/native.h"

namespace firn::engine {

namespace {

using duckdb::idx_t;
using duckdb::LogicalType;
using duckdb::Value;

/// Behind c0 …, in this order.
enum Extra : idx_t { kFile, kRow, kLine, kOffset, kWidth, kRecord, kProblem, kExtras };

struct CsvBind : duckdb::TableFunctionData {
  CsvFormat format;
  std::vector<std::string> paths;
  size_t columns = 0;
  size_t width = 0;
  bool tolerant = false;
};

struct CsvGlobal : duckdb::GlobalTableFunctionState {
  CsvGlobal(duckdb::ClientContext& context, const CsvBind& bind) : blocks(context, bind.format, bind.paths) {}
  idx_t MaxThreads() const override { return GlobalTableFunctionState::MAX_THREADS; }
  CsvBlocks blocks;
};

struct CsvLocal : duckdb::LocalTableFunctionState {
  explicit CsvLocal(const CsvFormat& format) : parser(format) {}
  CsvParser parser;
  CsvBlock block;
  size_t at = 0;  ///< in the block
  int64_t row = 0, line = 0;
  std::vector<CsvField> fields;
  std::vector<idx_t> columns;  ///< wanted ones, by their place in the output
};

std::vector<std::string> Texts(const Value& list) {
  std::vector<std::string> texts;
  for (const Value& item : duckdb::ListValue::GetChildren(list)) texts.push_back(item.ToString());
  return texts;
}

duckdb::unique_ptr<duckdb::FunctionData> Bind(duckdb::ClientContext&, duckdb::TableFunctionBindInput& input,
                                              duckdb::vector<LogicalType>& types, duckdb::vector<std::string>& names) {
  auto bind = duckdb::make_uniq<CsvBind>();
  bind->paths = Texts(input.inputs[0]);
  auto text = [&](const char* name) { return input.named_parameters.at(name).ToString(); };
  auto flag = [&](const char* name) { return input.named_parameters.at(name).GetValue<bool>(); };
  auto character = [&](const char* name) {
    std::string value = text(name);
    return value.empty() ? '\0' : value[0];
  };
  bind->columns = input.named_parameters.at("columns").GetValue<uint64_t>();
  bind->width = input.named_parameters.at("width").GetValue<uint64_t>();
  bind->tolerant = flag("tolerant");
  CsvFormat& format = bind->format;
  format.field_delimiter = text("field_delimiter");
  format.record_delimiter = text("record_delimiter");
  format.enclosed = character("enclosed");
  format.escape = character("escape");
  format.escape_bare = character("escape_bare");
  format.null_if = Texts(input.named_parameters.at("null_if"));
  format.empty_is_null = flag("empty_is_null");
  format.trim = flag("trim");
  format.skip_blank = flag("skip_blank");
  format.replace_invalid = flag("replace_invalid");
  format.skip_byte_order_mark = flag("skip_byte_order_mark");
  format.skip_header = input.named_parameters.at("skip_header").GetValue<int64_t>();
  format.encoding = text("encoding");
  format.compression = text("compression");
  for (size_t i = 0; i < bind->columns; ++i) {
    names.push_back("c" + std::to_string(i));
    types.push_back(LogicalType::VARCHAR);
  }
  for (const char* name :
       {"firn$file", "firn$row", "firn$line", "firn$offset", "firn$width", "firn$record", "firn$problem"}) {
    names.emplace_back(name);
  }
  types.insert(types.end(), {LogicalType::VARCHAR, LogicalType::BIGINT, LogicalType::BIGINT, LogicalType::BIGINT,
                             LogicalType::BIGINT, LogicalType::VARCHAR, LogicalType::VARCHAR});
  return bind;
}

duckdb::unique_ptr<duckdb::GlobalTableFunctionState> InitGlobal(duckdb::ClientContext& context,
                                                                duckdb::TableFunctionInitInput& input) {
  return duckdb::make_uniq<CsvGlobal>(context, input.bind_data->Cast<CsvBind>());
}

duckdb::unique_ptr<duckdb::LocalTableFunctionState> InitLocal(duckdb::ExecutionContext&,
                                                              duckdb::TableFunctionInitInput& input,
                                                              duckdb::GlobalTableFunctionState*) {
  auto local = duckdb::make_uniq<CsvLocal>(input.bind_data->Cast<CsvBind>().format);
  local->columns = input.column_ids;
  return local;
}

std::string Hex(std::string_view bytes) {
  std::string out;
  for (unsigned char c : bytes.substr(0, 32)) {
    constexpr char kDigits[] = "0123456789ABCDEF";
    out += {kDigits[c >> 4], kDigits[c & 15]};
  }
  return out;
}

/// Every byte that belongs to no UTF-8 character becomes U+FFFD.
std::string Replaced(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    size_t length = 1;
    while (length <= 4 && length <= text.size() && !Value::StringIsValid(text.data(), length)) ++length;
    bool valid = length <= 4 && length <= text.size();
    out += valid ? text.substr(0, length) : std::string_view("\xEF\xBF\xBD");
    text.remove_prefix(valid ? length : 1);
  }
  return out;
}

/// Text that DuckDB may hold. Throws kInvalidUtf8.
void PutText(duckdb::Vector& out, idx_t at, std::string_view text, const CsvBind& bind) {
  if (!Value::StringIsValid(text.data(), text.size())) {
    if (!bind.format.replace_invalid) throw SnowflakeException(Error(errors::kInvalidUtf8, {Hex(text)}));
    duckdb::FlatVector::GetData<duckdb::string_t>(out)[at] = duckdb::StringVector::AddString(out, Replaced(text));
    return;
  }
  duckdb::FlatVector::GetData<duckdb::string_t>(out)[at] =
      duckdb::StringVector::AddString(out, text.data(), text.size());
}

/// One record into row `at` of the output.
void PutRecord(const CsvBind& bind, CsvLocal& local, std::string_view record, duckdb::DataChunk& output, idx_t at) {
  Status split = local.parser.Split(record, &local.fields);
  size_t width = local.fields.size();
  if (!bind.tolerant) {
    if (!split.ok()) throw SnowflakeException(split.error());
    if (bind.width > 0 && width != bind.width) {
      throw SnowflakeException(Error(errors::kFileColumns, {std::to_string(width), std::to_string(bind.width)}));
    }
  }
  for (idx_t i = 0; i < local.columns.size(); ++i) {
    duckdb::Vector& out = output.data[i];
    idx_t column = local.columns[i];
    if (column < bind.columns) {
      if (!split.ok() || column >= width || local.parser.IsNull(local.fields[column])) {
        duckdb::FlatVector::SetNull(out, at, true);
      } else {
        PutText(out, at, local.fields[column].text, bind);
      }
      continue;
    }
    auto number = [&](int64_t value) { duckdb::FlatVector::GetData<int64_t>(out)[at] = value; };
    switch (column - bind.columns) {
      case kFile:
        PutText(out, at, bind.paths[local.block.file], bind);
        break;
      case kRow:
        number(local.row);
        break;
      case kLine:
        number(local.line);
        break;
      case kOffset:
        number(local.block.first_byte + static_cast<int64_t>(local.at));
        break;
      case kWidth:
        number(static_cast<int64_t>(width));
        break;
      case kRecord:
        PutText(out, at, record, bind);
        break;
      case kProblem:
        if (split.ok()) {
          duckdb::FlatVector::SetNull(out, at, true);
        } else {
          PutText(out, at, split.error().Code() + " " + split.error().Message(), bind);
        }
        break;
      default:
        break;  // a count of rows asks for no column at all
    }
  }
}

void Scan(duckdb::ClientContext&, duckdb::TableFunctionInput& input, duckdb::DataChunk& output) {
  const auto& bind = input.bind_data->Cast<CsvBind>();
  auto& local = input.local_state->Cast<CsvLocal>();
  idx_t rows = 0;
  // A chunk holds records of one block, so that it has one place in the order.
  while (rows == 0) {
    if (local.at >= local.block.text.size()) {
      auto next = input.global_state->Cast<CsvGlobal>().blocks.Next();
      if (!next) break;
      local.block = *std::move(next);
      local.at = 0;
      local.row = local.block.first_row;
      local.line = local.block.first_line;
    }
    std::string_view text = local.block.text;
    while (rows < STANDARD_VECTOR_SIZE && local.at < text.size()) {
      size_t end = local.parser.RecordEnd(text, local.at).value_or(text.size());
      std::string_view record = local.parser.Trimmed(text.substr(local.at, end - local.at));
      if (!record.empty() || !bind.format.skip_blank) PutRecord(bind, local, record, output, rows++);
      ++local.row;
      local.line += std::count(text.begin() + static_cast<std::ptrdiff_t>(local.at),
                               text.begin() + static_cast<std::ptrdiff_t>(end), '\n');
      local.at = end;
    }
  }
  output.SetCardinality(rows);
}

duckdb::OperatorPartitionData PartitionData(duckdb::ClientContext&, duckdb::TableFunctionGetPartitionInput& input) {
  if (input.partition_info.RequiresPartitionColumns()) {
    throw duckdb::InternalException("a CSV scan has no partition columns");
  }
  return duckdb::OperatorPartitionData(input.local_state->Cast<CsvLocal>().block.number);
}

/// A record takes two bytes at least; nothing is known of compressed files.
duckdb::unique_ptr<duckdb::NodeStatistics> Cardinality(duckdb::ClientContext& context,
                                                       const duckdb::FunctionData* data) {
  const auto& bind = data->Cast<CsvBind>();
  auto& files = duckdb::FileSystem::GetFileSystem(context);
  idx_t bytes = 0;
  bool packed = bind.format.compression == "gzip" || bind.format.compression == "zstd";
  for (const std::string& path : bind.paths) {
    packed = packed || path.ends_with(".gz") || path.ends_with(".zst");
    auto handle = files.OpenFile(path, duckdb::FileFlags::FILE_FLAGS_READ);
    bytes += static_cast<idx_t>(handle->GetFileSize());
  }
  if (packed) return duckdb::make_uniq<duckdb::NodeStatistics>(bytes / 10 + 1);
  return duckdb::make_uniq<duckdb::NodeStatistics>(bytes / 50 + 1, bytes / 2 + 1);
}

}  // namespace

void RegisterCsvScan(duckdb::Connection& connection) {
  duckdb::TableFunction scan("firn$csv", {LogicalType::LIST(LogicalType::VARCHAR)}, Scan, Bind, InitGlobal, InitLocal);
  for (const char* name : {"columns", "width", "skip_header"}) scan.named_parameters[name] = LogicalType::BIGINT;
  for (const char* name :
       {"tolerant", "empty_is_null", "trim", "skip_blank", "replace_invalid", "skip_byte_order_mark"}) {
    scan.named_parameters[name] = LogicalType::BOOLEAN;
  }
  for (const char* name :
       {"field_delimiter", "record_delimiter", "enclosed", "escape", "escape_bare", "encoding", "compression"}) {
    scan.named_parameters[name] = LogicalType::VARCHAR;
  }
  scan.named_parameters["null_if"] = LogicalType::LIST(LogicalType::VARCHAR);
  scan.projection_pushdown = true;
  scan.cardinality = Cardinality;
  scan.get_partition_data = PartitionData;
  connection.BeginTransaction();
  duckdb::CreateTableFunctionInfo info(scan);
  duckdb::Catalog::GetSystemCatalog(*connection.context).CreateTableFunction(*connection.context, info);
  connection.Commit();
}

}  // namespace firn::engine
