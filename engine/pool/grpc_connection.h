// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/ids.h"
#include "base/on_strand.h"
#include "base/signal.h"
#include "http/h2_connection.h"
#include "pool/dial.h"
#include "pool/grpc_answer.h"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace millrace::pool {

/// One connection of HTTP/2 as a client, on which calls of gRPC run side by side.
///
/// Owner:  GrpcPool; kept alive by its own I/O until that ends.   Thread: the strand.
/// Bound:  kStreamWindow bytes of an answer arrive before they are looked at; one message of an answer. How many calls
///         there are is the owner's business: it keeps to allows().
/// Errors: connect() says why not; each call has its status: isUnsent() where the server has not seen it, or says that
///         it has done nothing for it.
/// Stop:   closeGently() after its calls, abort() with them.
class GrpcConnection final : public http::H2Connection::Owner, public std::enable_shared_from_this<GrpcConnection> {
public:
    static constexpr std::uint32_t kStreamWindow = 1u << 20;
    static constexpr std::uint32_t kConnectionWindow = 4u << 20;
    /// Requests that were given up before the server let them begin, and other small frames, on a connection in use.
    static constexpr std::size_t kFramesQueuedMax = 256;
    static constexpr std::size_t kLarge = 16u << 10;  ///< a request that leaves at once, whatever else is to be done

    class Owner {
    public:
        /// How many calls the server allows at a time.
        virtual void allows(ConnectionId id, std::uint32_t calls) = 0;
        /// The server takes no new calls here.
        virtual void leaves(ConnectionId id) = 0;
        /// It was open and is so no more; `busy`: there were calls, which have their status.
        virtual void wentAway(ConnectionId id, bool busy) = 0;
        /// expire() matters at `when`, which may be sooner than anything said before.
        virtual void dueAt(TimePoint when) = 0;

    protected:
        ~Owner() = default;
    };

    /// One call; who waits for it waits for `signal` until done().
    class Call {
    public:
        Call(std::uint64_t bytesMax, const GrpcRequest& request) : answer(bytesMax, request.read, request.bulkField) {}
        bool done() const { return answer.over(); }
        GrpcAnswer answer;
        Signal signal;
        // of the connection
        http::H2StreamId stream = 0;
        TimePoint began, deadline = TimePoint::max();
        bool work = false;
    };

    GrpcConnection(ConnectionId id, Strand strand, Clock& clock, Owner* owner, Dial::Guide* guide,
                   std::uint64_t messageBytesMax);

    ConnectionId id() const { return id_; }
    static boost::asio::awaitable<Status> connect(std::shared_ptr<GrpcConnection> self, Endpoint endpoint,
                                                  TimePoint deadline);
    /// The owner is gone, or has done with it; it is told nothing more.
    void disown()
    {
        owner_ = nullptr;
        dial_.disown();
    }
    /// `work`: somebody's, no check.
    std::shared_ptr<Call> begin(const GrpcRequest& request, TimePoint deadline, bool work);
    /// Resets it, with this status, if it is not over.
    void giveUp(Call& call, Status why);
    void closeGently();
    void abort(const Status& why);
    /// Looks at deadlines; needsLook(): again soon.
    void look(TimePoint now);
    bool needsLook() const { return h2_ && h2_->needsTicks(); }
    TimePoint deadline() const;  ///< the next of a call's, or the dial's
    bool closed() const { return closed_; }
    /// The server has said that it takes no new calls here.
    bool leaving() const { return leaving_; }
    /// Takes new calls, as far as the loop and the kernel know.
    bool good(TimePoint now) const;
    std::size_t calls() const { return calls_.size(); }
    /// When the first of somebody's calls in flight began.
    std::optional<TimePoint> silentSince() const;

private:
    void onHeaders(http::H2StreamId stream, http::HttpFields fields, bool tooLarge, bool last) override;
    void onData(http::H2StreamId stream, std::string_view bytes) override;
    void onEnd(http::H2StreamId stream) override;
    void onSent(http::H2StreamId) override {}
    void onClosed(http::H2StreamId stream, std::uint32_t code) override;
    void onLeaving() override;
    void onRead() override;
    void onSettings() override;
    void onGone(const Status& why) override;
    std::shared_ptr<Call> find(http::H2StreamId stream) const;
    /// Ends it for whoever waits, if its answer is over. `open`: the server may still send something.
    void settle(const std::shared_ptr<Call>& call, bool open);

    // fixed after construction
    const ConnectionId id_;
    const Strand strand_;
    Clock& clock_;
    const std::uint64_t messageBytesMax_;

    // strand only
    Owner* owner_;
    std::string authority_, peer_;
    Dial dial_;
    std::shared_ptr<http::H2Connection> h2_;  // none: not connected yet, or gone
    std::unordered_map<http::H2StreamId, std::shared_ptr<Call>> calls_;
    std::vector<std::shared_ptr<Call>> answered_;  // by what is being read
    bool closed_ = false, leaving_ = false, busyAtEnd_ = false;
};

}  // namespace millrace::pool
