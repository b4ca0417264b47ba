// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "support/manual_clock.h"

#include <arpa/inet.h>
#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

namespace millrace::testing {

/// A client with a real socket, run by the thread that also runs the server's loop: each wait lets the server go on.
class LoopbackClient {
public:
    LoopbackClient(net::io_context& io, std::uint16_t port, int receiveBuffer = 0) : io_(io)
    {
        fd_ = ::socket(AF_INET, SOCK_STREAM, 0);
        if (receiveBuffer) ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, sizeof receiveBuffer);
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
        ::fcntl(fd_, F_SETFL, O_NONBLOCK);
    }
    ~LoopbackClient() { close(); }
    LoopbackClient(const LoopbackClient&) = delete;
    LoopbackClient& operator=(const LoopbackClient&) = delete;

    bool connected() const { return connected_; }
    void close()
    {
        if (fd_ >= 0) ::close(fd_);
        fd_ = -1;
    }
    /// What is sent arrives at once, whatever is on its way.
    void noDelay()
    {
        const int on = 1;
        ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    /// Says "no more from me", as some clients do after their request.
    void halfClose() { ::shutdown(fd_, SHUT_WR); }
    /// Ends with a reset.
    void reset()
    {
        const linger now{1, 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        close();
    }

    /// False: the server closed before it had taken all.
    bool send(std::string_view bytes)
    {
        return runUntil(io_,
                        [&] {
                            while (!bytes.empty()) {
                                const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
                                if (sent > 0)
                                    bytes.remove_prefix(static_cast<std::size_t>(sent));
                                else if (errno == EAGAIN)
                                    return false;
                                else
                                    return broken_ = true;
                            }
                            return true;
                        }) &&
               !broken_;
    }

    /// What of it the kernel takes now; `Out` as http::H2Out.
    template <typename Out>
    void sendSome(Out& out)
    {
        while (!out.empty()) {
            iovec pieces[1] = {};
            out.gather(pieces);
            const ssize_t sent = ::send(fd_, pieces[0].iov_base, pieces[0].iov_len, MSG_NOSIGNAL);
            if (sent <= 0) return;
            out.consume(static_cast<std::size_t>(sent));
        }
    }

    /// All that came so far, until `done(received)`; false: the end or the time limit came first.
    template <typename Done>
    bool receiveUntil(Done done, std::chrono::milliseconds limit = std::chrono::seconds(10))
    {
        runUntil(
            io_,
            [&] {
                pull();
                return done(received_) || ended_;
            },
            limit);
        return done(received_);
    }
    bool receive(std::string_view text)
    {
        return receiveUntil([&](const std::string& all) { return all.find(text) != std::string::npos; });
    }
    /// Until the server closes.
    bool receiveEnd()
    {
        receiveUntil([&](const std::string&) { return false; });
        return ended_;
    }
    /// One answer with a Content-Length, taken from what was received.
    std::string answer(bool withoutBody = false)
    {
        std::size_t size = 0;
        const bool whole = receiveUntil([&](const std::string& all) {
            const auto end = all.find("\r\n\r\n");
            if (end == std::string::npos) return false;
            size = end + 4;
            const auto at = all.find("Content-Length: ");
            if (at != std::string::npos && at < end && !withoutBody) size += std::stoul(all.substr(at + 16));
            return all.size() >= size;
        });
        if (!whole) return "INCOMPLETE: " + received_;
        std::string first = received_.substr(0, size);
        received_.erase(0, size);
        return first;
    }
    std::string exchange(std::string_view request)
    {
        send(request);
        return answer();
    }
    const std::string& received() const { return received_; }
    void forget() { received_.clear(); }
    bool ended() const { return ended_; }
    void pull()
    {
        if (fd_ < 0) return;
        char bytes[65536];
        for (;;) {
            const ssize_t got = ::recv(fd_, bytes, sizeof bytes, 0);
            if (got > 0) {
                received_.append(bytes, static_cast<std::size_t>(got));
                continue;
            }
            if (got == 0 || errno != EAGAIN) ended_ = true;
            return;
        }
    }

private:
    net::io_context& io_;
    int fd_ = -1;
    bool connected_ = false;
    bool broken_ = false;
    bool ended_ = false;
    std::string received_;
};

}  // namespace millrace::testing
