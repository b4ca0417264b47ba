// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/whole_stream.h"

#include "base/free_buffer.h"

namespace millrace::stream {

boost::asio::awaitable<Status> WholeStream::fill()
{
    for (;;) {
        auto piece = co_await source_->body->read();
        if (!piece.ok()) co_return end(piece.status(), false);
        if (piece->empty()) break;
        received(piece->size(), now());
        if (content_.empty())
            content_ = *std::move(piece);
        else
            content_ += *piece;
        if (content_.size() > kBytesMax) co_return end(pool::answerTooLarge(kBytesMax), false);
    }
    source_->body.reset();
    co_return filled(now());
}

Status WholeStream::fillWith(std::string content)
{
    if (!content.empty()) received(content.size(), started_);
    content_ = std::move(content);
    if (content_.size() > kBytesMax) return end(pool::answerTooLarge(kBytesMax), false);
    return filled(started_);
}

Status WholeStream::filled(TimePoint now)
{
    upstreamEnded_ = true;
    answered(now);
    const Status complete = whole();
    if (!complete.ok()) return end(complete, false);
    choose();
    shared_->show();
    return complete;
}

Status WholeStream::adopt(std::string content)
{
    bytesIn_ = content.size();
    shared_->pressure.onRead(*this, content.size());  // in the figures it is already
    content_ = std::move(content);
    upstreamEnded_ = true;
    const Status complete = whole();
    if (!complete.ok()) return end(complete, false);
    choose();
    return complete;
}

void WholeStream::choose()
{
    rawBytes_ = content_.size();
    if (const auto reason = skipReason()) {
        skipReason_ = *reason;
    } else if (rawBytes_ <= options_.compressionBytesMin) {
        skipReason_ = CompressionSkipReason::Small;
    } else if (rawBytes_ > kCompressBytesMax) {
        skipReason_ = CompressionSkipReason::Size;
    } else {
        const TimePoint begun = update();
        std::string compressed;
        shared_->deflater().run(content_, Deflater::Flush::Finish, compressed);
        const double most = static_cast<double>(rawBytes_) * (1 - options_.compressionSavingMin);
        compressed_ = compressed.size() < rawBytes_ && static_cast<double>(compressed.size()) <= most;
        skipReason_ = CompressionSkipReason::Saving;
        if (compressed_) {
            content_ = std::move(compressed);
            encoding_ = "gzip";
        }
        processed_ = update() - begun;
    }
    length_ = content_.size();
}

boost::asio::awaitable<Status> WholeStream::run(Sink& sink)
{
    spent_.reset();
    if (context_.cancel.cancelled()) co_return end(context_.cancel.status(), true);
    if (!content_.empty()) {
        clientReads(now());
        const Status written = co_await sink.write(content_);
        if (!written.ok()) co_return end(written, true);
    }
    co_return sent();
}

std::optional<Status> WholeStream::runNow(Sink& sink)
{
    if (context_.cancel.cancelled()) return end(context_.cancel.status(), true);
    if (!content_.empty()) {
        clientReads(now());
        const auto written = sink.writeNow(content_);
        if (!written) return std::nullopt;
        if (!written->ok()) return end(*written, true);
    }
    return sent();
}

Status WholeStream::sent()
{
    const TimePoint now = this->now();
    if (!content_.empty()) {
        Sent sent;
        sent.raw = rawBytes_;
        sent.bytes = content_.size();
        sent.compressed = compressed_;
        sent.skipReason = skipReason_;
        sent.processed = processed_;
        delivered(sent, now);
        freeBuffer(content_);
    }
    return end(absl::OkStatus(), false, now);
}

void WholeStream::addDecisions(Trace&, Duration) const {}

}  // namespace millrace::stream
