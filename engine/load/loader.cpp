// SPDX-License-Identifier: GPL-3.0-or-later
#include "load/loader.h"

#include "base/cancellable_task.h"
#include "base/file_health.h"
#include "base/format.h"
#include "base/gate.h"
#include "base/one_shot.h"
#include "load/load_core.h"
#include "load/state_file.h"
#include "phrases.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <exception>
#include <map>
#include <unordered_map>

namespace millrace::load {
namespace {

/// How often what was learned from requests goes to disk; what cannot be learned again soon goes sooner.
constexpr Duration kSaveEvery = 10s;
constexpr Duration kSaveSoon = 1s;
constexpr int kPreloadPriority = -1;  ///< of a backend's call

struct Answer {
    Status status;
    std::string decisions;
    Duration loading{};  ///< of the wait: while the backend was at it
};

const char* metricCause(Cause cause)
{
    return cause == Cause::Pin ? name(Cause::Manual) : name(cause);
}

}  // namespace

/// Carries out what the core wants done, and tells it what came of it.
class Loader::Impl : public std::enable_shared_from_this<Impl>, public ModelLease::Lender {
public:
    Impl(Strand strand, Clock& clock, Registry& registry, EventLog& eventLog, const Options& options,
         std::string stateFile)
        : strand_(std::move(strand)),
          clock_(clock),
          registry_(registry),
          eventLog_(eventLog),
          core_(options),
          warm_(acquires("warm")),
          cold_(acquires("cold")),
          lruWarm_(registry.counter("millrace_load_lru_warm_total",
                                    "Requests that plain LRU with the same memory would have served from memory.")),
          seconds_(registry.histogram("millrace_load_seconds", "Seconds that successful model loads took.",
                                      buckets::latencySeconds())),
          queue_(registry.gauge("millrace_load_queue", "Model loads waiting.")),
          depth_(registry.histogram("millrace_load_queue_depth",
                                    "Model loads waiting, observed at each change of their number.", buckets::depth())),
          loading_(registry.gauge("millrace_load_loading", "Model loads running.")),
          leases_(registry.gauge("millrace_model_leases", "Requests that hold a model in memory.")),
          residentModels_(registry.gauge("millrace_load_resident_models", "Models in memory.")),
          residentBytes_(registry.gauge("millrace_load_resident_bytes", "Bytes of memory used by models.")),
          budget_(
              registry.gauge("millrace_load_budget_bytes", "Bytes of memory that the models of one backend may use."))
    {
        const char* help = "Predictions compared with the next model requested; top1 is not counted in top3 again.";
        for (const char* result : {"miss", "top1", "top3"})
            predictions_.push_back(&registry.counter("millrace_load_predictions_total", help, {{"result", result}}));
        const char* changeHelp = "Predictions of a change of model compared with the model requested next.";
        for (const char* result : {"miss", "top1", "top3"})
            changes_.push_back(
                &registry.counter("millrace_load_change_predictions_total", changeHelp, {{"result", result}}));
        budget_.set(static_cast<double>(options.budgetBytes));
        if (stateFile.empty()) return;
        health_ = std::make_unique<FileHealth>(registry, eventLog, "learned.json");
        file_ = std::make_unique<StateFile>(std::move(stateFile),
                                            [this](const Status& status) { health_->report(status); });
        StatusOr<LoadState> state = file_->read();
        if (state.ok()) {
            core_.restore(*state);
        } else if (state.status().code() != absl::StatusCode::kNotFound) {
            const std::string aside = file_->setAside();
            eventLog_.append(Severity::Warning, "load_state_unread", "",
                             say(aside.empty() ? Phrase::EventLearnedLost : Phrase::EventLearnedLostKept,
                                 Value::quote(text(state.status())), aside));
        }
    }

    TimePoint now() const { return clock_.now(); }
    LoadCore& core() { return core_; }
    const LoadCore& core() const { return core_; }
    const Strand& strand() const { return strand_; }

    // ---- what callers ask

    void apply(const Options& options)
    {
        budget_.set(static_cast<double>(options.budgetBytes));
        core_.apply(options, now());
        settle();
    }

