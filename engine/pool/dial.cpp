// SPDX-License-Identifier: GPL-3.0-or-later
#include "pool/dial.h"

#include "base/number.h"
#include "http/send_now.h"
#include "pool/lookup.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace millrace::pool {

namespace {

using boost::system::error_code;

// A host that disappears does not close its connections. TCP_USER_TIMEOUT and keep-alive probes end those whose data is
// not acknowledged, without application-level pings, which some servers penalise.
constexpr int kUnacknowledgedMaxMs = 30'000;
constexpr int kProbeAfterSeconds = 30;
constexpr int kProbeEverySeconds = 10;
constexpr int kProbes = 3;

}  // namespace

Dial::Dial(ConnectionId id, Strand strand, Clock& clock, Guide* guide)
    : id_(id), strand_(strand), clock_(clock), guide_(guide), socket_(strand)
{}

net::awaitable<StatusOr<std::vector<Address>>> Dial::find(const Endpoint& endpoint)
{
    std::vector<Address> addresses;
    if (endpoint.host.starts_with('/')) {
        if (endpoint.host.size() >= sizeof(sockaddr_un::sun_path))
            co_return invalidArgument(peer_ + ": the path is too long");
        addresses.emplace_back(net::local::stream_protocol::endpoint(endpoint.host));
        co_return addresses;
    }
    error_code error;
    const auto literal = net::ip::make_address(endpoint.host, error);
    if (!error) {
        const auto port = readNumber<std::uint16_t>(endpoint.port).value_or(0);
        addresses.emplace_back(net::ip::tcp::endpoint(literal, port));
        co_return addresses;
    }
    const auto lookup = Lookup::start(strand_, endpoint.host, endpoint.port);
    if (!lookup.ok()) co_return lookup.status();
    (*lookup)->onDone([this] { signal_.wakeLater(strand_); });  // not called once the lookup is destroyed
    // Its thread may hang indefinitely; a cancelled dial does not wait for it.
    while (!(*lookup)->done() && !cancelled_ && !late_) co_await signal_.wait();
    if (cancelled_) co_return cancelled("abandoned");
    if (!(*lookup)->done()) co_return deadlineExceeded("looking up " + endpoint.host + " timed out");
    const StatusOr<Lookup::Endpoints> found = (*lookup)->take();
    if (!found.ok()) co_return found.status();
    named_ = true;
    addresses.assign(found->begin(), found->end());
    if (guide_) guide_->found(endpoint, addresses);
    co_return addresses;
}

net::awaitable<Status> Dial::connect(Endpoint endpoint, TimePoint deadline, http::TlsClient* tls, http::TlsOffer offer)
{
    peer_ = endpoint.address();
    deadline_ = attemptDeadline_ = deadline;
    if (cancelled_) co_return cancelled("abandoned");
    if (endpoint.tls && !tls) co_return internal("TLS with " + peer_ + ": it is not set up");
    Status status = co_await open(endpoint);
    if (status.ok() && endpoint.tls) status = co_await secure(endpoint.host, *tls, offer);
    attemptDeadline_ = TimePoint::max();
    co_return status;
}

net::awaitable<Status> Dial::open(const Endpoint& endpoint)
{
    const StatusOr<std::vector<Address>> found = co_await find(endpoint);
    attemptDeadline_ = TimePoint::max();
    if (!found.ok()) co_return found.status();
    error_code error = net::error::host_not_found;
    std::size_t left = std::min(found->size(), kTriedMax);
    for (const Address& address : *found) {
        if (left == 0) break;
        // Leaves time for the remaining addresses.
        const TimePoint now = clock_.now();
        late_ = false;
        attemptDeadline_ = now + (deadline_ - now) / static_cast<Duration::rep>(left--);
        if (guide_) guide_->dialDueAt(attemptDeadline_);
        if (guide_ && named_) guide_->tries(id_, address);
        error_code ignored;
        if (socket_.is_open()) socket_.close(ignored);
        socket_.open(address.protocol(), error);
        if (error) continue;
        ::fcntl(socket_.native_handle(), F_SETFD, FD_CLOEXEC);  // must not be inherited by child processes
        auto [failed] = co_await socket_.async_connect(address, net::as_tuple(net::use_awaitable));
        attemptDeadline_ = TimePoint::max();
        error = failed;
        if (late_) error = net::error::timed_out;
        if (cancelled_) break;
        if (!error) {
            prepare(address);
            co_return absl::OkStatus();
        }
        if (guide_ && named_) guide_->failedAt(address);
    }
    attemptDeadline_ = TimePoint::max();
    if (cancelled_) co_return cancelled("abandoned");
    if (late_) co_return deadlineExceeded("connecting to " + peer_ + " timed out");
    co_return fromAsio(error, "connecting to " + peer_);
}

