// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "base/shared_bytes.h"
#include "proto/inference_fwd.h"
#include "runtime/repository.h"
#include "runtime/workers.h"

#include <functional>
#include <vector>

namespace millrace::runtime {

/// Serves a KServe v2 request. Raw contents are moved out of the request; `contents` receives those of the response,
/// without copying. REQUIRES: `request`, `response` and `contents` live until `done` is called.
///
/// Thread: any; the run is on a worker.    Bound: the workers' queue.
/// `gone`: returns true if nobody waits any more.    `done`: called once, on a worker or within the call, when it is
/// complete.
/// Errors: the codes of base/error.h; messages name the tensor or limit.
void infer(Repository& repository, Workers& workers, inference::ModelInferRequest& request,
           inference::ModelInferResponse& response, std::vector<SharedBytes>& contents, std::function<bool()> gone,
           std::function<void(const Status&)> done);

}  // namespace millrace::runtime
