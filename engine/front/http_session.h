// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "front/http_responder.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::front {

/// One client's HTTP/1.1 connection: serves its requests one after the other.
///
/// Owner: its coroutine; registered with State. Thread: the strand.
class HttpSession final : public std::enable_shared_from_this<HttpSession>, private HttpResponder {
public:
    using HttpResponder::TcpSocket;

    /// `received`: bytes already read from the socket.
    HttpSession(const std::shared_ptr<HttpFront::State>& state, TcpSocket socket, std::string_view received = {});
    ~HttpSession();

    net::awaitable<void> run();

    /// Called regularly while a request is being answered: detects a disconnect, and sends heartbeats.
    void tick(TimePoint now);
    /// An exception ended run(): a bug of ours; closes the connection.
    void fail(const std::string& why);

    std::size_t workingPlace = 0;  // index in State::working

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

    // of the request being answered
    Exchange* exchange_ = nullptr;
    bool waiting_ = false;  // for the service's answer: heartbeats may be written
};

}  // namespace millrace::front
