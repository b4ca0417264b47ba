// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/metrics.h"
#include "base/on_strand.h"
#include "pool/options.h"
#include "pool/snapshot.h"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// Reusable connections to one upstream: HttpPool and GrpcPool, and what they have in common.
/// Not here: which upstream to ask (serve), what to say to it (backend).
namespace millrace::pool {

class PoolBase;

/// What both pools are made of. REQUIRES: registry and clock outlive the pool.
struct PoolSetup {
    Strand strand;
    Clock& clock;
    Registry& registry;
    std::string backend;  ///< label of the metrics
    Options options;
    std::uint64_t seed = 1;  ///< of the jitter
};

/// The operations of both pools. Thread: the strand.
class Pool {
public:
    /// Opens the warm floor and starts health checks. REQUIRES: called once, before anything else.
    void start();
    /// Closes what is idle, gives out nothing more, ends when the leases have ended.
    boost::asio::awaitable<void> stop();
    void apply(const Options& options);
    /// Idle ones close now, those in use after their exchange; no ids: all idle ones. Returns how many.
    std::uint32_t evict(const std::vector<ConnectionId>& ids);
    std::uint32_t setDraining(bool draining);
    void setEnabled(bool enabled);
    /// `why`: the upstream is known to be down (its process exited); empty: it is up again.
    void setDown(std::optional<std::string> why);
    /// A health check now; an ejected upstream comes back when it passes.
    boost::asio::awaitable<ProbeResult> probe();
    PoolSnapshot snapshot() const;
    bool available(std::string* why = nullptr) const;
    /// Calls in flight or waiting for a connection.
    std::uint32_t outstanding() const;
    void onHealth(std::function<void(const HealthChange&)> listener);

protected:
    explicit Pool(std::shared_ptr<PoolBase> core) : core_(std::move(core)) {}
    ~Pool() = default;
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;

    std::shared_ptr<PoolBase> core_;
};

}  // namespace millrace::pool
