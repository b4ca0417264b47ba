// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/ids.h"
#include "pool/http_connection.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>

namespace millrace::pool {

/// The HTTP/1.1 connections of a pool by id: connecting, idle and busy.
///
/// Owner: HttpPoolCore.   Thread: the strand.   Bound: the ledger's sizeMax.
class HttpConnections {
public:
    using Connection = std::shared_ptr<HttpConnection>;

    void add(const Connection& connection) { all_.emplace(connection->id(), connection); }
    /// Null: unknown. Valid until the next change.
    const Connection* find(ConnectionId id) const
    {
        const auto found = all_.find(id);
        return found == all_.end() ? nullptr : &found->second;
    }
    /// Removes it; null: unknown.
    Connection take(ConnectionId id)
    {
        const auto found = all_.find(id);
        if (found == all_.end()) return nullptr;
        Connection out = std::move(found->second);
        all_.erase(found);
        return out;
    }
    /// The pool is being destroyed: fails all exchanges with `why`.
    void disownAll(const Status& why)
    {
        for (auto& [id, connection] : all_) {
            connection->disown();
            connection->fail(why);
        }
    }
    /// Ends what is past its deadline, and returns the next deadline; max(): none.
    TimePoint expire(TimePoint now)
    {
        TimePoint next = TimePoint::max();
        for (auto& [id, connection] : all_) {
            connection->expire(now);
            next = std::min(next, connection->deadline());
        }
        return next;
    }
    /// See PoolBase::silentSince().
    std::optional<TimePoint> silentSince() const
    {
        std::optional<TimePoint> since;
        for (const auto& [id, connection] : all_) {
            if (!connection->busy() || !connection->works() || connection->done()) continue;
            since = std::min(since.value_or(TimePoint::max()), connection->silentSince());
        }
        return since;
    }
    /// Another client's exchange waits for the first byte of its response.
    bool anotherWaits(const HttpExchange& exchange) const
    {
        return std::any_of(all_.begin(), all_.end(), [&](const auto& entry) {
            return entry.second.get() != &exchange && entry.second->busy() && entry.second->works() &&
                   !entry.second->sawBytes();
        });
    }
    /// Another connection is idle, open according to the kernel, and has had a response before.
    bool anotherIsKept(ConnectionId id, TimePoint now) const
    {
        return std::any_of(all_.begin(), all_.end(), [&](const auto& entry) {
            return entry.first != id && entry.second->answered() && !entry.second->busy() &&
                   entry.second->isReusable(now);
        });
    }

private:
    std::unordered_map<ConnectionId, Connection> all_;
};

}  // namespace millrace::pool
