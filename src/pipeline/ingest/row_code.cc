#include "pipeline/ingest/row_code.h"

#include "pipeline/buffer/bytes.h"

namespace firn::pipeline {

namespace {

struct CodeRow {
  RowCode code;
  const char* name;
};
constexpr CodeRow kCodes[] = {
    {RowCode::kBadJson, "BAD_JSON"},
    {RowCode::kDuplicateKey, "DUPLICATE_KEY"},
    {RowCode::kInvalidUtf8, "INVALID_UTF8"},
    {RowCode::kLoneSurrogate, "LONE_SURROGATE"},
    {RowCode::kMissingRequired, "MISSING_REQUIRED"},
    {RowCode::kNameConflict, "NAME_CONFLICT"},
    {RowCode::kNone, ""},
    {RowCode::kNotANumber, "NOT_A_NUMBER"},
    {RowCode::kNotAnObject, "NOT_AN_OBJECT"},
    {RowCode::kNulInString, "NUL_IN_STRING"},
    {RowCode::kNullKey, "NULL_KEY"},
    {RowCode::kNullOrder, "NULL_ORDER"},
    {RowCode::kNumberOverflow, "NUMBER_OVERFLOW"},
    {RowCode::kRowTooLarge, "ROW_TOO_LARGE"},
    {RowCode::kTooDeep, "TOO_DEEP"},
    {RowCode::kTooManyColumns, "TOO_MANY_COLUMNS"},
    {RowCode::kTypeMismatch, "TYPE_MISMATCH"},
    {RowCode::kUnknownColumn, "UNKNOWN_COLUMN"},
};

}  // namespace

const char* NameOf(RowCode code) { return kCodes[static_cast<size_t>(code)].name; }

std::string EncodeNote(const RowError& error) {
  std::string out;
  PutText(&out, NameOf(error.code));
  PutText(&out, error.column);
  PutText(&out, error.message);
  return out;
}

std::optional<RowError> DecodeNote(std::string_view note) {
  ByteReader in(note);
  const std::string_view name = in.Text();
  RowError error;
  error.column = in.Text();
  error.message = in.Text();
  for (const CodeRow& row : kCodes) {
    if (!in.ok() || row.name != name) continue;
    error.code = row.code;
    return error;
  }
  return std::nullopt;
}

}  // namespace firn::pipeline
