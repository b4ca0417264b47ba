// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

using SSL = struct ssl_st;
using SSL_CTX = struct ssl_ctx_st;

namespace millrace::http {

/// What is offered to a server by ALPN (RFC 7301).
enum class TlsOffer {
    Nothing,     ///< no ALPN: HTTP/1.1
    Http2First,  ///< h2 or http/1.1, as the server chooses
    Http2Only,   ///< h2
};

/// TLS of one connection, between the bytes of its socket and those of its protocol. No socket, no clock.
///
/// Owner:  a connection.    Thread: one.
/// Bound:  holds what was fed and not read yet, and what was written and not sent yet: both are the owner's business.
/// Errors: problem(), once handshake() or read() has failed.
class TlsSession {
public:
    static constexpr std::size_t kRecord = 16u << 10;  ///< plain bytes of a record, at most
    enum class Step { Done, More, Failed };

    /// `ssl` becomes its own; it knows whether it is a client's or a server's.
    explicit TlsSession(SSL* ssl);
    ~TlsSession();
    TlsSession(const TlsSession&) = delete;
    TlsSession& operator=(const TlsSession&) = delete;

    /// Bytes that the socket brought.
    void feed(std::string_view bytes);
    /// Goes as far as it can with what was fed. More: out() is to be sent, and more to be fed. out() is to be sent
    /// in all other cases as well: after Failed it carries the alert.
    Step handshake();
    /// Plain bytes of what was fed. 0: none yet, or ended(), or there is a problem().
    std::size_t read(char* to, std::size_t most);
    /// read() may give something without more to be fed.
    bool more() const;
    /// The other side said that nothing follows.
    bool ended() const { return ended_; }
    /// Takes all of it; after the handshake.
    void write(std::string_view bytes);
    /// Says that nothing follows.
    void close();

    /// What the socket is to send. Good until the next call of anything else.
    std::string_view out();
    bool hasOut() const;
    void sent(std::size_t bytes);

    /// Both sides have chosen HTTP/2.
    bool http2() const;
    const Status& problem() const { return problem_; }

private:
    friend class TlsClient;
    void fail(const std::string& doing);

    SSL* const ssl_;
    std::string out_;
    std::size_t outSent_ = 0;
    std::string refused_;  ///< why the server's certificate was
    std::string host_;
    bool ended_ = false;
    Status problem_;
};

/// What connections to servers share: the system's certificates, or those of SSL_CERT_FILE.
///
/// Owner:  a pool.    Thread: the strand.
/// Errors: create() says what OpenSSL lacks.
class TlsClient {
public:
    static StatusOr<std::unique_ptr<TlsClient>> create();
    ~TlsClient();
    TlsClient(const TlsClient&) = delete;
    TlsClient& operator=(const TlsClient&) = delete;

    /// For a connection to `host`, whose certificate must be valid and be this host's.
    StatusOr<std::unique_ptr<TlsSession>> open(const std::string& host, TlsOffer offer);

private:
    explicit TlsClient(SSL_CTX* context) : context_(context) {}
    SSL_CTX* const context_;
};

}  // namespace millrace::http
