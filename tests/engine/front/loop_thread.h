// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/on_strand.h"

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
    /// Runs `work` on the strand and hands back what it returns.
    template <typename Work>
    auto onStrand(Work work)
    {
        std::promise<decltype(work())> done;
        net::post(io, [&] { done.set_value(work()); });
        return done.get_future().get();
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
