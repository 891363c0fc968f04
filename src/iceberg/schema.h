// Schema: the columns of a table by field id, and how a schema may evolve (spec "Schemas and Data Types", "Schema
// Evolution", Appendix C). Values: every change gives a new schema. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "iceberg/value.h"

namespace firn::iceberg {

enum class Kind : uint8_t {
  kBoolean,
  kInt,
  kLong,
  kFloat,
  kDouble,
  kDecimal,
  kDate,
  kTime,
  kTimestamp,
  kTimestampTz,
  kTimestampNs,
  kTimestampTzNs,
  kString,
  kUuid,
  kFixed,
  kBinary,
  kVariant,
  kUnknown,
  kGeometry,   ///< parsed and kept; Firn reads and writes no values of it
  kGeography,  ///< likewise
  kStruct,
  kList,
  kMap,
};

struct Field;

/// A type with its parameters and, when nested, its children: the fields of a struct, [element] of a list,
/// [key, value] of a map.
struct Type {
  Kind kind = Kind::kString;
  int precision = 0;       ///< decimal
  int scale = 0;           ///< decimal
  int length = 0;          ///< fixed: bytes
  std::string parameters;  ///< geometry, geography: the text in brackets
  std::vector<Field> children;

  static Type Of(Kind kind);
  static Type Decimal(int precision, int scale);
  static Type Fixed(int length);
  static Type Struct(std::vector<Field> fields);
  /// `element`'s name becomes "element".
  static Type List(Field element);
  static Type Map(Field key, Field value);

  bool IsNested() const { return kind >= Kind::kStruct; }
  /// "long", "decimal(10, 2)", "struct<1: a: optional int>"
  std::string Text() const;
  friend bool operator==(const Type& a, const Type& b);
};

struct Field {
  int id = 0;  ///< 0: to be assigned by AssignFieldIds, AddColumn or NewTable
  std::string name;
  bool required = false;
  Type type;
  std::string doc;
  std::optional<Value> initial_default;  ///< v3; primitives only, other defaults are refused at parsing
  std::optional<Value> write_default;    ///< v3

  friend bool operator==(const Field& a, const Field& b);
};

/// Ids of columns that every table has (spec "Reserved Field IDs").
inline constexpr int kFilePathId = 2147483546;      ///< file_path of a position-delete file
inline constexpr int kFilePositionId = 2147483545;  ///< pos of a position-delete file
inline constexpr int kRowId = 2147483540;           ///< _row_id
inline constexpr int kLastUpdatedId = 2147483539;   ///< _last_updated_sequence_number

struct Schema {
  int schema_id = 0;
  std::vector<Field> fields;
  std::vector<int> identifier_field_ids;

  /// A field anywhere in the schema, or null. The pointer lives as long as the schema.
  const Field* FindById(int id) const;
  /// A field by exact name; nested names with points: "address.zip", "tags.element". Null if absent.
  const Field* FindByName(std::string_view name) const;
  /// The highest id in use, nested ones included; 0 for none.
  int HighestFieldId() const;
  /// Equal but for schema_id.
  bool SameColumns(const Schema& other) const;

  /// {"type":"struct","schema-id":0,"fields":[…]}
  std::string ToJson() const;
};

/// Errors: kCorrupt with a sentence; `name` is the file named in it.
Result<Schema> ParseSchema(std::string_view json, std::string_view name);
/// "long", "decimal(9,2)", "fixed[16]", "geometry(srid:4326)". Errors: kCorrupt.
Result<Type> ParsePrimitive(std::string_view text);

/// Gives fresh ids to all fields in `fields`, in the order of the Java reference (a level first, then its children),
/// beginning after `last_id`. Returns the new highest id.
int AssignFieldIds(std::vector<Field>* fields, int last_id);

/// The greatest format version that a type asks for: 3 for variant, unknown, _ns, geometry, geography; 1 otherwise.
int MinimumFormatVersion(const Type& type);

/// Where a column goes.
struct ColumnPosition {
  enum class Where { kLast, kFirst, kBefore, kAfter } where = Where::kLast;
  std::string column;  ///< for kBefore, kAfter: a name on the same level
};

/// Changes of a schema. `path` names a column or nested field with points. Each returns the changed copy with the same
/// schema_id; `metadata_update.h` gives it a new one. Errors: kInvalidInput with a sentence.
class SchemaChange {
 public:
  SchemaChange(Schema base, int last_column_id, int format_version)
      : schema_(std::move(base)), last_column_id_(last_column_id), format_version_(format_version) {}

  /// Adds `field` (ids are assigned) under the struct `parent` ("" is the top). A default needs format version 3 and
  /// becomes initial and write default; a required field needs one.
  Status AddColumn(std::string_view parent, Field field, const ColumnPosition& position = {});
  Status DropColumn(std::string_view path);
  Status RenameColumn(std::string_view path, std::string_view new_name);
  /// int→long, float→double, decimal to more digits; v3 also unknown→any.
  Status PromoteType(std::string_view path, const Type& type);
  /// SET NOT NULL. The caller has made sure that no row holds null.
  Status SetRequired(std::string_view path);
  Status SetOptional(std::string_view path);
  Status SetDoc(std::string_view path, std::string_view doc);
  /// The write default; null removes it. v3 only.
  Status SetDefault(std::string_view path, const std::optional<Value>& value);
  Status MoveColumn(std::string_view path, const ColumnPosition& position);
  /// The columns that tell rows apart (a primary key): NOT NULL, neither floating nor nested. Empty: none.
  Status SetIdentifiers(const std::vector<std::string>& paths);

  const Schema& schema() const { return schema_; }
  int last_column_id() const { return last_column_id_; }

 private:
  Schema schema_;
  int last_column_id_;
  int format_version_;
};

}  // namespace firn::iceberg
