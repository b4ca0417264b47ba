// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/deadline_timer.h"
#include "control/control_service.h"
#include "control/pending_calls.h"
#include "control/unary_call.h"
#include "control/watch_hub.h"
#include "http/body_budget.h"
#include "http/grpc_server.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

namespace millrace::control {

/// The methods of millrace.control.v1, on the connections that it is handed.
///
/// Owner:  ControlServer; its connections keep it.    Thread: the strand. What takes long has dedicated threads:
///         frames are compared and written on the hub's, large messages on that of PendingCalls, history on its disk's.
/// Bound:  kConnectionsMax connections of kCallsMax calls, kRequestBytesMax a request; PendingCalls, WatchHub.
/// Stop:   close() fails what is owed and touches `parts` no more; connections end once that has been read, those that
///         do not read after kLeaving.
class ControlMethods final : public http::GrpcServer {
public:
    static constexpr std::size_t kConnectionsMax = 256;
    static constexpr std::uint32_t kCallsMax = 128;
    static constexpr std::uint64_t kRequestBytesMax = 4u << 20;
    static constexpr Duration kLeaving = std::chrono::seconds(2);

    explicit ControlMethods(const ControlServer::Parts& parts);
    ~ControlMethods() override;

    /// A client's connection; one beyond the limit is refused with a message and dropped.
    void take(http::H2Connection::Socket socket);
    void close();
    std::size_t watchers() const { return hub_->watchers(); }

private:
    static constexpr const char* kServiceName = "millrace.control.v1.Control/";

    template <typename Request, typename Response>
    void unary(const char* name, typename UnaryCall<Request, Response>::Run run);
    void addMethods();
    void addViews();
    void addConfiguration();
    void addSteering();

    void onConnected() override;
    void onDisconnected(const Status& why) override;
    void onTick();
    void tickLater();
    std::weak_ptr<ControlMethods> weak()
    {
        return std::weak_ptr<ControlMethods>(std::static_pointer_cast<ControlMethods>(shared_from_this()));
    }

    void collect(WatchHub::Cursors from, std::function<void(WatchHub::Collected)> done);
    void fillOnStrand(WatchHub::Collected& collected);
    void fillEngine(const telemetry::Sample& sample, v1::Engine& engine) const;

    // fixed after construction
    const ControlServer::Parts parts_;
    const std::int64_t startedMs_;
    Gauge& connectionsGauge_;
    Counter& refused_;
    const std::shared_ptr<PendingCalls> calls_;
    const std::shared_ptr<LoopPoster> loop_;  // from the hub's thread
    const std::shared_ptr<WatchHub> hub_;     // shared with streams that end after close()

    // strand only
    http::BodyBudget budget_;
    std::optional<TimePoint> closedAt_;
    DeadlineTimer ticks_;
};

}  // namespace millrace::control
