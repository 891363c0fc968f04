// What the task runner calls for the merge task of a pipeline: the silver step until the stream is empty.
#pragma once

#include "pipeline/task_runner.h"

namespace firn::pipeline {

/// Counts: SilverCounts of all its commits. Errors: kKindNotFound (the pipeline is gone); those of MergeSilver.
Result<StepCounts> RunSilverStep(const StepWork& work);

}  // namespace firn::pipeline
