// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/event_log.h"
#include "base/metrics.h"
#include "base/on_strand.h"
#include "control/config_store.h"
#include "control/engine_control.h"
#include "telemetry/history.h"
#include "telemetry/recorder.h"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>

namespace millrace::control {

/// The gRPC server of millrace.control.v1 on a Unix socket (mode 0600), for the console and millracectl. Runs on the
/// engine's loop (engine/docs/adr/0010-the-control-service-on-the-loop.md).
///
///     auto server = ControlServer::start({strand, clock, engineControl, config, …, bootId, socketPath});
///     if (!server.ok()) return server.status();
///     …
///     (*server)->stop();
///     co_await (*server)->sent();
///
/// Owner:  Engine.   Thread: the strand for all methods; some calls use dedicated threads (ControlMethods).
/// Bound:  ControlMethods' connections, calls and bytes; WatchHub::kWatchersMax watchers, each with one frame in
///         flight.
/// Errors: Unavailable if another engine uses the socket. Calls get the engine's status. A socket file that is removed
///         while the engine runs is created again, with an event; clients reconnect.
/// Stop:   stop() answers open calls with Unavailable; sent() returns once that is sent; the destructor cuts off.
/// Not here: what the engine does for a call (EngineControl).
class ControlServer {
public:
    /// REQUIRES: all of it outlives the server.
    struct Parts {
        Strand strand;
        Clock& clock;
        EngineControl& view;
        ConfigStore& config;
        Registry& registry;
        EventLog& eventLog;
        telemetry::History& history;
        telemetry::Recorder& recorder;
        std::string bootId;
        std::string socketPath;
        Duration socketCheck = std::chrono::seconds(2);  ///< interval of checks of the socket file
    };
    static StatusOr<std::unique_ptr<ControlServer>> start(Parts parts);
    ~ControlServer();
    /// May be called repeatedly.
    void stop();
    /// Returns when all answers have been sent, as far as clients read them. The server may be destroyed meanwhile.
    /// REQUIRES: after stop().
    boost::asio::awaitable<void> sent();
    /// Open Watch calls.
    std::size_t watchers() const;

private:
    class Impl;
    explicit ControlServer(std::shared_ptr<Impl> impl);
    std::shared_ptr<Impl> impl_;
};

}  // namespace millrace::control
