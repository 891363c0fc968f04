#include "catalog/bootstrap.h"

#include "base/ids.h"
#include "catalog/secrets.h"

namespace firn::catalog {

namespace {

struct RoleRow {
  const char* name;
  const char* comment;
};
/// Texts of SHOW ROLES: docs.snowflake.com, "Overview of access control", system-defined roles.
constexpr RoleRow kRoles[] = {
    {"ACCOUNTADMIN", "Account administrator can manage all aspects of the account."},
    {"PUBLIC", "Public role is automatically available to every user in the account."},
    {"SECURITYADMIN", "Security administrator can manage security aspects of the account."},
    {"SYSADMIN", "System administrator can create and manage databases and warehouses."},
    {"USERADMIN", "User administrator can create and manage users and roles"},
};

}  // namespace

Transaction NewAccount(const std::string& admin_password) {
  Transaction transaction;
  for (const RoleRow& row : kRoles) {
    Object role = NewObject(RoleInfo{}, "", row.name, "");
    role.comment = row.comment;
    transaction.objects.push_back(ObjectChange::Create(std::move(role)));
  }
  transaction.objects.push_back(ObjectChange::Create(NewObject(WarehouseInfo{}, "", "COMPUTE_WH", "ACCOUNTADMIN")));
  UserInfo admin;
  admin.password_hash = admin_password.starts_with("$argon2id$") ? admin_password : HashPassword(admin_password);
  admin.login_name = "ADMIN";
  admin.display_name = "ADMIN";
  admin.default_role = "ACCOUNTADMIN";
  admin.default_warehouse = "COMPUTE_WH";
  transaction.objects.push_back(ObjectChange::Create(NewObject(std::move(admin), "", "ADMIN", "ACCOUNTADMIN")));
  StatementInfo statement;
  statement.query_id = NewQueryId();
  statement.kind = "NEW_ACCOUNT";
  transaction.statements.push_back(std::move(statement));
  return transaction;
}

}  // namespace firn::catalog
