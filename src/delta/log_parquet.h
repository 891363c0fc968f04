// LogParquet: the Parquet of a Delta log, through the engine: checkpoints from and to lines of JSON, and the column
// names of data files. Any thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/engine.h"

namespace firn::delta {

class LogParquet {
 public:
  /// `scratch_folder`: a local folder that the engine may open; files in it live for one call.
  LogParquet(engine::Engine& engine, std::string scratch_folder)
      : engine_(engine), scratch_folder_(std::move(scratch_folder)) {}

  /// One action a line (LogState::CheckpointLines) → the bytes of a classic checkpoint. Errors: those of the engine,
  /// kStorage for the scratch folder.
  Result<std::string> Pack(const std::vector<std::string>& lines);
  /// The reverse: actions that the mirror knows, one a line. Errors: as Pack.
  Result<std::vector<std::string>> Unpack(const std::string& bytes);
  /// Names of the top-level columns of a data file by field id; those without an id are left out.
  Result<std::map<int, std::string>> ColumnNames(const std::string& uri);
  /// (data file, position) pairs of a v2 position-delete file.
  Result<std::vector<std::pair<std::string, uint64_t>>> Positions(const iceberg::DataFile& file) {
    return engine_.ReadPositionDeletes(file.path);
  }

 private:
  Result<std::vector<engine::Batch>> Run(const std::string& sql);

  engine::Engine& engine_;
  const std::string scratch_folder_;
};

}  // namespace firn::delta
