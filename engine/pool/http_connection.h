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

/// One HTTP/1.1 connection as a client. While it is open and holds nothing unread, it always waits for bytes: while
/// idle the wait detects that the server closes, during an exchange it brings the answer.
///
/// Owner:  HttpPool; kept alive by its own I/O until that ends.   Thread: the strand.
/// Bound:  kPieceMax bytes of an answer are held; headers of at most kHeaderMax.
/// Errors: failure() of the exchange; after one the connection is closed.
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
        /// An idle connection was closed by the server, or got bytes nobody asked for.
        virtual void onPeerClosed(ConnectionId id, bool sawBytes) = 0;
        /// Where requests that begin now wait for others, to leave together; null: they leave at once.
        virtual http::SendTurn* sendTurn() = 0;

    protected:
        ~Owner() = default;
    };

    HttpConnection(ConnectionId id, Strand strand, Clock& clock, Owner* owner, Dial::Guide* guide);
    ~HttpConnection();

    /// `offer`: by ALPN, where the endpoint has TLS. A server that chooses HTTP/2 does so on another class's
    /// connection: speaksHttp2(), and what it is made of is to be taken out.
    static boost::asio::awaitable<Status> connect(std::shared_ptr<HttpConnection> self, Endpoint endpoint,
                                                  http::TlsClient* tls, http::TlsOffer offer, TimePoint deadline);
    bool speaksHttp2() const { return tls_ && tls_->http2(); }
    Dial::Socket takeSocket() { return std::move(socket_); }
    std::unique_ptr<http::TlsSession> takeTls() { return std::move(tls_); }
    /// The owner is gone: its methods are not called any more.
    void disown()
    {
        owner_ = nullptr;
        exchangeOwner_ = nullptr;
        dial_.disown();
    }
    void close();
    bool closed() const { return closed_; }
    /// False: the server has closed it or has sent something, as far as the kernel knows. One that was idle for less
    /// than kFresh is taken at its word: the loop, which would have seen it, has hardly turned since, busy as it is.
    bool isReusable(TimePoint now);
    static constexpr Duration kFresh = 1ms;

    void begin(HttpRequest&& request, const std::string& authority, TimePoint now, TimePoint deadline,
               const CancelToken& cancel, bool work) override;
    bool answered() const { return answered_; }  ///< some exchange of it had an answer
    bool busy() const override { return phase_ == Phase::Exchange; }
    void takeHead(HttpResponse& response) override;
    std::optional<Duration> keepAlive() const override { return keepAlive_; }
    std::optional<CloseReason> finish() override;
    void rest(bool closing, TimePoint now) override;
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
    std::unique_ptr<http::TlsSession> tls_;  ///< null: plain
    Phase phase_ = Phase::Dialling;
    TimePoint idleSince_;
    bool closed_ = false;
    bool readPending_ = false;
    bool sealedWaits_ = false;  ///< for the socket to take more
    bool cutOff_ = false;       ///< TLS ended without saying so: what came may not be all
    http::InBuffer in_;         ///< the bytes read and not parsed yet
    // the exchange
    std::string head_;  ///< of the request, as sent
    std::size_t sent_ = 0;
    bool begun_ = false;  ///< some of it has left
    http::ResponseParser parser_;
    std::optional<Duration> keepAlive_;
    bool persistent_ = false;
};

}  // namespace millrace::pool
