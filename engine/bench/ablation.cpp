// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/ablation.h"

#include "base/program_folder.h"
#include "bench/ablation_report.h"
#include "bench/child_process.h"
#include "bench/engine_child.h"
#include "bench/json_file.h"
#include "bench/load.h"
#include "bench/paired_latency.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <span>
#include <string_view>
#include <thread>

namespace millrace::bench {

namespace {

namespace fs = std::filesystem;

/// How long things run. A round takes runs × (about 4 s + warm-up + seconds), and half a minute for the figures.
struct Span {
    int rounds;
    double warmupSeconds, seconds, figureSeconds, switchingSeconds;
};
constexpr char kOneClient[] = "one-client";  // no row, but measured by itself, too
constexpr Span kQuick{2, 1.2, 2.6, 1.5, 12};
constexpr Span kFull{5, 3, 9, 4, 40};

constexpr const char* kModel = "digits-l";  ///< what the figures of single components are measured on

/// A round. Such machines drift by a tenth within a minute: those that gain little have baselines as neighbours.
/// "+pool" is the pool alone and measured with it.
constexpr std::string_view kRound[] = {"batcher", "pool",     "baseline",  "streamer", "baseline",
                                       "loader",  "+batcher", "+streamer", "+loader"};
/// Quick: after the first round only those for which a round more matters.
constexpr auto kLittleGains = std::span(kRound).subspan(1, 5);

std::vector<std::string> arguments(const AblationRow& row, const fs::path& models, unsigned resident)
{
    std::vector<std::string> words = {"--sample-models", models.string()};
    const auto set = [&](const std::string& path, const std::string& value) {
        words.push_back("--set");
        words.push_back(path + "=" + value);
    };
    const auto onOff = [&](const std::string& path, bool on) { set(path, on ? "true" : "false"); };
    onOff("pool.enabled", row.pool);
    onOff("batcher.enabled", row.batcher);
    onOff("streamer.enabled", row.streamer);
    onOff("loader.preload", row.loader);
    onOff("loader.prediction", row.loader);
    set("loader.resident_max", std::to_string(resident));
    set("loader.residency_min_ms", "100");  // steps are shorter than the usual second
    set("pool.health_interval_ms", "250");  // so that a short run has enough checks for a p99
    return words;
}

using Runs = std::vector<std::pair<std::string_view, AblationRun>>;  ///< of a round, in their order

/// Requests a second of the nearest baseline; the mean of two as near. NaN: the round has none.
double nearestBaseline(const Runs& runs, std::size_t at)
{
    std::size_t least = runs.size();
    std::vector<double> nearest;
    for (std::size_t other = 0; other < runs.size(); ++other) {
        const std::size_t distance = at > other ? at - other : other - at;
        if (runs[other].first != "baseline" || distance > least) continue;
        if (distance < least) nearest.clear();
        least = distance;
        nearest.push_back(runs[other].second.rps);
    }
    return median(std::move(nearest));
}

class Ablation {
public:
    Ablation(AblationReport& report, const Span& span, fs::path samples, std::vector<std::string> only)
        : report_(report), span_(span), samples_(std::move(samples)), only_(std::move(only))
    {}

    Status run()
    {
        if (Status written = makeMixRepository(report_.mix, samples_, models_.path()); !written.ok()) return written;
        for (int round = 0; round < span_.rounds; ++round) {
            if (Status measured = measureRound(round); !measured.ok()) return measured;
            if (round == 0 && !only_.empty() && wanted(kOneClient))
                if (const auto runMs = singleClient(); !runMs.ok()) return runMs.status();
            if (!only_.empty() || (report_.quick && round > 0)) continue;
            if (Status measured = figures(); !measured.ok()) return measured;
        }
        return absl::OkStatus();
    }

private:
    bool wanted(std::string_view row) const
    {
        const auto named = [&](std::string_view name) {
            return std::find(only_.begin(), only_.end(), name) != only_.end();
        };
        return only_.empty() || named(row) || (row == "pool" && named("+pool"));
    }

    /// Every other round backwards: what drifts on the machine meets first and last rows alike.
    Status measureRound(int round)
    {
        const auto names =
            report_.quick && round > 0 && only_.empty() ? kLittleGains : std::span<const std::string_view>(kRound);
        std::vector<std::string_view> order(names.begin(), names.end());
        if (round % 2 != 0) std::reverse(order.begin(), order.end());
        Runs runs;
        for (const auto name : order) {
            if (!wanted(name)) continue;
            const AblationRow& row =
                *std::find_if(std::begin(kAblationRows), std::end(kAblationRows),
                              [&](const AblationRow& candidate) { return candidate.name == name; });
            auto result = measure(row);
            if (!result.ok()) return result.status();
            runs.emplace_back(name, *result);
            std::fprintf(stderr,
                         "round %d of %d  %-10s %8.0f requests/s  p99 %6.1f ms  %3.0f steps, loads: %3.0f on demand, "
                         "%3.0f preloads, %.0f ms\n",
                         round + 1, span_.rounds, row.name, result->rps, result->p99, result->steps,
                         result->demandLoads, result->preloads, result->loadMs);
        }
        for (std::size_t at = 0; at < runs.size(); ++at) {
            auto& [name, run] = runs[at];
            run.ratio = run.rps / nearestBaseline(runs, at);
            report_.runs[std::string(name)].push_back(run);
            if (name == "pool") report_.runs["+pool"].push_back(run);
        }
        return absl::OkStatus();
    }

