// SPDX-License-Identifier: GPL-3.0-or-later
#include "batch/batcher_impl.h"
#include "batch/words.h"
#include "inference.pb.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <exception>
#include <functional>
#include <utility>

namespace millrace::batch {

namespace {

/// What each of several gets that were refused together.
StatusOr<Answer> refusalOf(const StatusOr<Answer>& reply)
{
    if (!reply.ok()) return reply.status();
    return sameFor(*reply);
}

}  // namespace

/// The pump runs after what is ready now has been handled, so that requests that came together leave together. One
/// whose forerunner was alone from its arrival to its answer is not expected to have company.
void Batcher::Impl::requestPump(LaneState& lane)
{
    if (!lane.running.empty()) lane.lone = false;
    if (lane.lone && lane.lane.waiting() == 1 && !lane.pumpPosted) return pump(lane);
    if (std::exchange(lane.pumpPosted, true)) return;
    net::post(strand, [self = shared_from_this(), &lane] {
        lane.pumpPosted = false;  // a lane with a pump under way is not forgotten
        self->pump(lane);
    });
}

/// Rows a batch may have, but for what was learned of the backend.
std::uint32_t Batcher::Impl::limitBeside(const LaneState& lane) const
{
    std::uint32_t limit = std::min(lane.size.limit(), std::max<std::uint32_t>(1, options.sizeMax));
    if (lane.rowsMax > 0) limit = std::min(limit, lane.rowsMax);
    if (lane.list) limit = std::min(limit, itemsMax(*lane.list));
    return limit;
}

std::uint32_t Batcher::Impl::limitOf(const LaneState& lane) const
{
    const std::uint32_t limit = limitBeside(lane);
    const std::uint32_t learned = lane.learned.any() ? lane.learned.limit(clock.now()) : 0;
    return learned > 0 ? std::min(limit, learned) : limit;
}

void Batcher::Impl::pump(LaneState& lane)
{
    // A backend may answer before the call that asked it has returned; its pump is then this one's next round.
    lane.pumpAgain = true;
    if (std::exchange(lane.pumping, true)) return;
    while (std::exchange(lane.pumpAgain, false)) pumpOnce(lane, clock.now());
    lane.pumping = false;
    if (lane.lane.waiting() == 0 && lane.running.empty()) lane.backend.reset();
    schedule(lane);
}

void Batcher::Impl::pumpOnce(LaneState& lane, TimePoint now)
{
    for (const Lane::Key key : lane.lane.expire(now)) {
        auto member = std::move(reinterpret_cast<Member*>(key)->waiting);
        noteQueue(-1);
        settle(*member, deadlineExceeded(words("the deadline passed after %.3g ms in the batch queue",
                                               toMs(now - member->arrived))));
    }
    lane.lane.setLimit(limitOf(lane));
    while (auto dispatch = lane.lane.next(now)) launch(lane, *std::move(dispatch), now);
}

void Batcher::Impl::launch(LaneState& lane, Lane::Dispatch dispatch, TimePoint now)
{
    auto batch = std::make_shared<Batch>();
    batch->id = ids_.next();
    batch->backend = lane.backend;
    batch->rows = dispatch.rows;
    batch->limit = dispatch.limit;
    batch->why = dispatch.why;
    batch->whyText = std::move(dispatch.reason);
    batch->left = now;
    batch->oldest = dispatch.oldest;
    batch->members.reserve(dispatch.members.size());
    TimePoint latest = TimePoint::min();
    Duration silence = Duration::zero();
    int priority = -Lane::kPriorityMax;
    const auto count = static_cast<std::uint32_t>(dispatch.members.size());
    const Decision decision([rows = dispatch.rows, count, why = batch->whyText] {
        return words("dispatched in a batch of %u rows (%u requests): %.150s", rows, count, why.english().c_str());
    });
    for (const Lane::Key key : dispatch.members) {
        auto member = std::move(reinterpret_cast<Member*>(key)->waiting);
        member->batch = batch.get();
        member->place = lane.order.leave();
        batch->nearest = std::min(batch->nearest, member->context.deadline);
        latest = std::max(latest, member->context.deadline);
        silence = std::max(silence, member->context.silenceMax);
        priority = std::max(priority, member->context.priority);
        Trace& trace = *member->context.trace;
        trace.batchRows = dispatch.rows;
        trace.batch = batch->id;
        trace.addDecision(decision);
        batchWait.observe(toMs(now - member->arrived) / 1000);
        batch->members.push_back(std::move(member));
    }
    batch->alive = batch->members.size();
    const CallContext& first = batch->members.front()->context;
    batch->context.id = first.id;
    batch->context.client = count == 1 ? first.client : SharedText(words("batch of %u requests", count));
    if (count == 1) batch->context.trace = first.trace;
    batch->context.priority = priority;
    batch->context.deadline = latest;
    batch->context.silenceMax = silence;
    batch->context.cancel = batch->cancel.token();

    lane.lone = count == 1 && lane.lane.waiting() == 0;
    ++lane.batches;
    lane.requests += count;
    lane.rows += dispatch.rows;
    lane.rowsLargest = std::max(lane.rowsLargest, dispatch.rows);
    ++lane.closed[static_cast<std::size_t>(dispatch.why)];
    lane.batchesBy[static_cast<std::size_t>(dispatch.why)]->add();
    lane.requestsTotal->add(count);
    lane.rowsTotal->add(dispatch.rows);
    lane.sizeLimit->set(dispatch.limit);
    batchRows.observe(dispatch.rows);
    inFlight.set(static_cast<double>(++running_));
    noteQueue(-static_cast<int>(count));
    lane.running.push_back(batch);
    batch->overdue = now + lane.lane.patience(batch->rows);

    net::co_spawn(strand, run(shared_from_this(), lane.shared_from_this(), std::move(batch), gate_.enter()),
                  [](std::exception_ptr error) {
                      // Everything that may throw is caught around the backend's call.
                      MR_CHECK_MSG(!error, "a batch ended with an exception");
                  });
}

/// The call itself. An adapter that throws has failed; it must not take the members of the batch along.
net::awaitable<StatusOr<Answer>> Batcher::Impl::attempt(const Batch& batch, std::span<Work* const> works)
{
    CallContext context = batch.context;
    std::string problem;
    try {
        co_return co_await exchange(batch.backend, works, std::move(context));
    } catch (const std::exception& error) {
        problem = error.what();
    }
    co_return internal("the backend's adapter failed: " + problem);
}

/// A part of the batch is sent: its members look on at the batch's own trace, which is new for each part.
void Batcher::Impl::traceStart(Batch& batch, const std::vector<std::shared_ptr<Member>>& part, TimePoint now)
{
    auto& group = batch.context.trace;
    const bool several = batch.members.size() > 1;
    if (several) group = std::make_shared<Trace>();
    group->enter(Phase::Running, now);
    if (!several) return;
    for (const auto& member : part) {
        member->context.trace->enter(Phase::Running, now);
        member->context.trace->group = group;
    }
}

/// What the call took goes into each member's trace; the batch's own decisions too, where it is not the member's.
void Batcher::Impl::traceEnd(Batch& batch, const std::vector<std::shared_ptr<Member>>& part, TimePoint now)
{
    Trace& group = *batch.context.trace;
    group.enter(Phase::Processing, now);
    if (batch.members.size() == 1) return;
    for (const auto& member : part) {
        Trace& trace = *member->context.trace;
        trace.group.reset();
        if (member->settled) continue;  // it left meanwhile, and its trace has gone on
        trace.enter(Phase::Processing, now);
        trace.move(Phase::Running, Phase::Connecting, group.spent(Phase::Connecting));
        trace.connectionReused = group.connectionReused;
        for (const Decision& decision : group.decisions) trace.addDecision(decision);
    }
}

/// Sends the batch; when it is refused for what may be a member's fault, in parts, so that the others get their
/// answers.
net::awaitable<void> Batcher::Impl::run(std::shared_ptr<Impl> /*alive*/, std::shared_ptr<LaneState> lane,
                                        std::shared_ptr<Batch> batch, Gate::Pass /*counted*/)
{
    SendPlan plan(batch->members.size());
    const std::function<bool()> retry = [this, &plan] {
        if (!retries_.spend(clock.now())) return false;
        registry
            .counter("millrace_retries_total", "Requests that were retried.", {{"reason", codeName(plan.refusal())}})
            .add();
        return true;
    };
    Ready ready;
    Duration runTotal{};
    bool untold = true;
    while (const auto range = plan.next(retry)) {
        deliver(ready);
        std::vector<std::shared_ptr<Member>> part;
        std::vector<Work*> works;
        std::uint32_t rows = 0;
        for (std::size_t i = range->from; i < range->to; ++i) {
            const auto& member = batch->members[i];
            if (member->settled) continue;
            part.push_back(member);
            works.push_back(&member->work);
            rows += member->work.rows;
        }
        if (part.empty()) continue;
        const TimePoint began = clock.now();
        traceStart(*batch, part, began);
        auto reply = co_await attempt(*batch, works);
        const TimePoint ended = clock.now();
        const Duration took = ended - began;
        runTotal += took;
        traceEnd(*batch, part, ended);

        Status why = reply.ok() ? verdict(*reply, batch->members.size() > 1) : reply.status();
        if (!why.ok()) {
            refused(plan, *lane, *batch, part, std::move(reply), std::move(why), ready);
            continue;
        }
        // The first reply to the whole says what a run of so many rows costs.
        const bool whole = std::exchange(untold, false) && plan.refusal().ok();
        const bool first = whole && !batch->returned;
        if (whole && batch->returned) lane->lane.cameBack(rows, took);
        if (const Status apart = divides(*reply, works); !apart.ok()) {
            LearnedRows::Refusal refusal{0, text(apart)};
            learn(*lane, *batch, 1, std::move(refusal), true);
            plan.indivisible(true);
            continue;
        }
        // Tensors are known to divide: the backend gets its next batch before this one is handed out.
        if (first && !lane->list) returned(*lane, *batch, took, rows);
        auto parts = divide(*reply, works);
        if (!parts.ok() && part.size() > 1 && lane->list) {
            plan.indivisible(false);
            LearnedRows::Refusal refusal{0, text(parts.status())};
            if (plan.oneByOne()) learn(*lane, *batch, 1, std::move(refusal), true);
            continue;
        }
        if (first && lane->list) returned(*lane, *batch, took, rows);
        plan.answered(part.size(), rows);
        for (std::size_t i = 0; i < part.size(); ++i) {
            if (!parts.ok()) {
                answer(*lane, part[i], internal(text(parts.status())), ready);
                continue;
            }
            if (!plan.refusal().ok())
                part[i]->context.trace->addDecision("retried separately because the batch was refused: " +
                                                    text(plan.refusal()));
            answer(*lane, part[i], std::move((*parts)[i]), ready);
        }
    }
    for (const auto& member : batch->members) {
        if (member->answered || member->settled) continue;
        MR_CHECK(member->refusal);  // only what was refused is given up
        answer(*lane, member, refusalOf(*member->refusal), ready);
        if (plan.gaveUp()) {
            batch->failure = plan.refusal();
            member->context.trace->addDecision(
                "refused in a batch and not retried separately: the retry budget is exhausted "
                "(limits.retry_budget_percent)");
        }
    }
    if (const auto limit = plan.rowLimit()) {
        LearnedRows::Refusal refusal{limit->refused, text(plan.refusal())};
        learn(*lane, *batch, limit->taken, std::move(refusal), limit->sure);
    }
    finished(*lane, *batch, runTotal);
    deliver(ready);
}

/// A part was refused. `reply`: the backend's status, or its answer.
void Batcher::Impl::refused(SendPlan& plan, LaneState& lane, Batch& batch,
                            const std::vector<std::shared_ptr<Member>>& part, StatusOr<Answer> reply, Status why,
                            Ready& ready)
{
    std::uint32_t rows = 0;
    for (const auto& member : part) rows += member->work.rows;
    const Blame blame = blameOf(why, reply.ok() && reply->list.status >= 300 ? reply->list.status : 0,
                                lane.list != std::optional(ListKind::Completions));
    const auto outcome = plan.refused(part.size(), rows, why, blame);
    const bool own = batch.members.size() == 1;
    if (outcome == SendPlan::Outcome::ForAll || (own && blame != Blame::Member)) batch.failure = why;
    if (outcome == SendPlan::Outcome::ForPart) {
        if (!own) part.front()->context.trace->addDecision("refused individually, found by splitting the batch");
        answer(lane, part.front(), std::move(reply), ready);
        return;
    }
    const auto refusal = std::make_shared<const StatusOr<Answer>>(std::move(reply));
    for (const auto& member : outcome == SendPlan::Outcome::ForAll ? batch.members : part) member->refusal = refusal;
}

/// The backend can take the next batch. `run`: when it says what a run of so many rows costs. `taken`: rows that it
/// took at once; 0: it did not.
void Batcher::Impl::returned(LaneState& lane, Batch& batch, std::optional<Duration> run, std::uint32_t taken)
{
    if (std::exchange(batch.returned, true)) return;
    batch.overdue = TimePoint::max();
    const TimePoint now = clock.now();
    if (taken > 0) lane.learned.taken(taken, limitBeside(lane), now);
    if (lane.apart > 0) run.reset();  // it shared the backend with requests that no lane holds back
    lane.lane.returned(now, batch.rows, run);
    if (run) {
        SizeController::Batch sample;
        sample.rows = batch.rows;
        sample.filled = batch.why == DispatchReason::Size;
        sample.run = *run;
        Duration latency{};
        for (const auto& member : batch.members) latency += now - member->arrived;
        sample.latency = latency / static_cast<Duration::rep>(batch.members.size());
        lane.size.add(sample, lane.lane.cost().fit());
    }
    pump(lane);
}

void Batcher::Impl::finished(LaneState& lane, Batch& batch, Duration run)
{
    std::erase_if(lane.running, [&](const auto& running) { return running.get() == &batch; });
    for (const auto& member : batch.members) member->batch = nullptr;
    inFlight.set(static_cast<double>(--running_));
    lane.used = clock.now();
    batchRun.observe(toMs(run) / 1000);
    BatchRecord record;
    record.id = batch.id;
    record.model = lane.model;
    record.left = batch.left;
    record.requests = static_cast<std::uint32_t>(batch.members.size());
    record.rows = batch.rows;
    record.sizeLimit = batch.limit;
    record.why = nameOf(batch.why);
    record.whyText = std::move(batch.whyText);
    record.wait = batch.left - batch.oldest;
    record.run = run;
    record.failed = !batch.failure.ok() && !absl::IsCancelled(batch.failure);
    if (record.failed) failed.add();
    recent.push(std::move(record));
    if (batch.returned) {
        if (lane.lane.waiting() == 0 && lane.running.empty()) lane.backend.reset();
        schedule(lane);
    } else {
        returned(lane, batch, std::nullopt, 0);
    }
}

/// What the backend was found to take at once.
void Batcher::Impl::learn(LaneState& lane, const Batch& batch, std::uint32_t rows, LearnedRows::Refusal why, bool sure)
{
    const TimePoint now = clock.now();
    if (!lane.learned.refused(rows, std::move(why), sure, now)) return;
    lane.learnedFrom = batch.backend;
    lane.lane.setLimit(limitOf(lane));
    eventLog.append(Severity::Notice, "batch_limit", lane.model, lane.learned.sentence(now));
}

}  // namespace millrace::batch
