// SPDX-License-Identifier: GPL-3.0-or-later
#include "serve/gateway.h"

#include "backend/tensor.h"
#include "base/gate.h"
#include "inference.pb.h"
#include "pool/alarm.h"
#include "serve/admission.h"
#include "serve/retry_budget.h"
#include "serve/router.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <algorithm>
#include <array>
#include <list>
#include <unordered_map>

namespace millrace::serve {

namespace {

constexpr Duration kListEvery = 5s;     // models of a backend are asked for again
constexpr Duration kLookEvery = 200ms;  // whether a backend came up or went down
constexpr Duration kListTimeout = 5s;
constexpr std::chrono::milliseconds kComeBack = 5s;  // after a stop

Status stopping()
{
    return withRetryAfter(unavailable("the engine is stopping and takes no new requests"), kComeBack);
}

bool isHopByHop(std::string_view name)
{
    constexpr std::array<std::string_view, 13> kDropped = {
        "connection",      "keep-alive", "proxy-authenticate", "proxy-authorization", "te",
        "trailer",         "upgrade",    "transfer-encoding",  "content-length",      "host",
        "accept-encoding", "expect",     "authorization"};
    return std::any_of(kDropped.begin(), kDropped.end(), [&](std::string_view dropped) {
        return name.size() == dropped.size() &&
               std::equal(name.begin(), name.end(), dropped.begin(), [](char left, char right) {
                   return (left >= 'A' && left <= 'Z' ? left + 32 : left) == right;
               });
    });
}

pool::HttpFields endToEnd(pool::HttpFields fields)
{
    std::erase_if(fields, [](const pool::HttpField& field) { return isHopByHop(field.name); });
    return fields;
}

/// A body that is in memory already.
class TextBody final : public pool::HttpBody {
public:
    explicit TextBody(std::string text) : text_(std::move(text)) {}
    net::awaitable<StatusOr<std::string>> read() override { co_return std::exchange(text_, {}); }

private:
    std::string text_;
};

/// How the work for a call was ended from outside, if it was.
struct Interest {
    CancelToken client;  ///< nobody is there any more
    CancelToken work;    ///< nothing is done any more: the client left, or the engine stops

    Status why() const
    {
        if (client.cancelled()) return client.status();
        return withRetryAfter(unavailable(text(work.status())), kComeBack);
    }
    /// What came of the work, as the client has to hear it.
    Status told(Status status) const { return absl::IsCancelled(status) && work.cancelled() ? why() : status; }
};

/// Keeps the model in memory until its answer has been read, or nobody reads it any more.
class LeasedBody final : public pool::HttpBody {
public:
    LeasedBody(std::unique_ptr<pool::HttpBody> inner, load::ModelLease lease, Interest interest)
        : inner_(std::move(inner)), lease_(std::move(lease)), interest_(std::move(interest))
    {}
    net::awaitable<StatusOr<std::string>> read() override
    {
        auto piece = co_await inner_->read();
        if (!piece.ok() || piece->empty()) lease_.release();
        if (!piece.ok()) co_return interest_.told(piece.status());
        co_return piece;
    }

private:
    std::unique_ptr<pool::HttpBody> inner_;
    load::ModelLease lease_;
    Interest interest_;
};

std::string outcomeOf(int httpStatus, const Status& status)
{
    if (httpStatus == 499 || status.code() == absl::StatusCode::kCancelled) return "cancelled";
    if (status.ok() && httpStatus < 400) return "ok";
    if (status.code() == absl::StatusCode::kResourceExhausted || httpStatus == 429) return "refused";
    return "failed";
}

}  // namespace

// ---- what the gateway holds ----

class Gateway::Impl : public std::enable_shared_from_this<Gateway::Impl> {
public:
    class CallState;

