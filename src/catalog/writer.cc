#include "catalog/writer.h"

#include <algorithm>

#include "base/errors.h"
#include "base/log.h"

namespace firn::catalog {

using Phase = PendingCommit::Phase;

namespace {
/// A clock that was set back must not hold up commits.
constexpr Micros kAheadMax = 2000;
}  // namespace

Writer::Writer(storage::Store& store, WritePool& pool, Clock& clock, Log& log, Follower& follower, Versions& versions,
               Options options)
    : store_(store),
      pool_(pool),
      clock_(clock),
      log_(log),
      follower_(follower),
      versions_(versions),
      options_(std::move(options)),
      thread_([this] { Run(); }) {}

Writer::~Writer() {
  log_.Close();
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Writer::Submit(PendingCommitPtr commit) {
  std::optional<Error> refused;
  {
    std::lock_guard lock(mutex_);
    refused = stopped_;
    if (!refused && closing_) refused = Error(errors::kCanceled);
    if (!refused) queue_.push_back(commit);
  }
  if (refused) {
    commit->Answer(*refused);
  } else {
    wake_.notify_one();
  }
}

std::optional<Error> Writer::stopped() const {
  std::lock_guard lock(mutex_);
  return stopped_;
}

void Writer::Stop(const Error& why) {
  std::lock_guard lock(mutex_);
  if (stopped_) return;
  stopped_ = why;
  log::error("no more commits are accepted: {}", why.Message());
}

void Writer::Run() {
  while (true) {
    std::vector<PendingCommitPtr> commits;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return closing_ || !queue_.empty(); });
      if (options_.batch_wait.count() > 0 && !closing_) {
        wake_.wait_for(lock, options_.batch_wait, [this] { return closing_; });
      }
      commits.assign(queue_.begin(), queue_.end());
      queue_.clear();
      if (closing_) {
        lock.unlock();
        AnswerAll(commits, Error(errors::kCanceled));
        return;
      }
    }
    Process(std::move(commits));
  }
}

void Writer::Process(std::vector<PendingCommitPtr> commits) {
  const std::vector<PendingCommitPtr> all = commits;
  while (!commits.empty() && ProcessOnce(&commits) == Round::kAgain) {
  }
  for (const PendingCommitPtr& commit : all) {
    const Phase phase = commit->phase;
    // What earlier rounds wrote for a head that has moved since; of a withdrawn commit, all. One that failed is tidied
    // up by its own thread.
    if (phase == Phase::kWaiting) continue;
    for (const auto& prepared : commit->prepared) {
      if (prepared) Remove(prepared->Leftovers(phase == Phase::kWithdrawn));
    }
  }
}

void Writer::AnswerAll(const std::vector<PendingCommitPtr>& commits, const Error& error) {
  for (const PendingCommitPtr& commit : commits) commit->Answer(error);
}

void Writer::Remove(const std::vector<std::string>& uris) {
  for (const std::string& uri : uris) {
    Result<std::string> path = store_.PathOf(uri);
    // What cannot be deleted is an orphan for the garbage collection.
    if (path.ok()) (void)store_.Delete(*path).ok();
  }
}

void Writer::WaitFor(Micros time) {
  const Micros ahead = time - clock_.Now();
  if (ahead > 0) clock_.Sleep(std::chrono::microseconds(std::min<Micros>(ahead, kAheadMax)));
}

Writer::Round Writer::ProcessOnce(std::vector<PendingCommitPtr>* commits) {
  if (std::optional<Error> why = stopped()) {
    AnswerAll(*commits, *why);
    return Round::kDone;
  }
  Batch batch(store_, pool_, versions_, follower_.Current(), clock_.Now(), options_.node, options_.snapshots_kept);
  for (const PendingCommitPtr& commit : *commits) {
    if (commit->phase == Phase::kWithdrawn) continue;
    Status added = batch.Add(commit);
    if (added.ok()) continue;
    if (added.error().Is(errors::kWriterStopped)) Stop(added.error());
    commit->Answer(std::move(added).error());
  }
  *commits = batch.members();
  if (batch.empty()) return Round::kDone;
  Status complete = batch.Complete();
  // Most often this is done by now: it was begun before the commit was queued.
  bool all_prepared = true;
  for (const PendingCommitPtr& commit : *commits) {
    if (!commit->writes) continue;
    Status written = commit->writes->Wait();
    if (written.ok()) continue;
    if (written.error().Is(errors::kWriterStopped)) Stop(written.error());
    commit->Answer(std::move(written).error());
    all_prepared = false;
  }
  if (!complete.ok()) {
    if (complete.error().Is(errors::kWriterStopped)) Stop(complete.error());
    Remove(batch.written());
    AnswerAll(*commits, complete.error());
    return Round::kDone;
  }
  if (!all_prepared) {
    Remove(batch.written());
    std::erase_if(*commits, [](const PendingCommitPtr& commit) { return commit->IsAnswered(); });
    return Round::kAgain;
  }
  // From here on the answer is the outcome of the PUT.
  bool all_sealed = true;
  for (const PendingCommitPtr& commit : *commits) {
    Phase waiting = Phase::kWaiting;
    if (!commit->phase.compare_exchange_strong(waiting, Phase::kSealed)) all_sealed = false;
  }
  if (!all_sealed) {
    Remove(batch.written());
    for (const PendingCommitPtr& commit : *commits) {
      Phase sealed = Phase::kSealed;
      commit->phase.compare_exchange_strong(sealed, Phase::kWaiting);
    }
    return Round::kAgain;
  }
  return Append(batch, commits);
}

Writer::Round Writer::Append(Batch& batch, std::vector<PendingCommitPtr>* commits) {
  follower_.BeginAppend(batch.entry().id);
  Result<bool> appended = log_.Append(batch.entry());
  if (appended.ok() && *appended) {
    batch.KeepVersions();
    follower_.EndAppend(batch.next());
    WaitFor(batch.entry().time);
    batch.AnswerMembers();
    if (options_.after_entry) options_.after_entry(batch.next());
    return Round::kDone;
  }
  if (!appended.ok()) {
    const Error& error = appended.error();
    if (error.Is(errors::kOutcomeUnknown)) {
      // The entry may be there: its files stay, and this process appends nothing more.
      follower_.LeaveAppend();
      Stop(Error(errors::kWriterStopped, {error.Message()}));
    } else {
      if (error.Is(errors::kWriterStopped)) Stop(error);
      follower_.AbandonAppend();
      Remove(batch.written());
    }
    AnswerAll(*commits, error);
    return Round::kDone;
  }
  follower_.AbandonAppend();
  Remove(batch.written());
  if (Status looked = follower_.Look(); !looked.ok()) {
    AnswerAll(*commits, looked.error());
    return Round::kDone;
  }
  for (const PendingCommitPtr& commit : *commits) commit->phase = Phase::kWaiting;
  return Round::kAgain;
}

}  // namespace firn::catalog
