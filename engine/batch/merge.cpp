// SPDX-License-Identifier: GPL-3.0-or-later
#include "batch/merge.h"

#include "backend/tensor.h"
#include "base/check.h"
#include "inference.pb.h"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

namespace millrace::batch {

namespace {

using Parameters = google::protobuf::Map<std::string, inference::InferParameter>;

/// Lengths are written before bytes, so that no two different requests have the same signature.
void append(std::string& out, std::string_view text)
{
    const auto length = static_cast<std::uint32_t>(text.size());
    out.append(reinterpret_cast<const char*>(&length), sizeof length);
    out.append(text);
}

void append(std::string& out, std::int64_t number)
{
    out.append(reinterpret_cast<const char*>(&number), sizeof number);
}

void append(std::string& out, const Parameters& parameters)
{
    append(out, static_cast<std::int64_t>(parameters.size()));
    if (parameters.empty()) return;
    // A map has no defined order on the wire.
    std::vector<const Parameters::value_type*> sorted;
    sorted.reserve(parameters.size());
    for (const auto& parameter : parameters) sorted.push_back(&parameter);
    std::sort(sorted.begin(), sorted.end(), [](auto* a, auto* b) { return a->first < b->first; });
    for (const auto* parameter : sorted) {
        append(out, parameter->first);
        append(out, parameter->second.SerializeAsString());
    }
}

bool ofSequence(const Parameters& parameters)
{
    if (parameters.empty()) return false;
    return parameters.contains("sequence_id") || parameters.contains("sequence_start") ||
           parameters.contains("sequence_end");
}

std::uint32_t rowsOf(const InferRequest& request)
{
    return static_cast<std::uint32_t>(request.inputs(0).shape(0));
}

std::vector<std::int64_t> shapeOf(const InferResponse::InferOutputTensor& output)
{
    return {output.shape().begin(), output.shape().end()};
}

/// Offsets of rows, without the table where all rows have the same size.
class Rows {
public:
    static StatusOr<Rows> of(const InferResponse::InferOutputTensor& output, std::string_view raw, std::uint64_t rows)
    {
        Rows rowsOf;
        const auto width = backend::elementBytes(output.datatype());
        if (!width) return failedPrecondition("output \"" + output.name() + "\" has an unknown datatype");
        if (*width != 0) {
            if (raw.size() % rows != 0)
                return failedPrecondition("output \"" + output.name() + "\" cannot be divided into rows");
            rowsOf.stride_ = raw.size() / rows;
            return rowsOf;
        }
        auto offsets = backend::rowOffsets(output.datatype(), shapeOf(output), raw);
        if (!offsets.ok()) return failedPrecondition("output \"" + output.name() + "\": " + text(offsets.status()));
        rowsOf.offsets_ = *std::move(offsets);
        return rowsOf;
    }
    std::size_t begin(std::size_t row) const { return offsets_.empty() ? row * stride_ : offsets_[row]; }

private:
    std::size_t stride_ = 0;
    std::vector<std::size_t> offsets_;
};

}  // namespace

Mergeable mergeable(const InferRequest& request)
{
    Mergeable out;
    if (ofSequence(request.parameters())) {
        out.alone = "sequence requests are not batched";
        return out;
    }
    if (request.inputs_size() == 0) {
        out.alone = "it has no inputs";
        return out;
    }
    std::int64_t rows = 0;
    constexpr std::size_t kSignatureUsual = 192;  // one input, one output: memory is taken once
    std::string& signature = out.signature;
    signature.reserve(kSignatureUsual);
    append(signature, request.model_version());
    append(signature, request.parameters());
    append(signature, static_cast<std::int64_t>(request.inputs_size()));
    for (const auto& input : request.inputs()) {
        if (input.shape_size() == 0 || input.shape(0) <= 0 ||
            input.shape(0) > std::numeric_limits<std::int32_t>::max()) {
            out.alone = "input \"" + input.name() + "\" has no rows along axis 0";
            return out;
        }
        if (rows != 0 && rows != input.shape(0)) {
            out.alone = "its inputs differ in the number of rows (axis 0)";
            return out;
        }
        rows = input.shape(0);
        append(signature, input.name());
        append(signature, input.datatype());
        append(signature, static_cast<std::int64_t>(input.shape_size()));
        for (int axis = 1; axis < input.shape_size(); ++axis) append(signature, input.shape(axis));
        append(signature, input.parameters());
    }
    for (const auto& output : request.outputs()) {
        append(signature, output.name());
        append(signature, output.parameters());
    }
    if (signature.size() > kSignatureBytesMax) {
        out.alone = "its parameters and names are too long to be compared";
        return out;
    }
    out.rows = static_cast<std::uint32_t>(rows);
    return out;
}

std::string describe(const InferRequest& request)
{
    constexpr std::size_t kShown = 512;
    std::string out;
    for (const auto& input : request.inputs()) {
        if (out.size() > kShown) break;
        if (!out.empty()) out += ", ";
        out.append(input.name()).append(" ").append(input.datatype()).append(" [");
        for (int axis = 1; axis < input.shape_size(); ++axis)
            out.append(axis > 1 ? "," : "").append(std::to_string(input.shape(axis)));
        out += "]";
    }
    const auto list = [&](const char* before, const auto& names) {
        const char* separator = before;
        for (const auto& name : names) {
            if (out.size() > kShown) break;
            out.append(separator).append(name);
            separator = ", ";
        }
    };
    std::vector<std::string> names;
    for (const auto& output : request.outputs()) names.push_back(output.name());
    list(" → ", names);
    names.clear();
    for (const auto& parameter : request.parameters()) names.push_back(parameter.first);
    std::sort(names.begin(), names.end());
    list(" with ", names);
    return out;
}

std::shared_ptr<const InferRequest> merge(std::span<const InferRequest* const> members)
{
    MR_CHECK(!members.empty());
    auto merged = std::make_shared<InferRequest>();
    const InferRequest& first = *members.front();
    merged->set_model_name(first.model_name());
    merged->set_model_version(first.model_version());
    *merged->mutable_parameters() = first.parameters();
    *merged->mutable_inputs() = first.inputs();
    *merged->mutable_outputs() = first.outputs();
    std::int64_t rows = 0;
    for (const InferRequest* member : members) rows += rowsOf(*member);
    for (auto& input : *merged->mutable_inputs()) input.set_shape(0, rows);

    merged->mutable_raw_input_contents()->Reserve(first.inputs_size());
    for (int input = 0; input < first.inputs_size(); ++input) {
        std::size_t bytes = 0;
        for (const InferRequest* member : members) bytes += member->raw_input_contents(input).size();
        std::string& raw = *merged->add_raw_input_contents();
        raw.reserve(bytes);
        for (const InferRequest* member : members) raw.append(member->raw_input_contents(input));
    }
    return merged;
}

Status splits(const InferResponse& answer, std::uint64_t rows)
{
    if (answer.raw_output_contents_size() != answer.outputs_size())
        return failedPrecondition("the response has outputs without contents");
    for (const auto& output : answer.outputs()) {
        if (output.shape_size() > 0 && output.shape(0) >= 0 && static_cast<std::uint64_t>(output.shape(0)) == rows)
            continue;
        const std::string had = output.shape_size() == 0 ? "no axes" : std::to_string(output.shape(0)) + " rows";
        return failedPrecondition("output \"" + output.name() + "\" has " + had + " for the " + std::to_string(rows) +
                                  " rows of the batch");
    }
    return absl::OkStatus();
}

StatusOr<std::vector<std::unique_ptr<InferResponse>>> split(const InferResponse& answer,
                                                            std::span<const InferRequest* const> members)
{
    std::int64_t rows = 0;
    for (const InferRequest* member : members) rows += rowsOf(*member);
    if (Status status = splits(answer, static_cast<std::uint64_t>(rows)); !status.ok()) return status;

    std::vector<std::unique_ptr<InferResponse>> answers;
    answers.reserve(members.size());
    for (const InferRequest* member : members) {
        auto& own = *answers.emplace_back(std::make_unique<InferResponse>());
        own.set_model_name(answer.model_name());
        own.set_model_version(answer.model_version());
        own.set_id(member->id());
        *own.mutable_parameters() = answer.parameters();
        own.mutable_outputs()->Reserve(answer.outputs_size());
        own.mutable_raw_output_contents()->Reserve(answer.outputs_size());
    }
    for (int index = 0; index < answer.outputs_size(); ++index) {
        const auto& output = answer.outputs(index);
        const std::string& raw = answer.raw_output_contents(index);
        const auto places = Rows::of(output, raw, static_cast<std::uint64_t>(rows));
        if (!places.ok()) return places.status();
        std::size_t row = 0;
        for (std::size_t i = 0; i < members.size(); ++i) {
            const std::uint32_t count = rowsOf(*members[i]);
            auto& own = *answers[i]->add_outputs();
            own.set_name(output.name());
            own.set_datatype(output.datatype());
            *own.mutable_shape() = output.shape();
            own.set_shape(0, count);
            if (!output.parameters().empty()) *own.mutable_parameters() = output.parameters();
            const std::size_t begin = places->begin(row);
            row += count;
            answers[i]->add_raw_output_contents(raw.data() + begin, places->begin(row) - begin);
        }
    }
    return answers;
}

}  // namespace millrace::batch
