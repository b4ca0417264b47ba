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

/// The protocol of a pool's connections.
enum class Protocol { Http, Grpc };
/// Label in metrics: "http", "grpc".
constexpr const char* protocolName(Protocol protocol)
{
    return protocol == Protocol::Http ? "http" : "grpc";
}

enum class State {
    Connecting,  ///< being dialled; counts towards the limit
    Idle,        ///< open, without a call
    Active,      ///< open, with at least one call
    Draining,    ///< open, with calls; accepts no new ones, and closes with the last
};
inline constexpr std::size_t kStates = 4;

enum class CloseReason { Idle, Age, Shrink, ServerClosed, Error, Evicted, Drain, Unhealthy, OneShot, Cancelled, Moved };
inline constexpr std::size_t kCloseReasons = 11;

// Labels in metrics: server_closed …
std::string_view stateName(State state);
std::string_view reasonName(CloseReason reason);

enum class Health {
    Healthy,
    Probing,  ///< a check failed, or a probe is in flight after an ejection
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

/// A snapshot of a pool. Invariant: created == sum of closed + active + idle + draining.
struct PoolSnapshot {
    std::string backend;
    Protocol protocol = Protocol::Http;
    std::string address;
    std::uint32_t active = 0, idle = 0, connecting = 0, draining = 0;
    std::uint32_t sizeMin = 0, sizeMax = 0;
    std::uint32_t waiters = 0;
    std::uint64_t created = 0, reused = 0, failed = 0, acquired = 0;
    std::optional<double> reuseRate;  ///< reused ÷ acquired; empty: none acquired yet
    double utilisation = 0;           ///< active ÷ sizeMax
    std::uint64_t headroom = 0;       ///< requests that could be added before one has to wait
    std::uint64_t healthPassed = 0, healthFailed = 0;
    std::optional<Duration> healthLatency;  ///< of the latest answered check
    Health health = Health::Unknown;
    std::string healthReason;
    std::optional<TimePoint> healthChecked;
    std::map<CloseReason, std::uint64_t> closed;  ///< without zeros
    std::vector<ConnectionSnapshot> connections;
    std::optional<double> createP99Ms, waitP99Ms;
    Duration idleLimit{};  ///< in force
    Sentence idleLimitWhy;
};

/// The outcome of a health check.
struct ProbeResult {
    bool healthy = false;
    Duration latency{};
    std::string reason;  ///< empty when healthy
};

/// A transition of an upstream's health.
struct HealthChange {
    enum class Kind {
        Up,       ///< the first check, or a probe after an ejection, passed
        Down,     ///< the first check failed
        Ejected,  ///< reached the maximum number of consecutive failures
    };
    Kind kind;
    Sentence reason;
};

}  // namespace millrace::pool
