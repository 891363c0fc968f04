// RunMerge: what the merge task of a pipeline runs (TaskRunnerOptions::step). Any thread.
#pragma once

#include "pipeline/task_runner.h"

namespace firn::pipeline {

/// As the task's owner. Errors: kKindNotFound where the pipeline is gone; those of MergeSilver.
Result<StepCounts> RunMerge(const StepWork& work);

}  // namespace firn::pipeline