    Impl(Strand strandIn, Clock& clockIn, Registry& registryIn, Journal& journalIn, batch::Batcher& batcherIn,
         load::Loader& loaderIn, stream::Streamer& streamerIn, Options optionsIn)
        : strand(strandIn),
          clock(clockIn),
          registry(registryIn),
          journal(journalIn),
          batcher(batcherIn),
          loader(loaderIn),
          streamer(streamerIn),
          options(optionsIn),
          admission(optionsIn.requestsMax, optionsIn.queueMax),
          deadlines(strandIn, clockIn, [this] { expireWaiters(); }),
          retries(optionsIn.retryBudgetPercent),
          ended(kRecordsMax),
          offered(registry.counter("millrace_requests_offered_total", "Requests that arrived")),
          running(registry.gauge("millrace_requests_in_flight", "Requests being served or waiting")),
          duration(registry.histogram("millrace_request_duration_seconds",
                                      "Arrival to last byte of requests that ended well", buckets::latencySeconds())),
          firstByteTime(registry.histogram("millrace_time_to_first_byte_seconds",
                                           "Arrival to first byte of streamed answers", buckets::latencySeconds())),
          admissionWait(
              registry.histogram("millrace_admission_wait_seconds", "Wait for admission", buckets::latencySeconds()))
    {}

    net::awaitable<Status> admit(CallState& call);
    void expireWaiters()
    {
        admission.expire(clock.now());
        if (const auto next = admission.wakeAt()) deadlines.at(*next);
    }
    net::awaitable<void> watchBackends();
    net::awaitable<void> list(std::shared_ptr<backend::Backend> backend);
    void publishCatalogue();
    void lookAgain(const backend::Backend* backend);
    std::optional<Status> admitNow(CallState& call);
    void end(CallState& call, int httpStatus, const Status& status, std::uint64_t bytesOut);
    bool mayRetry(const Status& status, const std::string& model, const std::set<std::string>& tried);

    struct RouteMetrics {
        Counter* ok;
        Counter* failed;
        Counter* cancelled;
        Counter* refused;
    };
    RouteMetrics& routeMetrics(const std::string& route)
    {
        auto [place, fresh] = routes.try_emplace(route);
        if (fresh) {
            const auto make = [&](const char* outcome) {
                return &registry.counter("millrace_requests_total", "Requests that ended",
                                         {{"route", route}, {"outcome", outcome}});
            };
            place->second = {make("ok"), make("failed"), make("cancelled"), make("refused")};
        }
        return place->second;
    }

    // fixed after construction
    Strand strand;
    Clock& clock;
    Registry& registry;
    Journal& journal;
    batch::Batcher& batcher;
    load::Loader& loader;
    stream::Streamer& streamer;

    // strand only
    Options options;
    Admission admission;
    pool::Alarm deadlines;  // of those that wait for admission
    RetryBudget retries;
    Router router;
    IdSource<RequestId> ids;
    Ring<RequestRecord> ended;
    std::list<CallState*> open;
    struct Watched {
        std::shared_ptr<backend::Backend> backend;
        bool available = false;
        bool listing = false;
        TimePoint listed{};
    };
    std::vector<Watched> backends;
    std::uint64_t total = 0, failed = 0, cancelledCalls = 0;
    std::unordered_map<std::string, RouteMetrics> routes;
    Gate gate;  // calls
    CancelSource stopped;

