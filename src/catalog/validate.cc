#include "catalog/validate.h"

#include <algorithm>

#include "base/errors.h"
#include "catalog/versions.h"

namespace firn::catalog {

namespace {

Error Conflict(const std::string& name, const std::string& why) { return Error(errors::kConflict, {name, why}); }

Status CheckName(const std::string& name) {
  constexpr size_t kNameMax = 255;  // Snowflake: "Object identifiers", in characters; bytes are at least as many
  if (name.empty() || name.find('\0') != std::string::npos) {
    return Error(errors::kInvalidInput, {"'" + name + "' is not a name of an object"});
  }
  if (name.size() > kNameMax * 4) return Error(errors::kLimit, {"the name of an object", "255 characters", name});
  return Ok();
}

/// Where objects of a kind live; none for account-level ones.
std::optional<ObjectKind> ParentKind(ObjectKind kind) {
  if (IsAccountLevel(kind)) return std::nullopt;
  return kind == ObjectKind::kSchema ? ObjectKind::kDatabase : ObjectKind::kSchema;
}

Status CheckParent(const CatalogState& state, const Object& object) {
  std::optional<ObjectKind> wanted = ParentKind(object.kind());
  if (!wanted) {
    if (object.parent_id.empty()) return Ok();
    return Error(errors::kInternal, {"an account-level object with a parent: " + object.name});
  }
  ObjectRef parent = state.ById(object.parent_id);
  // The sequence of an AUTOINCREMENT column lives in its table.
  bool fits = parent && (parent->kind() == *wanted ||
                         (object.kind() == ObjectKind::kSequence && parent->kind() == ObjectKind::kTable));
  if (!fits || !state.IsAlive(*parent)) return Error(errors::kObjectNotFound, {parent ? parent->name : object.name});
  return Ok();
}

Status CheckFree(const CatalogState& state, const Object& object) {
  if (state.FindExact(object.parent_id, object.kind(), object.name)) {
    return Error(errors::kObjectExists, {object.name});
  }
  return Ok();
}

/// The alive object of an id.
Result<ObjectRef> Alive(const CatalogState& state, const std::string& id, const std::string& name) {
  ObjectRef object = state.ById(id);
  if (!object || !state.IsAlive(*object)) return Conflict(object ? object->name : name, "it was dropped or replaced");
  return object;
}

Status ValidateCreate(const CatalogState& state, Micros time, Object* object) {
  FIRN_TRY(CheckName(object->name));
  FIRN_TRY(CheckParent(state, *object));
  if (state.ById(object->id)) return Error(errors::kInternal, {"an object id is used again: " + object->id});
  if (object->created_on == 0) object->created_on = time;
  object->altered_on = time;
  object->dropped_on = 0;
  object->version = 1;
  return Ok();
}

Status ValidateAlter(const CatalogState& state, Micros time, ObjectChange* change) {
  Object& object = change->object;
  FIRN_ASSIGN(ObjectRef old, Alive(state, object.id, object.name));
  if (old->version != change->expected_version) return Conflict(old->name, "its definition was changed");
  if (old->kind() != object.kind()) return Error(errors::kInternal, {"an ALTER changes the kind of " + old->name});
  if (old->name != object.name || old->parent_id != object.parent_id) {
    FIRN_TRY(CheckName(object.name));
    FIRN_TRY(CheckParent(state, object));
    FIRN_TRY(CheckFree(state, object));
  }
  object.created_on = old->created_on;
  object.altered_on = time;
  object.dropped_on = 0;
  object.version = old->version + 1;
  return Ok();
}

/// Rule 4: an append may pass over added nullable columns.
bool OnlyAddsNullable(const iceberg::Schema& planned, const iceberg::Schema& now) {
  for (const iceberg::Field& field : planned.fields) {
    const bool same =
        std::any_of(now.fields.begin(), now.fields.end(), [&](const iceberg::Field& other) { return field == other; });
    if (!same) return false;
  }
  return std::all_of(now.fields.begin(), now.fields.end(), [&](const iceberg::Field& field) {
    const bool added = std::none_of(planned.fields.begin(), planned.fields.end(),
                                    [&](const iceberg::Field& other) { return other.id == field.id; });
    // A default of the new column would be missing in the appended files' rows.
    return !added || (!field.required && !field.initial_default && !field.write_default);
  });
}

Status ValidateShape(const PendingTable& pending, const iceberg::TableMetadata& head) {
  const iceberg::TableMetadata& planned = *pending.planned_on()->metadata;
  if (planned.table_uuid != head.table_uuid) return Conflict(pending.name(), "it was replaced");
  if (planned.default_spec_id != head.default_spec_id) return Conflict(pending.name(), "its partitioning was changed");
  if (planned.format_version != head.format_version) return Conflict(pending.name(), "its format was upgraded");
  if (planned.current_schema_id != head.current_schema_id) {
    if (!pending.only_appends() || !OnlyAddsNullable(planned.schema(), head.schema())) {
      return Conflict(pending.name(), "its columns were changed");
    }
  }
  return Ok();
}

/// Whether every snapshot after `sequence_number` is of a plain INSERT or COPY, ours or of another engine (rule 6).
bool OnlyPlainAppendsSince(const iceberg::TableMetadata& head, int64_t sequence_number) {
  int64_t oldest = head.last_sequence_number + 1;
  for (const iceberg::SnapshotPtr& snapshot : head.snapshots) {
    oldest = std::min(oldest, (*snapshot)->sequence_number);
    if ((*snapshot)->sequence_number <= sequence_number) continue;
    auto verb = (*snapshot)->summary.find(kVerbKey);
    if (verb == (*snapshot)->summary.end()) {
      if ((*snapshot)->operation() != "append") return false;
    } else {
      std::optional<Verb> known = VerbOf(verb->second);
      if (!known || !IsPlainAppend(*known)) return false;
    }
  }
  // Snapshots that the metadata has lost may have been anything.
  return oldest <= sequence_number + 1;
}

}  // namespace

Status ValidateChange(const CatalogState& state, Micros time, ObjectChange* change) {
  using ChangeVerb = ObjectChange::Verb;
  switch (change->verb) {
    case ChangeVerb::kCreate: {
      FIRN_TRY(ValidateCreate(state, time, &change->object));
      return CheckFree(state, change->object);
    }
    case ChangeVerb::kReplace: {
      FIRN_ASSIGN(ObjectRef old, Alive(state, change->id, change->object.name));
      FIRN_TRY(ValidateCreate(state, time, &change->object));
      ObjectRef holder = state.FindExact(change->object.parent_id, change->object.kind(), change->object.name);
      if (holder && holder->id != old->id) return Error(errors::kObjectExists, {change->object.name});
      return Ok();
    }
    case ChangeVerb::kAlter:
      return ValidateAlter(state, time, change);
    case ChangeVerb::kDrop: {
      FIRN_TRY(Alive(state, change->id, change->object.name));
      return Ok();
    }
    case ChangeVerb::kUndrop: {
      ObjectRef old = state.ById(change->id);
      if (!old || old->dropped_on == 0) return Conflict(change->object.name, "it is not dropped any more");
      FIRN_TRY(CheckParent(state, *old));
      return CheckFree(state, *old);
    }
    case ChangeVerb::kPurge: {
      ObjectRef old = state.ById(change->id);
      if (!old || old->dropped_on == 0 || old->dropped_on != change->object.dropped_on) {
        return Conflict(change->object.name, "it is not dropped any more");
      }
      return Ok();
    }
  }
  return Ok();
}

Status ValidateExpiry(const CatalogState& state, const TableExpiry& expiry) {
  const TableHead* head = state.Head(expiry.table_id);
  if (!head || head->oldest_sequence != expiry.from) {
    return Conflict(expiry.table_id, "its snapshots were given up by another");
  }
  return Ok();
}

Status ValidateNeed(const CatalogState& state, const HistoryNeed& need) {
  const TableHead* head = state.Head(need.table_id);
  if (!head) return Conflict(need.table_id, "it was purged");
  if (head->oldest_sequence == need.oldest || head->oldest_sequence <= need.sequence) return Ok();
  return Conflict(need.table_id, "the snapshot was given up");
}

Status ValidateRequests(const CatalogState& state, const std::vector<StatementInfo>& statements) {
  for (const StatementInfo& statement : statements) {
    if (statement.request_id.empty()) continue;
    CommittedRequestRef known = state.FindRequest(statement.user, statement.request_id);
    if (known && known->statement.query_id != statement.query_id && known->statement.text_hash == statement.text_hash) {
      return Conflict(statement.request_id, "the request was committed already");
    }
  }
  return Ok();
}

Status ValidateOffset(const CatalogState& state, const OffsetMove& move) {
  FIRN_ASSIGN(ObjectRef owner, Alive(state, move.owner_id, move.owner_id));
  Offsets offsets = state.OffsetsOf(move.owner_id);
  auto found = offsets.find(move.key);
  std::optional<int64_t> now = found == offsets.end() ? std::nullopt : std::optional<int64_t>(found->second);
  if (now != move.from) return Conflict(owner->name, "its offset was moved");
  return Ok();
}

Status ValidateRun(const CatalogState& state, Micros time, const RunChange& change) {
  RunRef now = state.Run(change.run.id);
  if (!now && change.expected) return Conflict(change.run.id, "the run is not there any more");
  if (now && (!change.expected || now->state != *change.expected || now->node != change.run.node)) {
    // Whoever takes a run over writes its own name; the lease must be over then.
    bool taken_over =
        change.expected && now->state == *change.expected && (now->state == RunState::kRequested || now->lease <= time);
    if (!taken_over) return Conflict(change.run.id, "the run was taken by " + now->node);
  }
  if (!now) FIRN_TRY(Alive(state, change.run.object_id, change.run.object_id));
  return Ok();
}

Status ValidateTable(const CatalogState& state, const PendingTable& pending, bool explicit_transaction,
                     const std::string& head_location, const iceberg::TableMetadata& head,
                     const iceberg::TableFiles& files) {
  FIRN_ASSIGN(ObjectRef table, Alive(state, pending.table()->id, pending.name()));
  const TableInfo* info = table->As<TableInfo>();
  if (!info) return Error(errors::kInternal, {"a change of the files of something that is no table"});
  if (info->read_only) return Error(errors::kUnsupported, {"a change of the read-only table " + pending.name()});
  FIRN_TRY(ValidateShape(pending, head));
  for (const PendingTable::Part& part : pending.parts()) {
    if (!head_location.empty() && part.pinned->metadata_location == head_location) continue;
    iceberg::ReadSet reads = part.reads;
    if (explicit_transaction && OnlyPlainAppendsSince(head, part.pinned->metadata->last_sequence_number)) {
      reads.added_files_matter = false;
    }
    if (std::optional<std::string> why = iceberg::FindConflict(*part.pinned->files, head, files, part.change, reads)) {
      return Conflict(pending.name(), *why);
    }
  }
  return Ok();
}

}  // namespace firn::catalog
