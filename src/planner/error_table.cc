#include "planner/error_table.h"

#include "base/errors.h"
#include "sql/parser.h"

namespace firn::planner {

namespace {

/// The name that stands as an argument: bare, or as a text.
Result<sql::ObjectName> Argument(const sql::Call& call, Position at) {
  sql::ObjectName name;
  name.at = at;
  if (call.args.size() != 1) return Error(errors::kInvalidExpression, {"ERROR_TABLE takes the name of a table"}, at);
  const sql::Expr& value = *call.args[0].value;
  if (auto* column = value.As<sql::ColumnRef>()) {
    name.parts = column->parts;
  } else if (auto* literal = value.As<sql::Literal>(); literal && literal->kind == sql::Literal::Kind::kString) {
    FIRN_ASSIGN(name, sql::ParseObjectName(literal->text));
    name.at = at;
  } else {
    return Error(errors::kInvalidExpression, {"ERROR_TABLE takes the name of a table"}, at);
  }
  return name;
}

}  // namespace

Result<bool> NameErrorTable(StatementContext& context, const sql::Call& call, sql::Relation* relation) {
  if (call.name.parts.size() != 1 || call.name.parts[0].text != "ERROR_TABLE") return false;
  FIRN_ASSIGN(sql::ObjectName base, Argument(call, relation->at));
  FIRN_ASSIGN(FoundTable table, FindTable(context, base, "SELECT"));
  auto option = table.object->options.find(kErrorTable);
  const std::string id = option == table.object->options.end() ? "" : option->second;
  catalog::ObjectRef found = id.empty() ? nullptr : context.state().ById(id);
  if (!found || !context.state().IsAlive(*found)) {
    return Error(errors::kInvalidExpression, {"Table '" + table.name.Text() + "' has no error table"}, relation->at);
  }
  catalog::ObjectRef schema = context.state().ById(found->parent_id);
  sql::NamedRelation named;
  named.name.at = relation->at;
  for (const std::string& part : {context.state().ById(schema->parent_id)->name, schema->name, found->name}) {
    named.name.parts.push_back({part, true, relation->at});
  }
  relation->node = std::move(named);
  return true;
}

}  // namespace firn::planner
