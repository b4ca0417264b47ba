// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/chunk_codec.h"

#include "stream/gzip_writer.h"

#include <algorithm>
#include <cstring>

namespace millrace::stream {

namespace {

constexpr std::size_t kSampleBytes = 4096;  // that show whether a large chunk is worth compressing

constexpr char kMagic[4] = {'M', 'R', 'C', '1'};
constexpr std::uint32_t kCompressed = 1;
constexpr std::uint32_t kLast = 2;

template <typename Number>
void put(char* at, Number number)
{
    for (std::size_t i = 0; i < sizeof(Number); ++i) at[i] = static_cast<char>((number >> (8 * i)) & 0xff);
}

template <typename Number>
Number get(const char* at)
{
    Number number = 0;
    for (std::size_t i = 0; i < sizeof(Number); ++i) {
        number = static_cast<Number>(number | static_cast<Number>(static_cast<unsigned char>(at[i])) << (8 * i));
    }
    return number;
}

std::string numbered(std::uint64_t sequence)
{
    return "chunk " + std::to_string(sequence);
}

struct Inflater {
    z_stream z{};
    bool good = inflateInit2(&z, 15 + 16) == Z_OK;
    Inflater() = default;
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;
    ~Inflater()
    {
        if (good) inflateEnd(&z);
    }
};

}  // namespace

StatusOr<std::string> gunzip(std::string_view data, std::size_t rawBytes)
{
    if (rawBytes > kChunkRawBytesMax || data.size() > kChunkDataBytesMax) {
        return resourceExhausted("gzip data is larger than a chunk may be");
    }
    Inflater inflater;
    if (!inflater.good) return resourceExhausted("no memory to decompress");
    // One byte more than promised: a longer text shows itself there, and nothing beyond it is ever decompressed.
    std::string raw(rawBytes + 1, '\0');
    auto& z = inflater.z;
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
    z.avail_in = static_cast<uInt>(data.size());
    z.next_out = reinterpret_cast<Bytef*>(raw.data());
    z.avail_out = static_cast<uInt>(raw.size());
    const int result = inflate(&z, Z_FINISH);
    if (z.total_out > rawBytes) {
        return resourceExhausted("gzip data decompresses to more than the " + std::to_string(rawBytes) +
                                 " bytes announced");
    }
    if (result != Z_STREAM_END) {
        return invalidArgument("gzip data is damaged" + (z.msg ? std::string(": ") + z.msg : std::string()));
    }
    if (z.avail_in != 0) return invalidArgument("bytes follow the end of the gzip data");
    if (z.total_out != rawBytes) {
        return invalidArgument("gzip data decompresses to " + std::to_string(z.total_out) + " bytes, not the " +
                               std::to_string(rawBytes) + " announced");
    }
    raw.resize(rawBytes);
    return raw;
}

StatusOr<Chunk> ChunkCompressor::compress(std::string_view raw, bool last)
{
    if (finished_) return failedPrecondition("the last chunk has been sent");
    if (raw.empty() && !last) return invalidArgument("only the last chunk may be empty");
    if (raw.size() > kChunkRawBytesMax) {
        return resourceExhausted(std::to_string(raw.size()) + " bytes in one chunk; at most " +
                                 std::to_string(kChunkRawBytesMax));
    }
    Chunk chunk;
    chunk.head.sequence = sequence_++;
    chunk.head.last = finished_ = last;
    chunk.head.rawBytes = static_cast<std::uint32_t>(raw.size());
    chunk.head.crc32 = crc32Of(raw);
    if (compression_.enabled && raw.size() > compression_.bytesMin) {
        if (deflater_)
            deflater_->reset();
        else
            deflater_ = std::make_unique<Deflater>(Deflater::Format::Gzip, kBulkShape);
        // Compressing a chunk that does not get smaller costs as much as one that does: a piece of it shows beforehand.
        const bool large = raw.size() >= 4 * kSampleBytes;
        if (large && savingOf(raw.substr(raw.size() / 2, kSampleBytes), *deflater_) < compression_.savingMin) {
            chunk.data.assign(raw);
            return chunk;
        }
        deflater_->run(raw, Deflater::Flush::Finish, chunk.data);
        chunk.head.compressed =
            static_cast<double>(chunk.data.size()) <= static_cast<double>(raw.size()) * (1 - compression_.savingMin) &&
            chunk.data.size() < raw.size();
    }
    if (!chunk.head.compressed) chunk.data.assign(raw);
    return chunk;
}

StatusOr<std::string> ChunkDecompressor::decompress(const ChunkHead& head, std::string_view data)
{
    if (!failed_.ok()) return failed_;
    auto raw = verify(head, data);
    if (!raw.ok()) failed_ = raw.status();
    return raw;
}

StatusOr<std::string> ChunkDecompressor::verify(const ChunkHead& head, std::string_view data)
{
    if (finished_) return invalidArgument(numbered(head.sequence) + " comes after the last one");
    if (head.sequence != sequence_) {
        return invalidArgument(numbered(head.sequence) + " came where " + numbered(sequence_) + " was due");
    }
    if (head.rawBytes > kChunkRawBytesMax) {
        return resourceExhausted(numbered(head.sequence) + " announces " + std::to_string(head.rawBytes) +
                                 " bytes; at most " + std::to_string(kChunkRawBytesMax));
    }
    if (data.size() > kChunkDataBytesMax) {
        return resourceExhausted(numbered(head.sequence) + " carries " + std::to_string(data.size()) +
                                 " bytes; at most " + std::to_string(kChunkDataBytesMax));
    }
    if (head.rawBytes == 0 && !head.last) return invalidArgument(numbered(head.sequence) + " is empty");
    std::string raw;
    if (head.compressed) {
        auto decompressed = gunzip(data, head.rawBytes);
        if (!decompressed.ok()) {
            return Status(decompressed.status().code(), numbered(head.sequence) + ": " + text(decompressed.status()));
        }
        raw = *std::move(decompressed);
    } else {
        if (data.size() != head.rawBytes) {
            return invalidArgument(numbered(head.sequence) + " carries " + std::to_string(data.size()) +
                                   " bytes, not the " + std::to_string(head.rawBytes) + " announced");
        }
        raw.assign(data);
    }
    if (crc32Of(raw) != head.crc32) return invalidArgument(numbered(head.sequence) + " is damaged: wrong CRC-32");
    ++sequence_;
    finished_ = head.last;
    return raw;
}

Status ChunkDecompressor::ended() const
{
    if (!failed_.ok() || finished_) return failed_;
    return unavailable("the stream ended after " + std::to_string(sequence_) + " chunks, before its last one");
}

ChunkEncoder::ChunkEncoder(Writer writer, std::size_t size, ChunkCompression compression)
    : writer_(std::move(writer)), compressor_(compression)
{
    setSize(size);
}

void ChunkEncoder::setSize(std::size_t size)
{
    size_ = std::clamp<std::size_t>(size, 1, kChunkRawBytesMax);
}

Status ChunkEncoder::write(std::string_view bytes)
{
    if (!failed_.ok()) return failed_;
    if (compressor_.finished()) return failedPrecondition("the last chunk has been sent");
    while (held_.size() + bytes.size() >= size_ && !bytes.empty()) {
        if (held_.empty()) {
            // Straight from the caller's bytes, without a copy.
            failed_ = send(bytes.substr(0, size_), false);
            bytes.remove_prefix(size_);
        } else {
            const std::size_t missing = size_ > held_.size() ? size_ - held_.size() : 0;
            held_.append(bytes.substr(0, missing));
            bytes.remove_prefix(missing);
            failed_ = send(held_, false);
            held_.clear();
        }
        if (!failed_.ok()) return failed_;
    }
    held_.append(bytes);
    return absl::OkStatus();
}

Status ChunkEncoder::finish()
{
    if (!failed_.ok()) return failed_;
    failed_ = send(held_, true);
    held_.clear();
    return failed_;
}

Status ChunkEncoder::send(std::string_view raw, bool last)
{
    crc32_ = crc32Of(raw, crc32_);
    auto compressed = compressor_.compress(raw, last);
    if (!compressed.ok()) return compressed.status();
    const auto& [head, data] = *compressed;
    char bytes[kChunkHeadBytes];
    std::memcpy(bytes, kMagic, sizeof kMagic);
    put<std::uint32_t>(bytes + 4, (head.compressed ? kCompressed : 0) | (head.last ? kLast : 0));
    put<std::uint64_t>(bytes + 8, head.sequence);
    put<std::uint32_t>(bytes + 16, head.rawBytes);
    put<std::uint32_t>(bytes + 20, static_cast<std::uint32_t>(data.size()));
    put<std::uint32_t>(bytes + 24, head.crc32);
    put<std::uint32_t>(bytes + 28, crc32Of(data, crc32Of({bytes, 28})));
    frame_.assign(bytes, kChunkHeadBytes);
    frame_ += data;
    return writer_(frame_);
}

StatusOr<std::optional<std::string>> ChunkDecoder::next()
{
    if (!failed_.ok()) return failed_;
    auto decoded = decode();
    if (!decoded.ok()) failed_ = decoded.status();
    return decoded;
}

StatusOr<std::optional<std::string>> ChunkDecoder::decode()
{
    auto headThere = fill(kChunkHeadBytes);
    if (!headThere.ok()) return headThere.status();
    const std::size_t available = buffer_.size() - begin_;
    if (decompressor_.finished()) {
        if (available > 0) return invalidArgument("bytes follow the last chunk");
        return std::optional<std::string>();
    }
    if (available == 0) return decompressor_.ended();
    if (!*headThere) return unavailable("the stream ended within the head of a chunk");
    const char* bytes = buffer_.data() + begin_;
    if (std::memcmp(bytes, kMagic, sizeof kMagic) != 0) return invalidArgument("no chunk begins here");
    const auto flags = get<std::uint32_t>(bytes + 4);
    const std::size_t dataBytes = get<std::uint32_t>(bytes + 20);
    if ((flags & ~(kCompressed | kLast)) != 0) return invalidArgument("a chunk has flags that are not known");
    // Before the data is waited for: a wrong size must not make us hold gigabytes.
    if (dataBytes > kChunkDataBytesMax) {
        return resourceExhausted("a chunk carries " + std::to_string(dataBytes) + " bytes; at most " +
                                 std::to_string(kChunkDataBytesMax));
    }
    auto allThere = fill(kChunkHeadBytes + dataBytes);
    if (!allThere.ok()) return allThere.status();
    if (!*allThere) return unavailable("the stream ended within a chunk");
    bytes = buffer_.data() + begin_;
    const std::string_view data(bytes + kChunkHeadBytes, dataBytes);
    if (crc32Of(data, crc32Of({bytes, 28})) != get<std::uint32_t>(bytes + 28)) {
        return invalidArgument("a chunk is damaged: wrong CRC-32 of its frame");
    }
    ChunkHead head;
    head.sequence = get<std::uint64_t>(bytes + 8);
    head.compressed = (flags & kCompressed) != 0;
    head.last = (flags & kLast) != 0;
    head.rawBytes = get<std::uint32_t>(bytes + 16);
    head.crc32 = get<std::uint32_t>(bytes + 24);
    auto raw = decompressor_.decompress(head, data);
    if (!raw.ok()) return raw.status();
    begin_ += kChunkHeadBytes + dataBytes;
    position_ += kChunkHeadBytes + dataBytes;
    return std::optional<std::string>(*std::move(raw));
}

/// Whether `bytes` are held; false: the reader has no more.
StatusOr<bool> ChunkDecoder::fill(std::size_t bytes)
{
    if (begin_ > 0 && buffer_.size() - begin_ < bytes) {
        buffer_.erase(0, begin_);
        begin_ = 0;
    }
    while (buffer_.size() - begin_ < bytes) {
        auto more = reader_();
        if (!more.ok()) return more.status();
        if (more->empty()) return false;
        buffer_ += *more;
    }
    return true;
}

}  // namespace millrace::stream
