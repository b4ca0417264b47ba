// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "base/mutex.h"
#include "base/on_strand.h"
#include "pool/signal.h"

#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/support/async_unary_call.h>

#include <functional>
#include <memory>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

namespace millrace::pool {

/// How a call to a backend ended, in words that are washed. An answer beyond GrpcPool::kMessageBytesMax is the server's
/// fault (answerTooLarge); gRPC itself says it as it says that a request was too large.
Status statusOfCall(const grpc::Status& status);

/// Carries unary gRPC calls from the strand to gRPC and their ends back: one thread waits for gRPC and hands over all
/// that ended meanwhile in one go. Not gRPC's callback interface: its threads come and go with the channels, and would
/// outlive what they call back into.
///
/// Owner:  a backend.   Thread: the strand, but for the one thread, which only hands over.
/// Bound:  the calls that the pool's leases allow.
/// Stop:   the destructor cancels what is under way and waits for gRPC to let go of it; those who wait are told.
class GrpcCalls {
public:
    /// What gRPC may touch until the call has ended; kept by GrpcCalls until then.
    class Call {
    public:
        virtual ~Call() = default;
        grpc::ClientContext context;
        grpc::Status status;
        // strand only
        bool done = false;
        Signal signal;                     ///< woken once done
        std::function<void(Call&)> onEnd;  ///< instead, if there is one
    };
    template <typename Response>
    struct Unary final : Call {
        std::unique_ptr<Response> response = std::make_unique<Response>();
        std::unique_ptr<grpc::ClientAsyncResponseReader<Response>> reader;
    };

    explicit GrpcCalls(Strand strand);
    ~GrpcCalls();
    GrpcCalls(const GrpcCalls&) = delete;
    GrpcCalls& operator=(const GrpcCalls&) = delete;

    grpc::CompletionQueue* queue() { return &queue_; }
    /// `call->reader` was prepared on queue(); sends it.
    template <typename Response>
    void start(const std::shared_ptr<Unary<Response>>& call)
    {
        under_.emplace(call.get(), call);
        call->reader->StartCall();
        call->reader->Finish(call->response.get(), &call->status, static_cast<Call*>(call.get()));
    }
    std::size_t underWay() const { return under_.size(); }

private:
    void wait();
    void takeEnded();
    static void end(Call& call);

    const Strand strand_;
    grpc::CompletionQueue queue_;
    std::unordered_map<Call*, std::shared_ptr<Call>> under_;  // strand only
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
    Mutex mutex_;  // between the strand and the thread, for a swap
    std::vector<Call*> ended_ MILLRACE_GUARDED_BY(mutex_);
    bool closing_ MILLRACE_GUARDED_BY(mutex_) = false;
    std::thread thread_;  // last: it uses the others
};

}  // namespace millrace::pool
