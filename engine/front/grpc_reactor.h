// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "front/grpc_shared.h"

#include <boost/asio/post.hpp>

#include <atomic>
#include <memory>
#include <utility>

namespace millrace::front {

/// gRPC's half of a call: what its threads report is handed over to the strand, in their order, and served there.
/// gRPC makes it and says when nothing more will be reported; that is its end.
///
/// A cancel may be told by another thread as soon as the reactor is made. gRPC orders the two by atomics of its own
/// library; `made_` says the same where compilers and the thread sanitizer can see it.
template <typename Reactor>
class StrandReactor : public Reactor {
protected:
    explicit StrandReactor(std::shared_ptr<GrpcShared> shared) : shared_(std::move(shared)) {}

    /// The last line of each constructor: all members are set.
    template <typename Work>
    void start(Work work)
    {
        made_.store(true, std::memory_order_release);
        post(std::move(work));
    }
    template <typename Work>
    void post(Work work) const
    {
        net::post(shared_->strand, std::move(work));
    }

    const std::shared_ptr<GrpcShared> shared_;

    /// The client cancelled, or its connection ended. Thread: gRPC's; posts only.
    virtual void cancelled() {}

private:
    void OnCancel() final
    {
        if (made_.load(std::memory_order_acquire)) cancelled();
    }
    void OnDone() final { delete this; }

    std::atomic<bool> made_{false};
};

}  // namespace millrace::front
