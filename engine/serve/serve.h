// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "backend/backend.h"
#include "base/call_context.h"
#include "base/error.h"
#include "base/journal.h"
#include "base/metrics.h"
#include "base/on_strand.h"
#include "base/ring.h"
#include "batch/batcher.h"
#include "load/loader.h"
#include "stream/streamer.h"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace millrace::serve {

struct Options {
    std::uint32_t requestsMax = 4096;
    std::uint32_t queueMax = 4096;
    Duration requestTimeout = 600s;
    std::uint32_t retryBudgetPercent = 20;
    std::uint64_t answerBytesMax = 256ull << 20;  ///< of answers that must be held whole
};

/// What a front knows of a request before it reads its body.
struct CallInfo {
    std::string client;  ///< "curl · 51422"
    std::string route;   ///< "POST /v1/chat/completions", "ModelInfer": one of a bounded set, it labels metrics
    bool own = false;    ///< asked by the console itself
    std::optional<Duration> timeout;  ///< the client's own, shorter than the configured one
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

/// One request from its arrival to its last byte. Made by Service::open(); finish() ends it; a Call that is destroyed
/// without one ended because its client left. Cancelling is Service's (console) or the front's (client gone).
class Call {
public:
    virtual ~Call() = default;
    virtual const CallContext& context() const = 0;
    virtual void setModel(const std::string& model) = 0;
    /// The client is gone or does not want it any more: everybody who works for it stops.
    virtual void cancel(const std::string& reason) = 0;
    /// Count the first byte that goes out.
    virtual void firstByte() = 0;
    virtual void finish(int httpStatus, const Status& status, std::uint64_t bytesOut) = 0;
};

struct ModelEntry {
    std::string name;
    std::string backend;
    backend::ModelInfo info;
    std::string state;  ///< cold, loading, warm …
};

/// An OpenAI-style call whose body has been read.
struct OpenAiCall {
    std::string model;          ///< routing key, from the body
    pool::HttpRequest request;  ///< target and body as they came; unknown fields are kept
    bool eventStream = false;   ///< "stream": true
    bool acceptGzip = false;
    bool embeddings = false;                                    ///< POST /v1/embeddings: may be merged
    std::string (*errorEvent)(const Status& status) = nullptr;  ///< in-band error of the caller's dialect
};

struct OpenAiAnswer {
    unsigned status = 200;
    pool::HttpFields fields;                 ///< end-to-end ones of the upstream (content-type …), never hop-by-hop
    std::unique_ptr<stream::Stream> stream;  ///< the body
};

/// The whole way of a request: admission, route, model lease, batch or stream, retries, deadlines, cancellation.
///
/// Owner:  Engine.      Thread: the strand.
/// Bound:  requestsMax under way, queueMax waiting (ResourceExhausted, retry-after).
/// Errors: NotFound names the model and what there is; those of the rooms below pass through.
/// Stop:   drain(): new calls get Unavailable; ends when those under way have ended.
/// Not here: wire formats of clients (front), merging (batch), residency (load).
class Service {
public:
    static constexpr std::size_t kRecordsMax = 2000;

    Service(Strand strand, Clock& clock, Registry& registry, Journal& journal, batch::Batcher& batcher,
            load::Loader& loader, stream::Streamer& streamer, Options options);
    ~Service();

    void apply(Options options);
    /// The backends in force; models of those gone vanish from the catalogue.
    void setBackends(std::vector<std::shared_ptr<backend::Backend>> backends);
    /// Asks every backend for its models now (also done by itself, every few seconds and when one comes up).
    boost::asio::awaitable<void> refreshModels();

    /// Counts the request from here on. Never fails: refusals come from the calls below.
    std::shared_ptr<Call> open(CallInfo info);

    /// KServe v2. Contents may be typed or raw; the answer has raw contents.
    boost::asio::awaitable<StatusOr<std::unique_ptr<inference::ModelInferResponse>>> infer(
        std::shared_ptr<Call> call, std::unique_ptr<inference::ModelInferRequest> request);
    boost::asio::awaitable<StatusOr<std::unique_ptr<inference::ModelMetadataResponse>>> modelMetadata(
        std::shared_ptr<Call> call, std::string model);
    boost::asio::awaitable<StatusOr<OpenAiAnswer>> openAi(std::shared_ptr<Call> call, OpenAiCall request);

    std::vector<ModelEntry> models() const;
    /// Whether the model would be served without a load.
    bool modelReady(const std::string& model) const;
    /// At least one backend is available and the service is not draining.
    bool ready() const;
    /// What is left of a model's load, for heartbeats and Retry-After.
    std::optional<Duration> eta(const std::string& model) const { return loader_.eta(model); }

    boost::asio::awaitable<void> drain();

    std::vector<RequestRecord> openRequests(std::size_t most) const;
    const Ring<RequestRecord>& ended() const;
    bool cancel(RequestId id, const std::string& reason);
    std::uint32_t inFlight() const;
    std::uint64_t total() const;
    std::uint64_t failed() const;
    std::uint64_t cancelledCount() const;

private:
    class Impl;
    load::Loader& loader_;
    std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::serve