    void setCatalogue(std::vector<CatalogueEntry> entries)
    {
        std::vector<EntrySpec> specs;
        specs.reserve(entries.size());
        std::map<std::string, std::shared_ptr<backend::Backend>> named;
        for (CatalogueEntry& each : entries) {
            EntrySpec spec;
            spec.model = each.model;
            spec.backend = each.backend->name();
            spec.kind = each.info.kind;
            spec.loadable = each.backend->capabilities().loads;
            spec.loaded = each.info.loaded;
            spec.bytes = each.info.bytes;
            named.emplace(spec.backend, each.backend);
            specs.push_back(std::move(spec));
        }
        for (const auto& [name, backend] : named) {
            auto& held = backends_[name];
            // Another one of the same name: what the one before had in memory went with it.
            if (held && held != backend) core_.scheduler().backendDown(name, now());
            held = backend;
        }
        core_.setCatalogue(specs, now());
        settle();
        // Kept no longer than somebody uses a model of it: it holds its pools.
        std::erase_if(backends_, [&](const auto& held) {
            return !named.contains(held.first) && !core_.scheduler().knows(held.first);
        });
    }

    std::optional<StatusOr<ModelLease>> acquireNow(const ModelId& model, const backend::Backend& backend,
                                                   const std::string& client)
    {
        const std::optional<EntryId> entry = core_.find(model, backend.name());
        if (!entry) {
            if (!backend.capabilities().loads) return ModelLease();  // it serves what it serves
            return unknown(model, backend);
        }
        if (!request(*entry, client, now())) return std::nullopt;
        if (core_.scheduler().hasEffects()) settle();
        return lease(*entry);
    }

    net::awaitable<StatusOr<ModelLease>> acquireLater(ModelId model, std::shared_ptr<backend::Backend> backend,
                                                      CallContext context)
    {
        const std::optional<EntryId> entry = core_.find(model, backend->name());
        if (!entry) co_return unknown(model, *backend);
        const TimePoint asked = now();
        if (context.cancel.cancelled()) co_return context.cancel.status();

        Ask ask;
        ask.rank = context.priority;
        ask.deadline = context.deadline;
        ask.why = context.client.empty() ? say(Phrase::ModelRequested) : say(Phrase::ModelRequestedBy, context.client);
        context.trace->enter(Phase::Model, asked);
        const auto self = shared_from_this();  // whoever waits keeps it
        Answer answer = co_await wait(*entry, std::move(ask), context.cancel);
        context.trace->enter(Phase::Processing, now());
        context.trace->loading += answer.loading;
        if (!answer.decisions.empty()) context.trace->addDecision(std::move(answer.decisions));
        if (!answer.status.ok()) co_return answer.status;
        co_return lease(*entry);
    }

    /// Waits for the one answer that the core gives to an ask.
    net::awaitable<Answer> wait(EntryId entry, Ask ask, CancelToken cancel)
    {
        const WaiterId waiter = waiterIds_.next();
        OneShot<Answer> answered;
        answers_[waiter] = answered;
        const Status accepted = core_.scheduler().ask(entry, waiter, ask, now());
        if (!accepted.ok()) {
            answers_.erase(waiter);
            settle();
            Answer refused{accepted, {}, {}};
            co_return refused;
        }
        const auto registration = cancel.onCancel([this, waiter, cancel] { withdraw(waiter, cancel.status()); });
        settle();
        co_return co_await answered.wait();
    }

    LoadId load(const ModelId& model, Priority priority, std::function<void(Status)> done)
    {
        const std::optional<EntryId> entry = core_.find(model);
        const auto refuse = [&](Status status) {
            if (done) net::post(strand_, [done, status = std::move(status)] { done(status); });
            return LoadId{};
        };
        if (!entry) return refuse(withField(notFound("no backend has model " + model), "model"));
        const WaiterId waiter = waiterIds_.next();
        if (done) callbacks_[waiter] = std::move(done);
        const Status accepted = core_.scheduler().ask(*entry, waiter, byHand(priority), now());
        if (!accepted.ok()) {
            done = callbacks_.contains(waiter) ? std::move(callbacks_[waiter]) : nullptr;
            callbacks_.erase(waiter);
            refuse(accepted);
        }
        const LoadId id = accepted.ok() ? core_.scheduler().at(*entry).load : LoadId{};
        settle();
        return id;
    }

