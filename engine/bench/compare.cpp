// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/compare.h"

#include "base/format.h"
#include "base/process_usage.h"
#include "bench/compare_measure.h"
#include "bench/compare_peers.h"
#include "bench/compare_questions.h"
#include "bench/compare_report.h"
#include "bench/json_file.h"
#include "bench/statistics.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <set>
#include <string>
#include <sys/resource.h>
#include <thread>
#include <vector>

namespace millrace::bench {

namespace {

constexpr double kBusyMost = 0.10;  // of a core, by other programs, while nothing of ours works
constexpr int kQuietTries = 10;
/// Until memory at rest is read: what the start needed has been given back, and what a program at rest does every few
/// seconds (health checks, a sample, a line of history) has been done more than once.
constexpr auto kRest = std::chrono::seconds(15);

struct CompareOptions {
    int rounds = 5;
    double seconds = 2;  // of a measurement
    double recoverSeconds = 60;
    std::uint64_t seed = 1;
    bool quick = false, anyway = false, keep = false, spread = false;
    std::set<std::string> only;
    std::string model = "digits-m";
    std::vector<std::string> engines, peers, grpcPeers;  // NAME=PATH, NAME=HOST:PORT
    std::string upstream;                                // of peers that run already; empty: any free port
    std::string jsonFile;
};

std::string machineName()
{
    std::ifstream file("/proc/cpuinfo");
    std::string line, name = "unknown processor";
    unsigned cores = 0;
    while (std::getline(file, line)) {
        if (!line.starts_with("model name")) continue;
        ++cores;
        if (const auto colon = line.find(": "); colon != std::string::npos) name = line.substr(colon + 2);
    }
    return name + ", " + std::to_string(cores) + (cores == 1 ? " core" : " cores");
}

/// NAME=VALUE.
StatusOr<std::pair<std::string, std::string>> named(const std::string& word, const char* option)
{
    const auto equals = word.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == word.size())
        return invalidArgument(std::string(option) + " '" + word + "': expected NAME=VALUE");
    return std::pair(word.substr(0, equals), word.substr(equals + 1));
}

class Compare {
public:
    explicit Compare(CompareOptions options) : options_(std::move(options)) {}

    StatusOr<CompareReport> run()
    {
        if (Status started = start(); !started.ok()) return started;
        CompareReport report(names(), machineName());
        for (const auto& text : absent_) report.note(text);
        for (int round = 0; round < options_.rounds; ++round) {
            if (round > 0 && !options_.keep)
                if (Status started = start(); !started.ok()) return started;
            if (round == 0 || !options_.keep) reportStarts(round, report);
            if (round == 0) reportRest(report);
            if (Status quiet = waitForQuiet(report); !quiet.ok()) return quiet;
            say("round %d of %d", round + 1, options_.rounds);
            if (Status done = oneRound(round, report); !done.ok()) return done;
        }
        if (measures("streams")) {
            say("waiting %.0f s for memory to be given back", options_.recoverSeconds);
            std::this_thread::sleep_for(std::chrono::duration<double>(options_.recoverSeconds));
            for (const auto& peer : http_)
                if (hasMemory(peer)) report.add(0, peer.name, "memory.recovered", toMib(peer.usage().residentBytes));
        }
        return report;
    }

private:
    void reportStarts(int round, CompareReport& report) const
    {
        for (const auto* peers : {&http_, &tensors_})
            for (const auto& peer : *peers) {
                if (peer.name == CompareReport::kDirect) continue;  // not what is compared
                if (peer.startMs > 0) report.add(round, peer.name, "start.ms", peer.startMs);
            }
    }
    void reportRest(CompareReport& report) const
    {
        say("%lld s at rest", static_cast<long long>(kRest.count()));
        std::this_thread::sleep_for(kRest);
        for (const auto& peer : http_.empty() ? tensors_ : http_)
            if (hasMemory(peer)) report.add(0, peer.name, "memory.idle", toMib(peer.usage().residentBytes));
    }

    using Measure = Status (CompareMeasure::*)(const Peer& peer, int round, CompareReport& report) const;

    template <typename... Values>
    static void say(const char* format, Values... values)
    {
        std::fprintf(stderr, format, values...);
        std::fputc('\n', stderr);
    }
    bool measures(const std::string& what) const { return options_.only.empty() || options_.only.contains(what); }
    static std::uint64_t mixed(std::uint64_t seed, std::uint64_t with) { return seed * 0x9e3779b97f4a7c15ULL + with; }

