// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "pool/http_exchange.h"
#include "pool/http_message.h"
#include "pool/http_pool.h"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace millrace::pool {

/// The body of a response; holds the connection's lease until the body has been read to its end.
///
/// Owner:  the reader of the response.   Thread: the strand.
/// Bound:  what the exchange buffers.   Errors: see HttpBody::read().
class ConnectionBody final : public HttpBody {
public:
    /// `exchange` null: `first` is the whole body, and `lease` is only returned when that has been read, or with the
    /// body: whoever forwards it at once does so first. `lease` empty: the caller holds the lease.
    ConnectionBody(HttpLease lease, std::shared_ptr<HttpExchange> exchange, std::string first)
        : lease_(std::move(lease)), exchange_(std::move(exchange)), ready_(std::move(first))
    {}
    ~ConnectionBody() override
    {
        // The pool closes a connection that is returned unfinished; one leased by the caller is closed here.
        if (exchange_ && !lease_) exchange_->fail(cancelled("the response is no longer needed"));
    }

    boost::asio::awaitable<StatusOr<std::string>> read() override;
    std::optional<std::string> takeWhole() override
    {
        if (exchange_ || !ended_.ok()) return std::nullopt;
        return std::exchange(ready_, {});
    }

private:
    void end();

    HttpLease lease_;
    std::shared_ptr<HttpExchange> exchange_;
    std::string ready_;
    StatusOr<std::string> ended_ = std::string();
};

}  // namespace millrace::pool
