// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "front/http_responder.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::front {

/// One client's connection: its requests one after the other, each answered before the next is read.
///
/// Lives as long as its coroutine; State knows it meanwhile. Thread: the strand.
class HttpSession final : public std::enable_shared_from_this<HttpSession>, private HttpResponder {
public:
    using HttpResponder::TcpSocket;

    /// `received`: what was read of it already.
    HttpSession(const std::shared_ptr<HttpFront::State>& state, TcpSocket socket, std::string_view received = {});
    ~HttpSession();

    net::awaitable<void> run();

    /// While a request is in work: is the client still there, does it need a sign of life?
    void tick(TimePoint now);
    /// For an exception that ended run(): our bug, not the client's.
    void fail(const std::string& why);

    std::size_t workingPlace = 0;  // where State keeps it

private:
    Head beginRequest();
    void optionsChanged();
    void noteRefusedHead();
    std::optional<Reply> open(Exchange& exchange);
    net::awaitable<bool> receive(Exchange& exchange, std::optional<Reply> refused, Body body);
    net::awaitable<Status> awaitBody();
    Status refuseBody(Body body);
    void beginWork(Exchange& exchange);
    bool endNow(Reply& reply);
    void end(unsigned status, const Status& why);
    std::shared_ptr<void> self() override { return shared_from_this(); }
    void onLost(const std::string& why) override;
    void handOver();

    // strand only
    bool first_ = true;  // no request yet

    // of the request in work
    Exchange* exchange_ = nullptr;
    bool waiting_ = false;  // for the service's answer: nothing else writes
};

}  // namespace millrace::front
