// SPDX-License-Identifier: GPL-3.0-or-later
#include "serve/gateway.h"

#include "backend/tensor.h"
#include "base/deadline_timer.h"
#include "base/gate.h"
#include "base/text.h"
#include "http/field_policy.h"
#include "inference.pb.h"
#include "load/model_state.h"
#include "serve/admission.h"
#include "serve/failover.h"
#include "serve/model_name.h"
#include "serve/model_statistics.h"
#include "serve/retry_budget.h"
#include "serve/router.h"

#include <boost/intrusive/list.hpp>

#include <algorithm>
#include <charconv>

namespace millrace::serve {

namespace {

constexpr std::chrono::milliseconds kComeBack = std::chrono::seconds(5);  // after a stop
constexpr unsigned kLoopDetected = 508;

Status stopping()
{
    return withRetryAfter(unavailable("the engine is stopping and accepts no new requests"), kComeBack);
}

std::optional<std::uint64_t> lengthOf(const http::HttpFields& fields)
{
    const auto announced = http::fieldValue(fields, "content-length");
    std::uint64_t length = 0;
    const auto [end, error] = std::from_chars(announced.data(), announced.data() + announced.size(), length);
    if (announced.empty() || error != std::errc() || end != announced.data() + announced.size()) return std::nullopt;
    return length;
}

/// A body that is in memory already.
class TextBody final : public pool::HttpBody {
public:
    explicit TextBody(std::string text) : text_(std::move(text)) {}
    net::awaitable<StatusOr<std::string>> read() override { co_return std::exchange(text_, {}); }
    std::optional<std::string> takeWhole() override { return std::exchange(text_, {}); }

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
    Status withReason(Status status) const { return absl::IsCancelled(status) && work.cancelled() ? why() : status; }
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
        if (!piece.ok()) co_return interest_.withReason(piece.status());
        co_return piece;
    }

private:
    std::unique_ptr<pool::HttpBody> inner_;
    load::ModelLease lease_;
    Interest interest_;
};

}  // namespace

// ---- what the gateway holds ----

class Gateway::Impl : public std::enable_shared_from_this<Gateway::Impl> {
public:
    class CallState;
    /// A call's place among those that are open.
    struct OpenPlace : boost::intrusive::list_base_hook<> {};

    Impl(Strand strandIn, Clock& clockIn, Registry& registryIn, EventLog& journalIn, batch::Batcher& batcherIn,
         load::Loader& loaderIn, stream::Streamer& streamerIn, Options optionsIn)
        : strand(strandIn),
          clock(clockIn),
          registry(registryIn),
          batcher(batcherIn),
          loader(loaderIn),
          streamer(streamerIn),
          options(std::move(optionsIn)),
          admission(options.requestsMax, options.queueMax),
          retries(options.retryBudgetPercent),
          router([this](const std::string& model, const backend::Backend& backend) {
              return loader.stateOf(model, backend.name()) == load::ModelState::Warm;
          }),
          catalogue(
              std::make_shared<BackendCatalogue>(strandIn, clockIn, journalIn, loaderIn, router, stopped.token())),
          ways{clock, registry, router, *catalogue, loader, retries},
          log(registryIn),
          permits(
              registry.gauge("millrace_admission_permits", "Requests that hold one of the limits.requests_max slots.")),
          waiters(registry.gauge("millrace_admission_waiters", "Requests waiting for a slot.")),
          admissionWait(registry.histogram("millrace_admission_wait_seconds",
                                           "Seconds that requests waited for admission.", buckets::latencySeconds())),
          deadlines(strandIn, clockIn, [this] { expireWaiters(); })
    {}

    std::optional<Status> admitNow(CallState& call);
    net::awaitable<Status> admit(CallState& call);
    void noteAdmission()
    {
        permits.set(admission.running());
        waiters.set(admission.waiting());
    }
    void expireWaiters()
    {
        admission.expire(clock.now());
        if (const auto next = admission.wakeAt()) deadlines.at(*next);
    }
    void end(CallState& call, int httpStatus, const Status& status, std::uint64_t bytesOut);

