// Expressions as DuckDB SQL. Everything that is not atomic stands in parentheses, so no precedence is needed.
#include "sql/print.h"

namespace firn::sql {

namespace {

const char* FunctionOf(BinaryOp op) {
  switch (op) {
    case BinaryOp::kEq:
      return "firn$eq";
    case BinaryOp::kNe:
      return "firn$ne";
    case BinaryOp::kLt:
      return "firn$lt";
    case BinaryOp::kLe:
      return "firn$le";
    case BinaryOp::kGt:
      return "firn$gt";
    case BinaryOp::kGe:
      return "firn$ge";
    case BinaryOp::kDistinct:
      return "firn$distinct";
    case BinaryOp::kNotDistinct:
      return "firn$not_distinct";
    case BinaryOp::kAdd:
      return "firn$add";
    case BinaryOp::kSub:
      return "firn$sub";
    case BinaryOp::kMul:
      return "firn$mul";
    case BinaryOp::kDiv:
      return "firn$div";
    case BinaryOp::kMod:
      return "firn$mod";
    case BinaryOp::kConcat:
      return "firn$concat";
    default:
      return nullptr;
  }
}

const char* CompareText(BinaryOp op) {
  switch (op) {
    case BinaryOp::kNe:
      return " <> ";
    case BinaryOp::kLt:
      return " < ";
    case BinaryOp::kLe:
      return " <= ";
    case BinaryOp::kGt:
      return " > ";
    case BinaryOp::kGe:
      return " >= ";
    default:
      return " = ";
  }
}

bool IsComparison(BinaryOp op) { return op >= BinaryOp::kEq && op <= BinaryOp::kGe; }

bool IsArithmetic(BinaryOp op) { return op >= BinaryOp::kAdd && op <= BinaryOp::kMod; }

// Arithmetic, or a number, without anything but numbers in it.
bool LiteralsOnly(const Expr& expr) {
  if (const Literal* literal = expr.As<Literal>()) return literal->kind == Literal::Kind::kNumber;
  if (const Unary* unary = expr.As<Unary>()) {
    return (unary->op == UnaryOp::kMinus || unary->op == UnaryOp::kPlus) && LiteralsOnly(*unary->arg);
  }
  const Binary* binary = expr.As<Binary>();
  return binary != nullptr && IsArithmetic(binary->op) && LiteralsOnly(*binary->right) && LiteralsOnly(*binary->left);
}

// May be evaluated twice: no call, no subquery.
bool IsCheap(const Expr& expr) {
  if (expr.As<ColumnRef>() != nullptr || expr.As<Literal>() != nullptr) return true;
  if (const Cast* cast = expr.As<Cast>()) return IsCheap(*cast->arg);
  if (const Path* path = expr.As<Path>()) return IsCheap(*path->base);
  return false;
}

bool IsAtomic(const Expr& expr) {
  if (const Literal* literal = expr.As<Literal>()) return !literal->text.starts_with('-');
  return expr.As<ColumnRef>() != nullptr || expr.As<Call>() != nullptr || expr.As<Cast>() != nullptr ||
         expr.As<ScalarQuery>() != nullptr || expr.As<Path>() != nullptr || expr.As<Binary>() != nullptr;
}

// DuckDB has a syntax of its own for these, under which no function of the name stands.
bool IsGrammarCall(std::string_view name) {
  for (std::string_view word : {"coalesce", "grouping", "nullif", "row", "try"}) {
    if (EqualsIgnoreCase(name, word)) return true;
  }
  return false;
}

// INTEGER keeps its 64 bits; its Text() is the NUMBER(38,0) that it is reported as.
std::string TypeText(const SqlType& type) { return type.id == TypeId::kInteger ? "INTEGER" : type.Text(); }

}  // namespace

void Writer::Write(const Expr& expr) {
  bool before = bigint_literals_;
  if (expr.As<Binary>() == nullptr && expr.As<Unary>() == nullptr && expr.As<Literal>() == nullptr) {
    bigint_literals_ = false;
  }
  std::visit([this](const auto& node) { Node(node); }, expr.node);
  bigint_literals_ = before;
}

void Writer::List(const std::vector<ExprPtr>& list) {
  for (size_t i = 0; i < list.size(); ++i) {
    if (i > 0) out_ += ", ";
    Write(*list[i]);
  }
}

void Writer::Names(const std::vector<Ident>& names) {
  out_ += '(';
  for (size_t i = 0; i < names.size(); ++i) {
    if (i > 0) out_ += ", ";
    Name(names[i].text);
  }
  out_ += ')';
}

void Writer::Dotted(const std::vector<Ident>& parts) {
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out_ += '.';
    Name(parts[i].text);
  }
}

