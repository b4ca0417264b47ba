// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "backend/backend.h"
#include "base/call_context.h"
#include "base/error.h"
#include "base/event_log.h"
#include "base/metrics.h"
#include "base/on_strand.h"
#include "base/ring.h"
#include "load/model_lease.h"
#include "load/model_state.h"
#include "load/types.h"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace millrace::load {

class LoadDriver;

/// A model of a backend, as the router knows it.
struct CatalogueEntry {
    ModelId model;
    std::shared_ptr<backend::Backend> backend;
    backend::ModelInfo info;
};

/// Keeps the right models in memory: loads on demand and ahead, evicts what is least worth keeping, predicts.
///
///     auto lease = co_await loader.acquire("digits", backend, context);
///     if (!lease.ok()) co_return lease.status();
///     …                                        // the model stays in memory until the lease ends
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

    /// In force at once; loads in flight keep their timeout.
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
    /// counted, and acquireLater() waits for the load: REQUIRES: exactly one acquireLater() after it.
    std::optional<StatusOr<ModelLease>> acquireNow(const ModelId& model, const backend::Backend& backend,
                                                   const std::string& client);
    boost::asio::awaitable<StatusOr<ModelLease>> acquireLater(ModelId model, std::shared_ptr<backend::Backend> backend,
                                                              CallContext context);
    /// What is left of the load of a model that is not warm, by mean + 3 sigma; empty: warm or unknown.
    std::optional<Duration> eta(const ModelId& model) const;

    /// Asynchronous: returns at once, `done` runs on the strand with the outcome.
    LoadId load(ModelId model, Priority priority, std::function<void(Status)> done);
    /// Ends when the backend has confirmed it; a load in flight is ended as well. FailedPrecondition while leased, and
    /// for a client also while requests wait for it.
    boost::asio::awaitable<Status> unload(ModelId model, UnloadBy by = UnloadBy::Client);
    /// NotFound: no backend lists it. FailedPrecondition: its backend manages its models itself. A pinned model is
    /// loaded, and never evicted or unloaded.
    Status pin(const ModelId& model, bool pinned);
    /// Errors as pin(). In force at once, and kept across restarts.
    Status setPolicy(const ModelId& model, const ModelPolicy& policy);
    ModelPolicy policyOf(const ModelId& model) const;  ///< of one that nobody knows: not set

    /// REQUIRES: called once. Leases may outlive it.
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
    std::shared_ptr<LoadDriver> driver_;  // shared with what is in flight
};

}  // namespace millrace::load
