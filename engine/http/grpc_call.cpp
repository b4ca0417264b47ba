// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/grpc_call.h"

#include "base/text.h"
#include "http/grpc_server.h"
#include "http/grpc_text.h"

#include <algorithm>

namespace millrace::http {

namespace {

constexpr std::size_t kHeadBytes = 128;  // of the fields in every response
// Percent-encoded, a byte may become three; clients accept 8 KiB of metadata.
constexpr std::size_t kMessageMax = 1000;

}  // namespace

GrpcCall::GrpcCall(std::shared_ptr<GrpcServer> server, H2Connection& connection, H2StreamId stream, HttpFields fields,
                   std::uint16_t port, GrpcEncoding encoding)
    : server_(std::move(server)),
      stream_(stream),
      fields_(std::move(fields)),
      port_(port),
      pass_(server_->calls.enter()),
      connection_(&connection),
      reader_(encoding),
      held_(server_->budget),
      arrivedAt_(server_->clock.now()),
      sentAt_(arrivedAt_)
{
    const auto text = field("grpc-timeout");
    if (text.empty()) return;
    const auto timeout = parseGrpcTimeout(text);
    timeoutUnreadable_ = !timeout;
    if (timeout && *timeout < std::chrono::hours(24)) deadline_ = arrivedAt_ + *timeout;
}

std::optional<Duration> GrpcCall::timeLeft() const
{
    if (deadline_ == TimePoint::max()) return std::nullopt;
    return deadline_ - server_->clock.now();
}

void GrpcCall::begin(std::shared_ptr<GrpcHandler> handler, const GrpcMethod& method)
{
    handler_ = std::move(handler);
    oneMessage_ = method.oneMessage;
    reader_.setBulkField(method.bulkField);
    const auto kept = handler_;
    kept->begin();
}

// ---- receiving ----

void GrpcCall::read()
{
    wanting_ = true;
    feedPending();
}

void GrpcCall::onData(std::string_view bytes)
{
    arrivedAt_ = server_->clock.now();
    if (ignoring_ || finished_ || !handler_) return connection_->session().consume(stream_, bytes.size());
    if (!wanting_ || feeding_ || !pending_.empty()) {
        pending_.append(bytes);
        return;
    }
    const auto self = shared_from_this();
    const std::size_t used = feed(bytes);
    if (used < bytes.size()) pending_.append(bytes.substr(used));
}

void GrpcCall::onEnd()
{
    ended_ = true;
    feedPending();
}

/// Delivers pending input, and then the end of the stream.
void GrpcCall::feedPending()
{
    if (feeding_ || !wanting_ || !connection_) return;
    const auto self = shared_from_this();
    if (!pending_.empty()) {
        const std::string waited = std::exchange(pending_, {});
        const std::size_t used = feed(waited);
        if (used < waited.size()) pending_.insert(0, waited, used);
        if (connection_) connection_->wake();  // sends WINDOW_UPDATE
    }
    if (!ended_ || !wanting_ || !pending_.empty() || ignoring_ || !handler_) return;
    if (reader_.midway()) return refuse(invalidArgument("the message is cut off"), 0);
    wanting_ = false;
    const auto handler = handler_;
    handler->onReadsDone();
}

/// Delivers messages while they are requested, and returns the number of bytes consumed.
std::size_t GrpcCall::feed(std::string_view bytes)
{
    feeding_ = true;
    const auto connection = connection_->shared_from_this();
    const std::size_t all = bytes.size();
    while (wanting_ && handler_ && !bytes.empty()) {
        const std::size_t before = bytes.size();
        auto next = reader_.next(bytes, server_->limits().messageBytesMax);
        const std::size_t used = before - bytes.size();
        connection->session().consume(stream_, used);
        if (!next.ok()) {
            const auto size = static_cast<std::size_t>(reader_.announced());
            BodyBytes none;
            Status words = absl::IsResourceExhausted(next.status()) ? server_->hold(none, size) : next.status();
            refuse(words.ok() ? next.status() : words, size);
        } else if (*next) {
            GrpcMessage message;
            message.message = **std::move(next);
            message.size = message.message.size();
            message.held = std::exchange(held_, BodyBytes(server_->budget));
            message.problem = server_->hold(message.held, message.size);
            if (!message.problem.ok()) {
                refuse(message.problem, message.size);
                continue;
            }
            wanting_ = false;
            deliver(std::move(message));
        } else if (const Status full = server_->holdPart(held_, reader_.held()); !full.ok()) {
            refuse(full, 0);
        }
    }
    feeding_ = false;
    if (ignoring_ || !handler_) {
        connection->session().consume(stream_, bytes.size());
        connection->wake();
        bytes = {};
    }
    return all - bytes.size();
}

void GrpcCall::deliver(GrpcMessage message)
{
    const auto handler = handler_;
    LoopTime::exactFor(message.size);
    handler->onMessage(std::move(message));
}

void GrpcCall::refuse(const Status& problem, std::size_t size)
{
    ignoring_ = true;
    wanting_ = false;
    held_.release();
    GrpcMessage message;
    message.size = size;
    message.problem = problem;
    deliver(std::move(message));
}

// ---- sending ----

void GrpcCall::sendHead(bool last)
{
    if (std::exchange(headSent_, true)) return;
    HttpFields head;
    head.reserve(3 + initial_.size(), kHeadBytes + initial_.text().size());
    head.add(":status", "200");
    head.add("content-type", "application/grpc");
    head.add("grpc-accept-encoding", "identity,deflate,gzip");
    for (std::size_t i = 0; i < initial_.size(); ++i) head.add(initial_[i].name, initial_[i].value);
    connection_->session().respond(stream_, head, last);
}

HttpFields GrpcCall::trailers(const GrpcStatus& status) const
{
    HttpFields out;
    out.reserve(2 + trailing_.size(),
                kHeadBytes + std::min(status.message.size(), kMessageMax) + trailing_.text().size());
    out.add("grpc-status", std::to_string(status.code));
    if (!status.message.empty()) out.add("grpc-message", percentEncoded(washed(status.message, kMessageMax)));
    for (std::size_t i = 0; i < trailing_.size(); ++i) out.add(trailing_[i].name, trailing_[i].value);
    return out;
}

void GrpcCall::write(const GrpcFramed& framed)
{
    if (!connection_ || finished_) return;
    sendHead(false);
    writing_ = true;
    sentAt_ = server_->clock.now();
    framed.forEach([this](const SharedBytes& piece) { connection_->session().send(stream_, piece); });
    connection_->wake();
}

void GrpcCall::finish(const GrpcStatus& status)
{
    finish(GrpcFramed(), status);
}

void GrpcCall::finish(const GrpcFramed& framed, const GrpcStatus& status)
{
    if (std::exchange(finished_, true)) return;
    if (connection_) {
        auto& session = connection_->session();
        sentAt_ = server_->clock.now();
        if (!headSent_ && framed.empty() && initial_.empty()) {
            // Trailers-Only response.
            headSent_ = true;
            HttpFields all;
            all.add(":status", "200");
            all.add("content-type", "application/grpc");
            const HttpFields rest = trailers(status);
            for (std::size_t i = 0; i < rest.size(); ++i) all.add(rest[i].name, rest[i].value);
            session.respond(stream_, all, true);
        } else {
            sendHead(false);
            framed.forEach([&](const SharedBytes& piece) { session.send(stream_, piece); });
            session.finish(stream_, trailers(status));
        }
        session.consume(stream_, pending_.size());
    }
    const auto self = shared_from_this();
    dropHandler();
    if (connection_) connection_->wakeForOne();
}

void GrpcCall::reset()
{
    if (connection_) {
        connection_->session().reset(stream_, H2Code::Cancel);
        connection_->wake();
    }
    closed();
}

void GrpcCall::dropHandler()
{
    handler_.reset();
    pending_.clear();
    held_.release();
    wanting_ = false;
}

void GrpcCall::onSent()
{
    if (!std::exchange(writing_, false) || !handler_) return;
    const auto handler = handler_;
    handler->onWritten(true);
}

void GrpcCall::onClosed(std::uint32_t)
{
    closed();
}

void GrpcCall::closed()
{
    if (!connection_) return;
    const auto self = shared_from_this();
    connection_->session().consume(stream_, pending_.size());
    connection_ = nullptr;
    const auto handler = handler_;
    dropHandler();
    if (!handler) return;
    handler->onCancel();
    if (std::exchange(writing_, false)) handler->onWritten(false);
}

void GrpcCall::look(TimePoint now)
{
    const auto self = shared_from_this();
    const Duration most = server_->limits().messageTimeout;
    const bool expected = reader_.midway() || (oneMessage_ && wanting_);
    if (handler_ && wanting_ && expected && !ended_ && now - arrivedAt_ >= most) refuse(server_->messageLate(), 0);
    if (!connection_) return;
    if (const std::size_t unsent = connection_->session().unsent(stream_); unsent != std::exchange(unsent_, unsent))
        sentAt_ = now;
    if (finished_ && unsent_ > 0 && now - sentAt_ >= most) return reset();
    // Clients normally reset an expired call themselves; this is for those that do not.
    constexpr Duration kGrace = 200ms;
    if (handler_ && deadline_ != TimePoint::max() && now >= deadline_ + kGrace) {
        const auto handler = handler_;
        finish({kGrpcDeadlineExceeded, "the time that the client allowed is over (grpc-timeout)"});
        handler->onCancel();
    }
}

}  // namespace millrace::http
