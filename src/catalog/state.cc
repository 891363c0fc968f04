#include "catalog/state.h"

#include <limits>

#include "base/errors.h"
#include "base/types.h"
#include "catalog/log_entry.h"

namespace firn::catalog {

namespace {

constexpr char kNul = '\0';

/// What can stand in FROM shares one namespace.
char NamespaceOf(ObjectKind kind) {
  bool is_relation = kind == ObjectKind::kView || kind == ObjectKind::kStream;
  return static_cast<char>('a' + static_cast<int>(is_relation ? ObjectKind::kTable : kind));
}

std::string NamePrefix(std::string_view parent_id, ObjectKind kind) {
  std::string key(parent_id);
  key += kNul;
  key += NamespaceOf(kind);
  return key;
}

std::string NameKey(std::string_view parent_id, ObjectKind kind, std::string_view name) {
  return NamePrefix(parent_id, kind) + std::string(name);
}

std::string FoldedPrefix(std::string_view parent_id, ObjectKind kind, std::string_view name) {
  return NamePrefix(parent_id, kind) + Upper(name) + kNul;
}

std::string Digits(int64_t number) {
  std::string digits = std::to_string(number);
  return std::string(20 - digits.size(), '0') + digits;
}

std::string DroppedPrefix(std::string_view parent_id, ObjectKind kind, std::string_view name) {
  return NameKey(parent_id, kind, name) + kNul;
}

std::string DroppedKey(const Object& object) {
  return DroppedPrefix(object.parent_id, object.kind(), object.name) +
         Digits(std::numeric_limits<int64_t>::max() - object.dropped_on) + object.id;
}

/// What UNDROP can bring back.
bool IsKept(ObjectKind kind) {
  return kind == ObjectKind::kDatabase || kind == ObjectKind::kSchema || kind == ObjectKind::kTable;
}

std::string RequestKey(std::string_view user, std::string_view request_id) {
  std::string key(user);
  key += kNul;
  key += request_id;
  return key;
}

std::string RunKey(const RunRecord& run) {
  return run.object_id + kNul + Digits(std::numeric_limits<int64_t>::max() - run.scheduled) + run.id;
}

std::string RunAge(const RunRecord& run) { return Digits(run.scheduled) + run.id; }

Error Misfit(const std::string& what) { return Error(errors::kCorrupt, {"catalog/log", what}); }

}  // namespace

ObjectRef CatalogState::FindExact(std::string_view parent_id, ObjectKind kind, std::string_view name) const {
  const ObjectRef* found = names_.Find(NameKey(parent_id, kind, name));
  return found ? *found : nullptr;
}

ObjectRef CatalogState::Find(std::string_view parent_id, ObjectKind kind, std::string_view name) const {
  if (ObjectRef exact = FindExact(parent_id, kind, name)) return exact;
  ObjectRef other;
  int matches = 0;
  folded_.VisitPrefix(FoldedPrefix(parent_id, kind, name), [&](const std::string&, const ObjectRef& object) {
    other = object;
    return ++matches < 2;
  });
  return matches == 1 ? other : nullptr;
}

ObjectRef CatalogState::ById(std::string_view id) const {
  const ObjectRef* found = objects_.Find(id);
  return found ? *found : nullptr;
}

bool CatalogState::IsAlive(const Object& object) const {
  ObjectRef known = ById(object.id);
  while (known) {
    if (known->dropped_on != 0) return false;
    if (known->parent_id.empty()) return true;
    known = ById(known->parent_id);
  }
  return false;
}

std::vector<ObjectRef> CatalogState::Children(std::string_view parent_id, ObjectKind kind) const {
  std::vector<ObjectRef> children;
  names_.VisitPrefix(NamePrefix(parent_id, kind), [&](const std::string&, const ObjectRef& object) {
    if (object->kind() == kind) children.push_back(object);
    return true;
  });
  return children;
}

std::vector<ObjectRef> CatalogState::DroppedChildren(std::string_view parent_id, ObjectKind kind) const {
  std::vector<ObjectRef> children;
  dropped_.VisitPrefix(NamePrefix(parent_id, kind), [&](const std::string&, const ObjectRef& object) {
    if (object->kind() == kind) children.push_back(object);
    return true;
  });
  return children;
}

ObjectRef CatalogState::LatestDropped(std::string_view parent_id, ObjectKind kind, std::string_view name) const {
  ObjectRef latest;
  dropped_.VisitPrefix(DroppedPrefix(parent_id, kind, name), [&](const std::string&, const ObjectRef& object) {
    latest = object;
    return false;
  });
  return latest;
}

ObjectRef CatalogState::Schema(std::string_view database, std::string_view schema) const {
  ObjectRef parent = Database(database);
  return parent ? Find(parent->id, ObjectKind::kSchema, schema) : nullptr;
}

ObjectRef CatalogState::InSchema(std::string_view database, std::string_view schema, ObjectKind kind,
                                 std::string_view name) const {
  ObjectRef parent = Schema(database, schema);
  return parent ? Find(parent->id, kind, name) : nullptr;
}

std::string CatalogState::FullName(const Object& object) const {
  std::string name = object.name;
  for (ObjectRef parent = ById(object.parent_id); parent; parent = ById(parent->parent_id)) {
    name = parent->name + "." + name;
  }
  return name;
}

std::vector<std::string> CatalogState::TableIds() const {
  std::vector<std::string> ids;
  heads_.ForEach([&](const std::string& id, const TableHead&) { ids.push_back(id); });
  return ids;
}

Result<int64_t> CatalogState::SequenceNext(std::string_view sequence_id) const {
  const int64_t* next = sequences_.Find(sequence_id);
  if (!next) return Error(errors::kCannotPerform);
  return *next;
}

CommittedRequestRef CatalogState::FindRequest(std::string_view user, std::string_view request_id) const {
  const CommittedRequestRef* found = requests_.Find(RequestKey(user, request_id));
  return found ? *found : nullptr;
}

Offsets CatalogState::OffsetsOf(std::string_view owner_id) const {
  const Offsets* found = offsets_.Find(owner_id);
  return found ? *found : Offsets();
}

RunRef CatalogState::Run(std::string_view run_id) const {
  const RunRef* found = runs_.Find(run_id);
  return found ? *found : nullptr;
}

std::vector<RunRef> CatalogState::RunsOf(std::string_view object_id, size_t limit) const {
  std::vector<RunRef> runs;
  run_times_.VisitPrefix(std::string(object_id) + kNul, [&](const std::string&, const std::string& id) {
    if (runs.size() >= limit) return false;
    runs.push_back(Run(id));
    return true;
  });
  return runs;
}

std::vector<RunRef> CatalogState::OpenRuns() const {
  std::vector<RunRef> runs;
  open_runs_.ForEach([&](const std::string&, const RunRef& run) { runs.push_back(run); });
  return runs;
}

void StateBuilder::AddName(const ObjectRef& object) {
  state_.names_.Set(NameKey(object->parent_id, object->kind(), object->name), object);
  state_.folded_.Set(FoldedPrefix(object->parent_id, object->kind(), object->name) + object->name, object);
}

void StateBuilder::RemoveName(const Object& object) {
  state_.names_.Erase(NameKey(object.parent_id, object.kind(), object.name));
  state_.folded_.Erase(FoldedPrefix(object.parent_id, object.kind(), object.name) + object.name);
}

void StateBuilder::Put(ObjectRef object) {
  if (object->dropped_on != 0) {
    state_.dropped_.Set(DroppedKey(*object), object);
  } else {
    AddName(object);
  }
  std::string id = object->id;
  state_.objects_.Set(std::move(id), std::move(object));
}

void StateBuilder::Drop(const Object& object, Micros time) {
  RemoveName(object);
  if (!IsKept(object.kind())) {
    state_.sequences_.Erase(object.id);
    state_.offsets_.Erase(object.id);
    state_.objects_.Erase(object.id);
    return;
  }
  Object dropped = object;
  dropped.dropped_on = time;
  Put(std::make_shared<const Object>(std::move(dropped)));
}

void StateBuilder::Purge(const Object& object) {
  for (int kind = 0; kind < kObjectKinds; ++kind) {
    for (const ObjectRef& child : state_.Children(object.id, static_cast<ObjectKind>(kind))) Purge(*child);
    for (const ObjectRef& child : state_.DroppedChildren(object.id, static_cast<ObjectKind>(kind))) Purge(*child);
  }
  // `object` may live in these maps alone.
  const ObjectRef held = state_.ById(object.id);
  if (held->dropped_on != 0) {
    state_.dropped_.Erase(DroppedKey(*held));
  } else {
    RemoveName(*held);
  }
  state_.sequences_.Erase(held->id);
  state_.offsets_.Erase(held->id);
  state_.heads_.Erase(held->id);
  state_.objects_.Erase(held->id);
}

Status StateBuilder::Apply(const ObjectChange& change, Micros time) {
  using Verb = ObjectChange::Verb;
  ObjectRef old;
  if (change.verb != Verb::kCreate) {
    const std::string& id = change.verb == Verb::kAlter ? change.object.id : change.id;
    old = state_.ById(id);
    if (!old) return Misfit("a change of an object that is not there: " + id);
  }
  switch (change.verb) {
    case Verb::kReplace:
      Drop(*old, time);
      [[fallthrough]];
    case Verb::kCreate: {
      if (const SequenceInfo* sequence = change.object.As<SequenceInfo>()) {
        state_.sequences_.Set(change.object.id, sequence->start);
      }
      Put(std::make_shared<const Object>(change.object));
      return Ok();
    }
    case Verb::kAlter: {
      RemoveName(*old);
      Put(std::make_shared<const Object>(change.object));
      return Ok();
    }
    case Verb::kDrop:
      Drop(*old, time);
      return Ok();
    case Verb::kUndrop: {
      state_.dropped_.Erase(DroppedKey(*old));
      Object object = *old;
      object.dropped_on = 0;
      Put(std::make_shared<const Object>(std::move(object)));
      return Ok();
    }
    case Verb::kPurge:
      Purge(*old);
      return Ok();
  }
  return Ok();
}

void StateBuilder::Remember(const StatementInfo& statement, int64_t position, Micros time) {
  if (statement.request_id.empty()) return;
  std::string key = RequestKey(statement.user, statement.request_id);
  if (const CommittedRequestRef* earlier = state_.requests_.Find(key)) {
    state_.request_times_.Erase(Digits((*earlier)->time) + key);
  }
  state_.request_times_.Set(Digits(time) + key, key);
  state_.requests_.Set(std::move(key),
                       std::make_shared<const CommittedRequest>(CommittedRequest{statement, position, time}));
}

void StateBuilder::Move(const OffsetMove& move) {
  Offsets offsets = state_.OffsetsOf(move.owner_id);
  if (move.to) {
    offsets[move.key] = *move.to;
  } else {
    offsets.erase(move.key);
  }
  if (offsets.empty()) {
    state_.offsets_.Erase(move.owner_id);
  } else {
    state_.offsets_.Set(move.owner_id, std::move(offsets));
  }
}

void StateBuilder::Put(RunRecord run) {
  if (RunRef earlier = state_.Run(run.id)) Forget(*earlier);
  auto shared = std::make_shared<const RunRecord>(std::move(run));
  state_.runs_.Set(shared->id, shared);
  state_.run_times_.Set(RunKey(*shared), shared->id);
  state_.run_ages_.Set(RunAge(*shared), shared->id);
  if (!IsOver(shared->state)) state_.open_runs_.Set(shared->id, shared);
}

void StateBuilder::Forget(const RunRecord& run) {
  // `run` may live in the map alone.
  const std::string id = run.id;
  state_.run_times_.Erase(RunKey(run));
  state_.run_ages_.Erase(RunAge(run));
  state_.open_runs_.Erase(id);
  state_.runs_.Erase(id);
}

Status StateBuilder::Apply(const CommitRecord& commit, int64_t position, Micros time) {
  for (const ObjectChange& change : commit.objects) FIRN_TRY(Apply(change, time));
  for (const TableMove& move : commit.tables) {
    if (!state_.ById(move.table_id)) return Misfit("a change of a table that is not there: " + move.table_id);
    const TableHead* before = state_.Head(move.table_id);
    const int64_t oldest = before ? before->oldest_sequence : 0;
    state_.heads_.Set(move.table_id, TableHead{move.to, move.current, position, time, oldest});
  }
  for (const TableExpiry& expiry : commit.expired) {
    const TableHead* head = state_.Head(expiry.table_id);
    if (!head) return Misfit("snapshots of a table that is not there: " + expiry.table_id);
    TableHead moved = *head;
    moved.oldest_sequence = expiry.to;
    state_.heads_.Set(expiry.table_id, std::move(moved));
  }
  for (const SequenceMove& move : commit.sequences) {
    if (!state_.sequences_.Find(move.sequence_id)) {
      return Misfit("numbers of a sequence that is not there: " + move.sequence_id);
    }
    state_.sequences_.Set(move.sequence_id, move.to);
  }
  for (const OffsetMove& move : commit.offsets) Move(move);
  for (const RunRecord& run : commit.runs) {
    bool known = state_.Run(run.id) != nullptr;
    Put(run);
    if (known) continue;
    std::vector<RunRef> of_object = state_.RunsOf(run.object_id, kRunsOfObjectMax + 1);
    if (of_object.size() > kRunsOfObjectMax) Forget(*of_object.back());
  }
  for (const StatementInfo& statement : commit.statements) Remember(statement, position, time);
  return Ok();
}

Status StateBuilder::Apply(const LogEntry& entry) {
  if (entry.position != state_.position_ + 1) {
    return Misfit("entry " + std::to_string(entry.position) + " after " + std::to_string(state_.position_));
  }
  for (const CommitRecord& commit : entry.commits) FIRN_TRY(Apply(commit, entry.position, entry.time));
  MoveTo(entry.position, entry.time);
  return Ok();
}

void StateBuilder::MoveTo(int64_t position, Micros time) {
  state_.position_ = position;
  state_.time_ = time;
  ForgetOldRequests(time);
  ForgetOldRuns(time);
}

void StateBuilder::ForgetOldRuns(Micros time) {
  if (time <= kRunKept) return;
  std::string limit = Digits(time - kRunKept);
  std::vector<std::string> old;
  state_.run_ages_.VisitFrom("", [&](const std::string& age, const std::string& id) {
    if (age >= limit) return false;
    old.push_back(id);
    return true;
  });
  for (const std::string& id : old) {
    RunRef run = state_.Run(id);
    if (IsOver(run->state)) Forget(*run);
  }
}

void StateBuilder::ForgetOldRequests(Micros time) {
  if (time <= kRequestKept) return;
  std::string limit = Digits(time - kRequestKept);
  std::vector<std::pair<std::string, std::string>> old;
  state_.request_times_.VisitFrom("", [&](const std::string& time_key, const std::string& key) {
    if (time_key >= limit) return false;
    old.emplace_back(time_key, key);
    return true;
  });
  for (const auto& [time_key, key] : old) {
    state_.request_times_.Erase(time_key);
    state_.requests_.Erase(key);
  }
}

}  // namespace firn::catalog
