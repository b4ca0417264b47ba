// SPDX-License-Identifier: GPL-3.0-or-later
#include "runtime/grpc_server.h"

#include "http/listener.h"
#include "runtime/grpc_service.h"

#include <utility>

namespace millrace::runtime {

namespace {

http::GrpcServerLimits serverLimits()
{
    http::GrpcServerLimits limits;
    limits.h2.streamsMax = GrpcServer::kCallsMax;
    // The engine's batches arrive without waiting for WINDOW_UPDATE.
    limits.h2.streamWindow = 2u << 20;
    limits.h2.connectionWindow = 8u << 20;
    limits.timeouts.idle = Duration::max();  // local clients only, which close idle connections themselves
    limits.messageBytesMax = GrpcServer::kMessageBytesMax;
    limits.messagesBytesMax = GrpcServer::kMessagesBytesMax;
    return limits;
}

class Server final : public GrpcServer {
public:
    Server(net::io_context& io, Repository& repository, Workers& workers, Clock& clock)
        : service_(std::make_shared<GrpcService>(io.get_executor(), clock, serverLimits(), repository, workers)),
          listener_(
              std::make_shared<http::Listener>(io.get_executor(), clock, [this](http::Listener::Socket socket, bool) {
                  if (service_->connections() < kConnectionsMax) service_->serve(std::move(socket));
              }))
    {}
    ~Server() override
    {
        listener_->stop();
        service_->abandon();
    }
    Status listen(const std::string& host, std::uint16_t port) { return listener_->listen(host, port, " (gRPC)"); }
    std::uint16_t port() const override { return listener_->port(); }
    void stop() override
    {
        listener_->stop();
        service_->stop();
    }
    bool idle() override { return service_->idle(); }

private:
    const std::shared_ptr<GrpcService> service_;
    const std::shared_ptr<http::Listener> listener_;
};

}  // namespace

StatusOr<std::unique_ptr<GrpcServer>> GrpcServer::create(net::io_context& io, const std::string& host,
                                                         std::uint16_t port, Repository& repository, Workers& workers,
                                                         Clock& clock)
{
    return http::listening<GrpcServer>(std::make_unique<Server>(io, repository, workers, clock), host, port);
}

}  // namespace millrace::runtime
