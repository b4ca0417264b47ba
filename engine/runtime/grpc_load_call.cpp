// SPDX-License-Identifier: GPL-3.0-or-later
#include "runtime/grpc_load_call.h"

#include <boost/asio/post.hpp>

#include <string>
#include <type_traits>
#include <utility>

namespace millrace::runtime {

namespace {

using http::GrpcCall;
using http::GrpcHandler;
using http::GrpcMessage;

template <typename Request, typename Response>
class LoadCall final : public GrpcHandler, public std::enable_shared_from_this<LoadCall<Request, Response>> {
public:
    LoadCall(GrpcService& service, std::shared_ptr<GrpcCall> call) : service_(service), call_(std::move(call)) {}
    void begin() override { call_->read(); }
    void onMessage(GrpcMessage message) override
    {
        Status status = std::move(message.problem);
        if (status.ok() && service_.stopping()) status = stoppingStatus();
        if (status.ok()) status = parse(request_, message.message);
        if (status.ok()) status = check();
        if (!status.ok()) return call_->finish(onWire(status));
        service_.keep(this->shared_from_this());
        // A cancelled load must not start after a subsequent unload: processes pending input (a reset) first.
        net::post(service_.strand, [this] { start(); });
    }
    void onReadsDone() override { call_->finish({http::kGrpcUnimplemented, "the method takes one message"}); }
    void onCancel() override { disconnected_ = true; }

private:
    static constexpr bool kLoads = std::is_same_v<Request, inference::RepositoryModelLoadRequest>;

    Status check() const
    {
        if constexpr (kLoads)
            for (const auto& [name, value] : request_.parameters())
                if (name == "config" || name.starts_with("file:"))
                    return invalidArgument("parameter '" + name + "': models are loaded from disk, not from a request");
        return absl::OkStatus();
    }
    std::string parameter(const char* name) const
    {
        const auto found = request_.parameters().find(name);
        return found == request_.parameters().end() ? std::string() : found->second.string_param();
    }
    void start()
    {
        if (kLoads && disconnected_) return ended(cancelled("the client disconnected"));
        auto done = [this, strand = service_.strand](const Status& status) {
            net::post(strand, [this, status] { ended(status); });
        };
        if constexpr (kLoads) {
            // From the engine: a preload yields to runs until a request waits for its model.
            const std::string urgency = parameter("urgency");
            if (urgency == "expedite") {
                service_.repository().expedite(request_.model_name());
                return ended(absl::OkStatus());
            }
            service_.repository().load(request_.model_name(), std::move(done), urgency == "preload");
        }
        if constexpr (!kLoads) service_.repository().unload(request_.model_name(), std::move(done));
    }
    void ended(const Status& status)
    {
        const auto self = service_.drop(this);
        if (status.ok())
            call_->finish(http::writeMessage(Response()), {});
        else
            call_->finish(onWire(status));
    }

    GrpcService& service_;
    const std::shared_ptr<GrpcCall> call_;
    Request request_;
    bool disconnected_ = false;
};

}  // namespace

std::shared_ptr<GrpcHandler> makeLoadCall(GrpcService& service, std::shared_ptr<GrpcCall> call)
{
    using namespace inference;
    return std::make_shared<LoadCall<RepositoryModelLoadRequest, RepositoryModelLoadResponse>>(service,
                                                                                               std::move(call));
}

std::shared_ptr<GrpcHandler> makeUnloadCall(GrpcService& service, std::shared_ptr<GrpcCall> call)
{
    using namespace inference;
    return std::make_shared<LoadCall<RepositoryModelUnloadRequest, RepositoryModelUnloadResponse>>(service,
                                                                                                   std::move(call));
}

}  // namespace millrace::runtime
