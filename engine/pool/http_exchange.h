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

/// One exchange after another as a client, over HTTP/1.1 or on streams of HTTP/2: what was asked, what has come of the
/// answer, how long it may take, and why it failed. How it travels is what derives from it.
///
/// Owner:  HttpPool.   Thread: the strand.
/// Bound:  what derives from it says how much of an answer is held.
/// Errors: failure() of the exchange.
class HttpExchange {
public:
    class Owner {
    public:
        /// expire() matters at `when`, which may be sooner than anything said before.
        virtual void dueAt(TimePoint when) = 0;
        /// Bytes of an answer below 500 have come, after a silence. `work`: to somebody's request, not to a check.
        virtual void heardFrom(ConnectionId id, TimePoint now, bool work, Duration silence) = 0;

    protected:
        ~Owner() = default;
    };

    ConnectionId id() const { return id_; }
    /// Sends the request at `now`; the answer is waited for by signal(). `work`: somebody's request, no check.
    virtual void begin(HttpRequest&& request, const std::string& authority, TimePoint now, TimePoint deadline,
                       const CancelToken& cancel, bool work) = 0;
    Notifier& signal() { return signal_; }
    bool headReady() const { return headReady_; }
    bool pieceReady() const { return !piece_.empty(); }
    bool done() const { return done_; }
    const Status& failure() const { return failure_; }
    bool sawBytes() const { return sawBytes_; }  ///< of the answer
    bool unsent() const { return unsent_; }      ///< the server has done nothing for it, as far as it or we can say
    bool works() const { return work_; }         ///< at somebody's request, not at a check
    TimePoint silentSince() const { return silentFrom_; }  ///< of the exchange: its begin, or its last bytes
    virtual bool busy() const = 0;                         ///< there is one, not read to its end or not given back
    /// The server says by itself that it has done nothing: any request may be sent again.
    virtual bool refused() const { return false; }
    /// It failed because its connection ended, not by itself.
    virtual bool lostConnection() const { return true; }
    /// That it failed says nothing against the server.
    virtual bool blameless() const { return false; }
    virtual HttpRequest takeRequest() { return std::move(request_); }
    /// Nothing of the request is needed any more.
    bool sentAll() const { return sentAll_; }
    virtual void takeHead(HttpResponse& response);
    std::string takePiece();
    /// What the server said of its idle limit in this answer.
    virtual std::optional<Duration> keepAlive() const { return std::nullopt; }
    /// It is over, whole or not: another one may follow. What its connection is to be closed for, if it may not.
    virtual std::optional<CloseReason> finish() = 0;
    /// After finish(). `closing`: the connection is not kept.
    virtual void rest(bool closing, TimePoint now) = 0;
    /// Breaks off what is in flight; its waiter learns why.
    void fail(Status why);

protected:
    HttpExchange(ConnectionId id, Strand strand, Clock& clock, Owner* owner)
        : id_(id), strand_(strand), clock_(clock), exchangeOwner_(owner)
    {}
    ~HttpExchange() = default;

    /// The first of begin(). False: it has failed, and nothing is to be sent.
    bool take(HttpRequest&& request, TimePoint now, TimePoint deadline, const CancelToken& cancel, bool work);
    /// After each arrival of bytes of the answer.
    void arrived();
    /// The other side is waited for from now on. While a piece lies here and nobody takes it, it is not silent but held
    /// back.
    void awaitMore();
    /// Ends what is past its deadline.
    void expireExchange(TimePoint now);
    /// What is said of an answer whose connection was closed.
    std::string closedEarly() const;
    void resetExchange();

    /// A piece was taken, more may come.
    virtual void resume() = 0;
    /// Nobody waits for the rest.
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
    bool flowing_ = false;  ///< a byte of the body has come: silence is limited, not the whole
    Status failure_;
    Notifier signal_;

private:
    TimePoint silentSince_;  ///< while flowing
    CancelToken cancel_;
    CancelToken::Registration cancelled_;
};

}  // namespace millrace::pool
