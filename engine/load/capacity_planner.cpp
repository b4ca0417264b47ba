// SPDX-License-Identifier: GPL-3.0-or-later
#include "load/capacity_planner.h"

#include "base/format.h"
#include "phrases.h"

#include <algorithm>

namespace millrace::load {
namespace {

/// Loads of models never timed before: all alike.
constexpr double kReloadUnknownMs = 1000;

std::string sizeText(std::uint64_t bytes)
{
    return formatBytes(static_cast<double>(bytes));
}

/// What is leaving already need not be made to leave.
CapacityNeeded without(CapacityNeeded needed, std::uint64_t leavingBytes, std::uint32_t leavingModels)
{
    needed.bytes -= std::min(needed.bytes, leavingBytes);
    needed.models -= std::min(needed.models, leavingModels);
    return needed;
}

}  // namespace

CapacityPlanner::Usage CapacityPlanner::usage(const std::string& backend) const
{
    Usage used;
    for (const ModelEntry& entry : table_) {
        if (!entry.spec.loadable || entry.spec.backend != backend) continue;
        if (entry.inMemory()) {
            used.bytes += entry.bytes;
            used.models += 1;
        }
        if (entry.state == ModelState::Unloading) {
            used.leavingBytes += entry.bytes;
            used.leavingModels += 1;
        }
        if (entry.pinned) {
            used.pinnedBytes += entry.bytes;
            used.pinnedModels += 1;
        }
    }
    return used;
}

Status CapacityPlanner::fits(const ModelEntry& entry) const
{
    if (entry.bytes > options_.budgetBytes)
        return resourceExhausted(entry.spec.model + " needs " + sizeText(entry.bytes) + ", but all models of " +
                                 entry.spec.backend + " together may use " + sizeText(options_.budgetBytes) +
                                 " (loader.budget_bytes)");
    if (entry.pinned) return absl::OkStatus();
    const Usage used = usage(entry.spec.backend);
    if (entry.bytes + used.pinnedBytes > options_.budgetBytes)
        return resourceExhausted(entry.spec.model + " needs " + sizeText(entry.bytes) + ", and " +
                                 sizeText(used.pinnedBytes) + " of " + sizeText(options_.budgetBytes) +
                                 " are held by pinned models (loader.budget_bytes)");
    if (options_.residentMax > 0 && used.pinnedModels >= options_.residentMax)
        return resourceExhausted("all " + std::to_string(options_.residentMax) + " model slots of " +
                                 entry.spec.backend + " are held by pinned models (loader.resident_max)");
    return absl::OkStatus();
}

Status CapacityPlanner::mayPin(const ModelEntry& entry) const
{
    const Usage used = usage(entry.spec.backend);
    if (used.pinnedBytes + entry.bytes > options_.budgetBytes)
        return resourceExhausted("with " + entry.spec.model + " (" + sizeText(entry.bytes) +
                                 ") more would be pinned than fits: " + sizeText(used.pinnedBytes) + " of " +
                                 sizeText(options_.budgetBytes) + " are pinned already");
    if (options_.residentMax > 0 && used.pinnedModels >= options_.residentMax)
        return resourceExhausted(std::to_string(used.pinnedModels) + " models are pinned, and no more than " +
                                 std::to_string(options_.residentMax) + " may be in memory");
    return absl::OkStatus();
}

std::uint64_t CapacityPlanner::estimatedBytes(const ModelEntry& entry) const
{
    std::uint64_t sum = 0, count = 0;
    for (const ModelEntry& other : table_) {
        if (other.bytes == 0 || other.spec.backend != entry.spec.backend || other.spec.kind != entry.spec.kind)
            continue;
        sum += other.bytes;
        ++count;
    }
    return count == 0 ? 0 : std::min(sum / count, options_.budgetBytes);
}

double CapacityPlanner::reloadMs(const ModelEntry& entry) const
{
    const auto mean = eta_.mean(entry.spec.model, entry.spec.kind);
    return mean ? std::max(toMs(*mean), 1e-3) : kReloadUnknownMs;
}

CapacityNeeded CapacityPlanner::needed(const Usage& used, const CapacityNeeded& claimed, std::uint64_t bytes) const
{
    CapacityNeeded over;
    const std::uint64_t wanted = used.bytes + claimed.bytes + bytes;
    if (wanted > options_.budgetBytes) over.bytes = wanted - options_.budgetBytes;
    const std::uint32_t models = used.models + claimed.models + 1;
    if (options_.residentMax > 0 && models > options_.residentMax) over.models = models - options_.residentMax;
    return over;
}

/// What could leave for `wanted`, and how reluctantly; `recheckAt`: when one that is in use may be closed to newcomers.
std::vector<EvictionCandidate> CapacityPlanner::candidates(const ModelEntry& wanted, TimePoint now,
                                                           std::optional<TimePoint>& recheckAt) const
{
    std::vector<EvictionCandidate> found;
    const TimePoint patient = wanted.queuedAt + options_.residencyMin;
    const auto recheck = [&](TimePoint when) {
        if (wanted.state == ModelState::Queued && (!recheckAt || when < *recheckAt)) recheckAt = when;
    };
    for (const ModelEntry& entry : table_) {
        if (entry.id == wanted.id || !entry.spec.loadable || entry.pinned || entry.spec.backend != wanted.spec.backend)
            continue;
        EvictionCandidate candidate{entry.id, entry.bytes, 0, 0, EvictionTier::Idle};
        if (entry.state == ModelState::Loading) {
            if (entry.priority > Priority::Preload) continue;
            candidate.tier = EvictionTier::Loading;
        } else if (entry.state != ModelState::Warm) {
            continue;
        } else if (entry.unloadRetryAt > now) {
            recheck(entry.unloadRetryAt);
            continue;
        } else if (entry.reservedFor) {
            candidate.tier = entry.leases == 0 ? EvictionTier::Asked : EvictionTier::Leased;
            candidate.reloadMs = 0;  // closed already: before any other
            found.push_back(candidate);
            continue;
        } else if (entry.leases > 0) {
            const TimePoint from = std::max(patient, entry.warmSince + options_.residencyMin);
            if (wanted.state != ModelState::Queued || from > now) {
                recheck(from);
                continue;
            }
            candidate.tier = EvictionTier::Leased;
        } else if (entry.warmSince + options_.residencyMin > now) {
            candidate.tier = EvictionTier::Young;
            if (wanted.priority == Priority::Preload) recheck(entry.warmSince + options_.residencyMin);
        }
        candidate.used = entry.used;
        candidate.reuse = valuation_.reuse(entry.id);
        candidate.reloadMs = reloadMs(entry);
        found.push_back(candidate);
    }
    return found;
}

CapacityPlanner::Plan CapacityPlanner::makeRoom(const ModelEntry& entry, const CapacityNeeded& claimed,
                                                TimePoint now) const
{
    Plan plan;
    if (plan.refusal = fits(entry); !plan.refusal.ok()) {
        plan.capacity = Capacity::Impossible;
        plan.why = text(plan.refusal);
        return plan;
    }
    const Usage used = usage(entry.spec.backend);
    CapacityNeeded left = needed(used, claimed, entry.bytes);
    if (left.met()) {
        plan.capacity = Capacity::Available;
        return plan;
    }
    left = without(left, used.leavingBytes, used.leavingModels);
    if (left.met()) {
        plan.capacity = Capacity::Pending;
        return plan;
    }
    if (entry.preloading()) {  // its victims were chosen when it was decided; what took the memory since goes before
        plan.capacity = Capacity::Impossible;
        plan.why = say(Phrase::ModelMemoryNeeded);
        return plan;
    }

    const auto all = candidates(entry, now, plan.recheckAt);
    const EvictionTier most = entry.priority > Priority::Preload ? EvictionTier::Leased : EvictionTier::Idle;
    for (EvictionTier level : {EvictionTier::Idle, EvictionTier::Young, EvictionTier::Loading, EvictionTier::Leased}) {
        if (level > most) break;
        const auto victims = chooseVictims(all, left, level);
        if (!victims) continue;
        if (level == EvictionTier::Leased) {
            // The idle ones stay until the set really frees enough; those in use take nobody new.
            for (const EvictionCandidate& victim : *victims)
                if (victim.tier == EvictionTier::Leased) plan.reserve.push_back(victim.entry);
            break;
        }
        for (const EvictionCandidate& victim : *victims) plan.victims.push_back(victim.entry);
        plan.capacity = Capacity::Pending;
        return plan;
    }
    return plan;
}

CapacityPlanner::PreloadPlan CapacityPlanner::makeRoomToPreload(const ModelEntry& entry, const PreloadCandidate& ahead,
                                                                TimePoint now) const
{
    PreloadPlan plan;
    const double gain = ahead.value * reloadMs(entry), trouble = kContention * reloadMs(entry);
    if (gain <= trouble) return plan;
    const std::uint64_t bytes = entry.bytes > 0 ? entry.bytes : estimatedBytes(entry);
    const Usage used = usage(entry.spec.backend);
    const CapacityNeeded left = without(needed(used, {}, bytes), used.leavingBytes, used.leavingModels);
    if (!left.met()) {
        std::optional<TimePoint> recheckAt;
        auto all = candidates(entry, now, recheckAt);
        for (const ModelEntry& other : table_)
            if (other.leases > 0 && !other.pinned && other.spec.backend == entry.spec.backend)
                plan.outcome = PreloadOutcome::InUse;
        std::erase_if(all, [&](const EvictionCandidate& candidate) { return !mayEvictForPreload(candidate, ahead); });
        for (EvictionCandidate& candidate : all) candidate.reuse = valuation_.ahead(candidate.entry);
        auto victims = chooseVictims(all, left, EvictionTier::Idle);
        if (!victims) victims = chooseVictims(all, left, EvictionTier::Young);
        if (!victims) return plan;
        double cost = trouble;
        for (const EvictionCandidate& victim : *victims) cost += victim.lossMs();
        if (gain <= cost) return plan;
        for (const EvictionCandidate& victim : *victims) plan.victims.push_back(victim.entry);
    }
    plan.outcome = PreloadOutcome::Started;
    return plan;
}

/// Not what is needed before the other, and not what was preloaded on the same knowledge: two that are about as likely
/// would replace each other back and forth. One loaded just now may go if it was of use since; it is the stay of what
/// nobody used yet that the shortest stay protects.
bool CapacityPlanner::mayEvictForPreload(const EvictionCandidate& candidate, const PreloadCandidate& ahead) const
{
    if (candidate.tier > EvictionTier::Young) return false;
    const ModelEntry& entry = table_.at(candidate.entry);
    if (entry.preloadPending && entry.turn == ahead.turn) return false;
    const bool manual = entry.cause == Cause::Manual || entry.cause == Cause::Pin;
    if (candidate.tier == EvictionTier::Young && (entry.preloadPending || (manual && entry.used <= entry.warmSince)))
        return false;
    return std::find(ahead.keep.begin(), ahead.keep.end(), candidate.entry) == ahead.keep.end();
}

std::optional<CapacityPlanner::Excess> CapacityPlanner::excess(const std::string& backend, TimePoint now) const
{
    const Usage used = usage(backend);
    const bool tooMuch = used.bytes - used.leavingBytes > options_.budgetBytes;
    const bool tooMany = options_.residentMax > 0 && used.models - used.leavingModels > options_.residentMax;
    if (!tooMuch && !tooMany) return std::nullopt;
    std::optional<EvictionCandidate> worst;
    for (const ModelEntry& entry : table_) {
        if (!entry.spec.loadable || entry.pinned || entry.spec.backend != backend || entry.leases > 0 ||
            entry.state != ModelState::Warm || !entry.waiters.empty() || entry.unloadRetryAt > now)
            continue;
        const EvictionCandidate candidate{entry.id,        entry.bytes,        valuation_.reuse(entry.id),
                                          reloadMs(entry), EvictionTier::Idle, entry.used};
        if (!worst || candidate.score() < worst->score() ||
            (candidate.score() == worst->score() && candidate.used < worst->used))
            worst = candidate;
    }
    Excess found;
    if (!worst) return found;
    found.victim = worst->entry;
    const Value limit = tooMuch ? Value::bytes(options_.budgetBytes) : Value(options_.residentMax, Unit::Models);
    found.why = say(Phrase::ModelEvictedForLimit, limit);
    return found;
}

}  // namespace millrace::load
