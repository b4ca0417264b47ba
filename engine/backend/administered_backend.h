// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "backend/backend.h"
#include "pool/options.h"
#include "pool/snapshot.h"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace millrace::backend {

/// The operator's view of a backend: adds to Backend the administration of its connection pools. Used where backends
/// are created (make_backend.h) and by the console's answers; request handling sees only Backend.
///
///     backend->apply(poolOptions);
///     backend->setDraining(true);                          // no new calls
///     const auto result = co_await backend->probe();       // healthy, latency, reason
///
/// Owner: Engine. Thread: the strand. Bound, errors, stop: as Backend.
class AdministeredBackend : public Backend {
public:
    virtual std::vector<pool::PoolSnapshot> pools() const = 0;
    /// In force at once; calls in flight finish under the previous options.
    virtual void apply(const pool::Options& options) = 0;
    /// By configuration. False: refuses new calls, and lets those in flight finish.
    virtual void setEnabled(bool enabled) = 0;
    /// By the operator, until reset: the same. Returns the number of draining connections.
    virtual std::uint32_t setDraining(bool draining) = 0;
    /// Closes connections: idle ones now, those in use after their exchange. `protocol` empty: of both. `ids` empty:
    /// all idle ones. Returns how many.
    virtual std::uint32_t evict(std::optional<pool::Protocol> protocol, const std::vector<ConnectionId>& ids) = 0;
    /// Health-checks the server now; if healthy, an ejected one is restored.
    virtual boost::asio::awaitable<pool::ProbeResult> probe() = 0;
};

}  // namespace millrace::backend
