// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/grpc_server.h"

#include "http/grpc_session.h"

#include <utility>
#include <vector>

namespace millrace::http {

GrpcServer::GrpcServer(Strand strandIn, Clock& clockIn, BodyBudget& budgetIn, GrpcServerLimits limits)
    : strand(strandIn), clock(clockIn), budget(budgetIn), limits_(limits)
{}

GrpcServer::~GrpcServer() = default;

void GrpcServer::serve(H2Connection::Socket socket, std::string_view received)
{
    const auto session = std::make_shared<GrpcSession>(shared_from_this(), std::move(socket));
    sessions_.emplace(session.get(), session);
    onConnected();
    session->start(received);
}

void GrpcServer::leave(GrpcSession& session, const Status& why)
{
    sessions_.erase(&session);
    onDisconnected(why);
}

void GrpcServer::tick()
{
    const TimePoint now = clock.now();
    std::vector<std::shared_ptr<GrpcSession>> all;  // a copy: tick() may remove its session
    all.reserve(sessions_.size());
    for (const auto& [key, session] : sessions_) all.push_back(session);
    for (const auto& session : all) session->tick(now);
}

void GrpcServer::closeGently()
{
    const auto all = sessions_;
    for (const auto& [key, session] : all) session->closeGently();
}

void GrpcServer::abort(const Status& why)
{
    const auto all = sessions_;  // a copy: sessions remove themselves
    for (const auto& [key, session] : all) session->abort(why);
}

void GrpcServer::setLimits(const GrpcServerLimits& limits)
{
    limits_ = limits;
    for (const auto& [key, session] : sessions_) session->limitsChanged();
}

bool GrpcServer::sentAll() const
{
    return std::all_of(sessions_.begin(), sessions_.end(), [](const auto& entry) { return entry.second->sentAll(); });
}

Status GrpcServer::hold(BodyBytes& held, std::size_t bytes)
{
    if (bytes > limits_.messageBytesMax) return messageTooLarge(bytes);
    held = BodyBytes(budget);
    return holdPart(held, bytes);
}

Status GrpcServer::holdPart(BodyBytes& held, std::size_t bytes)
{
    return held.set(bytes, messagesMost()) ? absl::OkStatus() : messagesFull();
}

Status GrpcServer::messageTooLarge(std::uint64_t bytes) const
{
    return resourceExhausted("the message has " + std::to_string(bytes) + " bytes, more than " +
                             std::to_string(limits_.messageBytesMax));
}

Status GrpcServer::messagesFull() const
{
    return withRetryAfter(resourceExhausted("the messages of all calls have " + std::to_string(budget.held()) +
                                            " bytes; the limit is " + std::to_string(messagesMost())),
                          1s);
}

Status GrpcServer::messageLate() const
{
    return deadlineExceeded("the message did not arrive in time");
}

std::string GrpcServer::headersTooLarge() const
{
    return "the header fields have more than " + std::to_string(limits_.h2.headerListBytesMax) + " bytes";
}

}  // namespace millrace::http
