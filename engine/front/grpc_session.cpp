// SPDX-License-Identifier: GPL-3.0-or-later
#include "front/grpc_session.h"

#include "base/text.h"
#include "front/grpc_shared.h"
#include "http/grpc_text.h"

#include <boost/asio/ip/tcp.hpp>

#include <algorithm>
#include <cstring>
#include <sys/socket.h>
#include <vector>

namespace millrace::front {

using http::H2Fields;
using http::H2StreamId;

namespace {

constexpr Duration kIdleLeast = 1s;  // a client may look up its first question

/// 0: it has none.
std::uint16_t portOf(const http::H2Connection::Socket::endpoint_type& endpoint)
{
    boost::asio::ip::tcp::endpoint tcp;
    const int family = endpoint.protocol().family();
    if ((family != AF_INET && family != AF_INET6) || endpoint.size() > tcp.capacity()) return 0;
    std::memcpy(tcp.data(), endpoint.data(), endpoint.size());
    return tcp.port();
}

http::H2Timeouts timeoutsOf(const Options& options)
{
    http::H2Timeouts timeouts;
    timeouts.greeting = options.headerTimeout;
    timeouts.idle = std::max<Duration>(options.keepaliveTimeout, kIdleLeast);
    timeouts.written = options.bodyTimeout;
    return timeouts;
}

http::H2Limits limitsOf(const Options& options)
{
    http::H2Limits limits;
    limits.streamsMax = GrpcSession::kStreamsMax;
    limits.headerListBytesMax = options.headerBytesMax;
    return limits;
}

}  // namespace

GrpcSession::GrpcSession(std::shared_ptr<GrpcShared> shared, const GrpcMethods& methods,
                         http::H2Connection::Socket socket)
    : shared_(std::move(shared)), methods_(methods)
{
    boost::system::error_code ec;
    if (const auto remote = socket.remote_endpoint(ec); !ec) port_ = portOf(remote);
    connection_ =
        std::make_shared<http::H2Connection>(shared_->strand, shared_->clock, std::move(socket), http::H2Role::Server,
                                             limitsOf(shared_->options), timeoutsOf(shared_->options), *this);
}

void GrpcSession::start()
{
    shared_->enter(shared_from_this());
    connection_->start();
}

void GrpcSession::tick(TimePoint now)
{
    const auto self = shared_from_this();
    std::vector<std::shared_ptr<GrpcCall>> all;
    all.reserve(calls_.size());
    for (const auto& [stream, call] : calls_) all.push_back(call);
    for (const auto& call : all) call->look(now);
    connection_->setTimeouts(timeoutsOf(shared_->options));
    connection_->tick(now);
}

void GrpcSession::onHeaders(H2StreamId stream, H2Fields fields, bool tooLarge, bool last)
{
    if (const auto call = find(stream)) {  // trailers, which say nothing here
        if (last) call->onEnd();
        return;
    }
    if (fields.get(":method") != "POST" && !tooLarge) return refuseHttp(stream, "405", "POST");
    if (!http::isGrpcContent(fields.get("content-type")) && !tooLarge) return refuseHttp(stream, "415", nullptr);
    const std::string path(fields.get(":path"));
    const auto encoding = http::parseGrpcEncoding(fields.get("grpc-encoding"));
    const std::string packing(fields.get("grpc-encoding"));
    const auto call = std::make_shared<GrpcCall>(shared_, *connection_, stream, std::move(fields), port_,
                                                 encoding.value_or(http::GrpcEncoding::Identity));
    calls_[stream] = call;
    if (tooLarge)
        return call->finish({kGrpcResourceExhausted, "the header fields have more than " +
                                                         std::to_string(shared_->options.headerBytesMax) +
                                                         " bytes (limits.header_bytes_max)"});
    if (!encoding) {
        call->addTrailing("grpc-accept-encoding", "identity,deflate,gzip");
        return call->finish({kGrpcUnimplemented, "the compression '" + washed(packing, 64) +
                                                     "' is not supported; use " + std::string(http::kGrpcEncodings)});
    }
    const auto method = methods_.find(path);
    if (method == methods_.end())
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
    shared_->leave(*this, why);
}

std::shared_ptr<GrpcCall> GrpcSession::find(H2StreamId stream) const
{
    const auto found = calls_.find(stream);
    return found == calls_.end() ? nullptr : found->second;
}

}  // namespace millrace::front
