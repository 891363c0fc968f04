// Names, stage locations and `NAME = value` options, as statements of every family hold them. The parser makes them;
// `statements` reads them and refuses what it does not know. See sql/statement.h.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sql/ast.h"
#include "sql/query.h"

namespace firn::sql {

struct Option;

/// The right side of `NAME = value`.
struct OptionValue {
  enum class Kind {
    kWord,     ///< a bare word or a (dotted) name: `text` is the upper-cased source, `name` the name itself
    kString,   ///< 'text', decoded
    kNumber,   ///< as written, perhaps with a sign
    kBoolean,  ///< "true" or "false"
    kNull,     ///< NULL
    kList,     ///< (a, b): `items`
    kOptions,  ///< (TYPE = CSV SKIP_HEADER = 1): `options`
    kValue,    ///< $variable or a bind: `value` is a VariableRef or BindRef, which the planner replaces by a Literal
  };
  Kind kind = Kind::kWord;
  std::string text;
  ObjectName name;
  std::vector<OptionValue> items;
  std::vector<Option> options;
  ExprPtr value;

  /// Whether this is the word or the string `word`, in any case.
  bool Is(std::string_view word) const;
};

/// One `NAME = value`. A flag without a value (ORDER, OVERWRITE) is the boolean true.
struct Option {
  std::string name;  ///< upper case
  OptionValue value;
  Position at;
};

/// The option `name` (upper case), or null.
const Option* FindOption(const std::vector<Option>& options, std::string_view name);

/// @stage/path, @db.schema.stage/path, @~/path, @%table/path, or a URL in quotes.
struct StageLocation {
  enum class Kind {
    kNamed,  ///< `name` is the stage
    kTable,  ///< `name` is the table
    kUser,   ///< @~
    kUrl,    ///< 'file://…', 's3://…': `path` is the whole URL
    kValue,  ///< a bind or a variable: `value`, whose text ParseStageLocation reads when it is known
  };
  Kind kind = Kind::kNamed;
  ObjectName name;
  std::string path;             ///< behind the stage's name, without the first slash; may be empty
  std::string text;             ///< as written, with the @
  std::shared_ptr<Expr> value;  ///< of kValue: a BindRef or VariableRef
  Position at;
};

/// Reads a location as written, with or without the leading @ (StageRelation::location has none).
/// Errors: kSyntax.
Result<StageLocation> ParseStageLocation(std::string_view text);

/// FILE_FORMAT = 'name' | (FORMAT_NAME = name) | (TYPE = CSV …)
struct FileFormatChoice {
  std::optional<ObjectName> name;
  std::vector<Option> options;  ///< without FORMAT_NAME
};

/// What kind of object a statement names: DROP, UNDROP, DESCRIBE, COMMENT, CLONE, GRANT.
enum class ObjectKind {
  kAccount,
  kColumn,
  kDatabase,
  kDynamicTable,
  kExternalTable,
  kFileFormat,
  kFunction,
  kIcebergTable,
  kPipe,
  kProcedure,
  kRole,
  kSchema,
  kSequence,
  kStage,
  kStream,
  kTable,
  kTask,
  kUser,
  kView,
  kWarehouse,
};

/// "FILE FORMAT": the words of a kind, upper case.
const char* KindWords(ObjectKind kind);

}  // namespace firn::sql