    net::awaitable<Status> loadAndWait(ModelId model, Priority priority, CallContext context)
    {
        const std::optional<EntryId> entry = core_.find(model);
        if (!entry) co_return withField(notFound("no backend has model " + model), "model");
        if (context.cancel.cancelled()) co_return context.cancel.status();
        Ask ask = byHand(priority);
        ask.rank = context.priority;
        ask.deadline = context.deadline;
        const auto self = shared_from_this();
        Answer answer = co_await wait(*entry, std::move(ask), context.cancel);
        co_return answer.status;
    }

    net::awaitable<Status> unload(ModelId model, UnloadBy by)
    {
        const std::optional<EntryId> entry = core_.find(model);
        if (!entry) co_return withField(notFound("no backend has model " + model), "model");
        const WaiterId waiter = waiterIds_.next();
        OneShot<Answer> answered;
        answers_[waiter] = answered;
        const Status accepted = core_.scheduler().unload(*entry, waiter, now(), by);
        if (!accepted.ok()) answers_.erase(waiter);
        settle();
        if (!accepted.ok()) co_return accepted;
        const auto self = shared_from_this();
        Answer answer = co_await answered.wait();
        co_return answer.status;
    }

    Status pin(const ModelId& model, bool pinned)
    {
        const std::optional<EntryId> entry = core_.find(model);
        if (!entry) return withField(notFound("no backend has model " + model), "model");
        const Status status = core_.pin(*entry, pinned, now());
        if (status.ok()) saveBy(now() + kSaveSoon);
        settle();
        return status;
    }

    Status setPolicy(const ModelId& model, const ModelPolicy& policy)
    {
        const Status status = core_.setPolicy(model, policy, now());
        if (status.ok()) saveBy(now() + kSaveSoon);
        settle();
        return status;
    }

    void backendDown(const std::string& backend, bool lost)
    {
        core_.scheduler().backendDown(backend, now(), lost);
        settle();
    }

    net::awaitable<void> stop()
    {
        const auto self = shared_from_this();
        core_.scheduler().close(now());
        settle();
        gate_.close();
        co_await gate_.emptied();
        stopped_ = true;
        if (sleeper_) sleeper_->cancel();
        sleeper_.reset();
        if (file_) file_->write(core_.state());
        file_.reset();  // ends once it is on disk
    }

    void takeBack(EntryId entry) override
    {
        leases_.add(-1);
        if (stopped_) return;  // nothing is unloaded any more for the sake of order
        core_.release(entry, now());
        if (core_.scheduler().hasEffects()) settle();
        // Its time to live begins now, and nothing else may happen before it ends.
        if (!core_.scheduler().known(entry)) return;
        if (const auto end = core_.scheduler().at(entry).idleEnd()) wakeBy(*end);
    }

    void leave()
    {
        stopped_ = true;
        if (sleeper_) sleeper_->cancel();
        sleeper_.reset();
        if (file_) file_->write(core_.state());
        file_.reset();
    }

private:
    Counter& acquires(const char* warmth)
    {
        return registry_.counter("millrace_load_acquires_total",
                                 "Requests by whether their model was in memory (warm) or not (cold).",
                                 {{"warmth", warmth}});
    }

    static Ask byHand(Priority priority)
    {
        Ask ask;
        ask.priority = priority;
        ask.cause = Cause::Manual;
        ask.lease = false;
        ask.why = say(Phrase::ModelRequestedManually);
        return ask;
    }

    static Status unknown(const ModelId& model, const backend::Backend& backend)
    {
        return withField(notFound(backend.name() + " has no model " + model), "model");
    }

    ModelLease lease(EntryId entry)
    {
        leases_.add(1);
        return ModelLease(weak_from_this(), entry);
    }

    /// Every request passes here: a hash look-up was made, now some arithmetic.
    bool request(EntryId entry, const std::string& client, TimePoint when)
    {
        const bool leased = core_.request(entry, client, when);
        (leased ? warm_ : cold_).add();
        if (core_.lruWarm()) lruWarm_.add();
        if (const auto rank = core_.judgement()) predictions_[std::min(*rank, 2u)]->add();
        if (const auto rank = core_.changeJudgement()) changes_[std::min(*rank, 2u)]->add();
        if (file_ && !saveAt_) saveBy(when + kSaveEvery);
        return leased;
    }

    void withdraw(WaiterId waiter, const Status& status)
    {
        core_.scheduler().withdraw(waiter, status, now());
        settle();
    }

