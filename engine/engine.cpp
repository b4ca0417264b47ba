// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine.h"

#include "backend/make_backend.h"
#include "backend/trial.h"
#include "base/clock.h"
#include "base/event_log.h"
#include "base/file_health.h"
#include "base/metrics.h"
#include "base/one_shot.h"
#include "base/text.h"
#include "batch/batcher.h"
#include "control/config_store.h"
#include "control/control_service.h"
#include "front/front.h"
#include "http/field_policy.h"
#include "load/loader.h"
#include "log.h"
#include "module_options.h"
#include "phrases.h"
#include "serve/gateway.h"
#include "stream/streamer.h"
#include "telemetry/history.h"
#include "telemetry/loop_watch.h"
#include "telemetry/memory_trim.h"
#include "telemetry/recorder.h"
#include "telemetry/sentence_message.h"
#include "telemetry/telemetry.h"
#include "to_proto.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

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
    char text[33];
    std::snprintf(text, sizeof text, "%08x%08x", device(), device());
    return text;
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
constexpr Duration kForced = 300ms;  // the same for each step once a second signal has come
constexpr Duration kForcedAll = 3s;  // and all of them together

/// The loop and all that waits on it.
///
/// Frames hold things of the modules and the modules hold timers of the loop, so that none of them can go first as a
/// whole: what waits is dropped while the modules are still there, then the modules go, then the loop.
class Loop : public net::io_context {
public:
    using net::io_context::io_context;
    void dropWork() { shutdown(); }
};

/// Steps of a stop, each of which ends in time. Thread: the strand.
class StopClock {
public:
    explicit StopClock(Clock& clock) : clock_(clock) {}

    /// Ends when `task` has ended, or at `when`; then the task goes on by itself. True: it ended.
    net::awaitable<bool> endsBy(TimePoint when, net::awaitable<void> task)
    {
        const auto executor = co_await net::this_coro::executor;
        OneShot<bool> ended;
        net::co_spawn(executor, std::move(task), [ended](std::exception_ptr) { ended.set(true); });
        auto timer =
            std::make_shared<net::steady_timer>(executor, hurried_ ? std::min(when, clock_.now() + kForced) : when);
        timer->async_wait([ended](const boost::system::error_code&) { ended.set(false); });
        timer_ = timer;
        const bool inTime = co_await ended.wait();
        timer_.reset();
        timer->cancel();
        co_return inTime;
    }
    bool hurried() const { return hurried_; }
    /// The step that is waited for is given up now, those that follow soon.
    void hurry()
    {
        hurried_ = true;
        if (timer_) timer_->cancel();
    }

private:
    Clock& clock_;
    std::shared_ptr<net::steady_timer> timer_;
    bool hurried_ = false;
};

constexpr Duration kRetireAfter = 1s;  // a backend that nothing new goes to is stopped

// A test of a backend that is not configured.
constexpr Duration kTrialMost = 5s;
constexpr int kTrialsMax = 4;         // at the same time
constexpr int kTrialModelsMax = 200;  // named in the answer

/// What makes two backends the same one: a change of anything else is applied to the one that is there.
std::string identityOf(const config::v1::Backend& from)
{
    std::string identity = from.name() + '\n' + std::to_string(from.kind()) + '\n' + from.address() + '\n' +
                           from.model_repository() + '\n' + std::to_string(from.threads()) + '\n' + from.api_key_env();
    for (const auto& model : from.models()) identity += '\n' + model;
    return identity;
}

}  // namespace

class Engine::Impl final : public control::EngineControl {
public:
    explicit Impl(EngineOptions options) : options_(std::move(options)) {}
    ~Impl() override;

    Status start();
    int run(const std::function<void()>& ready);
    Addresses addresses() const { return {http_->address(), grpc_->address(), controlPath_}; }

