// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/tls.h"

#include "base/check.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <arpa/inet.h>
#include <array>

namespace millrace::http {

namespace {

constexpr std::size_t kOutKept = 32u << 10;  // capacity of the output buffer kept once all is sent

/// In ALPN's wire form: each with its length before it.
constexpr std::string_view kHttp2First("\2h2\10http/1.1", 12);
constexpr std::string_view kHttp2Only("\2h2", 3);

std::string reasonOf(unsigned long error)
{
    const char* const words = ::ERR_reason_error_string(error);
    return words ? words : "unknown error " + std::to_string(error);
}

bool isAddress(const std::string& host)
{
    std::array<unsigned char, 16> ignored;
    return ::inet_pton(AF_INET, host.c_str(), ignored.data()) == 1 ||
           ::inet_pton(AF_INET6, host.c_str(), ignored.data()) == 1;
}

}  // namespace

// ---- one connection ----

TlsSession::TlsSession(SSL* ssl) : ssl_(ssl)
{
    MR_CHECK(ssl_);
    BIO* const in = ::BIO_new(::BIO_s_mem());
    BIO* const out = ::BIO_new(::BIO_s_mem());
    MR_CHECK(in && out);
    ::BIO_set_mem_eof_return(in, -1);  // empty means: retry
    ::BIO_set_mem_eof_return(out, -1);
    ::SSL_set_bio(ssl_, in, out);
}

TlsSession::~TlsSession()
{
    ::SSL_free(ssl_);
}

void TlsSession::feed(std::string_view bytes)
{
    if (!bytes.empty()) ::BIO_write(::SSL_get_rbio(ssl_), bytes.data(), static_cast<int>(bytes.size()));
}

void TlsSession::fail(const std::string& doing)
{
    if (!problem_.ok()) return;
    const unsigned long error = ::ERR_get_error();
    if (!refused_.empty())
        problem_ = unavailable(doing + "the certificate was rejected: " + refused_);
    else
        problem_ = unavailable(doing + reasonOf(error));
}

TlsSession::Step TlsSession::handshake()
{
    ::ERR_clear_error();
    const int done = ::SSL_do_handshake(ssl_);
    if (done == 1) return Step::Done;
    if (::SSL_get_error(ssl_, done) == SSL_ERROR_WANT_READ) return Step::More;
    fail({});
    return Step::Failed;
}

std::size_t TlsSession::read(char* to, std::size_t most)
{
    if (ended_ || !problem_.ok()) return 0;
    ::ERR_clear_error();
    std::size_t got = 0;
    if (::SSL_read_ex(ssl_, to, most, &got) == 1) return got;
    switch (::SSL_get_error(ssl_, 0)) {
        case SSL_ERROR_WANT_READ:
            break;
        case SSL_ERROR_ZERO_RETURN:
            ended_ = true;
            break;
        default:
            fail("TLS: ");
    }
    return 0;
}

bool TlsSession::more() const
{
    return problem_.ok() && !ended_ && (::SSL_pending(ssl_) > 0 || ::BIO_ctrl_pending(::SSL_get_rbio(ssl_)) > 0);
}

void TlsSession::write(std::string_view bytes)
{
    if (bytes.empty() || !problem_.ok()) return;
    ::ERR_clear_error();
    std::size_t taken = 0;
    // Never partial: memory BIOs accept everything.
    if (::SSL_write_ex(ssl_, bytes.data(), bytes.size(), &taken) != 1) fail("TLS: ");
}

void TlsSession::close()
{
    if (problem_.ok()) ::SSL_shutdown(ssl_);
}

std::string_view TlsSession::out()
{
    BIO* const from = ::SSL_get_wbio(ssl_);
    if (const std::size_t waiting = ::BIO_ctrl_pending(from); waiting > 0) {
        const std::size_t before = out_.size();
        out_.resize(before + waiting);
        ::BIO_read(from, out_.data() + before, static_cast<int>(waiting));
    }
    return std::string_view(out_).substr(outSent_);
}

bool TlsSession::hasOut() const
{
    return outSent_ < out_.size() || ::BIO_ctrl_pending(::SSL_get_wbio(ssl_)) > 0;
}

void TlsSession::sent(std::size_t bytes)
{
    outSent_ += bytes;
    MR_CHECK(outSent_ <= out_.size());
    if (outSent_ < out_.size()) return;
    outSent_ = 0;
    out_.clear();
    if (out_.capacity() > kOutKept) out_.shrink_to_fit();
}

bool TlsSession::http2() const
{
    const unsigned char* chosen = nullptr;
    unsigned size = 0;
    ::SSL_get0_alpn_selected(ssl_, &chosen, &size);
    return size == 2 && std::equal(chosen, chosen + size, "h2");
}

// ---- the context ----

StatusOr<std::unique_ptr<TlsClient>> TlsClient::create()
{
    ::ERR_clear_error();
    SSL_CTX* const context = ::SSL_CTX_new(::TLS_client_method());
    if (!context) return internal("setting up TLS: " + reasonOf(::ERR_get_error()));
    std::unique_ptr<TlsClient> made(new TlsClient(context));
    if (::SSL_CTX_set_default_verify_paths(context) != 1)
        return internal("setting up TLS: " + reasonOf(::ERR_get_error()));
    ::SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    ::SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    ::SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);  // saves 34 KiB per idle connection
    return made;
}

