// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/on_strand.h"
#include "http/h2_session.h"
#include "http/socket_reader.h"
#include "http/tls.h"

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/generic/stream_protocol.hpp>

#include <memory>
#include <optional>
#include <string>

namespace millrace::http {

/// 0 is not special: it allows no time at all.
struct H2Timeouts {
    Duration greeting = 10s;  ///< until the peer's preface and SETTINGS have arrived
    Duration idle = 75s;      ///< without a stream
    Duration written = 60s;   ///< without progress while output is pending
};

/// An H2Session over a socket, with TLS or without: reads whatever has arrived, and sends everything that was submitted
/// in one turn of the event loop together.
///
///     auto connection = std::make_shared<H2Connection>(strand, clock, std::move(socket), H2Role::Server, limits,
///                                                      timeouts, owner);
///     connection->start();
///     …                                                        // in an event, or any time later:
///     connection->session().respond(stream, fields, true);
///     connection->wake();
///
/// Owner:  a front or a pool, which calls tick() several times a second.    Thread: the strand.
/// Bound:  kWrittenMax bytes between session and socket; one read buffer shared by all connections of a loop.
/// Errors: onGone() says why; streams still open get their onClosed() before it.
/// Stop:   closeGently() lets streams finish (a server announces it first, by GOAWAY); abort() does not.
/// Not here: what the streams carry (grpc_call.h, http2_stream.h of front).
class H2Connection final : public std::enable_shared_from_this<H2Connection>, private SocketReader::Listener {
public:
    static constexpr std::size_t kWrittenMax = 512u << 10;
    /// Send buffer requested for Unix sockets: the default holds half of a large batch. The kernel limits it to
    /// net.core.wmem_max.
    static constexpr int kLocalSendBuffer = 1 << 20;
    using Socket = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol, Strand>;  // TCP or Unix

    class Owner : public H2Events {
    public:
        /// All events of one read have been delivered. Unlike in the other events, the callee may call any method; what
        /// it submits is sent right after.
        virtual void onRead() {}
        /// The socket is closed. `why` OK: both sides were finished. The last call.
        virtual void onGone(const Status& why) = 0;
        /// Instead of all other events, if start() allowed it: the first bytes are not HTTP/2. The socket is handed
        /// over together with what was read.
        virtual void onOther(Socket, std::string /*received*/) {}
    };

    /// REQUIRES: `owner` lives until onGone() has returned; `tls` is null or has completed its handshake.
    H2Connection(Strand strand, Clock& clock, Socket socket, H2Role role, H2Limits limits, H2Timeouts timeouts,
                 Owner& owner, std::unique_ptr<TlsSession> tls = nullptr);

    /// `received`: bytes already read from the socket. `mayBeOther` (server): sends nothing until the first bytes have
    /// proven to be HTTP/2. REQUIRES: called once, and a shared_ptr owns this.
    void start(std::string_view received = {}, bool mayBeOther = false);
    H2Session& session() { return session_; }
    /// Something was submitted: sends it at the end of this turn of the loop, or, within an event, after the other
    /// events of the same read.
    void wake();
    /// Sends within this call as much as the socket accepts (within an event: as wake()). For large data, and for data
    /// that gains nothing from waiting for other streams.
    void wakeNow();
    /// wakeNow() if this is the only open stream, otherwise wake().
    void wakeForOne();
    /// True during the events of a read; onRead() or onGone() follows.
    bool isReading() const { return inReceive_; }
    void setTimeouts(H2Timeouts timeouts) { timeouts_ = timeouts; }
    /// Accepts no new streams, and closes when the open ones have ended.
    void closeGently();
    /// During the onClosed() of streams that end with the connection: why it ends. Otherwise empty.
    const std::optional<Status>& whyGone() const { return whyGone_; }
    /// False: according to the kernel the peer has closed its end; data it sent before may not have been read yet. Data
    ///         that
    /// arrived less than kFresh before `now` counts as open, without a system call.
    bool otherSideOpen(TimePoint now) const;
    static constexpr Duration kFresh = 500us;
    /// Nothing is pending that could be sent now.
    bool sentAll() const { return phase_ == Phase::Gone || (!unwritten() && !session_.wantsWrite()); }
    /// A time-out of tick() may expire before any other event.
    bool needsTicks() const;
    void abort(const Status& why);
    void tick(TimePoint now);

private:
    class ReadBuffer;
    enum class Phase { Open, Announcing, Ending, Lingering, Gone };

    void waitToRead();
    void onReadable(const boost::system::error_code& ended) override;
    bool endSeen() const;
    void read();
    void receive(std::string_view bytes, TimePoint now);
    bool receiveSealed(std::string_view bytes, TimePoint now);
    bool isHttp2(std::string_view bytes);
    void linger();
    void flush();
    void write();
    ssize_t sendPlain();
    ssize_t sendSealed();
    bool unwritten() const { return !out_.empty() || (tls_ && tls_->hasOut()); }
    void settle();
    void gone(const Status& why);

    // fixed after construction
    const Strand strand_;
    Clock& clock_;
    Owner& owner_;
    ReadBuffer& readBuffer_;

    // strand only
    Socket socket_;
    SocketReader reader_{socket_, *this};
    const std::unique_ptr<TlsSession> tls_;  // null: no TLS
    H2Session session_;
    H2Timeouts timeouts_;
    H2Out out_;
    Phase phase_ = Phase::Open;
    TimePoint since_;   // when the phase began
    TimePoint usedAt_;  // last moment with an open stream
    std::uint64_t streams_ = 0;
    TimePoint readAt_;  // last bytes received
    std::optional<Status> whyGone_;
    TimePoint writtenAt_;  // last progress of pending output
    std::string first_;    // while it may be another protocol
    bool undecided_ = false;
    bool waking_ = false, writing_ = false, failed_ = false;
    bool inRead_ = false, inReceive_ = false, inPull_ = false;
};

}  // namespace millrace::http
