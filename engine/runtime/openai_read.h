// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "runtime/generation.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Parses requests in OpenAI's JSON. Pure. Thread: any.
/// Source: openai-openapi openapi.yaml. Unknown fields are ignored, as clients expect.
namespace millrace::runtime::openai {

/// A chat or legacy completion.
struct TextCall {
    std::string model;
    bool chat = true;
    bool stream = false;
    bool usageAsked = false;               // stream_options.include_usage
    std::vector<GenerationRequest> texts;  // one per choice, with seeds
};
/// InvalidArgument with the field. `entropy`: the seed for requests without one.
StatusOr<TextCall> readChat(std::string_view body, std::uint64_t entropy);
StatusOr<TextCall> readCompletion(std::string_view body, std::uint64_t entropy);

struct EmbeddingCall {
    std::string model;
    std::vector<std::string> texts;
    bool base64 = false;
    std::optional<std::size_t> dimensions;
};
StatusOr<EmbeddingCall> readEmbedding(std::string_view body);
/// The model in a body, for the error of a route that is not served; empty: none.
std::string modelNamed(std::string_view body);

}  // namespace millrace::runtime::openai
