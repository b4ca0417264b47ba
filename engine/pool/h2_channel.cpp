// SPDX-License-Identifier: GPL-3.0-or-later
#include "pool/h2_channel.h"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace millrace::pool {

using http::H2Code;
using http::H2StreamId;
using http::HttpFields;

namespace {

http::H2Limits h2Limits(H2Channel::Windows windows)
{
    http::H2Limits limits;
    limits.streamWindow = windows.stream;
    limits.connectionWindow = windows.connection;
    limits.headerListBytesMax = H2Channel::kHeaderBytesMax;
    return limits;
}

/// The dial has a separate deadline, and the ledger limits idle time.
http::H2Timeouts h2Timeouts()
{
    http::H2Timeouts timeouts;
    timeouts.greeting = Duration::max();
    timeouts.idle = Duration::max();
    return timeouts;
}

}  // namespace

H2Channel::H2Channel(ConnectionId id, Strand strand, Clock& clock, Owner* owner, Dial::Guide* guide, Windows windows)
    : id_(id), strand_(strand), clock_(clock), windows_(windows), owner_(owner), dial_(id, strand, clock, guide)
{}

// ---- the dial ----

net::awaitable<Status> H2Channel::connect(std::shared_ptr<H2Channel> self, Endpoint endpoint, http::TlsClient* tls,
                                          TimePoint deadline)
{
    self->peer_ = endpoint.address();
    self->authority_ = endpoint.authority();
    self->secure_ = endpoint.tls;
    // Never completes within the call that started it: the waiter must be registered first.
    co_await net::post(self->strand_, net::use_awaitable);
    Status status = co_await self->dial_.connect(std::move(endpoint), deadline, tls, http::TlsOffer::Http2Only);
    if (status.ok() && self->closed_) status = cancelled("abandoned");
    if (!status.ok()) {
        self->closed_ = true;
        co_return status;
    }
    self->open(self->dial_.takeSocket(), self->dial_.takeTls());
    co_return absl::OkStatus();
}

net::awaitable<Status> H2Channel::adopt(std::shared_ptr<H2Channel> self, Endpoint endpoint, Dial::Socket socket,
                                        std::unique_ptr<http::TlsSession> tls, TimePoint deadline)
{
    self->peer_ = endpoint.address();
    self->authority_ = endpoint.authority();
    self->secure_ = endpoint.tls;
    self->greetBy_ = deadline;
    if (self->owner_) self->owner_->dueAt(deadline);
    self->open(std::move(socket), std::move(tls));
    while (self->h2_ && !self->h2_->session().greeted()) co_await self->greeted_.wait();
    self->greetBy_ = TimePoint::max();
    if (self->h2_) co_return absl::OkStatus();
    if (absl::IsCancelled(self->greeting_) || absl::IsDeadlineExceeded(self->greeting_)) co_return self->greeting_;
    const std::string why = self->greeting_.ok() ? "the connection was closed" : text(self->greeting_);
    co_return unavailable("HTTP/2 with " + self->peer_ + ": " + why);
}

void H2Channel::open(Dial::Socket socket, std::unique_ptr<http::TlsSession> tls)
{
    h2_ = std::make_shared<http::H2Connection>(strand_, clock_, std::move(socket), http::H2Role::Client,
                                               h2Limits(windows_), h2Timeouts(), *this, std::move(tls));
    h2_->start();
}

// ---- streams ----

bool H2Channel::begin(const std::shared_ptr<Stream>& stream, const HttpFields& head, const http::GrpcFramed* body)
{
    if (!h2_ || closed_) return false;
    auto& session = h2_->session();
    const auto id = session.request(head, body == nullptr);
    if (!id) return false;
    stream->id_ = *id;
    streams_.emplace(*id, stream);
    const std::size_t size = body ? body->size() : 0;
    if (body) {
        body->forEach([&](const SharedBytes& piece) { session.send(*id, piece); });
        session.finish(*id);
    }
    // Large (a batch): the backend starts computing while earlier answers are delivered. Alone: waiting gains nothing.
    if (size >= kLarge || streams_.size() == 1)
        h2_->wakeNow();
    else
        h2_->wake();
    if (owner_) owner_->dueAt(stream->deadline());
    return true;
}

std::shared_ptr<H2Channel::Stream> H2Channel::find(H2StreamId stream) const
{
    const auto found = streams_.find(stream);
    return found == streams_.end() ? nullptr : found->second;
}

void H2Channel::forget(H2StreamId stream, bool open)
{
    streams_.erase(stream);
    // Answered before it was sent completely: cancels the rest.
    if (!h2_ || (!open && h2_->session().unsent(stream) == 0)) return;
    h2_->session().reset(stream, H2Code::Cancel);
    h2_->wake();
}