void Writer::Order(const std::vector<OrderItem>& items) {
  out_ += " ORDER BY ";
  for (size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out_ += ", ";
    Write(*items[i].expr);
    out_ += items[i].descending ? " DESC" : " ASC";
    out_ += items[i].nulls_first.value_or(items[i].descending) ? " NULLS FIRST" : " NULLS LAST";
  }
}

void Writer::Node(const ColumnRef& node) { Dotted(node.parts); }
void Writer::Node(const PositionRef& node) { out_ += "#" + std::to_string(node.number); }
// The planner leaves none of these two; as they stand DuckDB refuses them for want of a value.
void Writer::Node(const VariableRef& node) { out_ += "$" + node.name; }
void Writer::Node(const BindRef& node) { out_ += "$" + (node.name.empty() ? std::to_string(node.number) : node.name); }
void Writer::Node(const DefaultValue&) { out_ += "DEFAULT"; }

void Writer::Node(const Star& node) {
  if (!node.qualifier.empty()) {
    Dotted(node.qualifier);
    out_ += '.';
  }
  out_ += '*';
  if (node.ilike) out_ += " ILIKE " + QuoteText(*node.ilike);
  if (!node.exclude.empty()) {
    out_ += " EXCLUDE ";
    Names(node.exclude);
  }
  if (!node.replace.empty()) {
    out_ += " REPLACE (";
    for (size_t i = 0; i < node.replace.size(); ++i) {
      if (i > 0) out_ += ", ";
      Write(*node.replace[i].first);
      out_ += " AS ";
      Name(node.replace[i].second.text);
    }
    out_ += ')';
  }
  if (!node.rename.empty()) {
    out_ += " RENAME (";
    for (size_t i = 0; i < node.rename.size(); ++i) {
      if (i > 0) out_ += ", ";
      Name(node.rename[i].first.text);
      out_ += " AS ";
      Name(node.rename[i].second.text);
    }
    out_ += ')';
  }
}

void Writer::Node(const Unary& node) {
  const Literal* literal = node.arg->As<Literal>();
  bool number = literal != nullptr && literal->kind == Literal::Kind::kNumber && !literal->text.starts_with('-');
  switch (node.op) {
    case UnaryOp::kMinus:
      if (number) {
        out_ += '-';
        Write(*node.arg);
        return;
      }
      CallBegin("firn$neg");
      Write(*node.arg);
      out_ += ')';
      return;
    case UnaryOp::kPlus:
      Write(*node.arg);
      return;
    case UnaryOp::kNot:
      out_ += "(NOT ";
      break;
    case UnaryOp::kPrior:  // the planner leaves none of these two
      out_ += "(PRIOR ";
      break;
    case UnaryOp::kOuterMark:
      out_ += "(OUTER ";
      break;
  }
  bigint_literals_ = false;
  Write(*node.arg);
  out_ += ')';
}

