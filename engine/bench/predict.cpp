// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/predict.h"

#include "load/load_core.h"

#include <boost/json.hpp>

#include <algorithm>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <limits>
#include <optional>
#include <sstream>
#include <string_view>
#include <unordered_map>
#include <variant>

namespace millrace::bench {
namespace {

/// Gap between requests of a sequence without times: long against any load.
constexpr double kReplayGapSeconds = 60;
/// What a load takes. A preload that is not done when its model is asked for counts as cold.
constexpr Duration kReplayLoad = 200ms;

const TimePoint kStart = TimePoint{} + 1h;

std::vector<std::string> split(const std::string& line)
{
    std::vector<std::string> fields;
    std::stringstream stream(line);
    std::string field;
    while (std::getline(stream, field, ',')) {
        while (!field.empty() && (field.back() == '\r' || field.back() == ' ')) field.pop_back();
        fields.push_back(field);
    }
    return fields;
}

class Names {
public:
    std::uint32_t index(const std::string& name)
    {
        const auto [place, added] = indices_.emplace(name, static_cast<std::uint32_t>(names.size()));
        if (added) names.push_back(name);
        return place->second;
    }
    std::vector<std::string> names;

private:
    std::unordered_map<std::string, std::uint32_t> indices_;
};

std::optional<ModelSequence> readSequence(const std::string& path, std::string& problem)
{
    std::ifstream file(path);
    std::string line;
    if (!file || !std::getline(file, line)) {
        problem = "cannot read " + path;
        return std::nullopt;
    }
    const std::vector<std::string> header = split(line);
    const auto column = [&](const char* name) {
        return static_cast<std::size_t>(std::find(header.begin(), header.end(), name) - header.begin());
    };
    const std::size_t model = column("model_id"), time = column("t_s"), client = column("client");
    if (model == header.size()) {
        problem = path + " has no column model_id";
        return std::nullopt;
    }
    ModelSequence sequence;
    sequence.name = std::filesystem::path(path).stem().string();
    Names models, clients;
    while (std::getline(file, line)) {
        const std::vector<std::string> fields = split(line);
        if (fields.size() <= model || fields[model].empty()) continue;
        Arrival arrival;
        arrival.model = models.index(fields[model]);
        arrival.client = clients.index(client < fields.size() ? fields[client] : std::string());
        arrival.atSeconds = kReplayGapSeconds * static_cast<double>(sequence.arrivals.size());
        if (time < fields.size() && !fields[time].empty()) {
            arrival.atSeconds = std::stod(fields[time]);
            sequence.timed = true;
        }
        sequence.arrivals.push_back(arrival);
    }
    sequence.models = std::move(models.names);
    sequence.clients = std::move(clients.names);
    return sequence;
}

/// Evicts what is asked for again last: no choice of victims can do better, with loads on demand only.
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
    std::unordered_map<std::uint32_t, std::size_t> held;  // model: when it is asked for next
    std::size_t warm = 0;
    for (std::size_t index = 0; index < size; ++index) {
        const std::uint32_t model = sequence.arrivals[index].model;
        if (held.contains(model)) {
            ++warm;
        } else if (held.size() >= places) {
            held.erase(std::max_element(held.begin(), held.end(),
                                        [](const auto& a, const auto& b) { return a.second < b.second; }));
        }
        held[model] = next[index];
    }
    return static_cast<double>(warm) / static_cast<double>(size);
}

/// Evicts what came least often among the last hundred requests, of equals the longest unused.
double leastFrequent(const ModelSequence& sequence, std::uint32_t places)
{
    std::deque<std::uint32_t> recent;
    std::vector<std::uint32_t> counts(sequence.models.size());
    std::vector<std::size_t> used(sequence.models.size());
    std::vector<std::uint32_t> held;
    std::size_t warm = 0;
    for (std::size_t index = 0; index < sequence.arrivals.size(); ++index) {
        const std::uint32_t model = sequence.arrivals[index].model;
        if (std::find(held.begin(), held.end(), model) != held.end()) {
            ++warm;
        } else {
            if (held.size() >= places)
                held.erase(std::min_element(held.begin(), held.end(), [&](std::uint32_t a, std::uint32_t b) {
                    return counts[a] != counts[b] ? counts[a] < counts[b] : used[a] < used[b];
                }));
            held.push_back(model);
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
        for (const std::string& model : sequence.models) specs.push_back({model, "replay", "", true, false, 1});
        core_.setCatalogue(specs, now_);
        for (const std::string& model : sequence.models) entries_.push_back(*core_.find(model, "replay"));
    }

    void run(CapacityResult& result)
    {
        std::uint64_t warm = 0, lru = 0, changes = 0, warmChanges = 0, lruChanges = 0;
        std::uint32_t last = std::numeric_limits<std::uint32_t>::max();
        for (const Arrival& arrival : sequence_.arrivals) {
            now_ = std::max(
                now_, kStart + std::chrono::duration_cast<Duration>(std::chrono::duration<double>(arrival.atSeconds)));
            settle();
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
        result.wasted = core_.scheduler().wasted();
        const double hits = static_cast<double>(core_.scheduler().hits());
        const double missed = static_cast<double>(core_.demandLoads() + core_.scheduler().late());
        result.preloadHits = hits + missed > 0 ? hits / (hits + missed) : 0;
    }

    const load::Predictor& predictor() const { return core_.predictor(); }

private:
    struct Running {
        load::StartLoad load;
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
        if (core_.request(entry, client, now_)) {
            core_.scheduler().release(entry, now_);
            settle();
            return true;
        }
        const load::WaiterId waiter = waiters_.next();
        load::Ask ask;
        waiting_ = waiter;
        if (!core_.scheduler().ask(entry, waiter, ask, now_).ok()) waiting_ = {};
        while (waiting_) {  // the client waits for its model
            settle();
            if (!waiting_ || running_.empty()) break;
            now_ = std::max(now_, next()->ends);
        }
        core_.scheduler().release(entry, now_);
        settle();
        return false;
    }

    std::vector<Running>::iterator next()
    {
        return std::min_element(running_.begin(), running_.end(),
                                [](const Running& a, const Running& b) { return a.ends < b.ends; });
    }

    /// Carries out what the core wants, up to now.
    void settle()
    {
        for (;;) {
            perform();
            if (running_.empty() || next()->ends > now_) {
                core_.considerPreload(now_);
                if (!core_.scheduler().hasEffects()) return;
                continue;
            }
            const Running ended = *next();
            running_.erase(next());
            core_.scheduler().loadEnded(ended.load.entry, ended.load.load, absl::OkStatus(), 0, ended.ends);
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
                    std::erase_if(running_, [&](const Running& each) { return each.load.load == cancel->load; });
                } else if (const auto* unload = std::get_if<load::StartUnload>(&effect)) {
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
    IdSource<load::WaiterId> waiters_;
    load::WaiterId waiting_;
    std::uint64_t loads_ = 0, preloads_ = 0;
};

std::string toJson(const std::vector<SequenceResult>& results)
{
    namespace json = boost::json;
    json::array sequences;
    for (const SequenceResult& each : results) {
        json::object capacity;
        for (const CapacityResult& at : each.capacities)
            capacity[std::to_string(at.places)] = json::object{{"ours", at.ours},
                                                               {"lru", at.lru},
                                                               {"lfu100", at.lfu100},
                                                               {"bound", at.bound},
                                                               {"ours_on_changes", at.oursOnChanges},
                                                               {"lru_on_changes", at.lruOnChanges},
                                                               {"ours_without_preload", at.oursOnDemand},
                                                               {"preload_hit_rate", at.preloadHits},
                                                               {"loads", at.loads},
                                                               {"lru_loads", at.lruLoads},
                                                               {"preloads", at.preloads},
                                                               {"preloads_wasted", at.wasted}};
        sequences.push_back(json::object{{"name", each.name},
                                         {"requests", each.requests},
                                         {"models", each.models},
                                         {"capacity", std::move(capacity)},
                                         {"top1", each.top1},
                                         {"top3", each.top3},
                                         {"repeat_last", each.repeatLast},
                                         {"best_expert", each.bestExpert},
                                         {"best_expert_name", each.bestExpertName}});
    }
    return json::serialize(json::object{
        {"sequences", std::move(sequences)}, {"load_ms", toMs(kReplayLoad)}, {"untimed_gap_s", kReplayGapSeconds}});
}

void print(const SequenceResult& result)
{
    std::printf("%s: %llu requests, %llu models\n", result.name.c_str(),
                static_cast<unsigned long long>(result.requests), static_cast<unsigned long long>(result.models));
    std::printf(
        "  next model: first guess %.1f %%, first three %.1f %%; the last one again %.1f %%; best expert %.1f %% "
        "(%s)\n",
        100 * result.top1, 100 * result.top3, 100 * result.repeatLast, 100 * result.bestExpert,
        result.bestExpertName.c_str());
    std::printf(
        "  places    ours  demand     LRU LFU-100   bound  closed | changes: ours     LRU | preload hits  loads (LRU)  "
        "preloads (wasted)\n");
    for (const CapacityResult& at : result.capacities) {
        const double gap = at.bound - at.lru;
        std::printf(
            "  %6u  %6.2f  %6.2f  %6.2f  %6.2f  %6.2f  %5.0f %% |        %6.2f  %6.2f |       %5.1f %%  %5llu (%llu)  "
            "%llu (%llu)\n",
            at.places, 100 * at.ours, 100 * at.oursOnDemand, 100 * at.lru, 100 * at.lfu100, 100 * at.bound,
            gap > 0 ? 100 * (at.ours - at.lru) / gap : 0, 100 * at.oursOnChanges, 100 * at.lruOnChanges,
            100 * at.preloadHits, static_cast<unsigned long long>(at.loads),
            static_cast<unsigned long long>(at.lruLoads), static_cast<unsigned long long>(at.preloads),
            static_cast<unsigned long long>(at.wasted));
    }
}

}  // namespace

SequenceResult replay(const ModelSequence& sequence, const std::vector<std::uint32_t>& places)
{
    SequenceResult result;
    result.name = sequence.name;
    result.requests = sequence.arrivals.size();
    result.models = sequence.models.size();
    for (std::uint32_t each : places) {
        CapacityResult at;
        at.places = each;
        CapacityResult demand;
        Replay(sequence, each, false).run(demand);
        at.oursOnDemand = demand.ours;
        Replay full(sequence, each, true);
        full.run(at);
        at.lfu100 = leastFrequent(sequence, each);
        at.bound = clairvoyant(sequence, each);
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

int predictMain(int argc, char** argv)
{
    std::vector<std::string> files;
    std::vector<std::uint32_t> places{2, 3, 4, 8};
    std::string json;
    const auto usage = [&](const std::string& problem) {
        std::cerr << problem << "\nusage: predict FILE.csv ... [--json FILE] [--places 2,3,4,8]\n";
        return 2;
    };
    for (int index = 1; index < argc; ++index) {
        const std::string_view argument = argv[index];
        if (argument == "--json" || argument == "--places") {
            if (index + 1 >= argc) return usage(std::string(argument) + " needs a value");
            const std::string value = argv[++index];
            if (argument == "--json") {
                json = value;
                continue;
            }
            places.clear();
            for (const std::string& each : split(value)) {
                const unsigned long read = std::strtoul(each.c_str(), nullptr, 10);
                if (read == 0 || read > 10'000) return usage("--places: " + each + " is no number of places");
                places.push_back(static_cast<std::uint32_t>(read));
            }
        } else if (argument.starts_with("--")) {
            return usage("unknown option " + std::string(argument));
        } else {
            files.emplace_back(argument);
        }
    }
    if (files.empty()) return usage("no sequence given");

    std::vector<SequenceResult> results;
    double closed = 0, worst = 0;
    int rows = 0;
    for (const std::string& file : files) {
        std::string problem;
        const std::optional<ModelSequence> sequence = readSequence(file, problem);
        if (!sequence || sequence->arrivals.empty()) {
            std::cerr << (problem.empty() ? file + " holds no requests" : problem) << "\n";
            return 1;
        }
        results.push_back(replay(*sequence, places));
        print(results.back());
        for (const CapacityResult& at : results.back().capacities) {
            worst = std::min(worst, at.ours - at.lru);
            if (at.bound <= at.lru) continue;
            closed += (at.ours - at.lru) / (at.bound - at.lru);
            ++rows;
        }
    }
    if (rows > 0)
        std::printf(
            "on average %.0f %% of the way from LRU to the clairvoyant bound; at worst %.2f points against LRU\n",
            100 * closed / rows, 100 * worst);
    std::printf("a load takes %.0f ms; requests without times are %.0f s apart\n", toMs(kReplayLoad),
                kReplayGapSeconds);
    if (json.empty()) return 0;
    std::ofstream out(json);
    out << toJson(results) << "\n";
    out.close();
    if (!out) {
        std::cerr << "cannot write " << json << "\n";
        return 1;
    }
    return 0;
}

}  // namespace millrace::bench
