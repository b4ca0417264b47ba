// SPDX-License-Identifier: GPL-3.0-or-later
#include "backend/runtime/runtime_backend.h"

#include "backend/model_list.h"
#include "base/program_folder.h"
#include "base/text.h"
#include "http/grpc_framed.h"
#include "inference.pb.h"
#include "phrases.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdlib.h>
#include <unistd.h>

namespace millrace::backend {

namespace json = boost::json;

namespace {

constexpr std::size_t kTailLines = 5;
constexpr Duration kIdleLook = 50ms;  ///< at the calls of a process that is to end
constexpr char kListTarget[] = "/v1/models";
constexpr char kHealthTarget[] = "/healthz";  // cheap: listing the models reads their folders

constexpr char kService[] = "/inference.GRPCInferenceService/";

/// Of a load, to our runtime: "preload", or "hurry" for one in flight.
constexpr char kUrgency[] = "urgency";
constexpr Duration kHurryWithin = 5s;

Status unreadable()
{
    return internal("the runtime's answer cannot be parsed");
}

pool::GrpcPool::Target grpcTarget(const std::string& address)
{
    pool::GrpcPool::Target target;
    target.address = address;
    target.checkPath = std::string(kService) + "ServerLive";
    target.checkAnswer = [](http::GrpcMessageReader::Message& message) {
        inference::ServerLiveResponse answer;
        if (!http::parseMessage(answer, message.bytes())) return unreadable();
        return answer.live() ? absl::OkStatus() : unavailable("the server reports that it is not live");
    };
    return target;
}

pool::HttpPool::Target httpTarget(const std::string& address)
{
    pool::HttpPool::Target target;
    if (auto endpoint = pool::parseEndpoint(address); endpoint.ok()) target.endpoint = *std::move(endpoint);
    target.healthTarget = kHealthTarget;
    return target;
}

/// A new folder that only we may enter. Where the user's own files of this run are, else among the temporary ones.
StatusOr<std::string> makeSocketFolder()
{
    // A socket's path has at most 107 bytes.
    constexpr std::size_t kParentMax = 80;
    const char* const runtimeDir = std::getenv("XDG_RUNTIME_DIR");
    for (const char* parent : {runtimeDir, "/tmp"}) {
        if (parent == nullptr || *parent != '/' || std::strlen(parent) > kParentMax) continue;
        std::string path = std::string(parent) + "/millrace-XXXXXX";
        if (::mkdtemp(path.data()) != nullptr) return path;
    }
    return unavailable(std::string("cannot create a folder for the runtime's sockets: ") + strerror(errno));
}

/// The largest value that loader.concurrent_max may have: the engine alone decides how many load at a time, and a load
/// never waits in the runtime.
constexpr std::uint32_t kLoadsMax = 64;

/// Nobody listens there; the pools are down until the process says where it does.
constexpr char kNowhere[] = "127.0.0.1:1";

}  // namespace

StatusOr<std::shared_ptr<Backend>> RuntimeBackend::create(BackendOptions options, Strand strand, Clock& clock,
                                                          Registry& registry, EventLog& eventLog)
{
    if (options.modelRepositories.empty())
        return withField(invalidArgument("backend " + options.name + " requires a model repository"),
                         "model_repository");
    return std::make_shared<RuntimeBackend>(std::move(options), strand, clock, registry, eventLog);
}

RuntimeBackend::RuntimeBackend(BackendOptions options, Strand strand, Clock& clock, Registry& registry,
                               EventLog& eventLog)
    : options_(std::move(options)),
      binary_(options_.runtimeBinary.empty() ? (programFolder() / "millrace-runtime").string()
                                             : options_.runtimeBinary),
      strand_(strand),
      clock_(clock),
      eventLog_(eventLog),
      enabled_(options_.enabled),
      healthInterval_(options_.pool.healthInterval),
      http_(pool::PoolSetup{strand, clock, registry, options_.name, options_.pool, options_.seed},
            httpTarget(kNowhere)),
      grpc_(pool::PoolSetup{strand, clock, registry, options_.name, options_.pool, options_.seed + 1},
            grpcTarget(kNowhere))
{
    http_.onHealth([this](const pool::HealthChange& change) { healthChanged("HTTP", change); });
    grpc_.onHealth([this](const pool::HealthChange& change) { healthChanged("gRPC", change); });
    http_.setDown("the runtime has not been started");
    grpc_.setDown("the runtime has not been started");
    http_.setEnabled(enabled_);
    grpc_.setEnabled(enabled_);
}

RuntimeBackend::~RuntimeBackend()
{
    child_.reset();  // ended and reaped; then nobody needs them
    removeSockets();
}

// ---- the process ----

void RuntimeBackend::start()
{
    if (started_) return;
    started_ = true;
    http_.start();
    grpc_.start();
    if (enabled_) launch();
}

void RuntimeBackend::launch()
{
    const auto failed = [this](const Status& why) {
        goneDown(text(why));
        soon(std::max<Duration>(restarts_.ended(Duration::zero()), RestartPolicy::kFirst),
             &RuntimeBackend::launchAgain);
    };
    removeSockets();
    auto folder = makeSocketFolder();
    if (!folder.ok()) return failed(folder.status());
    sockets_ = *std::move(folder);
    std::vector<std::string> arguments;
    for (const std::string& repository : options_.modelRepositories) {
        arguments.push_back("--repository");
        arguments.push_back(repository);
    }
    const std::initializer_list<std::string> more = {"--sockets",          sockets_,
                                                     "--threads",          std::to_string(options_.threads),
                                                     "--load-threads",     std::to_string(kLoadsMax),
                                                     "--exit-on-stdin-eof"};
    arguments.insert(arguments.end(), more);
    arguments.insert(arguments.end(), options_.runtimeArguments.begin(), options_.runtimeArguments.end());

    ++generation_;
    ready_ = false;
    errorTail_.clear();
    ChildProcess::Handlers handlers;
    handlers.onOutput = [this](const std::string& line) { outputLine(line); };
    handlers.onError = [this](const std::string& line) { errorLine(line); };
    handlers.onExit = [this](const std::string& why) { exited(why); };
    auto child = ChildProcess::start(strand_, binary_, arguments, std::move(handlers));
    if (!child.ok()) return failed(child.status());
    child_ = *std::move(child);
    soon(kReadyMax, &RuntimeBackend::readyTooLate);
}

void RuntimeBackend::soon(Duration wait, void (RuntimeBackend::*what)(std::uint64_t))
{
    net::co_spawn(strand_, later(weak_from_this(), clock_, wait, what, generation_), net::detached);
}

net::awaitable<void> RuntimeBackend::later(std::weak_ptr<RuntimeBackend> weak, Clock& clock, Duration wait,
                                           void (RuntimeBackend::*what)(std::uint64_t), std::uint64_t generation)
{
    if (wait > Duration::zero()) co_await clock.sleepUntil(clock.now() + wait);
    const auto self = weak.lock();
    if (self && self->generation_ == generation) ((*self).*what)(generation);
}

void RuntimeBackend::launchAgain(std::uint64_t)
{
    if (!stopping_ && enabled_ && !child_) launch();
}

void RuntimeBackend::readyTooLate(std::uint64_t)
{
    if (ready_ || !child_) return;
    errorTail_.push_back("it did not become ready within " + std::to_string(kReadyMax / 1s) + " s");
    child_->kill();
}

void RuntimeBackend::killLate(std::uint64_t)
{
    if (child_) child_->kill();
}

/// Asks the process how it is when the pools do not do so often enough or say that it is unwell, and ends one that
/// hangs: a driver or a deadlock never comes back. A busy one answers, or its bytes count as life with the pools.
net::awaitable<void> RuntimeBackend::watch(std::weak_ptr<RuntimeBackend> weak, Clock& clock, std::uint64_t generation)
{
    TimePoint passed = clock.now();
    std::uint32_t failures = 0;
    Duration pace = kWatchEvery;
    for (;;) {
        co_await clock.sleepUntil(clock.now() + pace);
        const auto self = weak.lock();
        if (!self || self->generation_ != generation || self->stopping_) co_return;
        const Duration interval = std::max<Duration>(self->healthInterval_, 100ms);
        pace = std::min(interval, kWatchEvery);
        if (!self->enabled_ || self->draining_ || (self->up_ && failures == 0 && interval <= kWatchEvery)) {
            passed = clock.now();
            failures = 0;
            continue;
        }
        const std::uint64_t failedBefore = self->checksFailed();
        const pool::ProbeResult result = co_await self->probe();
        if (self->generation_ != generation || self->stopping_) co_return;
        if (result.healthy) {
            passed = clock.now();
            failures = 0;
            continue;
        }
        if (self->checksFailed() == failedBefore) continue;  // it could not be asked: that says nothing
        pace = std::min<Duration>(pace, 1s);
        const Duration silent = clock.now() - passed;
        if (++failures < kHungChecks || silent < std::clamp<Duration>(10 * interval, kHungMin, kHungMax)) continue;
        if (!self->child_) co_return;
        self->endReason_ = "did not respond for " + std::to_string(silent / 1s) + " s (" + std::to_string(failures) +
                           " consecutive failed health checks, last: " + result.reason + ") and was killed";
        self->child_->kill();
        co_return;
    }
}

std::uint64_t RuntimeBackend::checksFailed() const
{
    return http_.snapshot().healthFailed + grpc_.snapshot().healthFailed;
}

void RuntimeBackend::removeSockets()
{
    std::error_code ignored;
    if (!sockets_.empty()) std::filesystem::remove_all(std::exchange(sockets_, {}), ignored);
}

void RuntimeBackend::outputLine(const std::string& line)
{
    json::error_code error;
    const json::value value = json::parse(line, error);
    const json::object* said = error || !value.is_object() ? nullptr : &value.get_object();
    const auto address = [&](const char* name) {
        const json::value* found = said ? said->if_contains(name) : nullptr;
        return found && found->is_string() ? std::string(found->get_string().c_str()) : std::string();
    };
    const std::string http = address("http"), grpc = address("grpc");
    if (ready_ || http.empty() || grpc.empty()) return errorLine(line);  // just words
    ready_ = true;
    readyAt_ = clock_.now();
    net::co_spawn(strand_, watch(weak_from_this(), clock_, generation_), net::detached);
    http_.setTarget(httpTarget(http));
    grpc_.setTarget(grpcTarget(grpc));
    if (!lastExit_.empty()) {
        eventLog_.append(Severity::Notice, "runtime_restarted", name(),
                         say(Phrase::RuntimeRestarted, std::to_string(child_->pid()), Value::quote(lastExit_)));
        lastExit_.clear();
    }
    if (stopping_) return;
    http_.setDown(std::nullopt);
    grpc_.setDown(std::nullopt);
}

void RuntimeBackend::errorLine(const std::string& line)
{
    if (errorTail_.size() == kTailLines) errorTail_.pop_front();
    errorTail_.push_back(line);
    if (options_.log)
        options_.log(line);
    else
        std::fprintf(stderr, "%s: %s\n", name().c_str(), line.c_str());
}

void RuntimeBackend::exited(const std::string& how)
{
    const std::string why = endReason_.empty() ? how : std::exchange(endReason_, {});
    removeSockets();
    const Duration ranFor = ready_ ? clock_.now() - readyAt_ : Duration::zero();
    child_.reset();
    ready_ = false;
    ++generation_;
    if (ended_) ended_->set(true);
    if (stopping_) return;
    if (!enabled_) {
        if (listener_.onDown) listener_.onDown("disabled", true);  // what it had in memory went with it
        return;
    }
    std::string reason = "the runtime " + why;
    if (!errorTail_.empty()) reason += "; its last output: " + errorTail_.back();
    lastExit_ = why;
    goneDown(reason);
    soon(restarts_.ended(ranFor), &RuntimeBackend::launchAgain);
}

void RuntimeBackend::goneDown(const std::string& why)
{
    http_.setDown(why);
    grpc_.setDown(why);
    eventLog_.append(Severity::Warning, "backend_down", name(), why);
    up_ = false;
    if (listener_.onDown) listener_.onDown(why, true);
}

net::awaitable<void> RuntimeBackend::stop()
{
    const auto self = shared_from_this();
    stopping_ = true;
    ++generation_;  // nothing is started again
    co_await http_.stop();
    co_await grpc_.stop();
    if (!child_) co_return;
    OneShot<bool> ended;
    ended_ = ended;
    child_->askToEnd();
    soon(kEndMax, &RuntimeBackend::killLate);
    co_await ended.wait();
    ended_.reset();
}

void RuntimeBackend::abandon()
{
    child_.reset();  // kills it and waits
    if (ended_) ended_->set(true);
}

// ---- state ----

bool RuntimeBackend::available(std::string* why) const
{
    return grpc_.available(why) && http_.available(why);
}

void RuntimeBackend::healthChanged(const std::string& protocol, const pool::HealthChange& change)
{
    using Kind = pool::HealthChange::Kind;
    if (change.kind == Kind::Up) {
        if (up_ || !available(nullptr)) return;
        up_ = true;
        eventLog_.append(Severity::Info, "backend_up", name(),
                         say(Phrase::RuntimeIsUp, std::to_string(pid()), protocol, change.reason));
        if (listener_.onUp) listener_.onUp();
        return;
    }
    eventLog_.append(Severity::Warning, change.kind == Kind::Ejected ? "backend_ejected" : "backend_down", name(),
                     say(Phrase::ProtocolSays, protocol, change.reason));
    if (!std::exchange(up_, false)) return;
    if (listener_.onDown) listener_.onDown(change.reason, false);
}

void RuntimeBackend::apply(const pool::Options& options)
{
    healthInterval_ = options.healthInterval;
    http_.apply(options);
    grpc_.apply(options);
}

void RuntimeBackend::setEnabled(bool enabled)
{
    if (enabled_ == enabled) return;
    enabled_ = enabled;
    http_.setEnabled(enabled);
    grpc_.setEnabled(enabled);
    if (!enabled && std::exchange(up_, false)) {
        eventLog_.append(Severity::Notice, "backend_down", name(), say(Phrase::BackendIsDisabled));
        if (listener_.onDown) listener_.onDown("disabled", false);
    }
    if (!enabled && child_) endWhenIdle(generation_);
    if (enabled && started_ && !child_ && !stopping_) launch();
    if (enabled && ready_) healthChanged("process", {pool::HealthChange::Kind::Up, say(Phrase::BackendEnabledAgain)});
}

void RuntimeBackend::endWhenIdle(std::uint64_t)
{
    if (enabled_ || stopping_ || !child_) return;
    if (outstanding() > 0) return soon(kIdleLook, &RuntimeBackend::endWhenIdle);
    lastExit_ = "was disabled";
    http_.setDown("the runtime was disabled");
    grpc_.setDown("the runtime was disabled");
    child_->askToEnd();
    soon(kEndMax, &RuntimeBackend::killLate);
}

std::uint32_t RuntimeBackend::setDraining(bool draining)
{
    draining_ = draining;
    return http_.setDraining(draining) + grpc_.setDraining(draining);
}

std::uint32_t RuntimeBackend::evict(const std::string& protocol, const std::vector<ConnectionId>& ids)
{
    std::uint32_t evicted = 0;
    if (protocol.empty() || protocol == "http") evicted += http_.evict(ids);
    if (protocol.empty() || protocol == "grpc") evicted += grpc_.evict(ids);
    return evicted;
}

net::awaitable<pool::ProbeResult> RuntimeBackend::probe()
{
    const auto self = shared_from_this();
    pool::ProbeResult grpc = co_await grpc_.probe();
    if (!grpc.healthy) co_return grpc;
    pool::ProbeResult http = co_await http_.probe();
    http.latency = std::max(http.latency, grpc.latency);
    co_return http;
}

// ---- calls ----

template <typename Response, typename Request>
net::awaitable<StatusOr<std::unique_ptr<Response>>> RuntimeBackend::call(const char* method,
                                                                         std::shared_ptr<const Request> message,
                                                                         CallContext context)
{
    auto response = std::make_unique<Response>();
    pool::GrpcRequest request;
    request.path = std::string(kService) + method;
    if constexpr (http::HasRawInputs<Request>)
        request.framed = http::frameMessage(std::move(message));  // which keeps it as long as it takes to send it
    else
        request.framed = http::frameMessage(*message);
    if constexpr (http::HasRawOutputs<Response>) request.bulkField = http::kRawOutputContents;
    request.read = [to = response.get()](http::GrpcMessageReader::Message& answer) {
        return http::parseMessage(*to, answer) ? absl::OkStatus() : unreadable();
    };
    const auto trace = context.trace;
    const Status status = co_await grpc_.call(std::move(request), context.deadline, context.cancel, trace.get());
    if (status.ok()) co_return std::move(response);
    if (context.cancel.cancelled()) co_return context.cancel.status();
    co_return status;
}

net::awaitable<StatusOr<std::unique_ptr<inference::ModelInferResponse>>> RuntimeBackend::infer(
    std::shared_ptr<const inference::ModelInferRequest> request, CallContext context)
{
    return call<inference::ModelInferResponse>("ModelInfer", std::move(request), std::move(context));
}

net::awaitable<StatusOr<std::unique_ptr<inference::ModelMetadataResponse>>> RuntimeBackend::modelMetadata(
    std::string model, CallContext context)
{
    auto request = std::make_shared<inference::ModelMetadataRequest>();
    request->set_name(model);
    return call<inference::ModelMetadataResponse>(
        "ModelMetadata", std::shared_ptr<const inference::ModelMetadataRequest>(request), std::move(context));
}

net::awaitable<StatusOr<std::uint64_t>> RuntimeBackend::loadModel(std::string model, CallContext context)
{
    auto request = std::make_shared<inference::RepositoryModelLoadRequest>();
    request->set_model_name(model);
    if (context.priority < 0) (*request->mutable_parameters())[kUrgency].set_string_param("preload");
    const std::shared_ptr<const inference::RepositoryModelLoadRequest> fixed = request;
    const auto loaded = co_await call<inference::RepositoryModelLoadResponse>("RepositoryModelLoad", fixed, context);
    if (!loaded.ok()) co_return loaded.status();
    // The footprint is known once it is there; a list that fails now does not undo the load.
    const auto models = co_await listModels(context);
    if (models.ok())
        for (const ModelInfo& info : *models)
            if (info.name == model) co_return info.bytes;
    co_return std::uint64_t{0};
}

void RuntimeBackend::hurryLoad(const std::string& model)
{
    net::co_spawn(strand_, hurry(shared_from_this(), model), net::detached);
}

net::awaitable<void> RuntimeBackend::hurry(std::shared_ptr<RuntimeBackend> self, std::string model)
{
    auto request = std::make_shared<inference::RepositoryModelLoadRequest>();
    request->set_model_name(model);
    (*request->mutable_parameters())[kUrgency].set_string_param("hurry");
    const std::shared_ptr<const inference::RepositoryModelLoadRequest> fixed = request;
    CallContext context;
    context.deadline = self->clock_.now() + kHurryWithin;
    // The load itself says how it ends.
    static_cast<void>(
        co_await self->call<inference::RepositoryModelLoadResponse>("RepositoryModelLoad", fixed, std::move(context)));
}

net::awaitable<Status> RuntimeBackend::unloadModel(std::string model, CallContext context)
{
    auto request = std::make_shared<inference::RepositoryModelUnloadRequest>();
    request->set_model_name(model);
    const std::shared_ptr<const inference::RepositoryModelUnloadRequest> fixed = request;
    const auto unloaded =
        co_await call<inference::RepositoryModelUnloadResponse>("RepositoryModelUnload", fixed, std::move(context));
    co_return unloaded.status();
}

net::awaitable<StatusOr<pool::HttpResponse>> RuntimeBackend::http(pool::HttpRequest request, CallContext context)
{
    const auto trace = context.trace;
    if (!request.silenceMax && context.silenceMax != Duration::max()) request.silenceMax = context.silenceMax;
    co_return co_await http_.exchange(std::move(request), context.deadline, context.cancel, trace.get());
}

net::awaitable<StatusOr<std::vector<ModelInfo>>> RuntimeBackend::listModels(CallContext context)
{
    pool::HttpRequest request;
    request.method = "GET";
    request.target = kListTarget;
    StatusOr<pool::HttpResponse> answer = co_await http(std::move(request), std::move(context));
    co_return co_await readModelList(std::move(answer), kListTarget);
}

}  // namespace millrace::backend
