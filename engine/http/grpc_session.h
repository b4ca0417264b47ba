// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "http/grpc_server.h"
#include "http/h2_stream.h"

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace millrace::http {

/// One client's connection to a GrpcServer: dispatches each stream to a gRPC call, or to the server's other HTTP/2
/// service.
///
/// Owner:  GrpcServer, until onGone(); the H2Connection does not keep it alive.    Thread: the strand.
/// Bound:  the server's limits, and those of H2Session.
/// Errors: a request that is neither is answered in HTTP's terms (405, 415); a protocol error ends the connection.
/// Stop:   closeGently(), abort().
class GrpcSession final : public H2Connection::Owner, public std::enable_shared_from_this<GrpcSession> {
public:
    GrpcSession(std::shared_ptr<GrpcServer> server, H2Connection::Socket socket);

    /// `received`: bytes that were already read from the socket.
    void start(std::string_view received);
    void tick(TimePoint now);
    void limitsChanged();
    void closeGently() { connection_->closeGently(); }
    void abort(const Status& why) { connection_->abort(why); }
    bool sentAll() const { return connection_->sentAll(); }

private:
    void onHeaders(H2StreamId stream, HttpFields fields, bool tooLarge, bool last) override;
    void onData(H2StreamId stream, std::string_view bytes) override;
    void onEnd(H2StreamId stream) override;
    void onSent(H2StreamId stream) override;
    void onClosed(H2StreamId stream, std::uint32_t code) override;
    void onGone(const Status& why) override;
    void onOther(H2Connection::Socket socket, std::string received) override;

    void beginCall(H2StreamId stream, HttpFields fields, bool tooLarge, bool last);
    H2Service* service();
    void refuseHttp(H2StreamId stream, const char* status, const char* allow);
    std::shared_ptr<H2Stream> find(H2StreamId stream) const;

    const std::shared_ptr<GrpcServer> server_;
    H2Peer peer_;
    std::shared_ptr<H2Connection> connection_;
    std::unique_ptr<H2Service> service_;  // created with its first stream
    std::unordered_map<H2StreamId, std::shared_ptr<H2Stream>> streams_;
};

}  // namespace millrace::http
