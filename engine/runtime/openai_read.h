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

/// Requests in OpenAI's JSON. No sockets, no models.
/// Source: openai-openapi openapi.yaml; PROTOCOLS.md 1.1. Unknown fields are ignored, as clients expect.
namespace millrace::runtime::openai {

/// A chat or a legacy completion: prompts to be written on.
struct TextCall {
    std::string model;
    bool chat = true;
    bool stream = false;
    bool usageAsked = false;               // stream_options.include_usage
    std::vector<GenerationRequest> texts;  // one a choice; seeds are filled in
};
/// Errors: InvalidArgument with the field. `entropy` seeds those who gave no seed.
StatusOr<TextCall> readChat(std::string_view body, std::uint64_t entropy);
StatusOr<TextCall> readCompletion(std::string_view body, std::uint64_t entropy);

struct EmbeddingCall {
    std::string model;
    std::vector<std::string> texts;
    bool base64 = false;
    std::optional<std::size_t> dimensions;
};
StatusOr<EmbeddingCall> readEmbedding(std::string_view body);
/// The model that a body names, for words about a route that is not served; empty: none.
std::string modelNamed(std::string_view body);

}  // namespace millrace::runtime::openai
