// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/body_reader.h"

#include "base/check.h"
#include "base/free_buffer.h"

#include <algorithm>
#include <utility>

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

std::size_t BodyReader::nextSize() const
{
    return static_cast<std::size_t>(std::min<std::uint64_t>(length_, have_ + std::max(kAtOnce, have_)));
}

std::size_t BodyReader::needs() const
{
    return std::max(text_.capacity(), chunked_ || have_ < text_.size() ? 0 : nextSize());
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
    if (have_ == text_.size()) {
        if (nextSize() > text_.capacity()) {  // a string that grows by itself takes up to twice of what was asked for
            std::string grown;
            grown.reserve(nextSize());
            grown += text_;
            text_ = std::move(grown);
        }
        text_.resize(nextSize());
    }
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

std::string BodyReader::takeText()
{
    have_ = 0;
    return std::exchange(text_, {});
}

void BodyReader::release()
{
    freeBuffer(text_);
    have_ = 0;
}

}  // namespace millrace::http
