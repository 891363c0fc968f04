// Logging: spdlog behind one name. Set up once in main by `cli`; secrets and result URLs are never passed to it.
#pragma once

#include <spdlog/spdlog.h>

namespace firn::log {

using spdlog::debug;
using spdlog::error;
using spdlog::info;
using spdlog::warn;

}  // namespace firn::log
