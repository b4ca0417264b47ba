// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/gate.h"
#include "http/body_budget.h"
#include "http/grpc_message.h"
#include "http/grpc_text.h"
#include "http/h2_connection.h"
#include "http/h2_stream.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::http {

class GrpcServer;
struct GrpcMethod;

struct GrpcStatus {
    int code = kGrpcOk;
    std::string message;
};

struct GrpcMessage {
    GrpcMessageReader::Message message;  ///< valid during onMessage(); longer after keep()
    std::size_t size = 0;                ///< bytes on the wire
    BodyBytes held;                      ///< its share of the budget; keep it as long as the message or parts of it
    Status problem;                      ///< not OK: the message was refused and is empty; none follows
};

/// The server's side of one call: implemented per method, called by GrpcCall. Thread: the strand.
class GrpcHandler {
public:
    virtual ~GrpcHandler() = default;
    virtual void begin() = 0;
    /// The message requested by read().
    virtual void onMessage(GrpcMessage) {}
    /// Instead of onMessage(): the client half-closed.
    virtual void onReadsDone() {}
    /// The message of write() has been handed to the socket. False: the client disconnected.
    virtual void onWritten(bool) {}
    /// The client disconnected or cancelled, or its deadline passed: nothing reaches it any more. Not called after
    /// finish().
    virtual void onCancel() = 0;
};

/// One gRPC call, as its handler sees it. Messages are pulled one at a time, which is the flow control.
///
///     void begin() override { call_->read(); }
///     void onMessage(GrpcMessage message) override { call_->finish(frameMessage(answerTo(message)), {}); }
///
/// Owner:  its session until the stream is closed, and its handler.    Thread: the strand.
/// Bound:  one message at a time; further input waits within the stream's window.
/// Stop:   finish() or reset(), after which the handler is released.
class GrpcCall final : public H2Stream, public std::enable_shared_from_this<GrpcCall> {
public:
    GrpcCall(std::shared_ptr<GrpcServer> server, H2Connection& connection, H2StreamId stream, HttpFields fields,
             std::uint16_t port, GrpcEncoding encoding);

    std::string_view field(std::string_view name) const { return fields_.get(name); }
    /// Time until the client's deadline; nullopt: it has none.
    std::optional<Duration> timeLeft() const;
    /// grpc-timeout is present but malformed.
    bool timeoutUnreadable() const { return timeoutUnreadable_; }
    std::uint16_t port() const { return port_; }

    /// Initial metadata. REQUIRES: before the first write() or finish().
    void addInitial(std::string_view name, std::string_view value) { initial_.add(name, value); }
    void addTrailing(std::string_view name, std::string_view value) { trailing_.add(name, value); }
    /// Requests the next message: onMessage() or onReadsDone() follows, possibly within this call. REQUIRES: the
    /// previous request was answered.
    void read();
    /// Sends a message (frameMessage()). REQUIRES: onWritten() was called for the previous one.
    void write(const GrpcFramed& framed);
    /// Ends the call with its trailers. Later calls have no effect.
    void finish(const GrpcStatus& status);
    /// The same after a last message.
    void finish(const GrpcFramed& framed, const GrpcStatus& status);
    /// Ends the call by resetting the stream.
    void reset();

private:
    friend class GrpcSession;
    void begin(std::shared_ptr<GrpcHandler> handler, const GrpcMethod& method);
    void onData(std::string_view bytes) override;
    void onEnd() override;
    void onSent() override;
    void onClosed(std::uint32_t code) override;
    void closed();
    void look(TimePoint now) override;
    std::size_t feed(std::string_view bytes);
    void feedPending();
    void deliver(GrpcMessage message);
    void refuse(const Status& problem, std::size_t size);
    void sendHead(bool last);
    HttpFields trailers(const GrpcStatus& status) const;
    void dropHandler();

    // fixed after construction
    const std::shared_ptr<GrpcServer> server_;
    const H2StreamId stream_;
    const HttpFields fields_;
    const std::uint16_t port_;
    const Gate::Pass pass_;
    bool timeoutUnreadable_ = false;
    TimePoint deadline_ = TimePoint::max();

    // strand only
    H2Connection* connection_;  // null once the stream is closed
    std::shared_ptr<GrpcHandler> handler_;
    HttpFields initial_, trailing_;
    GrpcMessageReader reader_;
    BodyBytes held_;       // of the message being received
    std::string pending_;  // received while no message is requested
    TimePoint arrivedAt_, sentAt_;
    std::size_t unsent_ = 0;
    bool oneMessage_ = false;
    bool wanting_ = false, feeding_ = false, ended_ = false, ignoring_ = false;
    bool headSent_ = false, writing_ = false, finished_ = false;
};

/// How calls of one method are served.
struct GrpcMethod {
    std::function<std::shared_ptr<GrpcHandler>(std::shared_ptr<GrpcCall>)> make;
    bool oneMessage = true;       ///< no client streaming: the message must arrive within messageTimeout
    std::uint32_t bulkField = 0;  ///< see GrpcMessageReader; 0: none
};
/// By path: "/inference.GRPCInferenceService/ModelInfer".
using GrpcMethods = std::map<std::string, GrpcMethod, std::less<>>;

}  // namespace millrace::http
