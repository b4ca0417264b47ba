// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/sample.h"

#include "base/file_lock.h"
#include "bench/http_client.h"
#include "bench/sample_plan.h"
#include "bench/workload.h"

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cctype>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>
#include <sys/prctl.h>
#include <unistd.h>
#include <utility>

namespace millrace::bench {

namespace json = boost::json;

namespace {

using Kind = SampleAction::Kind;

constexpr auto kRetry = 1s;        ///< while the engine is away
constexpr auto kListedWait = 20s;  ///< for all sample models to be listed: the runtime starts after the engine
constexpr auto kReportEvery = 5s;
constexpr std::uint64_t kTooLargeBytes = 5ull << 30;  ///< beyond what limits.body_bytes_max can be set to

/// What came of the requests.
struct Totals {
    std::uint64_t ok = 0, refused = 0, failed = 0;
};

struct Sample {
    std::string address;
    std::uint64_t seed = 7;
    bool json = false;
    std::vector<SampleProgram> programs;  ///< once the engine's models are known
    bool noModels = false;                ///< none of them can run
    Totals totals;
};

net::awaitable<void> sleepFor(Duration span)
{
    net::steady_timer timer(co_await net::this_coro::executor);
    timer.expires_after(span);
    co_await timer.async_wait(net::use_awaitable);
}

ModelTarget targetOf(const SampleAction& action)
{
    ModelTarget target;
    target.model = action.model;
    switch (action.kind) {
        case Kind::Infer:
        case Kind::Burst:
            // Of the sample models: asking for their metadata would load them, and change what is to be seen.
            if (action.model.starts_with("digits-"))
                target.inputs.push_back({"pixels", "FP32", {-1, 784}});
            else
                target.inputs.push_back({"values", "FP32", {-1, 16}});
            break;
        case Kind::Embed:
        case Kind::SlowRead:
        case Kind::TooLarge:
            target.route = ModelTarget::Route::Embeddings;
            break;
        case Kind::Chat:
        case Kind::UnknownModel:
            target.route = ModelTarget::Route::Chat;
            break;
    }
    return target;
}

/// Sends one request. A failure is waited out: a sample must not give up before its viewer does.
net::awaitable<void> ask(Sample& sample, HttpClient& client, WireRequest request)
{
    const auto answer = co_await client.call(request.head, request.body);
    if (answer.ok() && answer->status < 400)
        ++sample.totals.ok;
    else if (answer.ok() && answer->status < 500)
        ++sample.totals.refused;
    else
        ++sample.totals.failed;
    if (!answer.ok() || answer->status >= 500) co_await sleepFor(kRetry);
}

/// The connections of a burst and how many of its requests are in flight.
struct Burst {
    Burst(const net::any_io_executor& executor, const std::string& address, const SampleAction& action,
          const std::string& name, std::uint64_t seed)
        : done(executor)
    {
        for (unsigned i = 0; i < action.parallel; ++i) clients.emplace_back(address);
        for (unsigned i = 0; i < action.parallel; ++i) makers.emplace_back(address, seed + i, name);
    }
    std::vector<HttpClient> clients;
    std::vector<RequestMaker> makers;
    net::steady_timer done;  ///< cancelled when the last one has its answer
    unsigned inFlight = 0;
};

net::awaitable<void> burstMember(Sample& sample, std::shared_ptr<Burst> burst, SampleAction action, unsigned member)
{
    co_await sleepFor(action.spread * member / action.parallel);
    auto request = burst->makers[member].http(targetOf(action), action.rows, false, 0);
    co_await ask(sample, burst->clients[member], std::move(request));
    if (--burst->inFlight == 0) burst->done.cancel();
}

net::awaitable<void> runBurst(Sample& sample, std::shared_ptr<Burst> burst, SampleAction action)
{
    const auto executor = co_await net::this_coro::executor;
    burst->inFlight = action.parallel;
    burst->done.expires_at(net::steady_timer::time_point::max());
    for (unsigned member = 0; member < action.parallel; ++member)
        net::co_spawn(executor, burstMember(sample, burst, action, member), net::detached);
    boost::system::error_code cancelled;
    co_await burst->done.async_wait(net::redirect_error(net::use_awaitable, cancelled));
}

net::awaitable<void> runProgram(Sample& sample, const SampleProgram& program, unsigned instance)
{
    const auto executor = co_await net::this_coro::executor;
    SamplePlan plan(program, instance, sample.seed);
    RequestMaker maker(sample.address, sample.seed + instance, program.name);
    HttpClient client(sample.address);
    std::shared_ptr<Burst> burst;
    for (;;) {
        auto action = plan.next();
        co_await sleepFor(action.after);
        if (action.kind == Kind::Burst) {
            if (!burst) burst = std::make_shared<Burst>(executor, sample.address, action, program.name, sample.seed);
            co_await runBurst(sample, burst, std::move(action));
            continue;
        }
        auto request = maker.http(targetOf(action), action.rows, true, action.tokens);
        if (action.kind == Kind::TooLarge) {
            request.head = requestHead("POST", "/v1/embeddings", sample.address, kTooLargeBytes,
                                       {{"User-Agent", program.name}, {"Content-Type", "application/json"}});
            request.body.clear();  // it is refused by its head
        }
        client.setReadingRate(action.bytesPerSecond);
        co_await ask(sample, client, std::move(request));
    }
}

/// Programs whose models the engine has. Waits for the engine, and a while for its models.
net::awaitable<std::vector<SampleProgram>> programsFor(std::string address)
{
    std::set<std::string> listed;
    const auto usable = [&listed](const SampleProgram& program) {
        return std::all_of(program.stages.begin(), program.stages.end(), [&listed](const SampleStage& stage) {
            return stage.action.kind == Kind::UnknownModel || listed.contains(stage.action.model);
        });
    };
    const auto programs = samplePrograms();
    std::vector<SampleProgram> out;
    bool reported = false;
    for (auto waited = Duration::zero(); out.size() < programs.size() && waited < kListedWait;) {
        if (!listed.empty()) {
            co_await sleepFor(100ms);
            waited += 100ms;
        }
        auto names = co_await listModels(address);
        if (!names.ok()) {
            if (!std::exchange(reported, true))
                std::fprintf(stderr, "millrace-bench: waiting for the engine at %s\n", address.c_str());
            co_await sleepFor(kRetry);
            continue;
        }
        listed = {names->begin(), names->end()};
        if (listed.empty()) listed.insert(std::string());  // it answers: from now on the wait is bounded
        out.clear();
        std::copy_if(programs.begin(), programs.end(), std::back_inserter(out), usable);
    }
    co_return out;
}

void printLine(const json::object& line)
{
    std::printf("%s\n", json::serialize(line).c_str());
    std::fflush(stdout);
}

void printTotals(const Totals& totals, bool running)
{
    printLine({{"running", running}, {"ok", totals.ok}, {"refused", totals.refused}, {"failed", totals.failed}});
}

net::awaitable<void> report(Sample& sample)
{
    for (;;) {
        co_await sleepFor(kReportEvery);
        printTotals(sample.totals, true);
    }
}

/// Finds out what can run, and starts it.
net::awaitable<void> runAll(Sample& sample, net::io_context& io)
{
    sample.programs = co_await programsFor(sample.address);
    sample.noModels = sample.programs.empty();
    if (sample.noModels) {
        std::fprintf(stderr, "millrace-bench: the engine at %s has none of the sample models\n",
                     sample.address.c_str());
        io.stop();
        co_return;
    }
    json::array names;
    for (const auto& program : sample.programs) {
        names.emplace_back(program.name);
        for (unsigned instance = 0; instance < program.instances; ++instance)
            net::co_spawn(io, runProgram(sample, program, instance), net::detached);
    }
    if (!sample.json) co_return;
    printLine({{"running", true}, {"http", sample.address}, {"programs", names}});
    net::co_spawn(io, report(sample), net::detached);
}

/// One at a time for each engine: two would show something else than is promised.
FileLock lockFor(const std::string& address)
{
    const char* runtime = std::getenv("XDG_RUNTIME_DIR");
    std::string path = runtime && *runtime == '/' ? runtime : "/tmp";
    path += "/millrace-sample-" + std::to_string(::getuid()) + "-";
    for (const char letter : address) path += std::isalnum(static_cast<unsigned char>(letter)) ? letter : '_';
    return FileLock::tryTake(path + ".lock");
}

/// False: the parent has exited already.
bool endWithParent(pid_t parent)
{
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    return ::getppid() == parent;
}

}  // namespace

int sampleMain(int argc, char** argv)
{
    CLI::App app(
        "Sends a sample load to the sample models of an engine until it is stopped: a few simulated programs, light\n"
        "enough to run beside other work (about a tenth of a processor core for all that takes part).",
        "millrace-bench sample");
    Sample sample;
    sample.address = "127.0.0.1:11500";
    pid_t parent = 0;
    unsigned seconds = 0;
    app.add_option("--http", sample.address, "the engine's HTTP address")->capture_default_str();
    app.add_option("--seed", sample.seed, "seed of contents and pauses")->capture_default_str();
    app.add_option("--for", seconds, "end after this many seconds; 0: when stopped")->capture_default_str();
    app.add_option("--parent", parent, "end when the process that started it, with this id, has exited");
    app.add_flag("--json", sample.json, "print a JSON line when it begins, every 5 s and at the end");
    app.footer(
        "\nSIGTERM and SIGINT end it. If the engine is not running, it waits for it.\n"
        "Exit codes: 0 done; 1 the engine has none of the sample models, or another sample load runs; 2 wrong command "
        "line.");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }

    const FileLock lock = lockFor(sample.address);
    if (!lock.held()) {
        const std::string problem = lock.isHeldElsewhere()
                                        ? "a sample load for " + sample.address + " is running already"
                                        : "cannot open " + lock.path() + ": " + std::strerror(lock.error());
        std::fprintf(stderr, "millrace-bench: %s\n", problem.c_str());
        return 1;
    }
    net::io_context io(1);
    net::signal_set signals(io, SIGINT, SIGTERM);
    signals.async_wait([&](const boost::system::error_code&, int) { io.stop(); });
    if (parent > 0 && !endWithParent(parent)) return 0;
    net::steady_timer over(io);
    if (seconds > 0) {
        over.expires_after(std::chrono::seconds(seconds));
        over.async_wait([&](const boost::system::error_code&) { io.stop(); });
    }

    net::co_spawn(io, runAll(sample, io), net::detached);
    io.run();
    if (sample.json) printTotals(sample.totals, false);
    return sample.noModels ? 1 : 0;
}

}  // namespace millrace::bench
