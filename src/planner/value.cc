#include "planner/value.h"

#include <charconv>

#include "base/errors.h"
#include "functions/rewrite.h"
#include "planner/resolve.h"
#include "sql/parser.h"
#include "sql/printer.h"

namespace firn::planner {

sql::ExprPtr NullLiteral() { return sql::MakeExpr(sql::Literal{sql::Literal::Kind::kNull, ""}); }
sql::ExprPtr TextLiteral(std::string text) {
  return sql::MakeExpr(sql::Literal{sql::Literal::Kind::kString, std::move(text)});
}
sql::ExprPtr NumberLiteral(std::string text) {
  return sql::MakeExpr(sql::Literal{sql::Literal::Kind::kNumber, std::move(text)});
}
sql::ExprPtr Column(std::string qualifier, std::string name) {
  std::vector<sql::Ident> parts;
  if (!qualifier.empty()) parts.push_back({std::move(qualifier), true, {}});
  parts.push_back({std::move(name), true, {}});
  return sql::MakeExpr(sql::ColumnRef{std::move(parts)});
}
sql::ExprPtr CastTo(sql::ExprPtr expr, const SqlType& type) {
  return sql::MakeExpr(sql::Cast{std::move(expr), type, false});
}

namespace {

/// An integer of any size that is a number of `unit`s, as whole microseconds (floored).
bool ParseMicros(const std::string& text, int64_t units_per_micro, int64_t* micros) {
  int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end == text.data()) return false;
  *micros = value / units_per_micro - (value % units_per_micro < 0 ? 1 : 0);
  return true;
}

sql::ExprPtr Duck(std::string text) { return sql::MakeExpr(sql::DuckExpr{std::move(text), {}}); }

std::string TwoDigits(int64_t n) { return (n < 10 ? "0" : "") + std::to_string(n); }

/// "<ns since epoch> <offset + 1440>" as the instant and its offset.
Result<sql::ExprPtr> ZonedTimestamp(const std::string& text, const Error& bad) {
  size_t blank = text.find(' ');
  int64_t micros = 0;
  if (blank == std::string::npos || !ParseMicros(text.substr(0, blank), 1000, &micros)) return bad;
  int64_t offset = std::strtoll(text.c_str() + blank + 1, nullptr, 10) - 1440;
  std::string zone =
      std::string(offset < 0 ? "-" : "+") + TwoDigits(std::abs(offset) / 60) + ":" + TwoDigits(std::abs(offset) % 60);
  return sql::MakeExpr(sql::DuckExpr{"\"firn$cast\"(strftime(make_timestamp(" +
                                         std::to_string(micros + offset * 60000000) +
                                         "), '%Y-%m-%d %H:%M:%S.%f') || ' " + zone + "', 'TIMESTAMP_TZ(9)')",
                                     {}});
}

bool IsNumber(const std::string& text) {
  if (text.empty()) return false;
  size_t digits = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c >= '0' && c <= '9') {
      ++digits;
    } else if (!(c == '.' || ((c == '-' || c == '+') && (i == 0 || text[i - 1] == 'e' || text[i - 1] == 'E')) ||
                 ((c == 'e' || c == 'E') && digits > 0))) {
      return false;
    }
  }
  return digits > 0;
}

Result<sql::ExprPtr> TypedBind(StatementContext& context, const std::string& type, const std::string& text,
                               Position at) {
  Error bad(errors::kInvalidExpression, {"bind value '" + text + "' is not of type " + type}, at);
  int64_t micros = 0;
  if (type == "FIXED" || type == "DECFLOAT") {
    if (!IsNumber(text)) return bad;
    if (text[0] == '-') return sql::MakeExpr(sql::Unary{sql::UnaryOp::kMinus, NumberLiteral(text.substr(1))});
    return NumberLiteral(text);
  }
  if (type == "REAL") return CastTo(TextLiteral(text), SqlType::Of(TypeId::kFloat));
  if (type == "BOOLEAN") return CastTo(TextLiteral(text), SqlType::Of(TypeId::kBoolean));
  if (type == "BINARY") return CastTo(TextLiteral(text), SqlType::Of(TypeId::kBinary));
  if (type == "DATE") {
    if (!ParseMicros(text, 1, &micros)) return bad;
    return Duck("CAST(make_timestamp(" + std::to_string(micros * 1000) + ") AS DATE)");
  }
  if (type == "TIME") {
    if (!ParseMicros(text, 1000, &micros)) return bad;
    return Duck("CAST(make_timestamp(" + std::to_string(micros) + ") AS TIME)");
  }
  if (type == "TIMESTAMP_NTZ" || type == "TIMESTAMP_LTZ") {
    if (!ParseMicros(text, 1000, &micros)) return bad;
    std::string made = "make_timestamp(" + std::to_string(micros) + ")";
    return Duck(type == "TIMESTAMP_NTZ" ? made : "(" + made + " AT TIME ZONE 'UTC')");
  }
  if (type == "TIMESTAMP_TZ") return ZonedTimestamp(text, bad);
  if (type == "VARIANT" || type == "OBJECT" || type == "ARRAY") {
    sql::Call call{.name = {.parts = {{"PARSE_JSON", false, {}}}, .dynamic = nullptr, .at = at}};
    call.args.push_back({"", TextLiteral(text)});
    return functions::RewriteCall(std::move(call), at, context.facts);
  }
  return TextLiteral(text);
}

}  // namespace

