// SPDX-License-Identifier: GPL-3.0-or-later
#include "load/model_entry.h"

#include "base/format.h"
#include "phrases.h"

#include <algorithm>
#include <utility>

namespace millrace::load {
namespace {

std::chrono::milliseconds wholeMs(Duration span)
{
    return std::chrono::ceil<std::chrono::milliseconds>(span);
}

}  // namespace

ModelEntry::ModelEntry(EntryId own, EntrySpec specIn, const Options& options, LoadLog& log, TimePoint now)
    : id(own), spec(std::move(specIn)), used(now), bytes(spec.bytes), options_(options), log_(log)
{
    if (!spec.loaded && spec.loadable) return;
    transition(state, ModelState::Warm);
    open = true;
    warmSince = now - options_.residencyMin;
    reason = say(spec.loadable ? Phrase::ModelWasInMemory : Phrase::ModelManagedByBackend);
}

// ---- leases and waiters

void ModelEntry::addWaiter(WaiterId waiter, const Ask& ask, TimePoint now)
{
    waiters.push_back({waiter, ask.priority, ask.rank, ask.lease, ask.deadline, now, because(now)});
}

bool ModelEntry::withdraw(WaiterId waiter, const Status& status)
{
    if (std::erase_if(waiters, [&](const Waiter& waiting) { return waiting.id == waiter; }) == 0) return false;
    log_.emit(Complete{waiter, status, {}, {}});
    return true;
}

void ModelEntry::refuse(const Status& status)
{
    for (const Waiter& waiter : waiters) log_.emit(Complete{waiter.id, status, {}, {}});
    waiters.clear();
}

void ModelEntry::grant(TimePoint now)
{
    open = true;
    reservedFor.reset();
    for (const Waiter& waiter : waiters) {
        if (waiter.lease) ++leases;
        Complete complete;
        complete.waiter = waiter.id;
        complete.decisions =
            "waited " + formatMs(now - waiter.asked) + " for " + spec.model + " to load: " + waiter.because;
        complete.loading = now - std::max(waiter.asked, startedAt);
        log_.emit(std::move(complete));
    }
    if (!waiters.empty()) used = now;
    waiters.clear();
}

void ModelEntry::reserveFor(EntryId wanted)
{
    open = false;
    if (!reservedFor) reservedFor = wanted;
}

ModelEntry::Urgency ModelEntry::updateUrgency(TimePoint now)
{
    Priority wanted = cause == Cause::Pin ? Priority::Manual : Priority::Preload;
    int wantedRank = 0;
    for (const Waiter& waiter : waiters) {
        if (waiter.priority > wanted || (waiter.priority == wanted && waiter.rank > wantedRank))
            wantedRank = waiter.rank;
        wanted = std::max(wanted, waiter.priority);
    }
    if (wanted == priority && wantedRank == rank) return Urgency::Unchanged;
    const bool raised = wanted > priority;
    priority = wanted;
    rank = wantedRank;
    if (raised && state == ModelState::Queued) queuedAt = now;  // its patience is that of somebody who came now
    return raised ? Urgency::Raised : Urgency::Changed;
}

std::string ModelEntry::because(TimePoint now) const
{
    switch (state) {
        case ModelState::Queued:
        case ModelState::Loading:
            return preloading() ? "it was being preloaded" : "it was being loaded already";
        case ModelState::Unloading:
            return "it was being " + unloadWhy.english();
        case ModelState::Warm:
            return "it was evicted for another model";
        case ModelState::Failed:
            return "its last load had failed";
        case ModelState::Cold:
            break;
    }
    if (!leftAt) return "it had not been loaded yet";
    return "it was " + leftWhy.english() + ", " + formatMs(now - *leftAt) + " ago";
}

// ---- the load

void ModelEntry::enqueue(const Ask& ask, std::uint64_t estimate, TimePoint now)
{
    transition(state, ModelState::Queued);
    changed = queuedAt = now;
    priority = ask.priority;
    rank = ask.rank;
    cause = ask.cause;
    preloadPending = ask.cause == Cause::Preload;
    load = log_.nextLoad();
    if (bytes == 0) bytes = estimate;
    reason = ask.why;
    LoadRecord begun;
    begun.id = load;
    begun.model = spec.model;
    begun.cause = ask.cause;
    begun.queued = now;
    begun.why = ask.why;
    record_ = log_.begin(std::move(begun));
}

void ModelEntry::dequeue(const Sentence& why, TimePoint now)
{
    transition(state, ModelState::Cold);
    changed = now;
    preloadPending = false;
    reason = why;
    log_.ended(record_, LoadOutcome::Cancelled, why, now);
}

void ModelEntry::begin(TimePoint now)
{
    transition(state, ModelState::Loading);
    changed = startedAt = now;
    deadline = now + options_.timeout;
    log_.started(record_, now);
    log_.emit(StartLoad{load, id, deadline});
}

Duration ModelEntry::loaded(std::uint64_t measuredBytes, TimePoint now)
{
    transition(state, ModelState::Warm);
    changed = warmSince = used = now;
    failures = 0;
    retryAt = TimePoint::min();
    ++loads;
    if (measuredBytes > 0) {
        bytes = measuredBytes;
        measured = true;
    }
    const Duration took = now - startedAt;
    log_.ended(record_, LoadOutcome::Ok, {}, now);
    log_.emit(LoadEnded{id, cause, LoadOutcome::Ok, took, reason});
    grant(now);
    return took;
}

void ModelEntry::loadFailed(const Status& status, TimePoint now)
{
    transition(state, ModelState::Failed);
    const Duration pause = pauseAfterFailure(status, now);
    changed = now;
    preloadPending = false;
    const Sentence why = text(status);
    reason = say(Phrase::ModelLoadFailed, Value::quote(why));
    log_.ended(record_, LoadOutcome::Failed, why, now);
    log_.emit(LoadEnded{id, cause, LoadOutcome::Failed, now - startedAt, why});
    refuse(withRetryAfter(toCallers(status), wholeMs(pause)));
    if (gone) transition(state, ModelState::Cold);
}

void ModelEntry::loadLost(const Status& status, TimePoint now)
{
    const Duration pause = pauseAfterFailure(status, now);
    preloadPending = false;
    refuse(withRetryAfter(toCallers(status), wholeMs(pause)));
    cancelLoad(LoadOutcome::Failed, text(status), now);
}

void ModelEntry::loadTimedOut(TimePoint now)
{
    const Sentence why = say(Phrase::ModelTookLonger, now - startedAt);
    const Status status = deadlineExceeded("loading " + spec.model + ": " + why.english());
    const Duration pause = pauseAfterFailure(status, now);
    preloadPending = false;
    refuse(withRetryAfter(status, wholeMs(pause)));
    cancelLoad(LoadOutcome::Timeout, why, now);
}

void ModelEntry::cancelLoad(LoadOutcome outcome, const Sentence& why, TimePoint now)
{
    log_.emit(CancelLoad{load, id, why});
    log_.emit(LoadEnded{id, cause, outcome, now - startedAt, why});
    log_.ended(record_, outcome, why, now);
    unload(reasonAfter(outcome), say(Phrase::ModelDropped, why), now);
}

void ModelEntry::loadDied(const Sentence& why, TimePoint now)
{
    log_.emit(CancelLoad{load, id, why});
    endStay(UnloadReason::Backend, why, now);
    log_.ended(record_, LoadOutcome::Failed, why, now);
    log_.emit(LoadEnded{id, cause, LoadOutcome::Failed, now - startedAt, why});
    transition(state, ModelState::Cold);
    changed = now;
}

void ModelEntry::foundInMemory(TimePoint now)
{
    if (state == ModelState::Queued) log_.ended(record_, LoadOutcome::Cancelled, say(Phrase::ModelBackendHadIt), now);
    transition(state, ModelState::Warm);
    changed = warmSince = now;
    failures = 0;
    retryAt = TimePoint::min();
    reason = say(Phrase::ModelWasInMemory);
    grant(now);
}

void ModelEntry::forgetFailure()
{
    transition(state, ModelState::Cold);
}

/// Doubles with each consecutive failure.
Duration ModelEntry::backoff() const
{
    const std::uint32_t doublings = std::min(failures - 1, 16u);
    return std::min<Duration>(options_.failedBackoff * (1u << doublings), kBackoffMax);
}

Duration ModelEntry::pauseAfterFailure(const Status& status, TimePoint now)
{
    ++failures;
    failedAt = now;
    retryAt = now + backoff();
    error = status;
    return retryAt - now;
}

void ModelEntry::optionsChanged()
{
    if (retryAt != TimePoint::min()) retryAt = failedAt + backoff();
}

/// What a load's failure is to those who asked for the model: the model may not exist; all else is the server's fault,
/// and nothing that they could put right.
Status ModelEntry::toCallers(const Status& status) const
{
    const std::string why = "loading " + spec.model + " failed: " + text(status);
    if (absl::IsNotFound(status)) return withField(notFound(why), "model");
    if (absl::IsInternal(status) || absl::IsUnimplemented(status)) return Status(status.code(), why);
    return unavailable(why);
}

Status ModelEntry::pausedStatus(TimePoint now) const
{
    const auto pause = wholeMs(retryAt - now);
    const std::string why = "loading " + spec.model + " failed " + std::to_string(failures) +
                            (failures == 1 ? " time" : " times in a row") + ", last: " + text(error) +
                            "; next attempt in " + formatMs(pause);
    if (absl::IsNotFound(error)) return withField(notFound(why), "model");
    return withRetryAfter(unavailable(why), pause);
}

// ---- leaving

Status ModelEntry::mayUnload(UnloadBy by) const
{
    if (!spec.loadable) return failedPrecondition(spec.backend + " cannot unload models: " + spec.model + " stays");
    if (pinned) return failedPrecondition(spec.model + " is pinned: unpin it first");
    if (leases > 0)
        return failedPrecondition(spec.model + " is in use by " + std::to_string(leases) +
                                  (leases == 1 ? " request" : " requests"));
    if (by == UnloadBy::Operator) return absl::OkStatus();
    const auto count =
        std::count_if(waiters.begin(), waiters.end(), [](const Waiter& waiting) { return waiting.lease; });
    if (count == 0) return absl::OkStatus();
    return failedPrecondition(std::to_string(count) + (count == 1 ? " request waits" : " requests wait") + " for " +
                              spec.model + " to load");
}

void ModelEntry::unload(UnloadReason why, const Sentence& sentence, TimePoint now)
{
    MR_CHECK(leases == 0 || state == ModelState::Loading);
    wasWarm = state == ModelState::Warm;
    transition(state, ModelState::Unloading);
    open = false;
    reservedFor.reset();
    changed = now;
    unloadReason = why;
    unloadWhy = sentence;
    reason = sentence;
    endStay(why, sentence, now);
    askToUnload(now);
}

void ModelEntry::askToUnload(TimePoint now)
{
    unloadCall = log_.nextUnload();
    unloadInFlight = true;
    unloadDeadline = now + options_.timeout;
    log_.emit(StartUnload{unloadCall, id, unloadDeadline});
}

/// The record says why, and a preload that nobody used was wasted.
void ModelEntry::endStay(UnloadReason why, const Sentence& sentence, TimePoint now)
{
    if (preloadPending) recordOutcome(Verdict::Wasted);
    log_.unloaded(record_, why, sentence, now);
}

void ModelEntry::answerUnload(const Status& status)
{
    for (WaiterId waiter : std::exchange(unloadWaiters, {})) log_.emit(Complete{waiter, status, {}, {}});
}

bool ModelEntry::unloadEnded(const Status& status, TimePoint now)
{
    unloadInFlight = false;
    // "There is no such loaded model" is what was wanted; nothing else says that the memory is free.
    const bool left = status.ok() || absl::IsNotFound(status);
    answerUnload(left ? absl::OkStatus() : status);
    if (left) return true;
    unloadRetryAt = now + std::max<Duration>(options_.failedBackoff, 1s);
    if (ending()) {
        reason = say(Phrase::ModelStillThere, unloadWhy, spec.backend, Value::quote(text(status)));
        return false;
    }
    transition(state, ModelState::Warm);
    changed = now;
    reason = say(Phrase::ModelUnloadFailed, Value::quote(text(status)));
    log_.notUnloaded(record_);
    grant(now);
    return false;
}

void ModelEntry::becomeCold(UnloadReason why, const Sentence& sentence, TimePoint now)
{
    const bool was = state == ModelState::Warm || wasWarm;
    endStay(why, sentence, now);
    open = false;
    reservedFor.reset();
    changed = now;
    if (was) {
        leftAt = now;
        leftWhy = sentence;
        reason = sentence;
    }
    log_.emit(Unloaded{id, why, sentence, was});
    wasWarm = false;
    unloadInFlight = false;
    answerUnload(absl::OkStatus());
    const bool paused = state == ModelState::Unloading && retryAt > now;
    transition(state, paused ? ModelState::Failed : ModelState::Cold);
}

// ---- what is said of it

bool ModelEntry::update(const EntrySpec& seen, TimePoint now)
{
    gone = false;
    backendDown = false;
    spec.kind = seen.kind;
    spec.loadable = seen.loadable;
    if (!measured && seen.bytes > 0) bytes = seen.bytes;
    // A list that was fetched while something was done to the model shows the state of before.
    return changed == TimePoint::min() || now - changed >= kSettled || !spec.loadable;
}

void ModelEntry::markBackendDown()
{
    failures = 0;
    retryAt = TimePoint::min();
    backendDown = true;
}

void ModelEntry::requested()
{
    excludedFromPreload = backendDown = false;
    keptOutUntil = TimePoint::min();
}

void ModelEntry::setPinned(bool on)
{
    pinned = on;
    if (on) keptOutUntil = TimePoint::min();
}

void ModelEntry::recordOutcome(Verdict verdict)
{
    preloadPending = false;
    log_.recordOutcome(record_, id, verdict);
}

// ---- what follows from it

bool ModelEntry::mayPreload(TimePoint now) const
{
    return isOut() && policy.preload && !gone && !excludedFromPreload && !backendDown && spec.loadable &&
           retryAt <= now && keptOutUntil <= now;
}

bool ModelEntry::mayLoadForPin(TimePoint now) const
{
    return isOut() && retryAt <= now && !gone && !backendDown;
}

std::optional<TimePoint> ModelEntry::idleEnd() const
{
    const Duration ttl = policy.idleTtl.value_or(options_.idleTtl);
    if (state != ModelState::Warm || ttl <= Duration::zero() || !spec.loadable || pinned || leases > 0 ||
        !waiters.empty())
        return std::nullopt;
    return std::max(used + ttl, unloadRetryAt);
}

std::optional<Duration> ModelEntry::keptOut(TimePoint now) const
{
    if (keptOutUntil <= now || open) return std::nullopt;
    return keptOutUntil - now;
}

std::optional<TimePoint> ModelEntry::wakeAt() const
{
    std::optional<TimePoint> wake;
    const auto at = [&](TimePoint when) {
        if (when != TimePoint::max() && (!wake || when < *wake)) wake = when;
    };
    if (state == ModelState::Loading) at(deadline);
    if (state == ModelState::Unloading) at(unloadInFlight ? unloadDeadline : unloadRetryAt);
    if (const auto end = idleEnd()) at(*end);
    if (state == ModelState::Failed && pinned && !gone) at(retryAt);
    for (const Waiter& waiter : waiters) at(waiter.deadline);
    return wake;
}

}  // namespace millrace::load