    // ---- what the core wants done

    /// Carries out the effects until there are none, then sets the alarm. Effects make effects: a loop, not a
    /// recursion.
    void settle()
    {
        if (settling_) return;
        settling_ = true;
        for (;;) {
            std::vector<Effect> effects = core_.takeEffects();
            if (effects.empty()) {
                core_.considerPreload(now());
                if (!core_.scheduler().hasEffects()) break;
                continue;
            }
            for (Effect& effect : effects) std::visit([this](auto& what) { perform(what); }, effect);
        }
        settling_ = false;
        measure();
        arm();
    }

    /// Null: it is not configured any more.
    std::shared_ptr<backend::Backend> backendOf(const ModelEntry& entry) const
    {
        const auto place = backends_.find(entry.spec.backend);
        return place == backends_.end() ? nullptr : place->second;
    }

    void measure()
    {
        const LoadScheduler& scheduler = core_.scheduler();
        const std::uint32_t queued = scheduler.queued();
        if (queued != queue_.value()) depth_.observe(queued);
        queue_.set(queued);
        loading_.set(scheduler.loading());
        residentModels_.set(scheduler.residentModels());
        residentBytes_.set(static_cast<double>(scheduler.residentBytes()));
    }

    void perform(StartLoad& start)
    {
        const ModelEntry& entry = core_.scheduler().at(start.entry);
        CancelSource cancel;
        running_[start.load] = cancel;
        CallContext context;
        context.client = "loader";
        context.deadline = start.deadline;
        context.cancel = cancel.token();
        context.priority = entry.priority == Priority::Preload ? kPreloadPriority : 0;
        net::co_spawn(strand_,
                      runLoad(gate_.enter(), start.entry, start.load, backendOf(entry), entry.spec.model,
                              std::move(context), shared_from_this()),
                      net::detached);
    }

    net::awaitable<void> runLoad(Gate::Pass, EntryId entry, LoadId load, std::shared_ptr<backend::Backend> backend,
                                 std::string model, CallContext context, std::shared_ptr<Impl>)
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
        running_.erase(load);
        core_.scheduler().loadEnded(entry, load, status, bytes, now());
        settle();
    }

    void perform(CancelLoad& cancel)
    {
        const auto place = running_.find(cancel.load);
        if (place == running_.end()) return;
        const CancelSource source = place->second;
        source.cancel(cancel.why);
    }

    void perform(StartUnload& start)
    {
        const ModelEntry& entry = core_.scheduler().at(start.entry);
        CallContext context;
        context.client = "loader";
        context.deadline = start.deadline;
        net::co_spawn(strand_,
                      runUnload(gate_.enter(), start.entry, start.unload, backendOf(entry), entry.spec.model,
                                std::move(context), shared_from_this()),
                      net::detached);
    }

    net::awaitable<void> runUnload(Gate::Pass, EntryId entry, UnloadId unload,
                                   std::shared_ptr<backend::Backend> backend, std::string model, CallContext context,
                                   std::shared_ptr<Impl>)
    {
        Status status = notFound("its backend was removed");
        try {
            if (backend) status = co_await backend->unloadModel(model, std::move(context));
        } catch (const std::exception& error) {
            status = internal(std::string("unloading: ") + error.what());
        }
        core_.scheduler().unloadEnded(entry, unload, status, now());
        settle();
    }

    void perform(Complete& complete)
    {
        if (const auto place = answers_.find(complete.waiter); place != answers_.end()) {
            const OneShot<Answer> answered = place->second;
            answers_.erase(place);
            answered.set(Answer{std::move(complete.status), std::move(complete.decisions), complete.loading});
        } else if (const auto callback = callbacks_.find(complete.waiter); callback != callbacks_.end()) {
            auto done = std::move(callback->second);
            callbacks_.erase(callback);
            net::post(strand_, [done = std::move(done), status = complete.status] { done(status); });
        }
    }

