// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/format.h"
#include "load/load_scheduler.h"
#include "phrases.h"

#include <algorithm>
#include <utility>

namespace millrace::load {
namespace {

/// Loads of models never timed before: all alike.
constexpr double kReloadUnknownMs = 1000;

bool inMemory(ModelState state)
{
    return state == ModelState::Loading || state == ModelState::Warm || state == ModelState::Unloading;
}

}  // namespace

/// Starts what may start, in the queue's order. What cannot yet keeps its claim on memory, so that a small model that
/// came later does not take it; other backends go on.
void LoadScheduler::pump(TimePoint now)
{
    leasesMatter_ = false;
    recheckAt_.reset();
    if (queue_.empty() || closed_) return;

    std::vector<std::pair<std::string, RoomNeeded>> claims;
    const auto claimOf = [&](const std::string& backend) -> RoomNeeded& {
        const auto found =
            std::find_if(claims.begin(), claims.end(), [&](auto& each) { return each.first == backend; });
        if (found != claims.end()) return found->second;
        return claims.emplace_back(backend, RoomNeeded{}).second;
    };

    std::uint32_t busy = slotsInUse();
    std::uint32_t ending = busy - loading();  // slots that are on their way
    const std::vector<EntryId> waiting = queue_;
    for (EntryId id : waiting) {
        if (!known(id) || at(id).state != ModelState::Queued) continue;
        const bool slot = busy < options_.concurrentMax;
        if (!slot && at(id).priority == Priority::Preload) continue;
        if (!slot && ending > 0) {
            --ending;
        } else if (!slot && !cancelPreload(say(Phrase::ModelCancelledFirst, at(id).spec.model), now)) {
            continue;
        }
        const std::string backend = at(id).spec.backend;
        const Capacity capacity = makeRoom(id, claimOf(backend), now);
        if (capacity == Capacity::Available && slot) {
            begin(id, now);
            ++busy;
            continue;
        }
        if (capacity == Capacity::Impossible) continue;
        if (capacity == Capacity::Pending && slot) ++busy;  // its slot is kept: memory is on its way
        RoomNeeded& claim = claimOf(backend);
        claim.bytes += at(id).bytes;
        claim.models += 1;
    }
}

/// Gives up the preload that began last; false: there is none.
bool LoadScheduler::cancelPreload(const Sentence& why, TimePoint now)
{
    std::optional<EntryId> newest;
    for (EntryId id = 0; id < entries_.size(); ++id) {
        if (!known(id) || at(id).state != ModelState::Loading || at(id).priority > Priority::Preload) continue;
        if (!newest || at(id).startedAt > at(*newest).startedAt) newest = id;
    }
    if (!newest) return false;
    refuse(*newest, cancelled(why));
    cancelLoad(*newest, "cancelled", why, now);
    return true;
}

LoadScheduler::Usage LoadScheduler::usage(const std::string& backend) const
{
    Usage used;
    for (const auto& entry : entries_) {
        if (!entry || !entry->spec.loadable || entry->spec.backend != backend) continue;
        if (inMemory(entry->state)) {
            used.bytes += entry->bytes;
            used.models += 1;
        }
        if (entry->state == ModelState::Unloading) {
            used.leavingBytes += entry->bytes;
            used.leavingModels += 1;
        }
        if (entry->pinned) {
            used.pinnedBytes += entry->bytes;
            used.pinnedModels += 1;
        }
    }
    return used;
}

/// Whether it could ever be in memory: refusing at once, with the numbers, beats evicting everybody in vain.
Status LoadScheduler::fits(const Entry& entry) const
{
    if (entry.bytes > options_.budgetBytes)
        return resourceExhausted(entry.spec.model + " needs " + formatBytes(static_cast<double>(entry.bytes)) +
                                 ", but all models of " + entry.spec.backend + " together may use " +
                                 formatBytes(static_cast<double>(options_.budgetBytes)) + " (loader.budget_bytes)");
    if (entry.pinned) return absl::OkStatus();
    const Usage used = usage(entry.spec.backend);
    if (entry.bytes + used.pinnedBytes > options_.budgetBytes)
        return resourceExhausted(entry.spec.model + " needs " + formatBytes(static_cast<double>(entry.bytes)) +
                                 ", and " + formatBytes(static_cast<double>(used.pinnedBytes)) + " of " +
                                 formatBytes(static_cast<double>(options_.budgetBytes)) +
                                 " are held by pinned models (loader.budget_bytes)");
    if (options_.residentMax > 0 && used.pinnedModels >= options_.residentMax)
        return resourceExhausted("all " + std::to_string(options_.residentMax) + " model slots of " +
                                 entry.spec.backend + " are held by pinned models (loader.resident_max)");
    return absl::OkStatus();
}

RoomNeeded LoadScheduler::needed(const Usage& used, const RoomNeeded& reserved, std::uint64_t bytes) const
{
    RoomNeeded over;
    const std::uint64_t wanted = used.bytes + reserved.bytes + bytes;
    if (wanted > options_.budgetBytes) over.bytes = wanted - options_.budgetBytes;
    const std::uint32_t models = used.models + reserved.models + 1;
    if (options_.residentMax > 0 && models > options_.residentMax) over.models = models - options_.residentMax;
    return over;
}

double LoadScheduler::reloadMs(EntryId id) const
{
    const auto mean = eta_.mean(at(id).spec.model, at(id).spec.kind);
    return mean ? std::max(toMs(*mean), 1e-3) : kReloadUnknownMs;
}

/// What could leave for `wanted`, and how reluctantly. Notes when one that is in use may be closed to newcomers.
std::vector<EvictionCandidate> LoadScheduler::candidates(EntryId wanted, TimePoint now)
{
    std::vector<EvictionCandidate> found;
    const Entry& needy = at(wanted);
    const TimePoint patient = needy.queuedAt + options_.residencyMin;
    const auto recheck = [&](TimePoint when) {
        if (needy.state == ModelState::Queued && (!recheckAt_ || when < *recheckAt_)) recheckAt_ = when;
    };
    for (EntryId id = 0; id < entries_.size(); ++id) {
        if (!known(id) || id == wanted) continue;
        const Entry& entry = at(id);
        if (!entry.spec.loadable || entry.pinned || entry.spec.backend != needy.spec.backend) continue;
        EvictionCandidate candidate{id, entry.bytes, 0, 0, EvictionTier::Idle};
        if (entry.state == ModelState::Loading) {
            if (entry.priority > Priority::Preload) continue;
            candidate.reluctance = EvictionTier::Loading;
        } else if (entry.state != ModelState::Warm) {
            continue;
        } else if (entry.unloadRetryAt > now) {
            recheck(entry.unloadRetryAt);
            continue;
        } else if (entry.reservedFor) {
            candidate.reluctance = entry.leases == 0 ? EvictionTier::Asked : EvictionTier::Leased;
            candidate.reloadMs = 0;  // closed already: before any other
            found.push_back(candidate);
            continue;
        } else if (entry.leases > 0) {
            const TimePoint from = std::max(patient, entry.warmSince + options_.residencyMin);
            if (needy.state != ModelState::Queued || from > now) {
                recheck(from);
                continue;
            }
            candidate.reluctance = EvictionTier::Leased;
        } else if (entry.warmSince + options_.residencyMin > now) {
            candidate.reluctance = EvictionTier::Young;
            if (needy.priority == Priority::Preload) recheck(entry.warmSince + options_.residencyMin);
        }
        candidate.used = entry.used;
        candidate.reuse = valuation_.reuse(id);
        candidate.reloadMs = reloadMs(id);
        found.push_back(candidate);
    }
    return found;
}

LoadScheduler::Capacity LoadScheduler::makeRoom(EntryId id, const RoomNeeded& reserved, TimePoint now)
{
    const Entry& entry = at(id);
    if (Status status = fits(entry); !status.ok()) {
        refuse(id, status);
        dequeue(id, text(status), now);
        return Capacity::Impossible;
    }
    const Usage used = usage(entry.spec.backend);
    RoomNeeded left = needed(used, reserved, entry.bytes);
    if (left.met()) return Capacity::Available;
    left.bytes -= std::min(left.bytes, used.leavingBytes);
    left.models -= std::min(left.models, used.leavingModels);
    if (left.met()) return Capacity::Pending;
    if (entry.preloading()) {  // its victims were chosen when it was decided; what took the room since goes before
        dequeue(id, say(Phrase::ModelMemoryNeeded), now);
        return Capacity::Impossible;
    }

    const auto all = candidates(id, now);
    const EvictionTier most = entry.priority > Priority::Preload ? EvictionTier::Leased : EvictionTier::Idle;
    for (EvictionTier level : {EvictionTier::Idle, EvictionTier::Young, EvictionTier::Loading, EvictionTier::Leased}) {
        if (level > most) break;
        const auto victims = chooseVictims(all, left, level);
        if (!victims) continue;
        if (level == EvictionTier::Leased) {
            // The idle ones stay until the set really makes room; those in use take nobody new.
            for (const EvictionCandidate& each : *victims) {
                if (each.reluctance != EvictionTier::Leased) continue;
                edit(each.entry).open = false;
                if (!edit(each.entry).reservedFor) edit(each.entry).reservedFor = id;
            }
            break;
        }
        for (const EvictionCandidate& each : *victims) {
            if (each.reluctance == EvictionTier::Loading) {
                refuse(each.entry, cancelled("its load was cancelled to make room for " + entry.spec.model));
                cancelLoad(each.entry, "cancelled", say(Phrase::ModelCancelledFor, entry.spec.model), now);
            } else {
                startUnload(each.entry, "evicted", say(Phrase::ModelEvictedFor, entry.spec.model), now);
            }
        }
        return Capacity::Pending;
    }
    leasesMatter_ = true;
    return Capacity::Blocked;
}

LoadScheduler::Preload LoadScheduler::preload(EntryId id, const PreloadCandidate& ahead,
                                              const std::function<Sentence()>& why, TimePoint now)
{
    if (!options_.preload || closed_) return Preload::Refused;
    const Entry& entry = at(id);
    const bool cold = entry.state == ModelState::Cold || entry.state == ModelState::Failed;
    if (!cold || !entry.policy.preload || entry.gone || entry.excludedFromPreload || entry.away ||
        !entry.spec.loadable || entry.retryAt > now || entry.keptOutUntil > now || !fits(entry).ok())
        return Preload::Refused;
    // Only what is idle otherwise: nobody waits, and a slot stays free for demand once one preload is under way.
    std::uint32_t running = 0, under = 0;
    for (EntryId other = 0; other < entries_.size(); ++other) {
        if (!known(other)) continue;
        const Entry& each = at(other);
        if (each.state == ModelState::Queued && each.priority > Priority::Preload) return Preload::Refused;
        if (each.state == ModelState::Loading || each.ending()) ++running;
        if ((each.state == ModelState::Queued || each.state == ModelState::Loading) &&
            each.priority == Priority::Preload)
            ++under;
    }
    if (running + (under > 0 ? 1 : 0) >= options_.concurrentMax || under + 1 > options_.concurrentMax)
        return Preload::Refused;

    const std::uint64_t bytes = entry.bytes > 0 ? entry.bytes : estimatedBytes(entry);
    const Usage used = usage(entry.spec.backend);
    RoomNeeded left = needed(used, {}, bytes);
    left.bytes -= std::min(left.bytes, used.leavingBytes);
    left.models -= std::min(left.models, used.leavingModels);
    const double gain = ahead.worth * reloadMs(id), trouble = kContention * reloadMs(id);
    if (gain <= trouble) return Preload::Refused;
    std::optional victims(std::vector<EvictionCandidate>{});
    if (!left.met()) {
        auto all = candidates(id, now);
        const bool inUse = std::any_of(entries_.begin(), entries_.end(), [&](const auto& each) {
            return each && each->leases > 0 && !each->pinned && each->spec.backend == entry.spec.backend;
        });
        std::erase_if(all, [&](const EvictionCandidate& each) { return !mayEvictForPreload(each, ahead); });
        for (EvictionCandidate& each : all) each.reuse = valuation_.ahead(each.entry);
        victims = chooseVictims(all, left, EvictionTier::Idle);
        if (!victims) victims = chooseVictims(all, left, EvictionTier::Young);
        if (!victims) return inUse ? Preload::InUse : Preload::Refused;
        double cost = trouble;
        for (const EvictionCandidate& each : *victims) cost += each.lossMs();
        if (gain <= cost) return inUse ? Preload::InUse : Preload::Refused;
    }

    for (const EvictionCandidate& each : *victims)
        startUnload(each.entry, "preload", say(Phrase::ModelEvictedToPreload, entry.spec.model), now);
    Ask ask;
    ask.priority = Priority::Preload;
    ask.cause = Cause::Preload;
    ask.why = why();
    enqueue(id, ask, now);
    edit(id).turn = ahead.turn;
    pump(now);
    return Preload::Started;
}

/// Not what is needed before the other, and not what was loaded ahead on the same knowledge: two that are about as
/// likely would replace each other back and forth. One loaded just now may go if it was of use since; it is the
/// stay of what nobody used yet that the shortest stay protects.
bool LoadScheduler::mayEvictForPreload(const EvictionCandidate& candidate, const PreloadCandidate& ahead) const
{
    if (candidate.reluctance > EvictionTier::Young) return false;
    const Entry& entry = at(candidate.entry);
    if (entry.preloadPending && entry.turn == ahead.turn) return false;
    const bool byHand = entry.cause == Cause::Manual || entry.cause == Cause::Pin;
    if (candidate.reluctance == EvictionTier::Young &&
        (entry.preloadPending || (byHand && entry.used <= entry.warmSince)))
        return false;
    return std::find(ahead.keep.begin(), ahead.keep.end(), candidate.entry) == ahead.keep.end();
}

/// Those that had been closed for `wanted` and are still there serve again.
void LoadScheduler::clearReservations(EntryId wanted, TimePoint now)
{
    for (EntryId id = 0; id < entries_.size(); ++id)
        if (known(id) && at(id).reservedFor == wanted && at(id).state == ModelState::Warm) grant(id, now);
}

/// A measured size or a smaller budget may leave more in memory than allowed: the least worth goes, what is in use
/// stays.
void LoadScheduler::enforceBudget(TimePoint now)
{
    over_ = false;
    std::vector<std::string> backends;
    for (const auto& entry : entries_)
        if (entry && entry->spec.loadable &&
            std::find(backends.begin(), backends.end(), entry->spec.backend) == backends.end())
            backends.push_back(entry->spec.backend);
    for (const std::string& backend : backends) {
        for (;;) {
            const Usage used = usage(backend);
            const bool tooMuch = used.bytes - used.leavingBytes > options_.budgetBytes;
            const bool tooMany = options_.residentMax > 0 && used.models - used.leavingModels > options_.residentMax;
            if (!tooMuch && !tooMany) break;
            std::optional<EvictionCandidate> worst;
            for (EntryId id = 0; id < entries_.size(); ++id) {
                if (!known(id)) continue;
                const Entry& entry = at(id);
                if (!entry.spec.loadable || entry.pinned || entry.spec.backend != backend || entry.leases > 0 ||
                    entry.state != ModelState::Warm || !entry.waiters.empty() || entry.unloadRetryAt > now)
                    continue;
                const EvictionCandidate each{id,           entry.bytes,        valuation_.reuse(id),
                                             reloadMs(id), EvictionTier::Idle, entry.used};
                if (!worst || each.score() < worst->score() ||
                    (each.score() == worst->score() && each.used < worst->used))
                    worst = each;
            }
            if (!worst) {
                over_ = true;
                break;
            }
            const Value limit =
                tooMuch ? Value::bytes(options_.budgetBytes) : Value(options_.residentMax, Unit::Models);
            startUnload(worst->entry, "evicted", say(Phrase::ModelEvictedForLimit, limit), now);
        }
    }
}

/// Like the others of its kind on its backend, until it is measured.
std::uint64_t LoadScheduler::estimatedBytes(const Entry& entry) const
{
    std::uint64_t sum = 0, count = 0;
    for (const auto& other : entries_) {
        if (!other || other->bytes == 0 || other->spec.backend != entry.spec.backend ||
            other->spec.kind != entry.spec.kind)
            continue;
        sum += other->bytes;
        ++count;
    }
    return count == 0 ? 0 : std::min(sum / count, options_.budgetBytes);
}

std::optional<Duration> LoadScheduler::eta(EntryId id, TimePoint now) const
{
    const Entry& entry = at(id);
    if (entry.open) return std::nullopt;
    const auto whole = eta_.bound(entry.spec.model, entry.spec.kind);
    if (!whole) return std::nullopt;
    if (entry.state == ModelState::Loading) {
        const Duration rest = *whole - (now - entry.startedAt);
        return std::max(rest, *whole / 10);  // later than thought: soon
    }
    // Those before it take their turns.
    std::size_t before = 0;
    if (entry.state == ModelState::Queued)
        before = static_cast<std::size_t>(std::find(queue_.begin(), queue_.end(), id) - queue_.begin());
    const std::size_t rounds = (before + loading()) / std::max(1u, options_.concurrentMax);
    return *whole * static_cast<Duration::rep>(1 + rounds);
}

std::optional<Duration> LoadScheduler::keptOut(EntryId id, TimePoint now) const
{
    const Entry& entry = at(id);
    if (entry.keptOutUntil <= now || entry.open) return std::nullopt;
    return entry.keptOutUntil - now;
}

bool LoadScheduler::knows(const std::string& backend) const
{
    return std::any_of(entries_.begin(), entries_.end(),
                       [&](const auto& entry) { return entry && entry->spec.backend == backend; });
}

std::uint32_t LoadScheduler::loading() const
{
    return static_cast<std::uint32_t>(std::count_if(entries_.begin(), entries_.end(), [](const auto& entry) {
        return entry && entry->state == ModelState::Loading;
    }));
}

std::uint32_t LoadScheduler::slotsInUse() const
{
    return static_cast<std::uint32_t>(std::count_if(entries_.begin(), entries_.end(), [](const auto& entry) {
        return entry && (entry->state == ModelState::Loading || entry->ending());
    }));
}

std::uint32_t LoadScheduler::residentModels() const
{
    return static_cast<std::uint32_t>(std::count_if(entries_.begin(), entries_.end(), [](const auto& entry) {
        return entry && entry->spec.loadable && inMemory(entry->state);
    }));
}

std::uint64_t LoadScheduler::residentBytes() const
{
    std::uint64_t sum = 0;
    for (const auto& entry : entries_)
        if (entry && entry->spec.loadable && inMemory(entry->state)) sum += entry->bytes;
    return sum;
}

}  // namespace millrace::load
