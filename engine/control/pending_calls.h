// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "control/loop_poster.h"
#include "control/outgoing.h"
#include "control/work_thread.h"
#include "http/grpc_framed.h"
#include "http/grpc_server.h"

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

namespace millrace::control {

http::GrpcStatus toGrpcStatus(const Status& status);

/// A message as serialised for a client.
template <typename Message>
std::string framed(Message& message)
{
    wash(message);
    return http::writeMessage(message);
}

/// The unary calls without a reply yet, and the thread on which large messages are parsed and serialised.
///
/// Owner:  ControlMethods, shared with late replies.    Thread: the strand; Elsewhere any.
/// Bound:  kCallsMax calls; kUnreadBytesMax of large replies that clients have not read, each for kUnreadTime.
/// Errors: a refusal names the limit.
/// Stop:   close() fails all calls, and waits for the work in progress.
class PendingCalls : public std::enable_shared_from_this<PendingCalls> {
public:
    static constexpr std::size_t kCallsMax = 1024;
    static constexpr std::size_t kBytesBeside = 64 * 1024;  ///< smaller messages cost less than the thread switch
    static constexpr std::uint64_t kUnreadBytesMax = 64 * 1024 * 1024;
    static constexpr Duration kUnreadTime = std::chrono::seconds(60);
    using Ticket = std::uint64_t;

    PendingCalls(const Clock& clock, Strand strand)
        : clock_(clock), loop_(std::make_shared<LoopPoster>(std::move(strand)))
    {}

    StatusOr<Ticket> add(std::shared_ptr<http::GrpcCall> call);
    bool isPending(Ticket ticket) const { return open_.contains(ticket); }
    void send(Ticket ticket, StatusOr<std::string> framed);
    /// The client has disconnected or cancelled.
    void remove(Ticket ticket);
    /// The reply has been sent.
    void written(Ticket ticket);
    void tick(TimePoint now);
    void close(const Status& status);

    /// For other threads: sends the reply on the strand, if the call is still open.
    class Elsewhere {
    public:
        void send(Ticket ticket, StatusOr<std::string> framed) const
        {
            loop_->post([pending = pending_, ticket, framed = std::move(framed)]() mutable {
                if (const auto calls = pending.lock()) calls->send(ticket, std::move(framed));
            });
        }
        template <typename Work>
        void post(Work work) const
        {
            loop_->post(std::move(work));
        }
        bool closed() const { return loop_->closed(); }

    private:
        friend class PendingCalls;
        std::weak_ptr<PendingCalls> pending_;
        std::shared_ptr<LoopPoster> loop_;
    };
    Elsewhere elsewhere()
    {
        Elsewhere out;
        out.pending_ = weak_from_this();
        out.loop_ = loop_;
        return out;
    }

    /// Runs `work` on the thread, with an Elsewhere, unless close() comes first. REQUIRES: what `work` uses is owned by
    /// it, or outlives close().
    template <typename Work>
    void beside(Ticket ticket, Work work)
    {
        const bool posted = worker_.post([to = elsewhere(), work = std::move(work)]() mutable {
            if (!to.closed()) work(to);
        });
        if (!posted) send(ticket, resourceExhausted("too many large messages of the control service are waiting"));
    }
    template <typename Response>
    void reply(Ticket ticket, Response response)
    {
        if (response.ByteSizeLong() < kBytesBeside) return send(ticket, framed(response));
        beside(ticket,
               [ticket, kept = std::move(response)](const Elsewhere& to) mutable { to.send(ticket, framed(kept)); });
    }

private:
    struct Open {
        std::shared_ptr<http::GrpcCall> call;
        std::uint64_t unread = 0;  // of a large reply, while the client has not taken it
        TimePoint sentAt{};
    };
    Open take(Ticket ticket);

    const Clock& clock_;
    const std::shared_ptr<LoopPoster> loop_;
    std::unordered_map<Ticket, Open> open_;
    Ticket last_ = 0;
    std::uint64_t unread_ = 0;
    bool closed_ = false;
    WorkThread worker_;  // last
};

/// What is owed to one call, on the strand. Sent once; one that is dropped without is an error of ours and says so.
template <typename Response>
class PendingReply {
public:
    PendingReply(std::shared_ptr<PendingCalls> calls, PendingCalls::Ticket ticket)
        : calls_(std::move(calls)), ticket_(ticket)
    {}
    PendingReply(const PendingReply&) = delete;
    PendingReply& operator=(const PendingReply&) = delete;
    ~PendingReply() { fail(internal("the engine did not respond")); }

    PendingCalls::Ticket ticket() const { return ticket_; }
    void send(Response response)
    {
        if (!std::exchange(sent_, true)) calls_->reply(ticket_, std::move(response));
    }
    void send(StatusOr<Response> response)
    {
        if (response.ok())
            send(*std::move(response));
        else
            fail(response.status());
    }
    void fail(const Status& status)
    {
        if (!std::exchange(sent_, true)) calls_->send(ticket_, status);
    }
    /// Lets another thread send it: `work` gets a PendingCalls::Elsewhere, see beside().
    template <typename Work>
    void sendBeside(Work work)
    {
        if (!std::exchange(sent_, true)) calls_->beside(ticket_, std::move(work));
    }
    /// The receiver sends the reply.
    PendingCalls::Elsewhere handOver()
    {
        sent_ = true;
        return calls_->elsewhere();
    }

private:
    const std::shared_ptr<PendingCalls> calls_;
    const PendingCalls::Ticket ticket_;
    bool sent_ = false;
};

}  // namespace millrace::control
