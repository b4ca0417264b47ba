// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "serve/request_log.h"

#include <cstdint>
#include <optional>

namespace millrace::serve {

/// The stage where requests spent most of their time lately.
struct Bottleneck {
    enum class Stage {
        Connections,  ///< waiting for a connection
        Batches,      ///< waiting in a batch
        Models,       ///< waiting for a model
        Inference,    ///< at the backend, which also generates what is streamed
        Streams,      ///< the client takes what is there for it
    };
    Stage stage = Stage::Inference;
    double share = 0;            ///< of the time in all five, 0 to 1
    std::uint64_t requests = 0;  ///< looked at
};

inline constexpr std::uint64_t kBottleneckRequests = 200;  ///< the newest ones
inline constexpr Duration kBottleneckAge = 30s;            ///< what ended before says nothing of now

/// Of the newest requests that were served; those that failed do not say where time is spent. Nullopt: none was,
/// lately. Pure.
std::optional<Bottleneck> bottleneckOf(const RequestRecords& ended, TimePoint now);

}  // namespace millrace::serve
