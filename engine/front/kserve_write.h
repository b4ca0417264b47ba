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

/// Answers of KServe v2 over REST: tensors to JSON and the binary extension, and what is said of models. Pure.
namespace millrace::front {

struct InferAnswer {
    std::string body;
    std::optional<std::size_t> jsonBytes;  ///< set: bytes of tensors follow the JSON
};

/// `response` has raw contents. NaN and infinities, which JSON has no word for, are written as null.
StatusOr<InferAnswer> writeInfer(const inference::ModelInferResponse& response, const OutputForm& form);

/// {"error": "…"}; the field, if the message is about one, comes first.
std::string kserveError(const Status& status);
std::string kserveWords(const Status& status);
std::string kserveMetadata(const inference::ModelMetadataResponse& metadata);
/// GET /v2/models/M/config in Triton's form, as far as it is known. `rowsMax`: of a run; 0: unknown.
std::string kserveConfig(const inference::ModelMetadataResponse& metadata, std::uint32_t rowsMax);
/// GET /v2/models[/M]/stats (Triton, "Statistics Extension").
std::string kserveStatistics(const inference::ModelStatisticsResponse& statistics);
/// READY, LOADING, UNLOADING or UNAVAILABLE for the loader's words.
const char* kserveState(load::ModelState state);
/// POST /v2/repository/index.
std::string kserveIndex(const std::vector<serve::ModelEntry>& models, bool onlyReady);

}  // namespace millrace::front
