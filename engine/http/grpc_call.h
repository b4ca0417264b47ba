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
    GrpcMessageReader::Message message;  ///< good within onMessage(), longer after keep()
    std::size_t size = 0;                ///< as it arrived
    BodyBytes held;                      ///< for the message, as long as it or what was read of it lives
    Status problem;                      ///< it was not kept, for this reason; nothing follows
};

/// What is done for one call. Thread: the strand; all calls come from GrpcCall.
class GrpcHandler {
public:
    virtual ~GrpcHandler() = default;
    virtual void begin() = 0;
    /// The one that read() asked for.
    virtual void onMessage(GrpcMessage) {}
    /// Instead: the client sends no more.
    virtual void onReadsDone() {}
    /// What write() was given is on its way; false: the client is gone.
    virtual void onWritten(bool) {}
    /// The client has left, or the call was reset: nothing reaches it any more. Not after finish().
    virtual void onCancel() = 0;
};

/// One call of a client, as its handler sees it.
///
/// Owner:  its session until the stream is over, its handler as long as it works.    Thread: the strand.
/// Bound:  one message at a time: what comes while none is asked for waits within the stream's window.
/// Stop:   finish() or reset(), which drop the handler.
class GrpcCall final : public H2Stream, public std::enable_shared_from_this<GrpcCall> {
public:
    GrpcCall(std::shared_ptr<GrpcServer> server, H2Connection& connection, H2StreamId stream, HttpFields fields,
             std::uint16_t port, GrpcEncoding encoding);

    std::string_view field(std::string_view name) const { return fields_.get(name); }
    /// What is left until the client's deadline.
    std::optional<Duration> timeLeft() const;
    /// grpc-timeout is there and says nothing.
    bool timeoutUnreadable() const { return timeoutUnreadable_; }
    std::uint16_t port() const { return port_; }

    /// Before the first write() or finish().
    void addInitial(std::string_view name, std::string_view value) { initial_.add(name, value); }
    void addTrailing(std::string_view name, std::string_view value) { trailing_.add(name, value); }
    /// Asks for a message.
    void read();
    /// `framed`: by writeMessage(). One at a time.
    void write(const GrpcFramed& framed);
    void finish(const GrpcStatus& status);
    /// The same with a last message.
    void finish(const GrpcFramed& framed, const GrpcStatus& status);
    /// Gives the client up: the stream is reset.
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
    H2Connection* connection_;  // none once the stream is over
    std::shared_ptr<GrpcHandler> handler_;
    HttpFields initial_, trailing_;
    GrpcMessageReader reader_;
    BodyBytes held_;       // of the message that arrives
    std::string pending_;  // came while nothing was asked for
    TimePoint arrivedAt_, sentAt_;
    std::size_t unsent_ = 0;
    bool oneMessage_ = false;
    bool wanting_ = false, feeding_ = false, ended_ = false, ignoring_ = false;
    bool headSent_ = false, writing_ = false, finished_ = false;
};

struct GrpcMethod {
    std::function<std::shared_ptr<GrpcHandler>(std::shared_ptr<GrpcCall>)> make;
    bool oneMessage = true;       ///< the client sends one; it must come in time
    std::uint32_t bulkField = 0;  ///< of its messages: GrpcMessageReader
};
/// By path: "/inference.GRPCInferenceService/ModelInfer".
using GrpcMethods = std::map<std::string, GrpcMethod, std::less<>>;

}  // namespace millrace::http
