// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/compare_questions.h"

#include <string>

namespace millrace::bench {

std::vector<CompareTable> compareTables()
{
    std::vector<CompareTable> out;
    out.push_back({"HTTP pass-through of a small chat",
                   {{"http.1.p50", "1 connection, p50 µs", 0, true},
                    {"http.1.p99", "1 connection, p99 µs", 0, true},
                    {"http.1.cpu", "1 connection, CPU µs a request", 1},
                    {"http.8.cpu", "8 connections, CPU µs a request", 1},
                    {"http.64.rps", "64 connections, requests/s", 0},
                    {"http.64.p99", "64 connections, p99 µs", 0},
                    {"http.64.cpu", "64 connections, CPU µs a request", 1}}});
    CompareTable frontier{"Most requests/s with p99 at most", {}};
    for (const double ms : kFrontierMs) {
        const std::string word = std::to_string(static_cast<int>(ms));
        frontier.rows.push_back({"frontier." + word, word + " ms", 0});
    }
    out.push_back(std::move(frontier));
    CompareTable streams{"Streams, ms", {}};
    for (const auto& kind : kStreams) {
        const std::string title = kind.title, key = kind.key;
        streams.rows.push_back({key + ".first50", title + ": first event, p50", 2, true});
        streams.rows.push_back({key + ".first99", title + ": first event, p99", 2, true});
        streams.rows.push_back({key + ".gap50", title + ": each further event, p50", 2, true});
        streams.rows.push_back({key + ".gap99", title + ": each further event, p99", 2, true});
    }
    out.push_back(std::move(streams));
    out.push_back({"Memory and start",
                   {{"start.ms", "start to ready, ms", 0},
                    {"memory.idle", "resident at rest, MiB", 1},
                    {"memory.steady", "after 64 connections, MiB", 1},
                    {"memory.peak", "1,000 streams, MiB", 1},
                    {"memory.stream", "a stream, KiB", 1},
                    {"memory.recovered", "a while later, MiB", 1}}});
    CompareTable bodies{"Bodies, 4 connections, MiB/s", {}};
    for (const auto& [title, bytes] : kBodies) {
        bodies.rows.push_back({"body." + std::to_string(bytes) + ".up", std::string(title) + " to the server", 0});
        bodies.rows.push_back({"body." + std::to_string(bytes) + ".down", std::string(title) + " from the server", 0});
    }
    out.push_back(std::move(bodies));
    CompareTable calls{"Tensor calls over gRPC, one row each; direct: the runtime alone", {}};
    for (const unsigned inFlight : kInFlight) {
        const std::string key = "grpc." + std::to_string(inFlight), title = std::to_string(inFlight) + " in flight, ";
        calls.rows.push_back({key + ".rps", title + "calls/s", 0});
        calls.rows.push_back({key + ".p50", title + "p50 ms", 2, true});
        calls.rows.push_back({key + ".cpu", title + "CPU µs a call", 0});
    }
    out.push_back(std::move(calls));
    return out;
}

}  // namespace millrace::bench
