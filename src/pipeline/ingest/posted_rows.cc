#include "pipeline/ingest/posted_rows.h"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <utility>

namespace firn::pipeline {

namespace {

constexpr size_t kKeptRows = 4096;

/// The JSON array of the names of fields.
std::string NamesOf(const BodyRow& row, const std::vector<uint32_t>& fields) {
  boost::json::array names;
  for (uint32_t field : fields) names.emplace_back(row.fields[field].key);
  return boost::json::serialize(names);
}

}  // namespace

std::optional<BodyError> PostedRows::Read(std::string_view body, BodyFormat format, const RowRules& rules) {
  if (rows_.capacity() > kKeptRows) rows_ = {};
  rows_.clear();
  faults_.clear();
  notes_.clear();
  quarantined_ = 0;
  if (check_) {
    check_->Begin(rules);
  } else {
    check_.emplace(rules);
  }
  return parser_.Parse(body, format, *this);
}

void PostedRows::Quarantine(const BodyRow& row, const RowError& error, BatchRow* out) {
  ++quarantined_;
  if (faults_.size() < kErrorsTold) faults_.push_back({row.index, row.line, error});
  if (row.line == 0) {
    notes_.push_back(EncodeNote(error));
  } else {
    RowError with_line = error;
    with_line.message = "line " + std::to_string(row.line) + ": " + error.message;
    notes_.push_back(EncodeNote(with_line));
  }
  out->flags = kRowQuarantined;
  out->note = notes_.back();
}

void PostedRows::Row(const BodyRow& row) {
  BatchRow& out = rows_.emplace_back();
  out.raw = row.raw;
  if (row.error != nullptr) return Quarantine(row, *row.error, &out);
  const RowVerdict& verdict = check_->Check(row);
  out.op = verdict.op;
  if (verdict.fate == RowFate::kQuarantine) {
    Quarantine(row, verdict.error, &out);
  } else if (verdict.fate == RowFate::kRescued) {
    notes_.push_back(NamesOf(row, verdict.rescued));
    out.flags = kRowRescued;
    out.note = notes_.back();
  }
}

}  // namespace firn::pipeline
