// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/cancel.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/ids.h"
#include "base/on_strand.h"
#include "base/signal.h"
#include "http/buffers.h"
#include "http/response_parser.h"
#include "http/socket_reader.h"
#include "http/tls.h"
#include "pool/dial.h"
#include "pool/endpoint.h"
#include "pool/http_message.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace millrace::pool {

/// One HTTP/1.1 connection as a client. Bytes are always waited for while it is open and nothing unread is held: idle,
/// it tells at once when the server closes; in an exchange the same wait brings the answer.
///
/// Owner:  HttpPool; kept alive by its own I/O until that ends.   Thread: the strand.
/// Bound:  kPieceMax bytes of an answer are held; headers of at most kHeaderMax.
/// Errors: failure() of the exchange; after one the connection is closed.
class HttpConnection final : public std::enable_shared_from_this<HttpConnection>,
                             private http::SocketReader::Listener,
                             private http::ResponseParser::Listener {
public:
    static constexpr std::size_t kPieceMax = 64 << 10;
    static constexpr std::size_t kHeaderMax = 64 << 10;
    static constexpr std::size_t kFieldsMax = 256;

    class Owner {
    public:
        /// An idle connection was closed by the server, or got bytes nobody asked for.
        virtual void wentAway(ConnectionId id, bool sawBytes) = 0;
        /// expire() matters at `when`, which may be sooner than anything said before.
        virtual void dueAt(TimePoint when) = 0;
        /// Bytes of an answer below 500 have come, after a silence. `work`: to somebody's request, not to a check.
        virtual void heardFrom(ConnectionId id, TimePoint now, bool work, Duration silence) = 0;

    protected:
        ~Owner() = default;
    };

    HttpConnection(ConnectionId id, Strand strand, Clock& clock, Owner* owner, Dial::Guide* guide);
    ~HttpConnection();

    ConnectionId id() const { return id_; }
    static boost::asio::awaitable<Status> connect(std::shared_ptr<HttpConnection> self, Endpoint endpoint,
                                                  http::TlsClient* tls, TimePoint deadline);
    /// The owner is gone; it is told nothing more.
    void disown()
    {
        owner_ = nullptr;
        dial_.disown();
    }
    void close();
    bool closed() const { return closed_; }
    /// False: the server has closed it or has sent something, as far as the kernel knows. One that was idle for less
    /// than kFresh is taken at its word: the loop, which would have seen it, has hardly turned since.
    bool quiet(TimePoint now);
    static constexpr Duration kFresh = 500us;
    void idleSince(TimePoint now) { idleSince_ = now; }

    // ---- an exchange ----
    /// Sends the request at `now`; the answer is waited for by signal().
    /// `work`: somebody's request, no check.
    void begin(HttpRequest&& request, const std::string& authority, TimePoint now, TimePoint deadline,
               const CancelToken& cancel, bool work);
    Signal& signal() { return signal_; }
    bool headReady() const { return headReady_; }
    bool pieceReady() const { return !piece_.empty(); }
    bool done() const { return done_; }
    const Status& failure() const { return failure_; }
    bool sawBytes() const { return sawBytes_; }  ///< of the answer
    bool unsent() const { return unsent_; }      ///< nothing of the request left this machine, not even to the kernel
    bool works() const { return work_; }         ///< at somebody's request, not at a check
    TimePoint silentSince() const { return silentFrom_; }  ///< of the exchange: its begin, or its last bytes
    bool answered() const { return answered_; }            ///< some exchange of it had an answer
    bool busy() const { return phase_ == Phase::Exchange; }
    HttpRequest takeRequest() { return std::move(request_); }
    /// Nothing of the request is needed any more.
    bool sentAll() const { return sentAll_; }
    void takeHead(HttpResponse& response);
    std::string takePiece();
    /// What the server said of its idle limit in this answer.
    std::optional<Duration> keepAlive() const { return keepAlive_; }
    /// The exchange is over and another one can follow.
    bool reusable() const;
    bool serverCloses() const { return done_ && !persistent_; }
    /// Back to idle; requires reusable().
    void finish();
    /// Breaks off what is under way; its waiter learns why.
    void fail(Status why);
    /// Of the dial, of the exchange, or of the silence that is allowed after the first byte of a body; max: none.
    TimePoint deadline() const { return std::min(deadline_, dial_.deadline()); }
    void expire(TimePoint now);

private:
    enum class Phase {
        Dialling,
        Idle,
        Exchange,
    };
    using Socket = Dial::Socket;

    boost::asio::awaitable<Status> dialSteps(Endpoint endpoint, http::TlsClient* tls);
    void armRead();
    boost::asio::mutable_buffer roomToRead();
    void onReadable(const boost::system::error_code& ended) override;
    void onRead(const boost::system::error_code& error, std::size_t bytes);
    void onField(std::string_view name, std::string_view value, bool hop) override;
    void onHead(unsigned status) override;
    void onBody(std::string_view bytes) override;
    void parse();
    void parseEnd(const boost::system::error_code& error);
    void writeHead(const std::string& authority);
    void send();
    void sendSealed();
    std::size_t receiveSealed(boost::asio::mutable_buffer room, boost::system::error_code& error);
    void onSent(const boost::system::error_code& error, std::size_t bytes);
    void awaitMore();
    void reset();

    // fixed after construction
    const ConnectionId id_;
    const Strand strand_;
    Clock& clock_;

    // strand only
    Owner* owner_;
    Dial dial_;
    Socket socket_;
    http::SocketReader reader_{socket_, *this};
    std::unique_ptr<http::TlsSession> tls_;  ///< null: plain
    Phase phase_ = Phase::Dialling;
    TimePoint idleSince_;
    bool closed_ = false;
    bool readPending_ = false;
    bool sealedWaits_ = false;  ///< for the socket to take more
    bool cutOff_ = false;       ///< TLS ended without saying so: what came may not be all
    std::string peer_;          ///< for messages
    TimePoint deadline_ = TimePoint::max();
    // the bytes read and not parsed yet
    http::InBuffer in_;
    // the exchange
    HttpRequest request_;
    std::string head_;  ///< of the request, as sent
    std::size_t sent_ = 0;
    bool work_ = false, answered_ = false;
    TimePoint silentFrom_;
    bool sentAll_ = false, unsent_ = false, begun_ = false;  ///< begun: some of it has left
    http::ResponseParser parser_;
    HttpResponse response_;
    std::optional<Duration> keepAlive_;
    std::string piece_;
    std::uint64_t bodyBytes_ = 0;
    bool headReady_ = false, done_ = false, persistent_ = false, sawBytes_ = false;
    bool flowing_ = false;   ///< a byte of the body has come: silence is limited, not the whole
    TimePoint silentSince_;  ///< while flowing
    Status failure_;
    Signal signal_;
    CancelToken cancel_;
    CancelToken::Registration cancelled_;
};

}  // namespace millrace::pool