/// The TLS handshake, within the remaining time.
net::awaitable<Status> Dial::secure(std::string host, http::TlsClient& client, http::TlsOffer offer)
{
    const std::string doing = "TLS with " + peer_ + ": ";
    StatusOr<std::unique_ptr<http::TlsSession>> opened = client.open(host, offer);
    if (!opened.ok()) co_return opened.status();
    tls_ = *std::move(opened);
    attemptDeadline_ = deadline_;
    if (guide_) guide_->dialDueAt(attemptDeadline_);
    std::string bytes(http::TlsSession::kRecord, '\0');
    for (;;) {
        const auto step = tls_->handshake();
        error_code error;
        while (!error && !tls_->out().empty()) {
            const std::string_view out = tls_->out();
            const std::array parts{net::const_buffer(out.data(), out.size())};
            const std::size_t sent = http::sendNow(socket_.native_handle(), parts, error);
            if (!error) tls_->sent(sent);
            if (error == net::error::would_block) {
                auto [failed] = co_await socket_.async_wait(Socket::wait_write, net::as_tuple(net::use_awaitable));
                error = failed;
            }
        }
        if (step == http::TlsSession::Step::Failed) co_return unavailable(doing + text(tls_->problem()));
        if (step == http::TlsSession::Step::Done && !error) break;
        ssize_t got = -1;
        while (!error && got < 0) {
            got = ::recv(socket_.native_handle(), bytes.data(), bytes.size(), MSG_DONTWAIT);
            if (got >= 0 || errno == EINTR) continue;
            error.assign(errno, net::error::get_system_category());
            if (error == net::error::would_block) {
                auto [failed] = co_await socket_.async_wait(Socket::wait_read, net::as_tuple(net::use_awaitable));
                error = failed;
            }
        }
        if (cancelled_) co_return cancelled("abandoned");
        if (late_) co_return deadlineExceeded("connecting to " + peer_ + " timed out");
        if (error) co_return fromAsio(error, "TLS with " + peer_);
        if (got == 0) co_return unavailable(doing + "the server closed the connection");
        tls_->feed({bytes.data(), static_cast<std::size_t>(got)});
    }
    if (offer == http::TlsOffer::Http2Only && !tls_->http2())
        co_return unavailable(doing + "the server does not offer HTTP/2 (ALPN), which gRPC needs");
    co_return absl::OkStatus();
}

void Dial::prepare(const Address& address)
{
    error_code ignored;
    socket_.non_blocking(true, ignored);
    if (address.protocol().family() == AF_UNIX) return;
    const auto set = [this](int level, int name, int value) {
        ::setsockopt(socket_.native_handle(), level, name, &value, sizeof value);
    };
    set(IPPROTO_TCP, TCP_NODELAY, 1);
    set(IPPROTO_TCP, TCP_USER_TIMEOUT, kUnacknowledgedMaxMs);
    set(SOL_SOCKET, SO_KEEPALIVE, 1);
    set(IPPROTO_TCP, TCP_KEEPIDLE, kProbeAfterSeconds);
    set(IPPROTO_TCP, TCP_KEEPINTVL, kProbeEverySeconds);
    set(IPPROTO_TCP, TCP_KEEPCNT, kProbes);
}

void Dial::cancel()
{
    cancelled_ = true;
    error_code ignored;
    if (socket_.is_open()) socket_.close(ignored);
    signal_.wakeLater(strand_);
}

void Dial::expire(TimePoint now)
{
    if (now < attemptDeadline_) return;
    attemptDeadline_ = TimePoint::max();
    late_ = true;
    error_code ignored;
    if (socket_.is_open()) socket_.close(ignored);
    signal_.wakeLater(strand_);
}

}  // namespace millrace::pool
