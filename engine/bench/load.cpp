// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/load.h"

#include "base/mutex.h"
#include "bench/http_client.h"
#include "bench/json_file.h"
#include "bench/scrape.h"
#include "bench/workload.h"
#include "inference.grpc.pb.h"
#include "setting_defaults.h"

#include <CLI/CLI.hpp>
#include <absl/strings/str_format.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/serialize.hpp>
#include <grpcpp/grpcpp.h>

#include <cmath>
#include <cstdio>
#include <random>

namespace millrace::bench {

namespace {

using SteadyClock = std::chrono::steady_clock;
constexpr std::size_t kPrepared = 128;  // requests made in advance for each model, then sent in turn

/// When requests are due and until when they count. Closed loop: at once.
class Schedule {
public:
    Schedule(const LoadOptions& options, TimePoint start)
        : counted_(start + fromMs(options.warmupSeconds * 1000)),
          end_(counted_ + fromMs(options.seconds * 1000)),
          rate_(options.rate),
          random_(options.seed ^ 0x5eed),
          next_(start)
    {}
    /// When the next request is due; empty: the run is over.
    std::optional<TimePoint> next(TimePoint now)
    {
        if (!rate_) return now < end_ ? std::optional(now) : std::nullopt;
        const auto due = next_;
        if (due >= end_) return std::nullopt;
        next_ += fromMs(std::exponential_distribution<double>(*rate_)(random_) * 1000);
        return due;
    }
    bool counts(TimePoint due) const { return due >= counted_; }
    TimePoint countedFrom() const { return counted_; }
    TimePoint end() const { return end_; }

private:
    TimePoint counted_;
    TimePoint end_;
    std::optional<double> rate_;
    std::mt19937_64 random_;
    TimePoint next_;
};

std::string reasonOf(const HttpAnswer& answer)
{
    if (answer.status != 200) return "HTTP " + std::to_string(answer.status);
    if (answer.body.starts_with("data:") && answer.body.find("data: {\"error\"") != std::string::npos)
        return "error in the stream";
    return {};
}

struct HttpRun {
    const LoadOptions& options;
    Schedule schedule;
    std::vector<WireRequest> requests;
    Recorder recorder;
    std::size_t turn = 0;
};

net::awaitable<void> httpWorker(HttpRun& run)
{
    HttpClient client(run.options.http);
    net::steady_timer timer(co_await net::this_coro::executor);
    for (;;) {
        const auto due = run.schedule.next(SteadyClock::now());
        if (!due) co_return;
        if (*due > SteadyClock::now()) {
            timer.expires_at(*due);
            co_await timer.async_wait(net::use_awaitable);
        }
        const auto& request = run.requests[run.turn++ % run.requests.size()];
        const auto answer = co_await client.call(request.head, request.body);
        if (!run.schedule.counts(*due)) continue;
        if (!answer.ok()) {
            run.recorder.error(codeName(answer.status()));
            // An exited server would otherwise be called in a tight loop.
            timer.expires_after(std::chrono::milliseconds(10));
            co_await timer.async_wait(net::use_awaitable);
        } else if (const auto reason = reasonOf(*answer); !reason.empty()) {
            run.recorder.error(reason);
        } else {
            run.recorder.ok(SteadyClock::now() - *due);
            if (answer->firstByte) run.recorder.firstByte(*answer->firstByte - *due);
        }
    }
}

void runHttp(const LoadOptions& options, std::vector<WireRequest> requests, LoadResult& result)
{
    net::io_context io(1);
    HttpRun run{options, Schedule(options, SteadyClock::now()), std::move(requests), {}, 0};
    for (unsigned i = 0; i < options.concurrency; ++i) net::co_spawn(io, httpWorker(run), net::detached);
    io.run();
    result.seconds = std::chrono::duration<double>(SteadyClock::now() - run.schedule.countedFrom()).count();
    result.recorder = std::move(run.recorder);
}

/// Calls in flight on gRPC's threads; each one that ends starts the next.
class GrpcRun {
    struct Slot;

public:
    GrpcRun(const LoadOptions& options, std::vector<std::unique_ptr<inference::ModelInferRequest>> requests)
        : options_(options), requests_(std::move(requests)), schedule_(options, SteadyClock::now())
    {
        for (unsigned i = 0; i < std::max(1u, options.channels); ++i) {
            grpc::ChannelArguments arguments;
            arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
            arguments.SetMaxReceiveMessageSize(-1);
            stubs_.push_back(inference::GRPCInferenceService::NewStub(
                grpc::CreateCustomChannel(options.grpc, grpc::InsecureChannelCredentials(), arguments)));
        }
    }
    void run(LoadResult& result)
    {
        net::steady_timer timer(io_);
        {
            const MutexLock lock(mutex_);
            open_ = options_.concurrency;
        }
        auto guard = net::make_work_guard(io_);
        std::thread timers([this] { io_.run(); });
        for (unsigned i = 0; i < options_.concurrency; ++i)
            begin(*slots_.emplace_back(std::make_unique<Slot>(*this, i)));
        {
            const MutexLock lock(mutex_);
            while (open_ != 0) ended_.wait(mutex_);
        }
        guard.reset();
        timers.join();
        const MutexLock lock(mutex_);
        result.seconds = std::chrono::duration<double>(SteadyClock::now() - schedule_.countedFrom()).count();
        result.recorder = std::move(recorder_);
    }

private:
    struct Slot {
        Slot(GrpcRun& run, unsigned index) : stub(run.stubs_[index % run.stubs_.size()].get()), timer(run.io_) {}
        inference::GRPCInferenceService::Stub* stub;
        net::steady_timer timer;
        std::unique_ptr<grpc::ClientContext> context;
        inference::ModelInferResponse response;
        const inference::ModelInferRequest* request = nullptr;
        TimePoint due;
    };

