// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "http/inflate.h"
#include "stream/streamer.h"

#include <string>
#include <string_view>

namespace millrace::front {

/// Decompresses a stream's output, piece by piece, and passes it to another sink. REQUIRES: `next` outlives this.
class InflatingSink final : public stream::Sink {
public:
    explicit InflatingSink(stream::Sink& next) : next_(next) {}
    net::awaitable<Status> write(std::string_view bytes) override
    {
        constexpr std::size_t kAtOnce = 65536;
        for (bool more = true; more || !bytes.empty();) {
            plain_.clear();
            auto turn = inflater_.inflate(bytes, plain_, kAtOnce);
            if (!turn.ok()) co_return internal("the compressed response cannot be read: " + text(turn.status()));
            bytes.remove_prefix(turn->used);
            more = turn->more;
            if (!plain_.empty())
                if (Status status = co_await next_.write(plain_); !status.ok()) co_return status;
        }
        co_return absl::OkStatus();
    }

private:
    stream::Sink& next_;
    http::Inflater inflater_;
    std::string plain_;
};

}  // namespace millrace::front
