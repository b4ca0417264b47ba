// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "backend/backend.h"
#include "base/call_context.h"
#include "base/error.h"
#include "base/event_log.h"
#include "base/metrics.h"
#include "base/on_strand.h"
#include "base/ring.h"
#include "load/model_state.h"
#include "load/types.h"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace millrace::load {

/// A model of a backend, as the router knows it.
struct CatalogueEntry {
    ModelId model;
    std::shared_ptr<backend::Backend> backend;
    backend::ModelInfo info;
};

/// Holds a model in memory for as long as it lives. Move-only; gives itself back, if there is still somebody to give
/// it to: answers may outlive the loader when the engine is stopped at once.
class [[nodiscard]] ModelLease {
public:
    /// What gives out leases; `entry` is its own word for what was lent.
    class Lender {
    public:
        virtual ~Lender() = default;
        virtual void takeBack(std::uint32_t entry) = 0;
    };

    ModelLease() = default;
    ModelLease(std::weak_ptr<Lender> lender, std::uint32_t entry) : lender_(std::move(lender)), entry_(entry) {}
    ModelLease(ModelLease&& other) noexcept : lender_(std::exchange(other.lender_, {})), entry_(other.entry_) {}
    ModelLease& operator=(ModelLease&& other) noexcept
    {
        if (this != &other) {
            release();
            lender_ = std::exchange(other.lender_, {});
            entry_ = other.entry_;
        }
        return *this;
    }
    ~ModelLease() { release(); }
    void release()
    {
        if (const auto lender = std::exchange(lender_, {}).lock()) lender->takeBack(entry_);
    }

private:
    std::weak_ptr<Lender> lender_;
    std::uint32_t entry_ = 0;
};

/// Keeps the right models in memory: loads on demand and ahead, evicts what is least worth keeping, predicts.
///
/// Owner:  Engine.                  Thread: the strand.
/// Bound:  Options::queueMax loads waiting (ResourceExhausted with retry-after), concurrentMax running.
/// Errors: NotFound (unknown model), Unavailable with retry-after (failed lately), DeadlineExceeded (load timeout),
///         ResourceExhausted (can never fit: with the numbers).
/// Stop:   stop() takes no new loads, waits for those running until their timeout.
/// Not here: choosing among backends (serve), the wire (backend).
class Loader {
public:
    static constexpr std::size_t kRecordsMax = 512;

    /// `stateFile`: where learning is kept across restarts; empty: nowhere.
    Loader(Strand strand, Clock& clock, Registry& registry, EventLog& eventLog, Options options, std::string stateFile);
    ~Loader();

    void apply(Options options);
    /// The models that exist now; those gone are forgotten once nobody holds them. Loaded state is taken from info.
    void setCatalogue(std::vector<CatalogueEntry> entries);
    /// A backend went down. `lost`: its loadable models are cold from now on; else it holds what it held, and whoever
    /// waits for one of its loads is refused.
    void backendDown(const std::string& backend, bool lost = true);

    /// The lease counts from the moment of asking: what is loading or leased is never evicted. Waits for the load.
    boost::asio::awaitable<StatusOr<ModelLease>> acquire(ModelId model, std::shared_ptr<backend::Backend> backend,
                                                         CallContext context);
    /// The same in two steps, of which most requests need only the first: without waiting. Empty: the request was
    /// counted, and acquireLater() waits for the load.
    std::optional<StatusOr<ModelLease>> acquireNow(const ModelId& model, const backend::Backend& backend,
                                                   const std::string& client);
    boost::asio::awaitable<StatusOr<ModelLease>> acquireLater(ModelId model, std::shared_ptr<backend::Backend> backend,
                                                              CallContext context);
    /// What is left of the load of a model that is not warm, by mean + 3 sigma; empty: warm or unknown.
    std::optional<Duration> eta(const ModelId& model) const;

    /// Asynchronous: returns at once, `done` runs on the strand with the outcome.
    LoadId load(ModelId model, Priority priority, std::function<void(Status)> done);
    /// Blocking form for coroutines: ends when loaded.
    boost::asio::awaitable<Status> loadAndWait(ModelId model, Priority priority, CallContext context);
    /// Ends when the backend has confirmed it; a load in flight is ended as well. FailedPrecondition while leased, and
    /// for a client also while requests wait for it.
    boost::asio::awaitable<Status> unload(ModelId model, UnloadBy by = UnloadBy::Client);
    Status pin(const ModelId& model, bool pinned);
    Status setPolicy(const ModelId& model, const ModelPolicy& policy);
    ModelPolicy policyOf(const ModelId& model) const;  ///< of one that nobody knows: none of its own

    boost::asio::awaitable<void> stop();

    std::vector<ModelSnapshot> models() const;
    /// Of one model of one backend, without looking at the others; empty: unknown.
    std::optional<ModelState> stateOf(const ModelId& model, const std::string& backend) const;
    const Ring<LoadRecord>& records() const;
    PredictionSnapshot prediction() const;
    std::uint32_t loading() const;
    std::uint32_t queued() const;
    std::uint64_t residentBytes() const;

private:
    class Impl;
    std::shared_ptr<Impl> impl_;  // shared with what is under way
};

}  // namespace millrace::load
