// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/h2_connection.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/query.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

namespace millrace::http {

namespace {

constexpr std::size_t kReadAtOnce = 128u << 10;
constexpr int kReadsInARow = 4;  // before yielding to other connections
constexpr std::size_t kPiecesAtOnce = 64;
constexpr std::size_t kSealedAtOnce = 64u << 10;    // encrypted ahead of the socket
constexpr std::string_view kPrefaceBegin = "PRI ";  // not a method of any other protocol (RFC 9113, 3.4)
constexpr Duration kAnnounced = 200ms;              // longest wait for the acknowledgement of an announced end
constexpr Duration kLinger = 1s;                    // for the peer to read the GOAWAY, and to close

Status lost(int error)
{
    return unavailable(std::string("the connection was lost: ") + std::strerror(error));
}

}  // namespace

/// Shared by all connections of a loop, since input is processed before the next read. Not a thread_local: the first
/// use of one with a destructor takes the dynamic linker's lock, which the runtime holds for half a second while it
/// opens libtorch.
class H2Connection::ReadBuffer final : public boost::asio::execution_context::service {
public:
    static inline boost::asio::execution_context::id id;
    explicit ReadBuffer(boost::asio::execution_context& loop) : service(loop) {}

    std::array<char, kReadAtOnce> bytes;
    std::array<char, TlsSession::kRecord> opened;  // decrypted

private:
    void shutdown() noexcept override {}
};

H2Connection::H2Connection(Strand strand, Clock& clock, Socket socket, H2Role role, H2Limits limits,
                           H2Timeouts timeouts, Owner& owner, std::unique_ptr<TlsSession> tls)
    : strand_(strand),
      clock_(clock),
      owner_(owner),
      readBuffer_(boost::asio::use_service<ReadBuffer>(boost::asio::query(strand, boost::asio::execution::context))),
      socket_(std::move(socket)),
      tls_(std::move(tls)),
      session_(role, limits, owner),
      timeouts_(timeouts),
      since_(clock.now()),
      usedAt_(since_),
      writtenAt_(since_)
{}

void H2Connection::start(std::string_view received, bool mayBeOther)
{
    const int on = 1;
    boost::system::error_code ignored;
    if (socket_.local_endpoint(ignored).protocol().family() == AF_UNIX)
        ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_SNDBUF, &kLocalSendBuffer, sizeof kLocalSendBuffer);
    else
        ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    socket_.native_non_blocking(true, ignored);
    reader_.opened(!received.empty() || tls_);
    undecided_ = mayBeOther;
    if (!received.empty()) {
        inRead_ = true;
        receive(received, clock_.now());
        if (phase_ == Phase::Gone) return;
        owner_.onRead();
        inRead_ = false;
        if (phase_ == Phase::Gone) return;
    }
    if (!failed_) waitToRead();
    if (!undecided_) wake();
}

void H2Connection::waitToRead()
{
    if (!reader_.waiting() && phase_ != Phase::Gone) reader_.wait(shared_from_this());
}

void H2Connection::onReadable(const boost::system::error_code& ended)
{
    if (phase_ == Phase::Gone) return;
    if (ended) return gone(fromAsio(ended, "reading"));
    if (phase_ == Phase::Lingering) return linger();
    read();
}

void H2Connection::receive(std::string_view bytes, TimePoint now)
{
    inReceive_ = true;
    if (!session_.receive(bytes, now).ok()) failed_ = true;
    inReceive_ = false;
}

/// False: the connection ended.
bool H2Connection::receiveSealed(std::string_view bytes, TimePoint now)
{
    auto& opened = readBuffer_.opened;
    do {
        const std::string_view part = bytes.substr(0, TlsSession::kRecord);  // keeps TLS's buffer small
        bytes.remove_prefix(part.size());
        tls_->feed(part);
        while (const std::size_t got = failed_ ? 0 : tls_->read(opened.data(), opened.size())) {
            receive({opened.data(), got}, now);
            if (phase_ == Phase::Gone) return false;
        }
        if (failed_ || tls_->problem().ok()) continue;
        gone(unavailable(text(tls_->problem())));
        return false;
    } while (!bytes.empty() && !failed_);
    return true;
}

