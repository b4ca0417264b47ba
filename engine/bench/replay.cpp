// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/replay.h"

#include "load/load_core.h"
#include "load/preload_hit_rate.h"

#include <algorithm>
#include <deque>
#include <limits>
#include <optional>
#include <unordered_map>
#include <variant>

namespace millrace::bench {
namespace {

const TimePoint kStart = TimePoint{} + 1h;

/// Evicts what is requested again last: no choice of victims can do better, with loads on demand only.
double clairvoyant(const ModelSequence& sequence, std::uint32_t places)
{
    const std::size_t size = sequence.arrivals.size();
    std::vector<std::size_t> next(size, std::numeric_limits<std::size_t>::max());
    std::unordered_map<std::uint32_t, std::size_t> later;
    for (std::size_t index = size; index-- > 0;) {
        const std::uint32_t model = sequence.arrivals[index].model;
        if (const auto place = later.find(model); place != later.end()) next[index] = place->second;
        later[model] = index;
    }
    std::unordered_map<std::uint32_t, std::size_t> resident;  // model: when it is asked for next
    std::size_t warm = 0;
    for (std::size_t index = 0; index < size; ++index) {
        const std::uint32_t model = sequence.arrivals[index].model;
        if (resident.contains(model)) {
            ++warm;
        } else if (resident.size() >= places) {
            resident.erase(std::max_element(resident.begin(), resident.end(),
                                            [](const auto& a, const auto& b) { return a.second < b.second; }));
        }
        resident[model] = next[index];
    }
    return static_cast<double>(warm) / static_cast<double>(size);
}

/// Evicts what came least often among the last hundred requests, of equals the longest unused.
double leastFrequent(const ModelSequence& sequence, std::uint32_t places)
{
    std::deque<std::uint32_t> recent;
    std::vector<std::uint32_t> counts(sequence.models.size());
    std::vector<std::size_t> used(sequence.models.size());
    std::vector<std::uint32_t> resident;
    std::size_t warm = 0;
    for (std::size_t index = 0; index < sequence.arrivals.size(); ++index) {
        const std::uint32_t model = sequence.arrivals[index].model;
        if (std::find(resident.begin(), resident.end(), model) != resident.end()) {
            ++warm;
        } else {
            if (resident.size() >= places)
                resident.erase(
                    std::min_element(resident.begin(), resident.end(), [&](std::uint32_t a, std::uint32_t b) {
                        return counts[a] != counts[b] ? counts[a] < counts[b] : used[a] < used[b];
                    }));
            resident.push_back(model);
        }
        used[model] = index;
        ++counts[model];
        recent.push_back(model);
        if (recent.size() > 100) {
            --counts[recent.front()];
            recent.pop_front();
        }
    }
    return static_cast<double>(warm) / static_cast<double>(sequence.arrivals.size());
}

/// The loader's cores, and a server that loads in virtual time.
class Replay {
public:
    Replay(const ModelSequence& sequence, std::uint32_t places, bool preload)
        : sequence_(sequence), core_(options(places, preload))
    {
        std::vector<load::EntrySpec> specs;
        for (const std::string& model : sequence.models) specs.push_back({model, "replay", {}, true, false, 1});
        core_.setCatalogue(specs, now_);
        for (const std::string& model : sequence.models) entries_.push_back(*core_.find(model, "replay"));
    }

    void run(CapacityResult& result)
    {
        std::uint64_t warm = 0, lru = 0, changes = 0, warmChanges = 0, lruChanges = 0;
        std::uint32_t last = std::numeric_limits<std::uint32_t>::max();
        for (const Arrival& arrival : sequence_.arrivals) {
            const Duration at = fromMs(arrival.atSeconds * 1000);
            settleUntil(sequence_.closedLoop ? now_ + at : kStart + at);
            const bool change = arrival.model != last;
            last = arrival.model;
            const bool leased = request(entries_[arrival.model], sequence_.clients[arrival.client]);
            warm += leased ? 1 : 0;
            lru += core_.lruWarm() ? 1 : 0;
            if (!change) continue;
            ++changes;
            warmChanges += leased ? 1 : 0;
            lruChanges += core_.lruWarm() ? 1 : 0;
        }
        const auto all = static_cast<double>(sequence_.arrivals.size());
        result.ours = static_cast<double>(warm) / all;
        result.lru = static_cast<double>(lru) / all;
        result.oursOnChanges = static_cast<double>(warmChanges) / static_cast<double>(changes);
        result.lruOnChanges = static_cast<double>(lruChanges) / static_cast<double>(changes);
        result.lruLoads = sequence_.arrivals.size() - lru;
        result.loads = loads_;
        result.preloads = preloads_;
        result.wasted = core_.scheduler().log().wasted();
        result.hits = core_.scheduler().log().hits();
        result.late = core_.scheduler().log().late();
        result.demandLoads = core_.demandLoads();
        result.evictedInUse = evictedInUse_;
        result.preloadHits =
            load::preloadHitRate(static_cast<double>(result.hits), static_cast<double>(result.demandLoads),
                                 static_cast<double>(result.late))
                .value_or(0);
    }

    const load::Predictor& predictor() const { return core_.predictor(); }

private:
    struct Running {
        load::StartLoad load;
        TimePoint ends;
    };
    struct Held {
        load::EntryId entry;
        TimePoint ends;
    };

