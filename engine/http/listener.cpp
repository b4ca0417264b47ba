// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/listener.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <type_traits>
#include <utility>

namespace millrace::http {

Listener::Listener(Strand strand, Clock& clock, Take take)
    : strand_(strand), clock_(clock), take_(std::move(take)), tcp_(strand), local_(strand)
{}

Status Listener::listen(const std::string& host, std::uint16_t port, const char* purpose)
{
    if (host.starts_with('/')) {
        if (host.size() >= sizeof(sockaddr_un::sun_path))
            return invalidArgument("'" + host + "' is too long for a Unix socket");
        return listenOn<Local>(local_, Local::endpoint(host), host + purpose);
    }
    boost::system::error_code error;
    const auto address = net::ip::make_address(host, error);
    if (error) return invalidArgument("'" + host + "' is not an address");
    return listenOn<Tcp>(tcp_, Tcp::endpoint(address, port), host + ":" + std::to_string(port) + purpose);
}

template <typename Protocol>
Status Listener::listenOn(Acceptor<Protocol>& acceptor, const typename Protocol::endpoint& endpoint,
                          const std::string& where)
{
    boost::system::error_code error;
    acceptor.open(endpoint.protocol(), error);
    if (!error) {
        ::fcntl(acceptor.native_handle(), F_SETFD, FD_CLOEXEC);
        if constexpr (std::is_same_v<Protocol, Tcp>)
            acceptor.set_option(net::socket_base::reuse_address(true), error);
        else  // before bind(), so that the file is private from the start
            ::fchmod(acceptor.native_handle(), S_IRUSR | S_IWUSR);
    }
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(net::socket_base::max_listen_connections, error);
    if (error) return unavailable("cannot listen on " + where + ": " + error.message());
    net::co_spawn(strand_, accept<Protocol>(shared_from_this(), acceptor), net::detached);
    return absl::OkStatus();
}

template <typename Protocol>
net::awaitable<void> Listener::accept(std::shared_ptr<Listener> self, Acceptor<Protocol>& acceptor)
{
    while (true) {
        auto [error, socket] = co_await acceptor.async_accept(net::as_tuple(net::use_awaitable));
        if (self->stopped_ || error == net::error::operation_aborted) co_return;
        if (error)  // out of descriptors: wait until some are closed
            co_await self->clock_.sleepUntil(self->clock_.now() + 50ms);
        else
            self->take_(Socket(std::move(socket)), std::is_same_v<Protocol, Local>);
    }
}

std::uint16_t Listener::port() const
{
    return tcp_.is_open() ? tcp_.local_endpoint().port() : 0;
}

void Listener::stop()
{
    stopped_ = true;
    boost::system::error_code ignored;
    tcp_.close(ignored);
    local_.close(ignored);
    take_ = nullptr;
}

}  // namespace millrace::http
