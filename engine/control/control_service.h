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

/// millrace.control.v1 on a Unix socket (0600): what the console and millracectl talk to. Served by http/grpc_server.h
/// on the engine's loop (adr/0010).
///
///     auto server = ControlServer::start({strand, clock, engineControl, config, …, bootId, socketPath});
///     if (!server.ok()) return server.status();
///     …
///     (*server)->stop();
///     co_await (*server)->sent();
///
/// Owner:  Engine.   Thread: the strand, for every method; ControlMethods says what has dedicated threads.
/// Bound:  ControlMethods' connections, calls and bytes; WatchHub::kWatchersMax watchers, each with one frame in
///         flight.
/// Errors: Unavailable when another engine has the socket. Calls get the engine's own status. A socket whose file is
///         removed while the engine runs is made again, with an event; those who were connected connect anew.
/// Stop:   stop() answers what is open with Unavailable, sent() ends once that has left; the destructor cuts off.
/// Not here: what the engine does with a call (EngineControl).
class ControlServer {
public:
    /// All of it outlives the server.
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
        Duration socketCheck = std::chrono::seconds(2);  ///< how often the socket file is checked
    };
    static StatusOr<std::unique_ptr<ControlServer>> start(Parts parts);
    ~ControlServer();
    /// May be called again.
    void stop();
    /// After stop(): ends when all that was said has left, as far as clients take it. The server may go meanwhile.
    boost::asio::awaitable<void> sent();
    /// Open Watch calls.
    std::size_t watchers() const;

private:
    class Impl;
    explicit ControlServer(std::shared_ptr<Impl> impl);
    std::shared_ptr<Impl> impl_;
};

}  // namespace millrace::control
