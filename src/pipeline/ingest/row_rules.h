// RowRules: the declared columns of a pipeline and what happens to rows that differ (the table of 9.5). Built once a
// schema version; immutable; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/types.h"
#include "pipeline/ingest/body.h"

namespace firn::pipeline {

enum class EvolveMode : uint8_t {
  kEvolve,  ///< new columns are added, what does not fit goes to quarantine
  kFreeze,  ///< rows with new columns go to quarantine too
  kRescue,  ///< new columns and values that do not fit go to `_rescued`, the column becomes NULL
};

struct ColumnRule {
  /// A name without lower-case letters is a folded identifier: fields match it in any case. Another name is matched as
  /// it stands; a field equal to it but for case is a NAME_CONFLICT.
  std::string name;
  SqlType type;
  bool required = false;
  bool key = false;    ///< of the primary key
  bool order = false;  ///< of merge.order_by
};

struct RowPolicy {
  EvolveMode mode = EvolveMode::kEvolve;
  bool widen = true;  ///< a decimal with more digits before the point widens the column (same scale, at most 38 digits)
};

class RowRules {
 public:
  RowRules(std::vector<ColumnRule> columns, RowPolicy policy);

  /// No two made by this process have the same; copies do.
  uint64_t id() const { return id_; }

  static constexpr int kUnknown = -1;
  static constexpr int kConflict = -2;
  /// The index of the field's column, kUnknown or kConflict.
  int Find(std::string_view name) const;
  bool IsMatch(int column, std::string_view name) const { return columns_[static_cast<size_t>(column)].name == name; }

  const std::vector<ColumnRule>& columns() const { return columns_; }
  const RowPolicy& policy() const { return policy_; }
  /// Columns that no row may lack.
  const std::vector<uint32_t>& needed() const { return needed_; }

 private:
  uint64_t id_;
  std::vector<ColumnRule> columns_;
  RowPolicy policy_;
  std::vector<uint32_t> needed_;
  std::unordered_map<std::string_view, int> exact_;
  std::unordered_map<std::string, int> folded_;
};

enum class ValueFit : uint8_t { kFits, kWiden, kMismatch };
/// Whether `field` (not a null) can be a value of `rule`'s column. kWiden: after the column has `*precision` digits.
/// kMismatch: `*why` says what is wrong.
ValueFit CheckValue(const ColumnRule& rule, const Field& field, int* precision, std::string* why);

}  // namespace firn::pipeline
