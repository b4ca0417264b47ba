// SPDX-License-Identifier: GPL-3.0-or-later
#include "front/inflate.h"

#include "base/check.h"

#include <zlib.h>

#include <algorithm>
#include <limits>

namespace millrace::front {

struct Inflater::Impl {
    z_stream stream{};
    bool ended = false;
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
    Turn turn;
    if (impl_->ended) {
        turn.ended = true;
        return turn;
    }
    constexpr std::size_t kAtOnce = std::numeric_limits<uInt>::max();
    z_stream& stream = impl_->stream;
    const std::size_t before = out.size();
    out.resize(before + std::min(most, kAtOnce));
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));  // zlib reads only
    stream.avail_in = static_cast<uInt>(std::min(packed.size(), kAtOnce));
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + before);
    stream.avail_out = static_cast<uInt>(out.size() - before);
    const uInt given = stream.avail_in;
    const int result = ::inflate(&stream, Z_SYNC_FLUSH);
    turn.more = stream.avail_out == 0;
    out.resize(out.size() - stream.avail_out);
    turn.used = given - stream.avail_in;
    if (result == Z_STREAM_END) {
        impl_->ended = turn.ended = true;
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
        return invalidArgument(std::string("the packed data is broken: ") +
                               (stream.msg ? stream.msg : "it is no gzip"));
    }
    return turn;
}

}  // namespace millrace::front
