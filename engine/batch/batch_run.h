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

/// One batch on its way to the backend and back: sends it, in parts where it is refused together, gives each member its
/// answer, and says what was learned of the backend.
///
///     const auto run = std::make_shared<BatchRun>(owner, answers, clock, lane, batch, pass);
///     net::co_spawn(strand, run->run(), [run](…) {});   // at its end no member waits any more
///
/// Owner: the handler of the coroutine. Thread: the strand.
/// Bound: what SendPlan sends; retries by the owner's budget. Errors: an adapter that throws is Internal, for its
/// batch.
class BatchRun {
public:
    /// What the run of a batch concerns beside its members. Called a few times a batch, not for each request.
    class Owner {
    public:
        virtual ~Owner() = default;
        /// Whether the budget has a call more for parts of what was refused so.
        virtual bool mayRetry(const Status& refusal) = 0;
        /// The backend can take the next batch. `run`: when it says what a run of that many rows costs. `rows`:
        /// what it took at once; 0: it did not.
        virtual void returned(LaneState& lane, Batch& batch, std::optional<Duration> run, std::uint32_t rows) = 0;
        /// What the backend was found to take at once.
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
