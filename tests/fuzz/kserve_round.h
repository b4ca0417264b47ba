// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "backend/tensor.h"
#include "front/json_text.h"
#include "front/kserve_read.h"
#include "front/kserve_write.h"
#include "fuzz.h"
#include "inference.pb.h"

#include <optional>
#include <string>

namespace millrace::fuzzing {

/// What could be read has its tensors whole, and a model that gives back what it got is answered with JSON.
inline void kserveRound(std::string& body, std::optional<std::size_t> jsonBytes)
{
    const auto call = front::readInfer(body, jsonBytes);
    if (!call.ok()) {
        FUZZ_CHECK(!call.status().message().empty());
        return;
    }
    const auto& request = *call->request;
    FUZZ_CHECK(request.raw_input_contents_size() == request.inputs_size());
    inference::ModelInferResponse response;
    response.set_model_name("m");
    response.set_id(request.id());
    for (int i = 0; i < request.inputs_size(); ++i) {
        const auto& input = request.inputs(i);
        const std::vector<std::int64_t> shape(input.shape().begin(), input.shape().end());
        const auto count = backend::elementCount(shape);
        const auto width = backend::elementBytes(input.datatype());
        FUZZ_CHECK(count && width);
        if (*width > 0) FUZZ_CHECK(request.raw_input_contents(i).size() == *count * *width);
        auto* output = response.add_outputs();
        output->set_name(input.name());
        output->set_datatype(input.datatype());
        *output->mutable_shape() = input.shape();
        response.add_raw_output_contents(request.raw_input_contents(i));
    }
    const auto answer = front::writeInfer(response, call->form);
    if (!answer.ok()) return;  // datatypes without a word in JSON
    FUZZ_CHECK(!answer->jsonBytes || *answer->jsonBytes <= answer->body.size());
    const auto json = std::string_view(answer->body).substr(0, answer->jsonBytes.value_or(answer->body.size()));
    FUZZ_CHECK(!front::jsonProblem(json));
}

}  // namespace millrace::fuzzing
