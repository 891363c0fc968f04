// Statements that change the rows of tables: INSERT, UPDATE, DELETE, MERGE, TRUNCATE, COPY INTO. See sql/statement.h.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sql/option.h"
#include "sql/query.h"

namespace firn::sql {

/// INSERT [OVERWRITE] INTO t [(columns)] query. `source` of VALUES (…) is a Query with a Values body, where DEFAULT is
/// a DefaultValue.
struct Insert {
  ObjectName target;
  bool overwrite = false;
  std::vector<Ident> columns;  ///< empty: all, in the order of the table
  QueryPtr source;
};

/// INSERT [OVERWRITE] ALL | FIRST … query
struct MultiInsert {
  struct Into {
    ObjectName target;
    std::vector<Ident> columns;
    std::vector<ExprPtr> values;  ///< empty: the columns of the query
  };
  struct Branch {
    ExprPtr when;  ///< null: unconditional, or ELSE
    std::vector<Into> into;
  };
  bool overwrite = false;
  bool first = false;        ///< FIRST: only the first branch that holds
  bool conditional = false;  ///< WHEN … THEN; a branch without `when` is then ELSE
  std::vector<Branch> branches;
  QueryPtr source;
};

/// column = value; `qualifier` is what stood before the column, usually nothing or the table's alias.
struct Assignment {
  std::vector<Ident> qualifier;
  Ident column;
  ExprPtr value;  ///< may be a DefaultValue
};

struct Update {
  ObjectName target;
  std::optional<Ident> alias;
  std::vector<Assignment> assignments;
  RelationPtr from;  ///< may be null
  ExprPtr where;     ///< may be null
};

/// DELETE FROM t [USING …] [WHERE …]
struct Delete {
  ObjectName target;
  std::optional<Ident> alias;
  RelationPtr using_relation;  ///< may be null
  ExprPtr where;               ///< may be null
};

struct MergeUpdate {
  std::vector<Assignment> assignments;
};
struct MergeUpdateAllByName {};
struct MergeDelete {};
struct MergeInsert {
  std::vector<Ident> columns;  ///< empty: all, in the order of the table
  std::vector<ExprPtr> values;
};
struct MergeInsertAllByName {};

/// WHEN [NOT] MATCHED [BY TARGET | BY SOURCE] [AND condition] THEN action
struct MergeClause {
  enum class When { kMatched, kNotMatched, kNotMatchedBySource };
  When when;
  ExprPtr condition;  ///< may be null
  std::variant<MergeUpdate, MergeUpdateAllByName, MergeDelete, MergeInsert, MergeInsertAllByName> action;
  Position at;
};

struct Merge {
  ObjectName target;
  std::optional<Ident> alias;
  RelationPtr source;
  ExprPtr on;
  std::vector<MergeClause> clauses;  ///< at least one
};

/// TRUNCATE [TABLE] [IF EXISTS] t
struct Truncate {
  ObjectName name;
  bool if_exists = false;
};

/// COPY INTO t [(columns)] FROM location | (SELECT … FROM @stage …) options
struct CopyIntoTable {
  ObjectName target;
  std::vector<Ident> columns;
  StageLocation from;       ///< of a transformation: the stage in its FROM
  QueryPtr transformation;  ///< may be null; its FROM is a StageRelation
  std::vector<std::string> files;
  std::optional<std::string> pattern;
  FileFormatChoice file_format;
  /// ON_ERROR, SIZE_LIMIT, PURGE, FORCE, MATCH_BY_COLUMN_NAME, VALIDATION_MODE, TRUNCATECOLUMNS, ENFORCE_LENGTH,
  /// RETURN_FAILED_ONLY, LOAD_UNCERTAIN_FILES, INCLUDE_METADATA, LOAD_MODE …
  std::vector<Option> options;
};

/// COPY INTO location FROM t | (query) options: an unload
struct CopyIntoLocation {
  StageLocation target;
  std::optional<ObjectName> table;  ///< else `query`
  QueryPtr query;
  ExprPtr partition_by;  ///< may be null
  FileFormatChoice file_format;
  std::vector<Option> options;  ///< OVERWRITE, SINGLE, HEADER, MAX_FILE_SIZE, DETAILED_OUTPUT …
};

}  // namespace firn::sql