void Writer::Node(const Binary& node) {
  if (node.op == BinaryOp::kAnd || node.op == BinaryOp::kOr) {
    bigint_literals_ = false;
    out_ += '(';
    Write(*node.left);
    out_ += node.op == BinaryOp::kAnd ? " AND " : " OR ";
    Write(*node.right);
    out_ += ')';
    return;
  }
  if (IsArithmetic(node.op)) {
    Arithmetic(node);
    return;
  }
  bigint_literals_ = false;
  if (IsComparison(node.op) && (node.left->As<Collate>() != nullptr || node.right->As<Collate>() != nullptr)) {
    // A function would lose the collation, which is part of the operand's type.
    out_ += '(';
    Write(*node.left);
    out_ += CompareText(node.op);
    Write(*node.right);
    out_ += ')';
    return;
  }
  CallBegin(FunctionOf(node.op));
  Write(*node.left);
  out_ += ", ";
  Write(*node.right);
  out_ += ')';
}

void Writer::Arithmetic(const Binary& node) {
  const char* function = FunctionOf(node.op);
  if (node.op == BinaryOp::kAdd || node.op == BinaryOp::kSub) {
    const IntervalLiteral* right = node.right->As<IntervalLiteral>();
    const IntervalLiteral* left = node.left->As<IntervalLiteral>();
    if (right != nullptr && left == nullptr) {
      IntervalChain(function, *node.left, *right);
      return;
    }
    if (left != nullptr && right == nullptr && node.op == BinaryOp::kAdd) {
      IntervalChain(function, *node.right, *left);
      return;
    }
  }
  bigint_literals_ = bigint_literals_ || (LiteralsOnly(*node.right) && LiteralsOnly(*node.left));
  CallBegin(function);
  Write(*node.left);
  out_ += ", ";
  Write(*node.right);
  out_ += ')';
}

void Writer::Node(const IsTest& node) {
  out_ += '(';
  Write(*node.arg);
  out_ += node.negated ? " IS NOT " : " IS ";
  out_ += node.what == IsTest::What::kNull ? "NULL)" : node.what == IsTest::What::kTrue ? "TRUE)" : "FALSE)";
}

void Writer::Node(const Between& node) {
  if (IsCheap(*node.arg)) {
    if (node.negated) out_ += "(NOT ";
    out_ += '(';
    CallBegin("firn$ge");
    Write(*node.arg);
    out_ += ", ";
    Write(*node.low);
    out_ += ") AND ";
    CallBegin("firn$le");
    Write(*node.arg);
    out_ += ", ";
    Write(*node.high);
    out_ += "))";
    if (node.negated) out_ += ')';
    return;
  }
  out_ += '(';
  Write(*node.arg);
  out_ += node.negated ? " NOT BETWEEN " : " BETWEEN ";
  Write(*node.low);
  out_ += " AND ";
  Write(*node.high);
  out_ += ')';
}

void Writer::Node(const InList& node) {
  out_ += '(';
  Write(*node.arg);
  out_ += node.negated ? " NOT IN (" : " IN (";
  List(node.items);
  out_ += "))";
}

void Writer::Node(const InQuery& node) {
  out_ += '(';
  Write(*node.arg);
  out_ += node.negated ? " NOT IN (" : " IN (";
  if (const Tuple* tuple = node.arg->As<Tuple>()) {
    // DuckDB compares a row with one column that is a row.
    std::string columns;
    for (size_t i = 0; i < tuple->items.size(); ++i) columns += (i > 0 ? ", \"c" : "\"c") + std::to_string(i) + "\"";
    out_ += "SELECT (" + columns + ") FROM (";
    Write(*node.query);
    out_ += ") AS \"firn$row\"(" + columns + ")";
  } else {
    Write(*node.query);
  }
  out_ += "))";
}

void Writer::Node(const Exists& node) {
  out_ += "EXISTS (";
  Write(*node.query);
  out_ += ')';
}

void Writer::Node(const ScalarQuery& node) {
  out_ += '(';
  Write(*node.query);
  out_ += ')';
}

void Writer::Node(const QuantifiedCompare& node) {
  out_ += '(';
  Write(*node.arg);
  out_ += CompareText(node.op);
  out_ += node.all ? "ALL (" : "ANY (";
  Write(*node.query);
  out_ += "))";
}

