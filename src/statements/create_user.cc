// CREATE USER and CREATE ROLE. https://docs.snowflake.com/en/sql-reference/sql/create-user, …/create-role
#include "base/errors.h"
#include "statements/object_names.h"
#include "statements/object_options.h"
#include "statements/option_values.h"
#include "statements/user_options.h"

namespace firn::statements {

bool IsSystemRole(const std::string& role) {
  return role == "ACCOUNTADMIN" || role == "ORGADMIN" || role == "PUBLIC" || role == "SECURITYADMIN" ||
         role == "SYSADMIN" || role == "USERADMIN";
}

Status CheckRole(const std::string& role, const char* what) {
  if (role.empty() || Upper(role) == kOnlyRole) return Ok();
  return Error(errors::kUnsupported, {std::string(what) + " other than " + kOnlyRole +
                                      ": grants are not enforced, every user has all rights"});
}

namespace {

/// No two users log in with the same name.
Status CheckLoginName(Execution& run, const catalog::Object& user) {
  auto login_of = [](const catalog::Object& object) {
    const std::string& given = object.As<catalog::UserInfo>()->login_name;
    return given.empty() ? object.name : given;
  };
  for (const catalog::ObjectRef& other : run.context.state().Children("", catalog::ObjectKind::kUser)) {
    if (other->name == user.name) continue;  // itself, or what CREATE OR REPLACE replaces
    if (EqualsIgnoreCase(login_of(*other), login_of(user))) return Error(errors::kObjectExists, {login_of(user)});
  }
  return Ok();
}

}  // namespace

Status SetUserOptions(Execution& run, const std::vector<sql::Option>& options, catalog::Object* user) {
  for (const sql::Option& option : options) {
    if (option.name == "PASSWORD") {
      FIRN_ASSIGN(std::string password, OptionText(run, option));
      if (password.size() > kPasswordBytesMax) {
        return Error(errors::kLimit, {"the password", std::to_string(kPasswordBytesMax), "bytes"});
      }
      user->As<catalog::UserInfo>()->password_hash = password.empty() ? "" : catalog::HashPassword(password);
      continue;
    }
    if (option.name == "RSA_PUBLIC_KEY" || option.name == "RSA_PUBLIC_KEY_2") {
      return Error(errors::kUnsupported, {"key-pair authentication"}, option.at);
    }
    if (option.name == "DEFAULT_ROLE") {
      FIRN_ASSIGN(std::string role, OptionText(run, option));
      FIRN_TRY(CheckRole(role, "DEFAULT_ROLE"));
    }
    FIRN_TRY(SetObjectOption(run, option, user));
  }
  return CheckLoginName(run, *user);
}

Result<Answer> Execute(Execution& run, sql::CreateUser& create) {
  FIRN_ASSIGN(Creation creation,
              BeginCreate(run, catalog::ObjectKind::kUser, &create.name, create.mode, "CREATE USER"));
  if (creation.done) return AlreadyThere(run, creation);
  if (creation.replaced && creation.replaced->name == run.session.user()) {
    return Error(errors::kNoPrivilege, {"user", creation.replaced->name});
  }
  catalog::Object user =
      catalog::NewObject(catalog::UserInfo{.default_role = kOnlyRole}, "", creation.place.name.name, run.session.role);
  FIRN_TRY(SetUserOptions(run, create.options, &user));
  return FinishCreate(run, creation, std::move(user));
}

Result<Answer> Execute(Execution& run, sql::CreateRole& create) {
  FIRN_ASSIGN(Creation creation,
              BeginCreate(run, catalog::ObjectKind::kRole, &create.name, create.mode, "CREATE ROLE"));
  if (creation.done) return AlreadyThere(run, creation);
  if (creation.replaced && IsSystemRole(creation.replaced->name)) {
    return Error(errors::kNoPrivilege, {"role", creation.replaced->name});
  }
  catalog::Object role = catalog::NewObject(catalog::RoleInfo{}, "", creation.place.name.name, run.session.role);
  FIRN_TRY(SetObjectOptions(run, create.options, &role));
  return FinishCreate(run, creation, std::move(role));
}

}  // namespace firn::statements