    StatusOr<AblationRun> measure(const AblationRow& row)
    {
        const unsigned others = 3;  // digits-s, embed-mini, scribe
        auto engine = EngineChild::start(arguments(row, models_.path(), report_.mix.places + others));
        if (!engine.ok()) return engine.status();
        if (Status there = waitForModel((*engine)->http(), "scribe"); !there.ok()) return there;
        auto result = runMix(report_.mix, (*engine)->http(), span_.warmupSeconds, span_.seconds,
                             [&] { return (*engine)->residentBytes(); });
        if (!result.ok()) return result.status();
        auto& recorder = result->recorder;
        for (const auto& [reason, count] : recorder.errors()) report_.errors[reason] += count;
        if (recorder.requests() == 0)
            return unavailable(std::string("no request of row ") + row.name + " was answered");
        AblationRun run;
        const double kib = 1024.0 * report_.mix.clients;
        const auto growth = [&](std::uint64_t bytes) {
            return static_cast<double>(bytes) - static_cast<double>(result->idleBytes);
        };
        run.requests = recorder.requests();
        run.failed = recorder.failed();
        run.rps = static_cast<double>(recorder.requests()) / result->seconds;
        run.p50 = recorder.latencyMs(0.5);
        run.p99 = recorder.latencyMs(0.99);
        run.kibPerRequest = growth(result->meanBytes) / kib;
        run.kibPerRequestPeak = growth(result->peakBytes) / kib;
        run.steps = static_cast<double>(result->steps);
        run.demandLoads = result->grew("millrace_load_loads_total", "cause=\"demand\"");
        run.preloads = result->grew("millrace_load_loads_total", "cause=\"preload\"");
        const double loads = result->grew("millrace_load_seconds_count");
        run.loadMs = loads > 0 ? 1000 * result->grew("millrace_load_seconds_sum") / loads : 0;
        if (row.pool && row.batcher && row.streamer && row.loader) addMixFigures(*result, report_.figures);
        return run;
    }

    /// A dedicated engine with everything on, and `extra`, that serves `kModel`.
    StatusOr<std::unique_ptr<EngineChild>> started(std::vector<std::string> extra)
    {
        auto words = arguments(kAblationRows[std::size(kAblationRows) - 1], models_.path(), 0);
        words.insert(words.end(), extra.begin(), extra.end());
        auto engine = EngineChild::start(words);
        if (!engine.ok()) return engine.status();
        if (Status there = waitForModel((*engine)->http(), kModel); !there.ok()) return there;
        return engine;
    }

    StatusOr<LoadResult> load(const EngineChild& engine, unsigned concurrency, double warmupSeconds, double seconds)
    {
        LoadOptions options;
        options.http = engine.http();
        options.models = {kModel};
        options.concurrency = concurrency;
        options.warmupSeconds = warmupSeconds;
        options.seconds = seconds;
        options.seed = report_.mix.seed;
        auto result = runLoad(options);
        if (result.ok() && result->recorder.requests() == 0) return unavailable("no request was answered");
        if (result.ok())
            for (const auto& [reason, count] : result->recorder.errors()) report_.errors[reason] += count;
        return result;
    }

    void add(const char* figure, double value) { report_.figures[figure].push_back(value); }

    Status figures()
    {
        if (Status measured = fullBatches(); !measured.ok()) return measured;
        const auto runMs = singleClient();
        if (!runMs.ok()) return runMs.status();
        if (Status measured = timeoutError(*runMs); !measured.ok()) return measured;
        auto pooled = rest(true), plain = rest(false);
        if (!pooled.ok()) return pooled.status();
        if (!plain.ok()) return plain.status();
        add("pool_overhead_mib", *pooled - *plain);
        return absl::OkStatus();
    }

    Status fullBatches()
    {
        const auto engine = started({});
        if (!engine.ok()) return engine.status();
        const auto full = load(**engine, 256, 1.5, span_.figureSeconds);
        if (!full.ok()) return full.status();
        add("batch_average", full->batchAverage.value_or(std::nan("")));
        add("batch_rps_256", static_cast<double>(full->recorder.requests()) / full->seconds);
        return absl::OkStatus();
    }

