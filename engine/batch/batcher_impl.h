// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/cancellable_task.h"
#include "base/gate.h"
#include "base/retry_budget.h"
#include "batch/batcher.h"
#include "batch/lane_state.h"
#include "batch/send_plan.h"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>

namespace millrace::batch {

/// batcher.cpp: requests and their lanes, time, settings. batch_run.cpp: the way of a batch to its backend and back.
/// batch_answers.cpp: answers in their order, and who leaves before.
class Batcher::Impl : public std::enable_shared_from_this<Impl> {
public:
    Impl(Strand strandIn, Clock& clockIn, Registry& registryIn, EventLog& journalIn, Options given);

    net::awaitable<StatusOr<Answer>> call(std::shared_ptr<backend::Backend> backend, std::string alone, std::string key,
                                          std::string model, Work work, std::uint32_t rowsMax, CallContext context);
    void apply(const Options& given);
    void forget(const std::string& backend);
    net::awaitable<void> drain();
    void abandon();
    std::vector<LaneSnapshot> snapshots() const;

    const Strand strand;
    Clock& clock;
    Registry& registry;
    EventLog& eventLog;
    Options options;
    Ring<BatchRecord> recent{kRecentMax};

private:
    /// Answers on their way out. Those who wait for them go on where the lane is in order again.
    using Ready = std::vector<LaneState::Held>;

    net::awaitable<StatusOr<Answer>> callAlone(std::shared_ptr<backend::Backend> backend, Work work,
                                               CallContext context);
    StatusOr<std::shared_ptr<Member>> enqueue(LaneState& lane, Work work, CallContext context);
    std::shared_ptr<LaneState> laneFor(std::string key, const std::string& backend, const std::string& model,
                                       const Work& work);
    bool forgetOne();
    Status refusal(LaneState& lane) const;

    void requestPump(LaneState& lane);
    void pump(LaneState& lane);
    void pumpOnce(LaneState& lane, TimePoint now);
    void launch(LaneState& lane, Lane::Dispatch dispatch, TimePoint now);
    net::awaitable<void> run(std::shared_ptr<Impl> self, std::shared_ptr<LaneState> lane, std::shared_ptr<Batch> batch,
                             Gate::Pass pass);
    net::awaitable<StatusOr<Answer>> attempt(const Batch& batch, std::span<Work* const> works);
    void traceStart(Batch& batch, const std::vector<std::shared_ptr<Member>>& part, TimePoint now);
    void traceEnd(Batch& batch, const std::vector<std::shared_ptr<Member>>& part, TimePoint now);
    void returned(LaneState& lane, Batch& batch, std::optional<Duration> run, std::uint32_t taken);
    void finished(LaneState& lane, Batch& batch, Duration run);
    void learn(LaneState& lane, const Batch& batch, std::uint32_t rows, LearnedRows::Refusal why, bool sure);
    void refused(SendPlan& plan, LaneState& lane, Batch& batch, const std::vector<std::shared_ptr<Member>>& part,
                 StatusOr<Answer> reply, Status why, Ready& ready);

    void answer(LaneState& lane, const std::shared_ptr<Member>& member, StatusOr<Answer> answer, Ready& ready);
    void release(LaneState& lane, std::uint64_t place, LaneState::Held held, Ready& ready);
    void deliver(Ready& ready);
    void deliverSome();
    void deliverLater(Ready& ready);
    static bool settle(Member& member);
    static void settle(Member& member, Status why);
    void leave(Member& member, Status why);
    void expireRunning(LaneState& lane, TimePoint now);
    void passOverdue(LaneState& lane, TimePoint now);

    std::uint32_t limitOf(const LaneState& lane) const;
    std::uint32_t limitBeside(const LaneState& lane) const;
    void schedule(LaneState& lane);
    void unschedule(LaneState& lane);
    void arm();
    void woke(TimePoint when);
    void noteQueue(int change);

    Histogram& batchRows;
    Histogram& batchWait;
    Histogram& batchRun;
    Counter& failed;
    Counter& reordered;
    Gauge& inFlight;
    Gauge& queue;
    Gauge& sizeMax;

    std::unordered_map<std::string, std::shared_ptr<LaneState>> lanes_;
    std::map<std::pair<TimePoint, std::uint64_t>, LaneState*> due_;  ///< ties in the order the lanes were made
    std::uint64_t lanesMade_ = 0;
    std::shared_ptr<CancellableTask> timer_;
    TimePoint armedFor_ = TimePoint::max();
    IdSource<BatchId> ids_;
    RetryBudget retries_;
    std::deque<LaneState::Held> undelivered_;  ///< answers that have left their lanes, in their order
    bool delivering_ = false;
    std::int64_t waiting_ = 0;
    std::int64_t running_ = 0;
    Gate gate_;
};

}  // namespace millrace::batch
