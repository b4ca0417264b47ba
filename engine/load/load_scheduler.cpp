// SPDX-License-Identifier: GPL-3.0-or-later
#include "load/load_scheduler.h"

#include "base/format.h"
#include "phrases.h"

#include <algorithm>
#include <utility>

namespace millrace::load {
namespace {

using Entry = LoadScheduler::Entry;

std::string because(const Entry& entry, TimePoint now)
{
    switch (entry.state) {
        case ModelState::Queued:
        case ModelState::Loading:
            return entry.preloading() ? "it was being preloaded" : "it was being loaded already";
        case ModelState::Unloading:
            return "it was being " + entry.unloadWhy.english();
        case ModelState::Warm:
            return "it was evicted for another model";
        case ModelState::Failed:
            return "its last load had failed";
        case ModelState::Cold:
            break;
    }
    if (!entry.leftAt) return "it had not been loaded yet";
    return "it was " + entry.leftWhy.english() + ", " + formatMs(now - *entry.leftAt) + " ago";
}

Status notNow(const Entry& entry, TimePoint now)
{
    const auto pause = std::chrono::ceil<std::chrono::milliseconds>(entry.retryAt - now);
    const std::string why = "loading " + entry.spec.model + " failed " + std::to_string(entry.failures) +
                            (entry.failures == 1 ? " time" : " times in a row") + ", last: " + text(entry.error) +
                            "; next attempt in " + formatMs(pause);
    if (absl::IsNotFound(entry.error)) return withField(notFound(why), "model");
    return withRetryAfter(unavailable(why), pause);
}

/// What a load's failure is to those who asked for the model: the model may not exist; all else is the server's fault,
/// and nothing that they could put right.
Status toCallers(const Entry& entry, const Status& status)
{
    const std::string why = "loading " + entry.spec.model + " failed: " + text(status);
    if (absl::IsNotFound(status)) return withField(notFound(why), "model");
    if (absl::IsInternal(status) || absl::IsUnimplemented(status)) return Status(status.code(), why);
    return unavailable(why);
}

/// Whether the backend may be loading all the same: the call ended without its word.
bool isUncertain(const Status& status)
{
    return absl::IsUnavailable(status) || absl::IsCancelled(status) || absl::IsUnknown(status) ||
           absl::IsAborted(status);
}

}  // namespace

const char* name(Cause cause)
{
    switch (cause) {
        case Cause::Demand:
            return "demand";
        case Cause::Preload:
            return "preload";
        case Cause::Manual:
            return "manual";
        case Cause::Pin:
            return "pin";
    }
    return "";
}

LoadScheduler::LoadScheduler(Options options, EtaModel& eta, const Valuation& valuation)
    : options_(options), eta_(eta), valuation_(valuation)
{}

LoadScheduler::~LoadScheduler() = default;

void LoadScheduler::apply(const Options& options, TimePoint now)
{
    options_ = options;
    enforceBudget(now);
    pump(now);
}

// ---- what there is

EntryId LoadScheduler::add(EntrySpec spec, TimePoint now)
{
    EntryId id = static_cast<EntryId>(entries_.size());
    if (free_.empty()) {
        entries_.push_back(nullptr);
    } else {
        id = free_.back();
        free_.pop_back();
    }
    entries_[id] = std::make_unique<Entry>();
    Entry& entry = edit(id);
    entry.spec = std::move(spec);
    entry.bytes = entry.spec.bytes;
    entry.used = now;
    if (entry.spec.loaded || !entry.spec.loadable) {
        transition(entry.state, ModelState::Warm);
        entry.open = true;
        entry.warmSince = now - options_.residencyMin;
        entry.reason = say(entry.spec.loadable ? Phrase::ModelWasInMemory : Phrase::ModelManagedByBackend);
        if (entry.spec.loadable) enforceBudget(now);  // others take no memory of ours, and may be many
    }
    return id;
}

void LoadScheduler::seen(EntryId id, const EntrySpec& spec, TimePoint now)
{
    Entry& entry = edit(id);
    entry.gone = false;
    entry.away = false;
    entry.spec.kind = spec.kind;
    entry.spec.loadable = spec.loadable;
    if (!entry.measured && spec.bytes > 0) entry.bytes = spec.bytes;
    const bool there = spec.loaded || !spec.loadable;
    // A list that was fetched while something was done to the model tells the state of before.
    const bool settled = entry.changed == TimePoint::min() || now - entry.changed >= kSettled;
    if (!settled && spec.loadable) return;
    if (there &&
        (entry.state == ModelState::Cold || entry.state == ModelState::Failed || entry.state == ModelState::Queued)) {
        if (entry.state == ModelState::Queued) {
            std::erase(queue_, id);
            clearReservations(id, now);
            if (LoadRecord* found = record(entry)) {
                found->outcome = "cancelled";
                found->ended = now;
                found->why = Sentence::joined(found->why, say(Phrase::ModelBackendHadIt));
            }
        }
        transition(entry.state, ModelState::Warm);
        entry.changed = entry.warmSince = now;
        entry.failures = 0;
        entry.retryAt = TimePoint::min();
        entry.reason = say(Phrase::ModelWasInMemory);
        grant(id, now);
        if (entry.spec.loadable) enforceBudget(now);
        pump(now);
    } else if (!there && entry.state == ModelState::Warm) {
        becomeCold(id, "backend", say(Phrase::ModelDroppedByBackend), now);
        pump(now);
    }
    if (!entry.pinned) return;
    loadPinned(id, now);
    pump(now);
}

void LoadScheduler::remove(EntryId id, TimePoint now)
{
    Entry& entry = edit(id);
    entry.gone = true;
    const Status status = notFound(entry.spec.backend + " no longer has model " + entry.spec.model);
    if (entry.state == ModelState::Queued) {
        refuse(id, status);
        dequeue(id, say(Phrase::ModelRemoved), now);
    }
    if (entry.state == ModelState::Warm) becomeCold(id, "backend", say(Phrase::ModelRemovedFromBackend), now);
    if (entry.state == ModelState::Failed) transition(entry.state, ModelState::Cold);
    forgetIfGone(id);
    pump(now);
}

void LoadScheduler::forgetIfGone(EntryId id)
{
    const Entry& entry = at(id);
    if (!entry.gone || entry.leases > 0 || !entry.waiters.empty()) return;
    if (entry.state != ModelState::Cold && entry.state != ModelState::Failed) return;
    entries_[id].reset();
    free_.push_back(id);
}

void LoadScheduler::backendDown(const std::string& backend, TimePoint now, bool lost)
{
    if (lost) firstLoaded_.erase(backend);
    const auto isOfIt = [&](EntryId id) { return known(id) && at(id).spec.loadable && at(id).spec.backend == backend; };
    // All first: one that is dequeued opens the models that were closed for it to those who wait there.
    for (EntryId id = 0; id < entries_.size(); ++id)
        if (isOfIt(id)) refuse(id, unavailable("backend " + backend + " went down"));
    const Sentence down = say(Phrase::ModelBackendDown);
    for (EntryId id = 0; id < entries_.size(); ++id) {
        if (!isOfIt(id)) continue;
        Entry& entry = edit(id);
        switch (entry.state) {
            case ModelState::Cold:
                break;
            case ModelState::Queued:
                dequeue(id, down, now);
                break;
            case ModelState::Loading:
                if (!lost) {
                    cancelLoad(id, "failed", down, now);
                    break;
                }
                effects_.push_back(CancelLoad{entry.load, id, down});
                leaves(entry, id, down, now);
                if (LoadRecord* found = record(entry)) {
                    found->outcome = "failed";
                    found->ended = now;
                    found->why = Sentence::joined(found->why, down);
                }
                effects_.push_back(LoadEnded{id, entry.cause, "failed", now - entry.startedAt, down});
                transition(entry.state, ModelState::Cold);
                entry.changed = now;
                break;
            case ModelState::Warm:
            case ModelState::Unloading:
                if (lost) becomeCold(id, "backend", say(Phrase::ModelLostWithBackend), now);
                break;
            case ModelState::Failed:
                transition(entry.state, ModelState::Cold);
                break;
        }
        entry.failures = 0;
        entry.retryAt = TimePoint::min();
        entry.away = true;
    }
    enforceBudget(now);
    pump(now);
}

void LoadScheduler::close(TimePoint now)
{
    closed_ = true;
    const std::vector<EntryId> waiting = queue_;
    for (EntryId id : waiting) {
        refuse(id, unavailable("the engine is stopping"));
        dequeue(id, say(Phrase::EngineIsStopping), now);
    }
}

// ---- asking

Status LoadScheduler::ask(EntryId id, WaiterId waiter, const Ask& ask, TimePoint now)
{
    Entry& entry = edit(id);
    if (entry.open) {
        if (ask.lease) ++entry.leases;
        effects_.push_back(Complete{waiter, absl::OkStatus(), {}, {}});
        return absl::OkStatus();
    }
    entry.excludedFromPreload = entry.away = false;
    entry.keptOutUntil = TimePoint::min();
    if (closed_) return unavailable("the engine is stopping");
    if (entry.gone) return notFound(entry.spec.backend + " no longer has model " + entry.spec.model);
    if (ask.deadline <= now) return deadlineExceeded("no time left before the deadline to load " + entry.spec.model);
    if (entry.retryAt > now && ask.priority != Priority::Manual) return notNow(entry, now);
    const bool fresh = entry.state == ModelState::Cold || entry.state == ModelState::Failed;
    if (fresh) {
        if (Status status = fits(entry); !status.ok()) return status;
        if (queue_.size() >= options_.queueMax) {
            const EntryId last = queue_.back();
            if (at(last).priority >= ask.priority || at(last).cause == Cause::Pin) {
                const auto after = std::chrono::ceil<std::chrono::milliseconds>(eta(id, now).value_or(1s));
                return withRetryAfter(resourceExhausted(std::to_string(queue_.size()) +
                                                        " models are queued to be loaded (limit loader.queue_max: " +
                                                        std::to_string(options_.queueMax) + ")"),
                                      after);
            }
            refuse(last,
                   resourceExhausted("displaced from the load queue by a more urgent load (limit loader.queue_max)"));
            dequeue(last, say(Phrase::ModelDisplaced), now);
        }
    }

    waiters_[waiter] = id;
    entry.waiters.push_back({waiter, ask.priority, ask.rank, ask.lease, ask.deadline, now, because(entry, now)});
    if (fresh) {
        enqueue(id, ask, now);
    } else if (entry.state == ModelState::Queued || entry.state == ModelState::Loading) {
        if (entry.preloadPending && ask.priority > Priority::Preload) judge(entry, id, "late");
        rank(id, now);
    }
    pump(now);
    return absl::OkStatus();
}

void LoadScheduler::enqueue(EntryId id, const Ask& ask, TimePoint now)
{
    Entry& entry = edit(id);
    transition(entry.state, ModelState::Queued);
    entry.changed = entry.queuedAt = now;
    entry.priority = ask.priority;
    entry.rank = ask.rank;
    entry.cause = ask.cause;
    entry.preloadPending = ask.cause == Cause::Preload;
    entry.load = loadIds_.next();
    if (entry.bytes == 0) entry.bytes = estimatedBytes(entry);
    entry.reason = ask.why;
    LoadRecord begun;
    begun.id = entry.load;
    begun.model = entry.spec.model;
    begun.cause = name(ask.cause);
    begun.queued = now;
    begun.outcome = "queued";
    begun.why = ask.why;
    entry.recordAt = records_.push(std::move(begun));
    entry.sequence = ++sequence_;
    place(id);
}

void LoadScheduler::place(EntryId id)
{
    std::erase(queue_, id);
    const auto before = [this](EntryId one, EntryId other) {
        const Entry &a = at(one), &b = at(other);
        if (a.priority != b.priority) return a.priority > b.priority;
        if (a.rank != b.rank) return a.rank > b.rank;
        return a.sequence < b.sequence;
    };
    queue_.insert(std::upper_bound(queue_.begin(), queue_.end(), id, before), id);
}

/// The most urgent waiter decides.
void LoadScheduler::rank(EntryId id, TimePoint now)
{
    Entry& entry = edit(id);
    Priority priority = entry.cause == Cause::Pin ? Priority::Manual : Priority::Preload;
    int rank = 0;
    for (const auto& waiter : entry.waiters) {
        if (waiter.priority > priority || (waiter.priority == priority && waiter.rank > rank)) rank = waiter.rank;
        priority = std::max(priority, waiter.priority);
    }
    if (priority == entry.priority && rank == entry.rank) return;
    const bool upgraded = priority > entry.priority;
    entry.priority = priority;
    entry.rank = rank;
    if (entry.state != ModelState::Queued) return;
    if (upgraded) {  // its place among its new equals is that of somebody who came now, and so is its patience
        entry.sequence = ++sequence_;
        entry.queuedAt = now;
    }
    place(id);
}

void LoadScheduler::dequeue(EntryId id, const Sentence& why, TimePoint now)
{
    Entry& entry = edit(id);
    std::erase(queue_, id);
    transition(entry.state, ModelState::Cold);
    entry.changed = now;
    entry.preloadPending = false;
    entry.reason = why;
    if (LoadRecord* found = record(entry)) {
        found->outcome = "cancelled";
        found->ended = now;
        found->why = Sentence::joined(found->why, why);
    }
    clearReservations(id, now);
}

void LoadScheduler::withdraw(WaiterId waiter, const Status& status, TimePoint now)
{
    const auto place = waiters_.find(waiter);
    if (place == waiters_.end()) return;
    const EntryId id = place->second;
    waiters_.erase(place);
    Entry& entry = edit(id);
    std::erase_if(entry.waiters, [&](const Entry::Waiter& each) { return each.id == waiter; });
    effects_.push_back(Complete{waiter, status, {}, {}});
    const bool wanted = !entry.waiters.empty() || entry.cause == Cause::Preload || entry.cause == Cause::Pin;
    if (entry.state == ModelState::Queued && !wanted) {
        dequeue(id, say(Phrase::ModelNobodyWaits), now);
        forgetIfGone(id);
    } else if (entry.state == ModelState::Queued || entry.state == ModelState::Loading) {
        rank(id, now);  // a load that has begun goes on, but makes way for one that somebody waits for
    }
    pump(now);
}

void LoadScheduler::refuse(EntryId id, const Status& status)
{
    Entry& entry = edit(id);
    for (const auto& waiter : entry.waiters) {
        waiters_.erase(waiter.id);
        effects_.push_back(Complete{waiter.id, status, {}, {}});
    }
    entry.waiters.clear();
}

void LoadScheduler::grant(EntryId id, TimePoint now)
{
    Entry& entry = edit(id);
    entry.open = true;
    entry.reservedFor.reset();
    for (const auto& waiter : entry.waiters) {
        waiters_.erase(waiter.id);
        if (waiter.lease) ++entry.leases;
        Complete complete;
        complete.waiter = waiter.id;
        complete.decisions =
            "waited " + formatMs(now - waiter.asked) + " for " + entry.spec.model + " to load: " + waiter.because;
        complete.loading = now - std::max(waiter.asked, entry.startedAt);
        effects_.push_back(std::move(complete));
    }
    if (!entry.waiters.empty()) entry.used = now;
    entry.waiters.clear();
}

// ---- loads

void LoadScheduler::begin(EntryId id, TimePoint now)
{
    Entry& entry = edit(id);
    std::erase(queue_, id);
    transition(entry.state, ModelState::Loading);
    entry.changed = entry.startedAt = now;
    entry.deadline = now + options_.timeout;
    if (LoadRecord* found = record(entry)) {
        found->started = now;
        found->outcome = "loading";
    }
    effects_.push_back(StartLoad{entry.load, id, entry.deadline});
    clearReservations(id, now);
}

void LoadScheduler::loadEnded(EntryId id, LoadId load, const Status& status, std::uint64_t bytes, TimePoint now)
{
    if (!known(id)) return;
    Entry& entry = edit(id);
    if (entry.load != load || entry.state != ModelState::Loading) return;  // given up before
    if (!status.ok()) {
        if (absl::IsDeadlineExceeded(status)) {
            timedOut(id, now);
        } else if (isUncertain(status) && !closed_) {
            lostSight(id, status, now);
        } else {
            failed(id, status, now);
        }
        forgetIfGone(id);
        pump(now);
        return;
    }
    transition(entry.state, ModelState::Warm);
    entry.changed = entry.warmSince = entry.used = now;
    entry.failures = 0;
    entry.retryAt = TimePoint::min();
    ++entry.loads;
    if (bytes > 0) {
        entry.bytes = bytes;
        entry.measured = true;
    }
    const Duration took = now - entry.startedAt;
    const auto proven = firstLoaded_.try_emplace(entry.spec.backend, now).first->second;
    eta_.learned(entry.spec.model, entry.spec.kind, took, entry.startedAt < proven);
    if (LoadRecord* found = record(entry)) {
        found->ended = now;
        found->outcome = "ok";
    }
    effects_.push_back(LoadEnded{id, entry.cause, "ok", took, entry.reason});
    grant(id, now);
    if (entry.gone) becomeCold(id, "backend", say(Phrase::ModelRemovedFromBackend), now);
    forgetIfGone(id);
    enforceBudget(now);
    pump(now);
}

void LoadScheduler::failed(EntryId id, const Status& status, TimePoint now)
{
    Entry& entry = edit(id);
    transition(entry.state, ModelState::Failed);
    const Duration pause = pauseAfterFailure(entry, status, now);
    entry.changed = now;
    entry.preloadPending = false;
    const Sentence why = text(status);
    entry.reason = say(Phrase::ModelLoadFailed, Value::quote(why));
    if (LoadRecord* found = record(entry)) {
        found->ended = now;
        found->outcome = "failed";
        found->why = Sentence::joined(found->why, why);
    }
    effects_.push_back(LoadEnded{id, entry.cause, "failed", now - entry.startedAt, why});
    refuse(id, withRetryAfter(toCallers(entry, status), std::chrono::ceil<std::chrono::milliseconds>(pause)));
    if (entry.gone) transition(entry.state, ModelState::Cold);
}

/// The call failed without a word of the backend on the load: what it has is dropped.
void LoadScheduler::lostSight(EntryId id, const Status& status, TimePoint now)
{
    Entry& entry = edit(id);
    const Duration pause = pauseAfterFailure(entry, status, now);
    entry.preloadPending = false;
    refuse(id, withRetryAfter(toCallers(entry, status), std::chrono::ceil<std::chrono::milliseconds>(pause)));
    cancelLoad(id, "failed", text(status), now);
}

/// The backend may still be at it: what it has is dropped.
void LoadScheduler::timedOut(EntryId id, TimePoint now)
{
    Entry& entry = edit(id);
    const Sentence why = say(Phrase::ModelTookLonger, now - entry.startedAt);
    const Status status = deadlineExceeded("loading " + entry.spec.model + ": " + why.english());
    const Duration pause = pauseAfterFailure(entry, status, now);
    entry.preloadPending = false;
    refuse(id, withRetryAfter(status, std::chrono::ceil<std::chrono::milliseconds>(pause)));
    cancelLoad(id, "timeout", why, now);
}

/// Doubles with each failure in a row.
Duration LoadScheduler::pauseAfterFailure(Entry& entry, const Status& status, TimePoint now)
{
    ++entry.failures;
    const std::uint32_t doublings = std::min(entry.failures - 1, 16u);
    const Duration pause = std::min<Duration>(options_.failedBackoff * (1u << doublings), kBackoffMax);
    entry.retryAt = now + pause;
    entry.error = status;
    return pause;
}

/// Gives a running load up. What the backend may have of it is dropped, so that nothing stays in its memory unseen.
void LoadScheduler::cancelLoad(EntryId id, const char* outcome, const Sentence& why, TimePoint now)
{
    Entry& entry = edit(id);
    effects_.push_back(CancelLoad{entry.load, id, why});
    effects_.push_back(LoadEnded{id, entry.cause, outcome, now - entry.startedAt, why});
    if (LoadRecord* found = record(entry)) {
        found->ended = now;
        found->outcome = outcome;
        found->why = Sentence::joined(found->why, why);
    }
    startUnload(id, outcome, say(Phrase::ModelDropped, why), now);
}

// ---- leaving

Status LoadScheduler::unload(EntryId id, WaiterId waiter, TimePoint now, UnloadBy by)
{
    const Sentence why = say(by == UnloadBy::Operator ? Phrase::ModelUnloadedManually : Phrase::ModelUnloadedForClient);
    Entry& entry = edit(id);
    if (!entry.spec.loadable)
        return failedPrecondition(entry.spec.backend + " cannot unload models: " + entry.spec.model + " stays");
    if (entry.pinned) return failedPrecondition(entry.spec.model + " is pinned: unpin it first");
    if (entry.leases > 0)
        return failedPrecondition(entry.spec.model + " is in use by " + std::to_string(entry.leases) +
                                  (entry.leases == 1 ? " request" : " requests"));
    const auto requests = std::count_if(entry.waiters.begin(), entry.waiters.end(),
                                        [](const Entry::Waiter& waiting) { return waiting.lease; });
    if (requests > 0 && by == UnloadBy::Client)
        return failedPrecondition(std::to_string(requests) + (requests == 1 ? " request waits" : " requests wait") +
                                  " for " + entry.spec.model + " to load");
    if (by == UnloadBy::Operator) entry.keptOutUntil = now + kKeptOut;
    refuse(id, unavailable(entry.spec.model + " was " + why.english()));
    switch (entry.state) {
        case ModelState::Failed:
            transition(entry.state, ModelState::Cold);
            [[fallthrough]];
        case ModelState::Cold:
            effects_.push_back(Complete{waiter, absl::OkStatus(), {}, {}});
            return absl::OkStatus();
        case ModelState::Queued:
            dequeue(id, why, now);
            effects_.push_back(Complete{waiter, absl::OkStatus(), {}, {}});
            pump(now);
            return absl::OkStatus();
        case ModelState::Loading:
            cancelLoad(id, "cancelled", why, now);
            break;
        case ModelState::Warm:
            startUnload(id, "manual", why, now);
            break;
        case ModelState::Unloading:
            if (!entry.unloadInFlight) askToUnload(entry, id, now);
            break;
    }
    entry.unloadWaiters.push_back(waiter);
    pump(now);
    return absl::OkStatus();
}

void LoadScheduler::startUnload(EntryId id, const char* reason, const Sentence& why, TimePoint now)
{
    Entry& entry = edit(id);
    MR_CHECK(entry.leases == 0 || entry.state == ModelState::Loading);
    entry.wasWarm = entry.state == ModelState::Warm;
    transition(entry.state, ModelState::Unloading);
    entry.open = false;
    entry.reservedFor.reset();
    entry.changed = now;
    entry.unloadReason = reason;
    entry.unloadWhy = why;
    entry.reason = why;
    leaves(entry, id, why, now);
    askToUnload(entry, id, now);
}

void LoadScheduler::askToUnload(Entry& entry, EntryId id, TimePoint now)
{
    entry.unload = unloadIds_.next();
    entry.unloadInFlight = true;
    entry.unloadDeadline = now + options_.timeout;
    effects_.push_back(StartUnload{entry.unload, id, entry.unloadDeadline});
}

/// Its stay is over: the record says why, and a preload that nobody used was wasted.
void LoadScheduler::leaves(Entry& entry, EntryId id, const Sentence& why, TimePoint now)
{
    if (entry.preloadPending) judge(entry, id, "wasted");
    if (LoadRecord* found = record(entry); found && !found->unloaded) {
        found->unloaded = now;
        found->unloadedWhy = why;
    }
}

void LoadScheduler::unloadEnded(EntryId id, UnloadId unload, const Status& status, TimePoint now)
{
    if (!known(id)) return;
    Entry& entry = edit(id);
    if (entry.state != ModelState::Unloading || entry.unload != unload || !entry.unloadInFlight) return;
    entry.unloadInFlight = false;
    // "There is no such loaded model" is what was wanted; nothing else says that the memory is free.
    const bool left = status.ok() || absl::IsNotFound(status);
    for (WaiterId waiter : std::exchange(entry.unloadWaiters, {}))
        effects_.push_back(Complete{waiter, left ? absl::OkStatus() : status, {}, {}});
    if (left) {
        becomeCold(id, entry.unloadReason, Sentence(entry.unloadWhy), now);
    } else if (entry.ending()) {
        entry.unloadRetryAt = now + std::max<Duration>(options_.failedBackoff, 1s);
        entry.reason = say(Phrase::ModelStillThere, entry.unloadWhy, entry.spec.backend, Value::quote(text(status)));
    } else {
        transition(entry.state, ModelState::Warm);
        entry.changed = now;
        entry.unloadRetryAt = now + std::max<Duration>(options_.failedBackoff, 1s);
        entry.reason = say(Phrase::ModelUnloadFailed, Value::quote(text(status)));
        if (LoadRecord* found = record(entry)) {
            found->unloaded.reset();
            found->unloadedWhy.clear();
        }
        grant(id, now);
    }
    forgetIfGone(id);
    pump(now);
}

/// The memory is free now.
void LoadScheduler::becomeCold(EntryId id, const char* reason, const Sentence& why, TimePoint now)
{
    Entry& entry = edit(id);
    const bool was = entry.state == ModelState::Warm || entry.wasWarm;
    leaves(entry, id, why, now);
    entry.open = false;
    entry.reservedFor.reset();
    entry.changed = now;
    if (was) {
        entry.leftAt = now;
        entry.leftWhy = why;
        entry.reason = why;
    }
    effects_.push_back(Unloaded{id, reason, why, was});
    entry.wasWarm = false;
    entry.unloadInFlight = false;
    for (WaiterId waiter : std::exchange(entry.unloadWaiters, {}))
        effects_.push_back(Complete{waiter, absl::OkStatus(), {}, {}});
    if (entry.state == ModelState::Unloading && entry.retryAt > now) {
        transition(entry.state, ModelState::Failed);
    } else {
        transition(entry.state, ModelState::Cold);
    }
    if (entry.waiters.empty()) return;
    // Asked for while it was leaving.
    if (entry.gone || closed_) {
        refuse(id, unavailable(entry.spec.model + " left memory"));
        return;
    }
    if (Status status = fits(entry); !status.ok()) {
        refuse(id, status);
        return;
    }
    Ask again;
    again.cause = Cause::Demand;
    again.why = say(Phrase::ModelRequestedWhileUnloading);
    enqueue(id, again, now);
    rank(id, now);
}

// ---- pins, time

Status LoadScheduler::pin(EntryId id, bool pinned, TimePoint now)
{
    Entry& entry = edit(id);
    if (!entry.spec.loadable)
        return failedPrecondition(entry.spec.backend + " manages its models itself: " + entry.spec.model +
                                  " cannot be pinned");
    if (pinned && !entry.pinned) {
        const Usage used = usage(entry.spec.backend);
        if (used.pinnedBytes + entry.bytes > options_.budgetBytes)
            return resourceExhausted(
                "with " + entry.spec.model + " (" + formatBytes(static_cast<double>(entry.bytes)) +
                ") more would be pinned than fits: " + formatBytes(static_cast<double>(used.pinnedBytes)) + " of " +
                formatBytes(static_cast<double>(options_.budgetBytes)) + " are pinned already");
        if (options_.residentMax > 0 && used.pinnedModels >= options_.residentMax)
            return resourceExhausted(std::to_string(used.pinnedModels) + " models are pinned, and no more than " +
                                     std::to_string(options_.residentMax) + " may be in memory");
    }
    entry.pinned = pinned;
    if (pinned) {
        entry.keptOutUntil = TimePoint::min();
        if (entry.reservedFor) grant(id, now);  // was about to leave for another
        loadPinned(id, now);
    } else if (entry.cause == Cause::Pin && entry.state == ModelState::Queued && entry.waiters.empty()) {
        dequeue(id, say(Phrase::ModelUnpinned), now);
    }
    enforceBudget(now);
    pump(now);
    return absl::OkStatus();
}

void LoadScheduler::setPolicy(EntryId id, const ModelPolicy& policy, TimePoint now)
{
    Entry& entry = edit(id);
    entry.policy = policy;
    if (!policy.preload && entry.preloading()) {
        const Sentence why = say(Phrase::ModelPreloadOff);
        entry.preloadPending = false;  // nobody can say whether it would have been of use
        if (entry.state == ModelState::Queued)
            dequeue(id, why, now);
        else
            cancelLoad(id, "cancelled", why, now);
    }
    expire(now);
    pump(now);
}

std::optional<TimePoint> LoadScheduler::idleEnd(EntryId id) const
{
    const Entry& entry = at(id);
    const Duration ttl = entry.policy.idleTtl.value_or(options_.idleTtl);
    if (entry.state != ModelState::Warm || ttl <= Duration::zero() || !entry.spec.loadable || entry.pinned ||
        entry.leases > 0 || !entry.waiters.empty())
        return std::nullopt;
    return std::max(entry.used + ttl, entry.unloadRetryAt);
}

void LoadScheduler::loadPinned(EntryId id, TimePoint now)
{
    const Entry& entry = at(id);
    const bool cold = entry.state == ModelState::Cold || entry.state == ModelState::Failed;
    if (!cold || entry.retryAt > now || closed_ || entry.gone || entry.away || queue_.size() >= options_.queueMax)
        return;
    if (!fits(entry).ok()) return;
    Ask ask;
    ask.priority = Priority::Manual;
    ask.cause = Cause::Pin;
    ask.why = say(Phrase::ModelIsPinned);
    enqueue(id, ask, now);
}

void LoadScheduler::judge(Entry& entry, EntryId id, const char* verdict)
{
    entry.preloadPending = false;
    const std::string_view what = verdict;
    ++(what == "hit" ? hits_ : what == "late" ? late_ : wasted_);
    if (LoadRecord* found = record(entry)) found->verdict = verdict;
    effects_.push_back(Judged{id, verdict});
}

void LoadScheduler::tick(TimePoint now)
{
    expire(now);
    enforceBudget(now);
    pump(now);
}

void LoadScheduler::expire(TimePoint now)
{
    std::vector<WaiterId> late;
    for (EntryId id = 0; id < entries_.size(); ++id) {
        if (!known(id)) continue;
        Entry& entry = edit(id);
        if (entry.state == ModelState::Loading && entry.deadline <= now) {
            timedOut(id, now);
        } else if (entry.state == ModelState::Unloading && !entry.unloadInFlight) {
            if (entry.unloadRetryAt <= now) askToUnload(entry, id, now);
        } else if (entry.state == ModelState::Unloading && entry.unloadDeadline <= now) {
            const UnloadId unload = entry.unload;
            unloadEnded(id, unload, deadlineExceeded("no answer in " + formatMs(options_.timeout)), now);
            if (!known(id)) continue;
        } else if (const auto end = idleEnd(id); end && *end <= now) {
            entry.excludedFromPreload = true;
            startUnload(id, "ttl", say(Phrase::ModelUnloadedUnused, now - entry.used), now);
        }
        if (entry.pinned) loadPinned(id, now);
        for (const auto& waiter : entry.waiters)
            if (waiter.deadline <= now) late.push_back(waiter.id);
    }
    for (WaiterId waiter : late) {
        const auto place = waiters_.find(waiter);
        if (place == waiters_.end()) continue;
        const Entry& entry = at(place->second);
        Status status = deadlineExceeded("the deadline passed before " + entry.spec.model + " was loaded (it is " +
                                         name(entry.state) + ")");
        if (const auto rest = eta(place->second, now))
            status = withRetryAfter(status, std::chrono::ceil<std::chrono::milliseconds>(*rest));
        withdraw(waiter, status, now);
    }
}

std::optional<TimePoint> LoadScheduler::wakeAt() const
{
    std::optional<TimePoint> wake = recheckAt_;
    const auto at_ = [&](TimePoint when) {
        if (when != TimePoint::max() && (!wake || when < *wake)) wake = when;
    };
    for (EntryId id = 0; id < entries_.size(); ++id) {
        const auto& entry = entries_[id];
        if (!entry) continue;
        if (entry->state == ModelState::Loading) at_(entry->deadline);
        if (entry->state == ModelState::Unloading)
            at_(entry->unloadInFlight ? entry->unloadDeadline : entry->unloadRetryAt);
        if (const auto end = idleEnd(id)) at_(*end);
        if (entry->state == ModelState::Failed && entry->pinned && !entry->gone) at_(entry->retryAt);
        for (const auto& waiter : entry->waiters) at_(waiter.deadline);
    }
    return wake;
}

std::vector<Effect> LoadScheduler::takeEffects()
{
    return std::exchange(effects_, {});
}

LoadRecord* LoadScheduler::record(const Entry& entry)
{
    if (!entry.recordAt || *entry.recordAt < records_.begin()) return nullptr;
    return &records_.at(*entry.recordAt);
}

}  // namespace millrace::load
