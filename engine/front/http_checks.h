// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "front/http_peer.h"
#include "front/http_state.h"
#include "http/request_head.h"

#include <memory>
#include <optional>
#include <string>

namespace millrace::front {

/// Validates a request's head before it is served: sender(), route(), body(), in this order. A reply is a refusal.
///
/// Thread: the strand.    Not here: the contents of the body.
class HttpChecks {
public:
    /// REQUIRES: all arguments outlive this.
    HttpChecks(HttpFront::State& state, HttpPeer& peer, const http::RequestHead& head,
               const std::shared_ptr<const Options>& options)
        : state_(state), peer_(peer), head_(head), options_(options)
    {}

    /// Checks Host and Origin, against calls from foreign web pages; answers CORS preflights.
    std::optional<Reply> sender(const Route& route);
    /// The origin that may read the answer; empty: no Origin header.
    const std::string& origin() const { return origin_; }
    std::optional<Reply> route(const Route& route);
    /// Checks length, encoding and type, before the body is read.
    std::optional<Reply> body(const Route& route);

private:
    std::optional<Reply> checkOrigin(const Route& route);
    Reply preflight(const Route& route);

    HttpFront::State& state_;
    HttpPeer& peer_;
    const http::RequestHead& head_;
    const std::shared_ptr<const Options>& options_;
    std::string origin_;
};

}  // namespace millrace::front
