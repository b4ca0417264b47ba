// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "runtime/generation.h"
#include "runtime/repository.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// OpenAI's JSON, read and written. No sockets, no models.
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

/// What all parts of one answer share.
struct AnswerHead {
    std::string id;
    std::string model;
    std::int64_t createdS = 0;
    bool chat = true;
    bool usageAsked = false;
};
struct Usage {
    std::int64_t prompt = 0;
    std::int64_t completion = 0;
};

std::string answer(const AnswerHead& head, const std::vector<Piece>& choices, const Usage& usage);
/// One server-sent event for a piece; `first`: it also names the role.
std::string event(const AnswerHead& head, std::size_t choice, const Piece& piece, bool first);
std::string usageEvent(const AnswerHead& head, const Usage& usage);
std::string errorEvent(const Status& status);
inline constexpr std::string_view kDoneEvent = "data: [DONE]\n\n";

/// Cut to `dimensions` (and brought back to length 1) where asked.
StatusOr<std::string> embeddings(const EmbeddingCall& call, std::vector<std::vector<float>> vectors);
std::string models(const std::vector<ModelInfo>& list);
std::string model(const ModelInfo& info);
std::string error(const Status& status);

}  // namespace millrace::runtime::openai
