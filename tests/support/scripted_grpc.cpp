// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/scripted_grpc.h"

#include "base/check.h"
#include "http/grpc_text.h"
#include "support/grpc_bytes.h"
#include "support/h2_text.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/socket.h>

namespace millrace::testing {

namespace net = boost::asio;
using http::H2StreamId;
using http::HttpFields;

namespace {

std::string frameOf(char type, std::int32_t stream, const std::string& payload)
{
    std::string out;
    for (const int shift : {16, 8, 0}) out += static_cast<char>(payload.size() >> shift & 0xff);
    out += type;
    out += '\0';
    for (const int shift : {24, 16, 8, 0}) out += static_cast<char>(stream >> shift & 0xff);
    return out + payload;
}

std::string bigEndian(std::uint32_t value)
{
    std::string out;
    for (const int shift : {24, 16, 8, 0}) out += static_cast<char>(value >> shift & 0xff);
    return out;
}

http::H2Limits limitsOf(const ScriptedGrpc::Options& options)
{
    http::H2Limits limits;
    limits.streamsMax = options.streamsMax;
    return limits;
}

}  // namespace

// ---- the server ----

ScriptedGrpc::ScriptedGrpc(net::io_context& io, Clock& clock, Options options)
    : io_(io), clock_(clock), options_(std::move(options)), acceptor_(io.get_executor())
{
    net::generic::stream_protocol::endpoint where;
    if (!options_.path.empty())
        where = net::local::stream_protocol::endpoint(options_.path);
    else
        where = net::ip::tcp::endpoint(net::ip::make_address(options_.host), options_.port);
    acceptor_.open(where.protocol());
    if (options_.path.empty()) acceptor_.set_option(net::socket_base::reuse_address(true));
    acceptor_.bind(where);
    acceptor_.listen();
    if (options_.path.empty()) {
        net::ip::tcp::endpoint bound;
        const auto local = acceptor_.local_endpoint();
        std::copy_n(reinterpret_cast<const char*>(local.data()), local.size(), reinterpret_cast<char*>(bound.data()));
        port_ = bound.port();
    }
    accept();
}

ScriptedGrpc::~ScriptedGrpc()
{
    *alive_ = false;
    stop();
    for (const auto& peer : peers) peer->close();
}

std::string ScriptedGrpc::address() const
{
    return options_.path.empty() ? options_.host + ":" + std::to_string(port_) : "unix:" + options_.path;
}

void ScriptedGrpc::stop()
{
    boost::system::error_code ignored;
    acceptor_.close(ignored);
}

void ScriptedGrpc::accept()
{
    acceptor_.async_accept([this, alive = alive_](const boost::system::error_code& error, Socket socket) {
        if (!*alive || error) return;
        const auto peer = std::make_shared<Peer>(*this, std::move(socket), static_cast<int>(peers.size()));
        peers.push_back(peer);
        if (!options_.greeting.empty())
            peer->raw(options_.greeting);
        else if (!options_.mute)
            peer->start();
        accept();
    });
}

// ---- a connection ----

ScriptedGrpc::Peer::Peer(ScriptedGrpc& server, Socket socket, int numberIn)
    : number(numberIn),
      server_(server),
      socket_(std::move(socket)),
      session_(http::H2Role::Server, limitsOf(server.options_), *this)
{
    boost::system::error_code ignored;
    socket_.native_non_blocking(true, ignored);
}

void ScriptedGrpc::Peer::start()
{
    read();
    flush();
}

void ScriptedGrpc::Peer::read()
{
    socket_.async_wait(Socket::wait_read, [self = shared_from_this()](const boost::system::error_code& error) {
        if (error || !self->socket_.is_open()) return;
        static std::array<char, 65536> buffer;
        const auto got = ::recv(self->socket_.native_handle(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (got == 0 || (got < 0 && errno != EAGAIN)) return self->close();
        if (got > 0)
            static_cast<void>(
                self->session_.receive({buffer.data(), static_cast<std::size_t>(got)}, self->server_.clock_.now()));
        self->flush();
        if (self->socket_.is_open()) self->read();
    });
}

void ScriptedGrpc::Peer::flush()
{
    http::H2Out out;
    session_.pull(out, 1u << 28);
    out_ += taken(out);
    write();
}

void ScriptedGrpc::Peer::write()
{
    if (writing_ || !socket_.is_open()) return;
    while (!out_.empty()) {
        const auto sent = ::send(socket_.native_handle(), out_.data(), out_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno != EAGAIN) return close();
        if (sent < 0) {
            writing_ = true;
            socket_.async_wait(Socket::wait_write, [self = shared_from_this()](const boost::system::error_code& error) {
                self->writing_ = false;
                if (!error) self->write();
            });
            return;
        }
        out_.erase(0, static_cast<std::size_t>(sent));
    }
    if (closing_) {
        boost::system::error_code ignored;
        socket_.close(ignored);
    }
}

void ScriptedGrpc::Peer::raw(const std::string& bytes)
{
    flush();
    out_ += bytes;
    write();
}

void ScriptedGrpc::Peer::goAway(H2StreamId last, std::uint32_t code)
{
    raw(frameOf('\x07', 0, bigEndian(static_cast<std::uint32_t>(last)) + bigEndian(code)));
}

void ScriptedGrpc::Peer::allow(std::uint32_t streamsAllowed)
{
    raw(frameOf('\x04', 0, std::string("\0\x03", 2) + bigEndian(streamsAllowed)));
}

void ScriptedGrpc::Peer::close()
{
    closing_ = true;
    write();
}

void ScriptedGrpc::Peer::head(H2StreamId stream)
{
    HttpFields fields;
    fields.add(":status", "200");
    fields.add("content-type", "application/grpc");
    session_.respond(stream, fields, false);
    flush();
}

void ScriptedGrpc::Peer::message(H2StreamId stream, const std::string& bytes)
{
    session_.send(stream, framed(bytes));
    flush();
}

void ScriptedGrpc::Peer::trailers(H2StreamId stream, int status, const std::string& words)
{
    HttpFields fields;
    fields.add("grpc-status", std::to_string(status));
    if (!words.empty()) fields.add("grpc-message", http::percentEncoded(words));
    session_.finish(stream, fields);
    flush();
}

void ScriptedGrpc::Peer::answer(H2StreamId stream, const std::string& bytes)
{
    head(stream);
    message(stream, bytes);
    trailers(stream, 0);
}

void ScriptedGrpc::Peer::respond(H2StreamId stream, const HttpFields& fields, bool last)
{
    session_.respond(stream, fields, last);
    flush();
}

void ScriptedGrpc::Peer::reset(H2StreamId stream, std::uint32_t code)
{
    session_.reset(stream, static_cast<http::H2Code>(code));
    flush();
}

void ScriptedGrpc::Peer::onHeaders(H2StreamId stream, HttpFields fields, bool, bool last)
{
    const auto call = std::make_shared<Call>();
    call->peer = weak_from_this();
    call->stream = stream;
    call->fields = std::move(fields);
    call->ended = last;
    calls_[stream] = call;
    streamsMost = std::max(streamsMost, ++streams);
    if (last || server_.options_.early) complete(call);
}

void ScriptedGrpc::Peer::onData(H2StreamId stream, std::string_view bytes)
{
    session_.consume(stream, bytes.size());
    if (const auto found = calls_.find(stream); found != calls_.end()) found->second->body += bytes;
}

void ScriptedGrpc::Peer::onEnd(H2StreamId stream)
{
    const auto found = calls_.find(stream);
    if (found == calls_.end()) return;
    found->second->ended = true;
    if (!server_.options_.early) complete(found->second);
}

void ScriptedGrpc::Peer::onClosed(H2StreamId stream, std::uint32_t code)
{
    const auto found = calls_.find(stream);
    if (found == calls_.end()) return;
    found->second->closed = code;
    --streams;
    calls_.erase(found);
}

/// From the loop: what answers may pull, and that must not be within receive().
void ScriptedGrpc::Peer::complete(const std::shared_ptr<Call>& call)
{
    net::post(server_.io_, [self = shared_from_this(), call, alive = server_.alive_] {
        if (!*alive || call->closed) return;
        if (call->fields.get(":path") == "/check") return self->answer(call->stream, "");
        self->server_.calls.push_back(call);
        if (self->server_.onCall) self->server_.onCall(*self, call);
    });
}

}  // namespace millrace::testing
