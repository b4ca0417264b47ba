// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "backend/backend.h"
#include "base/call_context.h"
#include "base/error.h"
#include "load/model_state.h"
#include "stream/streamer.h"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace millrace::serve {

/// What a front knows about a request before it has read the body.
struct CallInfo {
    SharedText client;   ///< as shown to users: "curl · 51422"
    SharedText program;  ///< clients take turns in the queue by it: the program, with its address if known;
                         ///< empty: `client` up to " · "
    SharedText route;    ///< "POST /v1/chat/completions", "ModelInfer"; a label of metrics, so of a bounded set
    bool own = false;    ///< sent by the console itself
    static constexpr int kPriorityMax = 8;
    int priority = 0;                 ///< higher is batched and loaded first, from -kPriorityMax to kPriorityMax
    std::optional<Duration> timeout;  ///< the client's own, shorter than the configured one
};

/// One request from its arrival to its last byte. Service::open() makes it, finish() ends it; one that is destroyed
/// without finish() counts as ended by a disconnect. The front cancels it, or the operator by Gateway::cancel().
///
/// Thread: the strand.
class Call {
public:
    virtual ~Call() = default;
    virtual const CallContext& context() const = 0;
    virtual void setModel(const std::string& model) = 0;
    /// The client has disconnected or cancelled: all work for the request stops. Further calls have no effect.
    virtual void cancel(const std::string& reason) = 0;
    /// The request has arrived completely; until now the time counts as the client's. Implied when it is served.
    virtual void received() {}
    /// The first byte of the answer is sent now; context().trace then has the values for Server-Timing.
    virtual void firstByte() = 0;
    /// The whole answer is here; from now on the time counts as the client's. Streams call it themselves.
    virtual void answerComplete() {}
    /// REQUIRES: called once, last.
    virtual void finish(int httpStatus, const Status& status, std::uint64_t bytesOut) = 0;
};

struct ModelEntry {
    std::string name;
    std::string backend;
    backend::ModelInfo info;
    load::ModelState state = load::ModelState::Cold;
};

/// An OpenAI-style call whose body has been read.
struct OpenAiCall {
    std::string model;          ///< routing key, from the body
    pool::HttpRequest request;  ///< target, fields and body as received; the service decides which fields are passed on
    bool eventStream = false;   ///< "stream": true
    bool acceptGzip = false;
    bool embeddings = false;                                    ///< POST /v1/embeddings: may be merged
    bool completions = false;                                   ///< POST /v1/completions: may be merged, if set so
    std::string (*errorEvent)(const Status& status) = nullptr;  ///< in-band error of the caller's dialect
};

struct OpenAiAnswer {
    unsigned status = 200;
    pool::HttpFields fields;                 ///< end-to-end ones of the upstream (content-type …), never hop-by-hop
    std::unique_ptr<stream::Stream> stream;  ///< the body
};

/// The requests of a model since the start.
struct ModelStatistics {
    std::uint64_t succeeded = 0, failed = 0;
    std::uint64_t executions = 0;  ///< runs at a backend; merged requests share one
    Duration successTime{}, failTime{};
    Duration queueTime{}, runTime{};  ///< of successful requests
    std::int64_t lastMs = 0;          ///< Unix; 0: never
};

/// What a front needs from the engine.
///
///     auto call = service.open({.client = "curl · 51422", .route = "ModelInfer"});    // the head has arrived
///     call->received();                                                               // and its body
///     auto answer = co_await service.infer(call, std::move(request));
///     call->finish(answer.ok() ? 200 : toHttp(answer.status()), answer.status(), bytes);
///
/// The engine's implementation is Gateway (serve/gateway.h); tests have small ones.
/// Thread: the strand. Errors: NotFound names the model and what there is; Unavailable while draining.
class Service {
public:
    virtual ~Service() = default;

    /// Starts and counts a request. Never fails: the calls below refuse.
    virtual std::shared_ptr<Call> open(CallInfo info) = 0;

    /// REQUIRES, for all of these: `call` was returned by open(), is not finished, and was used for no other request.
    /// KServe v2. Contents may be typed or raw; the answer has raw contents.
    virtual boost::asio::awaitable<StatusOr<std::unique_ptr<inference::ModelInferResponse>>> infer(
        std::shared_ptr<Call> call, std::unique_ptr<inference::ModelInferRequest> request) = 0;
    /// Has no effect on which models are in memory. `version`: empty: any.
    virtual boost::asio::awaitable<StatusOr<std::unique_ptr<inference::ModelMetadataResponse>>> modelMetadata(
        std::shared_ptr<Call> call, std::string model, std::string version) = 0;
    /// REQUIRES: `request` outlives the call, which moves from it: each copy into a coroutine's frame costs as much as
    /// a look-up.
    virtual boost::asio::awaitable<StatusOr<OpenAiAnswer>> openAi(std::shared_ptr<Call> call, OpenAiCall&& request) = 0;

    virtual std::vector<ModelEntry> models() const = 0;
    struct ModelCounts {
        std::size_t all = 0, warm = 0;
    };
    /// The same without building the list of models(): health is queried often, and catalogues may be long.
    virtual ModelCounts modelCounts() const
    {
        ModelCounts counts;
        for (const auto& entry : models()) {
            ++counts.all;
            if (entry.state == load::ModelState::Warm) ++counts.warm;
        }
        return counts;
    }
    /// OK: the model exists, in that version (empty: any). NotFound: it does not; Unavailable: not known yet. Both have
    /// a message for the client.
    virtual Status known(const std::string& model, const std::string& version) const
    {
        static_cast<void>(version);
        for (const auto& entry : models())
            if (entry.name == model) return absl::OkStatus();
        return withField(notFound("there is no model '" + model + "'"), "model");
    }
    /// Whether the model can be served: a backend that has it is available, and its last load has not failed. One that
    /// is not in memory is loaded when it is requested.
    virtual bool modelReady(const std::string& model) const = 0;
    /// At least one backend is available and the service is not draining.
    virtual bool ready() const = 0;
    /// The remaining time of a model's load, for heartbeats and Retry-After.
    virtual std::optional<Duration> eta(const std::string& model) const = 0;
    virtual ModelStatistics modelStatistics(const std::string&) const { return {}; }
};

}  // namespace millrace::serve