TlsClient::~TlsClient()
{
    ::SSL_CTX_free(context_);
}

StatusOr<std::unique_ptr<TlsSession>> TlsClient::open(const std::string& host, TlsOffer offer)
{
    ::ERR_clear_error();
    SSL* const ssl = ::SSL_new(context_);
    if (!ssl) return internal("setting up TLS: " + reasonOf(::ERR_get_error()));
    auto made = std::make_unique<TlsSession>(ssl);
    made->host_ = host;
    ::SSL_set_connect_state(ssl);
    // SNI carries names, never addresses (RFC 6066, 3).
    if (!isAddress(host) && ::SSL_set_tlsext_host_name(ssl, host.c_str()) != 1)
        return internal("TLS does not accept the host name " + host);
    if (offer != TlsOffer::Nothing) {
        const auto names = offer == TlsOffer::Http2First ? kHttp2First : kHttp2Only;
        ::SSL_set_alpn_protos(ssl, reinterpret_cast<const unsigned char*>(names.data()),
                              static_cast<unsigned>(names.size()));
    }
    // Verifies the chain and the host name; without the latter, any trusted certificate would be accepted.
    SSL_set_app_data(ssl, made.get());
    ::SSL_set_verify(ssl, SSL_VERIFY_PEER, [](int well, X509_STORE_CTX* store) {
        const auto* const of =
            static_cast<const SSL*>(::X509_STORE_CTX_get_ex_data(store, ::SSL_get_ex_data_X509_STORE_CTX_idx()));
        auto& session = *static_cast<TlsSession*>(SSL_get_app_data(of));
        if (!well) {
            session.refused_ = ::X509_verify_cert_error_string(::X509_STORE_CTX_get_error(store));
            session.refused_ +=
                "; if it is to be trusted, name a file with its issuer's certificate in SSL_CERT_FILE, or add that to "
                "the system's certificates";
            return 0;
        }
        if (::X509_STORE_CTX_get_error_depth(store) > 0) return 1;
        X509* const certificate = ::X509_STORE_CTX_get_current_cert(store);
        const std::string& name = session.host_;
        const int is = isAddress(name) ? ::X509_check_ip_asc(certificate, name.c_str(), 0)
                                       : ::X509_check_host(certificate, name.data(), name.size(), 0, nullptr);
        if (is == 1) return 1;
        session.refused_ =
            "it was issued for another name than " + name + "; use a name of the certificate in the address";
        return 0;
    });
    return made;
}

}  // namespace millrace::http
