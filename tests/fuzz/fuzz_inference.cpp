// SPDX-License-Identifier: GPL-3.0-or-later
#include "backend/tensor.h"
#include "backend/tensor_message.h"
#include "batch/merge.h"
#include "fuzz.h"
#include "inference.pb.h"
#include "runtime/wire_tensors.h"
#include "stream.pb.h"
#include "stream/chunk_codec.h"

#include <array>

using namespace millrace;

namespace {

bool parse(google::protobuf::MessageLite& message, std::string_view bytes)
{
    return message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

void request(std::string_view bytes)
{
    inference::ModelInferRequest request;
    if (!parse(request, bytes)) return;
    inference::ModelInferRequest atRuntime = request;
    (void)runtime::takeInputs(atRuntime);

    if (!backend::normaliseRequest(&request).ok()) return;
    FUZZ_CHECK(request.raw_input_contents_size() == request.inputs_size());
    for (int i = 0; i < request.inputs_size(); ++i) {
        const auto& input = request.inputs(i);
        FUZZ_CHECK(!input.has_contents());
        inference::InferTensorContents typed;
        if (!backend::toTyped(input.datatype(), request.raw_input_contents(i), &typed).ok()) continue;
        const auto raw = backend::toRaw(input.datatype(), typed);
        FUZZ_CHECK(raw.ok() && (input.datatype() == "BOOL" || *raw == request.raw_input_contents(i)));
    }
    const auto mergeable = batch::mergeable(request);
    batch::describe(request);
    // With itself: parameters and data are the same, so it must come out as it went in, with twice the rows.
    if (mergeable.rows == 0 || mergeable.rows > 4096) return;
    const std::array members{static_cast<const inference::ModelInferRequest*>(&request),
                             static_cast<const inference::ModelInferRequest*>(&request)};
    const auto merged = batch::merge(members);
    const auto again = batch::mergeable(*merged);
    FUZZ_CHECK(again.rows == 2 * mergeable.rows);
    inference::ModelInferResponse answer;
    for (int i = 0; i < merged->inputs_size(); ++i) {
        auto* output = answer.add_outputs();
        output->set_name(merged->inputs(i).name());
        output->set_datatype(merged->inputs(i).datatype());
        *output->mutable_shape() = merged->inputs(i).shape();
        answer.add_raw_output_contents(merged->raw_input_contents(i));
    }
    const auto parts = batch::split(answer, members);
    FUZZ_CHECK(parts.ok() && parts->size() == 2);
    for (const auto& part : *parts)
        for (int i = 0; i < request.inputs_size(); ++i)
            FUZZ_CHECK(part->raw_output_contents(i) == request.raw_input_contents(i));
}

void response(std::string_view bytes)
{
    inference::ModelInferResponse response;
    if (!parse(response, bytes) || !backend::normaliseResponse(&response).ok()) return;
    // As if it answered two rows and one: a member gets rows of its own or nobody gets any.
    inference::ModelInferRequest two, one;
    two.add_inputs()->add_shape(2);
    one.add_inputs()->add_shape(1);
    const std::array members{static_cast<const inference::ModelInferRequest*>(&two),
                             static_cast<const inference::ModelInferRequest*>(&one)};
    const auto parts = batch::split(response, members);
    FUZZ_CHECK(parts.ok() == batch::splits(response, 3).ok());
    if (parts.ok()) FUZZ_CHECK(parts->size() == 2 && (*parts)[0]->outputs_size() == response.outputs_size());
}

/// Stream.Call: the client's side reads these.
void chunk(std::string_view bytes)
{
    v1::CallRequest call;
    (void)parse(call, bytes);
    v1::Chunk message;
    if (!parse(message, bytes)) return;
    stream::ChunkDecompressor decompressor;
    const stream::ChunkHead head{message.sequence(), message.compressed(), message.last(), message.raw_bytes(),
                                 message.crc32()};
    if (const auto raw = decompressor.decompress(head, message.data()); raw.ok())
        FUZZ_CHECK(raw->size() == message.raw_bytes());
}

}  // namespace

/// A gRPC message as it came off the wire, read as each of those that we take.
FUZZ_TARGET(inference)
{
    request(bytes);
    response(bytes);
    chunk(bytes);
}
