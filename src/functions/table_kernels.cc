// The lists behind the functions in FROM: each call gives the rows of one input row as LIST(STRUCT(…)), which the
// printed SQL unnests. SEQ numbers the input rows of a statement from 1.
#include <array>
#include <atomic>
#include <functional>

#include "functions/cast.h"
#include "functions/kernel.h"
#include "functions/operators.h"
#include "functions/split_text.h"
#include "functions/variant_text.h"

namespace firn::functions {

namespace {

using Counter = std::shared_ptr<std::atomic<int64_t>>;

/// Rows of one input row, by columns. A NULL cell is an empty optional.
struct Rows {
  struct Row {
    int64_t seq = 0;
    std::optional<std::string> key, path;
    std::optional<int64_t> index;
    std::optional<std::string> value, that;
  };
  std::vector<Row> rows;
};

template <class T>
void Put(duckdb::Vector& column, duckdb::idx_t at, const std::optional<T>& value) {
  if (!value) return duckdb::FlatVector::SetNull(column, at, true);
  if constexpr (std::is_same_v<T, std::string>) {
    duckdb::FlatVector::GetData<duckdb::string_t>(column)[at] =
        duckdb::StringVector::AddStringOrBlob(column, value->data(), value->size());
  } else {
    duckdb::FlatVector::GetData<T>(column)[at] = *value;
  }
}

/// Writes one list a row; `write(fields, at, row)` fills a struct's columns.
template <class MakeRows, class WriteRow>
void RunLists(duckdb::Vector& out, duckdb::idx_t count, MakeRows make, WriteRow write) {
  out.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
  auto* lists = duckdb::FlatVector::GetData<duckdb::list_entry_t>(out);
  std::vector<Rows> all(count);
  duckdb::idx_t total = 0;
  for (duckdb::idx_t row = 0; row < count; ++row) {
    all[row] = make(row);
    lists[row] = {total, all[row].rows.size()};
    total += all[row].rows.size();
  }
  duckdb::ListVector::Reserve(out, total);
  auto& fields = duckdb::StructVector::GetEntries(duckdb::ListVector::GetEntry(out));
  duckdb::idx_t at = 0;
  for (const Rows& rows : all) {
    for (const auto& row : rows.rows) write(fields, at++, row);
  }
  duckdb::ListVector::SetListSize(out, total);
}

// --- FLATTEN ---------------------------------------------------------------------------------------------------------

struct FlattenOptions {
  bool outer = false, recursive = false, objects = true, arrays = true;
};

bool IsPlainKey(std::string_view key) {
  if (key.empty() || (key[0] >= '0' && key[0] <= '9')) return false;
  for (char c : key) {
    if (!isalnum(static_cast<unsigned char>(c)) && c != '_') return false;
  }
  return true;
}

void Expand(std::string_view value, const std::string& path, const FlattenOptions& options, int64_t seq, Rows* out) {
  VariantKind kind = KindOfVariant(value);
  auto add = [&](std::optional<std::string> key, std::optional<int64_t> index, std::string_view item) {
    std::string item_path = path;
    if (index) {
      item_path += "[" + std::to_string(*index) + "]";
    } else if (IsPlainKey(*key)) {
      item_path += (path.empty() ? "" : ".") + *key;
    } else {
      item_path += "['" + *key + "']";
    }
    bool wanted = index ? options.arrays : options.objects;
    if (wanted) out->rows.push_back({seq, std::move(key), item_path, index, std::string(item), std::string(value)});
    if (options.recursive) Expand(item, item_path, options, seq, out);
  };
  if (kind == VariantKind::kArray && (options.arrays || options.recursive)) {
    int64_t index = 0;
    for (std::string_view item : ItemsOf(value)) {
      if (item != "undefined") add(std::nullopt, index, item);
      ++index;
    }
  } else if (kind == VariantKind::kObject && (options.objects || options.recursive)) {
    for (auto& [key, item] : MembersOf(value)) add(key, std::nullopt, item);
  }
}

BoundNode BindFlatten(BindCall& call) {
  FlattenOptions options;
  options.outer = ConstantInt(call, 2) != 0;
  options.recursive = ConstantInt(call, 3) != 0;
  std::string mode = ConstantText(call, 4);
  options.objects = !EqualsIgnoreCase(mode, "ARRAY");
  options.arrays = !EqualsIgnoreCase(mode, "OBJECT");
  if (options.objects && options.arrays && !EqualsIgnoreCase(mode, "BOTH"))
    Raise(errors::kInvalidValue, {mode, "MODE"});
  std::vector<BoundExpr> args;
  args.push_back(ToVariant(call.context, Plain(call.context, call.Take(0))));
  args.push_back(ToText(call.context, call.Take(1)));
  auto row_type = LogicalType::STRUCT({{"SEQ", LogicalType::BIGINT},
                                       {"KEY", LogicalType::VARCHAR},
                                       {"PATH", LogicalType::VARCHAR},
                                       {"INDEX", LogicalType::BIGINT},
                                       {"VALUE", VariantType()},
                                       {"THIS", VariantType()}});
  auto counter = std::make_shared<std::atomic<int64_t>>(0);
  auto run = [options, counter](duckdb::DataChunk& in, duckdb::ExpressionState&, duckdb::Vector& out) {
    Column<std::optional<std::string_view>> inputs(in.data[0], in.size());
    Column<std::string_view> paths(in.data[1], in.size());
    auto make = [&](duckdb::idx_t row) {
      Rows rows;
      int64_t seq = counter->fetch_add(1) + 1;
      std::optional<std::string_view> value = inputs.Get(row);
      std::string path(paths.Get(row));
      if (value && !path.empty()) {
        auto found = FollowPath(*value, path);
        if (!found.ok()) Raise(found.error());
        value = *found;
      }
      if (value) Expand(*value, path, options, seq, &rows);
      if (rows.rows.empty() && options.outer) {
        auto that = value ? std::optional<std::string>(*value) : std::nullopt;
        rows.rows.push_back(
            {seq, std::nullopt, value ? std::optional(path) : std::nullopt, std::nullopt, std::nullopt, that});
      }
      return rows;
    };
    RunLists(out, in.size(), make, [](auto& fields, duckdb::idx_t at, const Rows::Row& row) {
      Put(*fields[0], at, std::optional(row.seq));
      Put(*fields[1], at, row.key);
      Put(*fields[2], at, row.path);
      Put(*fields[3], at, row.index);
      Put(*fields[4], at, row.value);
      Put(*fields[5], at, row.that);
    });
  };
  return Kernel("firn flatten " + mode + std::to_string(options.outer) + std::to_string(options.recursive),
                LogicalType::LIST(row_type), std::move(args), run, {.volatile_result = true, .sees_nulls = true});
}

// --- SPLIT_TO_TABLE --------------------------------------------------------------------------------------------------

template <class Split>
BoundExpr SplitRows(BindCall& call, Split split) {
  std::vector<BoundExpr> args;
  for (size_t i : {size_t{0}, size_t{1}}) args.push_back(ToText(call.context, Plain(call.context, call.Take(i))));
  auto row_type = LogicalType::STRUCT(
      {{"SEQ", LogicalType::BIGINT}, {"INDEX", LogicalType::BIGINT}, {"VALUE", LogicalType::VARCHAR}});
  auto counter = std::make_shared<std::atomic<int64_t>>(0);
  auto run = [split, counter](duckdb::DataChunk& in, duckdb::ExpressionState&, duckdb::Vector& out) {
    Column<std::optional<std::string_view>> texts(in.data[0], in.size()), separators(in.data[1], in.size());
    auto make = [&](duckdb::idx_t row) {
      Rows rows;
      int64_t seq = counter->fetch_add(1) + 1, index = 0;
      auto text = texts.Get(row), separator = separators.Get(row);
      if (!text || !separator) return rows;
      for (std::string_view part : split(*text, *separator)) {
        rows.rows.push_back({seq, std::nullopt, std::nullopt, ++index, std::string(part), std::nullopt});
      }
      return rows;
    };
    RunLists(out, in.size(), make, [](auto& fields, duckdb::idx_t at, const Rows::Row& row) {
      Put(*fields[0], at, std::optional(row.seq));
      Put(*fields[1], at, row.index);
      Put(*fields[2], at, row.value);
    });
  };
  return Kernel(std::string("firn ") + call.name, LogicalType::LIST(row_type), std::move(args), run,
                {.volatile_result = true, .sees_nulls = true});
}
BoundNode BindSplitTable(BindCall& call) { return SplitRows(call, SplitBy); }
BoundNode BindStrtokTable(BindCall& call) { return SplitRows(call, TokensOf); }

constexpr std::array kKernels = {
    OperatorRow{"firn$flatten", BindFlatten},
    OperatorRow{"firn$split_table", BindSplitTable},
    OperatorRow{"firn$strtok_table", BindStrtokTable},
};

}  // namespace

std::span<const OperatorRow> TableKernels() { return kKernels; }

}  // namespace firn::functions
