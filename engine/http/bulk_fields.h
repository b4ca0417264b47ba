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

/// Extracts the values of one repeated bytes field from a protobuf message while it arrives, in pieces of any size, so
/// that tensors are copied once: from the receive buffer to their final place. The remainder is the message without
/// that field, for the ordinary parser.
///
///     BulkFields fields(kRawInputContents, messageBytes);
///     if (Status status = fields.feed(part); !status.ok()) return status;      // for each piece
///     auto [message, contents] = fields.take();                                // once all are fed and complete()
///
/// Pure. Thread: one.
/// Bound:  kValuesMax values; memory for at most kReservedAtOnce of a value before its bytes have arrived.
/// Errors: InvalidArgument for more values and for malformed protobuf. REQUIRES: no feed() after an error.
/// Source: protobuf encoding: a tag (field << 3 | type), and for type 2 a length, as varints.
class BulkFields {
public:
    static constexpr std::size_t kValuesMax = 1024;
    static constexpr std::size_t kReservedAtOnce = 4u << 20;

    /// `field`: number of a repeated bytes field at the top level. `size`: bytes of the whole message.
    BulkFields(std::uint32_t field, std::uint64_t size) : field_(field), missing_(size) {}

    Status feed(std::string_view part);
    /// The input so far ends at a field boundary.
    bool complete() const { return state_ == State::Tag && pending_.empty() && depth_ == 0; }
    /// The message without the field, and the field's values in order. REQUIRES: all `size` bytes were fed; complete().
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
