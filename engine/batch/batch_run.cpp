// SPDX-License-Identifier: GPL-3.0-or-later
#include "batch/batch_run.h"

#include "base/check.h"
#include "inference.pb.h"

#include <exception>
#include <functional>
#include <string>

namespace millrace::batch {

namespace {

/// What each of several gets that were refused together.
StatusOr<Answer> refusalOf(const StatusOr<Answer>& reply)
{
    if (!reply.ok()) return reply.status();
    return sameFor(*reply);
}

}  // namespace

/// The call itself. An adapter that throws has failed; it must not take the members of the batch along.
net::awaitable<StatusOr<Answer>> BatchRun::attempt(std::span<Work* const> works)
{
    CallContext context = batch_->context;
    std::string problem;
    try {
        co_return co_await exchange(batch_->backend, works, std::move(context));
    } catch (const std::exception& error) {
        problem = error.what();
    }
    co_return internal("the backend's adapter failed: " + problem);
}

/// A part of the batch is sent: its members look on at the batch's own trace, which is new for each part.
void BatchRun::traceStart(const Members& part, TimePoint now)
{
    auto& group = batch_->context.trace;
    const bool several = batch_->members.size() > 1;
    if (several) group = std::make_shared<Trace>();
    group->enter(Phase::Running, now);
    if (!several) return;
    for (const auto& member : part) {
        member->context.trace->enter(Phase::Running, now);
        member->context.trace->group = group;
    }
}

/// What the call took goes into each member's trace; the batch's own decisions too, where it is not the member's.
void BatchRun::traceEnd(const Members& part, TimePoint now)
{
    Trace& group = *batch_->context.trace;
    group.enter(Phase::Processing, now);
    if (batch_->members.size() == 1) return;
    for (const auto& member : part) {
        Trace& trace = *member->context.trace;
        trace.group.reset();
        if (member->settled) continue;  // it waits no more, and its trace continued
        trace.enter(Phase::Processing, now);
        trace.move(Phase::Running, Phase::Connecting, group.spent(Phase::Connecting));
        trace.connectionReused = group.connectionReused;
        for (const Decision& decision : group.decisions) trace.addDecision(decision);
    }
}

/// Sends the batch; when it is refused for what may be a member's fault, in parts, so that the others get their
/// answers.
net::awaitable<void> BatchRun::run()
{
    SendPlan plan(batch_->members.size());
    const std::function<bool()> retry = [this, &plan] { return owner_->mayRetry(plan.refusal()); };
    Ready ready;
    Duration runTotal{};
    bool isFirstReply = true;
    while (const auto range = plan.next(retry)) {
        answers_.deliver(ready);
        Members part;
        std::vector<Work*> works;
        std::uint32_t rows = 0;
        for (std::size_t i = range->from; i < range->to; ++i) {
            const auto& member = batch_->members[i];
            if (member->settled) continue;
            part.push_back(member);
            works.push_back(&member->work);
            rows += member->work.rows;
        }
        if (part.empty()) continue;
        const TimePoint began = clock_.now();
        traceStart(part, began);
        auto reply = co_await attempt(works);
        const TimePoint ended = clock_.now();
        const Duration took = ended - began;
        runTotal += took;
        traceEnd(part, ended);

        Status why = reply.ok() ? verdict(*reply, batch_->members.size() > 1) : reply.status();
        if (!why.ok()) {
            refused(plan, part, std::move(reply), std::move(why), ready);
            continue;
        }
        // The first reply to the whole says what a run of that many rows costs.
        const bool whole = std::exchange(isFirstReply, false) && plan.refusal().ok();
        const bool first = whole && !batch_->returned;
        if (whole && batch_->returned) lane_->lane.cameBack(rows, took);
        if (const Status undivided = divides(*reply, works); !undivided.ok()) {
            LearnedRows::Refusal refusal{0, text(undivided)};
            owner_->learn(*lane_, *batch_, 1, std::move(refusal), true);
            plan.indivisible(true);
            continue;
        }
        // Tensors are known to divide: the backend gets its next batch before this one is handed out.
        if (first && !lane_->list) owner_->returned(*lane_, *batch_, took, rows);
        auto parts = divide(*reply, works);
        if (!parts.ok() && part.size() > 1 && lane_->list) {
            plan.indivisible(false);
            LearnedRows::Refusal refusal{0, text(parts.status())};
            if (plan.oneByOne()) owner_->learn(*lane_, *batch_, 1, std::move(refusal), true);
            continue;
        }
        if (first && lane_->list) owner_->returned(*lane_, *batch_, took, rows);
        plan.answered(part.size(), rows);
        for (std::size_t i = 0; i < part.size(); ++i) {
            if (!parts.ok()) {
                answers_.answer(*lane_, part[i], internal(text(parts.status())), ready);
                continue;
            }
            if (!plan.refusal().ok())
                part[i]->context.trace->addDecision("retried separately because the batch was refused: " +
                                                    text(plan.refusal()));
            answers_.answer(*lane_, part[i], std::move((*parts)[i]), ready);
        }
    }
    for (const auto& member : batch_->members) {
        if (member->answered || member->settled) continue;
        MR_CHECK(member->refusal);  // only what was refused is given up
        answers_.answer(*lane_, member, refusalOf(*member->refusal), ready);
        if (plan.gaveUp()) {
            batch_->failure = plan.refusal();
            member->context.trace->addDecision(
                "refused in a batch and not retried separately: the retry budget is exhausted "
                "(limits.retry_budget_percent)");
        }
    }
    if (const auto limit = plan.rowLimit()) {
        LearnedRows::Refusal refusal{limit->refused, text(plan.refusal())};
        owner_->learn(*lane_, *batch_, limit->taken, std::move(refusal), limit->sure);
    }
    owner_->finished(*lane_, *batch_, runTotal);
    answers_.deliver(ready);
}

/// A part was refused. `reply`: the backend's status, or its answer.
void BatchRun::refused(SendPlan& plan, const Members& part, StatusOr<Answer> reply, Status why, Ready& ready)
{
    std::uint32_t rows = 0;
    for (const auto& member : part) rows += member->work.rows;
    const Blame blame = blameOf(why, reply.ok() && reply->list && reply->list->status >= 300 ? reply->list->status : 0,
                                lane_->list != std::optional(ListKind::Completions));
    const auto outcome = plan.refused(part.size(), rows, why, blame);
    const bool own = batch_->members.size() == 1;
    if (outcome == SendPlan::Outcome::ForAll || (own && blame != Blame::Member)) batch_->failure = why;
    if (outcome == SendPlan::Outcome::ForPart) {
        if (!own) part.front()->context.trace->addDecision("refused individually, found by splitting the batch");
        answers_.answer(*lane_, part.front(), std::move(reply), ready);
        return;
    }
    const auto refusal = std::make_shared<const StatusOr<Answer>>(std::move(reply));
    for (const auto& member : outcome == SendPlan::Outcome::ForAll ? batch_->members : part) member->refusal = refusal;
}

}  // namespace millrace::batch