    Counter& offered;
    Gauge& running;
    Histogram& duration;
    Histogram& firstByteTime;
    Histogram& admissionWait;
};

// ---- one call ----

class Gateway::Impl::CallState final : public Call, public std::enable_shared_from_this<CallState> {
public:
    CallState(std::shared_ptr<Impl> gateway, CallInfo infoIn)
        : impl(std::move(gateway)), info(std::move(infoIn)), arrived(impl->clock.now()), pass(impl->gate.enter())
    {
        ctx.id = impl->ids.next();
        ctx.client = info.client;
        auto limit = impl->options.requestTimeout;
        if (info.timeout && *info.timeout < limit) limit = *info.timeout;
        ctx.deadline = arrived + limit;
        ctx.cancel = source.token();
        place = impl->open.insert(impl->open.end(), this);
        ++impl->total;
        impl->offered.add();
        impl->running.add(1);
        impl->retries.request();
    }
    ~CallState() override
    {
        if (!done) {
            cancel("the client left");
            impl->end(*this, 499, millrace::cancelled("the client left"), 0);
        }
    }
    const CallContext& context() const override { return ctx; }
    void setModel(const std::string& name) override { model = name; }
    void cancel(const std::string& reason) override
    {
        source.cancel(reason);
        work.cancel(reason);
    }
    /// Ends the work; the client is still there to hear why.
    void cutOff(const std::string& reason) { work.cancel(reason); }
    Interest interest() const
    {
        Interest out;
        out.client = ctx.cancel;
        out.work = work.token();
        return out;
    }
    /// The context of everything that works for this call.
    CallContext working() const
    {
        CallContext out = ctx;
        out.cancel = work.token();
        return out;
    }
    std::string program() const
    {
        if (!info.program.empty()) return info.program;
        return info.client.substr(0, info.client.find(" · "));
    }
    void firstByte() override
    {
        if (first) return;
        first = impl->clock.now();
        if (streamed) impl->firstByteTime.observe(toMs(*first - arrived) / 1000);
    }
    void finish(int httpStatus, const Status& status, std::uint64_t bytesOut) override
    {
        if (!done) impl->end(*this, httpStatus, status, bytesOut);
    }
    RequestRecord record(TimePoint now) const
    {
        RequestRecord out;
        out.id = ctx.id;
        out.arrived = arrived;
        out.client = info.client;
        out.model = model;
        out.route = info.route;
        out.phase = ctx.trace->phase;
        out.total = now - arrived;
        out.trace = *ctx.trace;
        out.own = info.own;
        return out;
    }