/// Checks the first bytes. False: another protocol; the socket was handed over, and this has ended.
bool H2Connection::isHttp2(std::string_view bytes)
{
    first_ += bytes;
    const std::string_view begin(kPrefaceBegin);
    if (first_.size() < begin.size() && begin.starts_with(first_)) return true;
    std::string first = std::exchange(first_, {});
    undecided_ = false;
    if (first.starts_with(begin)) {
        receive(first, clock_.now());
        return true;
    }
    const auto self = shared_from_this();
    phase_ = Phase::Gone;
    owner_.onOther(std::move(socket_), std::move(first));
    return false;
}

/// Answers submitted during the read are sent at its end: another turn of the loop would cost an epoll_wait().
void H2Connection::read()
{
    auto& buffer = readBuffer_.bytes;
    const TimePoint now = clock_.now();
    bool ended = false;
    inRead_ = true;
    if (tls_ && !receiveSealed({}, now)) return;  // input left over from the handshake
    for (int turn = 0; turn < kReadsInARow; ++turn) {
        boost::system::error_code error;
        const std::size_t got = reader_.receive(boost::asio::buffer(buffer), error);
        if (error == boost::asio::error::would_block) break;
        if (error == boost::asio::error::eof) {
            ended = true;
            break;
        }
        if (error) return gone(lost(error.value()));
        readAt_ = now;
        const std::string_view bytes(buffer.data(), got);
        if (tls_) {
            if (!receiveSealed(bytes, now)) return;
            ended = tls_->ended();
        } else if (!undecided_) {
            receive(bytes, now);
        } else if (!isHttp2(bytes)) {
            return;
        }
        if (phase_ == Phase::Gone) return;
        if (failed_ || ended || !reader_.more()) break;
    }
    owner_.onRead();
    inRead_ = false;
    if (phase_ == Phase::Gone) return;
    if (ended) return gone(session_.streamsOpen() == 0 ? absl::OkStatus() : unavailable("the connection was closed"));
    flush();
    if (!failed_) waitToRead();
}

/// Discards input. If it were left unread, close() would reset the connection and discard output the peer has not read.
void H2Connection::linger()
{
    auto& buffer = readBuffer_.bytes;
    for (int turn = 0; turn < kReadsInARow; ++turn) {
        boost::system::error_code error;
        reader_.receive(boost::asio::buffer(buffer), error);
        if (error == boost::asio::error::would_block) break;
        if (error) return gone(session_.problem());
        if (!reader_.more()) break;
    }
    waitToRead();
}

void H2Connection::wake()
{
    if (phase_ == Phase::Gone || inRead_ || std::exchange(waking_, true)) return;
    boost::asio::post(strand_, [self = shared_from_this()] {
        self->waking_ = false;
        self->flush();
    });
}

void H2Connection::wakeNow()
{
    if (inReceive_ || inPull_ || writing_) return wake();
    const auto self = shared_from_this();
    flush();
}

void H2Connection::wakeForOne()
{
    if (session_.streamsOpen() == 1)
        wakeNow();
    else
        wake();
}

void H2Connection::flush()
{
    if (phase_ == Phase::Gone || phase_ == Phase::Lingering || undecided_) return;
    if (!writing_) write();
    if (phase_ != Phase::Gone) settle();
}

void H2Connection::write()
{
    for (;;) {
        if (out_.size() < kWrittenMax / 2) {
            inPull_ = true;
            session_.pull(out_, kWrittenMax);
            inPull_ = false;
        }
        if (phase_ == Phase::Gone || !unwritten()) return;
        if (const ssize_t sent = tls_ ? sendSealed() : sendPlain(); sent >= 0) {
            writtenAt_ = clock_.now();
            continue;
        }
        if (phase_ == Phase::Gone) return;
        if (errno == EINTR) continue;
        if (errno != EAGAIN && errno != EWOULDBLOCK) return gone(lost(errno));
        break;
    }
    writing_ = true;
    socket_.async_wait(Socket::wait_write, [self = shared_from_this()](const boost::system::error_code& error) {
        self->writing_ = false;
        if (self->phase_ == Phase::Gone) return;
        if (error) return self->gone(fromAsio(error, "writing"));
        self->flush();
    });
}

ssize_t H2Connection::sendPlain()
{
    iovec pieces[kPiecesAtOnce];
    msghdr message = {};
    message.msg_iov = pieces;
    message.msg_iovlen = out_.gather(pieces);
    const ssize_t sent = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL);
    if (sent > 0) out_.consume(static_cast<std::size_t>(sent));
    return sent;
}

