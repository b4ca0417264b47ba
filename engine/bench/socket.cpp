// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/socket.h"

#include "base/number.h"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <sys/socket.h>

namespace millrace::bench {

namespace {

constexpr int kBacklog = 4096;

/// IPv4 alone: what is compared runs on this machine.
std::optional<sockaddr_in> parse(const std::string& address)
{
    const auto colon = address.rfind(':');
    if (colon == std::string::npos) return std::nullopt;
    sockaddr_in out{};
    out.sin_family = AF_INET;
    const std::string host = address.substr(0, colon);
    if (::inet_pton(AF_INET, host == "localhost" ? "127.0.0.1" : host.c_str(), &out.sin_addr) != 1) return std::nullopt;
    const auto port = readNumber<std::uint16_t>(std::string_view(address).substr(colon + 1));
    if (!port) return std::nullopt;
    out.sin_port = htons(*port);
    return out;
}

Status problem(const std::string& what, const std::string& address)
{
    return unavailable(what + " " + address + ": " + std::strerror(errno));
}

}  // namespace

StatusOr<FileDescriptor> listenOn(const std::string& address)
{
    const auto where = parse(address);
    if (!where) return invalidArgument("'" + address + "' is not an IPv4 address with a port, such as 127.0.0.1:8080");
    FileDescriptor fd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd) return problem("a socket for", address);
    const int on = 1;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&*where), sizeof *where) != 0 ||
        ::listen(fd.get(), kBacklog) != 0)
        return problem("listening on", address);
    return fd;
}

std::string addressOf(const FileDescriptor& listener)
{
    sockaddr_in where{};
    socklen_t size = sizeof where;
    if (::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&where), &size) != 0) return {};
    char host[INET_ADDRSTRLEN] = "";
    ::inet_ntop(AF_INET, &where.sin_addr, host, sizeof host);
    return std::string(host) + ":" + std::to_string(ntohs(where.sin_port));
}

StatusOr<FileDescriptor> connectTo(const std::string& address)
{
    const auto where = parse(address);
    if (!where) return invalidArgument("'" + address + "' is not an IPv4 address with a port, such as 127.0.0.1:8080");
    FileDescriptor fd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd) return problem("a socket to", address);
    sendAtOnce(fd.get());
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&*where), sizeof *where) != 0 && errno != EINPROGRESS)
        return problem("connecting to", address);
    return fd;
}

void sendAtOnce(int fd)
{
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace millrace::bench
