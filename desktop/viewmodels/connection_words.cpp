// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewmodels/connection_words.h"

#include "control.pb.h"
#include "format/enum_words.h"
#include "viewmodels/connections_view_model.h"

namespace millrace::desktop::connection_words {

int kindOf(control::ConnectionPhase state)
{
    switch (state) {
        case control::CONNECTION_PHASE_ACTIVE:
            return 0;
        case control::CONNECTION_PHASE_IDLE:
            return 1;
        case control::CONNECTION_PHASE_CONNECTING:
            return 2;
        case control::CONNECTION_PHASE_DRAINING:
        case control::CONNECTION_PHASE_UNSPECIFIED:
            MILLRACE_NEWER_VALUES(ConnectionPhase);
    }
    return 3;
}

QString stateWord(control::ConnectionPhase state)
{
    switch (state) {
        case control::CONNECTION_PHASE_ACTIVE:
            return ConnectionsViewModel::tr("busy");
        case control::CONNECTION_PHASE_IDLE:
            return ConnectionsViewModel::tr("idle");
        case control::CONNECTION_PHASE_CONNECTING:
            return ConnectionsViewModel::tr("connecting");
        case control::CONNECTION_PHASE_DRAINING:
            return ConnectionsViewModel::tr("draining");
        case control::CONNECTION_PHASE_UNSPECIFIED:
            MILLRACE_NEWER_VALUES(ConnectionPhase);
    }
    return format::unknownText(state);
}

int levelOf(control::BackendHealth health)
{
    switch (health) {
        case control::BACKEND_HEALTH_HEALTHY:
            return PoolList::Good;
        case control::BACKEND_HEALTH_EJECTED:
            return PoolList::Bad;
        case control::BACKEND_HEALTH_PROBING:
        case control::BACKEND_HEALTH_DRAINING:
            return PoolList::Unsure;
        case control::BACKEND_HEALTH_UNKNOWN:
        case control::BACKEND_HEALTH_DISABLED:
        case control::BACKEND_HEALTH_UNSPECIFIED:
            MILLRACE_NEWER_VALUES(BackendHealth);
    }
    return PoolList::Off;
}

QString protocolWord(control::PoolProtocol protocol)
{
    switch (protocol) {
        case control::POOL_PROTOCOL_HTTP:
            return QStringLiteral("HTTP");
        case control::POOL_PROTOCOL_GRPC:
            return QStringLiteral("gRPC");
        case control::POOL_PROTOCOL_UNSPECIFIED:
            MILLRACE_NEWER_VALUES(PoolProtocol);
    }
    return format::unknownText(protocol);
}

QString closeWord(control::CloseReason reason)
{
    switch (reason) {
        case control::CLOSE_REASON_IDLE:
            return ConnectionsViewModel::tr("idle");
        case control::CLOSE_REASON_AGE:
            return ConnectionsViewModel::tr("age");
        case control::CLOSE_REASON_SHRINK:
            return ConnectionsViewModel::tr("shrink");
        case control::CLOSE_REASON_SERVER_CLOSED:
            return ConnectionsViewModel::tr("server closed");
        case control::CLOSE_REASON_ERROR:
            return ConnectionsViewModel::tr("error");
        case control::CLOSE_REASON_EVICTED:
            return ConnectionsViewModel::tr("evicted");
        case control::CLOSE_REASON_DRAIN:
            return ConnectionsViewModel::tr("drain");
        case control::CLOSE_REASON_UNHEALTHY:
            return ConnectionsViewModel::tr("unhealthy");
        case control::CLOSE_REASON_ONE_SHOT:
            return ConnectionsViewModel::tr("one-shot");
        case control::CLOSE_REASON_CANCELLED:
            return ConnectionsViewModel::tr("cancelled");
        case control::CLOSE_REASON_MOVED:
            return ConnectionsViewModel::tr("moved");
        case control::CLOSE_REASON_UNSPECIFIED:
            MILLRACE_NEWER_VALUES(CloseReason);
    }
    return format::unknownText(reason);
}

QString closeHelp(control::CloseReason reason)
{
    switch (reason) {
        case control::CLOSE_REASON_IDLE:
            return ConnectionsViewModel::tr("unused for the idle limit");
        case control::CLOSE_REASON_AGE:
            return ConnectionsViewModel::tr("reached the maximum age or number of uses");
        case control::CLOSE_REASON_SHRINK:
            return ConnectionsViewModel::tr("more were open than the load required");
        case control::CLOSE_REASON_SERVER_CLOSED:
            return ConnectionsViewModel::tr("closed by the backend");
        case control::CLOSE_REASON_ERROR:
            return ConnectionsViewModel::tr("a request on it failed");
        case control::CLOSE_REASON_EVICTED:
            return ConnectionsViewModel::tr("evicted manually");
        case control::CLOSE_REASON_DRAIN:
            return ConnectionsViewModel::tr("the backend was drained");
        case control::CLOSE_REASON_UNHEALTHY:
            return ConnectionsViewModel::tr("the backend failed its health checks");
        case control::CLOSE_REASON_ONE_SHOT:
            return ConnectionsViewModel::tr("connections are not kept: reuse is off");
        case control::CLOSE_REASON_CANCELLED:
            return ConnectionsViewModel::tr("the client disconnected before the end of the response");
        case control::CLOSE_REASON_MOVED:
            return ConnectionsViewModel::tr(
                "the backend's name has other addresses, or another one had fewer connections");
        case control::CLOSE_REASON_UNSPECIFIED:
            MILLRACE_NEWER_VALUES(CloseReason);
    }
    return {};
}

}  // namespace millrace::desktop::connection_words