/// -1: see errno, or the connection ended.
ssize_t H2Connection::sendSealed()
{
    if (!tls_->hasOut()) {
        for (std::size_t sealed = 0; !out_.empty() && sealed < kSealedAtOnce;) {
            iovec piece[1] = {};
            out_.gather(piece);
            const std::size_t size = std::min(piece[0].iov_len, kSealedAtOnce - sealed);
            tls_->write({static_cast<const char*>(piece[0].iov_base), size});
            out_.consume(size);
            sealed += size;
        }
        if (!tls_->problem().ok()) {
            gone(unavailable(text(tls_->problem())));
            return -1;
        }
    }
    const std::string_view out = tls_->out();
    const ssize_t sent = ::send(socket_.native_handle(), out.data(), out.size(), MSG_NOSIGNAL);
    if (sent > 0) tls_->sent(static_cast<std::size_t>(sent));
    return sent;
}

/// Both sides are finished: shuts down our end, and lingers until the peer has read everything.
void H2Connection::settle()
{
    if (unwritten() || (!session_.over() && !failed_)) return;  // everything pulled was written
    // Requests in flight fail at once: no answer can arrive any more.
    if (session_.role() == H2Role::Client && !session_.problem().ok()) return gone(session_.problem());
    phase_ = Phase::Lingering;
    since_ = clock_.now();
    boost::system::error_code ignored;
    if (tls_) {
        tls_->close();
        sendSealed();
    }
    socket_.shutdown(boost::asio::socket_base::shutdown_send, ignored);
    linger();
}

void H2Connection::closeGently()
{
    if (phase_ != Phase::Open) return;
    if (undecided_) return gone(absl::OkStatus());
    phase_ = Phase::Announcing;
    since_ = clock_.now();
    if (session_.role() == H2Role::Server) {
        session_.announceEnd();
    } else {  // a client: the peer opens no streams that would have to be refused
        phase_ = Phase::Ending;
        session_.end();
    }
    wake();
}

void H2Connection::abort(const Status& why)
{
    gone(why);
}

/// According to the kernel; input may still be unread.
bool H2Connection::endSeen() const
{
    pollfd look = {};
    look.fd = const_cast<Socket&>(socket_).native_handle();
    look.events = POLLRDHUP;
    return ::poll(&look, 1, 0) != 0;
}

bool H2Connection::otherSideOpen(TimePoint now) const
{
    return phase_ != Phase::Gone && (now - readAt_ < kFresh || !endSeen());
}

bool H2Connection::needsTicks() const
{
    return phase_ != Phase::Gone && (phase_ != Phase::Open || unwritten() || session_.streamsOpen() > 0 ||
                                     !session_.greeted() || timeouts_.idle != Duration::max());
}

void H2Connection::tick(TimePoint now)
{
    if (phase_ == Phase::Gone) return;
    if (phase_ == Phase::Lingering) {
        if (now - since_ >= kLinger) gone(session_.problem());
        return;
    }
    if (session_.streamsOpen() > 0 ||
        session_.counters().streams != std::exchange(streams_, session_.counters().streams))
        usedAt_ = now;
    if (unwritten() && writing_ && now - writtenAt_ >= timeouts_.written)
        return gone(unavailable("the other side takes nothing of what is sent"));
    if (!session_.greeted() && now - since_ >= timeouts_.greeting && phase_ == Phase::Open)
        return gone(deadlineExceeded("the other side did not greet in time"));
    if (const auto began = session_.headersBegan(); began && now - *began >= timeouts_.greeting)
        return gone(deadlineExceeded("header fields did not arrive in time"));
    if (phase_ == Phase::Open && now - usedAt_ >= timeouts_.idle) closeGently();
    if (phase_ == Phase::Announcing && (session_.endAnnounced() || now - since_ >= kAnnounced)) {
        phase_ = Phase::Ending;
        since_ = now;
        session_.end();
        wake();
    }
}

void H2Connection::gone(const Status& why)
{
    if (phase_ == Phase::Gone) return;
    const auto self = shared_from_this();
    phase_ = Phase::Gone;
    boost::system::error_code ignored;
    socket_.close(ignored);
    whyGone_ = why;
    session_.closeStreams();
    inReceive_ = inRead_ = false;
    owner_.onGone(why);
}

}  // namespace millrace::http
