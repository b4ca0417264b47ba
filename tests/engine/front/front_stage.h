// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/event_log.h"
#include "base/metrics.h"
#include "fake_service.h"
#include "front/front.h"
#include "loop_thread.h"
#include "support/manual_clock.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <exception>
#include <future>
#include <memory>
#include <string>
#include <utility>

namespace millrace::testing {

/// What a front is made of, in time that moves only when told, and a service with a warm and a cold model.
struct FrontStage {
    FrontStage()
    {
        service.offer("scribe");
        service.offer("digits-l", load::ModelState::Cold);
    }
    static front::Hooks withMetrics(front::Hooks hooks)
    {
        if (!hooks.metrics) hooks.metrics = [] { return std::string("millrace_up 1\n"); };
        return hooks;
    }
    static front::Options tenSecondHeartbeat()
    {
        front::Options options;
        options.heartbeat = std::chrono::seconds(10);
        return options;
    }
    /// Waits 10 s for a head, 20 s for a body that stands still, 75 s for the next request.
    static front::Options impatient()
    {
        front::Options options;
        options.headerTimeout = std::chrono::seconds(10);
        options.bodyTimeout = std::chrono::seconds(20);
        options.keepaliveTimeout = std::chrono::seconds(75);
        return options;
    }
    /// Streams of events wait for their model, which will be there in three seconds.
    void holdStreams()
    {
        service.holding = true;
        service.left = std::chrono::seconds(3);
        service.onOpenAi = [](const serve::OpenAiCall&) -> FakeService::OpenAiAnswer {
            return FakeService::events({"data: a\n\n", "data: [DONE]\n\n"});
        };
    }

    net::io_context io{1};
    ManualClock clock{io};
    Registry registry;
    EventLog eventLog{clock, 100};
    FakeService service;
};

/// The same on a thread of its own, in real time: for clients that block.
struct FrontThread : LoopThread {
    /// An idle channel of grpc++ does not look at its connection.
    template <typename Front>
    void close(Front& front, Duration most = std::chrono::milliseconds(50))
    {
        std::promise<void> closed;
        net::co_spawn(io, front.close(clock.now() + most), [&](std::exception_ptr) { closed.set_value(); });
        within(closed.get_future()).get();
    }

    SystemClock clock;
    Registry registry;
    EventLog eventLog{clock, 100};
    FakeService service;
};

}  // namespace millrace::testing
