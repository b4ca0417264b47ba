// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "front/http_peer.h"
#include "front/http_state.h"
#include "http/request_head.h"

#include <memory>
#include <optional>
#include <string>

namespace millrace::front {

/// What a request must be before it is served, in this order; a reply refuses it.
///
/// Thread: the strand.    Not here: what its body says.
class HttpChecks {
public:
    /// REQUIRES: all arguments outlive this.
    HttpChecks(HttpFront::State& state, HttpPeer& peer, const http::RequestHead& head,
               const std::shared_ptr<const Options>& options)
        : state_(state), peer_(peer), head_(head), options_(options)
    {}

    /// Host and Origin: whether a page that is none of ours makes the browser call here.
    std::optional<Reply> sender(const Route& route);
    /// Which page may read the answer; empty: none asked.
    const std::string& origin() const { return origin_; }
    std::optional<Reply> route(const Route& route);
    /// By its length and its form, before any of it is read.
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
