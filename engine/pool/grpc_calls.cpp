// SPDX-License-Identifier: GPL-3.0-or-later
#include "pool/grpc_calls.h"

#include "base/text.h"
#include "pool/http_message.h"
#include "pool/pool.h"

#include <boost/asio/post.hpp>

namespace millrace::pool {

Status statusOfCall(const grpc::Status& status)
{
    if (status.ok()) return absl::OkStatus();
    const std::string& words = status.error_message();
    const std::string ours = " vs. " + std::to_string(GrpcPool::kMessageBytesMax) + ")";
    if (status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED &&
        words.find("Received message larger than max") != std::string::npos && words.find(ours) != std::string::npos)
        return answerTooLarge(GrpcPool::kMessageBytesMax);
    return fromGrpc(static_cast<int>(status.error_code()), washed(words, kMessageBytesMax));
}

GrpcCalls::GrpcCalls(Strand strand) : strand_(strand), thread_([this] { wait(); }) {}

GrpcCalls::~GrpcCalls()
{
    *alive_ = false;
    {
        const MutexLock lock(mutex_);
        closing_ = true;
    }
    for (auto& [raw, call] : under_) call->context.TryCancel();
    queue_.Shutdown();
    thread_.join();
    for (auto& [raw, call] : under_) {
        call->status = grpc::Status(grpc::StatusCode::UNAVAILABLE, "the backend was removed");
        call->done = true;
        call->onEnd = nullptr;
        call->signal.wakeLater(strand_);
    }
}

void GrpcCalls::wait()
{
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
        const MutexLock lock(mutex_);
        if (closing_) continue;
        ended_.push_back(static_cast<Call*>(tag));
        // The first one rings; those that come before it is heard go with it.
        if (ended_.size() > 1) continue;
        boost::asio::post(strand_, [this, alive = alive_] {
            if (*alive) takeEnded();
        });
    }
}

void GrpcCalls::takeEnded()
{
    std::vector<Call*> batch;
    {
        const MutexLock lock(mutex_);
        batch.swap(ended_);
    }
    const auto alive = alive_;
    for (Call* raw : batch) {
        const auto found = under_.find(raw);
        const std::shared_ptr<Call> call = std::move(found->second);
        under_.erase(found);
        end(*call);
        if (!*alive) return;  // what it did ended us: the rest was told by the destructor
    }
}

void GrpcCalls::end(Call& call)
{
    call.done = true;
    if (const auto onEnd = std::exchange(call.onEnd, nullptr))
        onEnd(call);
    else
        call.signal.wakeNow();
}

}  // namespace millrace::pool
