// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "backend/backend.h"
#include "base/cancel.h"
#include "base/gate.h"
#include "base/on_strand.h"
#include "load/load_effects.h"
#include "load/types.h"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

namespace millrace::load {

/// Load and unload calls to the backends. Each ends by its deadline, and its result is reported exactly once.
///
///     calls.load(start, backend, "digits", Priority::Demand, receiver);   // later: receiver->loadEnded(…)
///     calls.cancel(start.load, why);                                     // it still ends, as Cancelled
///
/// Owner: Loader. Thread: the strand. Bound: those that LoadScheduler starts.
/// Errors: an exception of a backend is Internal; with a backend that no longer exists (null) a load is Unavailable,
///         and an unload NotFound.
/// Stop:   drain() ends when all have ended. A call keeps its receiver alive.
class BackendCalls {
public:
    class Receiver {
    public:
        virtual ~Receiver() = default;
        /// `bytes`: what the model takes in memory; 0: unknown.
        virtual void loadEnded(EntryId entry, LoadId load, const Status& status, std::uint64_t bytes) = 0;
        virtual void unloadEnded(EntryId entry, UnloadId unload, const Status& status) = 0;
    };

    explicit BackendCalls(Strand strand) : strand_(std::move(strand)) {}

    void load(const StartLoad& start, std::shared_ptr<backend::Backend> backend, std::string model, Priority priority,
              std::shared_ptr<Receiver> receiver);
    void unload(const StartUnload& start, std::shared_ptr<backend::Backend> backend, std::string model,
                std::shared_ptr<Receiver> receiver);
    /// Nothing when it has ended.
    void cancel(LoadId load, const Sentence& why);
    boost::asio::awaitable<void> drain();

private:
    // The receiver first: it holds the gate, and goes last.
    boost::asio::awaitable<void> runLoad(std::shared_ptr<Receiver> receiver, StartLoad start,
                                         std::shared_ptr<backend::Backend> backend, std::string model,
                                         CallContext context, Gate::Pass pass);
    boost::asio::awaitable<void> runUnload(std::shared_ptr<Receiver> receiver, StartUnload start,
                                           std::shared_ptr<backend::Backend> backend, std::string model,
                                           CallContext context, Gate::Pass pass);

    Strand strand_;
    std::unordered_map<LoadId, CancelSource> loads_;
    Gate gate_;
};

}  // namespace millrace::load
