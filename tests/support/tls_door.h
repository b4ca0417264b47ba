// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "support/certificate.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <vector>

namespace millrace::testing {

/// TLS before a server without it: what a client says is passed on to a port, and back.
/// It runs on the test's own io_context; declare it after that.
class TlsDoor {
public:
    struct Options {
        std::string alpn;        ///< what it speaks, first choice first, as "h2 http/1.1"; empty: it knows no ALPN
        bool says = true;        ///< that nothing follows, at the end
        std::size_t atOnce = 0;  ///< bytes in a record to the client; 0: as they come
    };

    TlsDoor(boost::asio::io_context& io, const Certificate& certificate, unsigned short behind, Options options);
    ~TlsDoor();
    TlsDoor(const TlsDoor&) = delete;

    unsigned short port() const { return port_; }
    std::size_t open() const;
    /// Of each connection whose handshake is complete: what was chosen; empty: nothing was.
    std::vector<std::string> chosen;
    /// To each client, within TLS.
    void say(const std::string& bytes);
    /// Bytes that are no TLS.
    void sayRaw(const std::string& bytes);
    /// Keys change, as TLS 1.3 lets them at any time; the client is asked to change its own.
    void changeKeys();

private:
    struct Session;
    boost::asio::awaitable<void> accept();
    static boost::asio::awaitable<void> serve(std::shared_ptr<Session> session);
    static boost::asio::awaitable<void> toServer(std::shared_ptr<Session> session);
    static boost::asio::awaitable<void> toClient(std::shared_ptr<Session> session);

    boost::asio::io_context& io_;
    boost::asio::ssl::context context_;
    const unsigned short behind_;
    const Options options_;
    std::string alpn_;  // as it travels
    boost::asio::ip::tcp::acceptor acceptor_;
    unsigned short port_ = 0;
    std::list<std::weak_ptr<Session>> sessions_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace millrace::testing
