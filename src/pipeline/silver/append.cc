// merge: append. Every row that fits comes in; `_op` and versions mean nothing.
#include "pipeline/silver/step.h"

namespace firn::pipeline {

Status AppendRows(SilverStep* step) {
  statements::Execution& run = step->run;
  std::string sql = "SELECT " + statements::CastList(step->silver, NewRow(*step, step->silver, "w")) + " FROM " +
                    step->typed.Relation() + " AS w WHERE \"firn$bad\" IS NULL";
  iceberg::TableChange change;
  FIRN_ASSIGN(change.added, statements::WriteRows(run, step->silver, run.context.Statement(std::move(sql))));
  for (const iceberg::DataFile& file : change.added) run.info.rows_inserted += file.record_count;
  step->counts["rows_inserted"] = run.info.rows_inserted;
  if (change.added.empty()) return Ok();
  return statements::AddChange(run, step->silver, catalog::Verb::kInsert, std::move(change));
}

}  // namespace firn::pipeline
