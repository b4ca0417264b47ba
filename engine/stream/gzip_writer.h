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
    std::size_t bytesMin = 1024;  ///< up to here compression is not even tried
    double savingMin = 0.2;       ///< share of bytes that a sample must save
};

/// One gzip stream whose every piece can be read as soon as it arrives.
///
/// Whether an event stream will be worth compressing is not known when its Content-Encoding must be said, and it must
/// not wait for that. So it begins with stored blocks (five bytes more a piece, no memory), and compresses from the
/// moment that more than bytesMin passed and the last of it, as a sample, saved enough; else it stays with stored
/// blocks. The first compressed block may refer to what was stored, so that nothing is lost by the late start. Bulk,
/// which was sampled before its first byte went out, compresses from the start.
///
/// Memory: see Deflater; up to kSampleBytes before the decision. Source: RFC 1952, RFC 1951 section 3.2.4.
class GzipWriter {
public:
    static constexpr std::size_t kSampleBytes = 4096;

    enum class State { Undecided, Compressing, Storing };

    /// Undecided at first.
    GzipWriter(GzipRule rule, Deflater::Shape shape);
    /// Compresses from the start.
    explicit GzipWriter(Deflater::Shape shape);

    /// Appends to `out` what the client must get; `flush`: all of it, readable at once.
    void write(std::string_view raw, bool flush, std::string& out);
    /// Appends the end of the stream.
    void finish(std::string& out);

    State state() const { return state_; }
    std::uint64_t rawBytes() const { return rawBytes_; }
    std::uint64_t storedBytes() const { return storedBytes_; }  ///< of the raw bytes, those sent as they were

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
    std::uint64_t storedBytes_ = 0;
    std::string tail_;  // the last raw bytes, while undecided
    std::unique_ptr<Deflater> deflater_;
};

/// Share of its bytes that `deflater` (raw or gzip) saves on `sample`; 0 when it gets no smaller. Resets the deflater.
double savingOf(std::string_view sample, Deflater& deflater);

/// Types whose bytes are compressed already: pictures, sound, film, archives.
bool isCompressedType(std::string_view contentType);

}  // namespace millrace::stream
