// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "proto/inference_fwd.h"

#include <memory>
#include <string>

namespace millrace::serve {
class Service;
}

namespace millrace::front {

/// The response of gRPC's ModelStatistics and REST's …/stats (Triton, "Statistics Extension"). `model` empty: all
/// models; `version` empty: any. NotFound, or Unavailable while that is not known. Thread: the strand.
StatusOr<std::unique_ptr<inference::ModelStatisticsResponse>> modelStatistics(const serve::Service& service,
                                                                              const std::string& model,
                                                                              const std::string& version);

}  // namespace millrace::front
