// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/body_reader.h"

#include "base/check.h"
#include "base/free_buffer.h"

#include <algorithm>
#include <utility>

namespace millrace::http {

namespace {

constexpr double kBytesPerMsLeast = 4;  // average over the body, which could trickle in indefinitely otherwise

}  // namespace

TimePoint bodyDeadline(TimePoint began, TimePoint now, Duration most, std::uint64_t bytes)
{
    return std::min(now + most, began + most + fromMs(static_cast<double>(bytes) / kBytesPerMsLeast));
}

void BodyReader::begin(const RequestHead& head, std::uint64_t bytesMax, BodyBytes& held, std::uint64_t heldMax)
{
    text_.clear();
    have_ = 0;
    received_ = 0;
    chunked_ = head.chunked;
    length_ = head.length.value_or(0);
    bytesMax_ = bytesMax;
    held_ = &held;
    heldMax_ = heldMax;
}

/// Reserves memory for `needed` bytes of the body. False: the budget of all bodies is exhausted.
bool BodyReader::grow(std::size_t needed)
{
    if (needed <= text_.capacity()) return held_->set(text_.capacity(), heldMax_);
    std::size_t next = 2 * text_.size();
    if (length_ > 0) next = static_cast<std::size_t>(std::min<std::uint64_t>(std::max(kAtOnce, next), length_));
    next = std::max(needed, next);
    if (!held_->set(next, heldMax_)) return false;
    std::string grown;  // exact: automatic growth would take up to twice as much
    grown.reserve(next);
    grown += text_;
    text_ = std::move(grown);
    return true;
}

BodyReader::Step BodyReader::take(InBuffer& in, RequestParser& parser)
{
    if (chunked_) {
        if (!grow(text_.size() + in.size())) return Step::NoMemory;
        const auto fed = parser.chunks(in.view(), text_, bytesMax_);
        in.consume(fed.used);
        if (fed.step == RequestParser::Step::Failed) return Step::Failed;
        return fed.step == RequestParser::Step::Done ? Step::Done : Step::NeedMore;
    }
    if (have_ == 0 && in.size() >= length_) return takeWhole(in);
    if (have_ < length_ && !in.empty()) {
        const auto here = static_cast<std::size_t>(std::min<std::uint64_t>(length_ - have_, in.size()));
        if (!grow(have_ + here)) return Step::NoMemory;
        text_.replace(have_, std::string::npos, in.view().substr(0, here));
        in.consume(here);
        have_ += here;
        received_ += here;
    }
    return have_ == length_ ? Step::Done : Step::NeedMore;
}

/// The common case: the whole body arrived with its head.
BodyReader::Step BodyReader::takeWhole(InBuffer& in)
{
    have_ = static_cast<std::size_t>(length_);
    received_ = length_;
    if (!held_->set(std::max(have_, text_.capacity()), heldMax_)) return Step::NoMemory;
    text_.assign(in.view().substr(0, have_));
    in.consume(have_);
    return held_->set(text_.capacity(), heldMax_) ? Step::Done : Step::NoMemory;
}

BodyReader::Step BodyReader::prepare(InBuffer& in, std::size_t inMax, net::mutable_buffer& space)
{
    if (chunked_) {
        space = in.prepare(inMax);
        return space.size() > 0 ? Step::NeedMore : Step::Failed;
    }
    if (have_ == text_.size()) {
        if (!grow(have_ + 1)) return Step::NoMemory;
        text_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(length_, text_.capacity())));
    }
    space = {text_.data() + have_, text_.size() - have_};
    return Step::NeedMore;
}

BodyReader::Step BodyReader::append(std::string_view bytes)
{
    if (bytes.size() > bytesMax_ - std::min<std::uint64_t>(bytesMax_, text_.size())) return Step::Failed;
    if (!grow(text_.size() + bytes.size())) return Step::NoMemory;
    text_.append(bytes);
    received_ += bytes.size();
    return Step::NeedMore;
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
