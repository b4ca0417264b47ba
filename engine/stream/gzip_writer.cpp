// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/gzip_writer.h"

#include "base/letters.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace millrace::stream {

namespace {

constexpr std::size_t kStoredBlockMax = 65535;
// No name, no time, system "unknown": the same text gives the same bytes.
constexpr std::string_view kHead("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff", 10);
constexpr std::string_view kEmptyLastBlock("\x01\x00\x00\xff\xff", 5);

void put16(std::size_t number, std::string& out)
{
    out.push_back(static_cast<char>(number & 0xff));
    out.push_back(static_cast<char>((number >> 8) & 0xff));
}

void put32(std::uint64_t number, std::string& out)
{
    put16(number & 0xffff, out);
    put16((number >> 16) & 0xffff, out);
}

}  // namespace

GzipWriter::GzipWriter(GzipRule rule, Deflater::Shape shape) : rule_(rule), shape_(shape), state_(State::Undecided) {}

GzipWriter::GzipWriter(Deflater::Shape shape)
    : shape_(shape), state_(State::Compressing), deflater_(std::make_unique<Deflater>(Deflater::Format::Raw, shape))
{}

void GzipWriter::write(std::string_view raw, bool flush, std::string& out)
{
    if (!begun_) {
        out.append(kHead);
        begun_ = true;
    }
    if (state_ == State::Undecided && rawBytes_ + raw.size() > rule_.bytesMin) decide(raw);
    crc_ = crc32Of(raw, crc_);
    rawBytes_ += raw.size();
    if (state_ == State::Compressing) {
        deflater_->run(raw, flush ? Deflater::Flush::Sync : Deflater::Flush::None, out);
        return;
    }
    store(raw, out);
    if (state_ == State::Undecided) remember(raw);
}

void GzipWriter::finish(std::string& out)
{
    if (!begun_) out.append(kHead);
    begun_ = true;
    if (state_ == State::Compressing)
        deflater_->run({}, Deflater::Flush::Finish, out);
    else
        out.append(kEmptyLastBlock);
    put32(crc_, out);
    put32(rawBytes_, out);
    deflater_.reset();
}

void GzipWriter::decide(std::string_view raw)
{
    auto deflater = std::make_unique<Deflater>(Deflater::Format::Raw, shape_);
    std::string sample = tail_;
    sample.append(raw.substr(0, kSampleBytes));
    if (savingOf(sample, *deflater) >= rule_.savingMin) {
        deflater->history(tail_);
        deflater_ = std::move(deflater);
        state_ = State::Compressing;
    } else {
        state_ = State::Storing;
    }
    tail_ = {};
}

void GzipWriter::store(std::string_view raw, std::string& out)
{
    while (!raw.empty()) {
        const auto block = raw.substr(0, kStoredBlockMax);
        out.push_back('\0');
        put16(block.size(), out);
        put16(~block.size(), out);
        out.append(block);
        raw.remove_prefix(block.size());
    }
}

void GzipWriter::remember(std::string_view raw)
{
    if (raw.size() > kSampleBytes) raw.remove_prefix(raw.size() - kSampleBytes);
    const std::size_t together = tail_.size() + raw.size();
    if (together > kSampleBytes) tail_.erase(0, together - kSampleBytes);
    tail_.append(raw);
}

double savingOf(std::string_view sample, Deflater& deflater)
{
    if (sample.empty()) return 0;
    std::string compressed;
    deflater.reset();
    deflater.run(sample, Deflater::Flush::Sync, compressed);
    deflater.reset();
    return std::max(0.0, 1 - static_cast<double>(compressed.size()) / static_cast<double>(sample.size()));
}

bool isCompressedType(std::string_view contentType)
{
    std::string type(contentType.substr(0, contentType.find(';')));
    while (!type.empty() && type.back() == ' ') type.pop_back();
    type = lowered(type);
    // Those of the families below that are plain text or samples inside.
    constexpr std::array<std::string_view, 6> kPlain{"image/svg+xml", "image/bmp",   "image/x-icon",
                                                     "audio/wav",     "audio/x-wav", "audio/l16"};
    constexpr std::array<std::string_view, 3> kFamilies{"image/", "audio/", "video/"};
    constexpr std::array<std::string_view, 10> kCompressedTypes{"application/gzip",
                                                                "application/x-gzip",
                                                                "application/zip",
                                                                "application/zstd",
                                                                "application/x-bzip2",
                                                                "application/x-xz",
                                                                "application/x-7z-compressed",
                                                                "application/vnd.rar",
                                                                "application/pdf",
                                                                "font/woff2"};
    if (std::find(kPlain.begin(), kPlain.end(), type) != kPlain.end()) return false;
    if (std::find(kCompressedTypes.begin(), kCompressedTypes.end(), type) != kCompressedTypes.end()) return true;
    return std::any_of(kFamilies.begin(), kFamilies.end(),
                       [&type](std::string_view family) { return type.starts_with(family); });
}

}  // namespace millrace::stream
