// CREATE SEQUENCE. https://docs.snowflake.com/en/sql-reference/sql/create-sequence
#include "base/errors.h"
#include "statements/object_names.h"
#include "statements/object_options.h"

namespace firn::statements {

Result<Answer> Execute(Execution& run, sql::CreateSequence& create) {
  FIRN_ASSIGN(Creation creation,
              BeginCreate(run, catalog::ObjectKind::kSequence, &create.name, create.mode, "CREATE SEQUENCE"));
  if (creation.done) return AlreadyThere(run, creation);
  if (create.increment == 0) {
    return Error(errors::kInvalidExpression, {"invalid value '0' for property 'SEQUENCE_INCREMENT'"});
  }
  bool ordered = create.ordered.value_or(!run.session.parameters.GetBool("NOORDER_SEQUENCE_AS_DEFAULT"));
  catalog::SequenceInfo info{.start = create.start, .step = create.increment, .ordered = ordered};
  catalog::Object sequence =
      catalog::NewObject(info, creation.place.parent_id, creation.place.name.name, run.session.role);
  FIRN_TRY(SetObjectOptions(run, create.options, &sequence));
  return FinishCreate(run, creation, std::move(sequence));
}

}  // namespace firn::statements
