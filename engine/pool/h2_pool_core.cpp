// SPDX-License-Identifier: GPL-3.0-or-later
#include "pool/h2_pool_core.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace millrace::pool {

const std::shared_ptr<H2Channel>* H2PoolCore::findChannel(ConnectionId id) const
{
    const auto found = channels_.find(id);
    return found == channels_.end() ? nullptr : &found->second;
}

std::shared_ptr<H2Channel> H2PoolCore::addChannel(ConnectionId id, H2Channel::Windows windows)
{
    H2Channel::Owner* const owner = this;
    auto channel = std::make_shared<H2Channel>(id, strand_, clock_, owner, &guide(), windows);
    channels_.emplace(id, channel);
    return channel;
}

StatusOr<http::TlsClient*> H2PoolCore::tlsClient()
{
    if (!tls_) {
        auto made = http::TlsClient::create();
        if (!made.ok()) return made.status();
        tls_ = *std::move(made);
    }
    return tls_.get();
}

bool H2PoolCore::channelDialed(const std::shared_ptr<H2Channel>& channel, const Status& status)
{
    const ConnectionId id = channel->id();
    if (gone() || !channels_.contains(id)) return false;
    if (status.ok()) {
        dialed(id);
        if (channel->leaving()) leaves(id);
        return true;
    }
    channels_.erase(id);
    channel->disown();
    channel->abort(cancelled("abandoned"));
    dialFailed(id, status);
    return true;
}

void H2PoolCore::abandonDial(ConnectionId id)
{
    const auto found = channels_.find(id);
    if (found == channels_.end()) return;
    const auto channel = std::move(found->second);
    channels_.erase(found);
    channel->disown();
    channel->abort(cancelled("abandoned"));
}

void H2PoolCore::closeConnection(ConnectionId id, CloseReason)
{
    const auto found = channels_.find(id);
    if (found == channels_.end()) return;
    const auto channel = std::move(found->second);
    channels_.erase(found);
    if (channel->closed()) return;
    ending_.emplace(id, channel);
    channel->closeGently();  // lets calls finish that the ledger no longer counts
    if (!gone()) wakeAt(clock_.now() + kLookEvery);
}

void H2PoolCore::abortAll()
{
    close();
    for (auto* const all : {&channels_, &ending_}) {
        for (auto& [id, channel] : std::exchange(*all, {})) {
            channel->disown();
            channel->abort(unavailable("the pool of " + backend_ + " was removed"));
        }
    }
}

// ---- events of channels ----

void H2PoolCore::allows(ConnectionId id, std::uint32_t streams)
{
    ledger_.allows(id, streams, clock_.now());
    applyEffects();
}

void H2PoolCore::leaves(ConnectionId id)
{
    const Ledger::Entry* entry = ledger_.find(id);
    if (!entry || entry->state == State::Connecting) return;  // the dial's coroutine handles it
    ledger_.leaves(id, CloseReason::ServerClosed, clock_.now());
    applyEffects();
}

void H2PoolCore::channelGone(ConnectionId id, bool busy)
{
    ending_.erase(id);
    const Ledger::Entry* entry = ledger_.find(id);
    if (!entry || entry->state == State::Connecting) return;  // the dial's coroutine handles it
    channels_.erase(id);
    lost(id, busy ? CloseReason::Error : CloseReason::ServerClosed);
}

void H2PoolCore::dueAt(TimePoint when)
{
    wakeAt(std::min(when, clock_.now() + kLookEvery));
}

std::optional<TimePoint> H2PoolCore::sweep(TimePoint now)
{
    std::vector<std::shared_ptr<H2Channel>> all;
    all.reserve(channels_.size() + ending_.size());
    for (const auto& [id, channel] : channels_) all.push_back(channel);
    for (const auto& [id, channel] : ending_) all.push_back(channel);
    TimePoint next = TimePoint::max();
    for (const auto& channel : all) {
        channel->look(now);
        next = std::min(next, channel->deadline());
        if (channel->needsLook()) next = std::min(next, now + kLookEvery);
    }
    if (next == TimePoint::max()) return std::nullopt;
    return next;
}

std::optional<TimePoint> H2PoolCore::silentSince() const
{
    return longestSilence(channels_);
}

}  // namespace millrace::pool
