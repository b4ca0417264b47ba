// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/ids.h"
#include "base/notifier.h"
#include "base/on_strand.h"
#include "http/grpc_message.h"
#include "http/h2_connection.h"
#include "http/tls.h"
#include "pool/dial.h"

#include <boost/asio/awaitable.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace millrace::pool {

/// The earliest silentSince() of a map's values, which are pointers; empty: none is silent.
template <typename Map>
std::optional<TimePoint> longestSilence(const Map& all)
{
    std::optional<TimePoint> since;
    for (const auto& [id, entry] : all)
        if (const auto silent = entry->silentSince()) since = std::min(since.value_or(TimePoint::max()), *silent);
    return since;
}

/// A client's HTTP/2 connection with concurrent streams: gRPC calls, or HTTP exchanges.
///
/// Owner:  a pool; its pending I/O keeps it alive.   Thread: the strand.
/// Bound:  the flow-control windows kGrpc or kHttp. The owner limits the number of streams to what allows() reported.
/// Errors: connect(); each stream gets its own status.
/// Stop:   closeGently() lets streams finish, abort() does not.
class H2Channel final : public http::H2Connection::Owner, public std::enable_shared_from_this<H2Channel> {
public:
    /// Flow-control windows: kGrpc for messages, which are consumed as they arrive; kHttp for bodies, which wait for a
    /// reader.
    struct Windows {
        std::uint32_t stream, connection;
    };
    static constexpr Windows kGrpc{1u << 20, 4u << 20};
    static constexpr Windows kHttp{128u << 10, 4u << 20};
    static constexpr std::uint32_t kHeaderBytesMax = 64u << 10;
    /// Pending frames other than DATA, such as those of cancelled requests that the server has not admitted; beyond,
    /// the connection accepts no more streams.
    static constexpr std::size_t kFramesQueuedMax = 256;
    static constexpr std::size_t kLarge = 16u << 10;  ///< larger requests are sent at once, not at the end of the turn

    class Owner {
    public:
        /// The server's limit on concurrent streams.
        virtual void allows(ConnectionId id, std::uint32_t streams) = 0;
        /// The server sent GOAWAY: no new streams.
        virtual void leaves(ConnectionId id) = 0;
        /// The open connection closed. `busy`: with streams, which failed.
        virtual void channelGone(ConnectionId id, bool busy) = 0;
        /// Requests a call of look() at `when`, which may be earlier than previous requests.
        virtual void dueAt(TimePoint when) = 0;

    protected:
        ~Owner() = default;
    };

    /// One request and its response. Its methods are called within the connection's events; its waiter is resumed after
    /// them.
    class Stream {
    public:
        virtual ~Stream() = default;
        /// Head or trailers. `tooLarge`: `fields` are incomplete.
        virtual void onHeaders(const http::HttpFields& fields, bool tooLarge, bool last) = 0;
        /// Returns how many bytes were consumed at once; the rest is returned later by consumed().
        virtual std::size_t onData(std::string_view bytes) = 0;
        virtual void onEnd() = 0;
        /// The server reset the stream.
        virtual void onReset(std::uint32_t code) = 0;
        /// The connection ended; `why` OK: closed normally. `unseen`: the server did not process the request.
        virtual void onLost(const Status& why, bool unseen) = 0;
        /// Complete or failed: no further input is of interest.
        virtual bool over() const = 0;
        /// There is something for the waiter.
        virtual bool ready() const { return over(); }
        virtual Notifier& signal() = 0;
        virtual TimePoint deadline() const = 0;
        virtual void expire(TimePoint now) = 0;
        /// Since when a client's request has been waiting for bytes; empty: a health check.
        virtual std::optional<TimePoint> silentSince() const = 0;

    private:
        friend class H2Channel;
        http::H2StreamId id_ = 0;
        bool waking_ = false;
    };

    H2Channel(ConnectionId id, Strand strand, Clock& clock, Owner* owner, Dial::Guide* guide, Windows windows);

    ConnectionId id() const { return id_; }
    /// `tls`: REQUIRES: not null for an endpoint with TLS. Fails unless the server selects HTTP/2.
    static boost::asio::awaitable<Status> connect(std::shared_ptr<H2Channel> self, Endpoint endpoint,
                                                  http::TlsClient* tls, TimePoint deadline);
    /// Instead of connect(): takes over a socket on which HTTP/2 was negotiated. Returns when the server's SETTINGS
    /// arrived.
    static boost::asio::awaitable<Status> adopt(std::shared_ptr<H2Channel> self, Endpoint endpoint, Dial::Socket socket,
                                                std::unique_ptr<http::TlsSession> tls, TimePoint deadline);
    /// The owner's methods are not called any more.
    void disown()
    {
        owner_ = nullptr;
        dial_.disown();
    }
    /// Sends a complete request; `body` null: without one. False: no new streams are accepted, and nothing was sent.
    bool begin(const std::shared_ptr<Stream>& stream, const http::HttpFields& head, const http::GrpcFramed* body);
    /// Resets the stream if it has not ended. Its methods are not called any more.
    void drop(Stream& stream);
    /// Bytes that onData() retained have been consumed.
    void consumed(Stream& stream, std::size_t bytes);
    /// Resumes the stream's waiter from the loop, for changes outside of the connection's events.
    void wakeLater(Stream& stream) { stream.signal().wakeLater(strand_); }
    void closeGently();
    void abort(const Status& why);
    /// Checks deadlines. REQUIRES: called regularly while needsLook().
    void look(TimePoint now);
    bool needsLook() const { return h2_ && h2_->needsTicks(); }
    TimePoint deadline() const;  ///< the earliest of the streams and the dial; max(): none
    bool closed() const { return closed_; }
    /// The server sent GOAWAY.
    bool leaving() const { return leaving_; }
    /// Accepts new streams, and its socket is open according to the kernel.
    bool good(TimePoint now) const;
    std::optional<TimePoint> silentSince() const;
    Clock& clock() const { return clock_; }
    const std::string& peer() const { return peer_; }  ///< for messages
    const std::string& authority() const { return authority_; }
    const char* scheme() const { return secure_ ? "https" : "http"; }

private:
    void onHeaders(http::H2StreamId stream, http::HttpFields fields, bool tooLarge, bool last) override;
    void onData(http::H2StreamId stream, std::string_view bytes) override;
    void onEnd(http::H2StreamId stream) override;
    void onClosed(http::H2StreamId stream, std::uint32_t code) override;
    void onLeaving() override;
    void onRead() override;
    void onSettings() override;
    void onGone(const Status& why) override;
    void open(Dial::Socket socket, std::unique_ptr<http::TlsSession> tls);
    std::shared_ptr<Stream> find(http::H2StreamId stream) const;
    /// After an event of the stream. `open`: the server may still send on it.
    void applyEffects(const std::shared_ptr<Stream>& stream, bool open);
    void forget(http::H2StreamId stream, bool open);

    // fixed after construction
    const ConnectionId id_;
    const Strand strand_;
    Clock& clock_;
    const Windows windows_;

    // strand only
    Owner* owner_;
    std::string authority_, peer_;
    bool secure_ = false;
    Dial dial_;
    std::shared_ptr<http::H2Connection> h2_;  // null: not connected yet, or closed
    std::unordered_map<http::H2StreamId, std::shared_ptr<Stream>> streams_;
    std::vector<std::shared_ptr<Stream>> woken_;  // by the read in progress
    bool closed_ = false, leaving_ = false, busyAtEnd_ = false;
    // for adopt()
    TimePoint greetBy_ = TimePoint::max();
    Notifier greeted_;
    Status greeting_;
};

}  // namespace millrace::pool
