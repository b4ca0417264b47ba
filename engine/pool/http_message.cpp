// SPDX-License-Identifier: GPL-3.0-or-later
#include "pool/http_message.h"

#include <algorithm>
#include <cctype>

namespace millrace::pool {

std::string_view fieldValue(const HttpFields& fields, std::string_view name)
{
    const auto same = [](char a, char b) {
        return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
    };
    for (const HttpField& field : fields)
        if (field.name.size() == name.size() && std::equal(name.begin(), name.end(), field.name.begin(), same))
            return field.value;
    return {};
}

boost::asio::awaitable<StatusOr<std::string>> readAll(HttpBody& body, std::size_t bytesMax)
{
    std::string whole;
    for (;;) {
        StatusOr<std::string> piece = co_await body.read();
        if (!piece.ok()) co_return piece.status();
        if (piece->empty()) co_return whole;
        if (piece->size() > bytesMax - whole.size())
            co_return resourceExhausted("the answer is larger than " + std::to_string(bytesMax) + " bytes");
        if (whole.empty())
            whole = *std::move(piece);
        else
            whole += *piece;
    }
}

}  // namespace millrace::pool
