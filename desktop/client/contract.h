// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Forward declarations of control.proto's messages, as namespace `control`. Sources that access members include
/// control.pb.h, which is large.
namespace millrace::control::v1 {
class ApplyConfigReply;
class ApplyConfigRequest;
class BatchSection;
class CancelRequestReply;
class ConfigState;
class ConnectionsReply;
class ConnectionsRequest;
class Event;
class FieldProblem;
class Frame;
class GuardedApply;
class GetHistoryRequest;
class History;
class ModelReply;
class ModelRequest;
class ModelSection;
class ModelState;
class ProbeReply;
class RequestRecord;
class Requests;
class Revision;
class Revisions;
class RollbackRequest;
class Sample;
class Schema;
class SetModelPolicyRequest;
class SettingSchema;
class ShutdownReply;
class Status;
class TestBackendReply;
class TestBackendRequest;
enum Author : int;
enum BackendHealth : int;
enum CloseReason : int;
enum ConnectionPhase : int;
enum ModelKind : int;
enum PoolProtocol : int;
}  // namespace millrace::control::v1

namespace google::protobuf {
template <typename T>
class RepeatedPtrField;
}

namespace millrace::desktop {
namespace control = millrace::control::v1;
}