Result<sql::ExprPtr> VariableValue(StatementContext& context, const std::string& name, Position at) {
  auto found = context.session.variables.find(Upper(name));
  if (found == context.session.variables.end()) return Error(errors::kVariableNotFound, {Upper(name)}, at);
  const session::Variable& variable = found->second;
  if (variable.is_null) return NullLiteral();
  if (variable.type.id == TypeId::kVarchar) return TextLiteral(variable.text);
  if (variable.type.id == TypeId::kInteger || variable.type.id == TypeId::kNumber) {
    if (variable.text[0] == '-') {
      return sql::MakeExpr(sql::Unary{sql::UnaryOp::kMinus, NumberLiteral(variable.text.substr(1))});
    }
    return NumberLiteral(variable.text);
  }
  return CastTo(TextLiteral(variable.text), variable.type);
}

Result<sql::ExprPtr> BindValue(StatementContext& context, const sql::BindRef& bind, Position at) {
  std::string key = bind.name.empty() ? std::to_string(bind.number) : bind.name;
  auto found = context.bindings.find(key);
  if (found == context.bindings.end()) {
    if (context.describing) return NullLiteral();
    return Error(errors::kInvalidExpression, {"Bind variable :" + key + " not set."}, at);
  }
  const session::Binding& binding = found->second;
  size_t row = binding.is_array ? context.bind_row : 0;
  if (row >= binding.values.size()) {
    return Error(errors::kInvalidExpression, {"array binds are of different lengths"}, at);
  }
  if (!binding.values[row]) return NullLiteral();
  return TypedBind(context, binding.type, *binding.values[row], at);
}

namespace {

/// "firn$nextval"(n) drawing from the sequence `id`.
sql::ExprPtr DrawFrom(StatementContext& context, const std::string& id, int64_t step) {
  catalog::Catalog* catalog = context.session.node().catalog.get();
  engine::SequenceSource source;
  source.step = step;
  source.take = [catalog, id](int64_t count) -> Result<std::vector<engine::SequenceBlock>> {
    FIRN_ASSIGN(auto numbers, catalog->NextNumbers(id, count));
    std::vector<engine::SequenceBlock> blocks;
    for (const auto& block : numbers) blocks.push_back({block.first, block.count});
    return blocks;
  };
  return Duck("\"firn$nextval\"(" + std::to_string(context.AddSequence(std::move(source))) + ")");
}

}  // namespace

Result<bool> NextValue(StatementContext& context, const sql::ObjectName& name, sql::ExprPtr* expr) {
  auto full = Qualify(context, name, "SELECT");
  if (!full.ok()) return false;
  catalog::ObjectRef schema = context.state().Schema(full->database, full->schema);
  if (!schema) return false;
  catalog::ObjectRef object = context.state().Find(schema->id, catalog::ObjectKind::kSequence, full->name);
  if (!object) return false;
  *expr = DrawFrom(context, object->id, object->As<catalog::SequenceInfo>()->step);
  return true;
}

Result<sql::ExprPtr> DefaultValue(StatementContext& context, const catalog::ColumnInfo& column) {
  if (column.autoincrement) return DrawFrom(context, column.autoincrement->sequence_id, column.autoincrement->step);
  if (!column.default_text) return NullLiteral();
  FIRN_ASSIGN(sql::ExprPtr value, sql::ParseExpression(*column.default_text));
  FIRN_TRY(ResolveExpr(context, value));
  return value;
}

Result<std::vector<std::pair<sql::ExprPtr, std::optional<sql::Ident>>>> ConstantsOf(StatementContext& context,
                                                                                    const sql::Query& query) {
  std::vector<engine::ResultColumn> columns;
  FIRN_ASSIGN(auto batches,
              context.session.node().engine->Collect(context.Statement(sql::Print(query)), context.cancel, &columns));
  if (columns.size() != 1) return Error(errors::kUnsupportedSubquery, {}, query.at);
  const SqlType& type = columns[0].type;
  std::vector<std::pair<sql::ExprPtr, std::optional<sql::Ident>>> constants;
  for (const engine::Batch& batch : batches) {
    for (int64_t row = 0; row < batch.rows(); ++row) {
      if (batch.IsNull(0, row)) continue;
      std::string text = batch.Text(0, row);
      if (type.id == TypeId::kVarchar) {
        constants.emplace_back(TextLiteral(text), std::nullopt);
        continue;
      }
      bool number = type.id == TypeId::kInteger || type.id == TypeId::kNumber;
      sql::ExprPtr value = number && text[0] != '-' ? NumberLiteral(text) : CastTo(TextLiteral(text), type);
      constants.emplace_back(std::move(value), sql::Ident{text, true, query.at});
    }
  }
  return constants;
}

}  // namespace firn::planner
