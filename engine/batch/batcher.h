// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "backend/backend.h"
#include "base/call_context.h"
#include "base/error.h"
#include "base/event_log.h"
#include "base/metrics.h"
#include "base/on_strand.h"
#include "base/ring.h"
#include "batch/dispatch_reason.h"
#include "batch/list_answer.h"
#include "batch/list_request.h"
#include "setting_defaults.h"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace millrace::batch {

/// The settings `batcher.*`, whose help says what each does.
struct Options {
    bool enabled = defaults::batcher::kEnabled;                   ///< false: every request is sent alone
    std::uint32_t sizeInitial = defaults::batcher::kSizeInitial;  ///< rows; clamped to sizeMin … sizeMax
    /// Rows that the adaptive size does not go below. REQUIRES: 1 … sizeMax
    std::uint32_t sizeMin = defaults::batcher::kSizeMin;
    /// Rows; 0 counts as 1. A single request may be larger: it is sent alone
    std::uint32_t sizeMax = defaults::batcher::kSizeMax;
    Duration timeout = defaults::batcher::kTimeout;          ///< longest wait for company; 0: none
    bool adaptive = defaults::batcher::kAdaptive;            ///< false: sizeInitial, always
    Duration latencyGoal = defaults::batcher::kLatencyGoal;  ///< of the adaptive size; REQUIRES: > 0
    /// Answers of a lane go out in the order of their dispatch
    bool preserveOrder = defaults::batcher::kPreserveOrder;
    /// Off: a batch waits for its size or the timeout although the backend is idle
    bool idleDispatch = defaults::batcher::kIdleDispatch;
    std::uint32_t inFlightMax = defaults::batcher::kInFlightMax;  ///< batches of one lane at a backend; REQUIRES: > 0
    std::uint32_t queueMax = defaults::batcher::kQueueMax;        ///< requests of one lane; REQUIRES: > 0
    bool completions = defaults::batcher::kCompletions;           ///< merge completions that are not streamed
    /// Of the requests: calls that send a refused batch in parts; 0: none
    std::uint32_t retryBudgetPercent = defaults::limits::kRetryBudgetPercent;

    bool operator==(const Options&) const = default;
};

/// A dispatched batch; the newest are kept for the console.
struct BatchRecord {
    BatchId id;
    std::string model;
    TimePoint dispatchedAt;
    std::uint32_t requests = 0;
    std::uint32_t rows = 0;
    std::uint32_t sizeLimit = 0;
    DispatchReason why = DispatchReason::Full;
    Sentence whyText;  ///< with the numbers
    Duration wait{};   ///< of its oldest member
    Duration run{};
    bool failed = false;
};

struct LaneSnapshot {
    std::string model;
    std::string signature;
    std::uint32_t waiting = 0;
    std::uint32_t waitingRows = 0;
    Duration oldest{};
    std::uint32_t inFlight = 0;
    std::uint32_t sizeLimit = 0;
    Duration waitLimit{};
    std::optional<double> costBaseMs, costPerRowMs;
    std::uint64_t batches = 0, requests = 0, rows = 0;
    std::uint32_t rowsLargest = 0;
    std::map<DispatchReason, std::uint64_t> closed;  ///< only those that there were
    Sentence limitWhy;
    Sentence note;
};

class BatchScheduler;

/// Merges small requests for one model into batches and sends them through a backend.
///
///     Batcher batcher(strand, clock, registry, eventLog, options);
///     auto response = co_await batcher.infer(backend, std::move(request), rowsMax, context);
///
/// Owner:  Engine.                 Thread: the strand.
/// Bound:  Options::queueMax requests per lane; beyond: ResourceExhausted with retry-after.
///         kLanesMax lanes; the least recently used are dropped. kTensorBytesMax or kListBytesMax per batch.
/// Errors: a member's fault fails that member only: a refused batch is sent again in parts (SendPlan). A backend's
///         fault fails the whole batch.
/// Stop:   drain() dispatches what is queued and returns when all is answered; later calls get Unavailable.
/// Not here: choosing a backend (serve), loading the model (load; the caller holds the lease).
class Batcher {
public:
    static constexpr std::size_t kLanesMax = 1024;
    static constexpr std::size_t kRecentMax = 512;
    /// Most bytes in a batch: half of what servers commonly accept in one message. Larger requests bypass batching.
    static constexpr std::size_t kTensorBytesMax = 32U << 20;
    static constexpr std::size_t kListBytesMax = 8U << 20;

    Batcher(Strand strand, Clock& clock, Registry& registry, EventLog& eventLog, Options options);
    ~Batcher();
    Batcher(const Batcher&) = delete;
    Batcher& operator=(const Batcher&) = delete;

    /// In force from the next batch on; batches in flight finish under the previous options.
    void apply(Options options);
    /// Forgets what was learned about this backend: its process or address was replaced.
    void forget(const std::string& backend);

    /// KServe v2: merged along axis 0 with requests of the same model, datatypes, shapes without axis 0, outputs and
    /// parameters. Returns this request's rows. `rowsMax`: most rows that the model accepts; 0: unknown.
    /// REQUIRES: raw contents (backend/tensor_message.h); the caller holds the model's lease until the answer.
    boost::asio::awaitable<StatusOr<std::unique_ptr<inference::ModelInferResponse>>> infer(
        std::shared_ptr<backend::Backend> backend, std::unique_ptr<inference::ModelInferRequest> request,
        std::uint32_t rowsMax, CallContext context);

    /// OpenAI embeddings, and completions that are not streamed: merged with requests that agree in all fields except
    /// the input, in the query, and in header fields that a backend may evaluate (http::mergeKey()); text is not merged
    /// with tokens. `request`: the client's target with its query, fields and JSON body. Returns this request's answer;
    /// a server's refusal is an answer, too. Errors: of the transport, and limits.
    boost::asio::awaitable<StatusOr<ListAnswer>> list(std::shared_ptr<backend::Backend> backend, std::string model,
                                                      ListKind kind, pool::HttpRequest request, std::uint32_t rowsMax,
                                                      CallContext context);
    /// False: completions are not merged, and list() need not be used for them.
    bool mergesCompletions() const;

    /// Dispatches what is queued, and returns when all is answered. REQUIRES: called once.
    boost::asio::awaitable<void> drain();

    std::vector<LaneSnapshot> lanes() const;
    const Ring<BatchRecord>& recent() const;

private:
    std::shared_ptr<BatchScheduler> scheduler_;  // shared with what is in flight, which may outlive this
};

}  // namespace millrace::batch