    void perform(LoadEnded& ended)
    {
        registry_
            .counter("millrace_load_loads_total", "Model loads that ended.",
                     {{"cause", metricCause(ended.cause)}, {"outcome", ended.outcome}})
            .add();
        if (!core_.scheduler().known(ended.entry)) return;
        const std::string& model = core_.scheduler().at(ended.entry).spec.model;
        const std::string_view outcome = ended.outcome;
        if (outcome == "ok") {
            seconds_.observe(std::chrono::duration<double>(ended.took).count());
            const bool ahead = ended.cause == Cause::Preload;
            eventLog_.append(Severity::Info, ahead ? "model_preloaded" : "model_loaded", model,
                             say(ahead ? Phrase::EventPreloaded : Phrase::EventLoaded, ended.took, ended.why));
            saveBy(now() + kSaveSoon);
        } else if (outcome != "cancelled") {
            eventLog_.append(Severity::Warning, "model_load_failed", model,
                             say(Phrase::EventLoadFailed, ended.took, ended.why));
        }
    }

    void perform(Unloaded& unloaded)
    {
        registry_.counter("millrace_load_unloads_total", "Models unloaded.", {{"reason", unloaded.reason}}).add();
        if (!unloaded.wasWarm || !core_.scheduler().known(unloaded.entry)) return;
        const std::string& model = core_.scheduler().at(unloaded.entry).spec.model;
        // Evicted: the policy took its memory; unloaded: on request, or because it was not used.
        const std::string_view reason = unloaded.reason;
        const bool evicted = reason == "evicted" || reason == "preload";
        eventLog_.append(Severity::Info, evicted ? "model_evicted" : "model_unloaded", model, unloaded.why);
    }

    void perform(Judged& judged)
    {
        registry_.counter("millrace_load_preloads_total", "Preloads by their outcome.", {{"verdict", judged.verdict}})
            .add();
        const ModelEntry& entry = core_.scheduler().at(judged.entry);
        if (entry.state != ModelState::Loading || std::string_view(judged.verdict) != "late") return;
        if (const auto backend = backendOf(entry)) backend->hurryLoad(entry.spec.model);
    }

    // ---- time

    void saveBy(TimePoint when)
    {
        if (!file_ || (saveAt_ && *saveAt_ <= when)) return;
        saveAt_ = when;
        arm();
    }

    /// One sleeper at most; an earlier alarm takes the place of a later one.
    void arm()
    {
        if (stopped_) return;
        std::optional<TimePoint> wake = core_.scheduler().wakeAt();
        if (saveAt_ && (!wake || *saveAt_ < *wake)) wake = saveAt_;
        if (wake) wakeBy(*wake);
    }

    void wakeBy(TimePoint when)
    {
        if (armedAt_ && *armedAt_ <= when) return;
        if (sleeper_) sleeper_->cancel();
        sleeper_ = std::make_shared<CancellableTask>();
        armedAt_ = when;
        sleeper_->start(strand_, sleep(clock_, when, weak_from_this(), sleeper_));
    }

    static net::awaitable<void> sleep(Clock& clock, TimePoint when, std::weak_ptr<Impl> weak,
                                      std::shared_ptr<const CancellableTask> own)
    {
        try {
            co_await clock.sleepUntil(when);
        } catch (const boost::system::system_error&) {
            co_return;  // another alarm took its place
        }
        const auto self = weak.lock();
        if (!self || self->stopped_ || self->sleeper_ != own) co_return;
        self->sleeper_.reset();
        self->armedAt_.reset();
        self->alarm();
    }

    void alarm()
    {
        const TimePoint when = now();
        if (file_ && saveAt_ && *saveAt_ <= when) {
            saveAt_.reset();
            file_->write(core_.state());
        }
        core_.scheduler().tick(when);
        settle();
    }

    // fixed after construction
    Strand strand_;
    Clock& clock_;
    Registry& registry_;
    EventLog& eventLog_;

    // strand_ only
    LoadCore core_;
    Counter& warm_;
    Counter& cold_;
    Counter& lruWarm_;
    Histogram& seconds_;
    Gauge& queue_;
    Histogram& depth_;
    Gauge& loading_;
    Gauge& leases_;
    Gauge& residentModels_;
    Gauge& residentBytes_;
    Gauge& budget_;
    std::vector<Counter*> predictions_;  // miss, first, second or third
    std::vector<Counter*> changes_;      // the same, of changes of model
    std::map<std::string, std::shared_ptr<backend::Backend>> backends_;
    IdSource<WaiterId> waiterIds_;
    std::unordered_map<WaiterId, OneShot<Answer>> answers_;
    std::unordered_map<WaiterId, std::function<void(Status)>> callbacks_;
    std::unordered_map<LoadId, CancelSource> running_;
    Gate gate_;
    bool settling_ = false;
    bool stopped_ = false;
    std::optional<TimePoint> saveAt_, armedAt_;
    std::shared_ptr<CancellableTask> sleeper_;
    std::unique_ptr<FileHealth> health_;
    std::unique_ptr<StateFile> file_;  // last: its destructor waits for the disk
};

