// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "stream/deflater.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace millrace::stream {

struct GzipRule {
    std::size_t bytesMin = 1024;  ///< compression is not tried up to this size
    double savingMin = 0.2;       ///< least share of bytes that a sample must save
};

/// Writes one gzip stream of which every flushed piece can be decompressed as soon as it arrives.
///
/// Content-Encoding must be announced before it is known whether an event stream compresses well. It therefore starts
/// with stored blocks (five bytes of overhead per piece, no memory), and switches to compression once more than
/// bytesMin bytes passed and their tail, as a sample, compressed well enough; otherwise it stays with stored blocks.
/// The first compressed block may refer to stored data, so the late start costs nothing. Bulk data is sampled
/// beforehand, and compressed from the start.
///
///     GzipWriter gzip({}, kEventShape);
///     gzip.write(event, true, out);
///     gzip.finish(out);
///
/// Thread: one. Memory: see Deflater; at most kSampleBytes before the decision.
/// Source: RFC 1952, RFC 1951 section 3.2.4.
class GzipWriter {
public:
    static constexpr std::size_t kSampleBytes = 4096;

    enum class State { Undecided, Compressing, Storing };

    /// Undecided at first.
    GzipWriter(GzipRule rule, Deflater::Shape shape);
    /// Compresses from the start.
    explicit GzipWriter(Deflater::Shape shape);

    /// Appends output for the client to `out`. `flush`: everything, so that it can be decompressed at once.
    void write(std::string_view raw, bool flush, std::string& out);
    /// Appends the end of the stream.
    void finish(std::string& out);

    State state() const { return state_; }

private:
    void decide(std::string_view raw);
    void store(std::string_view raw, std::string& out);
    void remember(std::string_view raw);

    GzipRule rule_;
    Deflater::Shape shape_;
    State state_;
    bool begun_ = false;
    std::uint32_t crc_ = 0;
    std::uint64_t rawBytes_ = 0;
    std::string tail_;  // the last raw bytes, while undecided
    std::unique_ptr<Deflater> deflater_;
};

/// The share of bytes that `deflater` saves on `sample`; 0: none. Resets the deflater.
double savingOf(std::string_view sample, Deflater& deflater);

/// True for types that are compressed already: images, audio, video, archives. Pure.
bool isCompressedType(std::string_view contentType);

}  // namespace millrace::stream
