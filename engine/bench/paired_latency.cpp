// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/paired_latency.h"

#include "bench/http_client.h"
#include "bench/statistics.h"
#include "bench/workload.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <utility>
#include <vector>

namespace millrace::bench {

namespace {

constexpr std::size_t kPrepared = 128;  // requests made in advance, then sent in turn

constexpr std::size_t kBlock = 100;    // requests that count, in one way
constexpr std::size_t kSettling = 20;  // before them, after a switch

struct Interleaved {
    explicit Interleaved(const std::string& address) : client(address) {}
    HttpClient client;
    std::vector<WireRequest> requests;
    std::function<Status(std::size_t)> switchTo;
    std::array<Recorder, 2> recorders;
    std::size_t turn = 0;
};

/// Milliseconds that a request of the block takes; NaN: none was answered.
net::awaitable<double> runBlock(Interleaved& state, std::size_t way)
{
    std::vector<double> took;
    for (std::size_t i = 0; i < kSettling + kBlock; ++i) {
        const auto& request = state.requests[state.turn++ % state.requests.size()];
        const TimePoint began = std::chrono::steady_clock::now();
        const auto answer = co_await state.client.call(request.head, request.body);
        const Duration span = std::chrono::steady_clock::now() - began;
        const auto failure = failureOf(answer);
        if (i < kSettling) continue;
        if (failure.empty()) {
            state.recorders[way].ok(span);
            took.push_back(toMs(span));
        } else {
            state.recorders[way].error(failure);
        }
    }
    co_return median(std::move(took));
}

net::awaitable<Status> run(Interleaved& state, std::string address, std::string model, std::uint64_t seed,
                           Duration span, std::vector<double>& ratios)
{
    std::vector<std::string> names{model};
    const auto targets = co_await findTargets(address, std::move(names));
    if (!targets.ok()) co_return targets.status();
    RequestMaker maker(address, seed, "millrace-bench/1");
    for (std::size_t count = 0; count < kPrepared; ++count)
        state.requests.push_back(maker.http(targets->front(), 1, false, 1));
    const TimePoint end = std::chrono::steady_clock::now() + span;
    for (std::size_t pair = 0; std::chrono::steady_clock::now() < end; ++pair) {
        std::array<double, 2> took{};
        for (const std::size_t way : {pair % 2, 1 - pair % 2}) {
            if (Status switched = state.switchTo(way); !switched.ok()) co_return switched;
            took[way] = co_await runBlock(state, way);
        }
        if (took[0] > 0 && took[1] > 0) ratios.push_back(took[0] / took[1]);
    }
    co_return absl::OkStatus();
}

}  // namespace

StatusOr<PairedLatency> runInterleaved(const std::string& engine, const std::string& model, std::uint64_t seed,
                                       std::function<Status(std::size_t way)> switchTo, Duration span)
{
    net::io_context io(1);
    Interleaved state(engine);
    state.switchTo = std::move(switchTo);
    Status status;
    std::vector<double> ratios;
    net::co_spawn(io, run(state, engine, model, seed, span, ratios),
                  [&](const std::exception_ptr& thrown, Status ended) {
                      status = thrown ? internal("the client stopped by an exception") : std::move(ended);
                  });
    io.run();
    if (!status.ok()) return status;
    if (ratios.empty()) return unavailable("no request was answered by " + engine);
    PairedLatency out;
    out.recorders = std::move(state.recorders);
    out.pairs = ratios.size();
    out.error = medianError(ratios);
    out.ratio = median(std::move(ratios));
    return out;
}

}  // namespace millrace::bench
