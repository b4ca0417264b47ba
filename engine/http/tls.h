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

/// What a client offers by ALPN (RFC 7301).
enum class TlsOffer {
    Nothing,     ///< no ALPN: HTTP/1.1
    Http2First,  ///< h2, http/1.1: the server chooses
    Http2Only,   ///< h2
};

/// The TLS protocol of one connection, sans I/O: ciphertext from the socket is fed, plaintext is read, and vice versa
/// (engine/docs/adr/0012-tls-between-memory-and-memory.md).
///
///     tls.feed(fromSocket);
///     if (tls.handshake() == TlsSession::Step::Done) {
///         while (const auto count = tls.read(buffer, sizeof buffer)) receive({buffer, count});
///         tls.write(request);
///     }
///     tls.sent(send(tls.out()));                               // in every case, also after a failure: the alert
///
/// Owner:  a connection.    Thread: one.
/// Bound:  none: holds what was fed and not read, and what was written and not sent; the owner limits both.
/// Errors: problem(), once handshake() or read() has failed.
class TlsSession {
public:
    static constexpr std::size_t kRecord = 16u << 10;  ///< plaintext bytes in one record
    enum class Step { Done, More, Failed };            ///< More: feed() more

    /// Takes ownership of `ssl`. REQUIRES: its role is set (SSL_set_connect_state() or SSL_set_accept_state()).
    explicit TlsSession(SSL* ssl);
    ~TlsSession();
    TlsSession(const TlsSession&) = delete;
    TlsSession& operator=(const TlsSession&) = delete;

    /// Ciphertext from the socket.
    void feed(std::string_view bytes);
    /// Advances the handshake with what was fed. Whatever the result, out() must be sent: after Failed it carries the
    /// alert. Done again once it is complete.
    Step handshake();
    /// Decrypts at most `most` bytes to `to`. 0: needs more input, or ended(), or failed with problem().
    std::size_t read(char* to, std::size_t most);
    /// read() may return more without further feed().
    bool more() const;
    /// The peer sent close_notify.
    bool ended() const { return ended_; }
    /// Encrypts all of `bytes`. REQUIRES: the handshake is done.
    void write(std::string_view bytes);
    /// Queues close_notify.
    void close();

    /// Ciphertext to be sent; report with sent(). Valid until the next call of any other method.
    std::string_view out();
    bool hasOut() const;
    void sent(std::size_t bytes);

    /// ALPN selected h2.
    bool http2() const;
    const Status& problem() const { return problem_; }

private:
    friend class TlsClient;
    void fail(const std::string& doing);

    SSL* const ssl_;
    std::string out_;
    std::size_t outSent_ = 0;
    std::string refused_;  ///< why the server's certificate was rejected
    std::string host_;
    bool ended_ = false;
    Status problem_;
};

/// The TLS context of connections to servers: trusts the system's certificates, or those of SSL_CERT_FILE.
///
/// Owner:  a pool.    Thread: the strand.
/// Errors: create() fails if OpenSSL cannot be initialised. An untrusted certificate fails the session's handshake.
class TlsClient {
public:
    static StatusOr<std::unique_ptr<TlsClient>> create();
    ~TlsClient();
    TlsClient(const TlsClient&) = delete;
    TlsClient& operator=(const TlsClient&) = delete;

    /// A session for a connection to `host` (a name or an IP address): the certificate must be valid, and issued for
    /// it.
    StatusOr<std::unique_ptr<TlsSession>> open(const std::string& host, TlsOffer offer);

private:
    explicit TlsClient(SSL_CTX* context) : context_(context) {}
    SSL_CTX* const context_;
};

}  // namespace millrace::http
