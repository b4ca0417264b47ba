// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "front/kserve.h"
#include "proto/inference_fwd.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::load {
enum class ModelState : std::uint8_t;
}

namespace millrace::serve {
struct ModelEntry;
}

/// Writes KServe v2 REST responses: tensors as JSON or in the binary extension, metadata, errors. Pure. Thread: any.
namespace millrace::front {

struct InferAnswer {
    std::string body;
    std::optional<std::size_t> jsonBytes;  ///< set: length of the JSON, which binary tensors follow
};

/// NaN and infinities, which JSON cannot represent, become null. REQUIRES: raw contents.
StatusOr<InferAnswer> writeInfer(const inference::ModelInferResponse& response, const OutputForm& form);

/// {"error": "…"}; the message begins with the field at fault, if any.
std::string kserveError(const Status& status);
std::string kserveWords(const Status& status);
std::string kserveMetadata(const inference::ModelMetadataResponse& metadata);
/// GET /v2/models/M/config in Triton's form, as far as known. `rowsMax`: most rows in one run; 0: unknown.
std::string kserveConfig(const inference::ModelMetadataResponse& metadata, std::uint32_t rowsMax);
/// GET /v2/models[/M]/stats (Triton, "Statistics Extension").
std::string kserveStatistics(const inference::ModelStatisticsResponse& statistics);
/// READY, LOADING, UNLOADING or UNAVAILABLE.
const char* kserveState(load::ModelState state);
/// POST /v2/repository/index.
std::string kserveIndex(const std::vector<serve::ModelEntry>& models, bool onlyReady);

}  // namespace millrace::front
