// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/deflater.h"

#include "base/check.h"

#include <algorithm>
#include <limits>
#include <new>

namespace millrace::stream {

namespace {

int zlibFlush(Deflater::Flush flush)
{
    switch (flush) {
        case Deflater::Flush::None:
            return Z_NO_FLUSH;
        case Deflater::Flush::Sync:
            return Z_SYNC_FLUSH;
        case Deflater::Flush::Finish:
            break;
    }
    return Z_FINISH;
}

}  // namespace

Deflater::Deflater(Format format, Shape shape)
{
    const int bits = format == Format::Raw ? -shape.windowBits : shape.windowBits + 16;
    const int result = deflateInit2(&z_, shape.level, Z_DEFLATED, bits, shape.memLevel, Z_DEFAULT_STRATEGY);
    if (result == Z_MEM_ERROR) throw std::bad_alloc();
    MR_CHECK_MSG(result == Z_OK, "zlib answered " + std::to_string(result));
}

Deflater::~Deflater()
{
    deflateEnd(&z_);
}

void Deflater::run(std::string_view in, Flush flush, std::string& out)
{
    MR_CHECK(in.size() <= std::numeric_limits<uInt>::max());
    z_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));  // zlib reads it only
    z_.avail_in = static_cast<uInt>(in.size());
    for (;;) {
        const std::size_t before = out.size();
        const std::size_t spare = std::max<std::size_t>(256, z_.avail_in / 2);
        out.resize(before + spare);
        z_.next_out = reinterpret_cast<Bytef*>(out.data() + before);
        z_.avail_out = static_cast<uInt>(spare);
        const int result = deflate(&z_, zlibFlush(flush));
        const bool full = z_.avail_out == 0;
        out.resize(before + spare - z_.avail_out);
        // Z_BUF_ERROR: a flush right after a flush, or a last call that found nothing left to write.
        MR_CHECK_MSG(result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR,
                     "zlib answered " + std::to_string(result));
        if (!full || result == Z_STREAM_END) return;
    }
}

void Deflater::reset()
{
    MR_CHECK(deflateReset(&z_) == Z_OK);
}

void Deflater::history(std::string_view bytes)
{
    if (bytes.empty()) return;
    MR_CHECK(deflateSetDictionary(&z_, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())) ==
             Z_OK);
}

std::uint32_t crc32Of(std::string_view bytes, std::uint32_t before)
{
    return static_cast<std::uint32_t>(
        crc32_z(before, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<z_size_t>(bytes.size())));
}

}  // namespace millrace::stream
