// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/one_shot.h"
#include "batch/batcher.h"
#include "batch/exchange.h"
#include "batch/lane.h"
#include "batch/learned_rows.h"
#include "batch/reorder_buffer.h"
#include "batch/size_controller.h"
#include "batch/slot_map.h"

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace millrace::batch {

/// The batcher's state of requests, batches and lanes. Plain data, modified by
///   BatchScheduler  members waiting and batches in flight
///   BatchRun        a batch being executed
///   AnswerDelivery  answers, and their order
/// Thread: the strand.
struct LaneState;
struct Batch;

using MemberId = SlotMap<std::shared_ptr<struct Member>>::Id;

/// One request in the batcher. Owned by the coroutine that waits for it, and by its lane or batch.
struct Member {
    Work work;
    CallContext context;
    TimePoint arrived;
    LaneState* lane = nullptr;
    Lane::Ticket ticket = 0;
    MemberId id = 0;                                  ///< in LaneState::waiting, while it is in the lane
    Batch* batch = nullptr;                           ///< while it is at the backend
    std::uint64_t place = 0;                          ///< in the lane's order, once it is dispatched
    std::shared_ptr<const StatusOr<Answer>> refusal;  ///< the latest, of a part with it
    bool answered = false;                            ///< the answer has arrived, possibly held for the order
    bool unordered = false;                           ///< its batch is overdue: exempt from ordering
    bool settled = false;                             ///< the waiting coroutine has its answer
    OneShot<StatusOr<Answer>> answer;
    CancelToken::Registration onCancel;  // last: its callback uses the other members
};

struct Batch {
    BatchId id;
    std::vector<std::shared_ptr<Member>> members;
    std::shared_ptr<backend::Backend> backend;
    std::uint32_t rows = 0;
    std::uint32_t limit = 0;
    DispatchReason why = DispatchReason::Full;
    Sentence whyText;
    TimePoint dispatchedAt;
    TimePoint oldest;
    std::size_t alive = 0;                 ///< members waiting for their answers
    TimePoint nearest = TimePoint::max();  ///< their earliest deadline
    TimePoint overdue = TimePoint::max();  ///< from then on it does not block others
    CancelSource cancel;
    CallContext context{.trace = nullptr};
    bool returned = false;  ///< the backend is free for the next one
    bool hangs = false;     ///< it was overdue
    Status failure;         ///< of the backend, for all members
};

struct LaneState : std::enable_shared_from_this<LaneState> {
    LaneState(const Lane::Options& laneOptions, const SizeController::Options& sizeOptions)
        : lane(laneOptions), size(sizeOptions)
    {}

    std::string key;
    std::uint64_t number = 0;  ///< sequence number
    std::string model;
    std::string backendName;
    std::string signature;
    std::optional<ListKind> list;  ///< what it merges; empty: tensors
    Lane lane;
    SlotMap<std::shared_ptr<Member>> waiting;  ///< the members of `lane`; their ids are its keys
    SizeController size;
    struct Delivery {
        std::shared_ptr<Member> member;
        StatusOr<Answer> answer;
    };
    ReorderBuffer<Delivery> order;
    std::uint64_t released = 0;                 ///< one past the place of the latest released answer
    std::shared_ptr<backend::Backend> backend;  ///< of the newest request; empty while nothing is held
    std::uint32_t rowsMax = 0;                  ///< the model's own limit; 0: unknown
    LearnedRows learned;                        ///< of the backend it was learned from
    std::weak_ptr<const backend::Backend> learnedFrom;
    std::vector<std::shared_ptr<Batch>> running;
    std::uint32_t bypassing = 0;  ///< requests in flight that bypass batching
    bool lone = false;            ///< the newest batch had a single request
    bool pumpPosted = false;
    bool pumping = false;
    bool pumpAgain = false;
    TimePoint scheduled = TimePoint::max();
    TimePoint used;

    std::uint64_t batches = 0, requests = 0, rows = 0;
    std::uint32_t rowsLargest = 0;
    std::array<std::uint64_t, kDispatchReasons.size()> closed{};  ///< by reason
    std::array<Counter*, kDispatchReasons.size()> batchesBy{};
    Counter* requestsTotal = nullptr;
    Counter* rowsTotal = nullptr;
    Gauge* sizeLimit = nullptr;
};

}  // namespace millrace::batch
