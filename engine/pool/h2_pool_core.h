// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "http/tls.h"
#include "pool/h2_channel.h"
#include "pool/pool_base.h"

#include <memory>
#include <string>
#include <unordered_map>

namespace millrace::pool {

/// The part of a pool that manages HTTP/2 connections, each with many calls.
///
/// Owner: as PoolBase.    Thread: the strand.
class H2PoolCore : public PoolBase, protected H2Channel::Owner {
public:
    using PoolBase::PoolBase;

    /// The pool is being destroyed: aborts everything.
    virtual void abortAll();

protected:
    static constexpr Duration kLookEvery = 250ms;  ///< interval of H2Channel::look() for channels with calls

    void abandonDial(ConnectionId id) override;
    void closeConnection(ConnectionId id, CloseReason reason) override;
    std::optional<TimePoint> sweep(TimePoint now) override;
    std::optional<TimePoint> silentSince() const override;
    void dueAt(TimePoint when) override;
    bool isHttp2(ConnectionId id) const override { return findChannel(id) != nullptr; }
    std::size_t http2Connections() const override { return channels_.size(); }

    const std::shared_ptr<H2Channel>* findChannel(ConnectionId id) const;
    std::shared_ptr<H2Channel> addChannel(ConnectionId id, H2Channel::Windows windows);
    /// The dial has ended: opens the channel for calls, or removes it. False: the dial was abandoned meanwhile.
    bool channelDialed(const std::shared_ptr<H2Channel>& channel, const Status& status);
    /// Created at the first call; an error is returned by every call.
    StatusOr<http::TlsClient*> tlsClient();

private:
    void allows(ConnectionId id, std::uint32_t streams) override;
    void leaves(ConnectionId id) override;
    void channelGone(ConnectionId id, bool busy) override;

    std::unordered_map<ConnectionId, std::shared_ptr<H2Channel>> channels_;
    std::unordered_map<ConnectionId, std::shared_ptr<H2Channel>> ending_;  ///< removed from the ledger, still closing
    std::unique_ptr<http::TlsClient> tls_;
};

}  // namespace millrace::pool
