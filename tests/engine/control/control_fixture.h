// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "control.grpc.pb.h"
#include "control/control_service.h"
#include "fake_engine_control.h"

#include <QString>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>

#include <chrono>
#include <future>
#include <memory>
#include <thread>

namespace millrace {

/// Of a call that fails rather than hangs.
inline std::unique_ptr<grpc::ClientContext> context()
{
    auto made = std::make_unique<grpc::ClientContext>();
    made->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    return made;
}

/// The parts of an engine that the control service needs, on a loop with its own thread.
struct ControlFixture {
    explicit ControlFixture(const QString& dir, bool startNow = true) : folder(dir.toStdString())
    {
        store = control::ConfigStore::open(io.get_executor(), clock, eventLog, {folder + "/state", {}, {}}).value();
        history = telemetry::History::open({}, clock.unixMs());
        recorder = std::make_unique<telemetry::Recorder>(registry, clock, history.get());
        recorder->takeNow();
        eventLog.onEvent([this](const Event& event) { history->add(event); });
        thread = std::thread([this] { io.run(); });
        if (startNow) started = start();
    }
    ~ControlFixture()
    {
        onStrand([this] {
            if (server) server->stop();
            server.reset();
            store.reset();
        });
        guard.reset();
        thread.join();
    }
    Status start()
    {
        Status status;
        onStrand([&] {
            auto made =
                control::ControlServer::start({io.get_executor(), clock, view, *store, registry, eventLog, *history,
                                               *recorder, "boot-1", socket(), std::chrono::milliseconds(100)});
            status = made.status();
            if (made.ok()) server = std::move(*made);
        });
        return status;
    }
    std::string socket() const { return folder + "/run/control.sock"; }
    std::unique_ptr<control::v1::Control::Stub> stub() const
    {
        return control::v1::Control::NewStub(
            grpc::CreateChannel("unix:" + socket(), grpc::InsecureChannelCredentials()));
    }
    template <typename Work>
    void onStrand(Work todo)
    {
        std::promise<void> done;
        net::post(io, [&] {
            todo();
            done.set_value();
        });
        done.get_future().get();
    }

    std::string folder;
    SystemClock clock;
    EventLog eventLog{clock, 1000};
    Registry registry;
    net::io_context io;
    net::executor_work_guard<net::io_context::executor_type> guard{io.get_executor()};
    FakeEngineControl view{io.get_executor()};
    std::unique_ptr<control::ConfigStore> store;
    std::unique_ptr<telemetry::History> history;
    std::unique_ptr<telemetry::Recorder> recorder;
    std::unique_ptr<control::ControlServer> server;
    Status started;
    std::thread thread;
};

}  // namespace millrace
