// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "http/h2_out.h"
#include "http/h2_session.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <netinet/in.h>
#include <optional>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace millrace::testing {

/// A connected socket, -1 where nobody listens.
inline int connectTo(int family, const sockaddr* to, socklen_t size)
{
    const int socket = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::connect(socket, to, size) == 0) return socket;
    ::close(socket);
    return -1;
}
inline int connectTcp(std::uint16_t port)
{
    sockaddr_in to = {};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return connectTo(AF_INET, reinterpret_cast<const sockaddr*>(&to), sizeof to);
}
inline int connectUnix(const std::string& path)
{
    sockaddr_un to = {};
    to.sun_family = AF_UNIX;
    path.copy(to.sun_path, sizeof to.sun_path - 1);
    return connectTo(AF_UNIX, reinterpret_cast<const sockaddr*>(&to), sizeof to);
}

/// A client whose every frame is in the test's hands. Blocks, ten seconds at most.
class WireClient : public http::H2Events {
public:
    struct Told {
        std::vector<http::HttpFields> heads;
        std::string body;
        std::optional<std::uint32_t> closed;
        /// Of the last head: trailers, or the head that is both.
        std::string last(std::string_view name) const
        {
            return heads.empty() ? std::string() : std::string(heads.back().get(name));
        }
    };

    /// The socket is its own from here on.
    explicit WireClient(int socket) : session(http::H2Role::Client, {}, *this), socket_(socket) {}
    ~WireClient() override { leave(); }
    void leave()
    {
        if (socket_ >= 0) ::close(std::exchange(socket_, -1));
    }

    static http::HttpFields head(const std::string& path)
    {
        http::HttpFields fields;
        fields.add(":method", "POST");
        fields.add(":scheme", "http");
        fields.add(":path", path);
        fields.add(":authority", "localhost");
        fields.add("content-type", "application/grpc");
        fields.add("te", "trailers");
        return fields;
    }
    /// With `body` as it is, and the end of the request unless it is to stay open.
    http::H2StreamId ask(const http::HttpFields& fields, const std::string& body, bool ends = true)
    {
        const auto stream = *session.request(fields, false);
        session.send(stream, body);
        if (ends) session.finish(stream);
        return stream;
    }
    /// Exchanges frames until `done`, or the server closes.
    template <typename Done>
    bool until(Done done)
    {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (!done()) {
            http::H2Out out;
            session.pull(out, 1u << 30);
            while (!out.empty()) {
                iovec pieces[1] = {};
                out.gather(pieces);
                const ssize_t sent =
                    ::send(socket_, pieces[0].iov_base, pieces[0].iov_len, MSG_NOSIGNAL | MSG_DONTWAIT);
                if (sent > 0) out.consume(static_cast<std::size_t>(sent));
                if (sent < 0 && errno != EAGAIN) {  // what the server said before it left is still there
                    while (!done() && receive(20) && std::chrono::steady_clock::now() < end) {
                    }
                    return done();
                }
                if (sent < 0) receive(10);
            }
            if (!receive(20) || std::chrono::steady_clock::now() > end) return done();
        }
        return true;
    }
    bool answered(http::H2StreamId stream)
    {
        return until([&] { return told[stream].closed.has_value(); });
    }

    http::H2Session session;
    std::map<http::H2StreamId, Told> told;
    bool reading = true;  ///< windows are given back

private:
    bool receive(int ms)
    {
        pollfd ready{socket_, POLLIN, 0};
        if (::poll(&ready, 1, ms) <= 0) return true;
        char some[65536];
        const ssize_t got = ::recv(socket_, some, sizeof some, 0);
        return got > 0 && session.receive({some, static_cast<std::size_t>(got)}, {}).ok();
    }
    void onHeaders(http::H2StreamId stream, http::HttpFields fields, bool, bool) override
    {
        told[stream].heads.push_back(std::move(fields));
    }
    void onData(http::H2StreamId stream, std::string_view bytes) override
    {
        told[stream].body += bytes;
        if (reading) session.consume(stream, bytes.size());
    }
    void onEnd(http::H2StreamId) override {}
    void onClosed(http::H2StreamId stream, std::uint32_t code) override { told[stream].closed = code; }

    int socket_;
};

}  // namespace millrace::testing