void H2Channel::drop(Stream& stream)
{
    const auto kept = find(stream.id_);
    if (kept.get() == &stream) forget(stream.id_, true);
}

void H2Channel::consumed(Stream& stream, std::size_t bytes)
{
    if (!h2_ || find(stream.id_).get() != &stream) return;
    h2_->session().consumeStream(stream.id_, bytes);
    h2_->wake();
}

void H2Channel::applyEffects(const std::shared_ptr<Stream>& stream, bool open)
{
    if (stream->over()) forget(stream->id_, open);
    if (!stream->ready()) return;
    if (!h2_ || !h2_->isReading()) return stream->signal().wakeLater(strand_);
    if (!std::exchange(stream->waking_, true)) woken_.push_back(stream);
}

// ---- events ----

void H2Channel::onHeaders(H2StreamId id, HttpFields fields, bool tooLarge, bool last)
{
    const auto stream = find(id);
    if (!stream) return;
    stream->onHeaders(fields, tooLarge, last);
    applyEffects(stream, !last);
}

void H2Channel::onData(H2StreamId id, std::string_view bytes)
{
    h2_->session().consumeConnection(bytes.size());
    const auto stream = find(id);
    if (!stream) return;
    const std::size_t used = stream->onData(bytes);
    h2_->session().consumeStream(id, used);
    applyEffects(stream, true);
}

void H2Channel::onEnd(H2StreamId id)
{
    const auto stream = find(id);
    if (!stream) return;
    stream->onEnd();
    applyEffects(stream, false);
}

void H2Channel::onClosed(H2StreamId id, std::uint32_t code)
{
    const auto stream = find(id);
    if (!stream) return;
    if (const auto& gone = h2_->whyGone()) {
        busyAtEnd_ = true;
        stream->onLost(*gone, code == static_cast<std::uint32_t>(H2Code::RefusedStream));
    } else {
        stream->onReset(code);
    }
    applyEffects(stream, false);
}

/// Resumes waiters within this turn, so that what follows from an answer (the next batch) is not delayed by other
/// events.
void H2Channel::onRead()
{
    const auto self = shared_from_this();
    for (const auto& stream : std::exchange(woken_, {})) {
        stream->waking_ = false;
        stream->signal().wakeNow();
    }
}

void H2Channel::onLeaving()
{
    leaving_ = true;
    if (owner_) owner_->leaves(id_);
}

void H2Channel::onSettings()
{
    greeted_.wakeLater(strand_);
    if (owner_) owner_->allows(id_, h2_->session().streamsAllowed());
}

void H2Channel::onGone(const Status& why)
{
    const auto self = shared_from_this();
    closed_ = true;
    h2_ = nullptr;
    greeting_ = why;
    greeted_.wakeLater(strand_);
    for (const auto& stream : std::exchange(woken_, {})) {
        stream->waking_ = false;
        stream->signal().wakeLater(strand_);
    }
    if (owner_) std::exchange(owner_, nullptr)->channelGone(id_, busyAtEnd_);
}

bool H2Channel::good(TimePoint now) const
{
    if (closed_ || !h2_ || leaving_ || h2_->session().framesQueued() > kFramesQueuedMax) return false;
    return !streams_.empty() || h2_->otherSideOpen(now);
}

// ---- end and time-outs ----

void H2Channel::closeGently()
{
    if (h2_) return h2_->closeGently();
    abort(cancelled("abandoned"));
}

void H2Channel::abort(const Status& why)
{
    closed_ = true;
    const auto self = shared_from_this();
    if (const auto h2 = h2_) return h2->abort(why);
    dial_.cancel();
}

TimePoint H2Channel::deadline() const
{
    TimePoint next = std::min(dial_.deadline(), greetBy_);
    for (const auto& [id, stream] : streams_) next = std::min(next, stream->deadline());
    return next;
}

std::optional<TimePoint> H2Channel::silentSince() const
{
    return longestSilence(streams_);
}

void H2Channel::look(TimePoint now)
{
    const auto self = shared_from_this();
    std::vector<std::shared_ptr<Stream>> late;
    for (const auto& [id, stream] : streams_)
        if (now >= stream->deadline()) late.push_back(stream);
    for (const auto& stream : late) stream->expire(now);
    dial_.expire(now);
    if (now >= greetBy_) {
        greetBy_ = TimePoint::max();
        return abort(deadlineExceeded("connecting to " + peer_ + " timed out"));
    }
    if (const auto h2 = h2_) h2->tick(now);
}

}  // namespace millrace::pool
