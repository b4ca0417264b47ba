// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/cancellable_task.h"
#include "base/one_shot.h"
#include "stream/chunk_sizer.h"
#include "stream/open_stream.h"

#include <deque>

namespace millrace::stream {

/// A large answer, or one of unknown length. The first chunk is read and written alternately, which suffices for most
/// answers; after it a second coroutine reads ahead, up to the window, while the first one writes.
class BulkStream final : public OpenStream {
public:
    /// More at once would block the strand for milliseconds.
    static constexpr std::size_t kCompressSliceBytes = 128u << 10;

    BulkStream(std::shared_ptr<StreamerContext> shared, Plan plan, std::unique_ptr<pool::HttpBody> body,
               CallContext context);

    /// Whether the encoding depends on the first bytes, which sample() then reads.
    bool wantsSample() const { return !skipReason_ && (plan_.length || options_.compressionBytesMin <= kSampleFor); }
    /// Reads until the encoding can be chosen, and chooses it.
    boost::asio::awaitable<Status> sample();
    /// The whole answer, moved out, if sample() has read it to its end.
    std::optional<std::string> takeWhole();

    boost::asio::awaitable<Status> run(Sink& sink) override;
    void resumed() override;

protected:
    void addDecisions(Trace& trace, Duration span) const override;
    std::uint32_t chunkSize() const override { return sizer_.bytes(); }

private:
    static constexpr std::uint32_t kSampleFor = 64u << 10;  ///< an answer of unknown length is held back up to here

    static boost::asio::awaitable<void> readAll(std::shared_ptr<Source> source, BulkStream& stream);
    boost::asio::awaitable<Status> writeAll();
    boost::asio::awaitable<Status> writeSome();
    void startWriter();
    void arrived(StatusOr<std::string> piece);
    void stop(Status why);
    std::string_view take();

    std::optional<CompressionSkipReason> skipReason_;  // why not compressed
    std::unique_ptr<GzipWriter> gzip_;
    ChunkSizer sizer_;

    std::deque<std::string> pieces_;  // read and not yet written
    std::size_t offset_ = 0;          // of the first one, already written
    std::string joined_;              // pieces joined for one write
    std::string compressed_;
    Status upstream_;
    std::optional<OneShot<bool>> mayGoOn_;    // the reader waits
    std::optional<OneShot<bool>> something_;  // the writer waits
    bool twoCoroutines_ = false;

    Sink* sink_ = nullptr;
    Status sinkFailed_;
    OneShot<Status> passed_;  // how it ended
    CancellableTask writer_;
};

}  // namespace millrace::stream
