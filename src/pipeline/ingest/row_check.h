// RowCheck: rows of one request against the RowRules of their table: which may go on, which go to quarantine and why,
// which columns are new. One request after another, one thread. Nothing is copied but what a refusal tells.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "pipeline/ingest/row_rules.h"

namespace firn::pipeline {

enum class RowFate : uint8_t {
  kOk,
  kRescued,     ///< `rescued` lists the fields that go to `_rescued`
  kQuarantine,  ///< `error`
};

struct RowVerdict {
  RowFate fate = RowFate::kOk;
  RowError error;
  std::string_view op;            ///< the row's `_op`
  std::vector<uint32_t> rescued;  ///< indexes into the row's fields
};

/// A field that no column is declared for, typed from all good rows of the request that have it.
struct NewColumn {
  std::string name;
  bool typed = false;  ///< false: null in all of them, so not added yet
  SqlType type;
  uint32_t rows = 0;            ///< that have it with a value
  uint32_t integer_digits = 0;  ///< most digits before the point, and behind it, of its numbers
  uint32_t fraction_digits = 0;
};
/// A decimal column that must have more digits before the rows can be written.
struct WiderColumn {
  uint32_t column = 0;
  SqlType type;
};

class RowCheck {
 public:
  explicit RowCheck(const RowRules& rules) { Begin(rules); }
  /// Another request. What was learned of the senders' rows stays where the rules are the same.
  void Begin(const RowRules& rules);
  /// The verdict is valid until the next call; what it tells of the row lives as long as the row.
  const RowVerdict& Check(const BodyRow& row);

  const std::vector<NewColumn>& new_columns() const { return new_columns_; }
  const std::vector<WiderColumn>& wider_columns() const { return wider_; }

 private:
  struct Found {
    uint32_t field;
    int column;  ///< of new_columns_, or kFresh: not seen in an earlier row
  };
  /// What a field was in the last row that had another name there.
  struct Guess {
    std::string name;
    int column = RowRules::kUnknown;
  };

  /// False: the row goes to quarantine.
  bool CheckField(uint32_t index, const Field& field);
  bool CheckKnown(uint32_t index, const Field& field, int column);
  bool CheckNew(uint32_t index, const Field& field);
  bool CheckNeeded();
  bool Quarantine(RowCode code, std::string_view column, std::string message);
  int ColumnOf(uint32_t index, std::string_view key);
  void Keep(const BodyRow& row);

  const RowRules* rules_ = nullptr;
  uint64_t rules_id_ = 0;
  RowVerdict verdict_;
  uint32_t row_ = 0;              ///< counts calls
  std::vector<uint32_t> seen_;    ///< by column: the last row that had it
  std::vector<uint32_t> valued_;  ///< by column: the last row that had a value that stays
  std::vector<Guess> guesses_;    ///< by field number
  std::vector<Found> found_;      ///< new columns of this row
  std::vector<WiderColumn> wider_found_;
  std::vector<NewColumn> new_columns_;
  std::unordered_map<std::string, int> new_by_fold_;
  std::vector<WiderColumn> wider_;
};

}  // namespace firn::pipeline
