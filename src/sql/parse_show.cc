// SHOW and the statements about grants.
#include "sql/parse_statement.h"

namespace firn::sql {

namespace {

// What SHOW takes besides the plurals of objects. Sorted.
constexpr const char* kShowOnly[] = {
    "AGGREGATE FUNCTIONS",
    "BUILTIN FUNCTIONS",
    "CHANNELS",
    "DELEGATED AUTHORIZATIONS",
    "EXPORTED KEYS",
    "GLOBAL ACCOUNTS",
    "IMPORTED KEYS",
    "LOCKS",
    "OBJECTS",
    "PARAMETERS",
    "PRIMARY KEYS",
    "PROGRAMMATIC ACCESS TOKENS",
    "REGIONS",
    "REPLICATION ACCOUNTS",
    "REPLICATION DATABASES",
    "SESSIONS",
    "TRANSACTIONS",
    "UNIQUE KEYS",
    "USER FUNCTIONS",
    "USER PATS",
    "USER PROCEDURES",
    "USER PROGRAMMATIC ACCESS TOKENS",
    "VARIABLES",
};

struct ScopeRow {
  const char* word;
  Show::Scope scope;
  bool named;  ///< a name must follow
};
constexpr ScopeRow kScopes[] = {
    {"ACCOUNT", Show::Scope::kAccount, false},    {"DATABASE", Show::Scope::kDatabase, false},
    {"ROLE", Show::Scope::kRole, true},           {"SCHEMA", Show::Scope::kSchema, false},
    {"SESSION", Show::Scope::kSession, false},    {"TABLE", Show::Scope::kTable, false},
    {"USER", Show::Scope::kUser, false},          {"VIEW", Show::Scope::kView, true},
    {"WAREHOUSE", Show::Scope::kWarehouse, true},
};

bool TakeShowKind(Parser& p, std::string* kind) {
  size_t mark = p.Mark();
  size_t most = 0;
  for (const char* words : kShowOnly) {
    if (p.AcceptPhrase(words)) {
      if (p.Mark() - mark > most) {
        most = p.Mark() - mark;
        *kind = words;
      }
      p.Reset(mark);
    }
  }
  const KindRow* row = p.TakeKind(true);
  if (row != nullptr && p.Mark() - mark >= most) {
    *kind = row->plural;
    return true;
  }
  p.Reset(mark + most);
  return most > 0;
}

// Behind IN or FOR
Status TakeScope(Parser& p, Show* show) {
  for (const ScopeRow& row : kScopes) {
    if (!p.IsWord(row.word) || p.Is(TokenKind::kDot, 1)) continue;
    p.Advance();
    show->scope = row.scope;
    bool named = p.AtIdentifier() && !p.IsWords("STARTS", "WITH") && !p.IsWord("LIMIT");
    if (row.named && !named) return p.Unexpected();
    if (named) {
      FIRN_ASSIGN(show->scope_name, p.Name());
    }
    return Ok();
  }
  if (p.IsAnyWord({"APPLICATION", "FAILOVER", "REPLICATION", "CLASS", "COMPUTE", "SERVICE"}) && p.AtIdentifier(1)) {
    return p.Unsupported("SHOW … IN " + Upper(p.Source(p.Peek())));
  }
  show->scope = Show::Scope::kUnspecified;
  FIRN_ASSIGN(show->scope_name, p.Name());
  return Ok();
}

Result<StatementNode> ParseShowGrants(Parser& p, bool future) {
  ShowGrants show;
  show.future = future;
  if (p.AcceptWords("ON")) {
    show.by = ShowGrants::By::kOn;
  } else if (p.AcceptWords("TO")) {
    show.by = ShowGrants::By::kTo;
  } else if (p.AcceptWords("OF")) {
    show.by = ShowGrants::By::kOf;
  } else if (p.AcceptWords("IN")) {
    show.by = ShowGrants::By::kIn;
  } else {
    return show;
  }
  const KindRow* kind = p.TakeKind();
  if (kind == nullptr) {
    if (show.by == ShowGrants::By::kOn || !p.AtIdentifier()) return p.Unexpected();
    show.kind = "ROLE";  // SHOW GRANTS TO name
  } else {
    show.kind = kind->words;
  }
  if (show.kind != "ACCOUNT") {
    FIRN_ASSIGN(show.name, p.Name());
    if (show.kind == "FUNCTION" || show.kind == "PROCEDURE") FIRN_TRY(p.Signature());
  }
  return show;
}

// --- grants ----------------------------------------------------------------------------------------------------------

// SELECT, CREATE TABLE, ALL PRIVILEGES: words up to a comma or ON
Status TakePrivileges(Parser& p, Grant* grant) {
  do {
    std::string privilege;
    while (p.Is(TokenKind::kWord) && !p.IsWord("ON")) {
      privilege += (privilege.empty() ? "" : " ") + Upper(p.Source(p.Peek()));
      p.Advance();
    }
    if (privilege.empty()) return p.Unexpected();
    if (p.Is(TokenKind::kLeftParen)) return p.Unsupported("privilege on columns");
    grant->privileges.push_back(privilege == "ALL" ? "ALL PRIVILEGES" : privilege);
  } while (p.Accept(TokenKind::kComma));
  return Ok();
}

Status TakeGrantObject(Parser& p, Grant* grant) {
  FIRN_TRY(p.ExpectWords("ON"));
  if (p.AcceptWords("ALL")) {
    grant->on = Grant::On::kAll;
  } else if (p.AcceptWords("FUTURE")) {
    grant->on = Grant::On::kFuture;
  }
  bool single = grant->on == Grant::On::kObject;
  const KindRow* kind = p.TakeKind(!single);
  if (kind == nullptr) return p.Unexpected();
  grant->object_kind = single ? kind->words : kind->plural;
  if (single) {
    if (kind->kind == ObjectKind::kAccount) return Ok();
    FIRN_ASSIGN(grant->object, p.Name());
    if (kind->kind == ObjectKind::kFunction || kind->kind == ObjectKind::kProcedure) FIRN_TRY(p.Signature());
    return Ok();
  }
  FIRN_TRY(p.ExpectWords("IN"));
  if (!p.IsAnyWord({"SCHEMA", "DATABASE", "ACCOUNT"})) return p.Unexpected();
  grant->in_kind = Upper(p.Source(p.Peek()));
  p.Advance();
  if (grant->in_kind != "ACCOUNT") {
    FIRN_ASSIGN(grant->in, p.Name());
  }
  return Ok();
}

Status TakeGrantee(Parser& p, std::string* kind, ObjectName* name) {
  *kind = "ROLE";
  if (p.AcceptWords("DATABASE", "ROLE")) {
    *kind = "DATABASE ROLE";
  } else if (p.AcceptWords("APPLICATION", "ROLE")) {
    *kind = "APPLICATION ROLE";
  } else if (p.IsAnyWord({"ROLE", "USER", "SHARE", "APPLICATION"}) && p.AtIdentifier(1)) {
    *kind = Upper(p.Source(p.Peek()));
    p.Advance();
  }
  FIRN_ASSIGN(*name, p.Name());
  return Ok();
}

Result<StatementNode> GrantOrRevoke(Parser& p, bool revoke) {
  const char* verb = revoke ? "REVOKE " : "GRANT ";
  if (p.IsWord("DATABASE", 0) && p.IsWord("ROLE", 1)) return p.Unsupported(std::string(verb) + "DATABASE ROLE");
  if (p.IsWord("APPLICATION", 0) && p.IsWord("ROLE", 1)) return p.Unsupported(std::string(verb) + "APPLICATION ROLE");
  if (p.AcceptWords("ROLE")) {
    GrantRole grant;
    grant.revoke = revoke;
    FIRN_ASSIGN(grant.role, p.Name());
    FIRN_TRY(p.ExpectWords(revoke ? "FROM" : "TO"));
    FIRN_TRY(TakeGrantee(p, &grant.grantee_kind, &grant.grantee));
    return grant;
  }
  Grant grant;
  grant.revoke = revoke;
  if (revoke) grant.grant_option = p.AcceptWords("GRANT", "OPTION", "FOR");
  FIRN_TRY(TakePrivileges(p, &grant));
  FIRN_TRY(TakeGrantObject(p, &grant));
  FIRN_TRY(p.ExpectWords(revoke ? "FROM" : "TO"));
  FIRN_TRY(TakeGrantee(p, &grant.grantee_kind, &grant.grantee));
  if (!revoke) grant.grant_option = p.AcceptWords("WITH", "GRANT", "OPTION");
  if (p.IsAnyWord({"COPY", "REVOKE"}) && p.IsWord("CURRENT", 1) && p.IsWord("GRANTS", 2)) {
    grant.behind = Upper(p.Source(p.Peek()));
    p.Advance(3);
  } else if (p.IsAnyWord({"CASCADE", "RESTRICT"})) {
    grant.behind = Upper(p.Source(p.Peek()));
    p.Advance();
  }
  return grant;
}

}  // namespace

Result<StatementNode> ParseShow(Parser& p) {
  if (p.AcceptWords("GRANTS")) return ParseShowGrants(p, false);
  if (p.AcceptWords("FUTURE", "GRANTS")) return ParseShowGrants(p, true);
  Show show;
  show.terse = p.AcceptWords("TERSE");
  if (!TakeShowKind(p, &show.kind)) return p.Unexpected();
  if (show.kind == "USER PATS") show.kind = "USER PROGRAMMATIC ACCESS TOKENS";
  for (;;) {
    if (p.AcceptWords("HISTORY")) {
      show.history = true;
    } else if (p.AcceptWords("LIKE")) {
      FIRN_ASSIGN(show.like, p.String());
    } else if (p.AcceptWords("STARTS", "WITH")) {
      FIRN_ASSIGN(show.starts_with, p.String());
    } else if (p.AcceptWords("LIMIT")) {
      FIRN_ASSIGN(show.limit, p.Integer());
      if (p.AcceptWords("FROM")) {
        FIRN_ASSIGN(show.from, p.String());
      }
    } else if (show.scope == Show::Scope::kNone && (p.AcceptWords("IN") || p.AcceptWords("FOR"))) {
      FIRN_TRY(TakeScope(p, &show));
    } else {
      return show;
    }
  }
}

Result<StatementNode> ParseGrant(Parser& p) { return GrantOrRevoke(p, false); }
Result<StatementNode> ParseRevoke(Parser& p) { return GrantOrRevoke(p, true); }

}  // namespace firn::sql