    // fixed after construction
    const Strand strand;
    Clock& clock;
    Registry& registry;
    batch::Batcher& batcher;
    load::Loader& loader;
    stream::Streamer& streamer;

    // strand only
    Options options;
    Admission admission;
    RetryBudget retries;
    CancelSource stopped;
    Router router;
    const std::shared_ptr<BackendCatalogue> catalogue;
    Ways ways;
    IdSource<RequestId> ids;
    RequestLog log;
    ModelStatisticsTable statistics;
    boost::intrusive::list<OpenPlace> open;  // CallStates, oldest first
    Gate gate;                               // calls

    Gauge& permits;
    Gauge& waiters;
    Histogram& admissionWait;
    DeadlineTimer deadlines;  // of waiters for admission; last: ends first
};

// ---- one call ----

class Gateway::Impl::CallState final : public Call, public std::enable_shared_from_this<CallState>, public OpenPlace {
public:
    CallState(std::shared_ptr<Impl> gateway, CallInfo infoIn)
        : impl(std::move(gateway)), info(std::move(infoIn)), pass(impl->gate.enter())
    {
        RequestRecord& begun = *record;
        begun.id = impl->ids.next();
        begun.arrived = admitted = impl->clock.now();
        begun.client = washedName(info.client);
        begun.route = info.route;
        begun.own = info.own;
        impl->log.began(begun);
        impl->open.push_back(*this);
        impl->retries.request();

        auto limit = impl->options.requestTimeout;
        if (info.timeout && *info.timeout < limit) limit = *info.timeout;
        ctx.id = begun.id;
        ctx.client = begun.client;
        ctx.priority = info.priority;
        ctx.deadline = begun.arrived + limit;
        ctx.silenceMax = limit;
        ctx.cancel = source.token();
        // Field by field: each of its pointers would be copied once for nothing.
        inner.id = ctx.id;
        inner.client = ctx.client;
        inner.priority = ctx.priority;
        inner.deadline = ctx.deadline;
        inner.silenceMax = ctx.silenceMax;
        inner.cancel = work.token();
        ctx.trace->enter(Phase::Receiving, begun.arrived);
    }
    ~CallState() override
    {
        if (!done) {
            cancel("the client disconnected");
            impl->end(*this, 499, millrace::cancelled("the client disconnected"), 0);
        }
    }
    const CallContext& context() const override { return ctx; }
    void setModel(const std::string& name) override { record->model = washed(name, kNameBytesMax); }
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
    const CallContext& working() const { return inner; }
    std::string program() const
    {
        if (!info.program.empty()) return info.program;
        const std::string& client = info.client;
        return client.substr(0, client.find(" · "));
    }
    void received() override
    {
        if (ctx.trace->phase() == Phase::Receiving) ctx.trace->enter(Phase::Processing, impl->clock.now());
    }
    void firstByte() override
    {
        if (record->firstByte) return;
        const TimePoint now = impl->clock.now();
        record->firstByte = now - record->arrived;
        if (!ctx.trace->answering()) ctx.trace->enter(Phase::Streaming, now);
    }
    void answerComplete() override { ctx.trace->enter(Phase::ClientReads, impl->clock.now()); }
    void finish(int httpStatus, const Status& status, std::uint64_t bytesOut) override
    {
        if (!done) impl->end(*this, httpStatus, status, bytesOut);
    }
    /// As far as it is.
    RequestRecord recordAt(TimePoint now) const
    {
        RequestRecord out = *record;
        out.total = now - out.arrived;
        out.trace = record->trace.at(now);
        return out;
    }

