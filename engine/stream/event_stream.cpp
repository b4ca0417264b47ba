// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/event_stream.h"

#include "base/format.h"
#include "base/free_buffer.h"

#include <utility>

namespace millrace::stream {

namespace {

// No empty line: decoders in use dispatch at each of them, event or not.
constexpr std::string_view kHeartbeat = ": heartbeat\n";
// A write that takes longer than this waits for the client, not for us.
constexpr Duration kStuck = 50ms;

SseSplitter::Kind kindOf(const Plan& plan)
{
    return plan.contentType.find("ndjson") != std::string::npos || plan.contentType.find("jsonl") != std::string::npos
               ? SseSplitter::Kind::Lines
               : SseSplitter::Kind::Events;
}

}  // namespace

EventStream::EventStream(std::shared_ptr<StreamerContext> shared, Plan plan, std::unique_ptr<pool::HttpBody> body,
                         CallContext context)
    : OpenStream(std::move(shared), std::move(plan), std::move(body), std::move(context)),
      splitter_(kindOf(plan_)),
      heartbeats_(options_.heartbeat > Duration{} && kindOf(plan_) == SseSplitter::Kind::Events)
{
    if (const auto reason = skipReason()) {
        skipReason_ = *reason;
    } else {
        const GzipRule rule{options_.compressionBytesMin, options_.compressionSavingMin};
        gzip_ = std::make_unique<GzipWriter>(rule, kEventShape);
        encoding_ = "gzip";
        length_.reset();
    }
}

EventStream::~EventStream()
{
    if (sink_) shared_->unregister(*this);
}

boost::asio::awaitable<Status> EventStream::run(Sink& sink)
{
    if (context_.cancel.cancelled()) co_return end(context_.cancel.status(), true);
    sink_ = &sink;
    lastOut_ = now();
    if (heartbeats_) shared_->keepAlive(*this, lastOut_);
    const auto registration = context_.cancel.onCancel([this] { stop(context_.cancel.status()); });

    // A separate coroutine, so that stopping reaches whatever it waits for, the backend or the client.
    source_->running = true;
    source_->task.start(shared_->strand, pass(source_, *this));
    Status status = co_await passed_.waitForOwner();
    source_->drop();
    if (context_.trace->answering()) clientReads(now());
    if (heartbeats_) shared_->unregister(*this);
    if (heartbeat_) co_await heartbeat_->wait();

    if (context_.cancel.cancelled())
        status = context_.cancel.status();
    else if (!sinkFailed_.ok())
        status = sinkFailed_;
    // What was cut short in the middle of a write cannot be followed by anything that makes sense.
    if (!writing_ && sinkFailed_.ok()) {
        co_await writeTrailer(status);
        if (status.ok()) status = sinkFailed_;
    }
    sink_ = nullptr;
    co_return end(status, !sinkFailed_.ok());
}

boost::asio::awaitable<void> EventStream::pass(std::shared_ptr<Source> source, EventStream& stream)
{
    Status status;
    try {
        std::size_t ignored = 0;
        while (status.ok() && source->wanted && !stream.upstreamEnded_) {
            source->reading = true;
            auto piece = co_await source->body->read();
            source->reading = false;
            if (source->left) break;
            const bool over = stream.splitter_.done();
            if (!piece.ok() || piece->empty()) {
                stream.upstreamEnded_ = true;
                if (over) break;  // whole, however its connection ends
                status = stream.judgeEnd(piece.status());
                if (status.ok() && !stream.held_.empty())  // an end without an empty line passes as it is
                    status = co_await stream.deliver(std::exchange(stream.held_, {}), stream.now());
            } else if (over) {
                stream.splitter_.feed(*piece);
                if (const auto rest = stream.splitter_.whole()) {  // the LF of its last CRLF
                    stream.received(rest, stream.now());
                    status = co_await stream.deliver(piece->substr(0, rest), stream.now());
                }
                ignored += piece->size();  // read on for the connection's sake, which can then be used again
                if (ignored > kHeldMax) break;
            } else {
                status = co_await stream.forward(*std::move(piece));
            }
        }
    } catch (const std::exception& error) {
        status = internal(std::string("forwarding the response failed: ") + error.what());
    }
    source->running = source->reading = false;
    source->body.reset();
    if (!source->left) stream.passed_.set(status);
}

/// Not a coroutine: what may go is written by the one that deliver() is.
boost::asio::awaitable<Status> EventStream::forward(std::string piece)
{
    const TimePoint arrived = now();
    if (bytesIn_ == 0) answered(arrived);
    received(piece.size(), arrived);
    if (const auto completed = splitter_.feed(piece)) {
        eventRate_.add(static_cast<double>(completed), arrived);
        shared_->metrics.events.add(completed);
        context_.trace->addEvents(completed);
        if (lastEvent_) {
            shared_->metrics.gapSeconds.observe(std::chrono::duration<double>(arrived - *lastEvent_).count());
        }
        lastEvent_ = arrived;
    }
    const std::size_t whole = splitter_.whole();
    std::string rest;
    if (whole < piece.size()) {
        if (!splitter_.done() && (whole > 0 || !passingLarge_)) rest.assign(piece, whole);
        if (splitter_.done() || whole > 0 || !passingLarge_) piece.resize(whole);
    }
    if (!held_.empty()) {
        if (whole > 0) {
            piece.insert(0, held_);
            freeBuffer(held_);
        } else {
            rest.insert(0, held_);
        }
    }
    if (whole > 0) passingLarge_ = false;
    held_ = std::move(rest);
    if (held_.size() > kHeldMax) {
        piece += held_;
        freeBuffer(held_);
        passingLarge_ = true;
    }
    return deliver(std::move(piece), arrived);
}

Status EventStream::judgeEnd(Status why) const
{
    if (splitter_.finished() || splitter_.finishedButForItsEnd()) return absl::OkStatus();
    if (!why.ok()) return why;
    if (const Status complete = whole(); !complete.ok()) return complete;
    // An end by closing cannot be distinguished from a cut: only the stream itself can say that it was the end.
    const bool events = splitter_.events() > 0 || bytesIn_ == 0 || looksLikeEvents(held_);
    if (plan_.untilClose && events && splitter_.kind() == SseSplitter::Kind::Events)
        return unavailable("the backend closed the connection after " +
                           formatCount(splitter_.events(), "event", "events") +
                           ", before the end marker of its stream");
    return absl::OkStatus();
}

boost::asio::awaitable<Status> EventStream::deliver(std::string piece, TimePoint arrived)
{
    if (piece.empty()) co_return absl::OkStatus();
    Sent sent;
    sent.raw = piece.size();
    sent.skipReason = skipReason_;
    std::string_view out = piece;
    if (gzip_) {
        compressed_.clear();
        gzip_->write(piece, true, compressed_);
        sent.compressed = gzip_->state() == GzipWriter::State::Compressing;
        sent.skipReason =
            gzip_->state() == GzipWriter::State::Storing ? CompressionSkipReason::Saving : CompressionSkipReason::Small;
        out = compressed_;
    }
    sent.bytes = out.size();
    if (heartbeat_) {
        if (!heartbeat_->ready()) clientReads(now());  // it has not taken that yet
        co_await heartbeat_->wait();
        heartbeat_.reset();
        if (!sinkFailed_.ok()) co_return sinkFailed_;
    }
    writingSince_ = update();
    sent.processed = writingSince_ - arrived;
    writing_ = true;
    clientReads(writingSince_);
    Status written = co_await sink_->write(out);
    writing_ = false;
    if (!written.ok()) {
        source_->drop();
        sinkFailed_ = written;
        co_return written;
    }
    const TimePoint sentAt = update();
    backendSends(sentAt);
    if (sentAt - writingSince_ >= kStuck) shared_->pressure.stalled(*this, writingSince_);
    delivered(sent, sentAt);
    co_return absl::OkStatus();
}

boost::asio::awaitable<void> EventStream::writeTrailer(Status why)
{
    std::string words;
    if (!why.ok() && !splitter_.finished()) {
        // Behind the beginning of an event nothing can be added: it could only be taken for a part of it.
        if (plan_.errorEvent == nullptr || passingLarge_) co_return;
        words = plan_.errorEvent(why);
    }
    reportedInBand_ = true;
    if (gzip_) {
        std::string compressed;
        if (!words.empty()) gzip_->write(words, false, compressed);
        gzip_->finish(compressed);
        words = std::move(compressed);
    }
    if (words.empty()) co_return;
    const Status written = co_await sink_->write(words);
    if (!written.ok()) sinkFailed_ = written;
    bytesOut_ += words.size();
    shared_->metrics.bytesOut.add(words.size());
    lastOut_ = now();
}

void EventStream::stop(Status why)
{
    heartbeatTask_.cancel();
    source_->drop();
    if (source_->left) passed_.set(std::move(why));
}

TimePoint EventStream::heartbeatDue(TimePoint now) const
{
    const TimePoint due = lastOut_ + options_.heartbeat;
    return due > now ? due : now + options_.heartbeat;
}

void EventStream::heartbeat(TimePoint now)
{
    if (writing_) {
        if (now - writingSince_ >= kStuck) shared_->pressure.stalled(*this, writingSince_);
        return;
    }
    const bool underWay = heartbeat_ && !heartbeat_->ready();
    if (underWay || !sinkFailed_.ok() || upstreamEnded_ || context_.cancel.cancelled()) return;
    // What is held back has not been written: for the client this is between two events.
    const bool between = !passingLarge_ && (!held_.empty() || splitter_.mayInsert());
    if (now < lastOut_ + options_.heartbeat || !between || splitter_.finished()) return;
    heartbeat_.emplace();
    heartbeatTask_.start(shared_->strand, writeHeartbeat());
}

boost::asio::awaitable<void> EventStream::writeHeartbeat()
{
    const auto done = *heartbeat_;
    std::string compressed;
    std::string_view out = kHeartbeat;
    if (gzip_) {
        gzip_->write(kHeartbeat, true, compressed);
        out = compressed;
    }
    Status written;
    try {
        written = co_await sink_->write(out);
    } catch (const std::exception&) {
        written = cancelled("a heartbeat was sent only partly");
    }
    if (written.ok()) {
        ++heartbeatsSent_;
        lastOut_ = now();
        bytesOut_ += out.size();
        shared_->metrics.bytesOut.add(out.size());
    } else if (sinkFailed_.ok()) {
        sinkFailed_ = written;
        // The client disconnected, and only the heartbeat noticed: the backend must not work on for nobody.
        source_->drop();
        if (source_->left) passed_.set(written);
    }
    done.set(true);
}

std::optional<TimePoint> EventStream::stuckSince(TimePoint now) const
{
    if (!writing_ || now - writingSince_ < kStuck) return std::nullopt;
    return writingSince_;
}

void EventStream::addDecisions(Trace& trace, Duration span) const
{
    trace.addDecision([events = splitter_.events(), bytes = bytesIn_, span] {
        return "forwarded " + formatCount(events, "event", "events") + " (" + formatBytes(static_cast<double>(bytes)) +
               ") unchanged in " + formatMs(span);
    });
    if (heartbeatsSent_ > 0) {
        trace.addDecision("sent " + formatCount(heartbeatsSent_, "heartbeat", "heartbeats") +
                          " while the backend sent nothing");
    }
    if (gzip_ && gzip_->state() == GzipWriter::State::Storing) {
        trace.addDecision("not compressed: a sample saved less than " + formatPercent(options_.compressionSavingMin));
    }
}

}  // namespace millrace::stream
