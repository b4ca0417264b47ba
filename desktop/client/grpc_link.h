// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/frame_mailbox.h"
#include "client/grpc_engine_client.h"
#include "control.grpc.pb.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QPointer>
#include <QtCore/QThread>

#include <grpcpp/grpcpp.h>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <utility>

/// Private to GrpcEngineClient: its connection, and how a call is made on it.
namespace millrace::desktop {

inline constexpr int kCallWaitMs = 15'000;

/// What the user reads about a call that failed.
QString transportWords(const grpc::Status& status);

// Everything of one connection. Calls hold it, so that channel and stub outlive them; `end()` cancels them all and
// waits, after which no callback of gRPC's can be on its way into the client.
//
// A callback that is over lets go of its link on gRPC's thread, and may be the last to do so. The channel must not go
// there: it would join the thread that it is on, and abort. So the GUI thread deletes it, whichever was last.
struct GrpcEngineClient::Link {
    static std::shared_ptr<Link> make(const QString& socket)
    {
        return {new Link(socket), [](Link* link) {
                    if (!qApp || QThread::currentThread() == qApp->thread()) {
                        delete link;
                    } else {
                        QMetaObject::invokeMethod(
                            qApp, [link] { delete link; }, Qt::QueuedConnection);
                    }
                }};
    }
    explicit Link(const QString& socket)
    {
        grpc::ChannelArguments arguments;
        // A separate channel for each try: gRPC's shared ones remember a dead socket for many seconds.
        arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
        arguments.SetMaxReceiveMessageSize(64 * 1024 * 1024);
        arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
        channel =
            grpc::CreateCustomChannel("unix:" + socket.toStdString(), grpc::InsecureChannelCredentials(), arguments);
        stub = control::Control::NewStub(channel);
    }

    std::shared_ptr<grpc::ClientContext> open(int waitMs)
    {
        auto context = std::make_shared<grpc::ClientContext>();
        if (waitMs > 0) context->set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(waitMs));
        const std::lock_guard lock(mutex);
        if (closing) context->TryCancel();
        calls.insert(context);
        return context;
    }
    void close(const std::shared_ptr<grpc::ClientContext>& context)
    {
        const std::lock_guard lock(mutex);
        calls.erase(context);
        if (calls.empty()) idle.notify_all();
    }
    void end()
    {
        std::unique_lock lock(mutex);
        closing = true;
        const auto open = calls;
        lock.unlock();  // cancelling may run a callback, which closes its call
        for (const auto& call : open) call->TryCancel();
        lock.lock();
        idle.wait(lock, [this] { return calls.empty(); });
    }

    std::shared_ptr<grpc::Channel> channel;
    std::unique_ptr<control::Control::Stub> stub;
    FrameMailbox mailbox;

    std::mutex mutex;
    std::condition_variable idle;
    // guarded by mutex
    std::set<std::shared_ptr<grpc::ClientContext>> calls;
    bool closing = false;
};

// One unary call: the reply comes to the GUI thread, to a context that still exists.
template <class Request, class Reply, class Link, class Method>
void unary(const std::shared_ptr<Link>& link, Method method, const Request& request, QObject* context, Then<Reply> then,
           int waitMs)
{
    QPointer<QObject> target(context);
    if (!link) {
        QMetaObject::invokeMethod(
            context,
            [then = std::move(then)] {
                Outcome<Reply> outcome;
                outcome.problem = QCoreApplication::translate("Client", "not connected to the engine");
                then(outcome);
            },
            Qt::QueuedConnection);
        return;
    }
    struct Call {
        Request request;
        Reply reply;
        std::shared_ptr<grpc::ClientContext> context;
    };
    auto call = std::make_shared<Call>();
    call->request = request;
    call->context = link->open(waitMs);
    auto* async = link->stub->async();
    (async->*method)(call->context.get(), &call->request, &call->reply,
                     [link, call, target, then = std::move(then)](const grpc::Status& status) {
                         // Post first, then let the link end: end() means that nothing is posted any more.
                         QMetaObject::invokeMethod(
                             qApp,
                             [call, target, then, status] {
                                 if (!target) return;
                                 Outcome<Reply> outcome;
                                 if (status.ok()) {
                                     outcome.reply = &call->reply;
                                 } else {
                                     outcome.problem = transportWords(status);
                                 }
                                 then(outcome);
                             },
                             Qt::QueuedConnection);
                         link->close(call->context);
                     });
}

// The generated async class has overloads for callbacks and for reactors; this names the first.
template <class Request, class Reply>
using UnaryMethod = void (control::Control::StubInterface::async_interface::*)(grpc::ClientContext*, const Request*,
                                                                               Reply*,
                                                                               std::function<void(grpc::Status)>);

}  // namespace millrace::desktop
