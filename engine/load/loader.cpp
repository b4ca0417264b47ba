// SPDX-License-Identifier: GPL-3.0-or-later
#include "load/loader.h"

#include "load/load_driver.h"
#include "phrases.h"

#include <utility>

namespace millrace::load {
namespace {

using Driver = std::shared_ptr<LoadDriver>;  // whoever waits keeps it: the loader may be gone before

StatusOr<EntryId> find(LoadDriver& driver, const ModelId& model)
{
    if (const auto entry = driver.core().find(model)) return *entry;
    return withField(notFound("no backend has model " + model), "model");
}

Status unknown(const ModelId& model, const backend::Backend& backend)
{
    return withField(notFound(backend.name() + " has no model " + model), "model");
}

Ask manual(Priority priority)
{
    Ask ask;
    ask.priority = priority;
    ask.cause = Cause::Manual;
    ask.lease = false;
    ask.why = say(Phrase::ModelRequestedManually);
    return ask;
}

/// Waits for the one answer that the core gives to an ask.
net::awaitable<LoadWaiters::Answer> wait(Driver driver, EntryId entry, Ask ask, CancelToken cancel)
{
    OneShot<LoadWaiters::Answer> answered;
    const WaiterId waiter = driver->waiters().add(answered);
    const Status accepted = driver->core().scheduler().ask(entry, waiter, ask, driver->now());
    if (!accepted.ok()) {
        driver->waiters().remove(waiter);
        driver->settle();
        LoadWaiters::Answer refused{accepted, {}, {}};
        co_return refused;
    }
    const auto registration = cancel.onCancel([alive = driver.get(), waiter, cancel] {
        alive->core().scheduler().withdraw(waiter, cancel.status(), alive->now());
        alive->settle();
    });
    driver->settle();
    co_return co_await answered.wait();
}

net::awaitable<StatusOr<ModelLease>> leaseLater(Driver driver, ModelId model, std::shared_ptr<backend::Backend> backend,
                                                CallContext context)
{
    const std::optional<EntryId> entry = driver->core().find(model, backend->name());
    if (!entry) co_return unknown(model, *backend);
    if (context.cancel.cancelled()) co_return context.cancel.status();

    Ask ask;
    ask.rank = context.priority;
    ask.deadline = context.deadline;
    ask.why = context.client.empty() ? say(Phrase::ModelRequested) : say(Phrase::ModelRequestedBy, context.client);
    context.trace->enter(Phase::Model, driver->now());
    LoadWaiters::Answer answer = co_await wait(driver, *entry, std::move(ask), context.cancel);
    context.trace->enter(Phase::Processing, driver->now());
    context.trace->loading += answer.loading;
    if (!answer.decisions.empty()) context.trace->addDecision(std::move(answer.decisions));
    if (!answer.status.ok()) co_return answer.status;
    co_return driver->lease(*entry);
}

net::awaitable<Status> unloadManually(Driver driver, ModelId model, UnloadBy by)
{
    const StatusOr<EntryId> entry = find(*driver, model);
    if (!entry.ok()) co_return entry.status();
    OneShot<LoadWaiters::Answer> answered;
    const WaiterId waiter = driver->waiters().add(answered);
    const Status accepted = driver->core().scheduler().unload(*entry, waiter, driver->now(), by);
    if (!accepted.ok()) driver->waiters().remove(waiter);
    driver->settle();
    if (!accepted.ok()) co_return accepted;
    LoadWaiters::Answer answer = co_await answered.wait();
    co_return answer.status;
}

net::awaitable<void> stopDriver(Driver driver)
{
    driver->core().scheduler().close(driver->now());
    driver->settle();
    co_await driver->drain();
    driver->leave();
}

}  // namespace

Loader::Loader(Strand strand, Clock& clock, Registry& registry, EventLog& eventLog, Options options,
               std::string stateFile)
    : driver_(std::make_shared<LoadDriver>(strand, clock, registry, eventLog, options, std::move(stateFile)))
{}

Loader::~Loader()
{
    driver_->leave();
}

void Loader::apply(Options options)
{
    MR_ON_STRAND(driver_->strand());
    driver_->apply(options);
}

void Loader::setCatalogue(std::vector<CatalogueEntry> entries)
{
    MR_ON_STRAND(driver_->strand());
    std::vector<EntrySpec> specs;
    specs.reserve(entries.size());
    LoadDriver::Backends backends;
    for (const CatalogueEntry& entry : entries) {
        EntrySpec spec;
        spec.model = entry.model;
        spec.backend = entry.backend->name();
        spec.kind = entry.info.kind;
        spec.loadable = entry.backend->capabilities().loads;
        spec.loaded = entry.info.loaded;
        spec.bytes = entry.info.bytes;
        backends.emplace(spec.backend, entry.backend);
        specs.push_back(std::move(spec));
    }
    driver_->setCatalogue(specs, backends);
}

void Loader::backendDown(const std::string& backend, bool lost)
{
    MR_ON_STRAND(driver_->strand());
    driver_->core().scheduler().backendDown(backend, driver_->now(), lost);
    driver_->settle();
}

// ---- requests

net::awaitable<StatusOr<ModelLease>> Loader::acquire(ModelId model, std::shared_ptr<backend::Backend> backend,
                                                     CallContext context)
{
    if (auto lease = acquireNow(model, *backend, context.client)) co_return *std::move(lease);
    co_return co_await leaseLater(driver_, std::move(model), std::move(backend), std::move(context));
}

/// Every request passes here: a look-up by hash, then some arithmetic.
std::optional<StatusOr<ModelLease>> Loader::acquireNow(const ModelId& model, const backend::Backend& backend,
                                                       const std::string& client)
{
    const std::optional<EntryId> entry = driver_->core().find(model, backend.name());
    if (!entry) {
        if (!backend.capabilities().loads) return ModelLease();  // it serves what it serves
        return unknown(model, backend);
    }
    if (!driver_->request(*entry, client)) return std::nullopt;
    driver_->settleIfNeeded();
    return driver_->lease(*entry);
}

net::awaitable<StatusOr<ModelLease>> Loader::acquireLater(ModelId model, std::shared_ptr<backend::Backend> backend,
                                                          CallContext context)
{
    return leaseLater(driver_, std::move(model), std::move(backend), std::move(context));
}

// ---- by the operator, or a client's wish

LoadId Loader::load(ModelId model, Priority priority, std::function<void(Status)> done)
{
    MR_ON_STRAND(driver_->strand());
    LoadWaiters& waiters = driver_->waiters();
    const StatusOr<EntryId> entry = find(*driver_, model);
    if (!entry.ok()) {
        waiters.post(std::move(done), entry.status());
        return LoadId{};
    }
    LoadScheduler& scheduler = driver_->core().scheduler();
    const WaiterId waiter = waiters.add(done);
    const Status accepted = scheduler.ask(*entry, waiter, manual(priority), driver_->now());
    if (!accepted.ok()) {
        waiters.remove(waiter);
        waiters.post(std::move(done), accepted);
    }
    const LoadId id = accepted.ok() ? scheduler.at(*entry).load : LoadId{};
    driver_->settle();
    return id;
}

net::awaitable<Status> Loader::unload(ModelId model, UnloadBy by)
{
    return unloadManually(driver_, std::move(model), by);
}

Status Loader::pin(const ModelId& model, bool pinned)
{
    MR_ON_STRAND(driver_->strand());
    const StatusOr<EntryId> entry = find(*driver_, model);
    if (!entry.ok()) return entry.status();
    const Status status = driver_->core().pin(*entry, pinned, driver_->now());
    if (status.ok()) driver_->decided();
    driver_->settle();
    return status;
}

Status Loader::setPolicy(const ModelId& model, const ModelPolicy& policy)
{
    MR_ON_STRAND(driver_->strand());
    const Status status = driver_->core().setPolicy(model, policy, driver_->now());
    if (status.ok()) driver_->decided();
    driver_->settle();
    return status;
}

net::awaitable<void> Loader::stop()
{
    return stopDriver(driver_);
}

// ---- what it says of itself

std::optional<Duration> Loader::eta(const ModelId& model) const
{
    const auto entry = driver_->core().find(model);
    if (!entry) return std::nullopt;
    return driver_->core().scheduler().eta(*entry, driver_->now());
}

ModelPolicy Loader::policyOf(const ModelId& model) const
{
    return driver_->core().policyOf(model);
}

std::optional<ModelState> Loader::stateOf(const ModelId& model, const std::string& backend) const
{
    const auto entry = driver_->core().find(model, backend);
    if (!entry) return std::nullopt;
    return driver_->core().scheduler().at(*entry).state;
}

std::vector<ModelSnapshot> Loader::models() const
{
    return driver_->core().models(driver_->now());
}

const Ring<LoadRecord>& Loader::records() const
{
    return driver_->core().scheduler().log().records();
}

PredictionSnapshot Loader::prediction() const
{
    return driver_->core().prediction();
}

std::uint32_t Loader::loading() const
{
    return driver_->core().scheduler().loading();
}

std::uint32_t Loader::queued() const
{
    return driver_->core().scheduler().queued();
}

std::uint64_t Loader::residentBytes() const
{
    return driver_->core().scheduler().residentBytes();
}

}  // namespace millrace::load
