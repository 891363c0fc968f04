// ALTER USER with programmatic access tokens. https://docs.snowflake.com/en/sql-reference/sql/alter-user,
// …/alter-user-add-programmatic-access-token
#include <algorithm>

#include "base/errors.h"
#include "catalog/scopes.h"
#include "statements/object_names.h"
#include "statements/object_options.h"
#include "statements/option_values.h"
#include "statements/user_options.h"

namespace firn::statements {

namespace {

using catalog::AccessToken;
using catalog::Object;
using catalog::ObjectRef;
using catalog::UserInfo;

constexpr Micros kHour = Micros{3600} * 1000000;
constexpr Micros kDay = 24 * kHour;
// Snowflake's own limits.
constexpr int64_t kTokenDaysDefault = 15;
constexpr int64_t kTokenDaysMax = 365;
constexpr int64_t kRotatedHoursDefault = 24;
constexpr size_t kTokensMax = 15;
constexpr size_t kKeysMax = 1000;  ///< tokens with scopes of one user

AccessToken* FindToken(UserInfo* user, const sql::Ident& name) {
  for (AccessToken& token : user->tokens) {
    if (token.name == name.text) return &token;
  }
  return nullptr;
}

Error NoSuchToken(const sql::Ident& name) {
  return Error(errors::kKindNotFound, {"Programmatic access token", ShownName(name.text)});
}

Status CheckNewName(UserInfo* user, const sql::Ident& name) {
  if (FindToken(user, name)) return Error(errors::kObjectExists, {ShownName(name.text)});
  return Ok();
}

/// The secret is shown this once.
Answer TokenAnswer(Execution& run, const std::vector<std::pair<const char*, std::string>>& cells) {
  run.info.message = "Statement executed successfully.";
  Answer answer;
  answer.rows.emplace_back();
  for (const auto& [name, value] : cells) {
    answer.columns.push_back({.name = name, .type = SqlType::Varchar()});
    answer.rows[0].emplace_back(value);
  }
  return answer;
}

Status SetScopes(Execution& run, const sql::Option& option, AccessToken* token) {
  FIRN_ASSIGN(token->scopes, OptionList(run, option));
  if (token->scopes.empty()) return InvalidOptionValue(option);
  for (const std::string& scope : token->scopes) {
    if (!catalog::ParseScope(scope)) return Error(errors::kInvalidValue, {"'" + scope + "'", "SCOPES"}, option.at);
  }
  return Ok();
}

/// ROLE_RESTRICTION, COMMENT and the like of a token; `days` of ADD. SCOPES, which Snowflake has not, makes it an API
/// key; what it is good for is settled when it is made.
Status SetTokenOptions(Execution& run, const std::vector<sql::Option>& options, AccessToken* token, int64_t* days) {
  for (const sql::Option& option : options) {
    if (option.name == "COMMENT") {
      FIRN_ASSIGN(token->comment, OptionText(run, option));
    } else if (option.name == "MINS_TO_BYPASS_NETWORK_POLICY_REQUIREMENT") {
      FIRN_TRY(OptionNumber(run, option, 0, 1440));  // there are no network policies to bypass
    } else if (option.name == "ROLE_RESTRICTION" && days) {
      FIRN_ASSIGN(token->role, OptionText(run, option));
      FIRN_TRY(CheckRole(token->role, "ROLE_RESTRICTION"));
      token->role = Upper(token->role);
    } else if (option.name == "DAYS_TO_EXPIRY" && days) {
      FIRN_ASSIGN(*days, OptionNumber(run, option, 1, kTokenDaysMax));
    } else if (option.name == "SCOPES" && days) {
      FIRN_TRY(SetScopes(run, option, token));
    } else if (option.name == "DISABLED" && !days) {
      FIRN_ASSIGN(token->disabled, OptionBoolean(run, option));
    } else {
      return Error(errors::kInvalidOption, {option.name, "PROGRAMMATIC ACCESS TOKEN"});
    }
  }
  return Ok();
}

/// One overload an action; each changes `changed`, the copy of the user.
struct Actions {
  Execution& run;
  const ObjectRef& user;
  Object& changed;
  UserInfo& info() { return *changed.As<UserInfo>(); }

