// The session and the statement: docs.snowflake.com/en/sql-reference/functions-context
#include <algorithm>
#include <array>

#include "base/errors.h"
#include "functions/bind.h"
#include "functions/families.h"
#include "functions/tree.h"
#include "functions/types.h"
#include "functions/variant_text.h"

namespace firn::functions {

namespace {

using sql::Call;
using sql::ExprPtr;

ExprPtr TextOrNull(const std::optional<std::string>& text) {
  if (text) return TextLiteral(*text);
  return sql::MakeExpr(sql::Cast{NullLiteral(), SqlType::Varchar(), false});
}

template <auto Member>
Result<ExprPtr> Fact(const Call&, const RewriteContext& context) {
  return TextOrNull(context.facts.*Member);
}

Result<ExprPtr> CurrentSession(const Call&, const RewriteContext& context) {
  return TextLiteral(std::to_string(context.facts.session_id));
}
std::string QuotedList(const std::vector<std::string>& names) {
  std::string out = "[";
  for (const auto& name : names) out += (out.size() > 1 ? ", " : "") + Quoted(name);
  return out + "]";
}
Result<ExprPtr> CurrentSchemas(const Call&, const RewriteContext& context) {
  const SessionFacts& facts = context.facts;
  if (!facts.database || !facts.schema) return TextLiteral("[]");
  return TextLiteral(QuotedList({*facts.database + "." + *facts.schema}));
}
Result<ExprPtr> CurrentAvailableRoles(const Call&, const RewriteContext& context) {
  return TextLiteral(QuotedList(context.facts.available_roles));
}
Result<ExprPtr> CurrentSecondaryRoles(const Call&, const RewriteContext&) {
  return TextLiteral("{\"roles\":\"\",\"value\":\"\"}");
}
Result<ExprPtr> CurrentRoleType(const Call&, const RewriteContext&) { return TextLiteral("ROLE"); }

/// The number in a literal argument, perhaps negative.
Result<int64_t> IntegerArgument(const Call& call, size_t i, const RewriteContext& context) {
  const sql::Expr* expr = call.args[i].value.get();
  bool negative = false;
  if (const auto* unary = expr->As<sql::Unary>(); unary && unary->op == sql::UnaryOp::kMinus) {
    negative = true;
    expr = unary->arg.get();
  }
  const auto* literal = expr->As<sql::Literal>();
  if (!literal || literal->kind != sql::Literal::Kind::kNumber || literal->text.size() > 9 ||
      literal->text.find_first_not_of("0123456789") != std::string::npos) {
    return Error(errors::kInvalidExpression, {"Function " + call.name.Text() + " takes a constant integer"},
                 context.at);
  }
  int64_t value = std::stoll(literal->text);
  return negative ? -value : value;
}
Result<ExprPtr> LastQueryId(const Call& call, const RewriteContext& context) {
  int64_t index = -1;
  if (!call.args.empty()) {
    FIRN_ASSIGN(index, IntegerArgument(call, 0, context));
  }
  return TextOrNull(context.facts.query_id ? context.facts.query_id(index) : std::nullopt);
}
Result<ExprPtr> GetVariable(const Call& call, const RewriteContext& context) {
  auto name = WordOf(*call.args[0].value);
  if (!name) return Error(errors::kInvalidExpression, {"Function GETVARIABLE takes a constant name"}, context.at);
  auto found = context.facts.variables.find(*name);
  return TextOrNull(found == context.facts.variables.end() ? std::nullopt : std::optional(found->second));
}
Result<ExprPtr> IsRoleInSession(const Call& call, const RewriteContext& context) {
  auto name = WordOf(*call.args[0].value);
  if (!name)
    return Error(errors::kInvalidExpression, {"Function IS_ROLE_IN_SESSION takes a constant name"}, context.at);
  const auto& roles = context.facts.available_roles;
  bool held = *name == context.facts.role || std::find(roles.begin(), roles.end(), *name) != roles.end();
  return sql::MakeExpr(sql::Literal{sql::Literal::Kind::kBoolean, held ? "true" : "false"});
}

/// The statement's start as `type`; LTZ, DATE and TIME in the session's zone.
ExprPtr StatementStart(const RewriteContext& context, TypeId type, const char* source) {
  ExprPtr start = sql::MakeExpr(DuckCall(source, NumberLiteral(context.facts.statement_start)));
  return sql::MakeExpr(sql::Cast{std::move(start), SqlType::Of(type), false});
}
Result<ExprPtr> CurrentTimestamp(const Call&, const RewriteContext& context) {
  return StatementStart(context, TypeId::kTimestampLtz, "firn$instant");
}
Result<ExprPtr> CurrentDate(const Call&, const RewriteContext& context) {
  return StatementStart(context, TypeId::kDate, "firn$instant");
}
Result<ExprPtr> CurrentTime(const Call&, const RewriteContext& context) {
  return StatementStart(context, TypeId::kTime, "firn$instant");
}
Result<ExprPtr> SysDate(const Call&, const RewriteContext& context) {
  return StatementStart(context, TypeId::kTimestampNtz, "firn$utc");
}

/// "NUMBER(38,0)[SB16]"
BoundNode BindSystemTypeof(BindCall& call) {
  const LogicalType& type = call.Type(0);
  SqlType shown = SqlTypeOf(type);
  std::string storage;
  switch (ShapeOf(type)) {
    case Shape::kNull:
      return Constant(Value("NULL[LOB]"));
    case Shape::kNumber: {
      int p = shown.precision;
      storage = p <= 2 ? "SB1" : p <= 4 ? "SB2" : p <= 9 ? "SB4" : p <= 18 ? "SB8" : "SB16";
      break;
    }
    case Shape::kBoolean:
      storage = "SB1";
      break;
    case Shape::kDouble:
      storage = "DOUBLE";
      break;
    case Shape::kDate:
      storage = "SB4";
      break;
    case Shape::kTime:
      storage = "SB8";
      break;
    case Shape::kNtz:
    case Shape::kLtz:
    case Shape::kTz:
      storage = "SB16";
      break;
    default:
      storage = "LOB";
  }
  return Constant(Value(shown.Text() + "[" + storage + "]"));
}

// clang-format off
constexpr std::array kContext = {
    Function{"CURRENT_ACCOUNT", "", FromSession{Fact<&SessionFacts::account>}, "", "", "functions/current_account"},
    Function{"CURRENT_ACCOUNT_NAME", "", FromSession{Fact<&SessionFacts::account>}, "", "", "functions/current_account_name"},
    Function{"CURRENT_AVAILABLE_ROLES", "", FromSession{CurrentAvailableRoles}, "", "", "functions/current_available_roles"},
    Function{"CURRENT_CLIENT", "", FromSession{Fact<&SessionFacts::client>}, "", "", "functions/current_client"},
    Function{"CURRENT_DATABASE", "", FromSession{Fact<&SessionFacts::database>}, "", "", "functions/current_database"},
    Function{"CURRENT_DATE", "", FromSession{CurrentDate}, "", "", "functions/current_date"},
    Function{"CURRENT_IP_ADDRESS", "", FromSession{Fact<&SessionFacts::ip_address>}, "", "", "functions/current_ip_address"},
    Function{"CURRENT_ORGANIZATION_NAME", "", FromSession{Fact<&SessionFacts::organization>}, "", "", "functions/current_organization_name"},
    Function{"CURRENT_REGION", "", FromSession{Fact<&SessionFacts::region>}, "", "", "functions/current_region"},
    Function{"CURRENT_ROLE", "", FromSession{Fact<&SessionFacts::role>}, "", "", "functions/current_role"},
    Function{"CURRENT_ROLE_TYPE", "", FromSession{CurrentRoleType}, "CURRENT_ROLE_TYPE()", "ROLE", "functions/current_role_type"},
    Function{"CURRENT_SCHEMA", "", FromSession{Fact<&SessionFacts::schema>}, "", "", "functions/current_schema"},
    Function{"CURRENT_SCHEMAS", "", FromSession{CurrentSchemas}, "", "", "functions/current_schemas"},
    Function{"CURRENT_SECONDARY_ROLES", "", FromSession{CurrentSecondaryRoles}, "", "", "functions/current_secondary_roles"},
    Function{"CURRENT_SESSION", "", FromSession{CurrentSession}, "", "", "functions/current_session"},
    Function{"CURRENT_STATEMENT", "", FromSession{Fact<&SessionFacts::statement_text>}, "", "", "functions/current_statement"},
    Function{"CURRENT_TIME", "[scale]", FromSession{CurrentTime}, "", "", "functions/current_time"},
    Function{"CURRENT_TIMESTAMP", "[scale]", FromSession{CurrentTimestamp}, "", "", "functions/current_timestamp"},
    Function{"CURRENT_TRANSACTION", "", FromSession{Fact<&SessionFacts::transaction_id>}, "", "", "functions/current_transaction"},
    Function{"CURRENT_USER", "", FromSession{Fact<&SessionFacts::user>}, "", "", "functions/current_user"},
    Function{"CURRENT_VERSION", "", FromSession{Fact<&SessionFacts::version>}, "", "", "functions/current_version"},
    Function{"CURRENT_WAREHOUSE", "", FromSession{Fact<&SessionFacts::warehouse>}, "", "", "functions/current_warehouse"},
    Function{"GETDATE", "", FromSession{CurrentTimestamp}, "", "", "functions/getdate"},
    Function{"GETVARIABLE", "name", FromSession{GetVariable}, "", "", "functions/getvariable"},
    Function{"INVOKER_ROLE", "", FromSession{Fact<&SessionFacts::role>}, "", "", "functions/invoker_role"},
    Function{"IS_ROLE_IN_SESSION", "name", FromSession{IsRoleInSession}, "", "", "functions/is_role_in_session"},
    Function{"LAST_QUERY_ID", "[index]", FromSession{LastQueryId}, "", "", "functions/last_query_id"},
    Function{"LAST_TRANSACTION", "", FromSession{Fact<&SessionFacts::last_transaction_id>}, "", "", "functions/last_transaction"},
    Function{"LOCALTIME", "[scale]", FromSession{CurrentTime}, "", "", "functions/localtime"},
    Function{"LOCALTIMESTAMP", "[scale]", FromSession{CurrentTimestamp}, "", "", "functions/localtimestamp"},
    Function{"SYSDATE", "", FromSession{SysDate}, "", "", "functions/sysdate"},
    Function{"SYSTEM$TYPEOF", "value", Native{BindSystemTypeof}, "SYSTEM$TYPEOF('abc'::VARCHAR(3))", "VARCHAR(16777216)[LOB]", "functions/system_typeof"},
    Function{"SYSTIMESTAMP", "", FromSession{CurrentTimestamp}, "", "", "functions/systimestamp"},
};
// clang-format on

}  // namespace

std::span<const Function> ContextFunctions() { return kContext; }

}  // namespace firn::functions
