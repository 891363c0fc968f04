// Lake: a node opened on a data folder or bucket: store, catalog, engine. Used by `serve` and `sql`.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "catalog/local_folder.h"
#include "cli/options.h"
#include "delta/mirror.h"
#include "session/node.h"

namespace firn::cli {

struct Lake {
  std::unique_ptr<catalog::LocalFolder> local;
  session::Node node;
  std::unique_ptr<delta::Mirror> mirror;  ///< of node's catalog and engine
};

/// `admin_password`: of ADMIN, where the account is new; empty: a random one. Errors: what the parts say.
Result<std::unique_ptr<Lake>> OpenLake(const LakeOptions& options, const std::string& admin_password);

/// Whether nothing was ever committed there.
Result<bool> IsNewLake(const LakeOptions& options);

}  // namespace firn::cli