    std::shared_ptr<Impl> impl;
    const CallInfo info;
    const std::shared_ptr<RequestRecord> record = std::make_shared<RequestRecord>();
    TimePoint admitted;
    Gate::Pass pass;
    struct Cancels {
        CancelState source, work;
    };
    const std::shared_ptr<Cancels> cancels = std::make_shared<Cancels>();
    const CancelSource source{{cancels, &cancels->source}};  // the client's interest
    const CancelSource work{{cancels, &cancels->work}};      // what is done for it: ends with the client's interest, or
                                                             // when the engine stops
    CallContext ctx{.trace = {record, &record->trace}};      // cancelled when the client lost interest
    CallContext inner{.trace = {record, &record->trace}};    // the same, cancelled when the work ends
    bool infers = false;                                     // not only asks about a model
    Admission::Permit permit;
    bool done = false;

private:
    /// The one door: mostly it is clean, and shared with the requests before it.
    static SharedText washedName(const SharedText& name)
    {
        if (isWashed(name.str(), kNameBytesMax)) return name;
        return washed(name.str(), kNameBytesMax);
    }
};

void Gateway::Impl::end(CallState& call, int httpStatus, const Status& status, std::uint64_t bytesOut)
{
    call.done = true;
    const auto now = clock.now();
    RequestRecord& record = *call.record;
    record.total = now - record.arrived;
    record.trace.close(now);
    // Who ended it first is why it ended; what the others found then came of that.
    if (call.ctx.cancel.cancelled()) record.reason = washed(text(call.ctx.cancel.status()), kSentenceBytesMax);
    // Names that nobody has are of no model, and those who left or were refused say nothing of it.
    if (call.infers && httpStatus != 404 && httpStatus != 429 && httpStatus != 499)
        statistics.add(record.model, status.ok() && httpStatus < 400, record.latency(), record.trace, now);
    log.ended(call.record, httpStatus, status, bytesOut);
    open.erase(open.iterator_to(call));
    call.permit.release();
    noteAdmission();
    call.pass = {};
}

/// The way of nearly all requests: no coroutine of its own. Empty: it has to wait.
std::optional<Status> Gateway::Impl::admitNow(CallState& call)
{
    if (call.permit) return absl::OkStatus();
    if (!call.pass) return stopping();
    if (call.work.cancelled()) return call.interest().why();
    call.permit = admission.tryEnter();
    noteAdmission();
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
    noteAdmission();
    call.ctx.trace->enter(Phase::Queued, since);
    deadlines.at(call.ctx.deadline);
    const auto onCancel = call.work.token().onCancel([this, id, turn] {
        admission.leave(id);
        turn.set(millrace::cancelled("the request was cancelled"));
    });
    // A permit that comes too late for one who has left is destroyed with this frame, and its slot is free again.
    StatusOr<Admission::Permit> permit = co_await turn.wait();
    noteAdmission();
    const auto now = call.admitted = clock.now();
    call.ctx.trace->enter(Phase::Processing, now);
    admissionWait.observe(toMs(now - since) / 1000);
    if (call.work.cancelled()) co_return call.interest().why();
    if (!permit.ok()) co_return permit.status();
    call.permit = *std::move(permit);
    call.ctx.trace->addDecision("waited for admission: " + std::to_string(admission.running()) + " of " +
                                std::to_string(admission.runningMax()) + " requests were in flight");
    co_return absl::OkStatus();
}

// ---- the gateway ----

Gateway::Gateway(Strand strand, Clock& clock, Registry& registry, EventLog& eventLog, batch::Batcher& batcher,
                 load::Loader& loader, stream::Streamer& streamer, Options options)
    : impl_(std::make_shared<Impl>(strand, clock, registry, eventLog, batcher, loader, streamer, std::move(options)))
{
    impl_->catalogue->onReplaced([&batcher](const std::string& name) { batcher.forget(name); });
    impl_->catalogue->start();
}

Gateway::~Gateway()
{
    impl_->stopped.cancel("the engine is stopping");
}

void Gateway::apply(Options options)
{
    MR_ON_STRAND(impl_->strand);
    options.viaName = impl_->options.viaName;
    impl_->options = std::move(options);
    impl_->retries.apply(impl_->options.retryBudgetPercent);
    impl_->admission.apply(impl_->options.requestsMax, impl_->options.queueMax);
}

