// SPDX-License-Identifier: GPL-3.0-or-later
// grpc.health.v1, for grpc_health_probe and service managers.
#include "front/grpc_health.h"

#include "base/text.h"
#include "front/grpc_shared.h"
#include "front/grpc_unary.h"
#include "health.pb.h"

#include <algorithm>
#include <optional>

namespace millrace::front {

namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

bool isService(std::string_view name)
{
    return name.empty() || std::any_of(std::begin(kGrpcServices), std::end(kGrpcServices),
                                       [&](std::string_view service) { return service == name; });
}

HealthCheckResponse::ServingStatus statusOf(const GrpcShared& shared)
{
    return shared.serving() ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING;
}

net::awaitable<GrpcAnswer<HealthCheckResponse>> check(std::shared_ptr<GrpcShared> shared, std::shared_ptr<CallHandle>,
                                                      std::unique_ptr<HealthCheckRequest> request)
{
    if (!isService(request->service()))
        co_return withField(notFound("unknown service " + quotedName(request->service())), "service");
    auto response = std::make_unique<HealthCheckResponse>();
    response->set_status(statusOf(*shared));
    co_return response;
}

/// Watch: reports every change to one client. Thread: the strand.
class HealthWatch final : public GrpcHandler, public GrpcStream {
public:
    HealthWatch(std::shared_ptr<GrpcShared> shared, std::shared_ptr<GrpcCall> call)
        : shared_(std::move(shared)), call_(std::move(call))
    {}

    void begin() override { call_->read(); }
    void onMessage(GrpcMessage message) override
    {
        if (!message.problem.ok()) return call_->finish(toGrpcStatus(*call_, message.problem));
        const auto request = readMessage<HealthCheckRequest>(message.message.bytes());
        known_ = request && isService(request->service());
        shared_->enter(*this);
        look({});
    }
    void onReadsDone() override { end({kGrpcUnimplemented, "the method takes one message, and none came"}); }
    void onWritten(bool ok) override
    {
        writing_ = false;
        if (ok) look({});
    }
    void onCancel() override { end({kGrpcCancelled, {}}); }
    void look(TimePoint now) override;
    void close() override { end({kGrpcUnavailable, "the engine is stopping"}); }

private:
    void end(const GrpcStatus& status)
    {
        ended_ = true;
        shared_->leave(*this);
        call_->finish(status);  // destroys this
    }

    const std::shared_ptr<GrpcShared> shared_;
    const std::shared_ptr<GrpcCall> call_;
    std::optional<HealthCheckResponse::ServingStatus> reported_;
    bool known_ = false, writing_ = false, ended_ = false;
};

void HealthWatch::look(TimePoint)
{
    if (ended_ || writing_) return;
    const auto status = known_ ? statusOf(*shared_) : HealthCheckResponse::SERVICE_UNKNOWN;
    if (reported_ == status) return;
    reported_ = status;
    HealthCheckResponse response;
    response.set_status(status);
    writing_ = true;
    call_->write(writeMessage(response));
}

}  // namespace

void addHealthMethods(GrpcMethods& methods, const std::shared_ptr<GrpcShared>& shared)
{
    addUnary<HealthCheckRequest, HealthCheckResponse>(methods, "/grpc.health.v1.Health/Check", shared, {}, &check);
    GrpcMethod watch;
    watch.make = [shared = shared.get()](std::shared_ptr<GrpcCall> call) {
        return std::make_shared<HealthWatch>(shared->self(), std::move(call));
    };
    methods.emplace("/grpc.health.v1.Health/Watch", std::move(watch));
}

}  // namespace millrace::front
