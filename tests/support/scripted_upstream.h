// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "pool/http_message.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace millrace::testing {

/// A real HTTP/1.1 server on loopback that does what it is told: answers, and goes wrong at a chosen byte.
/// It runs on the test's own io_context; declare it after that.
class ScriptedUpstream {
public:
    /// What happens once `cut` bytes of the answer have been sent (or all of it).
    enum class Then {
        KeepAlive,
        Close,      ///< FIN
        Reset,      ///< RST
        Stall,      ///< nothing more, the connection stays open
        HalfClose,  ///< its sending side is shut down; it goes on reading
    };
    struct Request {
        std::size_t connection = 0;  ///< 0: the first one accepted
        std::string method, target, body;
        pool::HttpFields fields;
    };
    struct Answer {
        unsigned status = 200;
        pool::HttpFields fields;
        std::string body = "{}";
        bool chunked = false;             ///< else with Content-Length
        bool untilClose = false;          ///< neither: the body ends with the connection
        std::size_t chunkBytes = 16;      ///< of a chunked body
        std::string raw;                  ///< not empty: sent as it is, instead of all above
        std::size_t trickle = 0;          ///< so many bytes at a time; 0: all at once
        std::vector<std::string> pieces;  ///< not empty: the body, one chunk each
        Duration gap{};                   ///< before each of those, and between trickled bytes
        std::optional<std::size_t> cut;
        Then then = Then::KeepAlive;
        bool held = false;  ///< waits for release() before the first byte
    };
    using Script = std::function<Answer(const Request&)>;

    /// `port` 0: a free one.
    explicit ScriptedUpstream(net::io_context& io, Script script = {}, std::string host = "127.0.0.1",
                              unsigned short port = 0);
    ~ScriptedUpstream();
    ScriptedUpstream(const ScriptedUpstream&) = delete;

    unsigned short port() const { return port_; }
    std::string url(const std::string& path = {}) const;
    const std::vector<Request>& requests() const { return requests_; }
    std::size_t accepted() const { return accepted_; }
    /// Connections whose other end has not gone.
    std::size_t open() const;
    std::size_t held() const;
    /// Held answers go out.
    void release();
    /// Closes connections that wait for a request.
    void closeIdle();
    /// Sends bytes nobody asked for to connections that wait for a request.
    void speakUnasked(const std::string& bytes);
    /// Breaks off everything with a reset and refuses from then on.
    void refuse();
    /// Listens again, on the same port.
    void listen();
    /// Of the requests kept in requests(): so many, then the oldest are forgotten.
    void keepRequests(std::size_t most) { requestsMax_ = most; }

private:
    struct Session;
    void bind();
    net::awaitable<void> accept(std::shared_ptr<boost::asio::ip::tcp::acceptor> acceptor);
    static net::awaitable<void> serve(ScriptedUpstream* self, std::shared_ptr<Session> session);
    static net::awaitable<bool> sendPieces(std::shared_ptr<Session> session, std::shared_ptr<bool> alive,
                                           const Answer& answer);

    net::io_context& io_;
    Script script_;
    const std::string host_;
    unsigned short port_ = 0;
    std::size_t accepted_ = 0;
    std::shared_ptr<boost::asio::ip::tcp::acceptor> acceptor_;
    std::list<std::weak_ptr<Session>> sessions_;
    std::vector<Request> requests_;
    std::size_t requestsMax_ = static_cast<std::size_t>(-1);
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace millrace::testing
