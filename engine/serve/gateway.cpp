// SPDX-License-Identifier: GPL-3.0-or-later
#include "serve/gateway.h"

#include "backend/tensor_message.h"
#include "base/number.h"
#include "http/field_policy.h"
#include "http/response_head.h"
#include "inference.pb.h"
#include "load/model_state.h"
#include "serve/admission_control.h"
#include "serve/answer_bodies.h"
#include "serve/busy_poll.h"
#include "serve/call_state.h"
#include "serve/failover.h"
#include "serve/model_name.h"
#include "serve/open_calls.h"
#include "serve/retry_budget.h"
#include "serve/router.h"

#include <algorithm>

namespace millrace::serve {

namespace {

constexpr unsigned kLoopDetected = 508;

std::optional<std::uint64_t> lengthOf(const http::HttpFields& fields)
{
    return readNumber<std::uint64_t>(http::fieldValue(fields, "content-length"));
}

}  // namespace

// ---- what the gateway holds ----

class Gateway::Impl {
public:
    Impl(Strand strandIn, Clock& clockIn, Registry& registryIn, EventLog& journalIn, batch::Batcher& batcherIn,
         load::Loader& loaderIn, stream::Streamer& streamerIn, Options optionsIn)
        : strand(strandIn),
          clock(clockIn),
          batcher(batcherIn),
          loader(loaderIn),
          streamer(streamerIn),
          options(std::move(optionsIn)),
          admission(strandIn, clockIn, registryIn, options.requestsMax, options.queueMax),
          poll(strandIn, clockIn, registryIn, options.busyPoll),
          calls(clockIn, registryIn, admission, poll),
          retries(options.retryBudgetPercent),
          router([this](const std::string& model, const backend::Backend& backend) {
              return loader.stateOf(model, backend.name()) == load::ModelState::Warm;
          }),
          catalogue(
              std::make_shared<BackendCatalogue>(strandIn, clockIn, journalIn, loaderIn, router, stopped.token())),
          ways{clock, registryIn, router, *catalogue, loader, retries}
    {}

    // fixed after construction
    const Strand strand;
    Clock& clock;
    batch::Batcher& batcher;
    load::Loader& loader;
    stream::Streamer& streamer;

    // strand only
    Options options;
    AdmissionControl admission;
    BusyPoll poll;
    OpenCalls calls;
    RetryBudget retries;
    CancelSource stopped;
    Router router;
    const std::shared_ptr<BackendCatalogue> catalogue;
    Ways ways;
};

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
    impl_->poll.apply(impl_->options.busyPoll);
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
    impl_->retries.request();
    return std::make_shared<CallState>(std::shared_ptr<OpenCalls>(impl_, &impl_->calls), std::move(info),
                                       impl_->options.requestTimeout);
}

net::awaitable<StatusOr<std::unique_ptr<inference::ModelInferResponse>>> Gateway::infer(
    std::shared_ptr<Call> callIn, std::unique_ptr<inference::ModelInferRequest> request)
{
    auto impl = impl_;
    auto call = std::static_pointer_cast<CallState>(callIn);
    call->received();
    call->setModel(request->model_name());
    call->infers = true;
    if (auto status = checkName(request->model_name()); !status.ok()) co_return status;
    if (auto status = backend::normaliseRequest(request.get()); !status.ok()) co_return status;
    auto admitted = impl->admission.admitNow(*call);
    if (!admitted) admitted = co_await impl->admission.admit(*call);
    if (!admitted->ok()) co_return *admitted;

    // What a model answers to tensors it answers again, however often it is asked.
    Failover way(impl->ways, request->model_name(), request->model_version(), Need::Tensors,
                 Failover::RequestKind::Repeatable, call->working());
    for (;;) {
        auto leased = way.nextNow(call->admitted);
        if (!leased) leased = co_await way.next();
        if (!leased->ok()) co_return call->interest().withReason(leased->status());
        auto& place = **leased;
        auto sent =
            way.mayNeedAnother() ? std::make_unique<inference::ModelInferRequest>(*request) : std::move(request);
        auto answer = co_await impl->batcher.infer(place.backend, std::move(sent), place.batchMax, call->working());
        if (answer.ok()) co_return answer;
        if (!way.goesOnAfter(answer.status())) co_return call->interest().withReason(answer.status());
    }
}

