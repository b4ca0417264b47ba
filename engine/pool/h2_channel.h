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

/// Since when the one of `all`, a map, that has been silent for longest is so; empty: none is.
template <typename Map>
std::optional<TimePoint> longestSilence(const Map& all)
{
    std::optional<TimePoint> since;
    for (const auto& [id, entry] : all)
        if (const auto silent = entry->silentSince()) since = std::min(since.value_or(TimePoint::max()), *silent);
    return since;
}

/// One connection of HTTP/2 as a client, on which streams run side by side: calls of gRPC, or exchanges of HTTP.
///
/// Owner:  a pool; kept alive by its own I/O until that ends.   Thread: the strand.
/// Bound:  kGrpc or kHttp bytes of an answer arrive before they are looked at. The owner limits the number of
///         streams, by allows().
/// Errors: connect() says why not; each stream gets the status it ended with.
/// Stop:   closeGently() after its streams, abort() with them.
class H2Channel final : public http::H2Connection::Owner, public std::enable_shared_from_this<H2Channel> {
public:
    /// Of what arrives: for messages that are read as they come, and for bodies that wait for who reads them.
    struct Windows {
        std::uint32_t stream, connection;
    };
    static constexpr Windows kGrpc{1u << 20, 4u << 20};
    static constexpr Windows kHttp{128u << 10, 4u << 20};
    static constexpr std::uint32_t kHeaderBytesMax = 64u << 10;
    /// Requests that were given up before the server let them begin, and other small frames, on a connection in use.
    static constexpr std::size_t kFramesQueuedMax = 256;
    static constexpr std::size_t kLarge = 16u << 10;  ///< a request that is sent at once, not at the end of the turn

    class Owner {
    public:
        /// How many streams the server allows at a time.
        virtual void allows(ConnectionId id, std::uint32_t streams) = 0;
        /// The server takes no new streams here.
        virtual void leaves(ConnectionId id) = 0;
        /// It was open and has closed; `busy`: it had streams, which have failed.
        virtual void channelGone(ConnectionId id, bool busy) = 0;
        /// look() matters at `when`, which may be sooner than anything said before.
        virtual void dueAt(TimePoint when) = 0;

    protected:
        ~Owner() = default;
    };

    /// What is asked on one stream. Its events come within those of the connection; who waits for it is woken after
    /// them.
    class Stream {
    public:
        virtual ~Stream() = default;
        /// A head, or trailers. `tooLarge`: there are more than those that fit.
        virtual void onHeaders(const http::HttpFields& fields, bool tooLarge, bool last) = 0;
        /// How many of the bytes are done with already: as many more may come.
        virtual std::size_t onData(std::string_view bytes) = 0;
        virtual void onEnd() = 0;
        /// The server has reset it with this code.
        virtual void onReset(std::uint32_t code) = 0;
        /// The connection ended, and why (OK: it was closed). `unseen`: the server has done nothing for it.
        virtual void onLost(const Status& why, bool unseen) = 0;
        /// Nothing that comes is of use any more.
        virtual bool over() const = 0;
        /// There is something for who waits.
        virtual bool ready() const { return over(); }
        virtual Notifier& signal() = 0;
        virtual TimePoint deadline() const = 0;
        virtual void expire(TimePoint now) = 0;
        /// Since when somebody's work waits for bytes; none: it is a check.
        virtual std::optional<TimePoint> silentSince() const = 0;

    private:
        friend class H2Channel;
        http::H2StreamId id_ = 0;
        bool waking_ = false;
    };

    H2Channel(ConnectionId id, Strand strand, Clock& clock, Owner* owner, Dial::Guide* guide, Windows windows);

    ConnectionId id() const { return id_; }
    /// `tls`: for an endpoint with it; the server has to choose HTTP/2.
    static boost::asio::awaitable<Status> connect(std::shared_ptr<H2Channel> self, Endpoint endpoint,
                                                  http::TlsClient* tls, TimePoint deadline);
    /// Instead of it: the socket is open, and both sides have chosen HTTP/2. Ends when the server has said so, too.
    static boost::asio::awaitable<Status> adopt(std::shared_ptr<H2Channel> self, Endpoint endpoint, Dial::Socket socket,
                                                std::unique_ptr<http::TlsSession> tls, TimePoint deadline);
    /// The owner is gone, or has done with it: its methods are not called any more.
    void disown()
    {
        owner_ = nullptr;
        dial_.disown();
    }
    /// Sends a request, whole, its body in pieces; null: it has none. False: no new ones are taken here, and nothing
    /// was sent.
    bool begin(const std::shared_ptr<Stream>& stream, const http::HttpFields& head, const http::GrpcFramed* body);
    /// Resets the stream, if it has not ended. Its methods are not called any more.
    void drop(Stream& stream);
    /// Bytes of a stream that onData() has kept are done with.
    void consumed(Stream& stream, std::size_t bytes);
    /// Something has changed that its waiter is to see, but within no event.
    void wakeLater(Stream& stream) { stream.signal().wakeLater(strand_); }
    void closeGently();
    void abort(const Status& why);
    /// Looks at deadlines; needsLook(): again soon.
    void look(TimePoint now);
    bool needsLook() const { return h2_ && h2_->needsTicks(); }
    TimePoint deadline() const;  ///< the next of a stream's, or the dial's
    bool closed() const { return closed_; }
    /// The server has said that it takes no new streams here.
    bool leaving() const { return leaving_; }
    /// Takes new streams, as far as the loop and the kernel know.
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
    /// After an event of it. `open`: the server may still send something.
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
    std::shared_ptr<http::H2Connection> h2_;  // none: not connected yet, or gone
    std::unordered_map<http::H2StreamId, std::shared_ptr<Stream>> streams_;
    std::vector<std::shared_ptr<Stream>> woken_;  // by what is being read
    bool closed_ = false, leaving_ = false, busyAtEnd_ = false;
    // while it is adopted
    TimePoint greetBy_ = TimePoint::max();
    Notifier greeted_;
    Status greeting_;
};

}  // namespace millrace::pool
