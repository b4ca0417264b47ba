// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/gate.h"
#include "base/on_strand.h"
#include "http/body_budget.h"
#include "http/grpc_call.h"
#include "http/h2_connection.h"
#include "http/h2_stream.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace millrace::http {

class GrpcSession;

/// 0 is not special: it allows nothing, or no time at all.
struct GrpcServerLimits {
    H2Limits h2;  ///< per connection; streamsMax: concurrent calls
    H2Timeouts timeouts;
    std::uint64_t messageBytesMax = 4u << 20;
    std::uint64_t messagesBytesMax = 64u << 20;  ///< all calls together; a single one may always use messageBytesMax
    /// Longest time without progress while a message arrives, or while the client does not read its answer.
    Duration messageTimeout = 60s;
};

/// A gRPC server: its methods, and what its connections share. The owner accepts the connections, passes them to
/// serve(), and calls tick() several times a second while connections() > 0.
///
///     auto server = std::make_shared<GrpcServer>(strand, clock, budget, GrpcServerLimits{});
///     server->methods["/echo.Echo/Say"].make = [](std::shared_ptr<GrpcCall> call) { return handlerOf(call); };
///     server->serve(std::move(socket));
///     …
///     server->closeGently();
///     server->calls.close();
///     co_await server->calls.emptied();
///
/// Owner:  a front or a runtime; its connections keep it until they have ended.    Thread: the strand.
/// Bound:  GrpcServerLimits; the owner limits the number of connections.
/// Errors: each call has its status; a request that is neither gRPC nor taken by serviceFor() is answered in HTTP's
///         terms.
/// Stop:   closeGently() lets calls finish, abort() does not. `calls` counts those whose handlers still work.
/// Not here: listening (listener.h); the methods (front, runtime, control).
class GrpcServer : public std::enable_shared_from_this<GrpcServer> {
public:
    /// `budget`: accounts for the messages that calls hold. REQUIRES: it and `clock` outlive this.
    GrpcServer(Strand strand, Clock& clock, BodyBudget& budget, GrpcServerLimits limits);
    virtual ~GrpcServer();
    GrpcServer(const GrpcServer&) = delete;
    GrpcServer& operator=(const GrpcServer&) = delete;

    /// Serves an accepted connection; `received`: bytes already read from it. REQUIRES: a shared_ptr owns this.
    void serve(H2Connection::Socket socket, std::string_view received = {});
    std::size_t connections() const { return sessions_.size(); }
    /// Checks the time-outs of all connections.
    void tick();
    /// Announces the end to clients; connections close when their calls have ended.
    void closeGently();
    void abort(const Status& why);
    /// No connection has output that could be sent now.
    bool sentAll() const;
    const GrpcServerLimits& limits() const { return limits_; }
    /// In force at once, except the number of streams, the windows and the frame size of HTTP/2, which apply to new
    /// connections.
    void setLimits(const GrpcServerLimits& limits);

    // for its calls
    /// Reserves memory for a message of `bytes` in `held`; an error if it exceeds a limit, by itself or with all
    /// others.
    Status hold(BodyBytes& held, std::size_t bytes);
    /// The same for a message that is still arriving, of which `bytes` are received.
    Status holdPart(BodyBytes& held, std::size_t bytes);
    /// Error messages for its limits; an owner whose limits are settings overrides them to name those.
    virtual Status messageTooLarge(std::uint64_t bytes) const;
    virtual Status messagesFull() const;
    virtual Status messageLate() const;
    virtual std::string headersTooLarge() const;

    // fixed after construction
    const Strand strand;
    Clock& clock;
    BodyBudget& budget;

    // strand only
    GrpcMethods methods;  ///< REQUIRES: filled before the first serve()
    Gate calls;

protected:
    /// A connection was added, or has ended: OK, or the protocol error or time-out that ended it.
    virtual void onConnected() {}
    virtual void onDisconnected(const Status&) {}
    /// Creates what serves a connection's other HTTP/2 streams; null: they are answered with 405 or 415.
    virtual std::unique_ptr<H2Service> serviceFor(const H2Peer&) { return nullptr; }
    /// True: a connection that does not begin with HTTP/2's preface is passed to onOther().
    virtual bool takesOthers() const { return false; }
    virtual void onOther(H2Connection::Socket, std::string /*received*/) {}

private:
    friend class GrpcSession;
    std::uint64_t messagesMost() const { return std::max(limits_.messagesBytesMax, limits_.messageBytesMax); }
    void leave(GrpcSession& session, const Status& why);

    GrpcServerLimits limits_;
    std::map<GrpcSession*, std::shared_ptr<GrpcSession>> sessions_;
};

}  // namespace millrace::http
