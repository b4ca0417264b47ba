// SPDX-License-Identifier: GPL-3.0-or-later
#include "load/backend_calls.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <exception>
#include <utility>

namespace millrace::load {
namespace {

constexpr int kPreloadPriority = -1;  ///< of a backend's call

CallContext callUntil(TimePoint deadline)
{
    CallContext context;
    context.client = "loader";
    context.deadline = deadline;
    return context;
}

}  // namespace

void BackendCalls::load(const StartLoad& start, std::shared_ptr<backend::Backend> backend, std::string model,
                        Priority priority, std::shared_ptr<Receiver> receiver)
{
    CancelSource cancel;
    loads_[start.load] = cancel;
    CallContext context = callUntil(start.deadline);
    context.cancel = cancel.token();
    context.priority = priority == Priority::Preload ? kPreloadPriority : 0;
    net::co_spawn(
        strand_,
        runLoad(std::move(receiver), start, std::move(backend), std::move(model), std::move(context), gate_.enter()),
        net::detached);
}

net::awaitable<void> BackendCalls::runLoad(std::shared_ptr<Receiver> receiver, StartLoad start,
                                           std::shared_ptr<backend::Backend> backend, std::string model,
                                           CallContext context, Gate::Pass)
{
    Status status = unavailable("its backend was removed");
    std::uint64_t bytes = 0;
    try {
        if (backend) {
            StatusOr<std::uint64_t> loaded = co_await backend->loadModel(model, std::move(context));
            status = loaded.status();
            if (loaded.ok()) bytes = *loaded;
        }
    } catch (const std::exception& error) {
        status = internal(std::string("loading: ") + error.what());
    }
    loads_.erase(start.load);
    receiver->loadEnded(start.entry, start.load, status, bytes);
}

void BackendCalls::unload(const StartUnload& start, std::shared_ptr<backend::Backend> backend, std::string model,
                          std::shared_ptr<Receiver> receiver)
{
    net::co_spawn(strand_,
                  runUnload(std::move(receiver), start, std::move(backend), std::move(model), callUntil(start.deadline),
                            gate_.enter()),
                  net::detached);
}

net::awaitable<void> BackendCalls::runUnload(std::shared_ptr<Receiver> receiver, StartUnload start,
                                             std::shared_ptr<backend::Backend> backend, std::string model,
                                             CallContext context, Gate::Pass)
{
    Status status = notFound("its backend was removed");
    try {
        if (backend) status = co_await backend->unloadModel(model, std::move(context));
    } catch (const std::exception& error) {
        status = internal(std::string("unloading: ") + error.what());
    }
    receiver->unloadEnded(start.entry, start.unload, status);
}

void BackendCalls::cancel(LoadId load, const Sentence& why)
{
    const auto found = loads_.find(load);
    if (found == loads_.end()) return;
    const CancelSource source = found->second;
    source.cancel(why);
}

net::awaitable<void> BackendCalls::drain()
{
    gate_.close();
    co_await gate_.emptied();
}

}  // namespace millrace::load