    /// Milliseconds without the batcher, p50.
    StatusOr<double> singleClient()
    {
        // What the command line sets cannot be switched.
        auto words = arguments(kAblationRows[std::size(kAblationRows) - 1], models_.path(), 0);
        const auto fixed = std::find_if(words.begin(), words.end(),
                                        [](const std::string& word) { return word.starts_with("batcher.enabled="); });
        if (fixed != words.end()) words.erase(fixed - 1, fixed + 1);
        const auto engine = EngineChild::start(words);
        if (!engine.ok()) return engine.status();
        if (Status there = waitForModel((*engine)->http(), kModel); !there.ok()) return there;
        const auto switchTo = [&](std::size_t way) {
            return (*engine)->set(way == 0 ? "batcher.enabled=true" : "batcher.enabled=false");
        };
        auto measured = runInterleaved((*engine)->http(), kModel, report_.mix.seed, switchTo,
                                       fromMs(1000 * span_.switchingSeconds));
        if (!measured.ok()) return measured.status();
        for (const Recorder& recorder : measured->recorders)
            for (const auto& [reason, count] : recorder.errors()) report_.errors[reason] += count;
        add("single_client_p50_ms", measured->recorders[0].latencyMs(0.5));
        add("single_client_ratio", measured->ratio);
        add("single_client_ratio_error", measured->error);
        return measured->recorders[1].latencyMs(0.5);
    }

    /// Nothing but the timeout dispatches a lone request; what its run takes is known.
    Status timeoutError(double runMs)
    {
        const auto engine = started({"--set", "batcher.idle_dispatch=false"});
        if (!engine.ok()) return engine.status();
        auto waiting = load(**engine, 1, 0.5, span_.figureSeconds);
        if (!waiting.ok()) return waiting.status();
        const auto off = [&](double share) { return std::abs(waiting->recorder.latencyMs(share) - runMs - 50); };
        add("batch_timeout_error_ms", std::max(off(0.5), off(0.99)));
        return absl::OkStatus();
    }

    /// MiB of an engine at rest that keeps its warm floor of connections, or none.
    StatusOr<double> rest(bool pool)
    {
        AblationRow row = kAblationRows[std::size(kAblationRows) - 1];
        row.pool = pool;
        auto engine = EngineChild::start(arguments(row, models_.path(), 0));
        if (!engine.ok()) return engine.status();
        std::this_thread::sleep_for(std::chrono::milliseconds(1500));
        return static_cast<double>((*engine)->residentBytes()) / (1 << 20);
    }

    AblationReport& report_;
    const Span span_;
    const fs::path samples_;
    const std::vector<std::string> only_;  // rows to measure; empty: all, and the figures
    TemporaryFolder models_;
};

}  // namespace

int ablationMain(int argc, char** argv)
{
    CLI::App app(
        "Measures each optimisation alone and all added up, over a baseline without any: real engine and runtime "
        "processes on loopback, the rows of a round one after the other, medians over the rounds.",
        "millrace-bench ablation");
    AblationReport report;
    std::string jsonFile, markdownFile, samples = dataFolder("models", MILLRACE_SAMPLE_MODELS).string();
    std::vector<std::string> only, names;
    for (const AblationRow& row : kAblationRows) names.emplace_back(row.name);
    names.emplace_back(kOneClient);
    app.add_flag("--quick", report.quick, "under 4 minutes; without it, about 20");
    app.add_option("--seed", report.mix.seed, "seed of the traffic")->capture_default_str();
    app.add_option("--rounds", report.rounds, "how often each row is measured (2 when quick, else 5)")
        ->check(CLI::Range(1, 100));
    app.add_option("--row", only,
                   "measure only these rows, separated by commas, and none of the other figures but one-client")
        ->delimiter(',')
        ->check(CLI::IsMember(names));
    app.add_option("--beside", report.beside,
                   "share of a core that another program uses meanwhile (millrace-bench burn, started and ended here)")
        ->check(CLI::Range(0.0, 1.0));
    app.add_option("--models", samples, "folder of the sample models")->capture_default_str();
    app.add_option("--json", jsonFile, "write the figures to this file");
    app.add_option("--markdown", markdownFile, "write the tables to this file, in the form of the docs");
    CLI11_PARSE(app, argc, argv);

    Span plan = report.quick ? kQuick : kFull;
    if (report.rounds > 0) plan.rounds = report.rounds;
    report.rounds = plan.rounds;
    report.seconds = plan.seconds;
    report.warmupSeconds = plan.warmupSeconds;
    TemporaryFolder folder;
    ChildProcess other;
    if (report.beside > 0) {
        auto started = ChildProcess::start((programFolder() / "millrace-bench").string(),
                                           {"burn", "--share", std::to_string(report.beside)}, folder.path() / "out",
                                           folder.path() / "log");
        if (!started.ok()) {
            std::fprintf(stderr, "millrace-bench: %s\n", text(started.status()).c_str());
            return 1;
        }
        other = *std::move(started);
    }
    const auto began = std::chrono::steady_clock::now();
    if (const Status ran = Ablation(report, plan, samples, only).run(); !ran.ok()) {
        std::fprintf(stderr, "millrace-bench: %s\n", text(ran).c_str());
        return 1;
    }
    const auto span = std::chrono::steady_clock::now() - began;
    if (report.beside > 0) report.besideUsed = toMs(other.usage().cpu) / toMs(span);
    std::fputs(report.text().c_str(), stdout);
    if (!markdownFile.empty() && !(std::ofstream(markdownFile) << report.markdown())) {
        std::fprintf(stderr, "millrace-bench: cannot write %s\n", markdownFile.c_str());
        return 1;
    }
    return writeJson(jsonFile, report.json());
}

}  // namespace millrace::bench
