// SPDX-License-Identifier: GPL-3.0-or-later
#include "front/grpc_tensors.h"

#include "backend/tensor.h"
#include "backend/tensor_message.h"
#include "serve/model_name.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace millrace::front {

namespace {

using inference::ModelInferRequest;
using inference::ModelInferResponse;

/// True if the request has typed contents; its answer then has them, too.
bool isTyped(const ModelInferRequest& request)
{
    return request.raw_input_contents().empty() && std::any_of(request.inputs().begin(), request.inputs().end(),
                                                               [](const auto& input) { return input.has_contents(); });
}

/// Converts all outputs to typed contents, or none if one has no typed form (FP16, BF16).
void makeTyped(ModelInferResponse& response)
{
    if (response.raw_output_contents_size() != response.outputs_size()) return;
    std::vector<inference::InferTensorContents> contents(static_cast<std::size_t>(response.outputs_size()));
    for (int i = 0; i < response.outputs_size(); ++i) {
        auto& typed = contents[static_cast<std::size_t>(i)];
        if (!backend::toTyped(response.outputs(i).datatype(), response.raw_output_contents(i), &typed).ok()) return;
    }
    for (int i = 0; i < response.outputs_size(); ++i)
        *response.mutable_outputs(i)->mutable_contents() = std::move(contents[static_cast<std::size_t>(i)]);
    response.clear_raw_output_contents();
}

std::size_t rawBytes(const ModelInferResponse& response)
{
    std::size_t bytes = 0;
    for (const auto& tensor : response.raw_output_contents()) bytes += tensor.size();
    return bytes;
}

}  // namespace

Status checkOptional(const std::string& name, const char* field)
{
    return name.empty() ? absl::OkStatus() : serve::checkName(name, field);
}

Status checkRequest(const ModelInferRequest& request)
{
    if (Status status = serve::checkName(request.model_name(), "model_name"); !status.ok()) return status;
    if (Status status = checkOptional(request.model_version(), "model_version"); !status.ok()) return status;
    return checkOptional(request.id(), "id");
}

net::awaitable<GrpcAnswer<ModelInferResponse>> inferTensors(std::shared_ptr<GrpcShared> shared,
                                                            std::shared_ptr<serve::Call> call,
                                                            std::unique_ptr<ModelInferRequest> request,
                                                            std::size_t bytes)
{
    const bool typed = isTyped(*request);
    if (typed && bytes >= OffLoop::kBytesMin) {
        auto reading = [taken = std::move(request)]() mutable -> StatusOr<std::unique_ptr<ModelInferRequest>> {
            if (Status status = backend::normaliseRequest(taken.get()); !status.ok()) return status;
            return std::move(taken);
        };
        auto read = co_await shared->bodies->offLoop.run(std::move(reading));
        if (!read.ok()) co_return read.status();
        if (!read->ok()) co_return read->status();
        request = **std::move(read);
    }
    auto answer = co_await shared->service.infer(call, std::move(request));
    if (!typed || !answer.ok()) co_return answer;
    if (rawBytes(**answer) < OffLoop::kBytesMin) {
        makeTyped(**answer);
        co_return answer;
    }
    auto writing = [taken = *std::move(answer)]() mutable {
        makeTyped(*taken);
        return std::move(taken);
    };
    co_return co_await shared->bodies->offLoop.run(std::move(writing));
}

}  // namespace millrace::front
