// TaskRunner: runs the tasks of the catalog (what is due by its schedule, what EXECUTE TASK asked for, what comes after
// a task that succeeded, and what a stream triggers) and refreshes dynamic tables by their target lag. One a process,
// made by `cli` after the lake is open; several processes on one lake share the work: a run belongs to whoever commits
// its record first (catalog/runs.h).
//
// A run is exactly once: its statement carries the run's id as request id, so that whoever takes over from a process
// that died gets the committed answer instead of a second effect (commit-protocol rule 7).
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "catalog/catalog.h"
#include "pipeline/bell.h"
#include "session/node.h"

namespace firn::pipeline {

/// A run of a pipeline's own task (object option "PIPELINE"): its text is what the step amounts to, not what runs.
struct StepWork {
  session::Node& node;
  catalog::ObjectRef task;
  std::string pipe_id;   ///< the option's value
  std::string run_id;    ///< the same when another process takes the run over
  std::string query_id;  ///< for the step's commits
  engine::CancelToken& cancel;
};
/// What was done, by name, for RunRecord::counts: "rows_inserted", "rows_stale" …
using StepCounts = std::map<std::string, int64_t>;
using PipelineStep = std::function<Result<StepCounts>(const StepWork& work)>;

struct TaskRunnerOptions {
  int workers = 2;                           ///< runs at once; 0: Look runs what is due itself (tests)
  Micros look_every = 1000000;               ///< between two looks at the catalog
  Micros steps_every = 100000;               ///< between two looks for merges at what this process knows, without I/O
  Micros lease = Micros{20} * 1000000;       ///< renewed at a third of it while a run goes on
  Micros retry_pause = Micros{1} * 1000000;  ///< before the second attempt; doubled each time
  PipelineStep step = {};                    ///< runs the tasks of pipelines; none: their runs fail
  std::shared_ptr<Bell> bell = std::make_shared<Bell>();  ///< rung when there may be a merge to run
};

class TaskRunner {
 public:
  TaskRunner(session::Node& node, TaskRunnerOptions options = {});
  /// Cancels what runs, and waits for it.
  ~TaskRunner();

  /// One look at the catalog: takes what is due. Called by its own thread; by tests where there are no workers.
  /// Errors: those of the catalog. A run that another process took is no error.
  Status Look();

 private:
  struct Work;
  using WorkPtr = std::shared_ptr<Work>;

  void LookAround();
  /// Takes the merges that are due as far as this process knows: what it committed to bronze itself.
  Status LookForSteps();
  void RunWorker();
  void RenewLeases();
  void StopCancelled(const catalog::CatalogState& state);
  Status TakeRequested(const catalog::StatePtr& state);
  Status TakeScheduled(const catalog::StatePtr& state, const catalog::ObjectRef& task);
  Status TakeAfter(const catalog::StatePtr& state, const catalog::ObjectRef& task);
  Status TakeTriggered(const catalog::StatePtr& state, const catalog::ObjectRef& task);
  /// The merge of a pipeline: once its stream has something and half of its interval has gone by.
  Status TakeStep(const catalog::StatePtr& state, const catalog::ObjectRef& task, const std::string& pipe_id);
  /// Refreshes a dynamic table whose inputs have changed, once half of its lag has gone by.
  Status TakeRefresh(const catalog::StatePtr& state, const catalog::ObjectRef& table, Micros lag);
  /// Commits the record and queues the run. False: another process was first.
  Result<bool> Take(const catalog::ObjectRef& object, catalog::RunRecord run,
                    std::optional<catalog::RunState> expected);
  Result<bool> Put(catalog::RunRecord run, std::optional<catalog::RunState> expected);
  void Execute(Work& work);
  Status Attempt(Work& work);
  Status RunTask(Work& work);
  Status RunRefresh(Work& work);
  void Finish(Work& work, const Status& status);
  Status SuspendAfterFailures(const catalog::ObjectRef& object);

  session::Node& node_;
  const TaskRunnerOptions options_;
  const std::string name_;  ///< of this process in records
  int64_t looked_at_ = -1;  ///< log position of the last look at triggers
  Micros step_due_ = 0;     ///< when the next merge is due that has to wait for its interval. By whoever looks
  /// By merge task: where the head of its bronze table stood when the stream had nothing. By whoever looks.
  std::map<std::string, int64_t> settled_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<WorkPtr> queue_;
  std::set<WorkPtr> running_;
  bool closing_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace firn::pipeline
