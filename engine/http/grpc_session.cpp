// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/grpc_session.h"

#include "base/text.h"
#include "http/grpc_call.h"
#include "http/grpc_server.h"
#include "http/grpc_text.h"

#include <boost/asio/ip/tcp.hpp>

#include <cstring>
#include <sys/socket.h>
#include <vector>

namespace millrace::http {

namespace {

H2Peer peerOf(const H2Connection::Socket::endpoint_type& endpoint)
{
    boost::asio::ip::tcp::endpoint tcp;
    const int family = endpoint.protocol().family();
    if ((family != AF_INET && family != AF_INET6) || endpoint.size() > tcp.capacity()) return {};
    std::memcpy(tcp.data(), endpoint.data(), endpoint.size());
    return {tcp.address().to_string(), tcp.port()};
}

}  // namespace

GrpcSession::GrpcSession(std::shared_ptr<GrpcServer> server, H2Connection::Socket socket) : server_(std::move(server))
{
    boost::system::error_code ec;
    if (const auto remote = socket.remote_endpoint(ec); !ec) peer_ = peerOf(remote);
    const GrpcServerLimits& limits = server_->limits();
    connection_ = std::make_shared<H2Connection>(server_->strand, server_->clock, std::move(socket), H2Role::Server,
                                                 limits.h2, limits.timeouts, *this);
}

void GrpcSession::start(std::string_view received)
{
    connection_->start(received, received.empty() && server_->takesOthers());
}

void GrpcSession::tick(TimePoint now)
{
    const auto self = shared_from_this();
    std::vector<std::shared_ptr<H2Stream>> all;
    all.reserve(streams_.size());
    for (const auto& [id, stream] : streams_) all.push_back(stream);
    for (const auto& stream : all) stream->look(now);
    connection_->tick(now);
}

void GrpcSession::limitsChanged()
{
    connection_->setTimeouts(server_->limits().timeouts);
    connection_->session().setHeaderListMax(server_->limits().h2.headerListBytesMax);
    connection_->wake();
}

void GrpcSession::onHeaders(H2StreamId stream, HttpFields fields, bool tooLarge, bool last)
{
    if (const auto open = find(stream)) {  // trailers, which are ignored
        if (last) open->onEnd();
        return;
    }
    const bool isCall = isGrpcContent(fields.get("content-type"));
    if (H2Service* others = isCall ? nullptr : service()) {
        const auto opened = others->open(*connection_, stream, fields, tooLarge, last);
        streams_[stream] = opened;
        if (last) opened->onEnd();
        return;
    }
    if (fields.get(":method") != "POST" && !tooLarge) return refuseHttp(stream, "405", "POST");
    if (!isCall && !tooLarge) return refuseHttp(stream, "415", nullptr);
    beginCall(stream, std::move(fields), tooLarge, last);
}

void GrpcSession::beginCall(H2StreamId stream, HttpFields fields, bool tooLarge, bool last)
{
    const std::string path(fields.get(":path"));
    const auto encoding = parseGrpcEncoding(fields.get("grpc-encoding"));
    const std::string packing(fields.get("grpc-encoding"));
    const auto call = std::make_shared<GrpcCall>(server_, *connection_, stream, std::move(fields), peer_.port,
                                                 encoding.value_or(GrpcEncoding::Identity));
    streams_[stream] = call;
    if (tooLarge) return call->finish({kGrpcResourceExhausted, server_->headersTooLarge()});
    if (!encoding) {
        call->addTrailing("grpc-accept-encoding", "identity,deflate,gzip");
        return call->finish({kGrpcUnimplemented, "the compression '" + washed(packing, 64) +
                                                     "' is not supported; use " + std::string(kGrpcEncodings)});
    }
    const auto method = server_->methods.find(path);
    if (method == server_->methods.end())
        return call->finish({kGrpcUnimplemented, "unknown method " + quotedName(path)});
    call->begin(method->second.make(call), method->second);
    if (last) call->onEnd();
}

/// Null: the server serves gRPC only.
H2Service* GrpcSession::service()
{
    if (!service_) service_ = server_->serviceFor(peer_);
    return service_.get();
}

void GrpcSession::refuseHttp(H2StreamId stream, const char* status, const char* allow)
{
    HttpFields head;
    head.add(":status", status);
    if (allow != nullptr) head.add("allow", allow);
    head.add("content-length", "0");
    connection_->session().respond(stream, head, true);
    connection_->wake();
}

void GrpcSession::onData(H2StreamId stream, std::string_view bytes)
{
    if (const auto open = find(stream))
        open->onData(bytes);
    else
        connection_->session().consume(stream, bytes.size());
}

void GrpcSession::onEnd(H2StreamId stream)
{
    if (const auto open = find(stream)) open->onEnd();
}

void GrpcSession::onSent(H2StreamId stream)
{
    if (const auto open = find(stream)) open->onSent();
}

void GrpcSession::onClosed(H2StreamId stream, std::uint32_t code)
{
    const auto found = streams_.find(stream);
    if (found == streams_.end()) return;
    const auto open = std::move(found->second);
    streams_.erase(found);
    open->onClosed(code);
}

void GrpcSession::onGone(const Status& why)
{
    const auto self = shared_from_this();
    server_->leave(*this, why);
}

void GrpcSession::onOther(H2Connection::Socket socket, std::string received)
{
    const auto self = shared_from_this();
    server_->leave(*this, absl::OkStatus());
    server_->onOther(std::move(socket), std::move(received));
}

std::shared_ptr<H2Stream> GrpcSession::find(H2StreamId stream) const
{
    const auto found = streams_.find(stream);
    return found == streams_.end() ? nullptr : found->second;
}

}  // namespace millrace::http
