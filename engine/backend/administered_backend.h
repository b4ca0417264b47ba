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

/// A backend as the operator and the settings have it: its pools, which can be looked at, limited, emptied and checked.
/// Only who makes backends (make_backend.h) and answers the console knows them so; requests know a Backend.
///
///     backend->apply(poolOptions);
///     backend->setDraining(true);                          // no new calls
///     const auto result = co_await backend->probe();       // healthy, latency, reason
///
/// Owner: Engine. Thread: the strand. Bound, errors, stop: as Backend.
class AdministeredBackend : public Backend {
public:
    virtual std::vector<pool::PoolSnapshot> pools() const = 0;
    /// In force at once; what is in flight finishes under what it began with.
    virtual void apply(const pool::Options& options) = 0;
    /// Off: no new calls, those in flight finish.
    virtual void setEnabled(bool enabled) = 0;
    /// As setEnabled(false), but by the operator, for a while. Returns the connections that drain.
    virtual std::uint32_t setDraining(bool draining) = 0;
    /// Closes connections: idle ones now, those in use after their exchange. `protocol`: none: both.
    /// No ids: all idle ones. Returns how many.
    virtual std::uint32_t evict(std::optional<pool::Protocol> protocol, const std::vector<ConnectionId>& ids) = 0;
    /// Health-checks the server now; an ejected one comes back when it is healthy.
    virtual boost::asio::awaitable<pool::ProbeResult> probe() = 0;
};

}  // namespace millrace::backend
