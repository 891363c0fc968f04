// Calls of Firn's own that stand in FROM where a table is read in another way than by its name. Made by the parser and
// by the planner's callers, taken apart by the resolver (planner/changes.cc); no text of a user is one of them, for a
// quoted name in lower case with these argument names is refused by the parser. Constants.
//
//   t CHANGES (INFORMATION => APPEND_ONLY) AT (OFFSET => -60) END (STATEMENT => 'id')
//     kChangesCall(TABLE => t, APPEND_ONLY => TRUE, "AT OFFSET" => -60, "END STATEMENT" => 'id')
//   what changed since a snapshot:        kChangesCall(TABLE => t, APPEND_ONLY => FALSE, SNAPSHOT => '17')
//   the table as a snapshot has it:       kSnapshotCall(TABLE => t, SNAPSHOT => '17'), NULL for before the first row
#pragma once

namespace firn::sql {

inline constexpr char kChangesCall[] = "firn$changes";
inline constexpr char kSnapshotCall[] = "firn$snapshot";

}  // namespace firn::sql
