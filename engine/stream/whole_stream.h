// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "stream/open_stream.h"

namespace millrace::stream {

/// An answer that is held whole: a small one, or any when streaming is off. One write, no separate coroutine, and an
/// upstream that fails is known before the client has seen a byte.
/// Bound: kBytesMax (pool::answerTooLarge).
class WholeStream final : public OpenStream {
public:
    static constexpr std::uint64_t kBytesMax = 256ull << 20;
    static constexpr std::size_t kCompressBytesMax = 128u << 10;  ///< compressing more at once would hold up the strand

    using OpenStream::OpenStream;

    /// Reads the answer to its end.
    boost::asio::awaitable<Status> fill();
    /// The answer as it came, to its end; just opened.
    Status fillWith(std::string content);
    /// The answer was read to its end by another stream, for a look at it.
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
    std::size_t rawBytes_ = 0;
    bool compressed_ = false;
    CompressionSkipReason skipReason_ = CompressionSkipReason::Off;
    Duration processed_{};
};

}  // namespace millrace::stream
