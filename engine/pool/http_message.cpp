// SPDX-License-Identifier: GPL-3.0-or-later
#include "pool/http_message.h"

namespace millrace::pool {

boost::asio::awaitable<StatusOr<std::string>> readAll(HttpBody& body, std::size_t bytesMax)
{
    std::string whole;
    for (;;) {
        StatusOr<std::string> piece = co_await body.read();
        if (!piece.ok()) co_return piece.status();
        if (piece->empty()) co_return whole;
        if (piece->size() > bytesMax - whole.size()) co_return answerTooLarge(bytesMax);
        if (whole.empty())
            whole = *std::move(piece);
        else
            whole += *piece;
    }
}

}  // namespace millrace::pool
