// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace millrace::serve {

/// Classes of requests with separate latency statistics: a tensor call takes milliseconds, a chat seconds.
enum class RequestClass : std::uint8_t {
    Tensor,      ///< KServe v2 inference
    Embedding,   ///< /v1/embeddings
    Generation,  ///< chats and completions, streamed or not
    Other,       ///< metadata, token counts, ranking …
};
inline constexpr std::array kRequestClasses = {RequestClass::Tensor, RequestClass::Embedding, RequestClass::Generation,
                                               RequestClass::Other};

constexpr const char* nameOf(RequestClass kind)
{
    constexpr const char* kNames[kRequestClasses.size()] = {"tensor", "embedding", "generation", "other"};
    return kNames[static_cast<std::size_t>(kind)];
}

/// From CallInfo::route. Routes of the chunk stream (stream.proto) end with the HTTP route that they stand for.
RequestClass classOf(std::string_view route);

}  // namespace millrace::serve
