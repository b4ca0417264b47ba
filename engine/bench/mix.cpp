// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/mix.h"

#include "bench/http_client.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <array>
#include <fstream>
#include <iterator>

namespace millrace::bench {

namespace fs = std::filesystem;
namespace net = boost::asio;
using SteadyClock = std::chrono::steady_clock;
using Program = MixSequence::Program;

namespace {

constexpr std::size_t kPrepared = 64;  // requests made in advance for each kind, then sent in turn
constexpr std::size_t kPrograms = 4;
constexpr unsigned kRingFilled = 2200;                             // requests; the engine keeps records of 2000
constexpr auto kRest = 3s;                                         // until the allocator has given back what they took
constexpr const char* kAgentWeights[] = {"digits-m", "digits-s"};  // alternating

std::string agentModel(unsigned index)
{
    return "agent-" + std::to_string(index + 1);
}

/// What the programs send, made in advance.
class Prepared {
public:
    Prepared(const MixOptions& options, const std::string& http)
    {
        ModelTarget digits;
        digits.inputs = {{"pixels", "FP32", {-1, 784}}};
        RequestMaker agent(http, options.seed + 1, "agent/1.0"), sorter(http, options.seed + 2, "sorter/1.0");
        RequestMaker indexer(http, options.seed + 3, "indexer/1.0"), editor(http, options.seed + 4, "editor/1.0");
        agents_.resize(options.agentModels);
        for (std::size_t turn = 0; turn < kPrepared; ++turn) {
            for (unsigned index = 0; index < options.agentModels; ++index) {
                digits.model = agentModel(index);
                agents_[index].push_back(agent.http(digits, 1, false, 0));
            }
            digits.model = "digits-s";
            others_[0].push_back(sorter.http(digits, 1, false, 0));
            others_[1].push_back(indexer.http({"embed-mini", ModelTarget::Route::Embeddings, {}}, 1, false, 0));
            others_[2].push_back(editor.http({"scribe", ModelTarget::Route::Chat, {}}, 1, true, options.editorTokens));
        }
    }
    const WireRequest& next(MixSequence::Item item)
    {
        const auto& from =
            item.program == Program::Agent ? agents_[item.model] : others_[static_cast<std::size_t>(item.program) - 1];
        return from[turn_++ % from.size()];
    }

private:
    std::vector<std::vector<WireRequest>> agents_;
    std::array<std::vector<WireRequest>, kPrograms - 1> others_;
    std::size_t turn_ = 0;
};

struct MixRun {
    net::io_context& io;
    const MixOptions& options;
    const std::string& http;
    const std::function<std::uint64_t()>& resident;
    MixSequence sequence;
    Prepared prepared;
    Duration warmup{}, span{};
    TimePoint turn = TimePoint::max();  // the agent's next beginning after this is the next phase's
    TimePoint counted{};                // when the phase that counts began
    enum class Phase : std::uint8_t { Warm, Counts, Over } phase = Phase::Warm;
    MixResult result{};
    Status failed{};
    double byteSum = 0;
    std::uint64_t byteSamples = 0;
    unsigned working = 0;
    unsigned sent = 0;                                                    // before anything counts
    net::steady_timer answers{io, net::steady_timer::time_point::max()};  // cancelled: those who wait may go on
};

net::awaitable<bool> send(MixRun& run, HttpClient& client, MixSequence::Item item)
{
    const auto began = SteadyClock::now();
    const bool counts = run.phase == MixRun::Phase::Counts;
    const auto& request = run.prepared.next(item);
    const unsigned reads = item.program == Program::Editor ? run.options.editorReads : 0;
    const auto answer = co_await client.call(request.head, request.body, reads);
    const auto now = SteadyClock::now();
    const auto failure = failureOf(answer);
    const bool good = failure.empty();
    if (!counts) co_return good;
    if (good) {
        run.result.recorder.ok(now - began);
        if (answer->firstByte) run.result.recorder.firstByte(*answer->firstByte - began);
        if (item.program == Program::Editor) {
            run.result.streamPayload += answer->body.size();
            run.result.streamWire += answer->wireBytes;
        }
    } else {
        run.result.recorder.error(failure);
    }
    co_return good;
}

net::awaitable<void> pause(Duration span)
{
    net::steady_timer timer(co_await net::this_coro::executor);
    timer.expires_after(span);
    co_await timer.async_wait(net::use_awaitable);
}

net::awaitable<void> watchMemory(MixRun& run)
{
    while (run.phase == MixRun::Phase::Counts) {
        const auto bytes = run.resident();
        run.byteSum += static_cast<double>(bytes);
        ++run.byteSamples;
        run.result.peakBytes = std::max(run.result.peakBytes, bytes);
        co_await pause(20ms);
    }
}

/// Until the last request that counts has been answered.
net::awaitable<void> watchFigures(MixRun& run)
{
    auto before = co_await scrape(run.http);
    if (before.ok()) run.result.before = *std::move(before);
    while (run.working > 0) co_await pause(20ms);
    auto after = co_await scrape(run.http);
    if (after.ok()) run.result.after = *std::move(after);
    if (!before.ok() || !after.ok()) run.failed = unavailable("/metrics could not be read");
}

/// The agent begins anew: from here it counts, or that was all.
void turned(MixRun& run)
{
    const auto now = SteadyClock::now();
    if (now < run.turn) return;
    if (run.phase == MixRun::Phase::Warm) {
        run.phase = MixRun::Phase::Counts;
        run.counted = now;
        run.turn = now + run.span;
        run.result.steps = run.sequence.steps();
        net::co_spawn(run.io, watchMemory(run), net::detached);
        net::co_spawn(run.io, watchFigures(run), net::detached);
    } else if (run.phase == MixRun::Phase::Counts) {
        run.phase = MixRun::Phase::Over;
        run.result.seconds = std::chrono::duration<double>(now - run.counted).count();
        run.result.steps = run.sequence.steps() - run.result.steps;
    }
}

net::awaitable<void> mixClient(MixRun& run)
{
    HttpClient client(run.http);
    while (run.phase != MixRun::Phase::Over) {
        const auto item = run.sequence.next();
        if (!item) {
            co_await run.answers.async_wait(net::as_tuple(net::use_awaitable));
            continue;
        }
        if (item->turns) turned(run);
        if (run.phase == MixRun::Phase::Over) break;
        const bool good = co_await send(run, client, *item);
        // A server that refuses would otherwise be called in a tight loop.
        if (!good) co_await pause(10ms);
        if (run.sequence.answered(*item)) run.answers.cancel();
    }
    run.answers.cancel();  // of the last that was sent there may be no other answer
    --run.working;
}

net::awaitable<void> warmUpClient(MixRun& run, MixSequence::Item item, unsigned until)
{
    HttpClient client(run.http);
    while (run.sent < until) {
        ++run.sent;
        co_await send(run, client, item);
    }
    --run.working;
}

/// `count` of the same, as many at a time as later.
net::awaitable<void> sendMany(MixRun& run, MixSequence::Item item, unsigned count)
{
    const unsigned until = run.sent + count;
    run.working = run.options.clients;
    for (unsigned index = 0; index < run.options.clients; ++index)
        net::co_spawn(run.io, warmUpClient(run, item, until), net::detached);
    while (run.working > 0) co_await pause(5ms);
}

/// Each kind of request, so that what any engine keeps indefinitely is there.
net::awaitable<void> warmUp(MixRun& run)
{
    HttpClient client(run.http);
    for (unsigned index = 0; index < run.options.agentModels; ++index)
        co_await sendMany(run, {Program::Agent, index}, run.options.clients);
    for (const Program program : {Program::Sorter, Program::Indexer, Program::Editor})
        for (unsigned turn = 0; turn < 3; ++turn) co_await send(run, client, {program, 0});
    // The ring of the latest requests is full before memory is measured.
    co_await sendMany(run, {Program::Agent, run.options.agentModels - 1}, kRingFilled);
    // Nor does the memory that scraping takes count as that of requests.
    for (unsigned count = 0; count < 3; ++count) {
        const auto looked = co_await scrape(run.http);
        if (!looked.ok()) run.failed = looked.status();
    }
    co_await pause(kRest);
    run.result.idleBytes = run.resident();
    run.turn = SteadyClock::now() + run.warmup;
    run.working = run.options.clients;
    for (unsigned index = 0; index < run.options.clients; ++index) net::co_spawn(run.io, mixClient(run), net::detached);
}

StatusOr<boost::json::value> readJson(const fs::path& file)
{
    std::ifstream in(file, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    boost::system::error_code error;
    auto value = boost::json::parse(text, error);
    if (error || !value.is_object()) return notFound("no model in " + file.parent_path().string());
    return value;
}

}  // namespace

Status makeMixRepository(const MixOptions& options, const fs::path& samples, const fs::path& folder)
{
    if (folder.empty()) return internal("no temporary folder can be made");
    std::error_code error;
    const fs::path from = fs::absolute(samples, error);
    // Copies with another load time; the weights are linked.
    const auto add = [&](const std::string& name, const char* weights) -> Status {
        auto config = readJson(from / weights / "config.json");
        if (!config.ok()) return config.status();
        auto& fields = config->as_object();
        fields["load_ms"] = options.loadMs;
        fields["description"] = weights + std::string(", with a load of ") + std::to_string(options.loadMs) + " ms";
        const fs::path place = folder / name;
        fs::create_directories(place, error);
        if (!error) fs::create_directory_symlink(from / weights / "1", place / "1", error);
        if (error) return internal("cannot make " + place.string() + ": " + error.message());
        std::ofstream file(place / "config.json");
        file << boost::json::serialize(*config);
        if (!file.flush()) return internal("cannot write " + (place / "config.json").string());
        return absl::OkStatus();
    };
    for (const char* name : {"digits-s", "digits-l", "embed-mini", "scribe"})
        if (Status added = add(name, name); !added.ok()) return added;
    for (unsigned index = 0; index < options.agentModels; ++index)
        if (Status added = add(agentModel(index), kAgentWeights[index % std::size(kAgentWeights)]); !added.ok())
            return added;
    return absl::OkStatus();
}

StatusOr<MixResult> runMix(const MixOptions& options, const std::string& http, double warmupSeconds, double seconds,
                           const std::function<std::uint64_t()>& resident)
{
    net::io_context io(1);
    MixRun run{io, options, http, resident, MixSequence(options), Prepared(options, http)};
    run.warmup = fromMs(warmupSeconds * 1000);
    run.span = fromMs(seconds * 1000);
    std::exception_ptr thrown;
    net::co_spawn(io, warmUp(run), [&](std::exception_ptr failed) { thrown = failed; });
    io.run();
    if (thrown) return internal("the traffic stopped by an exception");
    if (!run.failed.ok()) return run.failed;
    if (run.byteSamples > 0)
        run.result.meanBytes = static_cast<std::uint64_t>(run.byteSum / static_cast<double>(run.byteSamples));
    return std::move(run.result);
}

}  // namespace millrace::bench