void Writer::OneLike(const Like& node, const Expr& pattern) {
  if (node.kind == Like::Kind::kRLike) {
    CallBegin("firn$rlike");
    Write(*node.arg);
    out_ += ", ";
    Write(pattern);
    out_ += ')';
    return;
  }
  out_ += '(';
  Write(*node.arg);
  out_ += node.kind == Like::Kind::kLike ? " LIKE " : " ILIKE ";
  Write(pattern);
  if (node.escape != nullptr) {
    out_ += " ESCAPE ";
    Write(*node.escape);
  }
  out_ += ')';
}

void Writer::Node(const Like& node) {
  if (node.negated) out_ += "(NOT ";
  if (node.patterns.size() > 1) out_ += '(';
  for (size_t i = 0; i < node.patterns.size(); ++i) {
    if (i > 0) out_ += node.match == Like::Match::kAll ? " AND " : " OR ";
    OneLike(node, *node.patterns[i]);
  }
  if (node.patterns.size() > 1) out_ += ')';
  if (node.negated) out_ += ')';
}

void Writer::Node(const Case& node) {
  out_ += "CASE";
  if (node.operand != nullptr) {
    out_ += ' ';
    Write(*node.operand);
  }
  for (const auto& [when, then] : node.whens) {
    out_ += " WHEN ";
    Write(*when);
    out_ += " THEN ";
    Write(*then);
  }
  if (node.otherwise != nullptr) {
    out_ += " ELSE ";
    Write(*node.otherwise);
  }
  out_ += " END";
}

void Writer::Node(const Cast& node) {
  CallBegin(node.try_cast ? "firn$try_cast" : "firn$cast");
  Write(*node.arg);
  out_ += ", " + QuoteText(TypeText(node.type)) + ")";
}

void Writer::Node(const Call& node) {
  bool grammar = node.name.parts.size() == 1 && IsGrammarCall(node.name.parts[0].text);
  if (grammar) {
    out_ += node.name.parts[0].text;
  } else {
    Dotted(node.name.parts);
  }
  out_ += '(';
  if (node.star) out_ += '*';
  if (node.distinct) out_ += "DISTINCT ";
  for (size_t i = 0; i < node.args.size(); ++i) {
    if (i > 0) out_ += ", ";
    if (!node.args[i].name.empty()) out_ += QuoteIdent(node.args[i].name) + " := ";
    Write(*node.args[i].value);
  }
  if (!node.within_group.empty()) Order(node.within_group);
  if (node.ignore_nulls.value_or(false)) out_ += " IGNORE NULLS";
  out_ += ')';
  if (node.filter != nullptr) {
    out_ += " FILTER (WHERE ";
    Write(*node.filter);
    out_ += ')';
  }
  if (node.over) {
    out_ += " OVER (";
    WindowText(*node.over, node.name.parts.back().text);
    out_ += ')';
  }
}

void Writer::WindowText(const Window& window, std::string_view function) {
  if (!window.partition_by.empty()) {
    out_ += "PARTITION BY ";
    List(window.partition_by);
  }
  if (!window.order_by.empty()) Order(window.order_by);
  if (!window.frame) {
    // These look at the whole partition unless told otherwise.
    for (std::string_view name : {"FIRST_VALUE", "LAST_VALUE", "NTH_VALUE"}) {
      if (EqualsIgnoreCase(function, name)) out_ += " ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING";
    }
    return;
  }
  const WindowFrame& frame = *window.frame;
  out_ += frame.unit == WindowFrame::Unit::kRows    ? " ROWS BETWEEN "
          : frame.unit == WindowFrame::Unit::kRange ? " RANGE BETWEEN "
                                                    : " GROUPS BETWEEN ";
  Bound(frame.start);
  out_ += " AND ";
  Bound(frame.end);
}

