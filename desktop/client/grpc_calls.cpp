// SPDX-License-Identifier: GPL-3.0-or-later
// The calls of GrpcEngineClient, each one a unary call on its link.
#include "client/grpc_engine_client.h"
#include "client/grpc_link.h"

#include <algorithm>

namespace millrace::desktop {
namespace {

/// gRPC's messages about a broken connection, which are of no use to the user; the engine's messages are kept.
bool isTransportText(const QString& text)
{
    static const char* const kTexts[] = {
        "failed to connect", "Socket closed", "Connection re", "Broken pipe",    "GOAWAY",
        "recvmsg",           "Endpoint",      "FD shutdown",   "Stream removed", "Transport closed"};
    return std::any_of(std::begin(kTexts), std::end(kTexts),
                       [&](const char* known) { return text.contains(QLatin1String(known), Qt::CaseInsensitive); });
}

}  // namespace

QString transportWords(const grpc::Status& status)
{
    QString text = QString::fromStdString(status.error_message());
    if (status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED)
        text = QCoreApplication::translate("Client", "no answer in time");
    if (isTransportText(text)) text = QCoreApplication::translate("Client", "the connection to the engine was closed");
    return text.isEmpty() ? QCoreApplication::translate("Client", "error %1").arg(status.error_code()) : text;
}

#define MR_CALL(Method, Request, Reply, request, waitMs)                                                    \
    unary<control::Request, control::Reply>(link_,                                                          \
                                            static_cast<UnaryMethod<control::Request, control::Reply>>(     \
                                                &control::Control::StubInterface::async_interface::Method), \
                                            request, context, std::move(then), waitMs)

void GrpcEngineClient::getHistory(const control::GetHistoryRequest& request, QObject* context,
                                  Then<control::History> then)
{
    MR_CALL(GetHistory, GetHistoryRequest, History, request, kCallWaitMs);
}

void GrpcEngineClient::getSchema(QObject* context, Then<control::Schema> then)
{
    MR_CALL(GetSchema, GetSchemaRequest, Schema, control::GetSchemaRequest(), kCallWaitMs);
}

void GrpcEngineClient::getConfig(QObject* context, Then<control::ConfigState> then)
{
    MR_CALL(GetConfig, GetConfigRequest, ConfigState, control::GetConfigRequest(), kCallWaitMs);
}

void GrpcEngineClient::applyConfig(const control::ApplyConfigRequest& request, QObject* context,
                                   Then<control::ApplyConfigReply> then)
{
    MR_CALL(ApplyConfig, ApplyConfigRequest, ApplyConfigReply, request, kCallWaitMs);
}

void GrpcEngineClient::listRevisions(QObject* context, Then<control::Revisions> then)
{
    control::ListRevisionsRequest request;
    request.set_most(50);
    MR_CALL(ListRevisions, ListRevisionsRequest, Revisions, request, kCallWaitMs);
}

void GrpcEngineClient::rollback(const control::RollbackRequest& request, QObject* context,
                                Then<control::ApplyConfigReply> then)
{
    MR_CALL(Rollback, RollbackRequest, ApplyConfigReply, request, kCallWaitMs);
}

void GrpcEngineClient::loadModel(const QString& model, QObject* context, Then<control::ModelReply> then)
{
    control::ModelRequest request;
    request.set_model(model.toStdString());
    MR_CALL(LoadModel, ModelRequest, ModelReply, request, kCallWaitMs);
}

void GrpcEngineClient::unloadModel(const QString& model, QObject* context, Then<control::ModelReply> then)
{
    control::ModelRequest request;
    request.set_model(model.toStdString());
    MR_CALL(UnloadModel, ModelRequest, ModelReply, request, kCallWaitMs);
}

void GrpcEngineClient::pinModel(const QString& model, bool pinned, QObject* context, Then<control::ModelReply> then)
{
    control::PinModelRequest request;
    request.set_model(model.toStdString());
    request.set_pinned(pinned);
    MR_CALL(PinModel, PinModelRequest, ModelReply, request, kCallWaitMs);
}

void GrpcEngineClient::setModelPolicy(const control::SetModelPolicyRequest& request, QObject* context,
                                      Then<control::ModelReply> then)
{
    MR_CALL(SetModelPolicy, SetModelPolicyRequest, ModelReply, request, kCallWaitMs);
}

void GrpcEngineClient::evictConnections(const control::ConnectionsRequest& request, QObject* context,
                                        Then<control::ConnectionsReply> then)
{
    MR_CALL(EvictConnections, ConnectionsRequest, ConnectionsReply, request, kCallWaitMs);
}

void GrpcEngineClient::drainBackend(const QString& backend, bool draining, QObject* context,
                                    Then<control::ConnectionsReply> then)
{
    control::DrainBackendRequest request;
    request.set_backend(backend.toStdString());
    request.set_draining(draining);
    MR_CALL(DrainBackend, DrainBackendRequest, ConnectionsReply, request, kCallWaitMs);
}

void GrpcEngineClient::probeBackend(const QString& backend, QObject* context, Then<control::ProbeReply> then)
{
    control::ConnectionsRequest request;
    request.set_backend(backend.toStdString());
    MR_CALL(ProbeBackend, ConnectionsRequest, ProbeReply, request, kCallWaitMs);
}

void GrpcEngineClient::testBackend(const control::TestBackendRequest& request, QObject* context,
                                   Then<control::TestBackendReply> then)
{
    MR_CALL(TestBackend, TestBackendRequest, TestBackendReply, request, kCallWaitMs);
}

void GrpcEngineClient::listRequests(bool openOnly, QObject* context, Then<control::Requests> then)
{
    control::ListRequestsRequest request;
    request.set_most(500);
    request.set_open_only(openOnly);
    MR_CALL(ListRequests, ListRequestsRequest, Requests, request, kCallWaitMs);
}

void GrpcEngineClient::cancelRequest(quint64 id, QObject* context, Then<control::CancelRequestReply> then)
{
    control::CancelRequestRequest request;
    request.set_id(id);
    MR_CALL(CancelRequest, CancelRequestRequest, CancelRequestReply, request, kCallWaitMs);
}

void GrpcEngineClient::shutdownEngine(QObject* context, Then<control::ShutdownReply> then)
{
    startDue_ = false;
    stoppedHere_ = true;
    MR_CALL(Shutdown, ShutdownRequest, ShutdownReply, control::ShutdownRequest(), kCallWaitMs);
}

}  // namespace millrace::desktop