    void begin(Slot& slot)
    {
        {
            const MutexLock lock(mutex_);
            const auto due = schedule_.next(SteadyClock::now());
            if (!due) {
                if (--open_ == 0) ended_.notifyAll();
                return;
            }
            slot.due = *due;
            slot.request = requests_[turn_++ % requests_.size()].get();
        }
        if (slot.due <= SteadyClock::now()) {
            send(slot);
            return;
        }
        slot.timer.expires_at(slot.due);
        slot.timer.async_wait([this, &slot](const boost::system::error_code&) { send(slot); });
    }
    void send(Slot& slot)
    {
        slot.context = std::make_unique<grpc::ClientContext>();
        slot.context->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
        slot.response.Clear();
        slot.stub->async()->ModelInfer(
            slot.context.get(), slot.request, &slot.response, [this, &slot](const grpc::Status& status) {
                const auto now = SteadyClock::now();
                {
                    const MutexLock lock(mutex_);
                    if (schedule_.counts(slot.due)) {
                        if (status.ok())
                            recorder_.ok(now - slot.due);
                        else
                            recorder_.error(codeName(fromGrpc(status.error_code(), status.error_message())));
                    }
                }
                begin(slot);
            });
    }

    const LoadOptions& options_;
    std::vector<std::unique_ptr<inference::ModelInferRequest>> requests_;
    std::vector<std::unique_ptr<inference::GRPCInferenceService::Stub>> stubs_;
    net::io_context io_{1};
    // Not the callbacks' own: gRPC 1.51 aborts when the last of a channel goes on the thread that runs its callbacks.
    std::vector<std::unique_ptr<Slot>> slots_;
    Mutex mutex_;
    CondVar ended_;
    Schedule schedule_ MILLRACE_GUARDED_BY(mutex_);
    Recorder recorder_ MILLRACE_GUARDED_BY(mutex_);
    std::size_t turn_ MILLRACE_GUARDED_BY(mutex_) = 0;
    std::size_t open_ MILLRACE_GUARDED_BY(mutex_) = 0;
};

template <typename T>
StatusOr<T> runHere(net::awaitable<StatusOr<T>> task)
{
    net::io_context io(1);
    StatusOr<T> result = internal("did not end");
    net::co_spawn(io, std::move(task), [&](std::exception_ptr failed, StatusOr<T> value) {
        result = failed ? StatusOr<T>(internal("threw")) : std::move(value);
    });
    io.run();
    return result;
}

boost::json::value number(double value)
{
    return std::isfinite(value) ? boost::json::value(value) : boost::json::value(nullptr);
}

}  // namespace

StatusOr<LoadResult> runLoad(const LoadOptions& options)
{
    auto targets = runHere(findTargets(options.http, options.models));
    if (!targets.ok()) return targets.status();
    RequestMaker maker(options.http, options.seed, "millrace-bench/1");
    LoadResult result;
    const auto before = runHere(scrapeBatches(options.http));
    if (options.grpc.empty()) {
        std::vector<WireRequest> requests;
        for (std::size_t i = 0; i < kPrepared; ++i)
            for (const auto& target : *targets)
                requests.push_back(maker.http(target, options.rows, options.stream, options.tokens));
        runHttp(options, std::move(requests), result);
    } else {
        std::vector<std::unique_ptr<inference::ModelInferRequest>> requests;
        for (const auto& target : *targets)
            if (target.route != ModelTarget::Route::Infer)
                return invalidArgument("model '" + target.model + "' takes no tensors: it cannot be called over gRPC");
        for (std::size_t i = 0; i < kPrepared; ++i)
            for (const auto& target : *targets) requests.push_back(maker.grpc(target, options.rows));
        GrpcRun run(options, std::move(requests));
        run.run(result);
    }
    const auto after = runHere(scrapeBatches(options.http));
    if (before.ok() && after.ok() && after->batches > before->batches)
        result.batchAverage = (after->requests - before->requests) / (after->batches - before->batches);
    return result;
}

std::string toJson(LoadResult& result, const LoadOptions& options)
{
    auto& recorder = result.recorder;
    boost::json::object errors;
    for (const auto& [reason, count] : recorder.errors()) errors[reason] = count;
    const auto quantiles = [](auto&& at) {
        return boost::json::object{
            {"p50", number(at(0.5))}, {"p90", number(at(0.9))}, {"p99", number(at(0.99))}, {"p999", number(at(0.999))}};
    };
    boost::json::object out{
        {"requests", recorder.requests()},
        {"rps", number(static_cast<double>(recorder.requests()) / result.seconds)},
        {"errors", std::move(errors)},
        {"latency_ms", quantiles([&](double share) { return recorder.latencyMs(share); })},
        {"first_byte_ms", quantiles([&](double share) { return recorder.firstByteMs(share); })},
        {"batch_average", result.batchAverage ? number(*result.batchAverage) : boost::json::value(nullptr)},
        {"seconds", result.seconds},
        {"concurrency", options.concurrency},
        {"rate", options.rate ? boost::json::value(*options.rate) : boost::json::value(nullptr)},
        {"protocol", options.grpc.empty() ? "http" : "grpc"},
        {"seed", options.seed}};
    return boost::json::serialize(out) + "\n";
}

std::string toText(LoadResult& result, const LoadOptions& options)
{
    auto& recorder = result.recorder;
    std::string out;
    absl::StrAppendFormat(&out, "%-12s %u in %.1f s, %.0f a second (%s, %u at a time)\n", "requests",
                          recorder.requests(), result.seconds,
                          static_cast<double>(recorder.requests()) / result.seconds,
                          options.rate ? "open loop" : "closed loop", options.concurrency);
    if (recorder.requests() > 0)
        absl::StrAppendFormat(&out, "%-12s p50 %.2f   p90 %.2f   p99 %.2f   p99.9 %.2f ms\n", "latency",
                              recorder.latencyMs(0.5), recorder.latencyMs(0.9), recorder.latencyMs(0.99),
                              recorder.latencyMs(0.999));
    if (result.batchAverage)
        absl::StrAppendFormat(&out, "%-12s %.1f requests on average\n", "batch", *result.batchAverage);
    absl::StrAppendFormat(&out, "%-12s %u\n", "failed", recorder.failed());
    for (const auto& [reason, count] : recorder.errors())
        absl::StrAppendFormat(&out, "             %u × %s\n", count, reason);
    return out;
}

int loadMain(int argc, char** argv)
{
    CLI::App app("Sends requests to an engine and reports how long they took.", "millrace-bench load");
    LoadOptions options;
    options.http = defaults::endpoints::kHttp;
    std::string models, jsonFile;
    double rate = 0;
    bool buffered = false;
    app.add_option("--http", options.http, "the engine's HTTP address")->capture_default_str();
    app.add_option("--grpc", options.grpc, "send over gRPC to this address (models and figures are read over --http)");
    app.add_option("--model", models,
                   "models, separated by commas; requests go to each in turn (all of them if absent)");
    app.add_option("--concurrency", options.concurrency, "maximum number of requests in flight")
        ->check(CLI::Range(1, 10000))
        ->capture_default_str();
    auto* rateOption = app.add_option("--rate", rate,
                                      "open loop: requests per second at random moments; latency counts from the "
                                      "moment a request was due")
                           ->check(CLI::Range(0.01, 1e6));
    app.add_option("--duration", options.seconds, "seconds")->check(CLI::Range(0.1, 86400.0))->capture_default_str();
    app.add_option("--warmup", options.warmupSeconds, "warm-up in seconds, not counted")
        ->check(CLI::Range(0.0, 3600.0))
        ->capture_default_str();
    app.add_option("--rows", options.rows, "rows of a tensor, texts of an embeddings request")
        ->check(CLI::Range(1, 4096))
        ->capture_default_str();
    app.add_option("--tokens", options.tokens, "maximum tokens of a chat response")
        ->check(CLI::Range(1, 100000))
        ->capture_default_str();
    app.add_flag("--no-stream", buffered, "request chats without streaming");
    app.add_option("--channels", options.channels, "gRPC connections")
        ->check(CLI::Range(1, 256))
        ->capture_default_str();
    app.add_option("--seed", options.seed, "seed of contents and arrival times")->capture_default_str();
    app.add_option("--json", jsonFile, "write the figures to this file");
    CLI11_PARSE(app, argc, argv);
    options.stream = !buffered;
    if (*rateOption) {
        options.rate = rate;
        if (app.count("--concurrency") == 0) options.concurrency = 512;
    }
    for (std::size_t begin = 0; begin < models.size();) {
        const auto end = std::min(models.find(',', begin), models.size());
        if (end > begin) options.models.push_back(models.substr(begin, end - begin));
        begin = end + 1;
    }
    auto result = runLoad(options);
    if (!result.ok()) {
        std::fprintf(stderr, "millrace-bench: %s\n", text(result.status()).c_str());
        return 1;
    }
    std::fputs(toText(*result, options).c_str(), stdout);
    return writeJson(jsonFile, toJson(*result, options));
}

}  // namespace millrace::bench