Loader::Loader(Strand strand, Clock& clock, Registry& registry, EventLog& eventLog, Options options,
               std::string stateFile)
    : impl_(std::make_shared<Impl>(std::move(strand), clock, registry, eventLog, options, std::move(stateFile)))
{}

Loader::~Loader()
{
    impl_->leave();
}

void Loader::apply(Options options)
{
    MR_ON_STRAND(impl_->strand());
    impl_->apply(options);
}

void Loader::setCatalogue(std::vector<CatalogueEntry> entries)
{
    MR_ON_STRAND(impl_->strand());
    impl_->setCatalogue(std::move(entries));
}

void Loader::backendDown(const std::string& backend, bool lost)
{
    MR_ON_STRAND(impl_->strand());
    impl_->backendDown(backend, lost);
}

net::awaitable<StatusOr<ModelLease>> Loader::acquire(ModelId model, std::shared_ptr<backend::Backend> backend,
                                                     CallContext context)
{
    if (auto lease = impl_->acquireNow(model, *backend, context.client)) co_return *std::move(lease);
    co_return co_await impl_->acquireLater(std::move(model), std::move(backend), std::move(context));
}

std::optional<StatusOr<ModelLease>> Loader::acquireNow(const ModelId& model, const backend::Backend& backend,
                                                       const std::string& client)
{
    return impl_->acquireNow(model, backend, client);
}

net::awaitable<StatusOr<ModelLease>> Loader::acquireLater(ModelId model, std::shared_ptr<backend::Backend> backend,
                                                          CallContext context)
{
    return impl_->acquireLater(std::move(model), std::move(backend), std::move(context));
}

std::optional<Duration> Loader::eta(const ModelId& model) const
{
    const auto entry = impl_->core().find(model);
    if (!entry) return std::nullopt;
    return impl_->core().scheduler().eta(*entry, impl_->now());
}

LoadId Loader::load(ModelId model, Priority priority, std::function<void(Status)> done)
{
    MR_ON_STRAND(impl_->strand());
    return impl_->load(model, priority, std::move(done));
}

net::awaitable<Status> Loader::loadAndWait(ModelId model, Priority priority, CallContext context)
{
    return impl_->loadAndWait(std::move(model), priority, std::move(context));
}

net::awaitable<Status> Loader::unload(ModelId model, UnloadBy by)
{
    return impl_->unload(std::move(model), by);
}

Status Loader::pin(const ModelId& model, bool pinned)
{
    MR_ON_STRAND(impl_->strand());
    return impl_->pin(model, pinned);
}

Status Loader::setPolicy(const ModelId& model, const ModelPolicy& policy)
{
    MR_ON_STRAND(impl_->strand());
    return impl_->setPolicy(model, policy);
}

ModelPolicy Loader::policyOf(const ModelId& model) const
{
    return impl_->core().policyOf(model);
}

net::awaitable<void> Loader::stop()
{
    return impl_->stop();
}

std::optional<ModelState> Loader::stateOf(const ModelId& model, const std::string& backend) const
{
    const auto entry = impl_->core().find(model, backend);
    if (!entry) return std::nullopt;
    return impl_->core().scheduler().at(*entry).state;
}

std::vector<ModelSnapshot> Loader::models() const
{
    return impl_->core().models(impl_->now());
}

const Ring<LoadRecord>& Loader::records() const
{
    return impl_->core().scheduler().log().records();
}

PredictionSnapshot Loader::prediction() const
{
    return impl_->core().prediction();
}

std::uint32_t Loader::loading() const
{
    return impl_->core().scheduler().loading();
}

std::uint32_t Loader::queued() const
{
    return impl_->core().scheduler().queued();
}

std::uint64_t Loader::residentBytes() const
{
    return impl_->core().scheduler().residentBytes();
}

}  // namespace millrace::load
