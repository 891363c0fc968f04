// Statements about SQL functions. See sql/statement.h.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sql/statement_alter.h"
#include "sql/statement_ddl.h"

namespace firn::sql {

struct FunctionParameter {
  Ident name;
  SqlType type;
  std::string default_text;  ///< source text of DEFAULT; "" for none
};

/// CREATE FUNCTION f(a type [DEFAULT v], …) RETURNS type | TABLE(c type, …) [LANGUAGE SQL] … AS 'body'
struct CreateFunction {
  ObjectName name;
  CreateMode mode = CreateMode::kPlain;
  bool secure = false;
  std::vector<FunctionParameter> parameters;
  std::optional<SqlType> returns;          ///< unset: a table
  std::vector<FunctionParameter> columns;  ///< of the table
  std::string body;
  std::vector<Option> options;  ///< COMMENT
};

/// SET SECURE and UNSET SECURE are the option SECURE; HTTP_ENDPOINT is Firn's own.
struct AlterFunction {
  ObjectName name;
  bool if_exists = false;
  std::vector<SqlType> signature;
  std::variant<RenameTo, SetOptions, UnsetOptions> action;
};

}  // namespace firn::sql