    static load::Options options(std::uint32_t places, bool preload)
    {
        load::Options options;
        options.residentMax = places;
        options.budgetBytes = 1ull << 40;
        options.preload = preload;
        return options;
    }

    bool request(load::EntryId entry, const std::string& client)
    {
        bool leased = core_.request(entry, client, now_);
        const bool warm = leased;
        if (!leased) {
            const load::WaiterId waiter = waiters_.next();
            load::Ask ask;
            waiting_ = waiter;
            leased = core_.scheduler().ask(entry, waiter, ask, now_).ok();
            if (!leased) waiting_ = {};
            while (waiting_) {  // the client waits for its model
                settle();
                if (!waiting_ || !next()) break;
                now_ = std::max(now_, *next());
            }
        }
        if (leased && sequence_.holdSeconds > 0) {
            held_.push_back({entry, now_ + fromMs(sequence_.holdSeconds * 1000)});
        } else if (leased) {
            core_.release(entry, now_);
        }
        settle();
        return warm;
    }

    /// When something in flight ends.
    std::optional<TimePoint> next() const
    {
        std::optional<TimePoint> soonest;
        for (const Running& running : running_) soonest = std::min(soonest.value_or(running.ends), running.ends);
        for (const Held& lease : held_) soonest = std::min(soonest.value_or(lease.ends), lease.ends);
        return soonest;
    }

    void settleUntil(TimePoint when)
    {
        while (next() && *next() <= when) {
            now_ = std::max(now_, *next());
            settle();
        }
        now_ = std::max(now_, when);
        settle();
    }

    /// Carries out what the core wants, up to now.
    void settle()
    {
        for (;;) {
            perform();
            if (!next() || *next() > now_) {
                core_.considerPreload(now_);
                if (!core_.scheduler().hasEffects()) return;
                continue;
            }
            const TimePoint when = *next();
            const auto due = [when](const auto& lease) { return lease.ends == when; };
            if (const auto lease = std::find_if(held_.begin(), held_.end(), due); lease != held_.end()) {
                const load::EntryId entry = lease->entry;
                held_.erase(lease);
                core_.release(entry, when);
                continue;
            }
            const auto place = std::find_if(running_.begin(), running_.end(), due);
            const load::StartLoad ended = place->load;
            running_.erase(place);
            core_.scheduler().loadEnded(ended.entry, ended.load, absl::OkStatus(), 0, when);
        }
    }

    void perform()
    {
        while (core_.scheduler().hasEffects()) {
            for (const load::Effect& effect : core_.takeEffects()) {
                if (const auto* start = std::get_if<load::StartLoad>(&effect)) {
                    running_.push_back({*start, now_ + kReplayLoad});
                    ++loads_;
                    if (core_.scheduler().at(start->entry).preloading()) ++preloads_;
                } else if (const auto* cancel = std::get_if<load::CancelLoad>(&effect)) {
                    std::erase_if(running_, [&](const Running& running) { return running.load.load == cancel->load; });
                } else if (const auto* unload = std::get_if<load::StartUnload>(&effect)) {
                    if (core_.scheduler().at(unload->entry).leases > 0) ++evictedInUse_;
                    core_.scheduler().unloadEnded(unload->entry, unload->unload, absl::OkStatus(), now_);
                } else if (const auto* done = std::get_if<load::Complete>(&effect)) {
                    if (done->waiter == waiting_) waiting_ = {};
                }
            }
        }
    }

    const ModelSequence& sequence_;
    load::LoadCore core_;
    TimePoint now_ = kStart;
    std::vector<load::EntryId> entries_;
    std::vector<Running> running_;
    std::vector<Held> held_;
    IdSource<load::WaiterId> waiters_;
    load::WaiterId waiting_;
    std::uint64_t loads_ = 0, preloads_ = 0, evictedInUse_ = 0;
};

}  // namespace

SequenceResult replay(const ModelSequence& sequence, const std::vector<std::uint32_t>& places)
{
    SequenceResult result;
    result.name = sequence.name;
    result.requests = sequence.arrivals.size();
    result.models = sequence.models.size();
    result.best = sequence.best;
    for (std::uint32_t capacity : places) {
        CapacityResult at;
        at.places = capacity;
        CapacityResult demand;
        Replay(sequence, capacity, false).run(demand);
        at.oursOnDemand = demand.ours;
        Replay full(sequence, capacity, true);
        full.run(at);
        at.lfu100 = leastFrequent(sequence, capacity);
        at.bound = clairvoyant(sequence, capacity);
        result.capacities.push_back(at);
        const load::Predictor& predictor = full.predictor();
        const auto judged = static_cast<double>(std::max<std::uint64_t>(predictor.judged(), 1));
        result.top1 = static_cast<double>(predictor.right()) / judged;
        result.top3 = static_cast<double>(predictor.rightTop3()) / judged;
        result.repeatLast = static_cast<double>(predictor.repeats()) / judged;
        result.bestExpert = 0;
        for (const auto& expert : predictor.experts()) {
            const double share = static_cast<double>(expert.right) / judged;
            if (share <= result.bestExpert) continue;
            result.bestExpert = share;
            result.bestExpertName = expert.name;
        }
    }
    return result;
}

}  // namespace millrace::bench
