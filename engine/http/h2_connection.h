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

/// 0 is not special: it allows no time.
struct H2Timeouts {
    Duration greeting = 10s;  ///< until the other side's preface and SETTINGS are there
    Duration idle = 75s;      ///< without a stream
    Duration written = 60s;   ///< while the other side takes nothing of what is written
};

/// HTTP/2 over a socket, with TLS or without. All that has arrived is received at once, and everything submitted in a
/// turn of the loop is sent together.
///
/// Owner:  a front or a pool; it calls tick() some times a second.    Thread: the strand.
/// Bound:  kWrittenMax bytes between the session and the socket; a buffer to read for all connections of a loop.
/// Errors: onGone() says why; streams that were open get their onClosed() before it.
/// Stop:   closeGently() lets streams end, a server's announces it first; abort() does not.
class H2Connection final : public std::enable_shared_from_this<H2Connection>, private SocketReader::Listener {
public:
    static constexpr std::size_t kWrittenMax = 512u << 10;
    /// What a Unix socket is to hold of what the other side has not read: its default takes half of a large batch. The
    /// kernel gives as much of it as net.core.wmem_max allows.
    static constexpr int kLocalSendBuffer = 1 << 20;
    using Socket = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol, Strand>;  // TCP or Unix

    class Owner : public H2Events {
    public:
        /// All events of one read have been delivered. Unlike in the other events, the callee may call anything;
        /// what it submits is sent right after.
        virtual void onRead() {}
        /// The socket is closed. OK: both sides had nothing to say any more. Nothing is called after it.
        virtual void onGone(const Status& why) = 0;
        /// Instead of all others, if start() allowed it: the first bytes are those of another protocol.
        virtual void onOther(Socket, std::string /*received*/) {}
    };

    /// REQUIRES: `owner` lives until onGone() has returned; `tls` is null or has completed its handshake.
    H2Connection(Strand strand, Clock& clock, Socket socket, H2Role role, H2Limits limits, H2Timeouts timeouts,
                 Owner& owner, std::unique_ptr<TlsSession> tls = nullptr);

    /// `received`: what was read of it already. `mayBeOther`: nothing is sent before the first bytes have shown that
    /// it is HTTP/2 (server).
    void start(std::string_view received = {}, bool mayBeOther = false);
    H2Session& session() { return session_; }
    /// Something was submitted: it leaves with all else of this turn; within an event, after what was read with it.
    void wake();
    /// It leaves within this call, as far as the socket takes it; within an event as above. For what is large, and for
    /// what is alone: others would only keep it waiting.
    void wakeNow();
    /// Something of one stream was submitted: wakeNow(), if no other stream may have something to send with it.
    void wakeForOne();
    /// Within the events of what is read; onRead() follows, or onGone().
    bool isReading() const { return inReceive_; }
    void setTimeouts(H2Timeouts timeouts) { timeouts_ = timeouts; }
    /// Takes no new streams, ends when those there have ended.
    void closeGently();
    /// Within the onClosed() of streams that end because the connection does: why it does. Else none.
    const std::optional<Status>& whyGone() const { return whyGone_; }
    /// False: the other side has closed its end, as far as the kernel knows; what it sent before may not be read yet.
    /// What came less than kFresh ago is taken for it: the loop has hardly turned since.
    bool otherSideOpen(TimePoint now) const;
    static constexpr Duration kFresh = 500us;
    /// All that may be said now has left.
    bool sentAll() const { return phase_ == Phase::Gone || (!unwritten() && !session_.wantsWrite()); }
    /// tick() has something to look at before anything else happens.
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
    const std::unique_ptr<TlsSession> tls_;  // null: there is none
    H2Session session_;
    H2Timeouts timeouts_;
    H2Out out_;
    Phase phase_ = Phase::Open;
    TimePoint since_;   // when the phase began
    TimePoint usedAt_;  // when there was a stream
    std::uint64_t streams_ = 0;
    TimePoint readAt_;      // the last bytes
    bool lookDue_ = false;  // a reset that came with them has not been reported
    std::optional<Status> whyGone_;
    TimePoint writtenAt_;  // the last progress of what waits to be written
    std::string first_;    // while it may be another protocol
    bool undecided_ = false;
    bool waking_ = false, writing_ = false, failed_ = false;
    bool inRead_ = false, inReceive_ = false, inPull_ = false;
};

}  // namespace millrace::http
