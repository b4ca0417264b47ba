// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/body_reader.h"

#include "base/check.h"
#include "base/free_buffer.h"

#include <algorithm>

namespace millrace::http {

namespace {

constexpr double kBytesPerMsLeast = 4;  // on the whole: a body that trickles in would last indefinitely

}  // namespace

TimePoint bodyDeadline(TimePoint began, TimePoint now, Duration most, std::uint64_t bytes)
{
    return std::min(now + most, began + most + fromMs(static_cast<double>(bytes) / kBytesPerMsLeast));
}

void BodyReader::begin(const RequestHead& head, std::uint64_t bytesMax)
{
    text_.clear();
    have_ = 0;
    received_ = 0;
    chunked_ = head.chunked;
    length_ = head.length.value_or(0);
    bytesMax_ = bytesMax;
}

BodyReader::Step BodyReader::take(InBuffer& in, RequestParser& parser)
{
    if (chunked_) {
        const auto fed = parser.chunks(in.view(), text_, bytesMax_);
        in.consume(fed.used);
        return fed.step;
    }
    if (have_ < length_ && !in.empty()) {
        const auto here = static_cast<std::size_t>(std::min<std::uint64_t>(length_ - have_, in.size()));
        text_.replace(have_, std::string::npos, in.view().substr(0, here));
        in.consume(here);
        have_ += here;
        received_ += here;
    }
    return have_ == length_ ? Step::Done : Step::NeedMore;
}

net::mutable_buffer BodyReader::room(InBuffer& in, std::size_t inMax)
{
    if (chunked_) return in.prepare(inMax);
    if (have_ == text_.size())
        text_.resize(
            static_cast<std::size_t>(std::min<std::uint64_t>(length_, have_ + std::max<std::size_t>(kAtOnce, have_))));
    return {text_.data() + have_, text_.size() - have_};
}

void BodyReader::commit(InBuffer& in, std::size_t count)
{
    received_ += count;
    if (chunked_) {
        in.commit(count);
        return;
    }
    MR_CHECK(count <= text_.size() - have_);
    have_ += count;
}

void BodyReader::release()
{
    freeBuffer(text_);
    have_ = 0;
}

}  // namespace millrace::http
