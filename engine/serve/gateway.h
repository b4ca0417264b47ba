// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/journal.h"
#include "base/metrics.h"
#include "base/on_strand.h"
#include "base/ring.h"
#include "batch/batcher.h"
#include "load/loader.h"
#include "serve/serve.h"
#include "stream/streamer.h"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace millrace::serve {

struct Options {
    std::uint32_t requestsMax = 4096;
    std::uint32_t queueMax = 4096;
    Duration requestTimeout = 600s;
    std::uint32_t retryBudgetPercent = 20;
};

/// A request that ended, or that is under way.
struct RequestRecord {
    RequestId id;
    TimePoint arrived;
    std::string client, model, route, phase;
    Duration total{};
    Trace trace;
    std::uint64_t bytesOut = 0, eventsOut = 0;
    bool own = false;
    int status = 0;  ///< HTTP status as the client saw it; 499: it left
    std::string reason;
};

/// The whole way of a request: admission, route, model lease, batch or stream, retries, deadlines, cancellation.
///
/// Owner:  Engine.      Thread: the strand.
/// Bound:  requestsMax under way, queueMax waiting (ResourceExhausted, retry-after).
/// Errors: NotFound names the model and what there is; those of the rooms below pass through.
/// Stop:   drain(): new calls and those that wait for admission get Unavailable; ends when those in flight have ended.
///         cutOff() ends those, too: what has not begun is answered Unavailable, a stream ends with an in-band error.
/// Not here: wire formats of clients (front), merging (batch), residency (load).
class Gateway final : public Service {
public:
    static constexpr std::size_t kRecordsMax = 2000;

    Gateway(Strand strand, Clock& clock, Registry& registry, Journal& journal, batch::Batcher& batcher,
            load::Loader& loader, stream::Streamer& streamer, Options options);
    ~Gateway() override;

    void apply(Options options);
    /// The backends in force; models of those gone vanish from the catalogue. Listens to each.
    void setBackends(std::vector<std::shared_ptr<backend::Backend>> backends);
    /// Asks every backend for its models now (also done by itself, every few seconds and when one comes up).
    boost::asio::awaitable<void> refreshModels();

    std::shared_ptr<Call> open(CallInfo info) override;
    boost::asio::awaitable<StatusOr<std::unique_ptr<inference::ModelInferResponse>>> infer(
        std::shared_ptr<Call> call, std::unique_ptr<inference::ModelInferRequest> request) override;
    boost::asio::awaitable<StatusOr<std::unique_ptr<inference::ModelMetadataResponse>>> modelMetadata(
        std::shared_ptr<Call> call, std::string model) override;
    boost::asio::awaitable<StatusOr<OpenAiAnswer>> openAi(std::shared_ptr<Call> call, OpenAiCall request) override;
    std::vector<ModelEntry> models() const override;
    bool modelReady(const std::string& model) const override;
    bool ready() const override;
    std::optional<Duration> eta(const std::string& model) const override;

    /// Lets nothing new in, and refuses at once what still waits for admission: a client that hears 503 can go
    /// elsewhere or come back. Ends when what is in flight has ended; how long to wait for that is the caller's choice.
    boost::asio::awaitable<void> drain();
    /// Ends what is in flight, so that its clients hear of it: Unavailable with `reason` before the first byte, an
    /// in-band error after it. Returns how many there were.
    std::uint32_t cutOff(const std::string& reason);

    std::vector<RequestRecord> openRequests(std::size_t most) const;
    const Ring<RequestRecord>& ended() const;
    bool cancel(RequestId id, const std::string& reason);
    std::uint32_t inFlight() const;
    std::uint64_t total() const;
    std::uint64_t failed() const;
    std::uint64_t cancelledCount() const;

private:
    class Impl;
    std::shared_ptr<Impl> impl_;  // calls that outlive their front keep it
};

}  // namespace millrace::serve