    // ---- EngineControl ----
    void fillStatus(control::v1::Status& status) override;
    bool draining() override { return draining_; }
    void fillFlow(control::v1::Flow& flow) override { toProto(*gateway_, flow); }
    void fillPools(control::v1::PoolSection& pools) override;
    std::uint64_t fillBatches(control::v1::BatchSection& batches, std::uint64_t cursor) override;
    void fillModels(control::v1::ModelSection& models) override;
    void fillStreams(control::v1::StreamSection& streams) override { toProto(*streamer_, clock_, streams); }
    std::uint64_t fillRequests(google::protobuf::RepeatedPtrField<control::v1::RequestRecord>& requests,
                               std::uint64_t cursor, std::size_t most) override;
    void loadModel(const std::string& model, bool wait, control::Reply<control::v1::ModelState> reply) override;
    void unloadModel(const std::string& model, bool wait, control::Reply<control::v1::ModelState> reply) override;
    void pinModel(const std::string& model, bool pinned, control::Reply<control::v1::ModelState> reply) override;
    void setModelPolicy(const control::v1::SetModelPolicyRequest& request,
                        control::Reply<control::v1::ModelState> reply) override;
    void evictConnections(const control::v1::ConnectionsRequest& request, control::Reply<std::uint32_t> reply) override;
    void drainBackend(const std::string& backend, bool draining, control::Reply<std::uint32_t> reply) override;
    void probeBackend(const control::v1::ConnectionsRequest& request,
                      control::Reply<control::v1::ProbeReply> reply) override;
    void testBackend(const config::v1::Backend& backend, control::Reply<control::v1::TestBackendReply> reply) override;
    void listRequests(const control::v1::ListRequestsRequest& request, control::v1::Requests& requests) override;
    bool cancelRequest(std::uint64_t id) override
    {
        return gateway_->cancel(RequestId{id}, "cancelled by the operator");
    }
    std::uint64_t shutdown() override;

private:
    struct Running {
        std::string identity;
        std::shared_ptr<backend::Backend> backend;
        bool enabled = true;
    };

    Status openStores();
    Status buildRooms();
    Status buildBackends(const config::v1::Config& config);
    void retire(const std::shared_ptr<backend::Backend>& backend);
    Status openFronts();
    void configure(const config::v1::Config& before, const config::v1::Config& after);
    StatusOr<control::v1::ModelState> stateOf(const std::string& model) const;
    std::shared_ptr<backend::Backend> findBackend(const std::string& name) const;
    void stopSoon(const Sentence& why);
    void hurry();
    void leaveAtOnce();
    void trimMemory();
    net::awaitable<void> releaseMemory();
    net::awaitable<void> stopAll();
    net::awaitable<void> drainRequests();
    net::awaitable<void> stopBackends();
    void watchSignals();

    // fixed after construction
    const EngineOptions options_;
    const std::string bootId_ = newBootId();
    std::string controlPath_;

    // Coroutines that sleep to the very end go with the loop, and what they hold still counts and notes.
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
    std::vector<Running> backends_;  // as the settings name them
    std::vector<Running> replaced_;  // those before, which serve until the new ones do
    std::unique_ptr<serve::Gateway> gateway_;
    std::unique_ptr<front::HttpFront> http_;
    std::unique_ptr<front::GrpcFront> grpc_;
    std::unique_ptr<control::ControlServer> control_;
    net::signal_set signals_{io_, SIGINT, SIGTERM};
    StopClock stopClock_{clock_};
    telemetry::MemoryTrim memoryTrim_;
    telemetry::LastingMemory recordsMemory_;
    std::uint64_t recordsRenewed_ = 0;  // those before lie in recordsMemory_
    bool draining_ = false;
    TimePoint drainUntil_{};  // once draining: when requests are cut off
    int trials_ = 0;          // in flight
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
    control::ConfigStore::Options store;
    store.stateDir = options_.stateDir;
    store.file = options_.file;
    store.filePath = options_.filePath;
    store.fileMissing = options_.fileMissing;
    store.overrides = options_.overrides;
    store.firstStart = options_.firstStart;
    store.health = configHealth_.get();
    store.tell = options_.tell;
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
            trimMemory();
        });
    });
    return absl::OkStatus();
}

Status Engine::Impl::buildRooms()
{
    const auto& now = config_->current();
    const auto strand = io_.get_executor();
    streamer_ = std::make_unique<stream::Streamer>(strand, clock_, registry_, *eventLog_, streamOptions(now));
    loader_ = std::make_unique<load::Loader>(strand, clock_, registry_, *eventLog_, loadOptions(now),
                                             options_.stateDir + "/learned.json");
    batcher_ = std::make_unique<batch::Batcher>(strand, clock_, registry_, *eventLog_, batchOptions(now));
    gateway_ = std::make_unique<serve::Gateway>(strand, clock_, registry_, *eventLog_, *batcher_, *loader_, *streamer_,
                                                serveOptions(now, http::viaName(bootId_)));
    gateway_->onRetired([this](std::shared_ptr<backend::Backend> backend) { retire(backend); });
    // On the loop, as every later change of them; what the modules began goes on meanwhile.
    std::optional<Status> built;
    net::post(io_, [&] { built = buildBackends(now); });
    while (!built) io_.run_one();
    return *built;
}

