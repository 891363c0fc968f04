// The last guard of an io thread's events. Inner part of `http`, for connection*.cc.
#pragma once

#include <exception>

#include "base/log.h"
#include "http/connection.h"

namespace firn::http {

template <class Step>
void Connection::Guard(Step step) {
  try {
    step();
  } catch (const std::exception& exception) {
    log::error("A connection is closed: {}", exception.what());
    Close();
  }
}

}  // namespace firn::http
