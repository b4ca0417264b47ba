// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/ids.h"
#include "base/on_strand.h"
#include "http/buffers.h"
#include "http/response_parser.h"
#include "http/send_turn.h"
#include "http/socket_reader.h"
#include "http/tls.h"
#include "pool/dial.h"
#include "pool/endpoint.h"
#include "pool/http_exchange.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace millrace::pool {

/// A client's HTTP/1.1 connection. While it is open and holds no unread input, it always waits for input: when idle,
/// that detects a close by the server; during an exchange, it receives the response.
///
/// Owner:  HttpPool; its pending I/O keeps it alive.   Thread: the strand.
/// Bound:  kPieceMax bytes of a body are buffered; headers of at most kHeaderMax.
/// Errors: failure() of the exchange, after which the connection is closed.
class HttpConnection final : public HttpExchange,
                             public std::enable_shared_from_this<HttpConnection>,
                             private http::SendTurn::Sender,
                             private http::SocketReader::Listener,
                             private http::ResponseParser::Listener {
public:
    static constexpr std::size_t kPieceMax = 64 << 10;
    static constexpr std::size_t kHeaderMax = 64 << 10;
    static constexpr std::size_t kFieldsMax = 256;

    class Owner : public HttpExchange::Owner {
    public:
        /// The server closed an idle connection, or sent unsolicited bytes (`sawBytes`).
        virtual void onPeerClosed(ConnectionId id, bool sawBytes) = 0;
        /// Where requests that begin now wait to be sent together; null: send at once.
        virtual http::SendTurn* sendTurn() = 0;

    protected:
        ~Owner() = default;
    };

    HttpConnection(ConnectionId id, Strand strand, Clock& clock, Owner* owner, Dial::Guide* guide);
    ~HttpConnection();

    /// `offer`: for ALPN, if the endpoint has TLS. If the server selects HTTP/2 (speaksHttp2()), the caller moves
    /// socket and TLS session to an H2Channel.
    static boost::asio::awaitable<Status> connect(std::shared_ptr<HttpConnection> self, Endpoint endpoint,
                                                  http::TlsClient* tls, http::TlsOffer offer, TimePoint deadline);
    bool speaksHttp2() const { return tls_ && tls_->http2(); }
    Dial::Socket takeSocket() { return std::move(socket_); }
    std::unique_ptr<http::TlsSession> takeTls() { return std::move(tls_); }
    /// The owner's methods are not called any more.
    void disown()
    {
        owner_ = nullptr;
        exchangeOwner_ = nullptr;
        dial_.disown();
    }
    void close();
    bool closed() const { return closed_; }
    /// False: according to the kernel the server has closed the connection, or sent something. Not checked for
    ///         connections
    /// that were idle for less than kFresh, which saves a system call under load.
    bool isReusable(TimePoint now);
    static constexpr Duration kFresh = 1ms;

    void begin(HttpRequest&& request, const std::string& authority, TimePoint now, TimePoint deadline,
               const CancelToken& cancel, bool work) override;
    bool answered() const { return answered_; }  ///< any of its exchanges had a response
    bool busy() const override { return phase_ == Phase::Exchange; }
    void takeHead(HttpResponse& response) override;
    std::optional<Duration> keepAlive() const override { return keepAlive_; }
    std::optional<CloseReason> finish() override;
    void rest(bool closing, TimePoint now) override;
    /// The earliest deadline of dial, exchange and silence within a body; max(): none.
    TimePoint deadline() const { return std::min(deadline_, dial_.deadline()); }
    void expire(TimePoint now);

private:
    enum class Phase {
        Dialling,
        Idle,
        Exchange,
    };
    using Socket = Dial::Socket;

    boost::asio::awaitable<Status> dialSteps(Endpoint endpoint, http::TlsClient* tls, http::TlsOffer offer);
    void armRead();
    boost::asio::mutable_buffer spaceToRead();
    void onReadable(const boost::system::error_code& ended) override;
    void onRead(const boost::system::error_code& error, std::size_t bytes);
    void onField(std::string_view name, std::string_view value, bool hop) override;
    void onHead(unsigned status) override;
    void onBody(std::string_view bytes) override;
    void parse();
    void parseEnd(const boost::system::error_code& error);
    void sendAtEndOfTurn() override;
    void sendFirst();
    void send();
    void sendSealed();
    std::size_t receiveSealed(boost::asio::mutable_buffer space, boost::system::error_code& error);
    void onSent(const boost::system::error_code& error, std::size_t bytes);
    void resume() override { armRead(); }
    void abortAll() override { close(); }
    bool reusable() const;
    void reset();

    // strand only
    Owner* owner_;
    Dial dial_;
    Socket socket_;
    http::SocketReader reader_{socket_, *this};
    std::unique_ptr<http::TlsSession> tls_;  ///< null: no TLS
    Phase phase_ = Phase::Dialling;
    TimePoint idleSince_;
    bool closed_ = false;
    bool readPending_ = false;
    bool sealedWaits_ = false;  ///< for the socket to become writable
    bool cutOff_ = false;       ///< TLS ended without close_notify: possibly truncated
    http::InBuffer in_;         ///< read and not parsed yet
    // the exchange
    std::string head_;  ///< of the request
    std::size_t sent_ = 0;
    bool begun_ = false;  ///< some of it was sent
    http::ResponseParser parser_;
    std::optional<Duration> keepAlive_;
    bool persistent_ = false;
};

}  // namespace millrace::pool
