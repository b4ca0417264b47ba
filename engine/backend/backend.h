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

/// The port to inference servers: one adapter for each kind of server.
/// Not here: choosing a backend (serve), merging (batch), residency (load), what the operator does with its
/// connections (administered_backend.h).
namespace millrace::backend {

enum class BackendKind { Runtime, OpenAi };

/// What a kind of server can do; what it cannot is said, never pretended.
struct Capabilities {
    bool loads = false;       ///< models can be loaded and unloaded; else they count as always warm
    bool tensors = false;     ///< KServe v2 inference
    bool openai = false;      ///< OpenAI routes
    bool footprints = false;  ///< reports the memory of a model
};

struct TensorInfo {
    std::string name, datatype;
    std::vector<std::int64_t> shape;
};

/// What goes into a model and comes out of it.
struct ModelSignature {
    std::vector<TensorInfo> inputs, outputs;
};

struct ModelInfo {
    std::string name;
    std::string version;  ///< the only one there is; empty: unknown
    ModelKind kind = ModelKind::Unknown;
    std::string platform;  ///< pytorch_libtorch, synthetic …
    bool loaded = true;
    std::uint64_t bytes = 0;     ///< footprint; 0: unknown
    std::uint32_t batchMax = 0;  ///< rows a run may have; 0: unknown
    std::int64_t created = 0;    ///< Unix seconds; 0: unknown
    bool managed = false;        ///< the server says what is in memory, and changes it on request
    std::string problem;         ///< why its last load failed, as the server has it; empty: it did not
    std::shared_ptr<const ModelSignature> signature;  ///< none: unknown
};

/// Called on the strand when a backend changes between available and not.
struct BackendListener {
    std::function<void()> onUp;
    /// Models that it had loaded are not loaded any more when `lost`: its process ended.
    std::function<void(const std::string& why, bool lost)> onDown;
};

/// An inference server.
///
///     if (!backend->available(&why)) …
///     auto answer = co_await backend->infer(request, context);     // or http(), for OpenAI's routes
///
/// Owner:  Engine.                Thread: the strand.
/// Bound:  the pools behind it.   Errors: Unavailable (down, ejected), the server's own refusals in its words.
/// Stop:   stop() closes what is idle and lets exchanges in flight finish until their deadline.
class Backend {
public:
    virtual ~Backend() = default;

    virtual const std::string& name() const = 0;
    virtual BackendKind kind() const = 0;
    virtual Capabilities capabilities() const = 0;
    /// False while down, ejected, draining or disabled; `why` says which.
    virtual bool available(std::string* why = nullptr) const = 0;

    /// Opens the warm floor and starts health checks. Returns at once; the backend becomes available by itself.
    /// REQUIRES: called once, after setListener().
    virtual void start() = 0;
    /// REQUIRES: called once; nothing is called after it but abandon() and the destructor.
    virtual boost::asio::awaitable<void> stop() = 0;
    /// When stop() did not end in time: a process of ours is ended here and now, and stop() goes on.
    virtual void abandon() {}

    /// What the server has, loaded or not. FailedPrecondition, or what its status says (NotFound, Unauthenticated …):
    /// it answers, and that is no list. Unavailable, DeadlineExceeded, ResourceExhausted: there may be one later.
    virtual boost::asio::awaitable<StatusOr<std::vector<ModelInfo>>> listModels(CallContext context) = 0;
    /// Ends when the model answers. Unimplemented without Capabilities::loads. The footprint when known, else 0.
    /// A context of negative priority: a preload, which may take its time.
    virtual boost::asio::awaitable<StatusOr<std::uint64_t>> loadModel(std::string model, CallContext context) = 0;
    /// Somebody waits for a preload that is in flight. It may be at its end already; nothing is begun.
    virtual void expediteLoad(const std::string&) {}
    virtual boost::asio::awaitable<Status> unloadModel(std::string model, CallContext context) = 0;

    /// KServe v2. `request` has raw contents (backend/tensor.h). Cancelling the context stops the call.
    virtual boost::asio::awaitable<StatusOr<std::unique_ptr<inference::ModelInferResponse>>> infer(
        std::shared_ptr<const inference::ModelInferRequest> request, CallContext context) = 0;
    virtual boost::asio::awaitable<StatusOr<std::unique_ptr<inference::ModelMetadataResponse>>> modelMetadata(
        std::string model, CallContext context) = 0;

    /// OpenAI-style HTTP. An answer with an error status is an answer (status and body), not an error.
    virtual boost::asio::awaitable<StatusOr<pool::HttpResponse>> http(pool::HttpRequest request,
                                                                      CallContext context) = 0;

    /// Calls in flight; the router sends to the least busy.
    virtual std::uint32_t outstanding() const = 0;

    /// One listener; set before start().
    virtual void setListener(BackendListener listener) { static_cast<void>(listener); }
};

}  // namespace millrace::backend