    std::vector<std::string> names() const
    {
        std::vector<std::string> names;
        for (const auto* peers : {&http_, &tensors_})
            for (const auto& peer : *peers)
                if (std::find(names.begin(), names.end(), peer.name) == names.end()) names.push_back(peer.name);
        return names;
    }

    /// Starts what is compared, in place of what was started before. The upstream is started once.
    Status start()
    {
        std::vector<std::pair<std::string, std::string>> engines{{"millrace", ""}};
        for (const auto& word : options_.engines) {
            auto engine = named(word, "--engine");
            if (!engine.ok()) return engine.status();
            engines.push_back(*engine);
        }
        if (measures("http") || measures("frontier") || measures("streams") || measures("bodies"))
            if (Status started = startHttp(engines); !started.ok()) return started;
        if (measures("grpc"))
            if (Status started = startTensors(engines); !started.ok()) return started;
        return absl::OkStatus();
    }

    /// Those that are running, each NAME=ADDRESS.
    static Status addPeers(const char* option, const std::vector<std::string>& words, std::string Peer::*address,
                           std::vector<Peer>& to)
    {
        for (const auto& word : words) {
            const auto peer = named(word, option);
            if (!peer.ok()) return peer.status();
            Peer known;
            known.name = peer->first;
            known.*address = peer->second;
            to.push_back(std::move(known));
        }
        return absl::OkStatus();
    }

    Status startHttp(const std::vector<std::pair<std::string, std::string>>& engines)
    {
        if (http_.empty()) {
            auto upstream = startUpstream(options_.upstream);
            if (!upstream.ok()) return upstream.status();
            http_.push_back(std::move(*upstream));
        }
        http_.erase(http_.begin() + 1, http_.end());
        absent_.clear();
        const std::string address = http_.front().http;
        for (const auto& startProxy : {startNginx, startHaproxy}) {
            auto proxy = startProxy(address);
            if (proxy.ok())
                http_.push_back(std::move(*proxy));
            else if (absl::IsNotFound(proxy.status()))
                absent_.push_back("Left out: " + std::string(proxy.status().message()) + ".");
            else
                return proxy.status();
        }
        if (Status added = addPeers("--peer", options_.peers, &Peer::http, http_); !added.ok()) return added;
        for (const auto& [name, binary] : engines) {
            auto engine = startEngine(name, binary, address);
            if (!engine.ok()) return engine.status();
            http_.push_back(std::move(*engine));
        }
        return absl::OkStatus();
    }

    Status startTensors(const std::vector<std::pair<std::string, std::string>>& engines)
    {
        tensors_.clear();
        auto runtime = startRuntime(options_.model);
        if (!runtime.ok()) return runtime.status();
        runtime->name = CompareReport::kDirect;
        tensors_.push_back(std::move(*runtime));
        if (Status added = addPeers("--grpc-peer", options_.grpcPeers, &Peer::grpc, tensors_); !added.ok())
            return added;
        for (const auto& [name, binary] : engines) {
            auto engine = startTensorEngine(name, binary, options_.model);
            if (!engine.ok()) return engine.status();
            tensors_.push_back(std::move(*engine));
        }
        return absl::OkStatus();
    }

    /// A busy machine measures whoever keeps it busy.
    Status waitForQuiet(CompareReport& report) const
    {
        constexpr auto kLook = std::chrono::milliseconds(500);
        double busy = 0;
        for (int i = 0; i < kQuietTries; ++i) {
            const Duration before = machineBusy();
            std::this_thread::sleep_for(kLook);
            busy = toMs(machineBusy() - before) / toMs(kLook);
            if (busy <= kBusyMost) return absl::OkStatus();
            if (options_.anyway) {
                report.note("Measured although other programs kept the machine busy.");
                return absl::OkStatus();
            }
            std::this_thread::sleep_for(kLook);
        }
        return failedPrecondition("this machine is busy: other programs use " + formatFigure(100 * busy, 0, "%") +
                                  " of a core; --anyway measures all the same");
    }

