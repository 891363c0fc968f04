// SessionMarks: small files beside the lake, one a live session, that say where a session stands. After a crash a
// driver's token is still good; the mark tells whether its session can be made anew as it was. A mark of before a
// reboot of the machine is not believed: it may be older than what the session did last. Any thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/clock.h"

namespace firn::session {

/// What a session changes after its login.
struct SessionMark {
  std::string role, secondary_roles, database, schema, warehouse;
  std::map<std::string, std::string> parameters;
  /// It held what ends with the process: an open transaction, variables, temporary objects.
  bool lost_with_process = false;
  bool operator==(const SessionMark&) const = default;
};

class SessionMarks {
 public:
  /// `folder` is made if absent; empty: nothing is kept.
  explicit SessionMarks(std::string folder);

  void Write(int64_t session_id, const SessionMark& mark);
  void Remove(int64_t session_id);
  std::optional<SessionMark> Read(int64_t session_id) const;
  /// Removes marks that were last written before `before`.
  void RemoveOlder(Micros before);

 private:
  std::string PathOf(int64_t session_id) const;
  std::string folder_;
  std::string boot_;  ///< identity of the machine's last start
};

}  // namespace firn::session