/// Makes what is new before anything changes, so that a backend that cannot be made leaves all as it was. What it
/// replaces serves until the new one does: see serve::BackendCatalogue.
Status Engine::Impl::buildBackends(const config::v1::Config& config)
{
    std::vector<Running> next;
    std::vector<std::shared_ptr<backend::Backend>> fresh;
    for (const auto& from : config.backends()) {
        Running running;
        running.identity = identityOf(from);
        running.enabled = from.enabled();
        for (const auto* among : {&backends_, &replaced_})
            for (const Running& held : *among)
                if (held.identity == running.identity) running.backend = held.backend;
        if (!running.backend) {
            auto made =
                backend::makeBackend(backendOptions(from, config, options_.runtimeProgram, options_.sampleModels),
                                     io_.get_executor(), clock_, registry_, *eventLog_);
            if (!made.ok()) return made.status();
            running.backend = *std::move(made);
            fresh.push_back(running.backend);
        }
        next.push_back(std::move(running));
    }
    std::vector<serve::Served> served;
    for (std::size_t i = 0; i < next.size(); ++i) {
        serve::Served each;
        each.backend = next[i].backend;
        each.enabled = next[i].enabled;
        // The one of the same name, else the one in the same place.
        for (const Running& old : backends_)
            if (old.backend->name() == next[i].backend->name()) each.replaces = old.backend;
        const auto named = [&](const std::string& name) {
            return std::any_of(next.begin(), next.end(),
                               [&](const Running& running) { return running.backend->name() == name; });
        };
        if (!each.replaces && i < backends_.size() && !named(backends_[i].backend->name()))
            each.replaces = backends_[i].backend;
        if (each.replaces == each.backend) each.replaces.reset();
        served.push_back(std::move(each));
    }
    for (const Running& running : next) {
        running.backend->apply(poolOptions(config));
        running.backend->setEnabled(running.enabled);
    }
    for (const Running& old : backends_)
        if (std::none_of(next.begin(), next.end(),
                         [&](const Running& running) { return running.backend == old.backend; }))
            replaced_.push_back(old);
    backends_ = std::move(next);
    for (const Running& running : backends_)
        std::erase_if(replaced_, [&](const Running& old) { return old.backend == running.backend; });
    gateway_->setBackends(std::move(served));
    for (const auto& backend : fresh) backend->start();
    return absl::OkStatus();
}

/// Nothing new goes there: what is in flight finishes, and it is stopped.
void Engine::Impl::retire(const std::shared_ptr<backend::Backend>& backend)
{
    std::erase_if(replaced_, [&](const Running& old) { return old.backend == backend; });
    // What was on its way there when it was replaced still arrives.
    auto stop = [](Clock& clock, std::shared_ptr<backend::Backend> gone) -> net::awaitable<void> {
        co_await clock.sleepUntil(clock.now() + kRetireAfter);
        co_await gone->stop();
    };
    net::co_spawn(io_, stop(clock_, backend), net::detached);
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
    auto control = control::ControlServer::start(
        {strand, clock_, *this, *config_, registry_, *eventLog_, *history_, *recorder_, bootId_, controlPath_});
    if (!control.ok()) return control.status();
    control_ = *std::move(control);
    return absl::OkStatus();
}

Status Engine::Impl::start()
{
    if (auto status = openStores(); !status.ok()) return status;
    if (auto status = buildRooms(); !status.ok()) return status;
    if (auto status = openFronts(); !status.ok()) return status;
    config_->onCheck([this](const config::Config& wanted) {
        std::vector<config::FieldProblem> problems;
        for (int i = 0; i < wanted.backends_size(); ++i) {
            const auto& from = wanted.backends(i);
            const auto status =
                backend::checkBackend(backendOptions(from, wanted, options_.runtimeProgram, options_.sampleModels));
            if (status.ok()) continue;
            problems.push_back(
                {"backends[" + std::to_string(i) + "]." + fieldOf(status).value_or("name"), text(status)});
        }
        return problems;
    });
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
    if (auto status = buildBackends(after); !status.ok())
        eventLog_->append(Severity::Error, "backend_refused", "backends", text(status));
}

