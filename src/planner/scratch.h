// Scratch: the rows of a query kept in the engine's memory under a name of their own, for plans of several steps
// (UPDATE, MERGE, RESULT_SCAN). Dropped with the last reference. Any thread may drop it.
#pragma once

#include <memory>
#include <string>

#include "engine/engine.h"

namespace firn::planner {

class Scratch {
 public:
  /// Runs `statement` (a SELECT) to its end. Errors: those of the engine.
  static Result<std::shared_ptr<Scratch>> Make(engine::Engine& engine, engine::Statement statement,
                                               engine::CancelToken& cancel);
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  /// Quoted, as DuckDB SQL names it.
  const std::string& name() const { return name_; }

 private:
  Scratch(engine::Engine& engine, std::string name) : engine_(engine), name_(std::move(name)) {}
  engine::Engine& engine_;
  std::string name_;
};

}  // namespace firn::planner
