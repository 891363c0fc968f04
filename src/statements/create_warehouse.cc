// CREATE WAREHOUSE. No statement needs a warehouse; what is set is kept and listed.
// https://docs.snowflake.com/en/sql-reference/sql/create-warehouse
#include "statements/object_names.h"
#include "statements/object_options.h"

namespace firn::statements {

Result<Answer> Execute(Execution& run, sql::CreateWarehouse& create) {
  FIRN_ASSIGN(Creation creation,
              BeginCreate(run, catalog::ObjectKind::kWarehouse, &create.name, create.mode, "CREATE WAREHOUSE"));
  if (creation.done) return AlreadyThere(run, creation);
  catalog::Object warehouse =
      catalog::NewObject(catalog::WarehouseInfo{}, "", creation.place.name.name, run.session.role);
  FIRN_TRY(SetObjectOptions(run, create.options, &warehouse));
  std::string name = warehouse.name;
  Answer answer = FinishCreate(run, creation, std::move(warehouse));
  FIRN_TRY(CommitNow(run));
  run.session.warehouse = std::move(name);  // a new warehouse becomes the session's
  return answer;
}

}  // namespace firn::statements
