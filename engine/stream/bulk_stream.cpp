// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/bulk_stream.h"

#include "base/format.h"

#include <algorithm>

namespace millrace::stream {

namespace {

/// A chunk that took the whole window would leave the reader paused until it is out, and then nothing to write.
std::uint32_t chunkMax(std::uint64_t window)
{
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(window / 2, ChunkSizer::kBytesMax));
}

}  // namespace

BulkStream::BulkStream(std::shared_ptr<StreamerContext> shared, Plan plan, std::unique_ptr<pool::HttpBody> body,
                       CallContext context)
    : OpenStream(std::move(shared), std::move(plan), std::move(body), std::move(context)),
      skipReason_(skipReason()),
      sizer_(options_.chunkBytes, options_.chunkAdaptive, chunkMax(options_.windowBytes))
{}

boost::asio::awaitable<Status> BulkStream::sample()
{
    const std::size_t enough = std::max<std::size_t>(GzipWriter::kSampleBytes, options_.compressionBytesMin + 1);
    while (buffered < std::min<std::size_t>(enough, kSampleFor)) {
        auto piece = co_await source_->body->read();
        arrived(std::move(piece));
        if (!upstream_.ok()) co_return end(upstream_, false);
        if (upstreamEnded_) break;
    }
    if (upstreamEnded_) co_return absl::OkStatus();  // all of it is here: see takeWhole()
    std::string bytes;
    for (const auto& piece : pieces_)
        bytes.append(piece, 0, kSampleFor - std::min<std::size_t>(bytes.size(), kSampleFor));
    if (savingOf(bytes, shared_->deflater()) >= options_.compressionSavingMin) {
        gzip_ = std::make_unique<GzipWriter>(kBulkShape);
        encoding_ = "gzip";
        length_.reset();
    } else {
        skipReason_ = CompressionSkipReason::Saving;
    }
    co_return absl::OkStatus();
}

std::optional<std::string> BulkStream::takeWhole()
{
    if (!upstreamEnded_) return std::nullopt;
    std::string all;
    for (auto& piece : pieces_) all += piece;
    pieces_.clear();
    return all;
}

boost::asio::awaitable<Status> BulkStream::run(Sink& sink)
{
    if (context_.cancel.cancelled()) co_return end(context_.cancel.status(), true);
    sink_ = &sink;
    const auto registration = context_.cancel.onCancel([this] { stop(context_.cancel.status()); });

    source_->running = true;
    source_->task.start(shared_->strand, readAll(source_, *this));
    Status status = co_await passed_.waitForOwner();
    sink_ = nullptr;
    if (context_.cancel.cancelled())
        status = context_.cancel.status();
    else if (!sinkFailed_.ok())
        status = sinkFailed_;
    co_return end(status, !sinkFailed_.ok());
}

/// Reads and writes in turn until a chunk was sent; from then on a second coroutine writes, and run() waits
/// for that one.
boost::asio::awaitable<void> BulkStream::readAll(std::shared_ptr<Source> source, BulkStream& stream)
{
    Status status;
    try {
        const bool large = stream.plan_.length && *stream.plan_.length > stream.options_.chunkBytes;
        while (status.ok() && source->wanted && !stream.upstreamEnded_) {
            if (!stream.twoCoroutines_) {
                if (large || stream.bytesIn_ >= stream.options_.chunkBytes) {
                    stream.startWriter();
                } else if (stream.buffered > 0) {
                    status = co_await stream.writeSome();
                    continue;
                }
            }
            const TimePoint now = stream.now();
            if (!stream.shared_->pressure.mayRead(stream, now)) {
                if (stream.pausedBy == Backpressure::By::Limit) stream.shared_->noteLimit(now);
                stream.shared_->show();
                if (stream.pausedBy == Backpressure::By::Client && stream.context_.trace->answering())
                    stream.clientReads(now);
                stream.mayGoOn_.emplace();
                const auto mayGoOn = *stream.mayGoOn_;
                co_await mayGoOn.wait();
                if (source->left) break;
                stream.backendSends(stream.now());
                continue;
            }
            source->reading = true;
            auto piece = co_await source->body->read();
            source->reading = false;
            if (source->left) break;
            stream.arrived(std::move(piece));
        }
        if (!source->left && source->wanted && !stream.twoCoroutines_) status = co_await stream.writeAll();
    } catch (const std::exception& error) {
        status = internal(std::string("forwarding the response failed: ") + error.what());
    }
    source->running = source->reading = false;
    source->body.reset();
    if (source->left) co_return;
    if (!stream.twoCoroutines_)
        stream.passed_.set(status);
    else if (!status.ok())
        stream.arrived(status);
}

