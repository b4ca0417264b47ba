// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/compare_measure.h"

#include "bench/compare_questions.h"
#include "bench/load.h"
#include "bench/raw_client.h"
#include "bench/statistics.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

namespace millrace::bench {

namespace {

constexpr const char* kChat = "/v1/chat/completions";
constexpr unsigned kSweep[] = {1, 2, 4, 8, 16, 32, 64, 128, 256};
constexpr unsigned kBodyConnections = 4;
constexpr unsigned kWarmupStreams = 30;

std::string chatBody(const std::string& fields)
{
    return R"({"model":"upstream",)" + fields + R"("messages":[{"role":"user","content":"How are you today?"}]})";
}

struct Usage {
    double cpuUs = 0;  // a request; NaN where the process is not known
    ClosedLoopResult result;
};
StatusOr<Usage> closedLoop(const Peer& peer, const std::string& request, unsigned connections, double span)
{
    ProcessUsage before, after;
    auto result = runClosedLoop(
        {peer.http, request, connections, fromMs(300), fromMs(span * 1000)}, [&] { before = peer.usage(); },
        [&] { after = peer.usage(); });
    if (!result.ok()) return result.status();
    if (result->recorder.failed() > 0)
        return unavailable(std::to_string(result->recorder.failed()) +
                           " requests failed: " + result->recorder.errors().begin()->first);
    Usage usage{0, std::move(*result)};
    usage.cpuUs = peer.pid > 0 ? 1000 * toMs(after.cpu - before.cpu) /
                                     static_cast<double>(std::max<std::uint64_t>(1, usage.result.recorder.requests()))
                               : std::numeric_limits<double>::quiet_NaN();
    return usage;
}

}  // namespace

Status CompareMeasure::http(const Peer& peer, int round, CompareReport& report) const
{
    const std::string request = postRequest(peer.http, kChat, chatBody(""));
    for (const unsigned connections : {1U, 8U, 64U}) {
        auto measured = closedLoop(peer, request, connections, options_.seconds);
        if (!measured.ok()) return measured.status();
        const std::string key = "http." + std::to_string(connections);
        report.add(round, peer.name, key + ".rps", measured->result.rps());
        report.add(round, peer.name, key + ".p50", 1000 * measured->result.recorder.latencyMs(0.5));
        report.add(round, peer.name, key + ".p99", 1000 * measured->result.recorder.latencyMs(0.99));
        report.add(round, peer.name, key + ".cpu", measured->cpuUs);
    }
    if (hasMemory(peer)) report.add(round, peer.name, "memory.steady", toMib(peer.usage().residentBytes));
    return absl::OkStatus();
}

Status CompareMeasure::sweep(const Peer& peer, int round, CompareReport& report) const
{
    const std::string request = postRequest(peer.http, kChat, chatBody(""));
    std::vector<SweepPoint> points;
    for (const unsigned connections : kSweep) {
        auto measured = closedLoop(peer, request, connections, options_.seconds / 2);
        if (!measured.ok()) return measured.status();
        points.push_back({connections, measured->result.rps(), measured->result.recorder.latencyMs(0.99)});
    }
    for (const double ms : kFrontierMs)
        report.add(round, peer.name, "frontier." + std::to_string(static_cast<int>(ms)), frontier(points, ms));
    return absl::OkStatus();
}

Status CompareMeasure::streams(const Peer& peer, int round, CompareReport& report) const
{
    const auto requestFor = [&](unsigned tokens, unsigned gapMs) {
        return postRequest(peer.http, kChat,
                           chatBody(R"("stream":true,"max_tokens":)" + std::to_string(tokens) + R"(,"gap_ms":)" +
                                    std::to_string(gapMs) + ","));
    };
    // The first streams of a program that has just been started are its slowest, and of 200 they would be the p99.
    const StreamKind& first = kStreams[0];
    if (const auto warm = runStreams({peer.http, requestFor(first.tokens, first.gapMs), kWarmupStreams,
                                      fromMs(10 * kWarmupStreams), fromMs(20'000)});
        !warm.ok())
        return warm.status();
    for (const auto& kind : kStreams) {
        const std::string request = requestFor(kind.tokens, kind.gapMs);
        const std::uint64_t before = peer.usage().residentBytes;
        std::uint64_t most = before;
        unsigned openMost = 1;
        auto result = runStreams({peer.http, request, kind.streams, fromMs(kind.openWithinMs),
                                  fromMs(kind.openWithinMs + kind.tokens * kind.gapMs + 20'000)},
                                 [&](unsigned open) {
                                     openMost = std::max(openMost, open);
                                     most = std::max(most, peer.usage().residentBytes);
                                 });
        if (!result.ok()) return result.status();
        auto& recorder = result->recorder;
        if (recorder.failed() > 0)
            return unavailable(std::to_string(recorder.failed()) +
                               " streams failed: " + recorder.errors().begin()->first);
        const std::string key = kind.key;
        report.add(round, peer.name, key + ".first50", recorder.firstByteMs(0.5));
        report.add(round, peer.name, key + ".first99", recorder.firstByteMs(0.99));
        report.add(round, peer.name, key + ".gap50", quantile(result->gapMs, 0.5));
        report.add(round, peer.name, key + ".gap99", quantile(result->gapMs, 0.99));
        // Only growth counts: later rounds find the memory of the first.
        if (kind.streams == 1000 && hasMemory(peer)) {
            if (round == 0)
                report.add(round, peer.name, "memory.stream", static_cast<double>(most - before) / 1024 / openMost);
            report.add(round, peer.name, "memory.peak", toMib(most));
        }
    }
    return absl::OkStatus();
}

Status CompareMeasure::bodies(const Peer& peer, int round, CompareReport& report) const
{
    for (const auto& [title, bytes] : kBodies) {
        const std::string padding = "\"padding\":\"" + std::string(bytes, 'x') + "\",";
        const std::string answer = R"("answer_bytes":)" + std::to_string(bytes) + ",";
        // The wish stands before the padding: the upstream reads the beginning of a body alone.
        const std::string up = postRequest(peer.http, kChat, chatBody(R"("answer_bytes":200,)" + padding));
        const std::string down = postRequest(peer.http, kChat, chatBody(answer));
        for (const auto& [way, request] : {std::pair("up", &up), std::pair("down", &down)}) {
            auto measured = closedLoop(peer, *request, kBodyConnections, options_.seconds / 2);
            if (!measured.ok()) return measured.status();
            report.add(round, peer.name, "body." + std::to_string(bytes) + "." + way,
                       measured->result.rps() * static_cast<double>(bytes) / (1u << 20));
        }
    }
    return absl::OkStatus();
}

Status CompareMeasure::grpc(const Peer& peer, int round, CompareReport& report) const
{
    for (const unsigned inFlight : kInFlight) {
        LoadOptions load;
        load.http = options_.modelsHttp;  // models and their tensors come from an engine; the calls go to the peer
        load.grpc = peer.grpc;
        load.models = {options_.model};
        load.concurrency = inFlight;
        load.warmupSeconds = 0.5;
        load.seconds = options_.seconds;
        load.seed = options_.seed;
        const ProcessUsage before = peer.usage();
        auto result = runLoad(load);
        if (!result.ok()) return result.status();
        const ProcessUsage after = peer.usage();
        auto& recorder = result->recorder;
        if (recorder.failed() > 0 || recorder.requests() == 0)
            return unavailable(std::to_string(recorder.failed()) + " calls failed" +
                               (recorder.errors().empty() ? "" : ": " + recorder.errors().begin()->first));
        const std::string key = "grpc." + std::to_string(inFlight);
        const double rps = static_cast<double>(recorder.requests()) / result->seconds;
        report.add(round, peer.name, key + ".rps", rps);
        report.add(round, peer.name, key + ".p50", recorder.latencyMs(0.5));
        report.add(round, peer.name, key + ".p99", recorder.latencyMs(0.99));
        // Over the warm-up too: it sends at the same rate.
        if (peer.pid > 0 && peer.isEngine)
            report.add(round, peer.name, key + ".cpu",
                       1000 * toMs(after.cpu - before.cpu) / (rps * (load.seconds + load.warmupSeconds)));
    }
    return absl::OkStatus();
}

}  // namespace millrace::bench
