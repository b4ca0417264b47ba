// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "control/loop_poster.h"
#include "control/watch_hub.h"
#include "http/grpc_call.h"

#include <memory>
#include <string>

namespace millrace::control {

/// The stream of one watcher.
///
/// Owner:  its call; from WatchHub::add() to finish() also the hub.    Thread: the strand; WatchSink: the hub's.
/// Bound:  one serialised frame, until the client's flow-control window has let it pass.
/// Stop:   the hub's stop(), before the LoopPoster is closed.
class WatchCall final : public http::GrpcHandler, public WatchSink, public std::enable_shared_from_this<WatchCall> {
public:
    WatchCall(std::shared_ptr<WatchHub> hub, std::shared_ptr<LoopPoster> loop, std::shared_ptr<http::GrpcCall> call);

    void begin() override;
    void onMessage(http::GrpcMessage message) override;
    void onReadsDone() override;
    void onWritten(bool ok) override;
    void onCancel() override;

    void send(v1::Frame frame) override;
    void finish(const Status& status) override;

private:
    const std::shared_ptr<WatchHub> hub_;
    const std::shared_ptr<LoopPoster> loop_;
    const std::shared_ptr<http::GrpcCall> call_;
    WatchHub::Ticket ticket_ = 0;      // 0: not added to the hub
    std::shared_ptr<WatchCall> self_;  // while the hub has it; its thread's from add() on
};

}  // namespace millrace::control
