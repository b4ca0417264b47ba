// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/inflate.h"

#include "base/check.h"

#include <zlib.h>

#include <algorithm>
#include <limits>

namespace millrace::http {

struct Inflater::Impl {
    z_stream stream{};
    bool ended = false;
    bool gzip = false;  // rather than zlib
};

Inflater::Inflater() : impl_(std::make_unique<Impl>())
{
    constexpr int kGzipOrZlib = 15 + 32;
    MR_CHECK(::inflateInit2(&impl_->stream, kGzipOrZlib) == Z_OK);
}

Inflater::~Inflater()
{
    ::inflateEnd(&impl_->stream);
}

StatusOr<Inflater::Turn> Inflater::inflate(std::string_view packed, std::string& out, std::size_t most)
{
    constexpr std::size_t kAtOnce = std::numeric_limits<uInt>::max();
    constexpr int kMembersAtOnce = 64;  // also bounds empty members
    constexpr Bytef kGzip = 0x1f;
    Turn turn;
    z_stream& stream = impl_->stream;
    const std::size_t before = out.size();
    out.resize(before + std::min(most, kAtOnce));
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));  // zlib reads only
    stream.avail_in = static_cast<uInt>(std::min(packed.size(), kAtOnce));
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + before);
    stream.avail_out = static_cast<uInt>(out.size() - before);
    const uInt given = stream.avail_in;
    Status status;
    for (int members = 0; !impl_->ended || stream.avail_in > 0; ++members) {
        if (impl_->ended) {
            if (members == kMembersAtOnce) {
                turn.more = true;
                break;
            }
            if (!impl_->gzip || *stream.next_in != kGzip) {
                status = invalidArgument("unexpected bytes after the compressed data");
                break;
            }
            ::inflateReset(&stream);
            impl_->ended = false;
        }
        if (stream.total_in == 0 && stream.avail_in > 0) impl_->gzip = *stream.next_in == kGzip;
        const int result = ::inflate(&stream, Z_SYNC_FLUSH);
        impl_->ended = result == Z_STREAM_END;
        if (impl_->ended) continue;
        if (result != Z_OK && result != Z_BUF_ERROR)
            status = invalidArgument(std::string("the compressed data is corrupt: ") +
                                     (stream.msg ? stream.msg : "not in gzip format"));
        turn.more = stream.avail_out == 0;
        break;
    }
    out.resize(out.size() - stream.avail_out);
    if (!status.ok()) return status;
    turn.used = given - stream.avail_in;
    turn.ended = impl_->ended;
    return turn;
}

}  // namespace millrace::http
