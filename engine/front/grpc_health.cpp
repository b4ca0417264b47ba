// SPDX-License-Identifier: GPL-3.0-or-later
// grpc.health.v1: what grpc_health_probe and service managers ask.
#include "front/grpc_reactor.h"
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

net::awaitable<GrpcAnswer<HealthCheckResponse>> check(std::shared_ptr<GrpcShared> shared, std::shared_ptr<Link>,
                                                      std::unique_ptr<HealthCheckRequest> request)
{
    if (!isService(request->service()))
        co_return withField(notFound("unknown service '" + washed(request->service(), kNameBytesMax) + "'"), "service");
    auto response = std::make_unique<HealthCheckResponse>();
    response->set_status(statusOf(*shared));
    co_return response;
}

class WatchReactor;

/// Tells one client of every change. Thread: the strand.
class HealthWatch final : public GrpcStream, public std::enable_shared_from_this<HealthWatch> {
public:
    HealthWatch(std::shared_ptr<GrpcShared> shared, WatchReactor* reactor)
        : shared_(std::move(shared)), reactor_(reactor)
    {}

    void begin(bool known)
    {
        known_ = known;
        if (cancelled_) return end(grpc::Status::CANCELLED);
        shared_->enter(*this);
        look({});
    }
    void look(TimePoint now) override;
    void close() override { end(grpc::Status(grpc::StatusCode::UNAVAILABLE, "the engine is stopping")); }
    void onWrite(bool ok)
    {
        writing_ = false;
        if (!ok) return end(grpc::Status::CANCELLED);
        look({});
    }
    void onCancel()
    {
        cancelled_ = true;
        end(grpc::Status::CANCELLED);
    }

private:
    void end(const grpc::Status& status);

    const std::shared_ptr<GrpcShared> shared_;
    WatchReactor* reactor_;  // none once Finish was called
    grpc::ByteBuffer outgoing_;
    std::optional<HealthCheckResponse::ServingStatus> told_;
    bool known_ = false, writing_ = false, cancelled_ = false;
};

class WatchReactor final : public StrandReactor<grpc::ServerWriteReactor<grpc::ByteBuffer>> {
public:
    WatchReactor(const std::shared_ptr<GrpcShared>& shared, const grpc::ByteBuffer* in)
        : StrandReactor(shared), watch_(std::make_shared<HealthWatch>(shared, this))
    {
        // gRPC made the buffer for this call and does not look at it again: it may be emptied.
        const auto request = readMessage<HealthCheckRequest>(*const_cast<grpc::ByteBuffer*>(in));
        start([watch = watch_, known = request && isService(request->service())] { watch->begin(known); });
    }
    void OnWriteDone(bool ok) override
    {
        post([watch = watch_, ok] { watch->onWrite(ok); });
    }
    void cancelled() override
    {
        post([watch = watch_] { watch->onCancel(); });
    }

private:
    const std::shared_ptr<HealthWatch> watch_;
};

void HealthWatch::look(TimePoint)
{
    if (reactor_ == nullptr || writing_) return;
    const auto status = known_ ? statusOf(*shared_) : HealthCheckResponse::SERVICE_UNKNOWN;
    if (told_ == status) return;
    told_ = status;
    HealthCheckResponse response;
    response.set_status(status);
    outgoing_ = writeMessage(response);
    writing_ = true;
    reactor_->StartWrite(&outgoing_);
}

void HealthWatch::end(const grpc::Status& status)
{
    shared_->leave(*this);
    if (auto* reactor = std::exchange(reactor_, nullptr)) reactor->Finish(status);
}

class HealthService final : public GrpcService {
public:
    explicit HealthService(std::shared_ptr<GrpcShared> shared)
    {
        addUnary<HealthCheckRequest, HealthCheckResponse>("/grpc.health.v1.Health/Check", shared, nullptr, &check);
        auto watch = [shared](grpc::CallbackServerContext*,
                              const grpc::ByteBuffer* in) -> grpc::ServerWriteReactor<grpc::ByteBuffer>* {
            return new WatchReactor(shared, in);
        };
        addMethod(
            "/grpc.health.v1.Health/Watch", Method::SERVER_STREAMING,
            new grpc::internal::CallbackServerStreamingHandler<grpc::ByteBuffer, grpc::ByteBuffer>(std::move(watch)));
    }
};

}  // namespace

std::unique_ptr<grpc::Service> makeHealthService(std::shared_ptr<GrpcShared> shared)
{
    return std::make_unique<HealthService>(std::move(shared));
}

}  // namespace millrace::front
