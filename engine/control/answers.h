// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "base/mutex.h"
#include "base/text.h"
#include "control/outgoing.h"

#include <grpcpp/support/server_callback.h>

#include <cstdint>
#include <map>
#include <memory>
#include <utility>

namespace millrace::control {

inline grpc::Status grpcStatus(const Status& status)
{
    return {static_cast<grpc::StatusCode>(toGrpc(status)), washed(text(status), kMessageBytesMax)};
}

/// A unary call that waits for its answer. Answered once; one that is dropped without is an error of ours and says so.
class OpenAnswer {
public:
    virtual ~OpenAnswer() = default;
    virtual void fail(const Status& status) = 0;
};

/// Every call that is open, so that stopping leaves none of them hanging. Thread: any.
class OpenAnswers {
public:
    /// 0: too late, the server is stopping.
    std::uint64_t add(const std::shared_ptr<OpenAnswer>& answer)
    {
        const MutexLock lock(mutex_);
        if (closed_) return 0;
        open_[++last_] = answer;
        return last_;
    }
    void remove(std::uint64_t ticket)
    {
        const MutexLock lock(mutex_);
        open_.erase(ticket);
    }
    void close(const Status& status)
    {
        std::map<std::uint64_t, std::weak_ptr<OpenAnswer>> left;
        {
            const MutexLock lock(mutex_);
            closed_ = true;
            left.swap(open_);
        }
        for (auto& [ticket, weak] : left)
            if (auto answer = weak.lock()) answer->fail(status);
    }

private:
    Mutex mutex_;
    bool closed_ MILLRACE_GUARDED_BY(mutex_) = false;
    std::uint64_t last_ MILLRACE_GUARDED_BY(mutex_) = 0;
    std::map<std::uint64_t, std::weak_ptr<OpenAnswer>> open_ MILLRACE_GUARDED_BY(mutex_);
};

template <typename Response>
class Answer final : public OpenAnswer {
public:
    static std::shared_ptr<Answer> open(const std::shared_ptr<OpenAnswers>& all, grpc::ServerUnaryReactor* reactor,
                                        Response* response)
    {
        auto answer = std::make_shared<Answer>(all, reactor, response);
        answer->ticket_ = all->add(answer);
        if (answer->ticket_ == 0) answer->fail(unavailable("the engine is stopping"));
        return answer;
    }
    Answer(std::shared_ptr<OpenAnswers> all, grpc::ServerUnaryReactor* reactor, Response* response)
        : all_(std::move(all)), reactor_(reactor), response_(response)
    {}
    ~Answer() override { fail(internal("the engine did not respond")); }

    void send(Response response)
    {
        if (auto* reactor = take()) {
            wash(response);
            response_->Swap(&response);
            reactor->Finish(grpc::Status::OK);
        }
    }
    void send(StatusOr<Response> response)
    {
        if (response.ok())
            send(std::move(*response));
        else
            fail(response.status());
    }
    void fail(const Status& status) override
    {
        if (auto* reactor = take()) reactor->Finish(grpcStatus(status));
    }

private:
    grpc::ServerUnaryReactor* take()
    {
        grpc::ServerUnaryReactor* reactor = nullptr;
        {
            const MutexLock lock(mutex_);
            reactor = std::exchange(reactor_, nullptr);
        }
        if (reactor && ticket_ != 0) all_->remove(ticket_);
        return reactor;
    }

    std::shared_ptr<OpenAnswers> all_;
    Mutex mutex_;
    grpc::ServerUnaryReactor* reactor_ MILLRACE_GUARDED_BY(mutex_);
    Response* response_;        // whoever took the reactor
    std::uint64_t ticket_ = 0;  // fixed after open()
};

}  // namespace millrace::control