  Result<Answer> operator()(sql::RenameTo&) { return Succeeded(run); }  // done before
  Result<Answer> operator()(sql::SetOptions& set) {
    FIRN_TRY(SetUserOptions(run, set.options, &changed));
    if (info().disabled && user->name == run.session.user()) return Error(errors::kNoPrivilege, {"user", user->name});
    return Succeeded(run);
  }
  Result<Answer> operator()(sql::UnsetOptions& unset) {
    for (auto name = unset.names.begin(); name != unset.names.end();) {
      bool password = *name == "PASSWORD";
      if (password) info().password_hash.clear();
      name = password ? unset.names.erase(name) : std::next(name);
    }
    FIRN_TRY(UnsetObjectOptions(unset.names, &changed));
    return Succeeded(run);
  }
  Result<Answer> operator()(sql::AbortAllQueries&) {
    return Error(errors::kUnsupported, {"ALTER USER … ABORT ALL QUERIES"}, run.statement.at);
  }
  Result<Answer> operator()(sql::AddAccessToken& add) {
    FIRN_TRY(CheckNewName(&info(), add.name));
    int64_t days = kTokenDaysDefault;
    AccessToken wanted;
    FIRN_TRY(SetTokenOptions(run, add.options, &wanted, &days));
    const bool key = !wanted.scopes.empty();
    const auto held = static_cast<size_t>(
        std::ranges::count_if(info().tokens, [&](const AccessToken& token) { return token.scopes.empty() != key; }));
    if (const size_t most = key ? kKeysMax : kTokensMax; held >= most) {
      return Error(errors::kLimit,
                   {"the number of programmatic access tokens of a user", std::to_string(most), "remove one"});
    }
    catalog::NewToken made = catalog::MakeToken(add.name.text, run.context.now, run.context.now + days * kDay);
    made.row.role = wanted.role;
    made.row.comment = wanted.comment;
    made.row.scopes = wanted.scopes;
    info().tokens.push_back(std::move(made.row));
    return TokenAnswer(run, {{"token_name", add.name.text}, {"token_secret", made.text}});
  }
  Result<Answer> operator()(sql::ModifyAccessToken& modify) {
    AccessToken* token = FindToken(&info(), modify.name);
    if (!token) return NoSuchToken(modify.name);
    if (modify.new_name) {
      FIRN_TRY(CheckNewName(&info(), *modify.new_name));
      token->name = modify.new_name->text;
    }
    FIRN_TRY(SetTokenOptions(run, modify.options, token, nullptr));
    return Succeeded(run);
  }
  Result<Answer> operator()(sql::RotateAccessToken& rotate) {
    AccessToken* token = FindToken(&info(), rotate.name);
    if (!token) return NoSuchToken(rotate.name);
    int64_t hours = kRotatedHoursDefault;
    for (const sql::Option& option : rotate.options) {
      if (option.name != "EXPIRE_ROTATED_TOKEN_AFTER_HOURS") {
        return Error(errors::kInvalidOption, {option.name, "PROGRAMMATIC ACCESS TOKEN"});
      }
      FIRN_ASSIGN(hours, OptionNumber(run, option, 0, kTokenDaysMax * 24));
    }
    Micros now = run.context.now;
    Micros lifetime = token->expires == 0 ? kTokenDaysDefault * kDay : token->expires - token->created;
    catalog::NewToken made = catalog::MakeToken(rotate.name.text, now, now + lifetime);
    made.row.role = token->role;
    made.row.comment = token->comment;
    made.row.scopes = token->scopes;
    Micros until = now + hours * kHour;
    token->expires = token->expires == 0 ? until : std::min(token->expires, until);
    token->name += "_ROTATED_" + std::to_string(now / 1000);
    std::string rotated = token->name;
    info().tokens.push_back(std::move(made.row));
    return TokenAnswer(
        run,
        {{"token_name", rotate.name.text}, {"token_secret", made.text}, {"rotated_token_name", std::move(rotated)}});
  }
  Result<Answer> operator()(sql::RemoveAccessToken& remove) {
    if (!FindToken(&info(), remove.name)) return NoSuchToken(remove.name);
    std::erase_if(info().tokens, [&](const AccessToken& token) { return token.name == remove.name.text; });
    return Succeeded(run);
  }
};

/// The login and display names stay what they were.
Status RenameUser(Execution& run, const ObjectRef& user, sql::ObjectName* new_name) {
  if (user->name == run.session.user()) return Error(errors::kNoPrivilege, {"user", user->name});
  FIRN_ASSIGN(ObjectPlace place, PlaceOf(run, catalog::ObjectKind::kUser, new_name, "ALTER USER"));
  if (run.context.state().FindExact("", catalog::ObjectKind::kUser, place.name.name)) {
    return Error(errors::kObjectExists, {new_name->Text()});
  }
  Object changed = *user;
  changed.name = place.name.name;
  auto* info = changed.As<UserInfo>();
  if (info->login_name.empty()) info->login_name = user->name;
  if (info->display_name.empty()) info->display_name = user->name;
  ChangeObject(run, user, std::move(changed));
  return Ok();
}

}  // namespace

Result<Answer> Execute(Execution& run, sql::AlterUser& alter) {
  if (alter.name.parts.empty() && !alter.name.dynamic) {
    alter.name.parts.push_back({run.session.user(), true, run.statement.at});
  }
  FIRN_ASSIGN(ObjectRef user, FindObject(run, catalog::ObjectKind::kUser, &alter.name, "ALTER USER", alter.if_exists));
  if (!user) return Succeeded(run);
  if (auto* rename = std::get_if<sql::RenameTo>(&alter.action)) {
    FIRN_TRY(RenameUser(run, user, &rename->name));
    return Succeeded(run);
  }
  Object changed = *user;
  FIRN_ASSIGN(Answer answer, std::visit(Actions{run, user, changed}, alter.action));
  ChangeObject(run, user, std::move(changed));
  return answer;
}

}  // namespace firn::statements
