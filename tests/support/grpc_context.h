// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <grpcpp/client_context.h>

#include <chrono>

namespace millrace::testing {

/// Context of a call that fails rather than hangs: its deadline is longer than any call of a test takes.
struct BoundedContext : grpc::ClientContext {
    BoundedContext() { set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30)); }
};

}  // namespace millrace::testing
