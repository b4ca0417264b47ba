// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/predict.h"

#include "bench/json_file.h"
#include "bench/patterned.h"
#include "bench/replay.h"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <sstream>
#include <string_view>
#include <unordered_map>

namespace millrace::bench {
namespace {

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

std::string toJson(const std::vector<SequenceResult>& results)
{
    namespace json = boost::json;
    json::array sequences;
    for (const SequenceResult& result : results) {
        json::object capacity;
        for (const CapacityResult& at : result.capacities)
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
                                                               {"preloads_wasted", at.wasted},
                                                               {"preload_hits", at.hits},
                                                               {"preloads_late", at.late},
                                                               {"demand_loads", at.demandLoads},
                                                               {"evicted_in_use", at.evictedInUse}};
        json::object sequence{{"name", result.name},
                              {"requests", result.requests},
                              {"models", result.models},
                              {"capacity", std::move(capacity)},
                              {"top1", result.top1},
                              {"top3", result.top3},
                              {"repeat_last", result.repeatLast},
                              {"best_expert", result.bestExpert},
                              {"best_expert_name", result.bestExpertName}};
        if (result.best) sequence["top1_bound"] = *result.best;
        sequences.push_back(std::move(sequence));
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
    if (result.best)
        std::printf("  who knows the pattern, but neither the strays nor when a run ends, is right in %.1f %%\n",
                    100 * *result.best);
    std::printf(
        "  places    ours  demand     LRU LFU-100   bound  closed | changes: ours     LRU | preload hits  loads (LRU)  "
        "preloads (wasted, late)\n");
    std::uint64_t evictedInUse = 0;
    for (const CapacityResult& at : result.capacities) {
        const double gap = at.bound - at.lru;
        std::printf(
            "  %6u  %6.2f  %6.2f  %6.2f  %6.2f  %6.2f  %5.0f %% |        %6.2f  %6.2f |       %5.1f %%  %5llu (%llu)  "
            "%llu (%llu, %llu)\n",
            at.places, 100 * at.ours, 100 * at.oursOnDemand, 100 * at.lru, 100 * at.lfu100, 100 * at.bound,
            gap > 0 ? 100 * (at.ours - at.lru) / gap : 0, 100 * at.oursOnChanges, 100 * at.lruOnChanges,
            100 * at.preloadHits, static_cast<unsigned long long>(at.loads),
            static_cast<unsigned long long>(at.lruLoads), static_cast<unsigned long long>(at.preloads),
            static_cast<unsigned long long>(at.wasted), static_cast<unsigned long long>(at.late));
        evictedInUse += at.evictedInUse;
    }
    std::printf("  models sent away while in use: %llu\n", static_cast<unsigned long long>(evictedInUse));
}

}  // namespace

int predictMain(int argc, char** argv)
{
    CLI::App app("Replays sequences of models through the loader's cores, in virtual time.", "millrace-bench predict");
    std::vector<std::string> files;
    std::vector<std::uint32_t> places{2, 3, 4, 8};
    std::string json;
    bool patterned = false;
    std::uint64_t seed = 1;
    app.add_option("files", files, "CSV with a header: model_id, optionally t_s and client");
    app.add_flag("--patterned", patterned,
                 "an agent's loop with noise: single steps, and runs (without a file: these)");
    app.add_option("--places", places, "models that fit into memory, one replay each")
        ->delimiter(',')
        ->check(CLI::Range(1, 10000))
        ->capture_default_str();
    app.add_option("--seed", seed, "of the patterned sequences")->capture_default_str();
    app.add_option("--json", json, "write the figures to this file");
    CLI11_PARSE(app, argc, argv);

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
    if (patterned || files.empty()) {
        for (const ModelSequence& sequence : patternedSequences(seed)) {
            results.push_back(replay(sequence, places));
            print(results.back());
        }
    }
    std::printf("a load takes %.0f ms; requests without times are %.0f s apart\n", toMs(kReplayLoad),
                kReplayGapSeconds);
    return writeJson(json, toJson(results) + "\n");
}

}  // namespace millrace::bench
