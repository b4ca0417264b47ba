// SPDX-License-Identifier: GPL-3.0-or-later
#include "load/load_scheduler.h"

#include "base/format.h"
#include "phrases.h"

#include <utility>
#include <variant>

namespace millrace::load {
namespace {

/// Whether the backend may be loading all the same: the call ended without its word.
bool isUncertain(const Status& status)
{
    return absl::IsUnavailable(status) || absl::IsCancelled(status) || absl::IsUnknown(status) ||
           absl::IsAborted(status);
}

}  // namespace

LoadScheduler::LoadScheduler(Options options, EtaModel& eta, const Valuation& valuation)
    : options_(options), eta_(eta), dispatcher_(models_, options_, eta_, valuation)
{}

void LoadScheduler::apply(const Options& options, TimePoint now)
{
    options_ = options;
    for (ModelEntry& entry : models_) entry.optionsChanged();
    dispatcher_.enforceBudget(now);
    dispatcher_.pump(now);
}

// ---- what there is

EntryId LoadScheduler::add(EntrySpec spec, TimePoint now)
{
    const EntryId id = models_.add(std::move(spec), options_, log_, now);
    // Others take no memory of ours, and may be many.
    if (at(id).state == ModelState::Warm && at(id).spec.loadable) dispatcher_.enforceBudget(now);
    return id;
}

void LoadScheduler::seen(EntryId id, const EntrySpec& spec, TimePoint now)
{
    ModelEntry& entry = models_.at(id);
    if (!entry.update(spec, now)) return;
    const bool there = spec.loaded || !spec.loadable;
    if (there && (entry.isOut() || entry.state == ModelState::Queued)) {
        if (entry.state == ModelState::Queued) dispatcher_.forget(entry, now);
        entry.foundInMemory(now);
        if (entry.spec.loadable) dispatcher_.enforceBudget(now);
        dispatcher_.pump(now);
    } else if (!there && entry.state == ModelState::Warm) {
        becomeCold(entry, UnloadReason::Backend, say(Phrase::ModelDroppedByBackend), now);
        dispatcher_.pump(now);
    }
    if (!entry.pinned) return;
    loadPinned(entry, now);
    dispatcher_.pump(now);
}

void LoadScheduler::remove(EntryId id, TimePoint now)
{
    ModelEntry& entry = models_.at(id);
    entry.removed();
    if (entry.state == ModelState::Queued) {
        entry.refuse(notFound(entry.spec.backend + " no longer has model " + entry.spec.model));
        dispatcher_.dequeue(entry, say(Phrase::ModelRemoved), now);
    }
    if (entry.state == ModelState::Warm)
        becomeCold(entry, UnloadReason::Backend, say(Phrase::ModelRemovedFromBackend), now);
    if (entry.state == ModelState::Failed) entry.forgetFailure();
    forgetIfGone(id);
    dispatcher_.pump(now);
}

void LoadScheduler::forgetIfGone(EntryId id)
{
    if (at(id).isForgettable()) models_.erase(id);
}

void LoadScheduler::backendDown(const std::string& backend, TimePoint now, bool lost)
{
    if (lost) firstLoaded_.erase(backend);
    const auto isOfIt = [&](const ModelEntry& entry) { return entry.spec.loadable && entry.spec.backend == backend; };
    // All first: one that is dequeued opens the models that were closed for it to those who wait there.
    for (ModelEntry& entry : models_)
        if (isOfIt(entry)) entry.refuse(unavailable("backend " + backend + " went down"));
    const Sentence down = say(Phrase::ModelBackendDown);
    for (ModelEntry& entry : models_) {
        if (!isOfIt(entry)) continue;
        switch (entry.state) {
            case ModelState::Cold:
                break;
            case ModelState::Queued:
                dispatcher_.dequeue(entry, down, now);
                break;
            case ModelState::Loading:
                if (lost)
                    entry.loadDied(down, now);
                else
                    entry.cancelLoad(LoadOutcome::Failed, down, now);
                break;
            case ModelState::Warm:
            case ModelState::Unloading:
                if (lost) becomeCold(entry, UnloadReason::Backend, say(Phrase::ModelLostWithBackend), now);
                break;
            case ModelState::Failed:
                entry.forgetFailure();
                break;
        }
        entry.markBackendDown();
    }
    dispatcher_.enforceBudget(now);
    dispatcher_.pump(now);
}

void LoadScheduler::close(TimePoint now)
{
    for (EntryId id : dispatcher_.close()) {
        ModelEntry& entry = models_.at(id);
        entry.refuse(unavailable("the engine is stopping"));
        dispatcher_.dequeue(entry, say(Phrase::EngineIsStopping), now);
    }
}

// ---- asking

Status LoadScheduler::ask(EntryId id, WaiterId waiter, const Ask& ask, TimePoint now)
{
    ModelEntry& entry = models_.at(id);
    if (entry.open) {
        if (ask.lease) entry.addLease();
        log_.emit(Complete{waiter, absl::OkStatus(), {}, {}});
        return absl::OkStatus();
    }
    entry.requested();
    if (dispatcher_.isClosed()) return unavailable("the engine is stopping");
    if (entry.gone) return notFound(entry.spec.backend + " no longer has model " + entry.spec.model);
    if (ask.deadline <= now) return deadlineExceeded("no time left before the deadline to load " + entry.spec.model);
    if (entry.retryAt > now && ask.priority != Priority::Manual) return entry.pausedStatus(now);
    const bool fresh = entry.isOut();
    if (fresh) {
        if (Status status = dispatcher_.planner().fits(entry); !status.ok()) return status;
        if (Status status = dispatcher_.makePlace(entry, ask, now); !status.ok()) return status;
    }

    waiters_[waiter] = id;
    entry.addWaiter(waiter, ask, now);
    if (fresh) {
        dispatcher_.enqueue(entry, ask, now);
    } else if (entry.state == ModelState::Queued || entry.state == ModelState::Loading) {
        if (entry.preloadPending && ask.priority > Priority::Preload) entry.recordOutcome(Verdict::Late);
        dispatcher_.updateRank(entry, now);
    }
    dispatcher_.pump(now);
    return absl::OkStatus();
}

void LoadScheduler::withdraw(WaiterId waiter, const Status& status, TimePoint now)
{
    const auto found = waiters_.find(waiter);
    if (found == waiters_.end()) return;
    const EntryId id = found->second;
    if (!known(id) || !models_.at(id).withdraw(waiter, status)) return;
    ModelEntry& entry = models_.at(id);
    if (entry.state == ModelState::Queued && !entry.isWanted()) {
        dispatcher_.dequeue(entry, say(Phrase::ModelNobodyWaits), now);
        forgetIfGone(id);
    } else if (entry.state == ModelState::Queued || entry.state == ModelState::Loading) {
        // A load that has begun goes on, but makes way for one that somebody waits for.
        dispatcher_.updateRank(entry, now);
    }
    dispatcher_.pump(now);
}

// ---- loads and unloads

void LoadScheduler::loadEnded(EntryId id, LoadId load, const Status& status, std::uint64_t bytes, TimePoint now)
{
    if (!known(id) || !at(id).isLoading(load)) return;  // given up before
    ModelEntry& entry = models_.at(id);
    if (!status.ok()) {
        if (absl::IsDeadlineExceeded(status)) {
            entry.loadTimedOut(now);
        } else if (isUncertain(status) && !dispatcher_.isClosed()) {
            entry.loadLost(status, now);
        } else {
            entry.loadFailed(status, now);
        }
        forgetIfGone(id);
        dispatcher_.pump(now);
        return;
    }
    const Duration took = entry.loaded(bytes, now);
    const auto proven = firstLoaded_.try_emplace(entry.spec.backend, now).first->second;
    eta_.learned(entry.spec.model, entry.spec.kind, took, entry.startedAt < proven);
    if (entry.gone) becomeCold(entry, UnloadReason::Backend, say(Phrase::ModelRemovedFromBackend), now);
    forgetIfGone(id);
    dispatcher_.enforceBudget(now);
    dispatcher_.pump(now);
}

Status LoadScheduler::unload(EntryId id, WaiterId waiter, TimePoint now, UnloadBy by)
{
    ModelEntry& entry = models_.at(id);
    if (Status status = entry.mayUnload(by); !status.ok()) return status;
    const bool manual = by == UnloadBy::Operator;
    const Sentence why = say(manual ? Phrase::ModelUnloadedManually : Phrase::ModelUnloadedForClient);
    if (manual) entry.keepOut(now + ModelEntry::kKeptOut);
    entry.refuse(unavailable(entry.spec.model + " was " + why.english()));
    switch (entry.state) {
        case ModelState::Failed:
            entry.forgetFailure();
            [[fallthrough]];
        case ModelState::Cold:
            log_.emit(Complete{waiter, absl::OkStatus(), {}, {}});
            return absl::OkStatus();
        case ModelState::Queued:
            dispatcher_.dequeue(entry, why, now);
            log_.emit(Complete{waiter, absl::OkStatus(), {}, {}});
            dispatcher_.pump(now);
            return absl::OkStatus();
        case ModelState::Loading:
            entry.cancelLoad(LoadOutcome::Cancelled, why, now);
            break;
        case ModelState::Warm:
            entry.unload(UnloadReason::Manual, why, now);
            break;
        case ModelState::Unloading:
            if (!entry.unloadInFlight) entry.askToUnload(now);
            break;
    }
    entry.addUnloadWaiter(waiter);
    dispatcher_.pump(now);
    return absl::OkStatus();
}

void LoadScheduler::unloadEnded(EntryId id, UnloadId unload, const Status& status, TimePoint now)
{
    if (!known(id) || !at(id).isUnloading(unload)) return;
    ModelEntry& entry = models_.at(id);
    if (entry.unloadEnded(status, now)) becomeCold(entry, entry.unloadReason, Sentence(entry.unloadWhy), now);
    forgetIfGone(id);
    dispatcher_.pump(now);
}

/// Its memory is free; what was requested while it was leaving is loaded again.
void LoadScheduler::becomeCold(ModelEntry& entry, UnloadReason reason, const Sentence& why, TimePoint now)
{
    entry.becomeCold(reason, why, now);
    if (entry.waiters.empty()) return;
    if (entry.gone || dispatcher_.isClosed()) {
        entry.refuse(unavailable(entry.spec.model + " left memory"));
        return;
    }
    if (Status status = dispatcher_.planner().fits(entry); !status.ok()) {
        entry.refuse(status);
        return;
    }
    Ask again;
    again.why = say(Phrase::ModelRequestedWhileUnloading);
    dispatcher_.enqueue(entry, again, now);
    dispatcher_.updateRank(entry, now);
}

// ---- pins, time

Status LoadScheduler::pin(EntryId id, bool pinned, TimePoint now)
{
    ModelEntry& entry = models_.at(id);
    if (!entry.spec.loadable)
        return failedPrecondition(entry.spec.backend + " manages its models itself: " + entry.spec.model +
                                  " cannot be pinned");
    if (pinned && !entry.pinned)
        if (Status status = dispatcher_.planner().mayPin(entry); !status.ok()) return status;
    entry.setPinned(pinned);
    if (pinned) {
        if (entry.reservedFor) entry.grant(now);  // was about to leave for another
        loadPinned(entry, now);
    } else if (entry.cause == Cause::Pin && entry.state == ModelState::Queued && entry.waiters.empty()) {
        dispatcher_.dequeue(entry, say(Phrase::ModelUnpinned), now);
    }
    dispatcher_.enforceBudget(now);
    dispatcher_.pump(now);
    return absl::OkStatus();
}

void LoadScheduler::setPolicy(EntryId id, const ModelPolicy& policy, TimePoint now)
{
    ModelEntry& entry = models_.at(id);
    entry.setPolicy(policy);
    if (!policy.preload && entry.preloading()) {
        const Sentence why = say(Phrase::ModelPreloadOff);
        entry.forgetPreload();
        if (entry.state == ModelState::Queued)
            dispatcher_.dequeue(entry, why, now);
        else
            entry.cancelLoad(LoadOutcome::Cancelled, why, now);
    }
    expire(now);
    dispatcher_.pump(now);
}

void LoadScheduler::loadPinned(ModelEntry& entry, TimePoint now)
{
    if (dispatcher_.isClosed() || dispatcher_.isFull() || !entry.mayLoadForPin(now) ||
        !dispatcher_.planner().fits(entry).ok())
        return;
    Ask ask;
    ask.priority = Priority::Manual;
    ask.cause = Cause::Pin;
    ask.why = say(Phrase::ModelIsPinned);
    dispatcher_.enqueue(entry, ask, now);
}

void LoadScheduler::tick(TimePoint now)
{
    expire(now);
    dispatcher_.enforceBudget(now);
    dispatcher_.pump(now);
}

void LoadScheduler::expire(TimePoint now)
{
    std::vector<WaiterId> late;
    for (EntryId id = 0; id < models_.size(); ++id) {
        if (!known(id)) continue;
        ModelEntry& entry = models_.at(id);
        if (entry.state == ModelState::Loading && entry.deadline <= now) {
            entry.loadTimedOut(now);
        } else if (entry.state == ModelState::Unloading && !entry.unloadInFlight) {
            if (entry.unloadRetryAt <= now) entry.askToUnload(now);
        } else if (entry.state == ModelState::Unloading && entry.unloadDeadline <= now) {
            unloadEnded(id, entry.unloadCall, deadlineExceeded("no answer in " + formatMs(options_.timeout)), now);
            if (!known(id)) continue;
        } else if (const auto end = entry.idleEnd(); end && *end <= now) {
            entry.excludeFromPreload();
            entry.unload(UnloadReason::Ttl, say(Phrase::ModelUnloadedUnused, now - entry.used), now);
        }
        if (entry.pinned) loadPinned(entry, now);
        for (const auto& waiter : entry.waiters)
            if (waiter.deadline <= now) late.push_back(waiter.id);
    }
    for (WaiterId waiter : late) {
        const auto found = waiters_.find(waiter);
        if (found == waiters_.end() || !known(found->second)) continue;
        const ModelEntry& entry = at(found->second);
        Status status = deadlineExceeded("the deadline passed before " + entry.spec.model + " was loaded (it is " +
                                         name(entry.state) + ")");
        if (const auto rest = dispatcher_.eta(entry, now))
            status = withRetryAfter(status, std::chrono::ceil<std::chrono::milliseconds>(*rest));
        withdraw(waiter, status, now);
    }
}

std::optional<TimePoint> LoadScheduler::wakeAt() const
{
    std::optional<TimePoint> wake = dispatcher_.recheckAt();
    for (const ModelEntry& entry : models_)
        if (const auto at = entry.wakeAt(); at && (!wake || *at < *wake)) wake = at;
    return wake;
}

std::vector<Effect> LoadScheduler::takeEffects()
{
    std::vector<Effect> effects = log_.take();
    for (const Effect& effect : effects)
        if (const auto* complete = std::get_if<Complete>(&effect)) waiters_.erase(complete->waiter);
    return effects;
}

// ---- what is said of it

bool LoadScheduler::knows(const std::string& backend) const
{
    for (const ModelEntry& entry : models_)
        if (entry.spec.backend == backend) return true;
    return false;
}

std::uint32_t LoadScheduler::residentModels() const
{
    std::uint32_t count = 0;
    for (const ModelEntry& entry : models_) count += entry.spec.loadable && entry.inMemory() ? 1 : 0;
    return count;
}

std::uint64_t LoadScheduler::residentBytes() const
{
    std::uint64_t sum = 0;
    for (const ModelEntry& entry : models_) sum += entry.spec.loadable && entry.inMemory() ? entry.bytes : 0;
    return sum;
}

}  // namespace millrace::load
