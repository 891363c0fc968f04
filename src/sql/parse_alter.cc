// ALTER: one row an object.
#include "sql/parse_statement.h"

namespace firn::sql {

namespace {

// --- actions that several objects have -------------------------------------------------------------------------------

Result<RenameTo> Rename(Parser& p) {
  RenameTo rename;
  FIRN_ASSIGN(rename.name, p.Name());
  return rename;
}

Result<SwapWith> Swap(Parser& p) {
  SwapWith swap;
  FIRN_ASSIGN(swap.name, p.Name());
  return swap;
}

// The result as one of a variant.
template <class Variant, class Action>
Result<Variant> As(Result<Action> action) {
  if (!action.ok()) return std::move(action).error();
  return Variant(std::move(action).value());
}

// RENAME TO, SWAP WITH, SET, UNSET, as far as `action` holds them.
template <class Variant, class Action>
constexpr bool kHolds = std::is_constructible_v<Variant, Action>;

template <class Variant>
Status CommonAction(Parser& p, Variant* action) {
  if constexpr (kHolds<Variant, RenameTo>) {
    if (p.AcceptWords("RENAME", "TO")) {
      FIRN_ASSIGN(*action, Rename(p));
      return Ok();
    }
  }
  if constexpr (kHolds<Variant, SwapWith>) {
    if (p.AcceptWords("SWAP", "WITH")) {
      FIRN_ASSIGN(*action, Swap(p));
      return Ok();
    }
  }
  if constexpr (kHolds<Variant, SetOptions>) {
    if (p.AcceptWords("SET")) {
      FIRN_ASSIGN(*action, ParseSetOptions(p));
      return Ok();
    }
  }
  if constexpr (kHolds<Variant, UnsetOptions>) {
    if (p.AcceptWords("UNSET")) {
      FIRN_ASSIGN(*action, ParseUnsetOptions(p));
      return Ok();
    }
  }
  return p.Unexpected();
}

// [IF EXISTS] name
template <class Alter>
Status AlterHead(Parser& p, Alter* alter) {
  alter->if_exists = p.AcceptWords("IF", "EXISTS");
  FIRN_ASSIGN(alter->name, p.Name());
  return Ok();
}

SetOptions Flag(const char* name, bool value) {
  SetOptions set;
  Option option;
  option.name = name;
  option.value.kind = OptionValue::Kind::kBoolean;
  option.value.text = value ? "true" : "false";
  set.options.push_back(std::move(option));
  return set;
}

// --- tables ----------------------------------------------------------------------------------------------------------

// One change of a column behind its name.
Status ColumnChange(Parser& p, AlterColumn* alter) {
  if (p.AcceptWords("SET", "DATA", "TYPE") || p.AcceptWords("TYPE")) {
    SetDataType set;
    FIRN_ASSIGN(set.type, p.Type());
    alter->change = set;
  } else if (p.AcceptWords("SET", "NOT", "NULL") || p.AcceptWords("NOT", "NULL")) {
    alter->change = SetNotNull{};
  } else if (p.AcceptWords("DROP", "NOT", "NULL") || p.AcceptWords("NULL")) {
    alter->change = DropNotNull{};
  } else if (p.AcceptWords("SET", "DEFAULT")) {
    SetDefault set;
    size_t mark = p.Mark();
    FIRN_ASSIGN(set.value, p.Expression());
    set.text = p.TextFrom(mark);
    alter->change = std::move(set);
  } else if (p.AcceptWords("DROP", "DEFAULT")) {
    alter->change = DropDefault{};
  } else if (p.AcceptWords("UNSET", "COMMENT")) {
    alter->change = SetComment{};
  } else if (p.IsWord("COMMENT") && p.AtString(1)) {
    p.Advance();
    SetComment comment;
    FIRN_ASSIGN(comment.text, p.String());
    alter->change = std::move(comment);
  } else if (p.IsAnyWord({"SET", "UNSET"}) && p.IsAnyWord({"MASKING", "PROJECTION"}, 1)) {
    return p.Unsupported(Upper(p.Source(p.Peek(1))) + " POLICY");
  } else if (p.IsAnyWord({"SET", "UNSET"}) && p.IsWord("TAG", 1)) {
    return p.Unsupported("TAG");
  } else {
    SetDataType set;  // MODIFY a VARCHAR(20)
    FIRN_ASSIGN(set.type, p.Type());
    alter->change = set;
  }
  return Ok();
}

// Behind ALTER | MODIFY: [COLUMN] a …, [COLUMN] b …, perhaps in parentheses
template <class Actions>
Status ColumnChanges(Parser& p, Actions* actions) {
  bool parenthesised = p.Accept(TokenKind::kLeftParen);
  do {
    p.AcceptWords("COLUMN");
    AlterColumn alter;
    FIRN_ASSIGN(alter.column, p.Identifier());
    FIRN_TRY(ColumnChange(p, &alter));
    actions->push_back(std::move(alter));
  } while (p.Accept(TokenKind::kComma));
  if (parenthesised) FIRN_TRY(p.Expect(TokenKind::kRightParen));
  return Ok();
}

Result<AlterTableAction> Add(Parser& p) {
  if (p.IsWords("ROW", "ACCESS")) return p.Unsupported("ROW ACCESS POLICY");
  if (p.IsWords("SEARCH", "OPTIMIZATION")) return p.Unsupported("SEARCH OPTIMIZATION");
  if (AtTableConstraint(p)) {
    AddConstraint add{{TableConstraint::Kind::kPrimaryKey, {}, {}, {}}};
    FIRN_ASSIGN(add.constraint, ParseTableConstraint(p));
    return add;
  }
  AddColumns add;
  p.AcceptWords("COLUMN");
  add.if_not_exists = p.AcceptWords("IF", "NOT", "EXISTS");
  bool parenthesised = p.Accept(TokenKind::kLeftParen);
  do {
    p.AcceptWords("COLUMN");
    if (p.AcceptWords("IF", "NOT", "EXISTS")) add.if_not_exists = true;
    FIRN_ASSIGN(ColumnDef column, ParseColumnDef(p));
    if (!column.type) return p.Unexpected();
    add.columns.push_back(std::move(column));
  } while (p.Accept(TokenKind::kComma));
  if (parenthesised) FIRN_TRY(p.Expect(TokenKind::kRightParen));
  return add;
}

Result<AlterTableAction> DropPart(Parser& p) {
  if (p.AcceptWords("CLUSTERING", "KEY")) return DropClusteringKey{};
  if (p.IsWords("ROW", "ACCESS") || p.IsWords("ALL", "ROW")) return p.Unsupported("ROW ACCESS POLICY");
  if (p.IsWords("SEARCH", "OPTIMIZATION")) return p.Unsupported("SEARCH OPTIMIZATION");
  DropConstraint drop;
  bool constraint = true;
  if (p.AcceptWords("CONSTRAINT")) {
    FIRN_ASSIGN(drop.name, p.Identifier());
  } else if (p.AcceptWords("PRIMARY", "KEY")) {
    drop.kind = TableConstraint::Kind::kPrimaryKey;
  } else if (p.AcceptWords("UNIQUE")) {
    drop.kind = TableConstraint::Kind::kUnique;
    FIRN_ASSIGN(drop.columns, p.IdentifierList());
  } else if (p.AcceptWords("FOREIGN", "KEY")) {
    drop.kind = TableConstraint::Kind::kForeignKey;
    FIRN_ASSIGN(drop.columns, p.IdentifierList());
  } else {
    constraint = false;
  }
  if (constraint) {
    if (!p.AcceptWords("CASCADE")) p.AcceptWords("RESTRICT");
    return drop;
  }
  DropColumns columns;
  p.AcceptWords("COLUMN");
  columns.if_exists = p.AcceptWords("IF", "EXISTS");
  FIRN_ASSIGN(columns.columns, p.BareIdentifierList());
  return columns;
}

Result<AlterTableAction> RenamePart(Parser& p) {
  bool column = p.AcceptWords("COLUMN");
  if (column || p.AcceptWords("CONSTRAINT")) {
    FIRN_ASSIGN(Ident from, p.Identifier());
    FIRN_TRY(p.ExpectWords("TO"));
    FIRN_ASSIGN(Ident to, p.Identifier());
    if (column) return RenameColumn{std::move(from), std::move(to)};
    return RenameConstraint{std::move(from), std::move(to)};
  }
  FIRN_TRY(p.ExpectWords("TO"));
  return As<AlterTableAction>(Rename(p));
}

Result<AlterTableAction> TableAction(Parser& p) {
  if (p.AcceptWords("ADD")) return Add(p);
  if (p.AcceptWords("DROP")) return DropPart(p);
  if (p.AcceptWords("RENAME")) return RenamePart(p);
  if (p.AcceptWords("SWAP", "WITH")) return As<AlterTableAction>(Swap(p));
  if (p.AcceptWords("CLUSTER", "BY")) {
    SetClusterBy cluster;
    FIRN_TRY(ParseClusterKeys(p, &cluster.keys, &cluster.text));
    return cluster;
  }
  if (p.AcceptWords("SUSPEND", "RECLUSTER")) return SetRecluster{false};
  if (p.AcceptWords("RESUME", "RECLUSTER")) return SetRecluster{true};
  if (p.IsAnyWord({"RECLUSTER", "REFRESH", "CONVERT"})) {
    return p.Unsupported("ALTER TABLE … " + Upper(p.Source(p.Peek())));
  }
  if (p.AcceptWords("SET")) return As<AlterTableAction>(ParseSetOptions(p));
  if (p.AcceptWords("UNSET")) return As<AlterTableAction>(ParseUnsetOptions(p));
  return p.Unexpected();
}

Result<StatementNode> AnyTable(Parser& p, bool iceberg) {
  AlterTable alter;
  alter.iceberg = iceberg;
  FIRN_TRY(AlterHead(p, &alter));
  if (p.AcceptWords("ALTER") || p.AcceptWords("MODIFY")) {
    FIRN_TRY(ColumnChanges(p, &alter.actions));
  } else {
    FIRN_ASSIGN(AlterTableAction action, TableAction(p));
    alter.actions.push_back(std::move(action));
  }
  return alter;
}

Result<StatementNode> Table(Parser& p) { return AnyTable(p, false); }
Result<StatementNode> IcebergTable(Parser& p) { return AnyTable(p, true); }

// --- other objects ---------------------------------------------------------------------------------------------------

Result<StatementNode> View(Parser& p) {
  AlterView alter;
  FIRN_TRY(AlterHead(p, &alter));
  if (p.IsWords("SET", "SECURE") || p.IsWords("UNSET", "SECURE")) {
    alter.actions.emplace_back(Flag("SECURE", p.IsWord("SET")));
    p.Advance(2);
  } else if (p.AcceptWords("ALTER") || p.AcceptWords("MODIFY")) {
    FIRN_TRY(ColumnChanges(p, &alter.actions));
  } else {
    decltype(alter.actions)::value_type action;
    FIRN_TRY(CommonAction(p, &action));
    alter.actions.push_back(std::move(action));
  }
  return alter;
}

template <class Alter>
Result<StatementNode> Simple(Parser& p) {
  Alter alter;
  FIRN_TRY(AlterHead(p, &alter));
  FIRN_TRY(CommonAction(p, &alter.action));
  return alter;
}

Result<StatementNode> Database(Parser& p) { return Simple<AlterDatabase>(p); }
Result<StatementNode> Role(Parser& p) { return Simple<AlterRole>(p); }
Result<StatementNode> Stage(Parser& p) { return Simple<AlterStage>(p); }
Result<StatementNode> FileFormatObject(Parser& p) { return Simple<AlterFileFormat>(p); }

Result<StatementNode> Schema(Parser& p) {
  AlterSchema alter;
  FIRN_TRY(AlterHead(p, &alter));
  if (p.IsAnyWord({"ENABLE", "DISABLE"}) && p.IsWord("MANAGED", 1) && p.IsWord("ACCESS", 2)) {
    alter.action = Flag("MANAGED_ACCESS", p.IsWord("ENABLE"));
    p.Advance(3);
    return alter;
  }
  FIRN_TRY(CommonAction(p, &alter.action));
  return alter;
}

Result<StatementNode> Sequence(Parser& p) {
  AlterSequence alter;
  FIRN_TRY(AlterHead(p, &alter));
  if (p.IsAnyWord({"RENAME", "UNSET"})) {
    FIRN_TRY(CommonAction(p, &alter.action));
    return alter;
  }
  p.AcceptWords("SET");
  SetOptions set;
  while (!p.AtEnd()) {
    if (p.IsWord("INCREMENT")) {
      Option option;
      option.name = "INCREMENT";
      option.at = p.At();
      p.Advance();
      p.AcceptWords("BY");
      p.Accept(TokenKind::kEq);
      FIRN_ASSIGN(option.value, p.Value());
      FIRN_TRY(p.AddOption(std::move(option), &set.options));
    } else if (p.IsAnyWord({"ORDER", "NOORDER"})) {
      FIRN_TRY(p.AddFlag("ORDER", p.IsWord("ORDER"), &set.options));
      p.Advance();
    } else {
      FIRN_TRY(p.OneOption(&set.options));
    }
    p.Accept(TokenKind::kComma);
  }
  if (set.options.empty()) return p.Unexpected();
  alter.action = std::move(set);
  return alter;
}

Result<StatementNode> Warehouse(Parser& p) {
  AlterWarehouse alter;
  alter.if_exists = p.AcceptWords("IF", "EXISTS");
  if (!p.IsAnyWord({"SUSPEND", "RESUME", "ABORT", "SET", "UNSET", "RENAME"})) {
    FIRN_ASSIGN(alter.name, p.Name());
  }
  if (p.AcceptWords("SUSPEND")) {
    alter.action = SuspendWarehouse{};
  } else if (p.AcceptWords("RESUME")) {
    alter.action = ResumeWarehouse{p.AcceptWords("IF", "SUSPENDED")};
  } else if (p.AcceptWords("ABORT", "ALL", "QUERIES")) {
    alter.action = AbortAllQueries{};
  } else {
    FIRN_TRY(CommonAction(p, &alter.action));
  }
  return alter;
}

// ADD | MODIFY | ROTATE | REMOVE, then PROGRAMMATIC ACCESS TOKEN | PAT
bool TakeAccessToken(Parser& p, const char* verb) {
  return p.AcceptWords(verb, "PROGRAMMATIC", "ACCESS", "TOKEN") || p.AcceptWords(verb, "PAT");
}

Status UserAction(Parser& p, AlterUser* alter) {
  if (TakeAccessToken(p, "ADD")) {
    AddAccessToken add;
    FIRN_ASSIGN(add.name, p.Identifier());
    FIRN_ASSIGN(add.options, p.Options());
    alter->action = std::move(add);
  } else if (TakeAccessToken(p, "MODIFY")) {
    ModifyAccessToken modify;
    FIRN_ASSIGN(modify.name, p.Identifier());
    if (p.AcceptWords("RENAME", "TO")) {
      FIRN_ASSIGN(modify.new_name, p.Identifier());
    } else {
      FIRN_TRY(p.ExpectWords("SET"));
      FIRN_ASSIGN(modify.options, p.Options());
    }
    alter->action = std::move(modify);
  } else if (TakeAccessToken(p, "ROTATE")) {
    RotateAccessToken rotate;
    FIRN_ASSIGN(rotate.name, p.Identifier());
    FIRN_ASSIGN(rotate.options, p.Options());
    alter->action = std::move(rotate);
  } else if (TakeAccessToken(p, "REMOVE")) {
    RemoveAccessToken remove;
    FIRN_ASSIGN(remove.name, p.Identifier());
    alter->action = std::move(remove);
  } else if (p.AcceptWords("ABORT", "ALL", "QUERIES")) {
    alter->action = AbortAllQueries{};
  } else if (p.IsWords("RESET", "PASSWORD")) {
    return p.Unsupported("ALTER USER … RESET PASSWORD");
  } else if (p.IsAnyWord({"ADD", "REMOVE", "ENABLE", "DISABLE"})) {
    return p.Unsupported("ALTER USER … " + Upper(p.Source(p.Peek())) + " " + Upper(p.Source(p.Peek(1))));
  } else {
    FIRN_TRY(CommonAction(p, &alter->action));
  }
  return Ok();
}

Result<StatementNode> User(Parser& p) {
  AlterUser alter;
  alter.if_exists = p.AcceptWords("IF", "EXISTS");
  bool own = p.IsAnyWord({"SET", "UNSET"}) ||
             (p.IsAnyWord({"ADD", "MODIFY", "ROTATE", "REMOVE"}) && p.IsAnyWord({"PROGRAMMATIC", "PAT"}, 1));
  if (!own) {
    FIRN_ASSIGN(alter.name, p.Name());
  }
  FIRN_TRY(UserAction(p, &alter));
  return alter;
}

Result<StatementNode> Account(Parser& p) {
  AlterAccount alter;
  if (!p.IsAnyWord({"SET", "UNSET"})) return p.Unsupported("ALTER ACCOUNT other than SET and UNSET");
  FIRN_TRY(CommonAction(p, &alter.action));
  return alter;
}

struct AlterRow {
  ObjectKind kind;
  StatementParser parse;
};
// Sorted by kind. What is not here is refused by its name.
constexpr AlterRow kRows[] = {
    {ObjectKind::kAccount, Account},
    {ObjectKind::kDatabase, Database},
    {ObjectKind::kDynamicTable, ParseAlterDynamicTable},
    {ObjectKind::kFileFormat, FileFormatObject},
    {ObjectKind::kFunction, ParseAlterFunction},
    {ObjectKind::kIcebergTable, IcebergTable},
    {ObjectKind::kPipe, ParseAlterPipe},
    {ObjectKind::kRole, Role},
    {ObjectKind::kSchema, Schema},
    {ObjectKind::kSequence, Sequence},
    {ObjectKind::kStage, Stage},
    {ObjectKind::kStream, ParseAlterStream},
    {ObjectKind::kTable, Table},
    {ObjectKind::kTask, ParseAlterTask},
    {ObjectKind::kUser, User},
    {ObjectKind::kView, View},
    {ObjectKind::kWarehouse, Warehouse},
};

}  // namespace

Result<SetOptions> ParseSetOptions(Parser& p) {
  FIRN_TRY(RefuseGovernance(p));
  SetOptions set;
  if (!p.AtOption()) return p.Unexpected();
  FIRN_ASSIGN(set.options, p.Options());
  return set;
}

Result<UnsetOptions> ParseUnsetOptions(Parser& p) {
  FIRN_TRY(RefuseGovernance(p));
  UnsetOptions unset;
  do {
    if (!p.Is(TokenKind::kWord)) return p.Unexpected();
    unset.names.push_back(Upper(p.Source(p.Peek())));
    p.Advance();
  } while (p.Accept(TokenKind::kComma));
  return unset;
}

Result<StatementNode> ParseAlter(Parser& p) {
  if (p.AcceptWords("SESSION")) {
    AlterSession alter;
    FIRN_TRY(CommonAction(p, &alter.action));
    return alter;
  }
  Error unexpected = p.Unexpected();
  const KindRow* kind = p.TakeKind();
  if (kind == nullptr || kind->kind == ObjectKind::kColumn) return unexpected;
  for (const AlterRow& row : kRows) {
    if (row.kind == kind->kind) return row.parse(p);
  }
  return Error(errors::kUnsupported, {std::string("ALTER ") + kind->words}, unexpected.at());
}

}  // namespace firn::sql