net::awaitable<StatusOr<std::unique_ptr<inference::ModelMetadataResponse>>> Gateway::modelMetadata(
    std::shared_ptr<Call> callIn, std::string model, std::string version)
{
    auto impl = impl_;
    auto call = std::static_pointer_cast<CallState>(callIn);
    call->received();
    call->setModel(model);
    if (auto status = checkName(model); !status.ok()) co_return status;
    auto admitted = impl->admission.admitNow(*call);
    if (!admitted) admitted = co_await impl->admission.admit(*call);
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

net::awaitable<StatusOr<OpenAiAnswer>> Gateway::openAi(std::shared_ptr<Call> callIn, OpenAiCall&& request)
{
    auto impl = impl_;
    auto call = std::static_pointer_cast<CallState>(callIn);
    call->received();
    call->setModel(request.model);
    call->infers = true;
    call->record().streamed = request.eventStream;
    if (auto status = checkName(request.model); !status.ok()) co_return status;
    const std::string& via = impl->options.viaName;
    if (!via.empty() && http::passedBefore(request.request.fields, via))
        co_return withHttpStatus(failedPrecondition("request loop detected (Via: " + via +
                                                    "): a backend's address leads back to this engine"),
                                 kLoopDetected);
    auto admitted = impl->admission.admitNow(*call);
    if (!admitted) admitted = co_await impl->admission.admit(*call);
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
        if (!leased) leased = co_await way.next();
        if (!leased->ok()) co_return call->interest().withReason(leased->status());
        auto& place = **leased;
        std::optional<pool::HttpRequest> copy;
        if (way.mayNeedAnother()) copy = request.request;
        pool::HttpRequest& sent = copy ? *copy : request.request;
        OpenAiAnswer answer;
        std::unique_ptr<pool::HttpBody> body;
        std::optional<std::uint64_t> length;
        bool untilClose = false;
        if (merges) {
            const auto kind = completes ? batch::ListKind::Completions : batch::ListKind::Embeddings;
            auto merged = co_await impl->batcher.list(place.backend, request.model, kind, std::move(sent),
                                                      completes ? 0 : place.batchMax, call->working());
            place.lease.release();
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
            auto response = co_await place.backend->http(std::move(sent), call->working());
            const bool elsewhere = response.ok() ? way.goesOnAfter(response->status, response->fields)
                                                 : way.goesOnAfter(response.status());
            if (elsewhere || !response.ok()) trace.enter(Phase::Processing, impl->clock.now());
            if (elsewhere) continue;
            if (!response.ok()) co_return call->interest().withReason(response.status());
            answer.status = response->status;
            untilClose = response->untilClose;
            // That of a 304 is the length of what it does not send (RFC 9110, 8.6).
            if (!http::hasNoBody(response->status)) length = lengthOf(response->fields);
            answer.fields = http::forClient(std::move(response->fields));
            trace.connectionReused = response->connectionReused;
            body = std::move(response->body);
        }

        stream::Plan plan;
        plan.client = call->ctx.client;
        plan.model = call->record().model;
        plan.contentType = std::string(pool::fieldValue(answer.fields, "content-type"));
        // What was asked for decides, not the label.
        plan.eventStream =
            plan.contentType.starts_with("text/event-stream") || (request.eventStream && answer.status == 200);
        plan.noTransform = http::noTransform(answer.fields);
        plan.untilClose = untilClose;
        // What the upstream has packed already is passed as it is.
        plan.acceptGzip = request.acceptGzip && pool::fieldValue(answer.fields, "content-encoding").empty();
        plan.length = length;
        plan.errorEvent = request.errorEvent;
        call->record().streamed = plan.eventStream;
        // The client's own context: a stream that is cut off by us still has somebody to hear of it.
        auto opened = impl->streamer.openNow(plan, body, call->ctx);
        if (opened) {
            place.lease.release();
        } else {
            if (!merges) body = std::make_unique<LeasedBody>(std::move(body), std::move(place.lease), call->interest());
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
    std::unordered_map<std::string, load::ModelState> states;
    for (const auto& model : impl_->loader.models()) states[model.model + "\n" + model.backend] = model.state;
    for (auto& [model, place] : impl_->router.all()) {
        const auto& backend = place.backend->name();
        const auto found = states.find(model + "\n" + backend);
        out.push_back({model, backend, place.info, found == states.end() ? load::ModelState::Cold : found->second});
    }
    return out;
}

Gateway::ModelCounts Gateway::modelCounts() const
{
    ModelCounts counts;
    impl_->router.forEach([&](const std::string& model, const Router::Place& place) {
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
    return !impl_->calls.gate().closed() && impl_->catalogue->anyAvailable();
}

std::optional<Duration> Gateway::eta(const std::string& model) const
{
    return impl_->loader.eta(model);
}

ModelStatistics Gateway::modelStatistics(const std::string& model) const
{
    return impl_->calls.statisticsOf(model);
}

net::awaitable<void> Gateway::drain()
{
    auto impl = impl_;
    impl->calls.gate().close();
    impl->admission.refuseAll(stopping());
    co_await impl->calls.gate().emptied();
}

std::uint32_t Gateway::cutOff(const std::string& reason)
{
    MR_ON_STRAND(impl_->strand);
    return impl_->calls.cutOff(reason);
}

std::vector<RequestRecord> Gateway::openRequests(std::size_t most) const
{
    return impl_->calls.records(most);
}

std::uint64_t Gateway::renewRecords(std::uint64_t position, std::size_t most,
                                    std::vector<std::shared_ptr<const RequestRecord>>& replaced)
{
    return impl_->calls.log().renew(position, most, replaced);
}

const RequestRecords& Gateway::ended() const
{
    return impl_->calls.log().records();
}

bool Gateway::cancel(RequestId id, const std::string& reason)
{
    return impl_->calls.cancel(id, reason);
}

std::uint32_t Gateway::inFlight() const
{
    return impl_->calls.count();
}
std::uint64_t Gateway::total() const
{
    return impl_->calls.log().total();
}
std::uint64_t Gateway::count(Outcome outcome) const
{
    return impl_->calls.log().count(outcome);
}

}  // namespace millrace::serve
