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

/// 0 is not special anywhere: it allows nothing, or no time.
struct GrpcServerLimits {
    H2Limits h2;  ///< of each connection; streamsMax: calls at a time
    H2Timeouts timeouts;
    std::uint64_t messageBytesMax = 4u << 20;
    std::uint64_t messagesBytesMax = 64u << 20;  ///< all calls together, but one is always allowed messageBytesMax
    /// Longest time without progress: of a message that arrives, and of a client reading its answer.
    Duration messageTimeout = 60s;
};

/// A server of gRPC: its methods, and what its connections share. The owner derives from it, accepts connections, hands
/// them over, and calls tick() several times a second while there are some.
///
/// Owner:  a front or a runtime; kept by its connections until they have ended.    Thread: the strand.
/// Bound:  GrpcServerLimits; how many connections there are is the owner's business.
/// Errors: each call has its status; a request that is neither gRPC nor known to serviceFor() is answered in HTTP's
///         terms.
/// Stop:   closeGently() lets calls end, abort() does not. calls: all that handlers still work for.
/// Not here: listening; what the methods do.
class GrpcServer : public std::enable_shared_from_this<GrpcServer> {
public:
    /// `budget`: of the messages that calls hold. REQUIRES: it outlives this.
    GrpcServer(Strand strand, Clock& clock, BodyBudget& budget, GrpcServerLimits limits);
    virtual ~GrpcServer();
    GrpcServer(const GrpcServer&) = delete;
    GrpcServer& operator=(const GrpcServer&) = delete;

    /// Serves an accepted connection; `received`: bytes already read from it. REQUIRES: a shared_ptr owns this.
    void serve(H2Connection::Socket socket, std::string_view received = {});
    std::size_t connections() const { return sessions_.size(); }
    void tick();
    void closeGently();
    void abort(const Status& why);
    /// Everything has been sent, as far as the sockets take it.
    bool sentAll() const;
    const GrpcServerLimits& limits() const { return limits_; }
    /// Also of connections that are open, from their next request on; but how many streams one may have, its windows
    /// and its frames are those that it began with.
    void setLimits(const GrpcServerLimits& limits);

    // of its calls
    /// Whether a message of `bytes` may be kept, by its own size and beside all others; `held` has it then.
    Status hold(BodyBytes& held, std::size_t bytes);
    /// The same of one that is still arriving.
    Status holdPart(BodyBytes& held, std::size_t bytes);
    /// What is said of its limits; an owner that has settings for them names those.
    virtual Status messageTooLarge(std::uint64_t bytes) const;
    virtual Status messagesFull() const;
    virtual Status messageLate() const;
    virtual std::string headersTooLarge() const;

    // fixed after construction
    const Strand strand;
    Clock& clock;
    BodyBudget& budget;

    // strand only
    GrpcMethods methods;  ///< complete before the first connection
    Gate calls;

protected:
    /// There is one more, or one less, which ended for this reason: OK, or what it broke or could not wait for.
    virtual void onConnected() {}
    virtual void onDisconnected(const Status&) {}
    /// What serves a connection's streams that are no calls; none: they are answered 405 or 415.
    virtual std::unique_ptr<H2Service> serviceFor(const H2Peer&) { return nullptr; }
    /// Whether a connection that does not begin as HTTP/2 does is somebody's; onOther() is given it then.
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
