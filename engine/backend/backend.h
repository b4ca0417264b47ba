// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "backend/model_kind.h"
#include "base/call_context.h"
#include "base/error.h"
#include "pool/http_message.h"
#include "proto/inference_fwd.h"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

/// The port (in the sense of "ports and adapters") to inference servers, with one adapter for each kind of server.
/// Not here: choosing a backend (serve), merging (batch), residency (load), administration (administered_backend.h).
namespace millrace::backend {

enum class BackendKind { Runtime, OpenAi };

/// What a server supports. Adapters do not emulate what is missing.
struct Capabilities {
    bool loads = false;       ///< models can be loaded and unloaded; false: all count as warm
    bool tensors = false;     ///< KServe v2 inference
    bool openai = false;      ///< OpenAI routes
    bool footprints = false;  ///< reports the memory use of models
};

/// Shape: -1 for a dimension of any size.
struct TensorInfo {
    std::string name, datatype;
    std::vector<std::int64_t> shape;
};

/// The inputs and outputs of a model.
struct ModelSignature {
    std::vector<TensorInfo> inputs, outputs;
};

/// A model, as its server lists it.
struct ModelInfo {
    std::string name;
    std::string version;  ///< the only version; empty: unknown
    ModelKind kind = ModelKind::Unknown;
    std::string platform;  ///< pytorch_libtorch, synthetic …
    bool loaded = true;
    std::uint64_t bytes = 0;     ///< memory footprint; 0: unknown
    std::uint32_t batchMax = 0;  ///< most rows in one run; 0: unknown
    std::int64_t created = 0;    ///< Unix seconds; 0: unknown
    bool managed = false;        ///< the server reports `loaded`, and loads and unloads on request
    std::string problem;         ///< why its last load failed, in the server's words; empty: it did not
    std::shared_ptr<const ModelSignature> signature;  ///< null: unknown
};

/// Called on the strand when a backend becomes available or unavailable.
struct BackendListener {
    std::function<void()> onUp;
    /// `lost`: its process ended, and no model is loaded any more.
    std::function<void(const std::string& why, bool lost)> onDown;
};

/// An inference server, as request handling sees it.
///
///     if (!backend->available(&why)) co_return unavailable(why);
///     auto answer = co_await backend->infer(request, context);     // or http(), for OpenAI's routes
///
/// Owner:  Engine.                Thread: the strand.
/// Bound:  its pools.             Errors: Unavailable (down, ejected); the server's own refusals in its words.
/// Stop:   stop() closes idle connections, and lets calls in flight finish until their deadlines.
class Backend {
public:
    virtual ~Backend() = default;

    virtual const std::string& name() const = 0;
    virtual BackendKind kind() const = 0;
    virtual Capabilities capabilities() const = 0;
    /// False while down, ejected, draining or disabled, with the reason in `why` (may be null).
    virtual bool available(std::string* why = nullptr) const = 0;

    /// Opens connections and starts health checks. Returns at once; onUp() reports when the backend is available.
    /// REQUIRES: called once, after setListener().
    virtual void start() = 0;
    /// REQUIRES: called once; only abandon() and the destructor may follow.
    virtual boost::asio::awaitable<void> stop() = 0;
    /// If stop() takes too long: kills a child process at once, so that stop() can finish.
    virtual void abandon() {}

    /// All models of the server, loaded or not. Unavailable, DeadlineExceeded, ResourceExhausted: worth a retry.
    /// FailedPrecondition, NotFound, Unauthenticated …: it answers, but not with a list.
    virtual boost::asio::awaitable<StatusOr<std::vector<ModelInfo>>> listModels(CallContext context) = 0;
    /// Returns when the model can answer, with its footprint in bytes (0: unknown). Unimplemented without
    /// Capabilities::loads. A negative CallContext::priority marks a preload, which is not urgent.
    virtual boost::asio::awaitable<StatusOr<std::uint64_t>> loadModel(std::string model, CallContext context) = 0;
    /// A request now waits for a preload in flight: it becomes urgent. No effect if none is in flight.
    virtual void expediteLoad(const std::string&) {}
    virtual boost::asio::awaitable<Status> unloadModel(std::string model, CallContext context) = 0;

    /// KServe v2. Cancelling the context aborts the call. REQUIRES: raw contents (backend/tensor_message.h).
    virtual boost::asio::awaitable<StatusOr<std::unique_ptr<inference::ModelInferResponse>>> infer(
        std::shared_ptr<const inference::ModelInferRequest> request, CallContext context) = 0;
    virtual boost::asio::awaitable<StatusOr<std::unique_ptr<inference::ModelMetadataResponse>>> modelMetadata(
        std::string model, CallContext context) = 0;

    /// OpenAI-style HTTP. A response with an error status is a response, not an error. REQUIRES: both outlive the call,
    /// which moves from `request`.
    virtual boost::asio::awaitable<StatusOr<pool::HttpResponse>> http(pool::HttpRequest&& request,
                                                                      const CallContext& context) = 0;

    /// Calls in flight or waiting for a connection; the router prefers the least busy backend.
    virtual std::uint32_t outstanding() const = 0;

    /// One listener. REQUIRES: set before start().
    virtual void setListener(BackendListener listener) { static_cast<void>(listener); }
};

}  // namespace millrace::backend
