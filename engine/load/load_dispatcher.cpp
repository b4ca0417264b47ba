// SPDX-License-Identifier: GPL-3.0-or-later
#include "load/load_dispatcher.h"

#include "phrases.h"

#include <algorithm>
#include <string>
#include <unordered_map>

namespace millrace::load {

std::vector<EntryId> LoadDispatcher::close()
{
    closed_ = true;
    return queue_.entries();
}

// ---- the queue

void LoadDispatcher::enqueue(ModelEntry& entry, const Ask& ask, TimePoint now)
{
    entry.enqueue(ask, planner_.estimatedBytes(entry), now);
    queue_.push(entry.id, entry.priority, entry.rank);
}

void LoadDispatcher::dequeue(ModelEntry& entry, const Sentence& why, TimePoint now)
{
    queue_.erase(entry.id);
    entry.dequeue(why, now);
    clearReservations(entry.id, now);
}

void LoadDispatcher::forget(const ModelEntry& entry, TimePoint now)
{
    queue_.erase(entry.id);
    clearReservations(entry.id, now);
}

/// One that was raised stands behind its new equals.
void LoadDispatcher::updateRank(ModelEntry& entry, TimePoint now)
{
    const ModelEntry::Urgency urgency = entry.updateUrgency(now);
    if (urgency == ModelEntry::Urgency::Unchanged || entry.state != ModelState::Queued) return;
    if (urgency == ModelEntry::Urgency::Raised)
        queue_.push(entry.id, entry.priority, entry.rank);
    else
        queue_.move(entry.id, entry.priority, entry.rank);
}

Status LoadDispatcher::makePlace(const ModelEntry& entry, const Ask& ask, TimePoint now)
{
    if (!isFull()) return absl::OkStatus();
    ModelEntry& last = models_.at(queue_.last());
    if (last.priority >= ask.priority || last.cause == Cause::Pin) {
        const auto after = std::chrono::ceil<std::chrono::milliseconds>(eta(entry, now).value_or(1s));
        return withRetryAfter(resourceExhausted(std::to_string(queue_.size()) +
                                                " models are queued to be loaded (limit loader.queue_max: " +
                                                std::to_string(options_.queueMax) + ")"),
                              after);
    }
    last.refuse(resourceExhausted("displaced from the load queue by a more urgent load (limit loader.queue_max)"));
    dequeue(last, say(Phrase::ModelDisplaced), now);
    return absl::OkStatus();
}

// ---- slots and memory

/// What cannot start yet keeps its claim on memory, so that a small model that came later does not take it; other
/// backends go on.
void LoadDispatcher::pump(TimePoint now)
{
    leasesMatter_ = false;
    recheckAt_.reset();
    if (queue_.empty() || closed_) return;

    std::unordered_map<std::string, CapacityNeeded> claims;  // by backend
    std::uint32_t busy = slotsInUse();
    std::uint32_t ending = busy - loading();  // slots that are on their way
    for (EntryId id : queue_.entries()) {
        if (!models_.knows(id)) continue;
        ModelEntry& entry = models_.at(id);
        if (entry.state != ModelState::Queued) continue;
        const bool slot = busy < options_.concurrentMax;
        if (!slot && entry.priority == Priority::Preload) continue;
        if (!slot && ending > 0) {
            --ending;
        } else if (!slot && !cancelPreload(say(Phrase::ModelCancelledFirst, entry.spec.model), now)) {
            continue;
        }
        CapacityNeeded& claim = claims[entry.spec.backend];
        const Capacity capacity = makeRoom(entry, claim, now);
        if (capacity == Capacity::Available && slot) {
            begin(entry, now);
            ++busy;
            continue;
        }
        if (capacity == Capacity::Impossible) continue;
        if (capacity == Capacity::Pending && slot) ++busy;  // its slot is kept: memory is on its way
        claim.bytes += entry.bytes;
        claim.models += 1;
    }
}

void LoadDispatcher::begin(ModelEntry& entry, TimePoint now)
{
    queue_.erase(entry.id);
    entry.begin(now);
    clearReservations(entry.id, now);
}

/// Gives up the preload that began last; false: there is none.
bool LoadDispatcher::cancelPreload(const Sentence& why, TimePoint now)
{
    ModelEntry* newest = nullptr;
    for (ModelEntry& entry : models_) {
        if (entry.state != ModelState::Loading || entry.priority > Priority::Preload) continue;
        if (!newest || entry.startedAt > newest->startedAt) newest = &entry;
    }
    if (!newest) return false;
    newest->refuse(cancelled(why));
    newest->cancelLoad(LoadOutcome::Cancelled, why, now);
    return true;
}

Capacity LoadDispatcher::makeRoom(ModelEntry& entry, const CapacityNeeded& claimed, TimePoint now)
{
    const CapacityPlanner::Plan plan = planner_.makeRoom(entry, claimed, now);
    if (plan.recheckAt && (!recheckAt_ || *plan.recheckAt < *recheckAt_)) recheckAt_ = plan.recheckAt;
    if (plan.capacity == Capacity::Blocked) leasesMatter_ = true;
    if (plan.capacity == Capacity::Impossible) {
        if (!plan.refusal.ok()) entry.refuse(plan.refusal);
        dequeue(entry, plan.why, now);
    }
    for (EntryId closed : plan.reserve) models_.at(closed).reserveFor(entry.id);
    const std::string& model = entry.spec.model;
    for (EntryId victim : plan.victims) {
        ModelEntry& leaving = models_.at(victim);
        if (leaving.state == ModelState::Loading) {
            leaving.refuse(cancelled("its load was cancelled to make room for " + model));
            leaving.cancelLoad(LoadOutcome::Cancelled, say(Phrase::ModelCancelledFor, model), now);
        } else {
            leaving.unload(UnloadReason::Evicted, say(Phrase::ModelEvictedFor, model), now);
        }
    }
    return plan.capacity;
}

PreloadOutcome LoadDispatcher::preload(ModelEntry& entry, const PreloadCandidate& ahead,
                                       const std::function<Sentence()>& why, TimePoint now)
{
    if (!options_.preload || closed_) return PreloadOutcome::Refused;
    if (!entry.mayPreload(now) || !planner_.fits(entry).ok()) return PreloadOutcome::Refused;
    // Only what is idle otherwise: nobody waits, and a slot stays free for demand once one preload is in flight.
    std::uint32_t preloads = 0;
    for (const ModelEntry& other : models_) {
        const bool queued = other.state == ModelState::Queued;
        if (queued && other.priority > Priority::Preload) return PreloadOutcome::Refused;
        if ((queued || other.state == ModelState::Loading) && other.priority == Priority::Preload) ++preloads;
    }
    if (slotsInUse() + (preloads > 0 ? 1 : 0) >= options_.concurrentMax || preloads + 1 > options_.concurrentMax)
        return PreloadOutcome::Refused;

    const CapacityPlanner::PreloadPlan plan = planner_.makeRoomToPreload(entry, ahead, now);
    if (plan.outcome != PreloadOutcome::Started) return plan.outcome;
    for (EntryId victim : plan.victims)
        models_.at(victim).unload(UnloadReason::Preload, say(Phrase::ModelEvictedToPreload, entry.spec.model), now);
    Ask ask;
    ask.priority = Priority::Preload;
    ask.cause = Cause::Preload;
    ask.why = why();
    enqueue(entry, ask, now);
    entry.setTurn(ahead.turn);
    pump(now);
    return PreloadOutcome::Started;
}

/// Those that had been closed for `wanted` and are still there serve again.
void LoadDispatcher::clearReservations(EntryId wanted, TimePoint now)
{
    for (ModelEntry& entry : models_)
        if (entry.reservedFor == wanted && entry.state == ModelState::Warm) entry.grant(now);
}

void LoadDispatcher::leaseReturned(TimePoint now)
{
    if (over_) enforceBudget(now);
    if (leasesMatter_) pump(now);
}

void LoadDispatcher::enforceBudget(TimePoint now)
{
    over_ = false;
    std::vector<std::string> backends;
    for (const ModelEntry& entry : models_)
        if (entry.spec.loadable && std::find(backends.begin(), backends.end(), entry.spec.backend) == backends.end())
            backends.push_back(entry.spec.backend);
    for (const std::string& backend : backends) {
        while (const auto excess = planner_.excess(backend, now)) {
            if (!excess->victim) {
                over_ = true;
                break;
            }
            models_.at(*excess->victim).unload(UnloadReason::Evicted, excess->why, now);
        }
    }
}

std::optional<Duration> LoadDispatcher::eta(const ModelEntry& entry, TimePoint now) const
{
    if (entry.open) return std::nullopt;
    const auto whole = eta_.bound(entry.spec.model, entry.spec.kind);
    if (!whole) return std::nullopt;
    if (entry.state == ModelState::Loading) {
        const Duration rest = *whole - (now - entry.startedAt);
        return std::max(rest, *whole / 10);  // later than thought: soon
    }
    // Those before it take their turns.
    const std::size_t before = entry.state == ModelState::Queued ? queue_.before(entry.id) : 0;
    const std::size_t rounds = (before + loading()) / std::max(1u, options_.concurrentMax);
    return *whole * static_cast<Duration::rep>(1 + rounds);
}

std::uint32_t LoadDispatcher::loading() const
{
    std::uint32_t count = 0;
    for (const ModelEntry& entry : models_) count += entry.state == ModelState::Loading ? 1 : 0;
    return count;
}

std::uint32_t LoadDispatcher::slotsInUse() const
{
    std::uint32_t count = 0;
    for (const ModelEntry& entry : models_) count += entry.state == ModelState::Loading || entry.ending() ? 1 : 0;
    return count;
}

}  // namespace millrace::load
