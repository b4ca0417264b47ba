// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/gate.h"
#include "batch/answer_delivery.h"
#include "batch/lane_state.h"
#include "batch/learned_rows.h"
#include "batch/send_plan.h"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace millrace::batch {

/// Runs one batch: sends it to the backend, in parts where it is refused together, gives each member its answer, and
/// reports what was learned about the backend.
///
///     const auto run = std::make_shared<BatchRun>(owner, answers, clock, lane, batch, pass);
///     net::co_spawn(strand, run->run(), [run](…) {});   // at its end no member waits any more
///
/// Owner: the handler of the coroutine. Thread: the strand.
/// Bound: the calls of SendPlan, whose retries the owner's budget limits. Errors: an exception of the backend's adapter
/// is Internal, for this batch.
class BatchRun {
public:
    /// What a run reports besides the answers. Called a few times per batch, not for each request.
    class Owner {
    public:
        virtual ~Owner() = default;
        /// Takes one call from the budget for parts of a batch that was refused so; false: none is left.
        virtual bool mayRetry(const Status& refusal) = 0;
        /// The backend can take the next batch. `run`: set if it shows the cost of a run of that many rows. `rows`:
        /// accepted at once; 0: it refused them.
        virtual void returned(LaneState& lane, Batch& batch, std::optional<Duration> run, std::uint32_t rows) = 0;
        /// The rows that the backend accepts at once, as learned from this batch.
        virtual void learn(LaneState& lane, const Batch& batch, std::uint32_t rows, LearnedRows::Refusal why,
                           bool sure) = 0;
        /// `run`: all its calls together.
        virtual void finished(LaneState& lane, Batch& batch, Duration run) = 0;
    };

    /// `owner` is kept alive, and with it `answers`; `pass` counts the batch as in flight there.
    BatchRun(std::shared_ptr<Owner> owner, AnswerDelivery& answers, Clock& clock, std::shared_ptr<LaneState> lane,
             std::shared_ptr<Batch> batch, Gate::Pass pass)
        : owner_(std::move(owner)),
          answers_(answers),
          clock_(clock),
          lane_(std::move(lane)),
          batch_(std::move(batch)),
          pass_(std::move(pass))
    {}

    boost::asio::awaitable<void> run();

private:
    using Ready = AnswerDelivery::Ready;
    using Members = std::vector<std::shared_ptr<Member>>;

    boost::asio::awaitable<StatusOr<Answer>> attempt(std::span<Work* const> works);
    void traceStart(const Members& part, TimePoint now);
    void traceEnd(const Members& part, TimePoint now);
    void refused(SendPlan& plan, const Members& part, StatusOr<Answer> reply, Status why, Ready& ready);

    const std::shared_ptr<Owner> owner_;
    AnswerDelivery& answers_;
    Clock& clock_;
    const std::shared_ptr<LaneState> lane_;
    const std::shared_ptr<Batch> batch_;
    const Gate::Pass pass_;  // before its gate, which the owner has
};

}  // namespace millrace::batch
