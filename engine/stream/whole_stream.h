// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "stream/open_stream.h"

namespace millrace::stream {

/// An answer that is buffered whole: a small one, or any when streaming is off. It takes one write and no separate
/// coroutine, and a failure of the upstream is known before the client gets a byte.
/// Bound: kBytesMax (pool::answerTooLarge).
class WholeStream final : public OpenStream {
public:
    static constexpr std::uint64_t kBytesMax = 256ull << 20;
    static constexpr std::size_t kCompressBytesMax = 128u << 10;  ///< compressing more at once would hold up the strand

    using OpenStream::OpenStream;

    /// Reads the answer to its end.
    boost::asio::awaitable<Status> fill();
    /// Takes the whole answer of a stream that was just opened.
    Status fillWith(std::string content);
    /// Destroys `body`, of which nothing is left to read, when the answer has been sent or the client lets it wait.
    void keep(std::unique_ptr<pool::HttpBody> body) { spent_ = std::move(body); }
    /// Takes an answer that another stream has read to its end as a sample.
    Status adopt(std::string content);
    boost::asio::awaitable<Status> run(Sink& sink) override;
    std::optional<Status> runNow(Sink& sink) override;

protected:
    void addDecisions(Trace& trace, Duration span) const override;

private:
    Status filled(TimePoint now);
    void choose();
    Status sent();

    std::string content_;
    std::unique_ptr<pool::HttpBody> spent_;
    std::size_t rawBytes_ = 0;
    bool compressed_ = false;
    CompressionSkipReason skipReason_ = CompressionSkipReason::Off;
    Duration processed_{};
};

}  // namespace millrace::stream
