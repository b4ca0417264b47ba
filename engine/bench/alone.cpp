// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/alone.h"

#include "bench/http_client.h"
#include "bench/statistics.h"
#include "bench/workload.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <optional>
#include <utility>
#include <vector>

namespace millrace::bench {

namespace {

constexpr std::size_t kPrepared = 128;  // requests made in advance, then sent in turn

/// An engine as the client knows it.
struct Asked {
    explicit Asked(const std::string& address) : client(address) {}
    HttpClient client;
    std::vector<WireRequest> requests;
    Recorder recorder;
};

/// What it took; empty: it failed.
net::awaitable<std::optional<Duration>> askOnce(Asked& engine, std::size_t turn, bool counts)
{
    const auto& request = engine.requests[turn % engine.requests.size()];
    const TimePoint began = std::chrono::steady_clock::now();
    const auto answer = co_await engine.client.call(request.head, request.body);
    const Duration took = std::chrono::steady_clock::now() - began;
    const auto failure = failureOf(answer);
    if (counts && failure.empty()) engine.recorder.ok(took);
    if (counts && !failure.empty()) engine.recorder.error(failure);
    if (!failure.empty()) co_return std::nullopt;
    co_return took;
}

net::awaitable<Status> run(std::array<Asked, 2>& engines, const std::array<std::string, 2>& addresses,
                           std::string model, std::uint64_t seed, Duration warmup, Duration span,
                           std::vector<double>& ratios)
{
    for (std::size_t i = 0; i < engines.size(); ++i) {
        std::vector<std::string> names{model};
        const auto targets = co_await findTargets(addresses[i], std::move(names));
        if (!targets.ok()) co_return targets.status();
        RequestMaker maker(addresses[i], seed, "millrace-bench/1");
        for (std::size_t count = 0; count < kPrepared; ++count)
            engines[i].requests.push_back(maker.http(targets->front(), 1, false, 1));
    }
    const TimePoint counted = std::chrono::steady_clock::now() + warmup;
    const TimePoint end = counted + span;
    for (std::size_t turn = 0;; ++turn) {
        const TimePoint now = std::chrono::steady_clock::now();
        if (now >= end) break;
        // Who goes first takes turns too.
        std::array<std::optional<Duration>, 2> took;
        for (const std::size_t which : {turn % 2, 1 - turn % 2})
            took[which] = co_await askOnce(engines[which], turn, now >= counted);
        if (now >= counted && took[0] && took[1] && *took[1] > Duration::zero())
            ratios.push_back(toMs(*took[0]) / toMs(*took[1]));
    }
    co_return absl::OkStatus();
}

}  // namespace

StatusOr<Alternated> askInTurns(const std::array<std::string, 2>& engines, const std::string& model, std::uint64_t seed,
                                Duration warmup, Duration span)
{
    net::io_context io(1);
    std::array<Asked, 2> asked{Asked(engines[0]), Asked(engines[1])};
    Status status;
    std::vector<double> ratios;
    net::co_spawn(io, run(asked, engines, model, seed, warmup, span, ratios),
                  [&](const std::exception_ptr& thrown, Status ended) {
                      status = thrown ? internal("the client stopped by an exception") : std::move(ended);
                  });
    io.run();
    if (!status.ok()) return status;
    for (std::size_t i = 0; i < asked.size(); ++i)
        if (asked[i].recorder.requests() == 0) return unavailable("no request was answered by " + engines[i]);
    return Alternated{{std::move(asked[0].recorder), std::move(asked[1].recorder)}, median(std::move(ratios))};
}

}  // namespace millrace::bench
