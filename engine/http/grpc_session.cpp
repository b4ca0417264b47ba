// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/grpc_session.h"

#include "base/text.h"
#include "http/grpc_server.h"
#include "http/grpc_text.h"

#include <boost/asio/ip/tcp.hpp>

#include <cstring>
#include <sys/socket.h>
#include <vector>

namespace millrace::http {

namespace {

/// 0: it has none.
std::uint16_t portOf(const H2Connection::Socket::endpoint_type& endpoint)
{
    boost::asio::ip::tcp::endpoint tcp;
    const int family = endpoint.protocol().family();
    if ((family != AF_INET && family != AF_INET6) || endpoint.size() > tcp.capacity()) return 0;
    std::memcpy(tcp.data(), endpoint.data(), endpoint.size());
    return tcp.port();
}

}  // namespace

GrpcSession::GrpcSession(std::shared_ptr<GrpcServer> server, H2Connection::Socket socket) : server_(std::move(server))
{
    boost::system::error_code ec;
    if (const auto remote = socket.remote_endpoint(ec); !ec) port_ = portOf(remote);
    const GrpcServerLimits& limits = server_->limits();
    connection_ = std::make_shared<H2Connection>(server_->strand, server_->clock, std::move(socket), H2Role::Server,
                                                 limits.h2, limits.timeouts, *this);
}

void GrpcSession::start()
{
    connection_->start();
}

void GrpcSession::tick(TimePoint now)
{
    const auto self = shared_from_this();
    std::vector<std::shared_ptr<GrpcCall>> all;
    all.reserve(calls_.size());
    for (const auto& [stream, call] : calls_) all.push_back(call);
    for (const auto& call : all) call->look(now);
    connection_->setTimeouts(server_->limits().timeouts);
    connection_->tick(now);
}

void GrpcSession::onHeaders(H2StreamId stream, H2Fields fields, bool tooLarge, bool last)
{
    if (const auto call = find(stream)) {  // trailers, which say nothing here
        if (last) call->onEnd();
        return;
    }
    if (fields.get(":method") != "POST" && !tooLarge) return refuseHttp(stream, "405", "POST");
    if (!isGrpcContent(fields.get("content-type")) && !tooLarge) return refuseHttp(stream, "415", nullptr);
    const std::string path(fields.get(":path"));
    const auto encoding = parseGrpcEncoding(fields.get("grpc-encoding"));
    const std::string packing(fields.get("grpc-encoding"));
    const auto call = std::make_shared<GrpcCall>(server_, *connection_, stream, std::move(fields), port_,
                                                 encoding.value_or(GrpcEncoding::Identity));
    calls_[stream] = call;
    if (tooLarge) return call->finish({kGrpcResourceExhausted, server_->headersTooLarge()});
    if (!encoding) {
        call->addTrailing("grpc-accept-encoding", "identity,deflate,gzip");
        return call->finish({kGrpcUnimplemented, "the compression '" + washed(packing, 64) +
                                                     "' is not supported; use " + std::string(kGrpcEncodings)});
    }
    const auto method = server_->methods.find(path);
    if (method == server_->methods.end())
        return call->finish({kGrpcUnimplemented, "unknown method '" + washed(path, kNameBytesMax) + "'"});
    call->begin(method->second.make(call), method->second.oneMessage);
    if (last) call->onEnd();
}

void GrpcSession::refuseHttp(H2StreamId stream, const char* status, const char* allow)
{
    H2Fields head;
    head.add(":status", status);
    if (allow != nullptr) head.add("allow", allow);
    head.add("content-length", "0");
    connection_->session().respond(stream, head, true);
    connection_->wake();
}

void GrpcSession::onData(H2StreamId stream, std::string_view bytes)
{
    if (const auto call = find(stream))
        call->onData(bytes);
    else
        connection_->session().consume(stream, bytes.size());
}

void GrpcSession::onEnd(H2StreamId stream)
{
    if (const auto call = find(stream)) call->onEnd();
}

void GrpcSession::onSent(H2StreamId stream)
{
    if (const auto call = find(stream)) call->onSent();
}

void GrpcSession::onClosed(H2StreamId stream, std::uint32_t)
{
    const auto found = calls_.find(stream);
    if (found == calls_.end()) return;
    const auto call = std::move(found->second);
    calls_.erase(found);
    call->onClosed();
}

void GrpcSession::onGone(const Status& why)
{
    const auto self = shared_from_this();
    server_->leave(*this, why);
}

std::shared_ptr<GrpcCall> GrpcSession::find(H2StreamId stream) const
{
    const auto found = calls_.find(stream);
    return found == calls_.end() ? nullptr : found->second;
}

}  // namespace millrace::http
