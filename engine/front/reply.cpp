// SPDX-License-Identifier: GPL-3.0-or-later
#include "front/reply.h"

#include <algorithm>
#include <chrono>

namespace millrace::front {

Status clientLeft()
{
    return cancelled("the client disconnected");
}

Status bodiesFull(std::uint64_t held, std::uint64_t most)
{
    return withRetryAfter(unavailable("the request bodies in memory have " + std::to_string(held) + " bytes; " +
                                      std::to_string(most) + " are allowed (limits.bodies_bytes_max)"),
                          std::chrono::seconds(1));
}

Reply refusal(Dialect dialect, const Status& status)
{
    Reply reply;
    reply.status = toHttp(status);
    reply.contentType = kJsonType;
    reply.body = errorBody(dialect, status);
    reply.why = status;
    if (const auto after = retryAfterOf(status)) {
        const auto ms = std::max<std::int64_t>(after->count(), 0);
        reply.fields.push_back({"Retry-After", std::to_string(std::max<std::int64_t>((ms + 999) / 1000, 1))});
        reply.fields.push_back({"Retry-After-Ms", std::to_string(ms)});
    }
    return reply;
}

}  // namespace millrace::front
