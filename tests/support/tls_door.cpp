// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/tls_door.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <sstream>

namespace millrace::testing {

namespace net = boost::asio;
namespace ssl = net::ssl;
using tcp = net::ip::tcp;

struct TlsDoor::Session {
    Session(TlsDoor& doorIn, tcp::socket socket)
        : door(doorIn), alive(doorIn.alive_), client(std::move(socket), doorIn.context_), server(doorIn.io_)
    {}
    void end()
    {
        boost::system::error_code ignored;
        client.lowest_layer().close(ignored);
        server.close(ignored);
    }
    TlsDoor& door;
    std::shared_ptr<bool> alive;
    ssl::stream<tcp::socket> client;
    tcp::socket server;
};

TlsDoor::TlsDoor(net::io_context& io, const Certificate& certificate, unsigned short behind, Options options)
    : io_(io),
      context_(ssl::context::tls_server),
      behind_(behind),
      options_(std::move(options)),
      acceptor_(io, tcp::endpoint(net::ip::make_address("127.0.0.1"), 0)),
      port_(acceptor_.local_endpoint().port())
{
    SSL_CTX* const context = context_.native_handle();
    SSL_CTX_use_certificate(context, certificate.certificate);
    SSL_CTX_use_PrivateKey(context, certificate.key);
    std::istringstream words(options_.alpn);
    for (std::string word; words >> word;) alpn_ += static_cast<char>(word.size()) + word;
    if (!alpn_.empty())
        SSL_CTX_set_alpn_select_cb(
            context,
            [](SSL*, const unsigned char** out, unsigned char* size, const unsigned char* offered, unsigned offeredSize,
               void* user) {
                const auto& ours = *static_cast<const std::string*>(user);
                unsigned char* picked = nullptr;
                const int found =
                    SSL_select_next_proto(&picked, size, reinterpret_cast<const unsigned char*>(ours.data()),
                                          static_cast<unsigned>(ours.size()), offered, offeredSize);
                *out = picked;
                return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
            },
            &alpn_);
    net::co_spawn(io_, accept(), net::detached);
}

TlsDoor::~TlsDoor()
{
    *alive_ = false;
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    for (const auto& weak : sessions_)
        if (const auto session = weak.lock()) session->end();
}

std::size_t TlsDoor::open() const
{
    return static_cast<std::size_t>(std::count_if(sessions_.begin(), sessions_.end(), [](const auto& weak) {
        const auto session = weak.lock();
        return session && session->client.lowest_layer().is_open();
    }));
}

void TlsDoor::say(const std::string& bytes)
{
    for (const auto& weak : sessions_) {
        const auto session = weak.lock();
        if (!session) continue;
        const auto kept = std::make_shared<std::string>(bytes);
        net::async_write(session->client, net::buffer(*kept), [session, kept](const auto&, std::size_t) {});
    }
}

void TlsDoor::sayRaw(const std::string& bytes)
{
    for (const auto& weak : sessions_)
        if (const auto session = weak.lock()) net::write(session->client.next_layer(), net::buffer(bytes));
}

void TlsDoor::changeKeys()
{
    for (const auto& weak : sessions_)
        if (const auto session = weak.lock()) SSL_key_update(session->client.native_handle(), SSL_KEY_UPDATE_REQUESTED);
}

net::awaitable<void> TlsDoor::accept()
{
    const auto alive = alive_;
    while (*alive) {
        auto [error, socket] = co_await acceptor_.async_accept(net::as_tuple(net::use_awaitable));
        if (error || !*alive) co_return;
        const auto session = std::make_shared<Session>(*this, std::move(socket));
        sessions_.push_back(session);
        net::co_spawn(io_, serve(session), net::detached);
    }
}

net::awaitable<void> TlsDoor::serve(std::shared_ptr<Session> session)
{
    auto [refused] =
        co_await session->client.async_handshake(ssl::stream_base::server, net::as_tuple(net::use_awaitable));
    if (!*session->alive) co_return;
    if (refused) co_return session->end();
    const unsigned char* chosen = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(session->client.native_handle(), &chosen, &size);
    session->door.chosen.emplace_back(reinterpret_cast<const char*>(chosen), size);
    const tcp::endpoint behind(net::ip::make_address("127.0.0.1"), session->door.behind_);
    auto [failed] = co_await session->server.async_connect(behind, net::as_tuple(net::use_awaitable));
    if (!*session->alive) co_return;
    if (failed) co_return session->end();
    net::co_spawn(session->door.io_, toServer(session), net::detached);
    net::co_spawn(session->door.io_, toClient(session), net::detached);
}

net::awaitable<void> TlsDoor::toServer(std::shared_ptr<Session> session)
{
    std::array<char, 16384> bytes;
    for (;;) {
        auto [error, got] =
            co_await session->client.async_read_some(net::buffer(bytes), net::as_tuple(net::use_awaitable));
        if (error) break;
        auto [failed, sent] = co_await net::async_write(session->server, net::buffer(bytes.data(), got),
                                                        net::as_tuple(net::use_awaitable));
        if (failed) break;
    }
    session->end();
}

net::awaitable<void> TlsDoor::toClient(std::shared_ptr<Session> session)
{
    std::array<char, 16384> bytes;
    const std::size_t atOnce = session->door.options_.atOnce;
    const bool says = session->door.options_.says;
    for (;;) {
        const auto room = net::buffer(bytes, atOnce > 0 ? std::min(atOnce, bytes.size()) : bytes.size());
        auto [error, got] = co_await session->server.async_read_some(room, net::as_tuple(net::use_awaitable));
        if (error) break;
        auto [failed, sent] = co_await net::async_write(session->client, net::buffer(bytes.data(), got),
                                                        net::as_tuple(net::use_awaitable));
        if (failed) break;
    }
    if (says && session->client.lowest_layer().is_open()) {
        static_cast<void>(co_await session->client.async_shutdown(net::as_tuple(net::use_awaitable)));
    }
    session->end();
}

}  // namespace millrace::testing
