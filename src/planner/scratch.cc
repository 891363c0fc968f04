#include "planner/scratch.h"

#include <atomic>

namespace firn::planner {

Result<std::shared_ptr<Scratch>> Scratch::Make(engine::Engine& engine, engine::Statement statement,
                                               engine::CancelToken& cancel) {
  static std::atomic<uint64_t> counter{0};
  std::string name = "\"firn$scratch_" + std::to_string(counter.fetch_add(1)) + "\"";
  std::shared_ptr<Scratch> scratch(new Scratch(engine, name));
  statement.before.push_back("CREATE TABLE memory.main." + name + " AS " + statement.sql);
  statement.sql = "SELECT 1";
  FIRN_TRY(engine.Collect(std::move(statement), cancel));
  return scratch;
}

Scratch::~Scratch() {
  engine::CancelToken never;
  engine::Statement drop;
  drop.before.push_back("DROP TABLE IF EXISTS memory.main." + name_);
  drop.sql = "SELECT 1";
  // A table that stays costs memory until the process ends; the statement's own outcome stands.
  (void)engine_.Collect(std::move(drop), never);
}

}  // namespace firn::planner
