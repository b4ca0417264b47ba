// SPDX-License-Identifier: GPL-3.0-or-later
#include "backend/runtime/runtime_backend.h"

#include "backend/runtime/hang_watch.h"
#include "base/program_folder.h"
#include "base/text.h"
#include "inference.pb.h"
#include "phrases.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <cstdio>
#include <unistd.h>

namespace millrace::backend {

namespace json = boost::json;

namespace {

constexpr std::size_t kTailLines = 5;
constexpr Duration kIdleLook = 50ms;  ///< at the calls of a process that is to end
/// The largest value that loader.concurrent_max may have: the engine alone decides how many load at a time, and a load
/// never waits in the runtime.
constexpr std::uint32_t kLoadsMax = 64;

}  // namespace

StatusOr<std::shared_ptr<AdministeredBackend>> RuntimeBackend::create(BackendOptions options, Strand strand,
                                                                      Clock& clock, Registry& registry,
                                                                      EventLog& eventLog)
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
      client_(
          strand, clock, registry, options_.name, options_.pool, options_.seed,
          [this](const std::string& protocol, const pool::HealthChange& change) { healthChanged(protocol, change); })
{
    client_.setDown("the runtime has not been started");
    client_.setEnabled(enabled_);
}

RuntimeBackend::~RuntimeBackend()
{
    child_.reset();  // ended and reaped; then nobody needs them
    sockets_.remove();
}

// ---- the process ----

void RuntimeBackend::start()
{
    if (started_) return;
    started_ = true;
    client_.start();
    if (enabled_) launch();
}

void RuntimeBackend::launch()
{
    const auto failed = [this](const Status& why) {
        markDown(text(why));
        soon(std::max<Duration>(restarts_.ended(Duration::zero()), RestartPolicy::kFirst),
             &RuntimeBackend::launchAgain);
    };
    sockets_.remove();
    auto folder = SocketFolder::make();
    if (!folder.ok()) return failed(folder.status());
    sockets_ = *std::move(folder);
    std::vector<std::string> arguments;
    for (const std::string& repository : options_.modelRepositories) {
        arguments.push_back("--repository");
        arguments.push_back(repository);
    }
    const std::initializer_list<std::string> more = {
        "--sockets",      sockets_.path(),           "--threads",          std::to_string(options_.threads),
        "--load-threads", std::to_string(kLoadsMax), "--exit-on-stdin-eof"};
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

/// Health-checks the process when the pools do not do so often enough or say that it is unhealthy, and ends one that
/// hangs. A busy one answers, or its bytes count as life with the pools.
net::awaitable<void> RuntimeBackend::watch(std::weak_ptr<RuntimeBackend> weak, Clock& clock, std::uint64_t generation)
{
    HangWatch watch(clock.now());
    Duration pace = HangWatch::kEvery;
    for (;;) {
        co_await clock.sleepUntil(clock.now() + pace);
        const auto self = weak.lock();
        if (!self || self->generation_ != generation || self->stopping_) co_return;
        const Duration interval = self->healthInterval_;
        pace = HangWatch::pace(interval);
        if (!self->enabled_ || self->draining_ || (self->up_ && watch.mayLeaveToPools(interval))) {
            watch.passed(clock.now());
            continue;
        }
        const std::uint64_t failedBefore = self->client_.checksFailed();
        const pool::ProbeResult result = co_await self->probe();
        if (self->generation_ != generation || self->stopping_) co_return;
        if (result.healthy) {
            watch.passed(clock.now());
            continue;
        }
        if (self->client_.checksFailed() == failedBefore) continue;  // it could not be asked: that says nothing
        watch.failed(clock.now(), interval);
        pace = HangWatch::paceAfterFailure(interval);
        if (!watch.hangs()) continue;
        if (!self->child_) co_return;
        self->endReason_ = "did not respond for " + std::to_string(watch.silent() / 1s) + " s (" +
                           std::to_string(watch.failures()) +
                           " consecutive failed health checks, last: " + result.reason + ") and was killed";
        self->child_->kill();
        co_return;
    }
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
    client_.setTargets(http, grpc);
    if (!lastExit_.empty()) {
        eventLog_.append(Severity::Notice, "runtime_restarted", name(),
                         say(Phrase::RuntimeRestarted, std::to_string(child_->pid()), Value::quote(lastExit_)));
        lastExit_.clear();
    }
    if (stopping_) return;
    client_.setDown(std::nullopt);
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
    sockets_.remove();
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
    markDown(reason);
    soon(restarts_.ended(ranFor), &RuntimeBackend::launchAgain);
}

void RuntimeBackend::markDown(const std::string& why)
{
    client_.setDown(why);
    eventLog_.append(Severity::Warning, "backend_down", name(), why);
    up_ = false;
    if (listener_.onDown) listener_.onDown(why, true);
}

net::awaitable<void> RuntimeBackend::stop()
{
    const auto self = shared_from_this();
    stopping_ = true;
    ++generation_;  // nothing is started again
    co_await client_.stop();
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
    client_.apply(options);
}

void RuntimeBackend::setEnabled(bool enabled)
{
    if (enabled_ == enabled) return;
    enabled_ = enabled;
    client_.setEnabled(enabled);
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
    client_.setDown("the runtime was disabled");
    child_->askToEnd();
    soon(kEndMax, &RuntimeBackend::killLate);
}

std::uint32_t RuntimeBackend::setDraining(bool draining)
{
    draining_ = draining;
    return client_.setDraining(draining);
}

net::awaitable<pool::ProbeResult> RuntimeBackend::probe()
{
    const auto self = shared_from_this();
    co_return co_await client_.probe();
}

void RuntimeBackend::expediteLoad(const std::string& model)
{
    auto expedite = [](std::shared_ptr<RuntimeBackend> self, std::string name) -> net::awaitable<void> {
        co_await self->client_.expediteLoad(std::move(name));
    };
    net::co_spawn(strand_, expedite(shared_from_this(), model), net::detached);
}

}  // namespace millrace::backend
