// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace inference {
class ModelInferRequest;
class ModelInferResponse;
class ModelMetadataResponse;
class ModelStatisticsResponse;
}  // namespace inference

namespace millrace::serve {
struct ModelEntry;
}

/// KServe v2 over REST: JSON and the binary extension to tensors and back. Pure, no sockets.
/// Source: PROTOCOLS 1.4; Triton, "Binary Tensor Data Extension".
namespace millrace::front {

/// What server metadata names, over REST and gRPC alike.
inline constexpr const char* kKServeExtensions[] = {"binary_tensor_data", "model_repository", "model_configuration",
                                                    "statistics"};

/// How the client wants its outputs.
struct OutputForm {
    bool binary = false;                ///< binary_data_output of the request: all of them
    std::map<std::string, bool> named;  ///< binary_data of an output: stronger

    bool isBinary(const std::string& output) const
    {
        const auto found = named.find(output);
        return found == named.end() ? binary : found->second;
    }
};

struct InferCall {
    std::unique_ptr<inference::ModelInferRequest> request;  ///< raw contents; model name and version are the caller's
    OutputForm form;
};

/// `jsonBytes`: Inference-Header-Content-Length; empty: the body is JSON alone. The body's capacity may grow.
/// InvalidArgument names its field: inputs[0].data[3] …
/// What only concerns the transport (binary_data_size, binary_data, binary_data_output) stays out of the request,
/// so that it does not keep requests from being merged.
StatusOr<InferCall> readInfer(std::string& body, std::optional<std::size_t> jsonBytes);

/// FailedPrecondition: this machine cannot run what reads JSON tensors (x86-64-v2: SSE 4.2 and carry-less products).
Status checkProcessor();

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
const char* kserveState(std::string_view state);
/// POST /v2/repository/index.
std::string kserveIndex(const std::vector<serve::ModelEntry>& models, bool onlyReady);
/// Reads {"ready": true} of that request; an empty body asks for all.
StatusOr<bool> readIndexRequest(std::string& body);

}  // namespace millrace::front
