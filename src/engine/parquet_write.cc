#include "base/errors.h"
#include "engine/duck_engine.h"

namespace firn::engine {

Result<std::vector<iceberg::DataFile>> DuckEngine::Write(Statement, const WriteTarget&, CancelToken&) {
  return Error(errors::kUnsupported, {"writing Parquet"});
}
Result<std::vector<iceberg::DataFile>> DuckEngine::WritePositionDeletes(
    const std::vector<std::pair<std::string, std::vector<uint64_t>>>&, const WriteTarget&, CancelToken&) {
  return Error(errors::kUnsupported, {"writing position deletes"});
}
Result<std::vector<std::pair<std::string, uint64_t>>> DuckEngine::ReadPositionDeletes(const std::string&) {
  return Error(errors::kUnsupported, {"reading position deletes"});
}

}  // namespace firn::engine
