// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace millrace::serve {

/// Kinds of requests whose times must not be mixed: a tensor call takes milliseconds, a chat seconds.
enum class RequestClass : std::uint8_t {
    Tensor,      ///< KServe v2 inference
    Embedding,   ///< /v1/embeddings
    Generation,  ///< chats and completions, streamed or not
    Other,       ///< what asks about models, counts tokens, ranks …
};
inline constexpr std::array kRequestClasses = {RequestClass::Tensor, RequestClass::Embedding, RequestClass::Generation,
                                               RequestClass::Other};

constexpr const char* nameOf(RequestClass kind)
{
    constexpr const char* kNames[kRequestClasses.size()] = {"tensor", "embedding", "generation", "other"};
    return kNames[static_cast<std::size_t>(kind)];
}

/// By CallInfo::route. Routes of our own gRPC stream carry the HTTP route that they stand for behind a space.
RequestClass classOf(std::string_view route);

}  // namespace millrace::serve
