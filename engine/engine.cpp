// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine.h"

#include "backend_set.h"
#include "base/clock.h"
#include "base/event_log.h"
#include "base/file_health.h"
#include "base/metrics.h"
#include "base/one_shot.h"
#include "batch/batcher.h"
#include "control/config_store.h"
#include "control/control_service.h"
#include "engine_answers.h"
#include "front/grpc_front.h"
#include "front/http_front.h"
#include "http/field_policy.h"
#include "idle_memory.h"
#include "load/loader.h"
#include "log.h"
#include "module_options.h"
#include "phrases.h"
#include "serve/gateway.h"
#include "stop_clock.h"
#include "stream/streamer.h"
#include "telemetry/history.h"
#include "telemetry/loop_watch.h"
#include "telemetry/prometheus.h"
#include "telemetry/recorder.h"
#include "telemetry/telemetry.h"

#include <absl/strings/str_format.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <optional>
#include <random>
#include <unistd.h>

namespace millrace {

namespace {

std::string newBootId()
{
    std::random_device device;
    return absl::StrFormat("%08x%08x", device(), device());
}

const char* severityName(Severity severity)
{
    switch (severity) {
        case Severity::Notice:
            return "notice";
        case Severity::Warning:
            return "warning";
        case Severity::Error:
            return "error";
        default:
            return "info";
    }
}

constexpr Duration kFlush = 500ms;   // answers that are complete travel to their clients; refusals, too
constexpr Duration kLeast = 2s;      // for what is not a request: batches, loads, backends
constexpr Duration kUnwind = 50ms;   // for those who waited for what was given up
constexpr Duration kForcedAll = 3s;  // for all of it once a second signal has come

/// The loop and all that waits on it.
///
/// Frames hold things of the modules and the modules hold timers of the loop, so that none of them can go first as a
/// whole: what waits is dropped while the modules are still there, then the modules go, then the loop.
class Loop : public net::io_context {
public:
    using net::io_context::io_context;
    void dropWork() { shutdown(); }
};

}  // namespace

class Engine::Impl {
public:
    explicit Impl(EngineOptions options) : options_(std::move(options)) {}
    ~Impl();

    Status start();
    int run(const std::function<void()>& ready);
    Addresses addresses() const { return {http_->address(), grpc_->address(), controlPath_}; }

private:
    Status openStores();
    Status buildModules();
    Status openFronts();
    void configure(const config::v1::Config& before, const config::v1::Config& after);
    void stopSoon(const Sentence& why);
    void forceStop();
    void leaveAtOnce();
    net::awaitable<void> stopAll();
    net::awaitable<void> drainRequests();
    net::awaitable<void> stopBackends();
    void watchSignals();

    // fixed after construction
    const EngineOptions options_;
    const std::string bootId_ = newBootId();
    std::string controlPath_;

    // Coroutines that sleep to the very end go with the loop, and what they hold still counts and reports.
    SystemClock clock_;
    Registry registry_;
    std::unique_ptr<EventLog> eventLog_;
    std::unique_ptr<FileHealth> configHealth_;
    std::unique_ptr<FileHealth> historyHealth_;
    std::unique_ptr<telemetry::History> history_;
    std::atomic<telemetry::History*> eventsTo_{nullptr};  // events come before the history is open, from any thread
    Loop io_{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};      // sockets and timers are the loop's alone; others post
    std::int64_t startedMs_ = clock_.unixMs();
    std::unique_ptr<control::ConfigStore> config_;
    std::unique_ptr<telemetry::Recorder> recorder_;