void Gateway::setBackends(std::vector<Served> backends)
{
    MR_ON_STRAND(impl_->strand);
    impl_->catalogue->set(std::move(backends));
}

void Gateway::onRetired(std::function<void(std::shared_ptr<backend::Backend>)> retired)
{
    impl_->catalogue->onRetired(std::move(retired));
}

std::vector<std::shared_ptr<backend::Backend>> Gateway::heldBackends() const
{
    return impl_->catalogue->held();
}

Sentence Gateway::listingProblem(const backend::Backend& backend) const
{
    return impl_->catalogue->problem(backend);
}

net::awaitable<Status> Gateway::lookFor(std::string model)
{
    auto impl = impl_;
    if (!impl->router.knows(model))
        co_await impl->catalogue->refresh(impl->clock.now() + BackendCatalogue::kDemandMax, impl->stopped.token());
    co_return impl->router.knows(model) ? absl::OkStatus() : impl->catalogue->unknown(model);
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
    call->received();
    call->setModel(request->model_name());
    call->infers = true;
    if (auto status = checkName(request->model_name()); !status.ok()) co_return status;
    if (auto status = backend::normaliseRequest(request.get()); !status.ok()) co_return status;
    auto admitted = impl->admitNow(*call);
    if (!admitted) admitted = co_await impl->admit(*call);
    if (!admitted->ok()) co_return *admitted;

    // What a model answers to tensors it answers again, however often it is asked.
    Failover way(impl->ways, request->model_name(), request->model_version(), Need::Tensors,
                 Failover::RequestKind::Repeatable, call->working());
    for (;;) {
        auto leased = way.nextNow(call->admitted);
        if (!leased) {
            auto later = co_await way.next();
            if (!later.ok()) co_return call->interest().withReason(later.status());
            leased = *std::move(later);
        }
        auto sent =
            way.mayNeedAnother() ? std::make_unique<inference::ModelInferRequest>(*request) : std::move(request);
        auto answer = co_await impl->batcher.infer(leased->backend, std::move(sent), leased->batchMax, call->working());
        if (answer.ok()) co_return answer;
        if (!way.goesOnAfter(answer.status())) co_return call->interest().withReason(answer.status());
    }
}

net::awaitable<StatusOr<std::unique_ptr<inference::ModelMetadataResponse>>> Gateway::modelMetadata(
    std::shared_ptr<Call> callIn, std::string model, std::string version)
{
    auto impl = impl_;
    auto call = std::static_pointer_cast<Impl::CallState>(callIn);
    call->received();
    call->setModel(model);
    if (auto status = checkName(model); !status.ok()) co_return status;
    auto admitted = impl->admitNow(*call);
    if (!admitted) admitted = co_await impl->admit(*call);
    if (!admitted->ok()) co_return *admitted;

    // Looking at a model has no effect: no lease, no load, and nobody learns from it.
    if (!impl->router.knows(model)) {
        co_await impl->catalogue->refresh(call->ctx.deadline, call->work.token());
        if (call->work.cancelled()) co_return call->interest().why();
        if (!impl->router.knows(model)) co_return impl->catalogue->unknown(model);
    }
    if (auto status = impl->router.checkVersion(model, version); !status.ok()) co_return status;
    for (const auto& place : impl->router.placesOf(model)) {
        if (!place.info.signature) continue;
        auto answer = std::make_unique<inference::ModelMetadataResponse>();
        answer->set_name(model);
        if (!place.info.version.empty()) answer->add_versions(place.info.version);
        answer->set_platform(place.info.platform);
        const auto put = [](const std::vector<backend::TensorInfo>& from, auto* to) {
            for (const auto& tensor : from) {
                auto* out = to->Add();
                out->set_name(tensor.name);
                out->set_datatype(tensor.datatype);
                out->mutable_shape()->Add(tensor.shape.begin(), tensor.shape.end());
            }
        };
        put(place.info.signature->inputs, answer->mutable_inputs());
        put(place.info.signature->outputs, answer->mutable_outputs());
        co_return answer;
    }
    auto place = impl->router.route(model, Need::Tensors, impl->clock.now());
    if (!place.ok()) co_return place.status();
    auto answer = co_await place->backend->modelMetadata(std::move(model), call->working());
    if (!answer.ok()) co_return call->interest().withReason(answer.status());
    co_return answer;
}

