// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/sample.h"

#include "bench/http_client.h"
#include "bench/workload.h"

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstdio>
#include <random>

namespace millrace::bench {

namespace {

struct Program {
    std::string address;
    std::string userAgent;
    std::uint64_t seed;
};

net::awaitable<void> pause(std::mt19937_64& random, double seconds)
{
    net::steady_timer timer(co_await net::this_coro::executor);
    timer.expires_after(std::chrono::duration_cast<std::chrono::steady_clock::duration>(
        std::chrono::duration<double>(std::uniform_real_distribution<double>(0.5, 1.5)(random) * seconds)));
    co_await timer.async_wait(net::use_awaitable);
}

/// Sends one request; an engine that is away is waited for, since a sample must not give up before its viewer does.
net::awaitable<void> ask(HttpClient& client, WireRequest request)
{
    const auto answer = co_await client.call(request.head, request.body);
    if (answer.ok() && answer->status < 500) co_return;
    net::steady_timer timer(co_await net::this_coro::executor);
    timer.expires_after(std::chrono::seconds(1));
    co_await timer.async_wait(net::use_awaitable);
}

net::awaitable<StatusOr<ModelTarget>> targetOf(std::string address, std::string model)
{
    std::vector<std::string> names{model};
    auto found = co_await findTargets(address, std::move(names));
    if (!found.ok()) co_return found.status();
    co_return found->front();
}

/// Looks the model up until the engine has it.
net::awaitable<ModelTarget> waitFor(std::string address, std::string model)
{
    for (;;) {
        auto found = co_await targetOf(address, model);
        if (found.ok()) co_return *std::move(found);
        net::steady_timer timer(co_await net::this_coro::executor);
        timer.expires_after(std::chrono::seconds(1));
        co_await timer.async_wait(net::use_awaitable);
    }
}

/// Asks for `models` one after the other, for ever; now and then it leaves the pattern, as people do.
net::awaitable<void> agent(Program program, std::vector<std::string> models, double gap)
{
    std::mt19937_64 random(program.seed);
    RequestMaker maker(program.address, program.seed, program.userAgent);
    HttpClient client(program.address);
    std::vector<ModelTarget> targets;
    for (const auto& model : models) {
        auto target = co_await waitFor(program.address, model);
        targets.push_back(std::move(target));
    }
    for (std::size_t step = 0;; ++step) {
        const bool stray = random() % 20 == 0;
        const auto& target = targets[stray ? random() % targets.size() : step % targets.size()];
        auto request = maker.http(target, 1, true, 48);
        co_await ask(client, std::move(request));
        co_await pause(random, gap);
    }
}

net::awaitable<void> burstMember(Program program, ModelTarget target, unsigned requests)
{
    RequestMaker maker(program.address, program.seed, program.userAgent);
    HttpClient client(program.address);
    for (unsigned i = 0; i < requests; ++i) {
        auto request = maker.http(target, 1, false, 16);
        co_await ask(client, std::move(request));
    }
}

/// Bursts of small classifications from many connections at once: what a batcher is for.
net::awaitable<void> bursts(Program program, std::string model, unsigned width, double gap)
{
    std::mt19937_64 random(program.seed);
    const auto target = co_await waitFor(program.address, model);
    const auto executor = co_await net::this_coro::executor;
    for (;;) {
        for (unsigned i = 0; i < width; ++i) {
            Program member = program;
            member.seed = random();
            net::co_spawn(executor, burstMember(std::move(member), target, 6), net::detached);
        }
        co_await pause(random, gap);
    }
}

net::awaitable<void> indexer(Program program, std::string model, unsigned texts, double gap)
{
    std::mt19937_64 random(program.seed);
    RequestMaker maker(program.address, program.seed, program.userAgent);
    HttpClient client(program.address);
    const auto target = co_await waitFor(program.address, model);
    for (;;) {
        auto request = maker.http(target, texts, false, 0);
        co_await ask(client, std::move(request));
        co_await pause(random, gap);
    }
}

}  // namespace

int sampleMain(int argc, char** argv)
{
    CLI::App app("Sends a gentle sample load to an engine until it is stopped.", "millrace-bench sample");
    std::string address = "127.0.0.1:11500";
    std::uint64_t seed = 7;
    app.add_option("--http", address, "the engine's HTTP address")->capture_default_str();
    app.add_option("--seed", seed, "seed of contents and pauses")->capture_default_str();
    CLI11_PARSE(app, argc, argv);

    net::io_context io(1);
    net::signal_set signals(io, SIGINT, SIGTERM);
    signals.async_wait([&](const boost::system::error_code&, int) { io.stop(); });
    const auto start = [&](net::awaitable<void> program) { net::co_spawn(io, std::move(program), net::detached); };
    start(bursts({address, "photo-app/2.1", seed + 1}, "digits-l", 24, 0.7));
    start(indexer({address, "indexer/1.4", seed + 2}, "embed-mini", 8, 0.25));
    start(agent({address, "editor/3.0", seed + 3}, {"scribe"}, 2.0));
    start(agent({address, "agent/0.9", seed + 4}, {"digits-s", "synthetic-fast", "digits-m", "synthetic-slow"}, 1.2));
    io.run();
    return 0;
}

}  // namespace millrace::bench