    // strand only
    std::unique_ptr<stream::Streamer> streamer_;
    std::unique_ptr<load::Loader> loader_;
    std::unique_ptr<batch::Batcher> batcher_;
    std::unique_ptr<BackendSet> backends_;  // outlives the gateway, which uses them
    std::unique_ptr<serve::Gateway> gateway_;
    std::unique_ptr<front::HttpFront> http_;
    std::unique_ptr<front::GrpcFront> grpc_;
    std::unique_ptr<IdleMemory> memory_;
    std::unique_ptr<EngineAnswers> answers_;
    std::unique_ptr<control::ControlServer> control_;
    net::signal_set signals_{io_, SIGINT, SIGTERM};
    StopClock stopClock_{clock_};
    bool draining_ = false;
    TimePoint drainUntil_{};  // once draining: when requests are cut off
    int exitCode_ = 0;
};

Engine::Impl::~Impl()
{
    io_.dropWork();
}

// ---- building ----

Status Engine::Impl::openStores()
{
    eventLog_ = std::make_unique<EventLog>(clock_, 10000);
    eventLog_->onEvent([this](const Event& event) {
        registry_.counter("millrace_events_total", "Events recorded.", {{"severity", severityName(event.severity)}})
            .add();
        log::event(event);
        if (auto* history = eventsTo_.load()) history->add(event);
    });
    configHealth_ = std::make_unique<FileHealth>(registry_, *eventLog_, "millrace.db");
    control::ConfigStore::Options store{.stateDir = options_.stateDir,
                                        .file = options_.file,
                                        .overrides = options_.overrides,
                                        .filePath = options_.filePath,
                                        .fileMissing = options_.fileMissing,
                                        .health = configHealth_.get(),
                                        .firstStart = options_.firstStart,
                                        .notify = options_.notify};
    auto config = control::ConfigStore::open(io_.get_executor(), clock_, *eventLog_, std::move(store));
    if (!config.ok()) return config.status();
    config_ = *std::move(config);
    const auto& now = config_->current();
    log::setLevel(now.telemetry().log_level());
    eventLog_->resize(now.telemetry().events_max());

    const bool kept = now.telemetry().history();
    if (kept) historyHealth_ = std::make_unique<FileHealth>(registry_, *eventLog_, "history.db");
    history_ = telemetry::History::open(kept ? options_.stateDir + "/history.db" : "", clock_.unixMs(),
                                        historyHealth_.get(), bootId_);
    for (const auto& event : eventLog_->after(0, SIZE_MAX)) history_->add(event);  // of the start so far
    eventsTo_ = history_.get();
    recorder_ = std::make_unique<telemetry::Recorder>(registry_, clock_, history_.get());
    recorder_->onSample([this](const telemetry::Sample& sample) {
        net::post(io_, [this, when = sample.timeMs, values = telemetry::unpooledValues(sample)] {
            config_->addSample(when, values);
            if (control_) memory_->look(draining_ || gateway_->inFlight() > 0 || control_->watchers() > 0);
        });
    });
    return absl::OkStatus();
}

Status Engine::Impl::buildModules()
{
    const auto& now = config_->current();
    const auto strand = io_.get_executor();
    streamer_ = std::make_unique<stream::Streamer>(strand, clock_, registry_, *eventLog_, streamOptions(now));
    loader_ = std::make_unique<load::Loader>(strand, clock_, registry_, *eventLog_, loadOptions(now),
                                             options_.stateDir + "/learned.json");
    batcher_ = std::make_unique<batch::Batcher>(strand, clock_, registry_, *eventLog_, batchOptions(now));
    gateway_ = std::make_unique<serve::Gateway>(strand, clock_, registry_, *eventLog_, *batcher_, *loader_, *streamer_,
                                                serveOptions(now, http::viaName(bootId_)));
    memory_ = std::make_unique<IdleMemory>(strand, clock_, registry_, *gateway_);
    backends_ = std::make_unique<BackendSet>(strand, clock_, registry_, *eventLog_, *gateway_,
                                             BackendSet::Programs{options_.runtimeProgram, options_.sampleModels});
    gateway_->onRetired([this](std::shared_ptr<backend::Backend> backend) { backends_->retire(backend); });
    // On the loop, as every later change of them; what the modules began goes on meanwhile.
    std::optional<Status> built;
    net::post(io_, [&] { built = backends_->apply(now); });
    while (!built) io_.run_one();
    return *built;
}

Status Engine::Impl::openFronts()
{
    const auto& now = config_->current();
    const auto strand = io_.get_executor();
    front::Hooks hooks;
    hooks.version = MILLRACE_VERSION;
    hooks.metrics = [this] { return telemetry::prometheusText(registry_); };
    hooks.loadModel = [this](std::string model, std::function<void(Status)> done) {
        auto load = [](Impl* self, std::string name, std::function<void(Status)> then) -> net::awaitable<void> {
            if (const Status known = co_await self->gateway_->lookFor(name); !known.ok())
                then(known);
            else
                self->loader_->load(std::move(name), load::Priority::Manual, std::move(then));
        };
        net::co_spawn(io_, load(this, std::move(model), std::move(done)), net::detached);
    };
    hooks.unloadModel = [this](std::string model, std::function<void(Status)> done) {
        auto unload = [](load::Loader& loader, std::string name,
                         std::function<void(Status)> then) -> net::awaitable<void> {
            then(co_await loader.unload(std::move(name)));
        };
        net::co_spawn(io_, unload(*loader_, std::move(model), std::move(done)), net::detached);
    };
    const auto bodies = front::makeBodies(strand, registry_);
    auto http = front::HttpFront::create(strand, clock_, registry_, *eventLog_, *gateway_, hooks, frontOptions(now),
                                         now.endpoints().http(), bodies);
    if (!http.ok()) return http.status();
    http_ = *std::move(http);
    auto grpc = front::GrpcFront::create(strand, clock_, registry_, *eventLog_, *gateway_, hooks, frontOptions(now),
                                         now.endpoints().grpc(), bodies);
    if (!grpc.ok()) return grpc.status();
    grpc_ = *std::move(grpc);
    grpc_->join(*http_);

    controlPath_ = now.endpoints().control().empty() ? config::defaultControlPath() : now.endpoints().control();
    const EngineAnswers::Modules modules{clock_,   registry_, *eventLog_, *config_, *streamer_,
                                         *loader_, *batcher_, *backends_, *gateway_};
    const EngineAnswers::Facts facts{bootId_,      MILLRACE_VERSION,  http_->address(), grpc_->address(),
                                     controlPath_, options_.stateDir, startedMs_};
    const EngineAnswers::Stop stop{[this] { return draining_; }, [this] { stopSoon(say(Phrase::StopRequested)); }};
    answers_ = std::make_unique<EngineAnswers>(strand, modules, facts, stop);
    auto control = control::ControlServer::start(
        {strand, clock_, *answers_, *config_, registry_, *eventLog_, *history_, *recorder_, bootId_, controlPath_});
    if (!control.ok()) return control.status();
    control_ = *std::move(control);
    return absl::OkStatus();
}

Status Engine::Impl::start()
{
    if (auto status = openStores(); !status.ok()) return status;
    if (auto status = buildModules(); !status.ok()) return status;
    if (auto status = openFronts(); !status.ok()) return status;
    config_->onCheck([this](const config::Config& wanted) { return backends_->check(wanted); });
    config_->onChange(
        [this](const config::Config& before, const config::Config& after, std::uint64_t) { configure(before, after); });
    return absl::OkStatus();
}

void Engine::Impl::configure(const config::v1::Config&, const config::v1::Config& after)
{
    log::setLevel(after.telemetry().log_level());
    eventLog_->resize(after.telemetry().events_max());
    streamer_->apply(streamOptions(after));
    loader_->apply(loadOptions(after));
    batcher_->apply(batchOptions(after));
    gateway_->apply(serveOptions(after, http::viaName(bootId_)));
    http_->apply(frontOptions(after));
    grpc_->apply(frontOptions(after));
    if (auto status = backends_->apply(after); !status.ok())
        eventLog_->append(Severity::Error, "backend_refused", "backends", text(status));
}

// ---- running and stopping ----

int Engine::Impl::run(const std::function<void()>& ready)
{
    std::signal(SIGPIPE, SIG_IGN);
    // A closed terminal is a stop like any other; who started us with nohup does not want it.
    struct sigaction before = {};
    if (::sigaction(SIGHUP, nullptr, &before) == 0 && before.sa_handler != SIG_IGN) signals_.add(SIGHUP);
    if (options_.log) {
        auto& dropped =
            registry_.counter("millrace_log_dropped_total", "Log lines dropped because standard error was not read.");
        options_.log->onDropped([&dropped](std::uint64_t lines) { dropped.add(lines); });
    }
    recorder_->start();
    net::co_spawn(io_, telemetry::watchLoop(clock_, registry_, *eventLog_), net::detached);
    watchSignals();
    eventLog_->append(Severity::Notice, "engine_started", "engine",
                      say(Phrase::EngineListens, http_->address(), grpc_->address()));
    net::post(io_, ready);
    for (;;) {
        try {
            io_.run();
            break;
        } catch (const std::exception& error) {
            // One session's bug must not take the others along.
            eventLog_->append(Severity::Error, "internal_error", "engine", error.what());
        }
    }
    control_->stop();
    recorder_.reset();
    if (options_.log) options_.log->onDropped(nullptr);
    if (!grpc_->closed()) leaveAtOnce();
    control_.reset();
    return exitCode_;
}

/// There are calls that did not end in time, and would go on in modules that are gone: what is learned and noted is
/// written, and the process ends here.
void Engine::Impl::leaveAtOnce()
{
    eventLog_->onEvent(nullptr);
    loader_.reset();
    history_.reset();
    config_.reset();
    if (options_.log) options_.log->flush();
    ::_exit(exitCode_);
}

void Engine::Impl::watchSignals()
{
    signals_.async_wait([this](const boost::system::error_code& error, int signal) {
        if (error) return;
        if (!draining_)
            stopSoon(say(Phrase::StopSignal, ::strsignal(signal)));
        else if (signal != SIGHUP)  // a terminal that closes may send it after its SIGTERM
            forceStop();
        watchSignals();
    });
}

void Engine::Impl::stopSoon(const Sentence& why)
{
    if (std::exchange(draining_, true)) return;
    drainUntil_ = clock_.now() + std::chrono::milliseconds(config_->current().limits().drain_timeout_ms());
    config_->noteStopping(drainUntil_);
    eventLog_->append(Severity::Notice, "engine_stopping", "engine",
                      say(Phrase::EngineStops, why, Value(gateway_->inFlight(), Unit::Requests)));
    net::co_spawn(io_, stopAll(), net::detached);
}

/// The second signal: what is in flight is cut off now. It unwinds by itself, in the order it always does, but soon.
void Engine::Impl::forceStop()
{
    exitCode_ = 1;
    if (stopClock_.isForced()) {  // three times
        io_.stop();
        return;
    }
    stopClock_.force();
    config_->noteStopping(clock_.now());
    auto timer = std::make_shared<net::steady_timer>(io_, kForcedAll);
    timer->async_wait([this, timer](const boost::system::error_code& error) {
        if (!error) io_.stop();
    });
}

net::awaitable<void> Engine::Impl::stopAll()
{
    const auto deadline = drainUntil_;
    // The fronts stay open: new requests are refused with the reason, and health is NOT_SERVING.
    if (!co_await stopClock_.endsBy(deadline, drainRequests())) {
        eventLog_->append(Severity::Warning, "drain_timeout", "engine",
                          say(Phrase::EngineAborted, Value(gateway_->inFlight(), Unit::Requests)));
        gateway_->cutOff("the engine is stopping and the drain timeout has passed (limits.drain_timeout_ms)");
    }
    // Whoever waits for a load hears now that there will be none, while the fronts can still say so.
    OneShot<bool> loaderStopped, grpcClosed;
    net::co_spawn(io_, loader_->stop(), [loaderStopped](std::exception_ptr) { loaderStopped.set(true); });
    // Answers that are complete still travel to their clients.
    const auto cutAt = [&] { return std::max(stopClock_.isForced() ? TimePoint{} : deadline, clock_.now() + kFlush); };
    net::co_spawn(io_, grpc_->close(clock_.now() + (stopClock_.isForced() ? StopClock::kForced : kFlush)),
                  [grpcClosed](std::exception_ptr) { grpcClosed.set(true); });
    if (!co_await stopClock_.endsBy(cutAt(), http_->drain())) http_->abort();
    const auto wait = [](OneShot<bool> event) -> net::awaitable<void> { co_await event.wait(); };
    co_await stopClock_.endsBy(clock_.now() + kLeast, wait(grpcClosed));
    co_await stopClock_.endsBy(clock_.now() + kLeast, batcher_->drain());
    co_await stopClock_.endsBy(clock_.now() + kLeast, wait(loaderStopped));
    if (!co_await stopClock_.endsBy(clock_.now() + kLeast, stopBackends())) {
        for (const auto& backend : gateway_->heldBackends()) backend->abandon();
        co_await clock_.sleepUntil(clock_.now() + kUnwind);
    }
    eventLog_->append(Severity::Notice, "engine_stopped", "engine", say(Phrase::EngineStopped));
    control_->stop();
    co_await stopClock_.endsBy(clock_.now() + kFlush, control_->sent());
    io_.stop();
}

/// Requests, and the loads that clients wait for.
net::awaitable<void> Engine::Impl::drainRequests()
{
    http_->beginDrain();
    OneShot<bool> loads;
    net::co_spawn(io_, grpc_->drain(), [loads](std::exception_ptr) { loads.set(true); });
    co_await gateway_->drain();
    co_await loads.wait();
}

net::awaitable<void> Engine::Impl::stopBackends()
{
    std::vector<OneShot<bool>> stopped;
    for (const auto& backend : gateway_->heldBackends()) {
        auto stop = [](std::shared_ptr<backend::Backend> target) -> net::awaitable<void> { co_await target->stop(); };
        OneShot<bool> done;
        net::co_spawn(io_, stop(backend), [done](std::exception_ptr) { done.set(true); });
        stopped.push_back(done);
    }
    for (const auto& done : stopped) co_await done.wait();
}

// ---- the engine ----

Engine::Engine(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Engine::~Engine() = default;

StatusOr<std::unique_ptr<Engine>> Engine::create(EngineOptions options)
{
    auto impl = std::make_unique<Impl>(std::move(options));
    if (auto status = impl->start(); !status.ok()) return status;
    return std::unique_ptr<Engine>(new Engine(std::move(impl)));
}

Engine::Addresses Engine::addresses() const
{
    return impl_->addresses();
}
int Engine::run(const std::function<void()>& ready)
{
    return impl_->run(ready);
}

}  // namespace millrace
