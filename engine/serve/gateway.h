// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/event_log.h"
#include "base/metrics.h"
#include "base/on_strand.h"
#include "base/ring.h"
#include "batch/batcher.h"
#include "load/loader.h"
#include "serve/backend_catalogue.h"
#include "serve/request_log.h"
#include "serve/serve.h"
#include "setting_defaults.h"
#include "stream/streamer.h"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace millrace::serve {

/// The settings `limits.*` that concern admission and retries.
struct Options {
    std::uint32_t requestsMax = defaults::limits::kRequestsMax;  ///< in flight; REQUIRES: > 0
    std::uint32_t queueMax = defaults::limits::kQueueMax;  ///< waiting for admission; 0: none waits, they are refused
    /// To the first byte, and of later silences; REQUIRES: > 0
    Duration requestTimeout = defaults::limits::kRequestTimeout;
    /// Of the requests; 0: nothing but loads is tried elsewhere
    std::uint32_t retryBudgetPercent = defaults::limits::kRetryBudgetPercent;
    Duration busyPoll = defaults::limits::kBusyPoll;  ///< longest interval of lone requests that is polled; 0: none
    std::string viaName;  ///< of this engine in Via fields (http::viaName); empty: none; fixed after construction

    bool operator==(const Options&) const = default;
};

/// Serves requests: admission, route, model lease, batch or stream, retries, deadlines, cancellation.
///
///     auto call = gateway.open({client, program, "POST /v1/chat/completions"});
///     auto answer = co_await gateway.openAi(call, std::move(request));
///     const Status status = answer.ok() ? co_await answer->stream->run(sink) : answer.status();
///     call->finish(httpStatus, status, bytesOut);           // one outcome, and its decisions
///
/// Owner:  Engine.      Thread: the strand.
/// Bound:  requestsMax in flight, queueMax waiting (ResourceExhausted, retry-after).
/// Errors: NotFound names the model and those that exist; Unavailable while a backend has not listed its models; errors
///         of the modules below are passed through.
/// Stop:   drain(): new calls and waiters for admission get Unavailable; ends when those in flight have ended.
///         cutOff() ends those, too: Unavailable before the first byte, an in-band error in a stream.
/// Not here: wire formats of clients (front), merging (batch), residency (load).
class Gateway final : public Service {
public:
    Gateway(Strand strand, Clock& clock, Registry& registry, EventLog& eventLog, batch::Batcher& batcher,
            load::Loader& loader, stream::Streamer& streamer, Options options);
    ~Gateway() override;

    /// In force at once; requests in flight keep their deadline.
    void apply(Options options);
    /// Replaces the backends, best first (see BackendCatalogue), and subscribes to each.
    void setBackends(std::vector<Served> backends);
    /// `retired` is called with each backend that gets no new requests any more: it may be stopped.
    void onRetired(std::function<void(std::shared_ptr<backend::Backend>)> retired);
    /// Every backend not yet retired.
    std::vector<std::shared_ptr<backend::Backend>> heldBackends() const;
    /// The problem with a backend's list of models, as text; empty: none.
    Sentence listingProblem(const backend::Backend& backend) const;
    /// Queries the backends for a model that none has listed yet. NotFound, or Unavailable while it is not known.
    boost::asio::awaitable<Status> lookFor(std::string model);

    std::shared_ptr<Call> open(CallInfo info) override;
    boost::asio::awaitable<StatusOr<std::unique_ptr<inference::ModelInferResponse>>> infer(
        std::shared_ptr<Call> call, std::unique_ptr<inference::ModelInferRequest> request) override;
    boost::asio::awaitable<StatusOr<std::unique_ptr<inference::ModelMetadataResponse>>> modelMetadata(
        std::shared_ptr<Call> call, std::string model, std::string version) override;
    boost::asio::awaitable<StatusOr<OpenAiAnswer>> openAi(std::shared_ptr<Call> call, OpenAiCall&& request) override;
    std::vector<ModelEntry> models() const override;
    ModelCounts modelCounts() const override;
    Status known(const std::string& model, const std::string& version) const override;
    bool modelReady(const std::string& model) const override;
    bool ready() const override;
    std::optional<Duration> eta(const std::string& model) const override;
    ModelStatistics modelStatistics(const std::string& model) const override;

    /// Admits nothing more, and refuses at once what waits for admission: a client that gets 503 can retry, here or
    /// elsewhere. Ends when the requests in flight have ended; the caller decides how long to wait for it.
    /// REQUIRES: called once.
    boost::asio::awaitable<void> drain();
    /// Ends the requests in flight, and informs their clients: Unavailable with `reason` before the first byte, an
    /// in-band error after it. Returns how many there were.
    std::uint32_t cutOff(const std::string& reason);

    std::vector<RequestRecord> openRequests(std::size_t most) const;
    const RequestRecords& ended() const;
    /// See RequestLog::renew().
    std::uint64_t renewRecords(std::uint64_t position, std::size_t most,
                               std::vector<std::shared_ptr<const RequestRecord>>& replaced);
    bool cancel(RequestId id, const std::string& reason);
    std::uint32_t inFlight() const;
    std::uint64_t total() const;
    /// Records of the requests that ended.
    std::uint64_t count(Outcome outcome) const;

private:
    class Impl;
    std::shared_ptr<Impl> impl_;  // calls that outlive their front keep it
};

}  // namespace millrace::serve
