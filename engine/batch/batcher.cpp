// SPDX-License-Identifier: GPL-3.0-or-later
#include "batch/batcher.h"

#include "base/check.h"
#include "base/text.h"
#include "batch/batcher_impl.h"
#include "batch/words.h"
#include "http/field_policy.h"
#include "inference.pb.h"
#include "phrases.h"

#include <boost/asio/co_spawn.hpp>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <exception>
#include <tuple>
#include <utility>

namespace millrace::batch {

namespace {

constexpr char kBatches[] = "millrace_batch_batches_total";
constexpr auto kRetryDefault = std::chrono::milliseconds(1000);  // while a lane's runs are not yet known
constexpr auto kRetryMin = std::chrono::milliseconds(10);

Lane::Options laneOptions(const Options& options, const std::optional<ListKind>& list)
{
    Lane::Options lane;
    lane.timeout = options.timeout;
    lane.idleDispatch = options.idleDispatch;
    lane.inFlightMax = std::max<std::uint32_t>(1, options.inFlightMax);
    lane.queueMax = options.queueMax;
    lane.bytesMax = list ? Batcher::kListBytesMax : Batcher::kTensorBytesMax;
    return lane;
}

/// A lane's key as it is kept. It holds what clients wrote, of any length; a digest tells lanes apart as well.
std::string bounded(std::string key)
{
    constexpr std::size_t kKeyBytesMax = 1024;
    if (key.size() <= kKeyBytesMax) return key;
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    MR_CHECK(EVP_Digest(key.data(), key.size(), digest.data(), &length, EVP_sha256(), nullptr) == 1);
    return std::string(reinterpret_cast<const char*>(digest.data()), length);
}

SizeController::Options sizeOptions(const Options& options)
{
    SizeController::Options size;
    size.initial = options.sizeInitial;
    size.min = options.sizeMin;
    size.max = options.sizeMax;
    size.adaptive = options.adaptive;
    size.goal = options.latencyGoal;
    return size;
}

}  // namespace

Batcher::Impl::Impl(Strand strandIn, Clock& clockIn, Registry& registryIn, EventLog& journalIn, Options given)
    : strand(strandIn),
      clock(clockIn),
      registry(registryIn),
      eventLog(journalIn),
      options(given),
      batchRows(registry.histogram("millrace_batch_rows", "Rows per batch.", buckets::rows())),
      batchWait(registry.histogram("millrace_batch_wait_seconds",
                                   "Seconds from a request's arrival in the batcher until its batch was dispatched, "
                                   "including the wait for a free slot at the backend.",
                                   buckets::latencySeconds())),
      batchRun(registry.histogram("millrace_batch_run_seconds", "Seconds that batches spent at the backend.",
                                  buckets::latencySeconds())),
      failed(registry.counter("millrace_batch_failed_total", "Batches that failed at the backend.")),
      reordered(registry.counter("millrace_batch_reordered_total",
                                 "Responses returned out of order although order is kept; must stay 0.")),
      inFlight(registry.gauge("millrace_batch_in_flight", "Batches at backends.")),
      queue(registry.gauge("millrace_batch_queue", "Requests waiting for a batch.")),
      sizeMax(registry.gauge("millrace_batch_size_max", "Largest batch size in rows that the settings allow.")),
      retries_(given.retryBudgetPercent)
{
    sizeMax.set(options.sizeMax);
}

// ---- a request ----

net::awaitable<StatusOr<Answer>> Batcher::Impl::call(std::shared_ptr<backend::Backend> backend, std::string alone,
                                                     std::string key, std::string model, Work work,
                                                     std::uint32_t rowsMax, CallContext context)
{
    MR_ON_STRAND(strand);
    const auto self = shared_from_this();
    const auto pass = gate_.enter();
    if (!pass) co_return unavailable("the engine is draining");
    if (context.cancel.cancelled()) co_return context.cancel.status();
    std::shared_ptr<LaneState> lane;
    if (!options.enabled) {
        alone = "batching is off (batcher.enabled)";
    } else if (alone.empty()) {
        lane = laneFor(std::move(key), backend->name(), model, work);
        if (!lane) {
            alone = "too many different request signatures are already queued";
        } else if (const auto why = lane->lane.apart(work.rows, clock.now())) {
            alone = *why;
        }
    }
    if (!alone.empty()) {
        context.trace->addDecision("sent alone: " + alone);
        if (lane) ++lane->apart;
        auto answer = co_await callAlone(std::move(backend), std::move(work), std::move(context));
        if (lane) --lane->apart;
        co_return answer;
    }
    lane->rowsMax = rowsMax;
    retries_.request();
    if (lane->learned.any() && lane->learnedFrom.lock() != backend) lane->learned.forget();
    auto member = enqueue(*lane, std::move(work), std::move(context));
    if (!member.ok()) co_return member.status();
    lane->backend = std::move(backend);
    const auto answer = (*member)->answer;
    member->reset();  // those who may answer hold it
    requestPump(*lane);
    lane.reset();  // it may be forgotten meanwhile
    co_return co_await answer.wait();
}

net::awaitable<StatusOr<Answer>> Batcher::Impl::callAlone(std::shared_ptr<backend::Backend> backend, Work work,
                                                          CallContext context)
{
    const auto trace = context.trace;
    trace->enter(Phase::Running, clock.now());
    Work* const one[] = {&work};
    auto answer = co_await exchange(std::move(backend), one, std::move(context));
    trace->enter(Phase::Processing, clock.now());
    co_return answer;
}

StatusOr<std::shared_ptr<Member>> Batcher::Impl::enqueue(LaneState& lane, Work work, CallContext context)
{
    if (lane.lane.full()) return refusal(lane);
    const TimePoint now = clock.now();
    if (context.deadline <= now) return deadlineExceeded("the deadline had passed before the request could be queued");
    auto member = std::make_shared<Member>();
    member->work = std::move(work);
    member->context = std::move(context);
    member->arrived = now;
    member->lane = &lane;
    member->context.trace->enter(Phase::Batching, now);
    Lane::Arrival arrival;
    arrival.key = reinterpret_cast<Lane::Key>(member.get());
    arrival.rows = member->work.rows;
    arrival.bytes = member->work.bytes;
    arrival.priority = member->context.priority;
    arrival.at = now;
    arrival.deadline = member->context.deadline;
    member->ticket = lane.lane.add(arrival);
    member->waiting = member;
    Member* raw = member.get();
    // The registration is a part of the member and ends with it; the member holds the lane through its place in it.
    member->onCancel = member->context.cancel.onCancel([this, raw] { leave(*raw, raw->context.cancel.status()); });
    lane.used = now;
    noteQueue(1);
    return member;
}

Status Batcher::Impl::refusal(LaneState& lane) const
{
    auto after = kRetryDefault;
    if (const auto drained = lane.lane.drainTime())
        after = std::max(kRetryMin, std::chrono::ceil<std::chrono::milliseconds>(*drained));
    const auto since = lane.lane.oldest();
    return withRetryAfter(
        resourceExhausted(
            words("%u requests are queued for model %.100s, the oldest for %.3g ms (limit batcher.queue_max)",
                  lane.lane.waiting(), lane.model.c_str(), since ? toMs(clock.now() - *since) : 0.0)),
        after);
}

std::shared_ptr<LaneState> Batcher::Impl::laneFor(std::string key, const std::string& backend, const std::string& model,
                                                  const Work& work)
{
    key = bounded(std::move(key));
    if (const auto found = lanes_.find(key); found != lanes_.end()) return found->second;
    if (lanes_.size() >= kLanesMax && !forgetOne()) return nullptr;
    std::optional<ListKind> list;
    if (work.list) list = work.list->kind();
    auto lane = std::make_shared<LaneState>(laneOptions(options, list), sizeOptions(options));
    lane->key = key;
    lane->number = ++lanesMade_;
    lane->backendName = backend;
    lane->model = washed(model, kNameBytesMax);
    lane->list = list;
    lane->signature = washed(work.infer ? describe(*work.infer) : work.list->describe());
    lane->order.keep(options.preserveOrder);
    for (const DispatchReason why : kDispatchReasons) {
        lane->batchesBy[static_cast<std::size_t>(why)] =
            &registry.counter(kBatches, "Batches dispatched.", {{"model", lane->model}, {"reason", nameOf(why)}});
    }
    lane->requestsTotal =
        &registry.counter("millrace_batch_requests_total", "Requests dispatched in a batch.", {{"model", lane->model}});
    lane->rowsTotal =
        &registry.counter("millrace_batch_rows_total", "Rows dispatched in a batch.", {{"model", lane->model}});
    lane->sizeLimit =
        &registry.gauge("millrace_batch_size_limit", "Current adaptive batch size in rows.", {{"model", lane->model}});
    lanes_.emplace(key, lane);
    return lane;
}

/// Makes room for one lane: forgets what was unused longest. False when all are in use.
bool Batcher::Impl::forgetOne()
{
    auto oldest = lanes_.end();
    for (auto it = lanes_.begin(); it != lanes_.end(); ++it) {
        const LaneState& lane = *it->second;
        const bool idle =
            lane.lane.waiting() == 0 && lane.running.empty() && !lane.pumpPosted && !lane.pumping && lane.apart == 0;
        if (idle && (oldest == lanes_.end() || lane.used < oldest->second->used)) oldest = it;
    }
    if (oldest == lanes_.end()) return false;
    unschedule(*oldest->second);
    lanes_.erase(oldest);
    return true;
}

// ---- time ----

void Batcher::Impl::schedule(LaneState& lane)
{
    TimePoint wake = lane.lane.wakeAt().value_or(TimePoint::max());
    for (const auto& batch : lane.running) wake = std::min({wake, batch->nearest, batch->overdue});
    // Waking too early is cheaper than moving the timer at every request.
    if (wake >= lane.scheduled) return;
    unschedule(lane);
    lane.scheduled = wake;
    due_.emplace(std::pair(wake, lane.number), &lane);
    arm();
}

void Batcher::Impl::unschedule(LaneState& lane)
{
    if (lane.scheduled == TimePoint::max()) return;
    due_.erase({lane.scheduled, lane.number});
    lane.scheduled = TimePoint::max();
}

void Batcher::Impl::arm()
{
    if (due_.empty() || due_.begin()->first.first >= armedFor_) return;
    const TimePoint when = due_.begin()->first.first;
    armedFor_ = when;
    if (timer_) timer_->cancel();
    const auto timer = std::make_shared<CancellableTask>();
    timer_ = timer;
    timer->start(strand, clock.sleepUntil(when), [weak = weak_from_this(), timer](const std::exception_ptr&) {
        // Cancelled or not: only the timer that was armed last matters.
        const auto self = weak.lock();
        if (self && self->timer_ == timer) self->woke(self->clock.now());
    });
}

void Batcher::Impl::woke(TimePoint now)
{
    timer_.reset();
    armedFor_ = TimePoint::max();
    while (!due_.empty() && due_.begin()->first.first <= now) {
        LaneState& lane = *due_.begin()->second;
        unschedule(lane);
        expireRunning(lane, now);
        passOverdue(lane, now);
        pump(lane);
    }
    arm();
}

void Batcher::Impl::noteQueue(int change)
{
    waiting_ += change;
    queue.set(static_cast<double>(waiting_));
}

// ---- the whole ----

void Batcher::Impl::apply(const Options& given)
{
    const bool orderBegins = given.preserveOrder && !options.preserveOrder;
    options = given;
    sizeMax.set(options.sizeMax);
    retries_.apply(options.retryBudgetPercent);
    for (const auto& [key, lane] : lanes_) {
        if (orderBegins) lane->released = 0;  // what went out of order before was meant to
        lane->lane.apply(laneOptions(options, lane->list));
        lane->size.apply(sizeOptions(options));
        lane->order.keep(options.preserveOrder);
        lane->learned.forget();
        if (!options.enabled) lane->lane.flush();
        requestPump(*lane);
    }
}

void Batcher::Impl::forget(const std::string& backend)
{
    for (const auto& [key, lane] : lanes_)
        if (lane->backendName == backend) lane->learned.forget();
}

net::awaitable<void> Batcher::Impl::drain()
{
    const auto self = shared_from_this();
    for (const auto& [key, lane] : lanes_) {
        lane->lane.flush();
        requestPump(*lane);
    }
    gate_.close();
    co_await gate_.emptied();
}

void Batcher::Impl::abandon()
{
    for (const auto& [key, lane] : lanes_) {
        for (const Lane::Key waiter : lane->lane.clear()) {
            auto member = std::move(reinterpret_cast<Member*>(waiter)->waiting);
            settle(*member, unavailable("the batcher has stopped"));
        }
    }
    noteQueue(-static_cast<int>(waiting_));
    due_.clear();
    if (timer_) timer_->cancel();
    timer_.reset();
}

std::vector<LaneSnapshot> Batcher::Impl::snapshots() const
{
    const TimePoint now = clock.now();
    std::vector<LaneSnapshot> out;
    out.reserve(lanes_.size());
    for (const auto& [key, lane] : lanes_) {
        LaneSnapshot& snapshot = out.emplace_back();
        snapshot.model = lane->model;
        snapshot.signature = lane->signature;
        snapshot.waiting = lane->lane.waiting();
        snapshot.waitingRows = lane->lane.waitingRows();
        if (const auto oldest = lane->lane.oldest()) snapshot.oldest = now - *oldest;
        snapshot.inFlight = lane->lane.inFlight();
        snapshot.sizeLimit = limitOf(*lane);
        snapshot.waitLimit = lane->lane.waitLimit();
        if (const auto& fit = lane->lane.cost().fit()) {
            snapshot.costBaseMs = fit->baseMs;
            snapshot.costPerRowMs = fit->perRowMs;
        }
        snapshot.batches = lane->batches;
        snapshot.requests = lane->requests;
        snapshot.rows = lane->rows;
        snapshot.rowsLargest = lane->rowsLargest;
        for (const DispatchReason why : kDispatchReasons)
            if (const auto count = lane->closed[static_cast<std::size_t>(why)]) snapshot.closed[nameOf(why)] = count;
        snapshot.limitWhy = lane->size.why();
        if (lane->rowsMax > 0 && snapshot.sizeLimit == lane->rowsMax && lane->rowsMax < lane->size.limit())
            snapshot.limitWhy = say(Phrase::SizeModelLimit, Value::rows(lane->rowsMax));
        snapshot.note = lane->learned.sentence(now);
        if (snapshot.note.empty() && lane->lane.splitsLarge(now)) snapshot.note = say(Phrase::SizeLargeAlone);
    }
    std::sort(out.begin(), out.end(), [](const LaneSnapshot& a, const LaneSnapshot& b) {
        return std::tie(a.model, a.signature) < std::tie(b.model, b.signature);
    });
    return out;
}

// ---- the face ----

Batcher::Batcher(Strand strand, Clock& clock, Registry& registry, EventLog& eventLog, Options options)
    : impl_(std::make_shared<Impl>(strand, clock, registry, eventLog, options))
{}

Batcher::~Batcher()
{
    impl_->abandon();
}

void Batcher::apply(Options options)
{
    impl_->apply(options);
}

void Batcher::forget(const std::string& backend)
{
    impl_->forget(backend);
}

net::awaitable<StatusOr<std::unique_ptr<inference::ModelInferResponse>>> Batcher::infer(
    std::shared_ptr<backend::Backend> backend, std::unique_ptr<inference::ModelInferRequest> request,
    std::uint32_t rowsMax, CallContext context)
{
    const auto impl = impl_;
    Mergeable found = mergeable(*request);
    std::string model = request->model_name();
    std::string key;
    key.reserve(backend->name().size() + model.size() + found.signature.size() + 4);
    key.append("t\n").append(backend->name()).append("\n").append(model).append("\n").append(found.signature);
    Work work;
    work.rows = found.rows;
    for (const std::string& raw : request->raw_input_contents()) work.bytes += raw.size();
    work.infer = std::move(request);
    auto answer = co_await impl->call(std::move(backend), std::move(found.alone), std::move(key), std::move(model),
                                      std::move(work), rowsMax, std::move(context));
    if (!answer.ok()) co_return answer.status();
    co_return std::move(answer->infer);
}

bool Batcher::mergesCompletions() const
{
    return impl_->options.enabled && impl_->options.completions;
}

net::awaitable<StatusOr<ListAnswer>> Batcher::list(std::shared_ptr<backend::Backend> backend, std::string model,
                                                   ListKind kind, pool::HttpRequest request, std::uint32_t rowsMax,
                                                   CallContext context)
{
    const auto impl = impl_;
    auto list = ListRequest::parse(std::move(request.body), kind);
    if (!list.ok()) co_return list.status();
    std::string key = (kind == ListKind::Embeddings ? "e\n" : "c\n") + backend->name() + "\n" + model + "\n" +
                      request.target + "\n" + http::mergeKey(request.fields) + "\n" + list->signature();
    std::string alone = list->alone();
    Work work;
    work.rows = list->rows();
    work.bytes = list->body().size();
    work.list = *std::move(list);
    work.http = std::move(request);
    auto answer = co_await impl->call(std::move(backend), std::move(alone), std::move(key), std::move(model),
                                      std::move(work), rowsMax, std::move(context));
    if (!answer.ok()) co_return answer.status();
    co_return std::move(answer->list);
}

net::awaitable<void> Batcher::drain()
{
    return impl_->drain();
}

std::vector<LaneSnapshot> Batcher::lanes() const
{
    return impl_->snapshots();
}

const Ring<BatchRecord>& Batcher::recent() const
{
    return impl_->recent;
}

}  // namespace millrace::batch
