// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/cancellable_task.h"
#include "base/event_log.h"
#include "base/gate.h"
#include "base/retry_budget.h"
#include "batch/answer_delivery.h"
#include "batch/batch_reports.h"
#include "batch/batch_run.h"
#include "batch/batcher.h"
#include "batch/lane_table.h"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace millrace::batch {

/// Puts requests into lanes, dispatches batches when they are due, and removes requests that no longer wait.
///
///     auto answer = co_await scheduler->call(backend, std::move(alone), std::move(key), model, std::move(work),
///                                            rowsMax, std::move(context));
///
/// Owner: Batcher, and every request in flight, so that it may outlive the Batcher. Thread: the strand.
/// Bound, errors, stop: those of Batcher. Not here: which requests can be merged (merge, list_request), when a lane
/// dispatches (Lane), sending a batch (BatchRun), the order of answers (AnswerDelivery).
class BatchScheduler final : public BatchRun::Owner, public std::enable_shared_from_this<BatchScheduler> {
public:
    BatchScheduler(Strand strand, Clock& clock, Registry& registry, EventLog& eventLog, const Options& options);

    /// `alone`: why it cannot be merged with others; empty: it can, with requests of the same `key`.
    /// `rowsMax`: the most rows that the model accepts; 0: unknown. REQUIRES: what is passed by reference outlives the
    /// call, which moves from it.
    net::awaitable<StatusOr<Answer>> call(std::shared_ptr<backend::Backend> backend, std::string&& alone,
                                          std::string&& key, const std::string& model, Work&& work,
                                          std::uint32_t rowsMax, CallContext&& context);
    void apply(const Options& options);
    const Options& options() const { return options_; }
    /// Discards what was learned about this backend.
    void forget(const std::string& backend);
    /// Dispatches all waiting requests, and ends when all are answered. Later calls get Unavailable.
    net::awaitable<void> drain();
    /// Answers every request that waits in a lane now.
    void abandon();

    std::vector<LaneSnapshot> lanes() const;
    const Ring<BatchRecord>& recent() const { return reports_.recent(); }

private:
    bool mayRetry(const Status& refusal) override;
    void returned(LaneState& lane, Batch& batch, std::optional<Duration> run, std::uint32_t rows) override;
    void learn(LaneState& lane, const Batch& batch, std::uint32_t rows, LearnedRows::Refusal why, bool sure) override;
    void finished(LaneState& lane, Batch& batch, Duration run) override;

    net::awaitable<StatusOr<Answer>> callAlone(std::shared_ptr<backend::Backend> backend, Work work,
                                               CallContext context);
    StatusOr<std::shared_ptr<Member>> enqueue(LaneState& lane, Work work, CallContext context);
    Status refusal(LaneState& lane) const;

    void requestPump(LaneState& lane);
    void pump(LaneState& lane);
    void pumpOnce(LaneState& lane, TimePoint now);
    void launch(LaneState& lane, Lane::Dispatch dispatch, TimePoint now);
    static std::shared_ptr<Member> taken(LaneState& lane, Lane::Key key);
    std::shared_ptr<Batch> makeBatch(LaneState& lane, Lane::Dispatch& dispatch, TimePoint now);

    void withdraw(Member& member, Status why);
    void expireRunning(LaneState& lane, TimePoint now);
    void passOverdue(LaneState& lane, TimePoint now);
    void schedule(LaneState& lane);
    void arm();
    void onExpired(TimePoint now);

    // fixed after construction
    const Strand strand_;
    Clock& clock_;

    // strand_ only
    BatchReports reports_;
    Options options_;
    LaneTable lanes_;
    std::shared_ptr<AnswerDelivery> answers_;  // shared with the functions that it has posted
    std::shared_ptr<CancellableTask> timer_;
    TimePoint armedFor_ = TimePoint::max();
    IdSource<BatchId> ids_;
    RetryBudget retries_;
    Gate gate_;
};

}  // namespace millrace::batch
