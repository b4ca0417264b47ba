// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/ids.h"
#include "base/sentence.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::pool {

/// What a pool's connections speak.
enum class Protocol { Http, Grpc };
/// As the label of metrics: "http", "grpc".
constexpr const char* protocolName(Protocol protocol)
{
    return protocol == Protocol::Http ? "http" : "grpc";
}

enum class State {
    Connecting,  ///< being dialled; counts towards the cap
    Idle,        ///< open, carries nothing
    Active,      ///< open, carries at least one call
    Draining,    ///< open, carries calls, takes no new ones and closes with the last
};
inline constexpr std::size_t kStates = 4;

enum class CloseReason { Idle, Age, Shrink, ServerClosed, Error, Evicted, Drain, Unhealthy, OneShot, Cancelled, Moved };
inline constexpr std::size_t kCloseReasons = 11;

// Both as the labels of metrics: server_closed …
std::string_view stateName(State state);
std::string_view reasonName(CloseReason reason);

enum class Health {
    Healthy,
    Probing,  ///< a check has failed, or it is tried again after an ejection
    Ejected,
    Unknown,  ///< not checked yet
    Draining,
    Disabled,
};

struct ConnectionSnapshot {
    ConnectionId id;
    State state = State::Idle;
    Duration age{};
    Duration idle{};
    std::uint64_t uses = 0;
    std::uint32_t calls = 0;  ///< in flight
    bool http2 = false;
};

/// A pool at a moment. created = sum of closed + active + idle + draining, always.
struct PoolSnapshot {
    std::string backend;
    Protocol protocol = Protocol::Http;
    std::string address;
    std::uint32_t active = 0, idle = 0, connecting = 0, draining = 0;
    std::uint32_t sizeMin = 0, sizeMax = 0;
    std::uint32_t waiters = 0;
    std::uint64_t created = 0, reused = 0, failed = 0, acquired = 0;
    std::optional<double> reuseRate;  ///< reused ÷ acquired; empty: nothing was acquired yet
    double utilisation = 0;           ///< active ÷ sizeMax
    std::uint64_t headroom = 0;       ///< requests that could still come before one has to wait
    std::uint64_t healthPassed = 0, healthFailed = 0;
    std::optional<Duration> healthLatency;  ///< of the latest check that had an answer
    Health health = Health::Unknown;
    std::string healthReason;
    std::optional<TimePoint> healthChecked;
    std::map<CloseReason, std::uint64_t> closed;  ///< only those that there were
    std::vector<ConnectionSnapshot> connections;
    std::optional<double> createP99Ms, waitP99Ms;
    Duration idleLimit{};  ///< in force
    Sentence idleLimitWhy;
};

/// The outcome of asking an upstream how it is.
struct ProbeResult {
    bool healthy = false;
    Duration latency{};
    std::string reason;  ///< empty when healthy
};

struct HealthChange {
    enum class Kind {
        Up,       ///< the first check, or a probe after an ejection, has passed
        Down,     ///< the first check has failed
        Ejected,  ///< the maximum number of consecutive failures
    };
    Kind kind;
    Sentence reason;
};

}  // namespace millrace::pool
