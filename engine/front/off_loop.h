// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "base/on_strand.h"
#include "base/one_shot.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace millrace::front {

/// Runs the long steps of a single request (parsing or writing megabytes of JSON) off the loop, which meanwhile serves
/// the other requests.
///
/// Owner:  Bodies.     Thread: run() on the strand; the work on a dedicated thread, started with the first task.
/// Bound:  kWaitingMax queued tasks; beyond: Unavailable with retry-after.
/// Errors: Internal when the work threw.
/// Stop:   stop() returns after the running task; queued tasks are not started and end with Internal.
class OffLoop {
public:
    static constexpr std::size_t kWaitingMax = 256;
    static constexpr std::size_t kBytesMin =
        1u << 20;  ///< for smaller work the switch of threads costs more than it saves

    explicit OffLoop(Strand strand) : strand_(std::move(strand)) {}
    ~OffLoop() { stop(); }
    OffLoop(const OffLoop&) = delete;
    OffLoop& operator=(const OffLoop&) = delete;

    /// Runs `work` and returns its result. REQUIRES: `work` owns everything it touches, since the request may be
    /// destroyed meanwhile; it is a named variable, since GCC 12 miscompiles lambdas with captures within a co_await
    /// operand.
    template <typename Work>
    boost::asio::awaitable<StatusOr<std::invoke_result_t<Work&>>> run(Work work)
    {
        using Result = std::invoke_result_t<Work&>;
        if (*stopped_ || waiting_ == kWaitingMax)
            co_return withRetryAfter(unavailable("too many large request bodies are being parsed"),
                                     std::chrono::seconds(1));
        if (!threads_) threads_.emplace(1);
        ++waiting_;
        OneShot<std::unique_ptr<Result>> done;
        auto job = std::make_shared<Job<Work, Result>>(std::move(work), done, strand_, stopped_);
        boost::asio::post(*threads_, [job] { job->run(job); });
        job.reset();
        auto result = co_await done.wait();
        --waiting_;
        if (!result) co_return internal("a large request body could not be parsed: out of memory or an internal error");
        co_return std::move(*result);
    }

    void stop()
    {
        *stopped_ = true;
        if (threads_) threads_->join();
    }

private:
    template <typename Work, typename Result>
    struct Job {
        Job(Work workIn, OneShot<std::unique_ptr<Result>> doneIn, const Strand& strandIn,
            std::shared_ptr<const std::atomic<bool>> stoppedIn)
            : work(std::move(workIn)), done(std::move(doneIn)), guard(strandIn), stopped(std::move(stoppedIn))
        {}
        /// Posts the result to the strand, where the work's captures are destroyed, too.
        void run(std::shared_ptr<Job> self)
        {
            try {
                if (!*stopped) result = std::make_unique<Result>(work());
            } catch (const std::exception&) {
                result.reset();
            }
            const auto strand = guard.get_executor();
            boost::asio::post(strand, [kept = std::move(self)] { kept->done.set(std::move(kept->result)); });
        }

        Work work;
        std::unique_ptr<Result> result;
        OneShot<std::unique_ptr<Result>> done;
        boost::asio::executor_work_guard<Strand> guard;  // keeps the loop running until the result is delivered
        const std::shared_ptr<const std::atomic<bool>> stopped;
    };

    const Strand strand_;
    std::size_t waiting_ = 0;  // strand only
    const std::shared_ptr<std::atomic<bool>> stopped_ = std::make_shared<std::atomic<bool>>(false);
    std::optional<boost::asio::thread_pool> threads_;
};

/// Runs `work` on the loop, or, from kBytesMin `bytes` on, on the thread.
template <typename Work>
boost::asio::awaitable<StatusOr<std::invoke_result_t<Work&>>> beside(OffLoop& offLoop, std::size_t bytes, Work work)
{
    if (bytes < OffLoop::kBytesMin) co_return work();
    co_return co_await offLoop.run(std::move(work));
}

}  // namespace millrace::front
