// SPDX-License-Identifier: GPL-3.0-or-later
#include "runtime/infer.h"

#include "base/text.h"
#include "inference.pb.h"
#include "runtime/answering.h"
#include "runtime/wire_tensors.h"

#include <utility>

namespace millrace::runtime {

namespace {

using inference::ModelInferRequest;
using inference::ModelInferResponse;

/// Refuses parameters that are not supported: ignoring them would produce a wrong answer.
Status checkParameters(const ModelInferRequest& request)
{
    const auto refused = [](const std::string& where, const std::string& name, const std::string& why) {
        return withField(invalidArgument("parameter '" + name + "'" + where + ": " + why), "parameters");
    };
    for (const char* name : {"sequence_id", "sequence_start", "sequence_end"})
        if (request.parameters().contains(name))
            return refused("", name, "sequences are not supported; models keep no state between requests");
    if (request.parameters().contains("timeout"))
        return refused("", "timeout", "not supported by this server; use the deadline of the call");
    const auto checkTensor = [&](const auto& tensor, const std::string& kind) -> Status {
        for (const char* name : {"shared_memory_region", "shared_memory_offset", "shared_memory_byte_size"})
            if (tensor.parameters().contains(name))
                return refused(" of " + kind + " " + quotedName(tensor.name()), name,
                               "shared memory is not supported by this server; send the contents");
        return absl::OkStatus();
    };
    for (const auto& input : request.inputs())
        if (Status status = checkTensor(input, "input"); !status.ok()) return status;
    for (const auto& output : request.outputs()) {
        if (Status status = checkTensor(output, "output"); !status.ok()) return status;
        if (output.parameters().contains("classification"))
            return refused(" of output " + quotedName(output.name()), "classification",
                           "not supported by this server; all scores are returned");
    }
    return absl::OkStatus();
}

/// One row for each vector.
Tensor tensorOf(const std::vector<std::vector<float>>& vectors, const TensorSpec& spec)
{
    const std::size_t size = vectors.front().size();
    Tensor tensor{
        spec.name, spec.type, {static_cast<std::int64_t>(vectors.size()), static_cast<std::int64_t>(size)}, {}, {}};
    tensor.bytes.reserve(vectors.size() * size * sizeof(float));
    for (const auto& vector : vectors)
        tensor.bytes.append(reinterpret_cast<const char*>(vector.data()), vector.size() * sizeof(float));
    return tensor;
}

}  // namespace

void infer(Repository& repository, Workers& workers, ModelInferRequest& request, ModelInferResponse& response,
           std::vector<SharedBytes>& contents, std::function<bool()> gone, std::function<void(const Status&)> done)
{
    StatusOr<ModelShare> model = repository.find(request.model_name(), request.model_version());
    if (!model.ok()) return done(model.status());
    const ModelConfig& config = (*model)->config;
    if (config.kind == ModelKind::Text)
        return done(invalidArgument("model '" + (*model)->name +
                                    "' generates text; use /v1/chat/completions or /v1/completions"));
    if (Status status = checkParameters(request); !status.ok()) return done(status);
    const bool raw = usesRaw(request);
    StatusOr<std::vector<Tensor>> given = takeInputs(request);
    if (!given.ok()) return done(given.status());
    StatusOr<CheckedInputs> inputs = checkInputs(*std::move(given), config.inputs, config.batchMax);
    if (!inputs.ok()) return done(inputs.status());
    std::size_t textBytes = 0;
    if (config.kind == ModelKind::Embedding) {
        const Tensor& texts = inputs->tensors.front();
        if (Status status = checkTexts(**model, texts.strings, "inputs." + texts.name); !status.ok())
            return done(status);
        for (const std::string& text : texts.strings) textBytes += text.size();
    }

    response.set_model_name((*model)->name);
    response.set_model_version((*model)->version);
    response.set_id(request.id());
    if (textBytes > kEmbedBytesOfAPart) {  // in parts, interleaved with other requests
        TensorSpec spec = config.outputs.front();
        std::vector<std::string> texts = std::move(inputs->tensors.front().strings);
        return embedAll(workers, *std::move(model), std::move(texts), std::move(gone),
                        [&request, &response, &contents, raw, spec = std::move(spec),
                         done](StatusOr<std::vector<std::vector<float>>> vectors) {
                            if (!vectors.ok()) return done(vectors.status());
                            std::vector<Tensor> outputs;
                            outputs.push_back(tensorOf(*vectors, spec));
                            done(putOutputs(std::move(outputs), request, raw, response, contents));
                        });
    }
    auto run = [&request, &response, &contents, raw, share = *std::move(model), tensors = std::move(inputs->tensors),
                gone = std::move(gone), done]() mutable {
        Status status;
        if (gone()) {
            status = cancelled("the client disconnected");
        } else {
            StatusOr<std::vector<Tensor>> outputs = share->model->run(tensors);
            status =
                outputs.ok() ? putOutputs(*std::move(outputs), request, raw, response, contents) : outputs.status();
        }
        share.reset();  // before answering, so that a subsequent unload does not wait
        done(status);
    };
    if (Status status = workers.submit(std::move(run)); !status.ok()) done(status);
}

}  // namespace millrace::runtime
