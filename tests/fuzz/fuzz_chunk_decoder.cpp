// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/chunk_codec.h"

#include <cstdlib>

using namespace millrace;

/// The first byte chooses how the rest is cut into reads. Decodes it as frames; and judges it as one chunk whose head
/// is right, so that the fuzzer gets past the checksums to the unpacking.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0) return 0;
    const std::size_t piece = data[0] == 0 ? size : data[0];
    std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);

    stream::ChunkHead head;
    head.compressed = true;
    head.last = true;
    head.rawBytes = static_cast<std::uint32_t>(data[0]) * 64;
    stream::ChunkUnpacker unpacker;
    if (const auto raw = unpacker.unpack(head, bytes); raw.ok() && raw->size() != head.rawBytes) std::abort();

    stream::ChunkDecoder decoder([&bytes, piece]() -> StatusOr<std::string> {
        std::string next(bytes.substr(0, piece));
        bytes.remove_prefix(next.size());
        return next;
    });
    for (;;) {
        const auto chunk = decoder.next();
        if (!chunk.ok() || !*chunk) break;
        if ((*chunk)->size() > stream::kChunkRawBytesMax) std::abort();
    }
    return 0;
}
