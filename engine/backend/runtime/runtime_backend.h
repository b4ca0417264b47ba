// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "backend/administered_backend.h"
#include "backend/make_backend.h"
#include "backend/runtime/child_process.h"
#include "backend/runtime/restart_policy.h"
#include "backend/runtime/runtime_client.h"
#include "backend/runtime/socket_folder.h"
#include "base/one_shot.h"

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace millrace::backend {

/// The embedded inference server: a supervised child process. It is restarted when it exits or hangs, and stopped with
/// the engine or when disabled. Tensors and loading use gRPC, OpenAI routes HTTP, both on Unix sockets in a private
/// folder, which neither web pages nor other users can reach (engine/docs/adr/0003-the-runtime-behind-a-socket.md).
///
/// Owner:  Engine.      Thread: the strand.
/// Bound:  its pools; a process that is not ready within kReadyMax is killed and restarted.
/// Errors: Unavailable while it is not running; those of gRPC with the server's message.
/// Stop:   stop() lets calls finish, then ends the process (SIGTERM, SIGKILL after kEndMax).
class RuntimeBackend final : public AdministeredBackend, public std::enable_shared_from_this<RuntimeBackend> {
public:
    static constexpr Duration kReadyMax = 60s;
    static constexpr Duration kEndMax = 5s;

    static StatusOr<std::shared_ptr<AdministeredBackend>> create(BackendOptions options, Strand strand, Clock& clock,
                                                                 Registry& registry, EventLog& eventLog);
    RuntimeBackend(BackendOptions options, Strand strand, Clock& clock, Registry& registry, EventLog& eventLog);
    ~RuntimeBackend() override;

    const std::string& name() const override { return options_.name; }
    BackendKind kind() const override { return BackendKind::Runtime; }
    Capabilities capabilities() const override
    {
        return {.loads = true, .tensors = true, .openai = true, .footprints = true};
    }
    bool available(std::string* why) const override { return client_.available(why); }
    void start() override;
    boost::asio::awaitable<void> stop() override;
    void abandon() override;

    boost::asio::awaitable<StatusOr<std::vector<ModelInfo>>> listModels(CallContext context) override
    {
        return client_.listModels(std::move(context));
    }
    boost::asio::awaitable<StatusOr<std::uint64_t>> loadModel(std::string model, CallContext context) override
    {
        return client_.loadModel(std::move(model), std::move(context));
    }
    void expediteLoad(const std::string& model) override;
    boost::asio::awaitable<Status> unloadModel(std::string model, CallContext context) override
    {
        return client_.unloadModel(std::move(model), std::move(context));
    }
    boost::asio::awaitable<StatusOr<std::unique_ptr<inference::ModelInferResponse>>> infer(
        std::shared_ptr<const inference::ModelInferRequest> request, CallContext context) override
    {
        return client_.infer(std::move(request), std::move(context));
    }
    boost::asio::awaitable<StatusOr<std::unique_ptr<inference::ModelMetadataResponse>>> modelMetadata(
        std::string model, CallContext context) override
    {
        return client_.modelMetadata(std::move(model), std::move(context));
    }
    boost::asio::awaitable<StatusOr<pool::HttpResponse>> http(pool::HttpRequest&& request,
                                                              const CallContext& context) override
    {
        return client_.http(std::move(request), context);
    }
    std::uint32_t outstanding() const override { return client_.outstanding(); }

    void setListener(BackendListener listener) override { listener_ = std::move(listener); }
    std::vector<pool::PoolSnapshot> pools() const override { return client_.pools(); }
    void apply(const pool::Options& options) override;
    void setEnabled(bool enabled) override;
    std::uint32_t setDraining(bool draining) override;
    std::uint32_t evict(std::optional<pool::Protocol> protocol, const std::vector<ConnectionId>& ids) override
    {
        return client_.evict(protocol, ids);
    }
    boost::asio::awaitable<pool::ProbeResult> probe() override;

    /// Of the process; 0: not running. For tests and the console.
    int pid() const { return child_ ? child_->pid() : 0; }

private:
    void launch();
    void outputLine(const std::string& line);
    void errorLine(const std::string& line);
    void exited(const std::string& why);
    void markDown(const std::string& why);
    static boost::asio::awaitable<void> later(std::weak_ptr<RuntimeBackend> weak, Clock& clock, Duration wait,
                                              void (RuntimeBackend::*what)(std::uint64_t), std::uint64_t generation);
    void launchAgain(std::uint64_t generation);
    void readyTooLate(std::uint64_t generation);
    void killLate(std::uint64_t generation);
    static boost::asio::awaitable<void> watch(std::weak_ptr<RuntimeBackend> weak, Clock& clock,
                                              std::uint64_t generation);
    /// Disabled: ends the process once its calls have finished.
    void endWhenIdle(std::uint64_t generation);
    void soon(Duration wait, void (RuntimeBackend::*what)(std::uint64_t));
    void healthChanged(const std::string& protocol, const pool::HealthChange& change);

    // fixed after construction
    const BackendOptions options_;
    const std::string binary_;
    const Strand strand_;
    Clock& clock_;
    EventLog& eventLog_;

    // strand only
    BackendListener listener_;
    RestartPolicy restarts_;
    std::unique_ptr<ChildProcess> child_;
    std::uint64_t generation_ = 0;  ///< of the child; timers of earlier ones are ignored
    bool started_ = false, stopping_ = false, enabled_ = true, ready_ = false, up_ = false, draining_ = false;
    Duration healthInterval_;
    TimePoint readyAt_;
    std::string lastExit_;
    std::string endReason_;              ///< why we are ending it
    SocketFolder sockets_;               ///< of the child
    std::deque<std::string> errorTail_;  ///< last lines of its stderr, for error messages
    std::optional<OneShot<bool>> ended_;
    RuntimeClient client_;  // last: its destructor aborts calls in flight
};

}  // namespace millrace::backend
