// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "stream/deflater.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

/// Checked chunks. The compressor and decompressor make and judge the fields that millrace.v1.Chunk carries; the
/// encoder and decoder put the same fields into a separate frame, for files and plain sockets.
///
/// Frame, little-endian:  0 "MRC1"  4 flags (1 compressed, 2 last)  8 sequence  16 raw bytes  20 data bytes
///                        24 CRC-32 of the raw bytes  28 CRC-32 of bytes 0–27 and the data  32 data
/// The second CRC guards what the first does not see: a flipped flag, a changed sequence, a gzip header.
///
/// Thread: one. Errors: InvalidArgument: corrupt, out of order, or more after the last chunk. ResourceExhausted: larger
/// than a chunk may be, compressed or decompressed. Unavailable: it ended before its last chunk. The first error stays.
namespace millrace::stream {

inline constexpr std::size_t kChunkRawBytesMax = 1u << 20;
/// gzip makes incompressible bytes a little larger; more than this is no chunk of ours.
inline constexpr std::size_t kChunkDataBytesMax = kChunkRawBytesMax + 1024;
inline constexpr std::size_t kChunkHeadBytes = 32;

struct ChunkHead {
    std::uint64_t sequence = 0;  ///< from 0, without gaps
    bool compressed = false;     ///< data is gzip
    bool last = false;
    std::uint32_t rawBytes = 0;  ///< of the data when decompressed
    std::uint32_t crc32 = 0;     ///< of the raw data
};

struct Chunk {
    ChunkHead head;
    std::string data;
};

struct ChunkCompression {
    bool enabled = false;
    std::size_t bytesMin = 1024;  ///< smaller chunks stay as they are
    double savingMin = 0.2;       ///< and so do those that would not shrink by this share
};

/// Raw bytes to the chunks of one stream.
class ChunkCompressor {
public:
    explicit ChunkCompressor(ChunkCompression compression = {}) : compression_(compression) {}

    /// At most kChunkRawBytesMax; empty only as the last one; nothing after the last one.
    StatusOr<Chunk> compress(std::string_view raw, bool last);
    std::uint64_t chunks() const { return sequence_; }
    bool finished() const { return finished_; }

private:
    ChunkCompression compression_;
    std::uint64_t sequence_ = 0;
    bool finished_ = false;
    std::unique_ptr<Deflater> deflater_;  // made when the first chunk is worth a try
};

/// The chunks of one stream to raw bytes, each believed only after its checks.
class ChunkDecompressor {
public:
    StatusOr<std::string> decompress(const ChunkHead& head, std::string_view data);
    /// OK once the last chunk was decompressed; for the end of the transport.
    Status ended() const;
    bool finished() const { return finished_; }

private:
    StatusOr<std::string> verify(const ChunkHead& head, std::string_view data);

    std::uint64_t sequence_ = 0;
    bool finished_ = false;
    Status failed_;
};

/// Writes any bytes as frames of `size` raw bytes.
class ChunkEncoder {
public:
    /// Takes a whole frame; its error ends the encoding.
    using Writer = std::function<Status(std::string_view frame)>;

    /// `size`: 1 … kChunkRawBytesMax, else the nearer of the two.
    ChunkEncoder(Writer writer, std::size_t size, ChunkCompression compression = {});

    Status write(std::string_view bytes);
    /// Sends what is held as the last chunk.
    Status finish();
    /// Size of the next chunks; what is held already counts towards it.
    void setSize(std::size_t size);
    std::uint64_t chunks() const { return compressor_.chunks(); }
    std::uint32_t crc32() const { return crc32_; }  ///< of all raw bytes so far

private:
    Status send(std::string_view raw, bool last);

    Writer writer_;
    std::size_t size_;
    ChunkCompressor compressor_;
    std::string held_;
    std::string frame_;
    std::uint32_t crc32_ = 0;
    Status failed_;
};

/// Reads frames back.
class ChunkDecoder {
public:
    /// The next bytes, any number; empty: there are no more.
    using Reader = std::function<StatusOr<std::string>()>;

    explicit ChunkDecoder(Reader reader) : reader_(std::move(reader)) {}

    /// Raw bytes of the next chunk; nothing: the last one has been given and nothing follows it.
    StatusOr<std::optional<std::string>> next();
    std::uint64_t position() const { return position_; }  ///< bytes of whole frames taken so far

private:
    StatusOr<std::optional<std::string>> decode();
    StatusOr<bool> fill(std::size_t bytes);

    Reader reader_;
    std::string buffer_;
    std::size_t begin_ = 0;  // of what buffer_ holds unread
    std::uint64_t position_ = 0;
    ChunkDecompressor decompressor_;
    Status failed_;
};

/// Decompresses one gzip member of exactly `rawBytes`; never writes more than that, whatever the data says.
StatusOr<std::string> gunzip(std::string_view data, std::size_t rawBytes);

}  // namespace millrace::stream