    std::shared_ptr<Impl> impl;
    CallInfo info;
    TimePoint arrived;
    Gate::Pass pass;
    CallContext ctx;
    CancelSource source;  // the client's interest
    CancelSource work;    // what is done for it: ends with the client's interest, or when the engine stops
    std::string model;
    std::optional<TimePoint> first;
    bool streamed = false;  // an event stream
    Admission::Permit permit;
    bool done = false;
    std::list<CallState*>::iterator place;
};

void Gateway::Impl::end(CallState& call, int httpStatus, const Status& status, std::uint64_t bytesOut)
{
    call.done = true;
    const auto now = clock.now();
    const std::string outcome = outcomeOf(httpStatus, status);
    auto record = call.record(now);
    record.status = httpStatus;
    record.bytesOut = bytesOut;
    record.phase = outcome == "ok" ? "done" : outcome == "cancelled" ? "cancelled" : "failed";
    if (outcome != "ok") record.reason = status.ok() ? "HTTP " + std::to_string(httpStatus) : text(status);
    if (call.first && record.trace.stream == Duration{}) record.trace.stream = now - *call.first;

    auto& route = routeMetrics(call.info.route);
    if (outcome == "ok") {
        route.ok->add();
        duration.observe(toMs(record.total) / 1000);
    } else if (outcome == "cancelled") {
        route.cancelled->add();
        ++cancelledCalls;
    } else {
        (outcome == "refused" ? route.refused : route.failed)->add();
        ++failed;
        const std::string reason =
            status.ok() ? codeName(fromHttp(static_cast<unsigned>(httpStatus), {})) : codeName(status);
        registry.counter("millrace_request_failures_total", "Failed and refused requests", {{"reason", reason}}).add();
    }
    running.add(-1);
    open.erase(call.place);
    ended.push(std::move(record));
    call.permit.release();
    call.pass = {};
}

/// The way of nearly all requests: no coroutine of its own. Empty: it has to wait.
std::optional<Status> Gateway::Impl::admitNow(CallState& call)
{
    if (call.permit) return absl::OkStatus();
    if (!call.pass) return stopping();
    if (call.work.cancelled()) return call.interest().why();
    call.permit = admission.tryEnter();
    if (call.permit) return absl::OkStatus();
    return std::nullopt;
}

net::awaitable<Status> Gateway::Impl::admit(CallState& call)
{
    const auto since = clock.now();
    OneShot<StatusOr<Admission::Permit>> turn;
    const RequestId id = call.ctx.id;
    const bool queued = admission.queue(id, call.program(), call.ctx.deadline,
                                        [turn](StatusOr<Admission::Permit> permit) { turn.set(std::move(permit)); });
    if (!queued) {
        co_return withRetryAfter(
            resourceExhausted(std::to_string(admission.running()) +
                              " requests are in flight (limits.requests_max) and " +
                              std::to_string(admission.waiting()) + " wait (limits.queue_max): the queue is full"),
            1s);
    }
    deadlines.at(call.ctx.deadline);
    const auto onCancel = call.work.token().onCancel([this, id, turn] {
        admission.leave(id);
        turn.set(millrace::cancelled("the request was cancelled"));
    });
    // A permit that comes too late for one who has left is destroyed with this frame, and its slot is free again.
    StatusOr<Admission::Permit> permit = co_await turn.wait();
    call.ctx.trace->queued = clock.now() - since;
    admissionWait.observe(toMs(call.ctx.trace->queued) / 1000);
    if (call.work.cancelled()) co_return call.interest().why();
    if (!permit.ok()) co_return permit.status();
    call.permit = *std::move(permit);
    call.ctx.trace->tell("waited for admission: " + std::to_string(admission.running()) + " of " +
                         std::to_string(admission.runningMax()) + " requests were in flight");
    co_return absl::OkStatus();
}

bool Gateway::Impl::mayRetry(const Status& status, const std::string& model, const std::set<std::string>& tried)
{
    if (status.code() != absl::StatusCode::kUnavailable) return false;
    if (!router.route(model, tried).ok()) return false;
    return retries.spend(clock.now());
}

// ---- backends and their models ----

net::awaitable<void> Gateway::Impl::watchBackends()
{
    const auto token = stopped.token();
    while (!token.cancelled()) {
        const auto now = clock.now();
        for (auto& watched : backends) {
            const bool available = watched.backend->available();
            const bool cameUp = available && !watched.available;
            if (!available && watched.available) loader.backendDown(watched.backend->name(), false);
            watched.available = available;
            if (available && !watched.listing && (cameUp || now - watched.listed >= kListEvery)) {
                watched.listing = true;
                auto backend = watched.backend;
                net::co_spawn(strand, list(std::move(backend)), net::detached);
            }
        }
        co_await clock.sleepUntil(now + kLookEvery);
    }
}

void Gateway::Impl::lookAgain(const backend::Backend* backend)
{
    for (auto& watched : backends) {
        if (watched.backend.get() != backend || watched.listing) continue;
        watched.available = true;
        watched.listing = true;
        net::co_spawn(strand, list(watched.backend), net::detached);
    }
}

net::awaitable<void> Gateway::Impl::list(std::shared_ptr<backend::Backend> backend)
{
    auto self = shared_from_this();
    CallContext context;
    context.client = "millrace";
    context.deadline = clock.now() + kListTimeout;
    context.cancel = stopped.token();
    auto models = co_await backend->listModels(std::move(context));
    for (auto& watched : backends) {
        if (watched.backend != backend) continue;
        watched.listing = false;
        watched.listed = clock.now();
        if (!models.ok()) continue;
        router.setModels(backend, *models);
        publishCatalogue();
    }
}

void Gateway::Impl::publishCatalogue()
{
    std::vector<load::CatalogueEntry> entries;
    for (const auto& [model, place] : router.all()) entries.push_back({model, place.backend, place.info});
    loader.setCatalogue(std::move(entries));
}

// ---- the gateway ----

Gateway::Gateway(Strand strand, Clock& clock, Registry& registry, Journal& journal, batch::Batcher& batcher,
                 load::Loader& loader, stream::Streamer& streamer, Options options)
    : impl_(std::make_shared<Impl>(strand, clock, registry, journal, batcher, loader, streamer, options))
{
    auto run = [](std::shared_ptr<Impl> impl) -> net::awaitable<void> { co_await impl->watchBackends(); };
    net::co_spawn(strand, run(impl_), net::detached);
}

Gateway::~Gateway()
{
    impl_->stopped.cancel("the engine stops");
}

void Gateway::apply(Options options)
{
    MR_ON_STRAND(impl_->strand);
    impl_->options = options;
    impl_->retries.apply(options.retryBudgetPercent);
    impl_->admission.apply(options.requestsMax, options.queueMax);
}

void Gateway::setBackends(std::vector<std::shared_ptr<backend::Backend>> backends)
{
    auto& held = impl_->backends;
    for (const auto& watched : held) {
        const bool stays = std::find(backends.begin(), backends.end(), watched.backend) != backends.end();
        if (stays) continue;
        impl_->loader.backendDown(watched.backend->name());
        impl_->router.removeBackend(watched.backend->name());
    }
    std::vector<Impl::Watched> next;
    for (auto& backend : backends) {
        const auto found =
            std::find_if(held.begin(), held.end(), [&](const auto& watched) { return watched.backend == backend; });
        if (found != held.end()) {
            next.push_back(*found);
            continue;
        }
        // A process that was killed may be back before the next look: what it had loaded is gone all the same.
        backend->setListener({[impl = std::weak_ptr(impl_), raw = backend.get()] {
                                  if (const auto here = impl.lock()) here->lookAgain(raw);
                              },
                              [impl = std::weak_ptr(impl_), name = backend->name()](const std::string&, bool lost) {
                                  if (const auto here = impl.lock(); here && lost) here->loader.backendDown(name);
                              }});
        next.push_back(Impl::Watched{std::move(backend)});
    }
    held = std::move(next);
    impl_->publishCatalogue();
}

net::awaitable<void> Gateway::refreshModels()
{
    auto impl = impl_;
    std::vector<std::shared_ptr<backend::Backend>> available;
    for (auto& watched : impl->backends)
        if (watched.backend->available()) available.push_back(watched.backend);
    for (auto& backend : available) co_await impl->list(backend);
}

std::shared_ptr<Call> Gateway::open(CallInfo info)
{
    MR_ON_STRAND(impl_->strand);
    return std::make_shared<Impl::CallState>(impl_, std::move(info));
}

net::awaitable<StatusOr<std::unique_ptr<inference::ModelInferResponse>>> Gateway::infer(
    std::shared_ptr<Call> callIn, std::unique_ptr<inference::ModelInferRequest> request)
{
    auto impl = impl_;
    auto call = std::static_pointer_cast<Impl::CallState>(callIn);
    call->setModel(request->model_name());
    if (auto status = backend::normaliseRequest(request.get()); !status.ok()) co_return status;
    auto admitted = impl->admitNow(*call);
    if (!admitted) admitted = co_await impl->admit(*call);
    if (!admitted->ok()) co_return *admitted;

    const std::string model = request->model_name();
    std::set<std::string> tried;
    for (bool again = false;; again = true) {
        auto place = impl->router.route(model, tried);
        if (!place.ok()) co_return place.status();
        auto lease = co_await impl->loader.acquire(model, place->backend, call->working());
        if (!lease.ok()) co_return call->interest().told(lease.status());
        // The request is kept while another backend could still be asked.
        const bool last = again || !impl->router.hasOther(model, place->backend->name());
        auto sent = last ? std::move(request) : std::make_unique<inference::ModelInferRequest>(*request);
        auto answer =
            co_await impl->batcher.infer(place->backend, std::move(sent), place->info.batchMax, call->working());
        if (!answer.ok() && call->work.cancelled()) co_return call->interest().told(answer.status());
        if (answer.ok() || last) co_return answer;
        tried.insert(place->backend->name());
        if (!impl->mayRetry(answer.status(), model, tried)) co_return answer;
        call->ctx.trace->tell("sent again: " + place->backend->name() + " failed: " + text(answer.status()));
        impl->registry.counter("millrace_retries_total", "Requests sent again", {{"reason", codeName(answer.status())}})
            .add();
    }
}

net::awaitable<StatusOr<std::unique_ptr<inference::ModelMetadataResponse>>> Gateway::modelMetadata(
    std::shared_ptr<Call> callIn, std::string model)
{
    auto impl = impl_;
    auto call = std::static_pointer_cast<Impl::CallState>(callIn);
    call->setModel(model);
    auto admitted = impl->admitNow(*call);
    if (!admitted) admitted = co_await impl->admit(*call);
    if (!admitted->ok()) co_return *admitted;
    auto place = impl->router.route(model);
    if (!place.ok()) co_return place.status();
    auto lease = co_await impl->loader.acquire(model, place->backend, call->working());
    if (!lease.ok()) co_return call->interest().told(lease.status());
    co_return co_await place->backend->modelMetadata(std::move(model), call->working());
}

net::awaitable<StatusOr<OpenAiAnswer>> Gateway::openAi(std::shared_ptr<Call> callIn, OpenAiCall request)
{
    auto impl = impl_;
    auto call = std::static_pointer_cast<Impl::CallState>(callIn);
    call->setModel(request.model);
    call->streamed = request.eventStream;
    auto admitted = impl->admitNow(*call);
    if (!admitted) admitted = co_await impl->admit(*call);
    if (!admitted->ok()) co_return *admitted;
    request.request.fields = endToEnd(std::move(request.request.fields));

    std::set<std::string> tried;
    for (bool again = false;; again = true) {
        auto place = impl->router.route(request.model, tried);
        if (!place.ok()) co_return place.status();
        if (!place->backend->capabilities().openai)
            co_return withField(invalidArgument("model '" + request.model + "' is on backend " +
                                                place->backend->name() + ", which has no OpenAI routes"),
                                "model");
        auto lease = co_await impl->loader.acquire(request.model, place->backend, call->working());
        if (!lease.ok()) co_return call->interest().told(lease.status());

        const bool last = again || !impl->router.hasOther(request.model, place->backend->name());
        OpenAiAnswer answer;
        std::unique_ptr<pool::HttpBody> body;
        Status failure;
        std::optional<std::uint64_t> length;
        const bool completes = request.completions && !request.eventStream && impl->batcher.mergesCompletions();
        if (request.embeddings || completes) {
            const auto kind = completes ? batch::ListKind::Completions : batch::ListKind::Embeddings;
            auto sent = last ? std::move(request.request) : request.request;
            auto merged = co_await impl->batcher.list(place->backend, request.model, kind, std::move(sent),
                                                      completes ? 0 : place->info.batchMax, call->working());
            lease->release();
            if (merged.ok()) {
                answer.status = merged->status;
                answer.fields = std::move(merged->fields);
                length = merged->body.size();
                body = std::make_unique<TextBody>(std::move(merged->body));
            } else {
                failure = merged.status();
            }
        } else {
            auto sent = last ? std::move(request.request) : request.request;
            call->ctx.trace->phase = "running";
            const auto since = impl->clock.now();
            auto response = co_await place->backend->http(std::move(sent), call->working());
            call->ctx.trace->run = impl->clock.now() - since - call->ctx.trace->connect;
            if (response.ok()) {
                answer.status = response->status;
                const auto announced = std::string(pool::fieldValue(response->fields, "content-length"));
                if (!announced.empty()) length = std::strtoull(announced.c_str(), nullptr, 10);
                answer.fields = endToEnd(std::move(response->fields));
                call->ctx.trace->connectionReused = response->connectionReused;
                body = std::make_unique<LeasedBody>(std::move(response->body), *std::move(lease), call->interest());
            } else {
                failure = response.status();
            }
        }
        if (!failure.ok()) {
            if (call->work.cancelled()) co_return call->interest().told(failure);
            tried.insert(place->backend->name());
            if (last || !impl->mayRetry(failure, request.model, tried)) co_return failure;
            call->ctx.trace->tell("sent again: " + place->backend->name() + " failed: " + text(failure));
            impl->registry.counter("millrace_retries_total", "Requests sent again", {{"reason", codeName(failure)}})
                .add();
            continue;
        }

        stream::Plan plan;
        plan.client = call->info.client;
        plan.model = request.model;
        plan.contentType = std::string(pool::fieldValue(answer.fields, "content-type"));
        plan.eventStream = plan.contentType.starts_with("text/event-stream");
        plan.protocol = plan.eventStream ? "sse" : "http";
        // What the upstream has packed already is passed as it is.
        plan.acceptGzip = request.acceptGzip && pool::fieldValue(answer.fields, "content-encoding").empty();
        plan.length = length;
        plan.errorEvent = request.errorEvent;
        call->streamed = plan.eventStream;
        auto opened = co_await impl->streamer.open(std::move(plan), std::move(body), call->ctx);
        if (!opened.ok()) co_return call->interest().told(opened.status());
        answer.stream = *std::move(opened);
        co_return answer;
    }
}

std::vector<ModelEntry> Gateway::models() const
{
    std::vector<ModelEntry> out;
    std::unordered_map<std::string, std::string> states;
    for (const auto& model : impl_->loader.models()) states[model.model + "\n" + model.backend] = model.state;
    for (auto& [model, place] : impl_->router.all()) {
        const auto& backend = place.backend->name();
        const auto found = states.find(model + "\n" + backend);
        out.push_back({model, backend, place.info, found == states.end() ? "cold" : found->second});
    }
    return out;
}

bool Gateway::modelReady(const std::string& model) const
{
    const auto all = impl_->loader.models();
    return std::any_of(all.begin(), all.end(),
                       [&](const auto& held) { return held.model == model && held.state == "warm"; });
}

bool Gateway::ready() const
{
    if (impl_->gate.closed()) return false;
    return std::any_of(impl_->backends.begin(), impl_->backends.end(),
                       [](const auto& watched) { return watched.backend->available(); });
}

std::optional<Duration> Gateway::eta(const std::string& model) const
{
    return impl_->loader.eta(model);
}

net::awaitable<void> Gateway::drain()
{
    auto impl = impl_;
    impl->gate.close();
    impl->admission.refuseAll(stopping());
    co_await impl->gate.emptied();
}

std::uint32_t Gateway::cutOff(const std::string& reason)
{
    MR_ON_STRAND(impl_->strand);
    // Whoever is told may end its call at once: the list is not the one that is walked.
    std::vector<std::weak_ptr<Impl::CallState>> calls;
    for (auto* call : impl_->open) calls.push_back(call->weak_from_this());
    for (const auto& held : calls)
        if (const auto call = held.lock()) call->cutOff(reason);
    return static_cast<std::uint32_t>(calls.size());
}

std::vector<RequestRecord> Gateway::openRequests(std::size_t most) const
{
    std::vector<RequestRecord> out;
    const auto now = impl_->clock.now();
    for (auto place = impl_->open.rbegin(); place != impl_->open.rend() && out.size() < most; ++place)
        out.push_back((*place)->record(now));
    return out;
}

const Ring<RequestRecord>& Gateway::ended() const
{
    return impl_->ended;
}

bool Gateway::cancel(RequestId id, const std::string& reason)
{
    for (auto* call : impl_->open) {
        if (call->ctx.id != id) continue;
        call->cancel(reason);
        return true;
    }
    return false;
}

std::uint32_t Gateway::inFlight() const
{
    return static_cast<std::uint32_t>(impl_->open.size());
}
std::uint64_t Gateway::total() const
{
    return impl_->total;
}
std::uint64_t Gateway::failed() const
{
    return impl_->failed;
}
std::uint64_t Gateway::cancelledCount() const
{
    return impl_->cancelledCalls;
}

}  // namespace millrace::serve