void Writer::Bound(const FrameBound& bound) {
  switch (bound.kind) {
    case FrameBound::Kind::kUnboundedPreceding:
      out_ += "UNBOUNDED PRECEDING";
      return;
    case FrameBound::Kind::kUnboundedFollowing:
      out_ += "UNBOUNDED FOLLOWING";
      return;
    case FrameBound::Kind::kCurrentRow:
      out_ += "CURRENT ROW";
      return;
    case FrameBound::Kind::kPreceding:
    case FrameBound::Kind::kFollowing:
      Write(*bound.offset);
      out_ += bound.kind == FrameBound::Kind::kPreceding ? " PRECEDING" : " FOLLOWING";
      return;
  }
}

void Writer::Node(const Path& node) {
  for (size_t i = 0; i < node.steps.size(); ++i) CallBegin("firn$get");
  Write(*node.base);
  for (const auto& step : node.steps) {
    out_ += ", ";
    if (const std::string* key = std::get_if<std::string>(&step)) {
      out_ += QuoteText(*key);
    } else {
      Write(*std::get<ExprPtr>(step));
    }
    out_ += ')';
  }
}

void Writer::Node(const ArrayLiteral& node) {
  CallBegin("firn$array");
  List(node.items);
  out_ += ')';
}

void Writer::Node(const ObjectLiteral& node) {
  if (node.star != nullptr && node.pairs.empty()) {
    CallBegin("firn$object_of_row");
    out_ += "struct_pack(*COLUMNS(";
    Node(*node.star);
    out_ += ")))";
    return;
  }
  CallBegin("firn$object");
  if (node.star != nullptr) Node(*node.star);
  for (size_t i = 0; i < node.pairs.size(); ++i) {
    if (i > 0 || node.star != nullptr) out_ += ", ";
    Write(*node.pairs[i].first);
    out_ += ", ";
    Write(*node.pairs[i].second);
  }
  out_ += ')';
}

void Writer::Node(const Tuple& node) {
  out_ += '(';
  List(node.items);
  out_ += ')';
}

// 'en-ci' and the like by their suffixes; what DuckDB does not have it refuses by name.
void Writer::Node(const Collate& node) {
  std::string collation;
  bool known = true;
  std::string_view rest = node.collation;
  for (bool first = true; !rest.empty(); first = false) {
    size_t end = std::min(rest.find('-'), rest.size());
    std::string_view part = rest.substr(0, end);
    if (EqualsIgnoreCase(part, "ci") || EqualsIgnoreCase(part, "upper") || EqualsIgnoreCase(part, "lower")) {
      collation += collation.empty() ? "NOCASE" : ".NOCASE";
    } else if (EqualsIgnoreCase(part, "ai")) {
      collation += collation.empty() ? "NOACCENT" : ".NOACCENT";
    } else if (!first && !EqualsIgnoreCase(part, "cs") && !EqualsIgnoreCase(part, "as")) {
      known = false;
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (!known) collation = QuoteIdent(node.collation);
  out_ += '(';
  Write(*node.arg);
  if (!collation.empty()) out_ += " COLLATE " + collation;
  out_ += ')';
}

void Writer::Template(std::string_view text, const std::vector<ExprPtr>& args) {
  for (size_t i = 0; i < text.size(); ++i) {
    size_t end = i + 1;
    size_t n = 0;
    while (text[i] == '{' && end < text.size() && text[end] >= '0' && text[end] <= '9') {
      n = n * 10 + static_cast<size_t>(text[end++] - '0');
    }
    bool place = text[i] == '{' && end > i + 1 && end < text.size() && text[end] == '}' && n < args.size();
    if (!place) {
      out_ += text[i];
      continue;
    }
    bool bare = IsAtomic(*args[n]);
    if (!bare) out_ += '(';
    Write(*args[n]);
    if (!bare) out_ += ')';
    i = end;
  }
}

void Writer::Node(const DuckExpr& node) { Template(node.text, node.args); }

}  // namespace firn::sql
