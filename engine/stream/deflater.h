// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::stream {

/// zlib's compressor, kept from one use to the next because making one costs more than a small answer.
///
///     Deflater deflater(Deflater::Format::Gzip, kBulkShape);
///     deflater.run(body, Deflater::Flush::Finish, out);
///     deflater.reset();                                     // REQUIRES: before the next one
///
/// Memory: (4 << windowBits) + (512 << memLevel) bytes, plus 6 KiB. Thread: one.
class Deflater {
public:
    enum class Format { Raw, Gzip };
    enum class Flush { None, Sync, Finish };
    struct Shape {
        int level = 6;
        int windowBits = 15;  ///< 9 … 15
        int memLevel = 8;     ///< 1 … 9
    };

    Deflater(Format format, Shape shape);
    ~Deflater();
    Deflater(const Deflater&) = delete;
    Deflater& operator=(const Deflater&) = delete;

    /// Appends to `out` what comes of `in`. Sync: all of it, ending on a byte. Finish: the end; reset() before the
    /// next.
    void run(std::string_view in, Flush flush, std::string& out);
    void reset();
    /// Raw only, after reset(): what the receiver has decompressed last, so that it may be referred to.
    void history(std::string_view bytes);

private:
    z_stream z_{};
};

/// The shape that one-shot answers of up to a megabyte are compressed with: half of zlib's default memory, twice its
/// speed.
inline constexpr Deflater::Shape kBulkShape{3, 14, 7};
/// Small enough for a thousand open event streams (22 KiB each); their events resemble the one or two before them.
inline constexpr Deflater::Shape kEventShape{6, 11, 4};

std::uint32_t crc32Of(std::string_view bytes, std::uint32_t before = 0);

}  // namespace millrace::stream
