// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "backend/administered_backend.h"
#include "backend/make_backend.h"
#include "pool/http_pool.h"

#include <memory>
#include <string>
#include <vector>

namespace millrace::backend {

/// Any server with OpenAI's HTTP routes: llama-server, vLLM, Ollama's /v1, a hosted service. Its models cannot be
/// loaded or unloaded and count as warm, except with llama-server's router, whose list reports what is in memory, and
/// which has /models/load and /models/unload.
///
/// Owner: Engine. Thread: the strand. Bound, errors, stop: as Backend and HttpPool.
class OpenAiBackend final : public AdministeredBackend {
public:
    static StatusOr<std::shared_ptr<AdministeredBackend>> create(BackendOptions options, Strand strand, Clock& clock,
                                                                 Registry& registry, EventLog& eventLog);
    OpenAiBackend(BackendOptions options, pool::BaseUrl url, std::string key, Strand strand, Clock& clock,
                  Registry& registry, EventLog& eventLog);

    const std::string& name() const override { return options_.name; }
    BackendKind kind() const override { return BackendKind::OpenAi; }
    Capabilities capabilities() const override { return {.loads = managed_, .openai = true}; }
    bool available(std::string* why) const override { return pool_.available(why); }
    void start() override;
    boost::asio::awaitable<void> stop() override { return pool_.stop(); }

    boost::asio::awaitable<StatusOr<std::vector<ModelInfo>>> listModels(CallContext context) override;
    boost::asio::awaitable<StatusOr<std::uint64_t>> loadModel(std::string model, CallContext context) override;
    boost::asio::awaitable<Status> unloadModel(std::string model, CallContext context) override;
    boost::asio::awaitable<StatusOr<std::unique_ptr<inference::ModelInferResponse>>> infer(
        std::shared_ptr<const inference::ModelInferRequest> request, CallContext context) override;
    boost::asio::awaitable<StatusOr<std::unique_ptr<inference::ModelMetadataResponse>>> modelMetadata(
        std::string model, CallContext context) override;
    /// Follows redirects on the same server, at most kRedirectsMax; one to another server, or one that would turn a
    /// POST into a GET, is an error (502). Unrequested compression is removed, unless Cache-Control: no-transform
    /// forbids it.
    boost::asio::awaitable<StatusOr<pool::HttpResponse>> http(pool::HttpRequest&& request,
                                                              const CallContext& context) override;
    std::uint32_t outstanding() const override { return pool_.outstanding(); }

    void setListener(BackendListener listener) override { listener_ = std::move(listener); }
    std::vector<pool::PoolSnapshot> pools() const override { return {pool_.snapshot()}; }
    void apply(const pool::Options& options) override { pool_.apply(options); }
    void setEnabled(bool enabled) override { pool_.setEnabled(enabled); }
    std::uint32_t setDraining(bool draining) override { return pool_.setDraining(draining); }
    std::uint32_t evict(std::optional<pool::Protocol> protocol, const std::vector<ConnectionId>& ids) override;
    boost::asio::awaitable<pool::ProbeResult> probe() override { return pool_.probe(); }

    /// The target on the same server that `location` refers to, for a request to `target`; or why it is not followed.
    static StatusOr<std::string> redirectTarget(const pool::Endpoint& server, std::string_view target,
                                                std::string_view location);

    static constexpr unsigned kRedirectsMax = 3;

    /// Maps a client's target "/v1/x" to this server: appended to the base URL's path, without repeating a version.
    /// `bare`: the base URL includes the version, so that "/x" is appended.
    static std::string targetUnder(const std::string& basePath, const std::string& target, bool bare = false);

private:
    void healthChanged(const pool::HealthChange& change);
    /// As http(), but `request.target` is the server's. `unpack`: decompress despite no-transform.
    boost::asio::awaitable<StatusOr<pool::HttpResponse>> send(pool::HttpRequest&& request, const CallContext& context,
                                                              bool unpack);
    boost::asio::awaitable<StatusOr<std::vector<ModelInfo>>> listUnder(bool bare, CallContext context);
    boost::asio::awaitable<Status> order(std::string what, std::string model, CallContext context);
    boost::asio::awaitable<Status> awaitState(std::string model, bool loaded, Status ordered, CallContext context);

    // fixed after construction
    const BackendOptions options_;
    const pool::BaseUrl url_;
    const std::string key_;
    Clock& clock_;
    EventLog& eventLog_;

    // strand only
    BackendListener listener_;
    bool bare_ = false;     ///< targets are below the base URL without "/v1"
    bool managed_ = false;  ///< its list reports what is in memory
    pool::HttpPool pool_;   // last: its destructor aborts calls in flight
};

}  // namespace millrace::backend
