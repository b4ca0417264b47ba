// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz.h"
#include "stream/chunk_codec.h"

using namespace millrace;

/// The first byte chooses how the rest is cut into reads. Decodes it as frames; and judges it as one chunk whose head
/// is right, so that the fuzzer gets past the checksums to the unpacking.
FUZZ_TARGET(chunk_decoder)
{
    if (bytes.empty()) return;
    const auto first = static_cast<std::uint8_t>(bytes[0]);
    bytes.remove_prefix(1);
    const std::size_t piece = first == 0 ? bytes.size() : first;

    stream::ChunkHead head;
    head.compressed = true;
    head.last = true;
    head.rawBytes = static_cast<std::uint32_t>(first) * 64;
    stream::ChunkDecompressor decompressor;
    if (const auto raw = decompressor.decompress(head, bytes); raw.ok()) FUZZ_CHECK(raw->size() == head.rawBytes);

    std::string_view left = bytes;
    stream::ChunkDecoder decoder([&left, piece]() -> StatusOr<std::string> {
        std::string next(left.substr(0, piece));
        left.remove_prefix(next.size());
        return next;
    });
    for (;;) {
        const auto chunk = decoder.next();
        if (!chunk.ok() || !*chunk) break;
        FUZZ_CHECK((*chunk)->size() <= stream::kChunkRawBytesMax);
    }

    // What we pack, we unpack.
    stream::ChunkCompression compression;
    compression.enabled = first % 2 == 0;
    compression.bytesMin = first;
    std::string frames;
    stream::ChunkEncoder encoder(
        [&frames](std::string_view frame) {
            frames += frame;
            return Status();
        },
        std::size_t{first} * 16 + 1, compression);
    FUZZ_CHECK(encoder.write(bytes).ok() && encoder.finish().ok());
    bool given = false;
    stream::ChunkDecoder back([&frames, &given]() -> StatusOr<std::string> {
        if (given) return std::string();
        given = true;
        return frames;
    });
    std::string raw;
    for (;;) {
        const auto chunk = back.next();
        FUZZ_CHECK(chunk.ok());
        if (!*chunk) break;
        raw += **chunk;
    }
    FUZZ_CHECK(raw == bytes);
}