    Status oneRound(int round, CompareReport& report)
    {
        const auto engine =
            std::find_if(tensors_.begin(), tensors_.end(), [](const Peer& peer) { return peer.isEngine; });
        const CompareMeasure measure(
            {options_.seconds, options_.seed, options_.model, engine == tensors_.end() ? "" : engine->http});
        struct Question {
            const char* name;
            Measure measure;
            std::vector<Peer>* peers;
        };
        const Question questions[] = {{"http", &CompareMeasure::http, &http_},
                                      {"frontier", &CompareMeasure::sweep, &http_},
                                      {"streams", &CompareMeasure::streams, &http_},
                                      {"bodies", &CompareMeasure::bodies, &http_},
                                      {"grpc", &CompareMeasure::grpc, &tensors_}};
        for (const auto& question : questions) {
            if (!measures(question.name)) continue;
            for (const std::size_t at : shuffled(question.peers->size(), mixed(options_.seed, ++turn_))) {
                const Peer& peer = (*question.peers)[at];
                say("  %-9s %s", question.name, peer.name.c_str());
                if (Status done = (measure.*question.measure)(peer, round, report); !done.ok())
                    return withContext(done, peer.name + ", " + question.name);
            }
        }
        return absl::OkStatus();
    }
    static Status withContext(const Status& status, const std::string& where)
    {
        return Status(status.code(), where + ": " + std::string(status.message()));
    }

    const CompareOptions options_;
    std::vector<Peer> http_, tensors_;  // the direct call comes first
    std::vector<std::string> absent_;
    std::uint64_t turn_ = 0;
};

/// A thousand streams need more descriptors than programs are given at first; children inherit the limit.
void raiseDescriptorLimit()
{
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int compareMain(int argc, char** argv)
{
    CompareOptions options;
    std::vector<std::string> only;
    CLI::App app(
        "Compares Millrace with other ways to the same server: the direct call, nginx and HAProxy where they\n"
        "are installed, other builds and other gateways. Interleaved rounds, in each the peers in an order of\n"
        "chance; medians over the rounds. With '+': what is added to the direct call.",
        "millrace-bench compare");
    auto* rounds =
        app.add_option("--rounds", options.rounds, "Rounds")->check(CLI::Range(1, 1000))->capture_default_str();
    auto* seconds = app.add_option("--seconds", options.seconds, "Seconds of a measurement")
                        ->check(CLI::Range(0.1, 600.0))
                        ->capture_default_str();
    auto* recover = app.add_option("--recover-seconds", options.recoverSeconds,
                                   "Wait after the last round until memory is read again")
                        ->check(CLI::Range(0.0, 3600.0))
                        ->capture_default_str();
    app.add_flag("--quick", options.quick, "2 rounds of 0.5 s, and 5 s until memory is read again: for a first look");
    app.add_option("--only", only, "Parts to measure (default: all)")
        ->delimiter(',')
        ->check(CLI::IsMember({"http", "frontier", "streams", "bodies", "grpc"}));
    app.add_option("--engine", options.engines, "NAME=PATH: another build of millraced; may be repeated");
    app.add_option("--peer", options.peers,
                   "NAME=HOST:PORT: a gateway that runs already, in front of --upstream; may be repeated");
    app.add_option("--grpc-peer", options.grpcPeers,
                   "NAME=HOST:PORT: a KServe v2 server that has the model, such as Triton; may be repeated");
    app.add_option("--upstream", options.upstream, "HOST:PORT that the upstream listens on (default: a free port)");
    app.add_option("--model", options.model, "Model of the tensor calls")->capture_default_str();
    app.add_option("--seed", options.seed, "Of the order within rounds, and of tensors")->capture_default_str();
    app.add_flag("--keep", options.keep,
                 "Start the programs once, not in each round: a start is up to a tenth faster or slower than the last");
    app.add_flag("--spread", options.spread, "Quartiles of the rounds beside the medians");
    app.add_flag("--anyway", options.anyway, "Measure on a busy machine too");
    app.add_option("--json", options.jsonFile, "Write all values to this file");
    CLI11_PARSE(app, argc, argv);
    if (options.quick) {
        if (rounds->count() == 0) options.rounds = 2;
        if (seconds->count() == 0) options.seconds = 0.5;
        if (recover->count() == 0) options.recoverSeconds = 5;
    }
    options.only.insert(only.begin(), only.end());
    const std::string jsonFile = options.jsonFile;
    const bool spread = options.spread;
    raiseDescriptorLimit();
    Compare compare(std::move(options));
    const auto report = compare.run();
    if (!report.ok()) {
        std::fprintf(stderr, "millrace-bench compare: %s\n", std::string(report.status().message()).c_str());
        return 1;
    }
    std::fputs(report->text(compareTables(), spread).c_str(), stdout);
    return writeJson(jsonFile, report->json());
}

}  // namespace millrace::bench
