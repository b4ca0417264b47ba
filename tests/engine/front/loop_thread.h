// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/on_strand.h"

#include <QtGlobal>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <chrono>
#include <future>
#include <thread>

namespace millrace::testing {

/// The engine's side on a thread of its own, where clients block. Whoever derives from it starts the thread once all is
/// made, and ends it before anything is destroyed.
class LoopThread {
public:
    /// Runs `work` on the strand and hands back what it returns. Ends the test program when the strand does not come to
    /// it: whoever waited could not be destroyed either.
    template <typename Work>
    auto onStrand(Work work)
    {
        std::promise<decltype(work())> done;
        net::post(io, [&] { done.set_value(work()); });
        return within(done.get_future()).get();
    }
    /// Until `done` holds on the strand; ten seconds at most.
    template <typename Done>
    bool eventually(Done done)
    {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (std::chrono::steady_clock::now() < end) {
            if (onStrand(done)) return true;
            std::this_thread::yield();
        }
        return false;
    }

    net::io_context io{1};

    /// The future once it is set; what does not happen in 20 s does not happen.
    template <typename Value>
    static std::future<Value> within(std::future<Value> done)
    {
        if (done.wait_for(std::chrono::seconds(20)) != std::future_status::ready) qFatal("the loop does not answer");
        return done;
    }

protected:
    void start()
    {
        thread_ = std::thread([this] { io.run(); });
    }
    void join()
    {
        guard_.reset();
        thread_.join();
    }

private:
    net::executor_work_guard<Strand> guard_{io.get_executor()};
    std::thread thread_;
};

}  // namespace millrace::testing
