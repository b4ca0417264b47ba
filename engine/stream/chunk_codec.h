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

/// Checked chunks: streams in chunks with sequence numbers, checksums and optional compression. ChunkCompressor and
/// ChunkDecompressor produce and verify the fields of millrace.v1.Chunk (stream.proto); ChunkEncoder and ChunkDecoder
/// add a binary frame, for files and plain sockets.
///
///     ChunkEncoder encoder([&](std::string_view frame) { return file.append(frame); }, 65536);
///     if (Status status = encoder.write(bytes); !status.ok()) return status;
///     return encoder.finish();
///
/// Frame, little-endian:  0 "MRC1"  4 flags (1 compressed, 2 last)  8 sequence  16 raw bytes  20 data bytes
///                        24 CRC-32 of the raw bytes  28 CRC-32 of bytes 0–27 and the data  32 data
/// The second CRC protects what the first does not cover: flags, sequence, the gzip header.
///
/// Errors: InvalidArgument: corrupt, out of order, or data after the last chunk. ResourceExhausted: beyond the limits,
///         compressed or not. Unavailable: ended before the last chunk. The first error is returned by all later calls.
namespace millrace::stream {

inline constexpr std::size_t kChunkRawBytesMax = 1u << 20;
/// With a margin, since gzip enlarges incompressible data slightly.
inline constexpr std::size_t kChunkDataBytesMax = kChunkRawBytesMax + 1024;
inline constexpr std::size_t kChunkHeadBytes = 32;

struct ChunkHead {
    std::uint64_t sequence = 0;  ///< from 0, without gaps
    bool compressed = false;     ///< data is gzip
    bool last = false;
    std::uint32_t rawBytes = 0;  ///< size of the uncompressed data
    std::uint32_t crc32 = 0;     ///< of the uncompressed data
};

struct Chunk {
    ChunkHead head;
    std::string data;
};

struct ChunkCompression {
    bool enabled = false;
    std::size_t bytesMin = 1024;  ///< smaller chunks are not compressed; 0: none is too small
    double savingMin = 0.2;       ///< nor those that would not shrink by this share
};

/// Turns raw bytes into the chunks of one stream. Thread: one.
class ChunkCompressor {
public:
    explicit ChunkCompressor(ChunkCompression compression = {}) : compression_(compression) {}

    /// REQUIRES (otherwise an error): at most kChunkRawBytesMax bytes; empty only with `last`; nothing after `last`.
    StatusOr<Chunk> compress(std::string_view raw, bool last);
    std::uint64_t chunks() const { return sequence_; }
    bool finished() const { return finished_; }

private:
    ChunkCompression compression_;
    std::uint64_t sequence_ = 0;
    bool finished_ = false;
    std::unique_ptr<Deflater> deflater_;  // created for the first chunk to be compressed
};

/// Turns the chunks of one stream back into raw bytes, after verifying each. Thread: one.
class ChunkDecompressor {
public:
    StatusOr<std::string> decompress(const ChunkHead& head, std::string_view data);
    /// For the end of the transport: OK if the last chunk was received, otherwise Unavailable.
    Status ended() const;
    bool finished() const { return finished_; }

private:
    StatusOr<std::string> verify(const ChunkHead& head, std::string_view data);

    std::uint64_t sequence_ = 0;
    bool finished_ = false;
    Status failed_;
};

/// Writes any bytes as frames of `size` raw bytes. Thread: one, on which the writer is called.
class ChunkEncoder {
public:
    /// Called with each whole frame; an error ends the encoding.
    using Writer = std::function<Status(std::string_view frame)>;

    /// `size` is clamped to 1 … kChunkRawBytesMax.
    ChunkEncoder(Writer writer, std::size_t size, ChunkCompression compression = {});

    Status write(std::string_view bytes);
    /// Writes the rest as the last chunk. REQUIRES: called once, last.
    Status finish();
    /// The size of chunks from now on, including the one being filled.
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

/// Decodes frames. Thread: one, on which the reader is called.
class ChunkDecoder {
public:
    /// Returns the next bytes, any number; empty: end of input.
    using Reader = std::function<StatusOr<std::string>()>;

    explicit ChunkDecoder(Reader reader) : reader_(std::move(reader)) {}

    /// The raw bytes of the next chunk; nullopt: the stream is complete.
    StatusOr<std::optional<std::string>> next();
    std::uint64_t position() const { return position_; }  ///< bytes of the frames decoded so far

private:
    StatusOr<std::optional<std::string>> decode();
    StatusOr<bool> fill(std::size_t bytes);

    Reader reader_;
    std::string buffer_;
    std::size_t begin_ = 0;  // of unread bytes in buffer_
    std::uint64_t position_ = 0;
    ChunkDecompressor decompressor_;
    Status failed_;
};

/// Decompresses one gzip member of exactly `rawBytes` bytes, and never allocates more. InvalidArgument otherwise.
StatusOr<std::string> gunzip(std::string_view data, std::size_t rawBytes);

}  // namespace millrace::stream