/// Once a second.
void Engine::Impl::trimMemory()
{
    if (!control_) return;
    const bool busy = draining_ || gateway_->inFlight() > 0 || control_->watchers() > 0;
    const auto requests = registry_.counterTotal("millrace_requests_offered_total");
    if (memoryTrim_.look(clock_.now(), registry_.gaugeTotal("millrace_engine_resident_bytes"), requests, busy))
        net::co_spawn(io_, releaseMemory(), net::detached);
}

net::awaitable<void> Engine::Impl::releaseMemory()
{
    constexpr std::size_t kAtOnce = 100;  // others get their turn
    std::vector<std::shared_ptr<const serve::RequestRecord>> replaced;
    replaced.reserve(kAtOnce);
    while (recordsRenewed_ < gateway_->ended().end()) {
        recordsMemory_.use([&] { recordsRenewed_ = gateway_->renewRecords(recordsRenewed_, kAtOnce, replaced); });
        replaced.clear();
        co_await net::post(io_, net::use_awaitable);
    }
    telemetry::releaseUnusedMemory();
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
            hurry();
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
void Engine::Impl::hurry()
{
    exitCode_ = 1;
    if (stopClock_.hurried()) {  // three times
        io_.stop();
        return;
    }
    stopClock_.hurry();
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
    const auto cutAt = [&] { return std::max(stopClock_.hurried() ? TimePoint{} : deadline, clock_.now() + kFlush); };
    net::co_spawn(io_, grpc_->close(clock_.now() + (stopClock_.hurried() ? kForced : kFlush)),
                  [grpcClosed](std::exception_ptr) { grpcClosed.set(true); });
    if (!co_await stopClock_.endsBy(cutAt(), http_->drain())) http_->abort();
    const auto wait = [](OneShot<bool> event) -> net::awaitable<void> { co_await event.wait(); };
    co_await stopClock_.endsBy(clock_.now() + kLeast, wait(grpcClosed));
    co_await stopClock_.endsBy(clock_.now() + kLeast, batcher_->drain());
    co_await stopClock_.endsBy(clock_.now() + kLeast, wait(loaderStopped));
    if (!co_await stopClock_.endsBy(clock_.now() + kLeast, stopBackends())) {
        for (const auto& held : gateway_->heldBackends()) held->abandon();
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
    for (const auto& held : gateway_->heldBackends()) {
        auto stop = [](std::shared_ptr<backend::Backend> backend) -> net::awaitable<void> { co_await backend->stop(); };
        OneShot<bool> done;
        net::co_spawn(io_, stop(held), [done](std::exception_ptr) { done.set(true); });
        stopped.push_back(done);
    }
    for (const auto& done : stopped) co_await done.wait();
}

std::uint64_t Engine::Impl::shutdown()
{
    stopSoon(say(Phrase::StopRequested));
    return gateway_->inFlight();
}

// ---- what the console sees ----

void Engine::Impl::fillStatus(control::v1::Status& status)
{
    status.set_boot_id(bootId_);
    status.set_version(MILLRACE_VERSION);
    status.set_pid(::getpid());
    status.set_started_ms(startedMs_);
    status.set_now_ms(clock_.unixMs());
    status.set_http(http_->address());
    status.set_grpc(grpc_->address());
    status.set_control(controlPath_);
    status.set_state_dir(options_.stateDir);
    status.set_draining(draining_);
    status.set_requests_in_flight(gateway_->inFlight());
    status.set_protocol(1);
}

void Engine::Impl::fillPools(control::v1::PoolSection& pools)
{
    for (const auto& running : backends_)
        toProto(running.backend->pools(), clock_, pools, gateway_->listingProblem(*running.backend));
}

std::uint64_t Engine::Impl::fillBatches(control::v1::BatchSection& batches, std::uint64_t cursor)
{
    return toProto(*batcher_, batchOptions(config_->current()), registry_.histogramTotal("millrace_batch_rows"), clock_,
                   cursor, batches);
}

void Engine::Impl::fillModels(control::v1::ModelSection& models)
{
    toProto(*loader_, loadOptions(config_->current()), clock_, models);
}

std::uint64_t Engine::Impl::fillRequests(google::protobuf::RepeatedPtrField<control::v1::RequestRecord>& requests,
                                         std::uint64_t cursor, std::size_t most)
{
    const auto& ended = gateway_->ended();
    auto first = std::max(cursor, ended.begin());
    if (ended.end() - first > most) first = ended.end() - most;
    for (auto position = first; position < ended.end(); ++position)
        toProto(*ended.at(position), clock_, *requests.Add());
    return ended.end();
}

void Engine::Impl::listRequests(const control::v1::ListRequestsRequest& request, control::v1::Requests& requests)
{
    const std::size_t most = request.most() == 0 ? 100 : request.most();
    for (const auto& open : gateway_->openRequests(most)) toProto(open, clock_, *requests.add_requests());
    if (request.open_only()) return;
    const auto& ended = gateway_->ended();
    for (auto position = ended.end();
         position > ended.begin() && static_cast<std::size_t>(requests.requests_size()) < most; --position)
        toProto(*ended.at(position - 1), clock_, *requests.add_requests());
}

StatusOr<control::v1::ModelState> Engine::Impl::stateOf(const std::string& model) const
{
    for (const auto& held : loader_->models()) {
        if (held.model != model) continue;
        control::v1::ModelState state;
        toProto(held, clock_, state);
        return state;
    }
    return withField(notFound("model '" + model + "' does not exist"), "model");
}

void Engine::Impl::loadModel(const std::string& model, bool wait, control::Reply<control::v1::ModelState> reply)
{
    auto run = [](Impl* self, std::string name, bool answers,
                  control::Reply<control::v1::ModelState> then) -> net::awaitable<void> {
        // It may be there since the backends were last asked.
        if (const Status known = co_await self->gateway_->lookFor(name); !known.ok()) {
            then(known);
            co_return;
        }
        self->loader_->load(name, load::Priority::Manual, [self, name, answers, then](Status status) {
            if (answers) then(status.ok() ? self->stateOf(name) : StatusOr<control::v1::ModelState>(status));
        });
        if (!answers) then(self->stateOf(name));
    };
    net::co_spawn(io_, run(this, model, wait, reply), net::detached);
}

void Engine::Impl::unloadModel(const std::string& model, bool wait, control::Reply<control::v1::ModelState> reply)
{
    if (const auto known = stateOf(model); !known.ok()) return reply(known.status());
    auto run = [](Impl* self, std::string name, bool answers,
                  control::Reply<control::v1::ModelState> then) -> net::awaitable<void> {
        const auto status = co_await self->loader_->unload(name, load::UnloadBy::Operator);
        if (answers) then(status.ok() ? self->stateOf(name) : StatusOr<control::v1::ModelState>(status));
    };
    net::co_spawn(io_, run(this, model, wait, reply), net::detached);
    if (!wait) reply(stateOf(model));
}

void Engine::Impl::pinModel(const std::string& model, bool pinned, control::Reply<control::v1::ModelState> reply)
{
    const auto status = loader_->pin(model, pinned);
    if (status.ok())
        eventLog_->append(Severity::Info, pinned ? "model_pinned" : "model_unpinned", model,
                          say(pinned ? Phrase::EventPinned : Phrase::EventUnpinned));
    reply(status.ok() ? stateOf(model) : StatusOr<control::v1::ModelState>(status));
}

void Engine::Impl::setModelPolicy(const control::v1::SetModelPolicyRequest& request,
                                  control::Reply<control::v1::ModelState> reply)
{
    const std::string& model = request.model();
    const load::ModelPolicy before = loader_->policyOf(model);
    load::ModelPolicy policy = before;
    if (request.has_idle_ttl_ms()) policy.idleTtl = fromMs(static_cast<double>(request.idle_ttl_ms()));
    if (request.idle_ttl_default()) policy.idleTtl.reset();
    if (request.has_preload()) policy.preload = request.preload();
    if (const Status status = loader_->setPolicy(model, policy); !status.ok()) return reply(status);
    if (policy.idleTtl != before.idleTtl)
        eventLog_->append(Severity::Info, "model_idle_ttl_changed", model,
                          !policy.idleTtl                      ? say(Phrase::EventIdleTtlReset, "loader.idle_ttl_ms")
                          : *policy.idleTtl > Duration::zero() ? say(Phrase::EventIdleTtl, *policy.idleTtl)
                                                               : say(Phrase::EventIdleTtlNever));
    if (policy.preload != before.preload)
        eventLog_->append(Severity::Info, policy.preload ? "model_preload_on" : "model_preload_off", model,
                          say(policy.preload ? Phrase::EventPreloadOn : Phrase::EventPreloadOff));
    reply(stateOf(model));
}

std::shared_ptr<backend::Backend> Engine::Impl::findBackend(const std::string& name) const
{
    const auto found = std::find_if(backends_.begin(), backends_.end(),
                                    [&](const Running& running) { return running.backend->name() == name; });
    return found == backends_.end() ? nullptr : found->backend;
}

void Engine::Impl::evictConnections(const control::v1::ConnectionsRequest& request, control::Reply<std::uint32_t> reply)
{
    const auto backend = findBackend(request.backend());
    if (!backend) return reply(notFound("unknown backend '" + request.backend() + "'"));
    std::vector<ConnectionId> ids;
    for (const auto id : request.ids()) ids.push_back(ConnectionId{id});
    const auto count = backend->evict(request.protocol(), ids);
    if (count > 0)
        eventLog_->append(Severity::Info, "connections_evicted", request.backend(),
                          say(Phrase::ConnectionsClosed, Value(count, Unit::Connections)));
    reply(count);
}

void Engine::Impl::drainBackend(const std::string& name, bool draining, control::Reply<std::uint32_t> reply)
{
    const auto backend = findBackend(name);
    if (!backend) return reply(notFound("unknown backend '" + name + "'"));
    const auto count = backend->setDraining(draining);
    eventLog_->append(Severity::Notice, draining ? "backend_draining" : "backend_resumed", name,
                      say(draining ? Phrase::BackendDrained : Phrase::BackendResumed));
    reply(count);
}

void Engine::Impl::probeBackend(const control::v1::ConnectionsRequest& request,
                                control::Reply<control::v1::ProbeReply> reply)
{
    const auto backend = findBackend(request.backend());
    if (!backend) return reply(notFound("unknown backend '" + request.backend() + "'"));
    auto run = [](Impl* self, std::shared_ptr<backend::Backend> asked,
                  control::Reply<control::v1::ProbeReply> then) -> net::awaitable<void> {
        const auto result = co_await asked->probe();
        control::v1::ProbeReply out;
        out.set_healthy(result.healthy);
        out.set_latency_ms(toMs(result.latency));
        const Sentence reason = Sentence::joined(result.reason, self->gateway_->listingProblem(*asked));
        out.set_reason(reason.english());
        *out.mutable_reason_words() = telemetry::message(reason);
        then(out);
    };
    net::co_spawn(io_, run(this, backend, reply), net::detached);
}

void Engine::Impl::testBackend(const config::v1::Backend& wanted, control::Reply<control::v1::TestBackendReply> reply)
{
    if (trials_ >= kTrialsMax)
        return reply(resourceExhausted(std::to_string(kTrialsMax) + " backends are being tested already"));
    auto run = [](Impl* self, backend::BackendOptions options,
                  control::Reply<control::v1::TestBackendReply> then) -> net::awaitable<void> {
        const auto result =
            co_await backend::tryBackend(std::move(options), self->io_.get_executor(), self->clock_, kTrialMost);
        --self->trials_;
        control::v1::TestBackendReply out;
        out.set_reachable(result.reachable);
        out.set_latency_ms(toMs(result.latency));
        out.set_reason(washed(result.reason, kMessageBytesMax));
        for (const auto& model : result.models) {
            if (out.models_size() == kTrialModelsMax) break;
            out.add_models(model);
        }
        out.set_models_left_out(static_cast<std::uint32_t>(result.models.size()) -
                                static_cast<std::uint32_t>(out.models_size()));
        then(out);
    };
    ++trials_;
    net::co_spawn(io_,
                  run(this, backendOptions(wanted, config_->current(), options_.runtimeProgram, options_.sampleModels),
                      std::move(reply)),
                  net::detached);
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
