// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/bulk_fields.h"

#include <algorithm>

namespace millrace::http {

namespace {

constexpr unsigned kVarintBitsMax = 63;
enum WireType : std::uint32_t { kVarint, kEight, kSized, kGroup, kGroupEnd, kFour };

Status damaged()
{
    return invalidArgument("the message is not valid protobuf");
}

}  // namespace

Status BulkFields::feed(std::string_view part)
{
    while (!part.empty()) {
        if (state_ == State::Kept || state_ == State::Value) {
            const std::string_view own =
                part.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(part.size(), left_)));
            content(own);
            missing_ -= own.size();
            part.remove_prefix(own.size());
            continue;
        }
        --missing_;
        if (Status status = byte(part.front()); !status.ok()) return status;
        part.remove_prefix(1);
    }
    return absl::OkStatus();
}

void BulkFields::content(std::string_view part)
{
    if (state_ == State::Value) {
        std::string& value = values_.back();
        if (value.capacity() < value.size() + part.size())  // beyond what was reserved
            value.reserve(static_cast<std::size_t>(
                std::min<std::uint64_t>(value.size() + left_, 2 * (value.size() + part.size()))));
        value.append(part);
    } else {
        rest_.append(part);
    }
    if ((left_ -= part.size()) == 0) state_ = State::Tag;
}

Status BulkFields::byte(char c)
{
    const auto bits = static_cast<std::uint8_t>(c);
    pending_ += c;
    number_ |= static_cast<std::uint64_t>(bits & 0x7f) << shift_;
    shift_ += 7;
    if ((bits & 0x80) != 0) return shift_ > kVarintBitsMax ? damaged() : absl::OkStatus();
    const std::uint64_t number = std::exchange(number_, 0);
    shift_ = 0;
    if (state_ == State::Tag) return tag(number);
    if (state_ == State::Length) return length(number);
    return keepPending(State::Tag);
}

Status BulkFields::tag(std::uint64_t number)
{
    if (number >> 3 == 0 || number > UINT32_MAX) return damaged();
    tag_ = static_cast<std::uint32_t>(number);
    switch (tag_ & 7) {
        case kVarint:
            state_ = State::Varint;
            return absl::OkStatus();
        case kSized:
            state_ = State::Length;
            return absl::OkStatus();
        case kGroup:
            ++depth_;
            return keepPending(State::Tag);
        case kGroupEnd:
            if (depth_ == 0) return damaged();
            --depth_;
            return keepPending(State::Tag);
        case kEight:
        case kFour:
            left_ = (tag_ & 7) == kEight ? 8 : 4;
            return left_ <= missing_ ? keepPending(State::Kept) : damaged();
        default:
            return damaged();
    }
}

Status BulkFields::length(std::uint64_t number)
{
    if (number > missing_) return damaged();
    left_ = number;
    if (tag_ >> 3 != field_ || depth_ > 0) return keepPending(number == 0 ? State::Tag : State::Kept);
    pending_.clear();
    if (values_.size() == kValuesMax)
        return invalidArgument("a message has more than " + std::to_string(kValuesMax) + " raw contents");
    values_.emplace_back().reserve(static_cast<std::size_t>(std::min<std::uint64_t>(number, kReservedAtOnce)));
    state_ = number == 0 ? State::Tag : State::Value;
    return absl::OkStatus();
}

Status BulkFields::keepPending(State next)
{
    rest_ += pending_;
    pending_.clear();
    state_ = next;
    return absl::OkStatus();
}

}  // namespace millrace::http