void BulkStream::startWriter()
{
    twoCoroutines_ = true;
    const auto ended = [this](const std::exception_ptr& thrown, const Status& status) {
        source_->drop();
        source_->left = true;
        if (mayGoOn_) mayGoOn_->set(true);
        passed_.set(thrown ? internal("writing an answer was cut short") : status);
    };
    writer_.start(shared_->strand, writeAll(), ended);
}

boost::asio::awaitable<Status> BulkStream::writeAll()
{
    while (buffered > 0 || !upstreamEnded_) {
        if (buffered > 0) {
            const Status written = co_await writeSome();
            if (!written.ok()) co_return written;
        } else {
            something_.emplace();
            const auto something = *something_;
            co_await something.wait();
            something_.reset();
        }
        if (!source_->wanted) co_return cancelled("the stream was stopped");
    }
    if (!upstream_.ok()) co_return upstream_;
    const Status complete = whole();
    if (!complete.ok() || !gzip_) co_return complete;
    compressed_.clear();
    gzip_->finish(compressed_);
    sinkFailed_ = co_await sink_->write(compressed_);
    bytesOut_ += compressed_.size();
    compressedSent_ += compressed_.size();
    shared_->metrics.bytesOut.add(compressed_.size());
    shared_->metrics.compressedSent.add(compressed_.size());
    co_return sinkFailed_;
}

/// The next bytes to write, at most a chunk; good until pieces_ changes at its front.
std::string_view BulkStream::take()
{
    std::size_t most = sizer_.bytes();
    if (gzip_) most = std::min(most, kCompressSliceBytes);
    most = std::min<std::size_t>(most, buffered);
    const std::string& first = pieces_.front();
    if (first.size() - offset_ >= most) return std::string_view(first).substr(offset_, most);
    joined_.clear();
    for (const auto& piece : pieces_) {
        const std::size_t from = joined_.empty() ? offset_ : 0;
        joined_.append(piece, from, most - joined_.size());
        if (joined_.size() == most) break;
    }
    return joined_;
}

boost::asio::awaitable<Status> BulkStream::writeSome()
{
    const TimePoint begun = update();
    std::string_view out = take();
    Sent sent;
    sent.raw = out.size();
    sent.skipReason = skipReason_.value_or(CompressionSkipReason::Off);
    if (gzip_) {
        compressed_.clear();
        // Flushed when there is nothing else to send: a slow backend must not leave bytes waiting in the compressor.
        gzip_->write(out, out.size() == buffered, compressed_);
        sent.compressed = true;
        out = compressed_;
    }
    sent.bytes = out.size();
    const TimePoint ready = update();
    sent.processed = ready - begun;
    if (!out.empty()) {
        if (!twoCoroutines_ || upstreamEnded_ || pausedBy == Backpressure::By::Client) clientReads(ready);
        Status written = co_await sink_->write(out);
        if (!written.ok()) {
            sinkFailed_ = written;
            source_->drop();
            co_return written;
        }
    }
    const TimePoint sentAt = update();
    if (!twoCoroutines_) backendSends(sentAt);
    sizer_.sent(sent.bytes, sentAt - ready);
    for (std::size_t left = sent.raw; left > 0;) {
        const std::size_t there = pieces_.front().size() - offset_;
        if (there > left) {
            offset_ += left;
            break;
        }
        left -= there;
        offset_ = 0;
        pieces_.pop_front();
    }
    delivered(sent, sentAt);
    co_return absl::OkStatus();
}

void BulkStream::arrived(StatusOr<std::string> piece)
{
    if (!piece.ok() || piece->empty()) {
        upstream_ = piece.status();
        upstreamEnded_ = true;
        if (context_.trace->answering()) clientReads(now());
    } else {
        if (bytesIn_ == 0) answered(now());
        received(piece->size(), now());
        pieces_.push_back(*std::move(piece));
    }
    if (something_) something_->set(true);
}

void BulkStream::resumed()
{
    if (mayGoOn_) mayGoOn_->set(true);
}

void BulkStream::stop(Status why)
{
    source_->drop();
    writer_.cancel();
    if (something_) something_->set(true);
    if (source_->left && !twoCoroutines_) passed_.set(std::move(why));
}

void BulkStream::addDecisions(Trace& trace, Duration span) const
{
    trace.addDecision([bytes = bytesOut_, chunks = chunks_, chunkBytes = sizer_.bytes(), why = sizer_.reason(), span] {
        std::string sentence = "sent " + formatBytes(static_cast<double>(bytes)) + " in " +
                               formatCount(chunks, "chunk", "chunks") + ", " + formatMs(span);
        if (chunks > 1) sentence += "; chunks of " + formatBytes(chunkBytes) + ": " + textOf(why);
        return sentence;
    });
    if (skipReason_ == CompressionSkipReason::Saving) {
        trace.addDecision("not compressed: a sample saved less than " + formatPercent(options_.compressionSavingMin));
    }
}

}  // namespace millrace::stream
