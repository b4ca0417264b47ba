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

/// Pools of reusable connections to one upstream: the interface that HttpPool and GrpcPool share.
/// Not here: which upstream to use (serve), what to send (backend).
namespace millrace::pool {

class PoolBase;

/// What both pools are constructed from. REQUIRES: registry and clock outlive the pool.
struct PoolSetup {
    Strand strand;
    Clock& clock;
    Registry& registry;
    std::string backend;  ///< label of the metrics
    Options options;
    std::uint64_t seed = 1;  ///< of the jitter
};

/// The operations of both pools; HttpPool and GrpcPool add the requests. Thread: the strand.
class Pool {
public:
    /// Opens the warm floor and starts health checks. REQUIRES: called once, before any request.
    void start();
    /// Closes idle connections, refuses new requests, and returns when all leases have ended. REQUIRES: called once.
    boost::asio::awaitable<void> stop();
    /// In force at once; requests in flight finish under the previous options.
    void apply(const Options& options);
    /// Closes connections: idle ones now, those in use after their exchange. Empty `ids`: all idle ones. Returns how
    /// many.
    std::uint32_t evict(const std::vector<ConnectionId>& ids);
    /// By the operator: true refuses new requests and drains. Returns the number of draining connections.
    std::uint32_t setDraining(bool draining);
    /// By configuration: the same, until enabled again.
    void setEnabled(bool enabled);
    /// `why` set: the upstream is known to be down (its process exited). Empty: up again.
    void setDown(std::optional<std::string> why);
    /// Runs a health check now; if it passes, an ejected upstream is restored.
    boost::asio::awaitable<ProbeResult> probe();
    PoolSnapshot snapshot() const;
    /// False: requests would be refused, with the reason in `why` (may be null).
    bool available(std::string* why = nullptr) const;
    /// Requests in flight or waiting for a connection.
    std::uint32_t outstanding() const;
    /// One listener, called from the loop. REQUIRES: set before start().
    void onHealth(std::function<void(const HealthChange&)> listener);

protected:
    explicit Pool(std::shared_ptr<PoolBase> core) : core_(std::move(core)) {}
    ~Pool() = default;
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;

    std::shared_ptr<PoolBase> core_;
};

}  // namespace millrace::pool
