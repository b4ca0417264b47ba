// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "control/configuration.h"
#include "telemetry/log_writer.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace millrace {

struct EngineOptions {
    std::string stateDir;                      ///< revisions, history, learning
    config::Config file;                       ///< as read from the configuration file; empty: there is none
    std::string filePath;                      ///< of the configuration file, whether it is there or not
    bool fileMissing = false;                  ///< it is not there; one that cannot be read must not come this far
    std::vector<config::Override> overrides;   ///< environment and flags, later ones win
    std::vector<config::Override> firstStart;  ///< what a first start without a configuration file begins with
    std::string runtimeProgram;                ///< path of millrace-runtime
    std::string sampleModels;                  ///< repository of a runtime that names none
    std::function<void(const std::string&)> notify;  ///< what an operator should know of a start that takes long
    std::shared_ptr<telemetry::LogWriter> log;       ///< standard error; what it drops is counted
};

/// All modules, built, wired, drained and stopped: the only place that knows every one of them.
///
///     auto engine = Engine::create(options);
///     if (!engine.ok()) return fail(engine.status());
///     return (*engine)->run([] { /* everything listens */ });
///
/// Owner:  main().   Thread: run() is the strand; everything else is called before it.
/// Errors: create() says which address, socket, file or setting it could not have.
/// Stop:   SIGTERM, SIGINT and SIGHUP drain within limits.drain_timeout_ms and a moment; a second one cuts off what is
///         in flight.
class Engine {
public:
    static StatusOr<std::unique_ptr<Engine>> create(EngineOptions options);
    ~Engine();

    struct Addresses {
        std::string http, grpc, control;
    };
    /// As bound: port 0 has become a number.
    Addresses addresses() const;
    /// Serves until a signal stops it; `ready` runs once everything listens. The exit code of the program.
    /// REQUIRES: called once.
    int run(const std::function<void()>& ready);

private:
    class Impl;
    explicit Engine(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace millrace
