// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>

namespace millrace {

/// A strongly typed id: those of requests, connections, batches … do not convert into each other. 0: none.
///
///     IdSource<RequestId> ids;
///     const RequestId id = ids.next();
template <typename Tag>
struct Id {
    std::uint64_t value = 0;

    auto operator<=>(const Id&) const = default;
    explicit operator bool() const { return value != 0; }
};

using RequestId = Id<struct RequestTag>;
using ConnectionId = Id<struct ConnectionTag>;
using BatchId = Id<struct BatchTag>;
using StreamId = Id<struct StreamTag>;
using LoadId = Id<struct LoadTag>;

/// Generates ids from 1 upwards. Thread: one.
template <typename IdType>
class IdSource {
public:
    IdType next() { return IdType{++last_}; }

private:
    std::uint64_t last_ = 0;
};

/// The name of a model, as clients use it in requests.
using ModelId = std::string;

}  // namespace millrace

template <typename Tag>
struct std::hash<millrace::Id<Tag>> {
    std::size_t operator()(millrace::Id<Tag> id) const noexcept { return std::hash<std::uint64_t>{}(id.value); }
};
