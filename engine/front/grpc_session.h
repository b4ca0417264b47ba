// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "front/grpc_call.h"

#include <memory>
#include <unordered_map>

namespace millrace::front {

/// One client's connection: its streams are calls.
///
/// Owner:  GrpcShared, by enter and leave; its connection keeps nothing of it.    Thread: the strand.
/// Bound:  kStreamsMax calls; header fields of headerBytesMax; what H2Session bounds.
/// Errors: what is no gRPC is answered in HTTP's terms (405, 415); what breaks the protocol ends the connection.
/// Stop:   closeGently(), abort().
class GrpcSession final : public http::H2Connection::Owner, public std::enable_shared_from_this<GrpcSession> {
public:
    static constexpr std::uint32_t kStreamsMax = 1024;

    GrpcSession(std::shared_ptr<GrpcShared> shared, const GrpcMethods& methods, http::H2Connection::Socket socket);

    void start();
    void tick(TimePoint now);
    void closeGently() { connection_->closeGently(); }
    void abort(const Status& why) { connection_->abort(why); }

private:
    void onHeaders(http::H2StreamId stream, http::H2Fields fields, bool tooLarge, bool last) override;
    void onData(http::H2StreamId stream, std::string_view bytes) override;
    void onEnd(http::H2StreamId stream) override;
    void onSent(http::H2StreamId stream) override;
    void onClosed(http::H2StreamId stream, std::uint32_t code) override;
    void onGone(const Status& why) override;

    void refuseHttp(http::H2StreamId stream, const char* status, const char* allow);
    std::shared_ptr<GrpcCall> find(http::H2StreamId stream) const;

    const std::shared_ptr<GrpcShared> shared_;
    const GrpcMethods& methods_;  // of the front, which outlives its sessions
    std::uint16_t port_ = 0;
    std::shared_ptr<http::H2Connection> connection_;
    std::unordered_map<http::H2StreamId, std::shared_ptr<GrpcCall>> calls_;
};

}  // namespace millrace::front
