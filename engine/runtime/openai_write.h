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

/// Writes responses in OpenAI's JSON. Pure. Thread: any.
/// Source: openai-openapi openapi.yaml.
namespace millrace::runtime::openai {

/// The common fields of one answer's parts.
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
/// A server-sent event with a piece; `first`: includes the role.
std::string event(const AnswerHead& head, std::size_t choice, const Piece& piece, bool first);
std::string usageEvent(const AnswerHead& head, const Usage& usage);
std::string errorEvent(const Status& status);
inline constexpr std::string_view kDoneEvent = "data: [DONE]\n\n";

/// Truncated to `dimensions` and normalised, if requested.
StatusOr<std::string> embeddings(const EmbeddingCall& call, std::vector<std::vector<float>> vectors);
std::string models(const std::vector<ModelInfo>& list);
std::string model(const ModelInfo& info);
std::string error(const Status& status);

}  // namespace millrace::runtime::openai
