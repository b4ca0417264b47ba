// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Merges OpenAI requests with a list of inputs (embeddings, completions). JSON is cut and joined as text, so that
/// numbers, base64 and unknown fields are preserved exactly. For the answers see list_answer.h. Pure.
///
///     auto request = ListRequest::parse(body, ListKind::Embeddings);
///     if (request.ok() && request->alone().empty()) …          // can be merged with others of the same signature()
///     const std::string merged = merge(members);
///
/// Source: openai-openapi, "createEmbedding" and "createCompletion".
namespace millrace::batch {

enum class ListKind : std::uint8_t {
    Embeddings,   ///< "input" → "data"
    Completions,  ///< "prompt" → "choices"; not streamed
};
/// Most items in a batch: OpenAI's limit of inputs, and a common limit of prompts.
inline constexpr std::uint32_t kInputsMax = 2048;
inline constexpr std::uint32_t kPromptsMax = 64;
inline constexpr std::uint32_t itemsMax(ListKind kind)
{
    return kind == ListKind::Embeddings ? kInputsMax : kPromptsMax;
}

/// Larger bodies bypass batching without being parsed: merging gains them nothing, and parsing would delay others.
inline constexpr std::size_t kSharedBytesMax = 1U << 20;  ///< of a body
inline constexpr std::uint32_t kTokensMax = 65536;        ///< of one list of tokens

/// One client's request. Pure; parse() may run on any thread.
///
/// Bound: time and memory of parse() are bounded by kSharedBytesMax for any body: it stops at the first excess item.
class ListRequest {
public:
    /// Parses a client's body. InvalidArgument: not a JSON object, or without input or prompt. A body that bypasses
    /// batching is not necessarily validated to its end.
    static StatusOr<ListRequest> parse(std::string body, ListKind kind = ListKind::Embeddings);

    ListKind kind() const { return kind_; }
    const char* word() const
    {
        return kind_ == ListKind::Embeddings ? "input" : "prompt";
    }  ///< the field with the list

    const std::string& body() const { return body_; }
    /// Moves the body out. REQUIRES: afterwards only kind() is used.
    std::string takeBody() { return std::move(body_); }
    /// Number of inputs; 0: must bypass batching.
    std::uint32_t rows() const { return static_cast<std::uint32_t>(inputs_.size()); }
    /// Must be equal for all members: all fields except the input, and its type (text or tokens).
    const std::string& signature() const { return signature_; }
    const std::string& alone() const { return alone_; }  ///< why it must bypass batching
    std::string describe() const;                        ///< the signature, for display

    /// The i-th input as JSON: a string or an array of tokens. REQUIRES: i < rows().
    std::string_view input(std::size_t i) const
    {
        return std::string_view(body_).substr(inputs_[i].first, inputs_[i].second);
    }
    /// Number of tokens in all inputs: estimated for text, exact for tokens.
    std::uint64_t tokens() const { return tokens_; }

private:
    friend std::string merge(std::span<const ListRequest* const> members);
    class Reading;

    ListKind kind_ = ListKind::Embeddings;
    std::string body_;
    std::vector<std::pair<std::size_t, std::size_t>> inputs_;       ///< place and length in body_
    std::vector<std::pair<std::string, std::string>> otherFields_;  ///< key and value as JSON, by key
    bool tokenInput_ = false;
    std::uint64_t tokens_ = 0;
    std::string signature_;
    std::string alone_;
};

/// The merged body, with the inputs of all members in order. REQUIRES: equal signatures, at least one member.
std::string merge(std::span<const ListRequest* const> members);

}  // namespace millrace::batch
