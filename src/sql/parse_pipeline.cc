// CREATE and ALTER of pipes, streams, tasks and dynamic tables, EXECUTE TASK.
#include "sql/parse_statement.h"

namespace firn::sql {

namespace {

/// a, b: names of tasks
Result<std::vector<ObjectName>> TaskNames(Parser& p) {
  std::vector<ObjectName> names;
  do {
    FIRN_ASSIGN(ObjectName name, p.Name());
    names.push_back(std::move(name));
  } while (p.Accept(TokenKind::kComma));
  return names;
}

/// The statement of a task: parsed, so that what is wrong with it is said at once, and kept as text.
Result<std::string> TaskText(Parser& p) {
  size_t mark = p.Mark();
  FIRN_TRY(ParseStatement(p));
  return p.TextFrom(mark);
}

Result<std::string> ConditionText(Parser& p) {
  size_t mark = p.Mark();
  FIRN_TRY(p.Expression());
  return p.TextFrom(mark);
}

/// FROM (SELECT … FROM TABLE(DATA_SOURCE(TYPE => 'STREAMING'))) of a pipe: rows that clients send.
bool IsStreamingSource(const Query& query) {
  const Select* select = query.AsSelect();
  const auto* from = select != nullptr && select->from ? select->from->As<FunctionRelation>() : nullptr;
  const Call* call = from != nullptr ? from->call->As<Call>() : nullptr;
  if (call == nullptr || !EqualsIgnoreCase(call->name.Text(), "DATA_SOURCE") || call->args.size() != 1) return false;
  const Literal* type = call->args[0].value->As<Literal>();
  return type != nullptr && EqualsIgnoreCase(type->text, "STREAMING");
}

}  // namespace

Result<StatementNode> ParseCreatePipe(Parser& p, CreateHead head) {
  FIRN_TRY(TakeIfNotExists(p, &head));
  CreatePipe pipe;
  pipe.mode = head.mode;
  FIRN_ASSIGN(pipe.name, p.Name());
  while (!p.AcceptWords("AS")) {
    FIRN_TRY(RefuseGovernance(p));
    if (!p.AtOption()) return p.Unexpected();
    FIRN_TRY(p.OneOption(&pipe.options));
    p.Accept(TokenKind::kComma);
  }
  size_t mark = p.Mark();
  FIRN_TRY(p.ExpectWords("COPY", "INTO"));
  FIRN_ASSIGN(pipe.target, p.Name());
  if (p.Is(TokenKind::kLeftParen)) FIRN_TRY(p.IdentifierList());
  FIRN_TRY(p.ExpectWords("FROM"));
  if (!p.Accept(TokenKind::kLeftParen)) return p.Unsupported("CREATE PIPE over the files of a stage");
  FIRN_ASSIGN(QueryPtr query, p.ParseWholeQuery());
  if (!IsStreamingSource(*query)) {
    return p.Unsupported("CREATE PIPE from anything but TABLE(DATA_SOURCE(TYPE => 'STREAMING'))");
  }
  FIRN_TRY(p.Expect(TokenKind::kRightParen));
  FIRN_TRY(p.Options());
  pipe.text = p.TextFrom(mark);
  return pipe;
}

Result<StatementNode> ParseAlterPipe(Parser& p) {
  AlterPipe alter;
  alter.if_exists = p.AcceptWords("IF", "EXISTS");
  FIRN_ASSIGN(alter.name, p.Name());
  if (p.IsWord("REFRESH")) return p.Unsupported("ALTER PIPE … REFRESH");
  if (p.AcceptWords("SET")) {
    FIRN_ASSIGN(alter.action, ParseSetOptions(p));
  } else {
    FIRN_TRY(p.ExpectWords("UNSET"));
    FIRN_ASSIGN(alter.action, ParseUnsetOptions(p));
  }
  return alter;
}

Result<StatementNode> ParseCreateStream(Parser& p, CreateHead head) {
  FIRN_TRY(TakeIfNotExists(p, &head));
  CreateStream stream;
  stream.mode = head.mode;
  FIRN_ASSIGN(stream.name, p.Name());
  p.AcceptWords("COPY", "GRANTS");
  FIRN_TRY(p.ExpectWords("ON"));
  if (p.IsAnyWord({"VIEW", "EXTERNAL", "STAGE", "EVENT", "DIRECTORY"})) {
    return p.Unsupported("CREATE STREAM … ON " + Upper(p.Source(p.Peek())));
  }
  if (!p.AcceptWords("DYNAMIC", "TABLE")) FIRN_TRY(p.ExpectWords("TABLE"));
  FIRN_ASSIGN(stream.source, p.Name());
  FIRN_ASSIGN(stream.travel, p.Travel());
  FIRN_ASSIGN(stream.options, p.Options());
  return stream;
}

Result<StatementNode> ParseAlterStream(Parser& p) {
  AlterStream alter;
  alter.if_exists = p.AcceptWords("IF", "EXISTS");
  FIRN_ASSIGN(alter.name, p.Name());
  if (p.AcceptWords("SET")) {
    FIRN_ASSIGN(alter.action, ParseSetOptions(p));
  } else {
    FIRN_TRY(p.ExpectWords("UNSET"));
    FIRN_ASSIGN(alter.action, ParseUnsetOptions(p));
  }
  return alter;
}

Result<StatementNode> ParseCreateTask(Parser& p, CreateHead head) {
  FIRN_TRY(TakeIfNotExists(p, &head));
  CreateTask task;
  task.mode = head.mode;
  FIRN_ASSIGN(task.name, p.Name());
  for (;;) {
    if (p.AcceptWords("AS")) break;
    if (p.AcceptWords("AFTER")) {
      FIRN_ASSIGN(task.after, TaskNames(p));
    } else if (p.AcceptWords("WHEN")) {
      FIRN_ASSIGN(task.condition, ConditionText(p));
    } else {
      FIRN_TRY(RefuseGovernance(p));
      if (!p.AtOption()) return p.Unexpected();
      FIRN_TRY(p.OneOption(&task.options));
      p.Accept(TokenKind::kComma);
    }
  }
  FIRN_ASSIGN(task.text, TaskText(p));
  return task;
}

Result<StatementNode> ParseAlterTask(Parser& p) {
  AlterTask alter;
  alter.if_exists = p.AcceptWords("IF", "EXISTS");
  FIRN_ASSIGN(alter.name, p.Name());
  if (p.AcceptWords("RESUME")) {
    alter.action = ResumeTask{};
  } else if (p.AcceptWords("SUSPEND")) {
    alter.action = SuspendTask{};
  } else if (p.IsWords("ADD", "AFTER") || p.IsWords("REMOVE", "AFTER")) {
    ChangePredecessors change;
    change.add = p.IsWord("ADD");
    p.Advance(2);
    FIRN_ASSIGN(change.tasks, TaskNames(p));
    alter.action = std::move(change);
  } else if (p.AcceptWords("MODIFY", "AS")) {
    FIRN_ASSIGN(std::string text, TaskText(p));
    alter.action = ModifyTaskText{std::move(text)};
  } else if (p.AcceptWords("MODIFY", "WHEN")) {
    FIRN_ASSIGN(std::string text, ConditionText(p));
    alter.action = ModifyTaskCondition{std::move(text)};
  } else if (p.AcceptWords("REMOVE", "WHEN")) {
    alter.action = ModifyTaskCondition{};
  } else if (p.AcceptWords("SET")) {
    FIRN_ASSIGN(alter.action, ParseSetOptions(p));
  } else {
    FIRN_TRY(p.ExpectWords("UNSET"));
    FIRN_ASSIGN(alter.action, ParseUnsetOptions(p));
  }
  return alter;
}

Result<StatementNode> ParseCreateDynamicTable(Parser& p, CreateHead head) {
  FIRN_ASSIGN(StatementNode node, ParseCreateTable(p, head, true));
  auto* table = std::get_if<CreateTable>(&node);
  if (table == nullptr) return p.Unsupported("CREATE DYNAMIC TABLE … CLONE or LIKE");
  if (table->as == nullptr) return p.Unexpected();
  return CreateDynamicTable{std::move(*table)};
}

Result<StatementNode> ParseAlterDynamicTable(Parser& p) {
  AlterDynamicTable alter;
  alter.if_exists = p.AcceptWords("IF", "EXISTS");
  FIRN_ASSIGN(alter.name, p.Name());
  if (p.AcceptWords("SUSPEND")) {
    alter.action = SuspendRefresh{};
  } else if (p.AcceptWords("RESUME")) {
    alter.action = ResumeRefresh{};
  } else if (p.AcceptWords("REFRESH")) {
    alter.action = RefreshNow{};
  } else if (p.AcceptWords("SET")) {
    FIRN_ASSIGN(alter.action, ParseSetOptions(p));
  } else {
    FIRN_TRY(p.ExpectWords("UNSET"));
    FIRN_ASSIGN(alter.action, ParseUnsetOptions(p));
  }
  return alter;
}

Result<StatementNode> ParseExecuteTask(Parser& p) {
  ExecuteTask execute;
  FIRN_ASSIGN(execute.name, p.Name());
  if (p.IsWords("RETRY", "LAST")) return p.Unsupported("EXECUTE TASK … RETRY LAST");
  if (p.IsWords("USING", "CONFIG")) return p.Unsupported("EXECUTE TASK … USING CONFIG");
  return execute;
}

}  // namespace firn::sql
