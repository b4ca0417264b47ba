// SPDX-License-Identifier: GPL-3.0-or-later
#include "serve/request_class.h"

namespace millrace::serve {

namespace {

struct Known {
    std::string_view route;
    RequestClass kind;
};
constexpr std::array kKnown = {
    Known{"ModelInfer", RequestClass::Tensor},
    Known{"ModelStreamInfer", RequestClass::Tensor},
    Known{"POST /v2/models/{model}/infer", RequestClass::Tensor},
    Known{"POST /v1/embeddings", RequestClass::Embedding},
    Known{"POST /v1/chat/completions", RequestClass::Generation},
    Known{"POST /v1/completions", RequestClass::Generation},
    Known{"POST /v1/responses", RequestClass::Generation},
    Known{"POST /v1/messages", RequestClass::Generation},
};

}  // namespace

RequestClass classOf(std::string_view route)
{
    constexpr std::string_view kStream = "Stream.Call ";
    if (route.starts_with(kStream)) route.remove_prefix(kStream.size());
    for (const Known& known : kKnown)
        if (known.route == route) return known.kind;
    return RequestClass::Other;
}

}  // namespace millrace::serve
