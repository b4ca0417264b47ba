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

/// OpenAI requests that take a list and answer with one, several as one. Pure; JSON is cut and glued as text, so that
/// numbers, base64 and unknown fields pass as they are. Their answers: list_answer.h.
///
///     auto request = ListRequest::parse(body, ListKind::Embeddings);
///     if (request.ok() && request->alone().empty()) …          // may be merged with those of the same signature()
///     const std::string merged = merge(members);
///
/// Source: openai-openapi, "createEmbedding" and "createCompletion"; PROTOCOLS 1.1.
namespace millrace::batch {

enum class ListKind : std::uint8_t {
    Embeddings,   ///< "input" → "data"
    Completions,  ///< "prompt" → "choices"; not streamed
};
/// The most a batch may hold: OpenAI's limit of inputs, and what servers usually take of prompts.
inline constexpr std::uint32_t kInputsMax = 2048;
inline constexpr std::uint32_t kPromptsMax = 64;
inline constexpr std::uint32_t itemsMax(ListKind kind)
{
    return kind == ListKind::Embeddings ? kInputsMax : kPromptsMax;
}

/// What is larger bypasses batching, unread: it gains nothing from company, and reading it takes the time of others.
inline constexpr std::size_t kSharedBytesMax = 1U << 20;  ///< of a body
inline constexpr std::uint32_t kTokensMax = 65536;        ///< of one list of tokens

/// One client's request. Pure; parse() may run on any thread.
///
/// Bound: time and memory of parse() are those of kSharedBytesMax, whatever the body: it stops at the first item too
/// many.
class ListRequest {
public:
    /// Reads a client's body. InvalidArgument when it is not a JSON object or has no input (no prompt); what bypasses
    /// batching need not have been read to its end.
    static StatusOr<ListRequest> parse(std::string body, ListKind kind = ListKind::Embeddings);

    ListKind kind() const { return kind_; }
    const char* word() const { return kind_ == ListKind::Embeddings ? "input" : "prompt"; }  ///< the list's field

    const std::string& body() const { return body_; }
    /// Gives the body away: nothing of this request may be asked for any more but its kind.
    std::string takeBody() { return std::move(body_); }
    /// Inputs of the request; 0: it must bypass batching.
    std::uint32_t rows() const { return static_cast<std::uint32_t>(inputs_.size()); }
    /// Members must have the same: all fields but the input, and whether that is text or tokens.
    const std::string& signature() const { return signature_; }
    const std::string& alone() const { return alone_; }  ///< why it must bypass batching
    std::string describe() const;                        ///< of the signature, for people

    /// The i-th input as JSON: a string or an array of tokens.
    std::string_view input(std::size_t i) const
    {
        return std::string_view(body_).substr(inputs_[i].first, inputs_[i].second);
    }
    /// About how many tokens all inputs have; exact for tokens.
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

/// One body with the inputs of all members, in their order. They have the same signature.
std::string merge(std::span<const ListRequest* const> members);

}  // namespace millrace::batch
