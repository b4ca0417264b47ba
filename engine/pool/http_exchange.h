// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/cancel.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/ids.h"
#include "base/notifier.h"
#include "base/on_strand.h"
#include "pool/http_message.h"
#include "pool/ledger.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::pool {

/// A client's exchanges, one at a time, independent of the transport: request, response so far, deadlines, failure.
/// Derived classes send and receive, over HTTP/1.1 (HttpConnection) or a stream of HTTP/2 (HttpStream).
///
///     exchange->begin(std::move(request), authority, now, deadline, cancel, true);
///     while (!exchange->headReady() && exchange->failure().ok()) co_await exchange->signal().wait();
///     exchange->takeHead(response);
///
/// Owner:  HttpPool.   Thread: the strand.
/// Bound:  see the derived classes.
/// Errors: failure().
class HttpExchange {
public:
    class Owner {
    public:
        /// Requests a call of expire() at `when`, which may be earlier than previous requests.
        virtual void dueAt(TimePoint when) = 0;
        /// Bytes of a response with a status below 500 arrived, after `silence`. `work`: to a client's request, not a
        /// check.
        virtual void heardFrom(ConnectionId id, TimePoint now, bool work, Duration silence) = 0;

    protected:
        ~Owner() = default;
    };

    ConnectionId id() const { return id_; }
    /// Sends the request; signal() wakes for each progress of the response. `work`: a client's request, not a health
    /// check.
    virtual void begin(HttpRequest&& request, const std::string& authority, TimePoint now, TimePoint deadline,
                       const CancelToken& cancel, bool work) = 0;
    Notifier& signal() { return signal_; }
    bool headReady() const { return headReady_; }
    bool pieceReady() const { return !piece_.empty(); }
    bool done() const { return done_; }
    const Status& failure() const { return failure_; }
    bool sawBytes() const { return sawBytes_; }  ///< of the response
    bool unsent() const { return unsent_; }      ///< the server cannot have processed it, or says that it did not
    bool works() const { return work_; }         ///< for a client's request, not a check
    TimePoint silentSince() const { return silentFrom_; }  ///< start of the exchange, or its latest bytes
    virtual bool busy() const = 0;                         ///< an exchange is in progress, or not finish()ed
    /// The server itself says that it did not process it: any request may be replayed.
    virtual bool refused() const { return false; }
    /// It failed together with its connection.
    virtual bool lostConnection() const { return true; }
    /// The failure does not count against the server's health.
    virtual bool blameless() const { return false; }
    virtual HttpRequest takeRequest() { return std::move(request_); }
    /// The request has been sent, and its memory is not needed any more.
    bool sentAll() const { return sentAll_; }
    virtual void takeHead(HttpResponse& response);
    std::string takePiece();
    /// The idle time-out announced in this response; empty: none.
    virtual std::optional<Duration> keepAlive() const { return std::nullopt; }
    /// Ends the exchange, complete or not. Empty: the connection can be reused; otherwise the reason to close it.
    virtual std::optional<CloseReason> finish() = 0;
    /// After finish(): the connection becomes idle. `closing`: it is closed instead.
    virtual void rest(bool closing, TimePoint now) = 0;
    /// Aborts the exchange; its waiter gets `why` as failure().
    [[gnu::cold]] void fail(Status why);

protected:
    HttpExchange(ConnectionId id, Strand strand, Clock& clock, Owner* owner)
        : id_(id), strand_(strand), clock_(clock), exchangeOwner_(owner)
    {}
    ~HttpExchange() = default;

    /// First step of begin(). False: it failed at once, and nothing must be sent.
    bool take(HttpRequest&& request, TimePoint now, TimePoint deadline, const CancelToken& cancel, bool work);
    /// REQUIRES: called whenever bytes of the response arrived.
    void arrived();
    /// Starts timing the server's silence. It does not run while a piece waits for the reader: then we hold it back.
    void awaitMore();
    /// Ends what is past its deadline.
    void expireExchange(TimePoint now);
    /// The error message for a response that was cut off.
    std::string closedEarly() const;
    void resetExchange();

    /// A piece was taken: resume reading.
    virtual void resume() = 0;
    /// The rest of the response is not wanted.
    virtual void abortAll() = 0;

    // fixed after construction
    const ConnectionId id_;
    const Strand strand_;
    Clock& clock_;

    // strand only
    Owner* exchangeOwner_;
    std::string peer_;  ///< for messages
    TimePoint deadline_ = TimePoint::max();
    HttpRequest request_;
    bool work_ = false, answered_ = false;
    TimePoint silentFrom_;
    bool sentAll_ = false, unsent_ = false;
    HttpResponse response_;
    std::string piece_;
    std::uint64_t bodyBytes_ = 0;
    bool headReady_ = false, done_ = false, sawBytes_ = false;
    bool flowing_ = false;  ///< body bytes have arrived: silence is limited, not the total
    Status failure_;
    Notifier signal_;

private:
    TimePoint silentSince_;  ///< while flowing
    CancelToken cancel_;
    CancelToken::Registration cancelled_;
};

}  // namespace millrace::pool
