// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "runtime/generation.h"
#include "runtime/openai_read.h"
#include "runtime/repository.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Answers in OpenAI's JSON. No sockets, no models.
/// Source: openai-openapi openapi.yaml; PROTOCOLS.md 1.1.
namespace millrace::runtime::openai {

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
