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

/// From a request of KServe v2 to its response, which `request`, `response` and `contents` outlive. Raw contents move
/// out of the request; those of the response are `contents`, from where they lie.
///
/// Thread: any; the run happens on a worker.    Bound: the workers' queue.
/// `gone`: nobody waits any more.    `done`: called once, on a worker or within the call, when nothing of it is left.
/// Errors: the codes of base/error.h, the message naming the tensor or limit.
void infer(Repository& repository, Workers& workers, inference::ModelInferRequest& request,
           inference::ModelInferResponse& response, std::vector<SharedBytes>& contents, std::function<bool()> gone,
           std::function<void(const Status&)> done);

}  // namespace millrace::runtime
