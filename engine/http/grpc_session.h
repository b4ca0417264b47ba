// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "http/grpc_server.h"

#include <memory>
#include <unordered_map>

namespace millrace::http {

/// One client's connection: its streams are calls.
///
/// Owner:  GrpcServer, until onGone(); its connection keeps nothing of it.    Thread: the strand.
/// Bound:  the server's limits; what H2Session bounds.
/// Errors: what is no gRPC is answered in HTTP's terms (405, 415); what breaks the protocol ends the connection.
/// Stop:   closeGently(), abort().
class GrpcSession final : public H2Connection::Owner, public std::enable_shared_from_this<GrpcSession> {
public:
    GrpcSession(std::shared_ptr<GrpcServer> server, H2Connection::Socket socket);

    void start();
    void tick(TimePoint now);
    void closeGently() { connection_->closeGently(); }
    void abort(const Status& why) { connection_->abort(why); }
    bool sentAll() const { return connection_->sentAll(); }

private:
    void onHeaders(H2StreamId stream, H2Fields fields, bool tooLarge, bool last) override;
    void onData(H2StreamId stream, std::string_view bytes) override;
    void onEnd(H2StreamId stream) override;
    void onSent(H2StreamId stream) override;
    void onClosed(H2StreamId stream, std::uint32_t code) override;
    void onGone(const Status& why) override;

    void refuseHttp(H2StreamId stream, const char* status, const char* allow);
    std::shared_ptr<GrpcCall> find(H2StreamId stream) const;

    const std::shared_ptr<GrpcServer> server_;
    std::uint16_t port_ = 0;
    std::shared_ptr<H2Connection> connection_;
    std::unordered_map<H2StreamId, std::shared_ptr<GrpcCall>> calls_;
};

}  // namespace millrace::http
