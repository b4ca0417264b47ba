// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// OpenAI embeddings requests as one, and the answer of that one as theirs. Pure; JSON is cut and glued as text, so
/// that numbers, base64 and unknown fields pass as they are.
/// Source: openai-openapi, "createEmbedding"; PROTOCOLS 1.1.
namespace millrace::batch {

/// OpenAI's limit of inputs in one request; a batch keeps to it, too.
inline constexpr std::uint32_t kEmbeddingInputsMax = 2048;

class EmbeddingsRequest {
public:
    /// Reads a client's body. InvalidArgument when it is no JSON object or has no input.
    static StatusOr<EmbeddingsRequest> parse(std::string body);

    const std::string& body() const { return body_; }
    /// Inputs of the request; 0: it must go alone.
    std::uint32_t rows() const { return static_cast<std::uint32_t>(inputs_.size()); }
    /// Members must have the same: all fields but the input, and whether the input is text or tokens.
    const std::string& signature() const { return signature_; }
    const std::string& alone() const { return alone_; }  ///< why it must go alone
    std::string describe() const;                        ///< of the signature, for people

    /// The i-th input as JSON: a string or an array of tokens.
    std::string_view input(std::size_t i) const
    {
        return std::string_view(body_).substr(inputs_[i].first, inputs_[i].second);
    }
    /// About how many tokens all inputs have; exact for tokens.
    std::uint64_t tokens() const { return tokens_; }

private:
    friend std::string merge(std::span<const EmbeddingsRequest* const> members);
    void takeInput(std::string_view input, const std::vector<std::string_view>& parts, const char* start);

    std::string body_;
    std::vector<std::pair<std::size_t, std::size_t>> inputs_;       ///< place and length in body_
    std::vector<std::pair<std::string, std::string>> otherFields_;  ///< key and value as JSON, by key
    bool tokenInput_ = false;
    std::uint64_t tokens_ = 0;
    std::string signature_;
    std::string alone_;
};

/// One body with the inputs of all members, in their order. They have the same signature.
std::string merge(std::span<const EmbeddingsRequest* const> members);

/// Each member's own answer: its embeddings with its own indexes, and its share of the usage, which comes only as a
/// sum: split by the members' tokens and marked "millrace_estimated". An answer that does not have one embedding an
/// input does not split: FailedPrecondition.
StatusOr<std::vector<std::string>> split(std::string_view answer, std::span<const EmbeddingsRequest* const> members);

/// The message of an OpenAI-style error body ("error" as an object or a string); empty: it is none.
std::string errorMessage(std::string_view body);

}  // namespace millrace::batch
