// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::http {

/// Takes the contents of one field out of a message of protobuf while it arrives, however it is cut, so that tensors
/// are copied once: from what was received to where they stay. What is left is a message without that field, which a
/// parser reads as ever.
///
/// Pure. Thread: one.  Bound: kValuesMax values; of what a value announces, kReservedAtOnce before it has come.
/// Errors: InvalidArgument for more values and for malformed protobuf; nothing may be fed after one.
/// Source: protobuf's encoding: a tag (field · 8 + type), and for type 2 a length, as varints.
class BulkFields {
public:
    static constexpr std::size_t kValuesMax = 1024;
    static constexpr std::size_t kReservedAtOnce = 4u << 20;

    /// `field`: a repeated field of bytes at the top level. `size`: of the whole message.
    BulkFields(std::uint32_t field, std::uint64_t size) : field_(field), missing_(size) {}

    Status feed(std::string_view part);
    /// Whether what has been fed ends where a field does.
    bool complete() const { return state_ == State::Tag && pending_.empty() && depth_ == 0; }
    /// Of a complete message: it without the field, and the field's values in their order.
    std::pair<std::string, std::vector<std::string>> take() { return {std::move(rest_), std::move(values_)}; }

private:
    enum class State { Tag, Length, Varint, Kept, Value };
    Status byte(char c);
    Status tag(std::uint64_t number);
    Status length(std::uint64_t number);
    Status keepPending(State next);
    void content(std::string_view part);

    const std::uint32_t field_;
    std::uint64_t missing_;  ///< of the message
    State state_ = State::Tag;
    std::string pending_;       ///< the bytes of a tag, and of its length
    std::uint64_t number_ = 0;  ///< the varint that arrives
    unsigned shift_ = 0;
    std::uint32_t tag_ = 0;
    std::uint32_t depth_ = 0;  ///< of groups, whose fields are not the message's
    std::uint64_t left_ = 0;   ///< of what is kept or taken out
    std::string rest_;
    std::vector<std::string> values_;
};

}  // namespace millrace::http
