// SPDX-License-Identifier: GPL-3.0-or-later
#include "batch/batch_scheduler.h"

#include "base/check.h"
#include "base/format.h"
#include "base/text.h"
#include "inference.pb.h"

#include <absl/strings/str_format.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace millrace::batch {
namespace {

constexpr auto kRetryDefault = std::chrono::milliseconds(1000);  // while a lane's runs are not yet known
constexpr auto kRetryMin = std::chrono::milliseconds(10);

}  // namespace

BatchScheduler::BatchScheduler(Strand strand, Clock& clock, Registry& registry, EventLog& eventLog,
                               const Options& options)
    : strand_(strand),
      clock_(clock),
      reports_(registry, eventLog),
      options_(options),
      lanes_(registry, options_),
      answers_(std::make_shared<AnswerDelivery>(strand, reports_.reordered())),
      retries_(options.retryBudgetPercent)
{
    reports_.setSizeMax(options_.sizeMax);
    answers_->setOrdered(options_.preserveOrder);
}

// ---- a request ----

net::awaitable<StatusOr<Answer>> BatchScheduler::call(std::shared_ptr<backend::Backend> backend, std::string&& alone,
                                                      std::string&& key, const std::string& model, Work&& work,
                                                      std::uint32_t rowsMax, CallContext&& context)
{
    MR_ON_STRAND(strand_);
    const auto self = shared_from_this();
    const auto pass = gate_.enter();
    if (!pass) co_return unavailable("the engine is draining");
    if (context.cancel.cancelled()) co_return context.cancel.status();
    std::shared_ptr<LaneState> lane;
    if (!options_.enabled) {
        alone = "batching is off (batcher.enabled)";
    } else if (alone.empty()) {
        lane = lanes_.find(std::move(key), backend->name(), model, work);
        if (!lane) {
            alone = "too many different request signatures are already queued";
        } else if (const auto why = lane->lane.bypass(work.rows, clock_.now())) {
            alone = *why;
        }
    }
    if (!alone.empty()) {
        context.trace->addDecision("sent alone: " + alone);
        if (lane) ++lane->bypassing;
        auto answer = co_await callAlone(std::move(backend), std::move(work), std::move(context));
        if (lane) --lane->bypassing;
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

net::awaitable<StatusOr<Answer>> BatchScheduler::callAlone(std::shared_ptr<backend::Backend> backend, Work work,
                                                           CallContext context)
{
    const auto trace = context.trace;
    trace->enter(Phase::Running, clock_.now());
    Work* const single[] = {&work};
    auto answer = co_await exchange(std::move(backend), single, std::move(context));
    trace->enter(Phase::Processing, clock_.now());
    co_return answer;
}

StatusOr<std::shared_ptr<Member>> BatchScheduler::enqueue(LaneState& lane, Work work, CallContext context)
{
    if (lane.lane.full()) return refusal(lane);
    const TimePoint now = clock_.now();
    if (context.deadline <= now) return deadlineExceeded("the deadline had passed before the request could be queued");
    auto member = std::make_shared<Member>();
    member->work = std::move(work);
    member->context = std::move(context);
    member->arrived = now;
    member->lane = &lane;
    member->context.trace->enter(Phase::Batching, now);
    Lane::Arrival arrival;
    member->id = lane.waiting.insert(member);
    arrival.key = member->id;
    arrival.rows = member->work.rows;
    arrival.bytes = member->work.bytes;
    arrival.priority = member->context.priority;
    arrival.at = now;
    arrival.deadline = member->context.deadline;
    member->ticket = lane.lane.add(arrival);
    Member* raw = member.get();
    // The registration is a part of the member and ends with it; the member holds the lane through its place in it.
    member->onCancel = member->context.cancel.onCancel([this, raw] { withdraw(*raw, raw->context.cancel.status()); });
    lane.used = now;
    reports_.waiting(1);
    return member;
}

Status BatchScheduler::refusal(LaneState& lane) const
{
    auto after = kRetryDefault;
    if (const auto drained = lane.lane.drainTime())
        after = std::max(kRetryMin, std::chrono::ceil<std::chrono::milliseconds>(*drained));
    const auto since = lane.lane.oldest();
    const std::string words =
        absl::StrFormat("%u requests are queued for model %.100s, the oldest for %s (limit batcher.queue_max)",
                        lane.lane.waiting(), lane.model, formatMs(since ? clock_.now() - *since : Duration()));
    return withRetryAfter(resourceExhausted(washed(words)), after);
}

// ---- batches ----

/// The pump runs after what is ready now has been handled, so that requests that came together are dispatched together.
/// One whose forerunner was alone from its arrival to its answer is not expected to have company.
void BatchScheduler::requestPump(LaneState& lane)
{
    if (!lane.running.empty()) lane.lone = false;
    if (lane.lone && lane.lane.waiting() == 1 && !lane.pumpPosted) return pump(lane);
    if (std::exchange(lane.pumpPosted, true)) return;
    net::post(strand_, [self = shared_from_this(), &lane] {
        lane.pumpPosted = false;  // a lane whose pump was posted is not forgotten
        self->pump(lane);
    });
}

void BatchScheduler::pump(LaneState& lane)
{
    // A backend may answer before the call that asked it has returned; its pump is then this one's next round.
    lane.pumpAgain = true;
    if (std::exchange(lane.pumping, true)) return;
    while (std::exchange(lane.pumpAgain, false)) pumpOnce(lane, clock_.now());
    lane.pumping = false;
    if (lane.lane.waiting() == 0 && lane.running.empty()) lane.backend.reset();
    schedule(lane);
}

/// The member that the lane knows by this key, which it has just removed.
std::shared_ptr<Member> BatchScheduler::taken(LaneState& lane, Lane::Key key)
{
    auto member = lane.waiting.take(key);
    MR_CHECK(member);
    return *std::move(member);
}

void BatchScheduler::pumpOnce(LaneState& lane, TimePoint now)
{
    for (const Lane::Key key : lane.lane.expire(now)) {
        const auto member = taken(lane, key);
        reports_.waiting(-1);
        const auto ms = formatMs(now - member->arrived);
        AnswerDelivery::settle(*member, deadlineExceeded("the deadline passed after " + ms + " in the batch queue"));
    }
    lane.lane.setLimit(lanes_.limit(lane, clock_.now()));
    while (auto dispatch = lane.lane.next(now)) launch(lane, *std::move(dispatch), now);
}

/// What its members want together: the latest deadline, the longest silence, the highest priority.
std::shared_ptr<Batch> BatchScheduler::makeBatch(LaneState& lane, Lane::Dispatch& dispatch, TimePoint now)
{
    auto batch = std::make_shared<Batch>();
    batch->id = ids_.next();
    batch->backend = lane.backend;
    batch->rows = dispatch.rows;
    batch->limit = dispatch.limit;
    batch->why = dispatch.why;
    batch->whyText = std::move(dispatch.reason);
    batch->dispatchedAt = now;
    batch->oldest = dispatch.oldest;
    batch->members.reserve(dispatch.members.size());
    TimePoint latest = TimePoint::min();
    Duration silence = Duration::zero();
    int priority = -Lane::kPriorityMax;
    const auto count = static_cast<std::uint32_t>(dispatch.members.size());
    const Decision decision([rows = dispatch.rows, count, why = batch->whyText] {
        return washed(absl::StrFormat("dispatched in a batch of %s (%s): %.150s", formatCount(rows, "row", "rows"),
                                      formatCount(count, "request", "requests"), why.english()));
    });
    for (const Lane::Key key : dispatch.members) {
        auto member = taken(lane, key);
        member->batch = batch.get();
        member->place = lane.order.dispatch();
        batch->nearest = std::min(batch->nearest, member->context.deadline);
        latest = std::max(latest, member->context.deadline);
        silence = std::max(silence, member->context.silenceMax);
        priority = std::max(priority, member->context.priority);
        Trace& trace = *member->context.trace;
        trace.batchRows = dispatch.rows;
        trace.batch = batch->id;
        trace.addDecision(decision);
        reports_.waited(now - member->arrived);
        batch->members.push_back(std::move(member));
    }
    batch->alive = batch->members.size();
    const CallContext& first = batch->members.front()->context;
    batch->context.id = first.id;
    batch->context.client = count == 1 ? first.client : SharedText("batch of " + std::to_string(count) + " requests");
    if (count == 1) batch->context.trace = first.trace;
    batch->context.priority = priority;
    batch->context.deadline = latest;
    batch->context.silenceMax = silence;
    batch->context.cancel = batch->cancel.token();

    batch->overdue = now + lane.lane.patience(batch->rows);
    return batch;
}

void BatchScheduler::launch(LaneState& lane, Lane::Dispatch dispatch, TimePoint now)
{
    auto batch = makeBatch(lane, dispatch, now);
    lane.lone = batch->members.size() == 1 && lane.lane.waiting() == 0;
    reports_.dispatched(lane, *batch);
    lane.running.push_back(batch);
    const auto run = std::make_shared<BatchRun>(shared_from_this(), *answers_, clock_, lane.shared_from_this(),
                                                std::move(batch), gate_.enter());
    net::co_spawn(strand_, run->run(), [run](std::exception_ptr error) {
        // Everything that may throw is caught around the backend's call.
        MR_CHECK_MSG(!error, "a batch ended with an exception");
    });
}

bool BatchScheduler::mayRetry(const Status& refusal)
{
    if (!retries_.spend(clock_.now())) return false;
    reports_.retried(refusal);
    return true;
}

void BatchScheduler::returned(LaneState& lane, Batch& batch, std::optional<Duration> run, std::uint32_t rows)
{
    if (std::exchange(batch.returned, true)) return;
    batch.overdue = TimePoint::max();
    const TimePoint now = clock_.now();
    if (rows > 0) lane.learned.taken(rows, lanes_.limitBeside(lane), now);
    if (lane.bypassing > 0) run.reset();  // it shared the backend with requests that no lane holds back
    lane.lane.returned(now, batch.rows, run);
    if (run) {
        SizeController::Batch sample;
        sample.rows = batch.rows;
        sample.filled = batch.why == DispatchReason::Full;
        sample.run = *run;
        Duration latency{};
        for (const auto& member : batch.members) latency += now - member->arrived;
        sample.latency = latency / static_cast<Duration::rep>(batch.members.size());
        lane.size.add(sample, lane.lane.cost().fit());
    }
    pump(lane);
}

void BatchScheduler::finished(LaneState& lane, Batch& batch, Duration run)
{
    std::erase_if(lane.running, [&](const auto& running) { return running.get() == &batch; });
    for (const auto& member : batch.members) member->batch = nullptr;
    lane.used = clock_.now();
    reports_.finished(lane, batch, run);
    if (batch.returned) {
        if (lane.lane.waiting() == 0 && lane.running.empty()) lane.backend.reset();
        schedule(lane);
    } else {
        returned(lane, batch, std::nullopt, 0);
    }
}

void BatchScheduler::learn(LaneState& lane, const Batch& batch, std::uint32_t rows, LearnedRows::Refusal why, bool sure)
{
    const TimePoint now = clock_.now();
    if (!lane.learned.refused(rows, std::move(why), sure, now)) return;
    lane.learnedFrom = batch.backend;
    lane.lane.setLimit(lanes_.limit(lane, clock_.now()));
    reports_.learned(lane, now);
}

/// The client has disconnected, or the deadline passed.
void BatchScheduler::withdraw(Member& member, Status why)
{
    if (member.settled) return;
    LaneState& lane = *member.lane;
    if (const auto waiting = lane.waiting.take(member.id)) {
        lane.lane.remove(member.ticket);
        reports_.waiting(-1);
        AnswerDelivery::settle(member, std::move(why));
        return;
    }
    Batch* const batch = member.batch;
    AnswerDelivery::settle(member, std::move(why));
    if (!member.answered && !member.unordered) {
        AnswerDelivery::Ready ready;
        answers_->skip(lane, member, ready);
        answers_->deliverLater(ready);
    }
    if (batch && batch->alive == 0) batch->cancel.cancel("all requests of the batch were cancelled");
}

/// A backend that hangs over one batch must not keep the others: they are dispatched beside it, and do not wait for its
/// answer. So many batches of a lane may hang; then it is the backend that does.
void BatchScheduler::passOverdue(LaneState& lane, TimePoint now)
{
    constexpr std::ptrdiff_t kOverdueMax = 4;
    const auto running = lane.running;
    for (const auto& batch : running) {
        if (batch->overdue > now) continue;
        const auto hanging =
            std::count_if(lane.running.begin(), lane.running.end(), [](const auto& other) { return other->hangs; });
        if (hanging >= kOverdueMax) {
            batch->overdue = now + lane.lane.patience(batch->rows);
            continue;
        }
        AnswerDelivery::Ready ready;
        for (const auto& member : batch->members) {
            if (member->settled || member->answered || std::exchange(member->unordered, true)) continue;
            member->context.trace->addDecision(
                "its batch is taking far longer than expected; later responses no longer wait for it");
            answers_->skip(lane, *member, ready);
        }
        answers_->deliverLater(ready);
        batch->hangs = true;
        returned(lane, *batch, std::nullopt, 0);
    }
}

void BatchScheduler::expireRunning(LaneState& lane, TimePoint now)
{
    const auto running = lane.running;
    for (const auto& batch : running) {
        if (batch->nearest > now) continue;
        batch->nearest = TimePoint::max();
        const auto members = batch->members;
        for (const auto& member : members) {
            if (member->settled || member->answered) continue;
            if (member->context.deadline > now) {
                batch->nearest = std::min(batch->nearest, member->context.deadline);
            } else {
                withdraw(*member, deadlineExceeded("the deadline passed after its batch had been in flight for " +
                                                   formatMs(now - batch->dispatchedAt)));
            }
        }
    }
}

// ---- time ----

void BatchScheduler::schedule(LaneState& lane)
{
    TimePoint wake = lane.lane.wakeAt().value_or(TimePoint::max());
    for (const auto& batch : lane.running) wake = std::min({wake, batch->nearest, batch->overdue});
    lanes_.schedule(lane, wake);
    arm();
}

void BatchScheduler::arm()
{
    const TimePoint when = lanes_.nextAt();
    if (when >= armedFor_) return;
    armedFor_ = when;
    if (timer_) timer_->cancel();
    const auto timer = std::make_shared<CancellableTask>();
    timer_ = timer;
    timer->start(strand_, clock_.sleepUntil(when), [weak = weak_from_this(), timer](const std::exception_ptr&) {
        // Cancelled or not: only the timer that was armed last matters.
        const auto self = weak.lock();
        if (self && self->timer_ == timer) self->onExpired(self->clock_.now());
    });
}

void BatchScheduler::onExpired(TimePoint now)
{
    timer_.reset();
    armedFor_ = TimePoint::max();
    while (LaneState* const lane = lanes_.nextDue(now)) {
        expireRunning(*lane, now);
        passOverdue(*lane, now);
        pump(*lane);
    }
    arm();
}

// ---- the whole ----

void BatchScheduler::apply(const Options& options)
{
    const bool orderBegins = options.preserveOrder && !options_.preserveOrder;
    options_ = options;
    reports_.setSizeMax(options_.sizeMax);
    retries_.apply(options_.retryBudgetPercent);
    answers_->setOrdered(options_.preserveOrder);
    for (const auto& lane : lanes_.all()) {
        if (orderBegins) lane->released = 0;  // what went out of order before was meant to
        lanes_.apply(*lane);
        lane->learned.forget();
        if (!options_.enabled) lane->lane.flush();
        requestPump(*lane);
    }
}

void BatchScheduler::forget(const std::string& backend)
{
    for (const auto& lane : lanes_.all())
        if (lane->backendName == backend) lane->learned.forget();
}

net::awaitable<void> BatchScheduler::drain()
{
    const auto self = shared_from_this();
    for (const auto& lane : lanes_.all()) {
        lane->lane.flush();
        requestPump(*lane);
    }
    gate_.close();
    co_await gate_.emptied();
}

void BatchScheduler::abandon()
{
    for (const auto& lane : lanes_.all()) {
        for (const Lane::Key waiter : lane->lane.clear()) {
            AnswerDelivery::settle(*taken(*lane, waiter), unavailable("the batcher has stopped"));
        }
    }
    reports_.nobodyWaits();
    lanes_.clearSchedule();
    if (timer_) timer_->cancel();
    timer_.reset();
}

std::vector<LaneSnapshot> BatchScheduler::lanes() const
{
    return lanes_.snapshots(clock_.now());
}

}  // namespace millrace::batch
