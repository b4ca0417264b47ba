// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/open_stream.h"

#include "base/format.h"

namespace millrace::stream {

OpenStream::OpenStream(std::shared_ptr<StreamerContext> shared, Plan plan, std::unique_ptr<pool::HttpBody> body,
                       CallContext context)
    : shared_(std::move(shared)),
      options_(shared_->options),
      plan_(std::move(plan)),
      context_(std::move(context)),
      id_(shared_->ids.next()),
      started_(shared_->clock.now()),
      length_(plan_.length),
      source_(body ? std::make_shared<Source>() : nullptr),
      bytesRate_(started_),
      eventRate_(started_)
{
    if (source_) source_->body = std::move(body);
    window = options_.windowBytes;
    shared_->open.push_back(*this);
    shared_->show();
}

OpenStream::~OpenStream()
{
    if (source_) source_->drop();
    shared_->open.erase(shared_->open.iterator_to(*this));
    const auto others = Backpressure::isOpen(*this) ? shared_->pressure.close(*this, now()) : Backpressure::Resumed();
    shared_->addPaused(plan_.client, pausedByClient);
    shared_->act(others);
}

std::optional<CompressionSkipReason> OpenStream::skipReason() const
{
    if (!options_.compression) return CompressionSkipReason::Off;
    if (!plan_.acceptGzip) return CompressionSkipReason::Client;
    if (plan_.noTransform || isCompressedType(plan_.contentType)) return CompressionSkipReason::Type;
    if (plan_.length && *plan_.length <= options_.compressionBytesMin) return CompressionSkipReason::Small;
    return std::nullopt;
}

void OpenStream::answered(TimePoint now) const
{
    if (context_.trace->phase() == Phase::Running) context_.trace->enter(Phase::Processing, now);
}

void OpenStream::backendSends(TimePoint now) const
{
    if (!upstreamEnded_ && context_.trace->phase() == Phase::ClientReads) context_.trace->enter(Phase::Streaming, now);
}

void OpenStream::received(std::size_t bytes, TimePoint now)
{
    bytesIn_ += bytes;
    bytesRate_.add(static_cast<double>(bytes), now);
    shared_->pressure.onRead(*this, bytes);
    shared_->metrics.chunksReceived.add();
    shared_->metrics.bytesIn.add(bytes);
}

void OpenStream::delivered(const Sent& sent, TimePoint now)
{
    auto& metrics = shared_->metrics;
    if (!firstOut_) {
        firstOut_ = now;
        if (!context_.trace->answering()) context_.trace->enter(Phase::Streaming, now);
    }
    lastOut_ = now;
    bytesOut_ += sent.bytes;
    ++chunks_;
    metrics.chunksSent.add();
    metrics.bytesOut.add(sent.bytes);
    metrics.chunkBytes.observe(static_cast<double>(sent.bytes));
    metrics.chunkSeconds.observe(std::chrono::duration<double>(sent.processed).count());
    if (sent.compressed) {
        compressedRaw_ += sent.raw;
        compressedSent_ += sent.bytes;
        metrics.compressedRaw.add(sent.raw);
        metrics.compressedSent.add(sent.bytes);
    } else {
        metrics.plain.at(static_cast<std::size_t>(sent.skipReason))->add(sent.raw);
    }
    shared_->act(shared_->pressure.onWritten(*this, sent.raw, now));
}

Status OpenStream::whole() const
{
    if (!plan_.length || *plan_.length == bytesIn_) return absl::OkStatus();
    return unavailable("the backend announced " + std::to_string(*plan_.length) + " bytes and sent " +
                       std::to_string(bytesIn_));
}

Status OpenStream::end(Status status, bool clientFailed, TimePoint ended)
{
    if (source_) source_->drop();  // an upstream that is not at its end learns here that nobody waits
    auto& trace = *context_.trace;
    addDecisions(trace, ended - started_);
    if (pauses > 0) {
        Duration byClient = pausedByClient;
        Duration byLimit = pausedByLimit;
        if (pausedBy == Backpressure::By::Client) byClient += ended - pausedSince;
        if (pausedBy == Backpressure::By::Limit) byLimit += ended - pausedSince;
        trace.addDecision("paused " + formatMs(byClient + byLimit) + " in " + formatCount(pauses, "pause", "pauses") +
                          (byClient >= byLimit ? ": the client read slowly"
                                               : ": all responses together had reached the limit of " +
                                                     formatBytes(static_cast<double>(shared_->pressure.limit()))));
    }
    if (compressedRaw_ > compressedSent_) {
        const double share = 1 - static_cast<double>(compressedSent_) / static_cast<double>(compressedRaw_);
        trace.addDecision("gzip saved " + formatPercent(share));
    }
    if (status.ok()) return status;
    const std::string after = formatBytes(static_cast<double>(bytesOut_));
    if (clientFailed || status.code() == absl::StatusCode::kCancelled) {
        shared_->metrics.interruptedByClient.add();
        trace.addDecision("stopped after " + after + ": " + text(status));
    } else {
        shared_->metrics.interruptedByBackend.add();
        trace.addDecision("the backend stopped after " + after + ": " + text(status));
        shared_->noteBroken(plan_.model, bytesOut_, text(status), ended);
    }
    return status;
}

Duration OpenStream::pausedByClientSoFar(TimePoint now) const
{
    Duration span = pausedByClient;
    if (pausedBy == Backpressure::By::Client) span += now - pausedSince;
    return span;
}

StreamSnapshot OpenStream::snapshot(TimePoint now) const
{
    StreamSnapshot shot;
    shot.id = id_;
    shot.request = context_.id;
    shot.client = plan_.client;
    shot.model = plan_.model;
    shot.eventStream = plan_.eventStream;
    shot.started = started_;
    shot.bytesIn = bytesIn_;
    shot.bytesOut = bytesOut_;
    shot.events = events();
    shot.bytesPerSecond = bytesRate_.perSecond(now);
    shot.eventsPerSecond = eventRate_.perSecond(now);
    shot.buffered = buffered;
    shot.window = window;
    shot.pauses = pauses;
    shot.chunkBytes = chunkSize();
    if (compressedSent_ > 0)
        shot.compressionRatio = static_cast<double>(compressedRaw_) / static_cast<double>(compressedSent_);
    if (firstOut_) shot.firstByte = *firstOut_ - started_;
    const auto stuck = stuckSince(now);
    if (pausedBy != Backpressure::By::Nobody) {
        shot.state = Progress::Paused;
        shot.pausedBy = pausedBy;
        shot.paused = now - pausedSince;
    } else if (stuck) {
        shot.state = Progress::Paused;
        shot.pausedBy = Backpressure::By::Client;
        shot.paused = now - *stuck;
        ++shot.pauses;
    } else if (upstreamEnded_) {
        shot.state = Progress::Finishing;
    } else {
        shot.state = firstOut_ ? Progress::Streaming : Progress::Waiting;
    }
    return shot;
}

}  // namespace millrace::stream