net::awaitable<StatusOr<OpenAiAnswer>> Gateway::openAi(std::shared_ptr<Call> callIn, OpenAiCall request)
{
    auto impl = impl_;
    auto call = std::static_pointer_cast<Impl::CallState>(callIn);
    call->received();
    call->setModel(request.model);
    call->infers = true;
    call->record->streamed = request.eventStream;
    if (auto status = checkName(request.model); !status.ok()) co_return status;
    const std::string& via = impl->options.viaName;
    if (!via.empty() && http::passedBefore(request.request.fields, via))
        co_return withHttpStatus(failedPrecondition("request loop detected (Via: " + via +
                                                    "): a backend's address leads back to this engine"),
                                 kLoopDetected);
    auto admitted = impl->admitNow(*call);
    if (!admitted) admitted = co_await impl->admit(*call);
    if (!admitted->ok()) co_return *admitted;
    request.request.fields = http::forBackend(std::move(request.request.fields));
    if (!via.empty()) request.request.fields.push_back({"Via", "1.1 " + via});
    request.request.silenceMax = call->ctx.silenceMax;

    const bool completes = request.completions && !request.eventStream && impl->batcher.mergesCompletions();
    const bool merges = request.embeddings || completes;
    using Kind = Failover::RequestKind;
    Failover way(impl->ways, request.model, std::string(), Need::OpenAi,
                 request.request.replaySafe ? Kind::Repeatable : Kind::Once, call->working());
    for (;;) {
        auto leased = way.nextNow(call->admitted);
        if (!leased) {
            auto later = co_await way.next();
            if (!later.ok()) co_return call->interest().withReason(later.status());
            leased = *std::move(later);
        }
        auto sent = way.mayNeedAnother() ? request.request : std::move(request.request);
        OpenAiAnswer answer;
        std::unique_ptr<pool::HttpBody> body;
        std::optional<std::uint64_t> length;
        bool untilClose = false;
        if (merges) {
            const auto kind = completes ? batch::ListKind::Completions : batch::ListKind::Embeddings;
            auto merged = co_await impl->batcher.list(leased->backend, request.model, kind, std::move(sent),
                                                      completes ? 0 : leased->batchMax, call->working());
            leased->lease.release();
            if (!merged.ok()) {
                if (way.goesOnAfter(merged.status())) continue;
                co_return call->interest().withReason(merged.status());
            }
            if (way.goesOnAfter(merged->status, merged->fields)) continue;
            answer.status = merged->status;
            answer.fields = std::move(merged->fields);
            length = merged->body.size();
            body = std::make_unique<TextBody>(std::move(merged->body));
        } else {
            auto& trace = *call->ctx.trace;
            // It runs until the first byte of the body: heads may come long before there is anything to say.
            trace.enter(Phase::Running, impl->clock.now());
            auto response = co_await leased->backend->http(std::move(sent), call->working());
            const bool elsewhere = response.ok() ? way.goesOnAfter(response->status, response->fields)
                                                 : way.goesOnAfter(response.status());
            if (elsewhere || !response.ok()) trace.enter(Phase::Processing, impl->clock.now());
            if (elsewhere) continue;
            if (!response.ok()) co_return call->interest().withReason(response.status());
            answer.status = response->status;
            untilClose = response->untilClose;
            length = lengthOf(response->fields);
            answer.fields = http::forClient(std::move(response->fields));
            trace.connectionReused = response->connectionReused;
            body = std::move(response->body);
        }

        stream::Plan plan;
        plan.client = call->ctx.client;
        plan.model = call->record->model;
        plan.contentType = std::string(pool::fieldValue(answer.fields, "content-type"));
        // What was asked for decides, not the label.
        plan.eventStream =
            plan.contentType.starts_with("text/event-stream") || (request.eventStream && answer.status == 200);
        plan.noTransform = http::noTransform(answer.fields);
        plan.untilClose = untilClose;
        plan.protocol = plan.eventStream ? "sse" : "http";
        // What the upstream has packed already is passed as it is.
        plan.acceptGzip = request.acceptGzip && pool::fieldValue(answer.fields, "content-encoding").empty();
        plan.length = length;
        plan.errorEvent = request.errorEvent;
        call->record->streamed = plan.eventStream;
        // The client's own context: a stream that is cut off by us still has somebody to hear of it.
        auto opened = impl->streamer.openNow(plan, *body, call->ctx);
        if (opened) {
            leased->lease.release();
        } else {
            if (!merges)
                body = std::make_unique<LeasedBody>(std::move(body), std::move(leased->lease), call->interest());
            opened = co_await impl->streamer.open(std::move(plan), std::move(body), call->ctx);
        }
        if (!opened->ok()) co_return call->interest().withReason(opened->status());
        answer.stream = **std::move(opened);
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

Gateway::ModelCounts Gateway::modelCounts() const
{
    ModelCounts counts;
    impl_->router.each([&](const std::string& model, const Router::Place& place) {
        ++counts.all;
        if (impl_->loader.stateOf(model, place.backend->name()) == load::ModelState::Warm) ++counts.warm;
    });
    return counts;
}

Status Gateway::known(const std::string& model, const std::string& version) const
{
    if (auto status = checkName(model); !status.ok()) return status;
    if (!impl_->router.knows(model)) return impl_->catalogue->unknown(model);
    return impl_->router.checkVersion(model, version);
}

bool Gateway::modelReady(const std::string& model) const
{
    const auto& places = impl_->router.placesOf(model);
    return std::any_of(places.begin(), places.end(), [&](const Router::Place& place) {
        return place.backend->available() && place.info.problem.empty() &&
               impl_->loader.stateOf(model, place.backend->name()) != load::ModelState::Failed;
    });
}

bool Gateway::ready() const
{
    return !impl_->gate.closed() && impl_->catalogue->anyAvailable();
}

std::optional<Duration> Gateway::eta(const std::string& model) const
{
    return impl_->loader.eta(model);
}

ModelStatistics Gateway::modelStatistics(const std::string& model) const
{
    ModelStatistics known = impl_->statistics.of(model);
    if (const auto last = impl_->statistics.last(model)) known.lastMs = impl_->clock.unixMs(*last);
    return known;
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
    // Whoever is notified may end its call at once: the list is not the one that is walked.
    std::vector<std::weak_ptr<Impl::CallState>> calls;
    for (auto& open : impl_->open) calls.push_back(static_cast<Impl::CallState&>(open).weak_from_this());
    for (const auto& held : calls)
        if (const auto call = held.lock()) call->cutOff(reason);
    return static_cast<std::uint32_t>(calls.size());
}

std::vector<RequestRecord> Gateway::openRequests(std::size_t most) const
{
    std::vector<RequestRecord> out;
    const auto now = impl_->clock.now();
    for (auto place = impl_->open.rbegin(); place != impl_->open.rend() && out.size() < most; ++place)
        out.push_back(static_cast<const Impl::CallState&>(*place).recordAt(now));
    return out;
}

std::uint64_t Gateway::renewRecords(std::uint64_t position, std::size_t most,
                                    std::vector<std::shared_ptr<const RequestRecord>>& replaced)
{
    return impl_->log.renew(position, most, replaced);
}

const RequestRecords& Gateway::ended() const
{
    return impl_->log.records();
}

bool Gateway::cancel(RequestId id, const std::string& reason)
{
    for (auto& open : impl_->open) {
        auto& call = static_cast<Impl::CallState&>(open);
        if (call.ctx.id != id) continue;
        call.cancel(reason);
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
    return impl_->log.total();
}
std::uint64_t Gateway::count(Outcome outcome) const
{
    return impl_->log.count(outcome);
}

}  // namespace millrace::serve
