// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "front/grpc_shared.h"

#include <boost/asio/post.hpp>

#include <memory>
#include <utility>

namespace millrace::front {

/// gRPC's half of a call: what its threads report is handed over to the strand, in their order, and served there.
/// gRPC makes it and says when nothing more will be reported; that is its end.
template <typename Reactor>
class StrandReactor : public Reactor {
protected:
    explicit StrandReactor(std::shared_ptr<GrpcShared> shared) : shared_(std::move(shared)) {}

    template <typename Work>
    void post(Work work) const
    {
        net::post(shared_->strand, std::move(work));
    }

    const std::shared_ptr<GrpcShared> shared_;

private:
    void OnDone() final { delete this; }
};

}  // namespace millrace::front
