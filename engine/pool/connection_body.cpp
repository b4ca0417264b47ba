// SPDX-License-Identifier: GPL-3.0-or-later
#include "pool/connection_body.h"

#include "base/clock.h"

namespace millrace::pool {

net::awaitable<StatusOr<std::string>> ConnectionBody::read()
{
    if (!exchange_) lease_.release();
    if (!ready_.empty()) {
        std::string piece = std::move(ready_);
        ready_.clear();
        co_return piece;
    }
    if (!exchange_) co_return ended_;
    const auto exchange = exchange_;
    while (!exchange->pieceReady() && !exchange->done() && exchange->failure().ok()) co_await exchange->signal().wait();
    if (exchange->pieceReady()) {
        std::string piece = exchange->takePiece();
        if (exchange->done()) end();
        co_return piece;
    }
    if (!exchange->done()) {
        ended_ = exchange->failure();
    }
    end();
    co_return ended_;
}

void ConnectionBody::end()
{
    const auto exchange = std::move(exchange_);
    exchange_ = nullptr;
    if (lease_) return lease_.release();
    if (exchange->finish()) exchange->rest(true, {});
}

}  // namespace millrace::pool
