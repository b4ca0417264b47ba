// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::stream {

/// zlib's compressor, reusable, because creating one costs more than compressing a small answer.
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

    /// Compresses `in` and appends to `out`. Sync: flushes everything to a byte boundary. Finish: ends the stream;
    /// REQUIRES reset() before further use.
    void run(std::string_view in, Flush flush, std::string& out);
    void reset();
    /// Sets the dictionary to the latest bytes that the receiver has decompressed. REQUIRES: Format::Raw, after
    /// reset().
    void history(std::string_view bytes);

private:
    z_stream z_{};
};

/// For answers of up to a megabyte: half of zlib's default memory, twice its speed.
inline constexpr Deflater::Shape kBulkShape{3, 14, 7};
/// For event streams: 22 KiB each, since thousands may be open, and events resemble the previous one or two.
inline constexpr Deflater::Shape kEventShape{6, 11, 4};

/// `before`: the CRC of preceding bytes; 0: none.
std::uint32_t crc32Of(std::string_view bytes, std::uint32_t before = 0);

}  // namespace millrace::stream
